/*
 * value_type.h
 *	  A condition whose value has another type than the column, with the value as the column's type.
 */
#ifndef PK_CAUSES_VALUE_TYPE_H
#define PK_CAUSES_VALUE_TYPE_H

#include "postgres.h"

#include "advice/clause.h"
#include "causes/inquiry.h"

/*
 * The condition with its value as the column's type, in finding->remedy_sql; or the cause that no
 * value of that type can equal it. The clause compares "column", which is cast.
 */
extern void pk_value_type_rewrite(const PkInquiry *inquiry, const PkClause *clause, Node *column, PkFinding *finding);

#endif /* PK_CAUSES_VALUE_TYPE_H */
