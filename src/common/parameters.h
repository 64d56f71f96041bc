/*
 * parameters.h
 *	  Values for the parameters $1, $2 ... of a query, given as text.
 */
#ifndef PK_COMMON_PARAMETERS_H
#define PK_COMMON_PARAMETERS_H

#include "postgres.h"

#include "nodes/params.h"
#include "utils/array.h"

/*
 * The values of a text[], converted by the input functions of the parameters' types; NULL for a
 * query without parameters. Raises 42P02 where a query with parameters gets no array, 22023 for a
 * wrong number of values, and what the input functions raise. Domains' CHECK constraints are
 * evaluated and may call any function, so call it where the work is taken back. In the current
 * memory context.
 */
extern ParamListInfo pk_parameters_make(ArrayType *values, const Oid *types, int count);

#endif /* PK_COMMON_PARAMETERS_H */
