/*
 * seed.h
 *	  What the SQL functions of every workload call: fill its tables, or return a table's rows.
 */
#ifndef PK_SEED_SEED_H
#define PK_SEED_SEED_H

#include "postgres.h"

#include "fmgr.h"

#include "common/arguments.h"
#include "seed/workload.h"

/*
 * Creates and fills all tables of a workload, analyzes them, and returns the number of rows
 * inserted into the main one. schema_name NULL means the first schema of the search path. Raises
 * 25006 in a read-only transaction and on a standby.
 */
extern int64 pk_seed(FunctionCallInfo fcinfo, const PkWorkload *workload, const PkSeedParams *params,
					 const char *schema_name);

/*
 * Body of a set-returning perfkit_generate_ function: returns the rows numbered first_row ..
 * first_row + nrows - 1 of the table, one per call, in constant memory.
 */
extern Datum pk_generate(FunctionCallInfo fcinfo, const PkTable *table, const PkSeedParams *params, int64 first_row,
						 int64 nrows);

/*
 * Argument checks (22023; 22004 for NULL). Row counts are 0 .. PK_MAX_ROWS; first_row + nrows must
 * not exceed PK_MAX_ROWS.
 */
extern int64 pk_arg_nrows(FunctionCallInfo fcinfo, int argno, const char *name);
extern int64 pk_arg_first_row(FunctionCallInfo fcinfo, int argno, const char *name, int64 nrows);
extern int64 pk_arg_random_seed(FunctionCallInfo fcinfo, int argno, const char *name);

#endif /* PK_SEED_SEED_H */
