/*
 * join_clause.h
 *	  Why a join's condition keeps an index of its table from being used.
 */
#ifndef PK_CAUSES_JOIN_CLAUSE_H
#define PK_CAUSES_JOIN_CLAUSE_H

#include "postgres.h"

#include "causes/inquiry.h"

/*
 * The finding about a join above the scan whose sides have different types or collations, or that
 * is IS NOT DISTINCT FROM; NULL for none.
 */
extern PkFinding *pk_join_clause_find(const PkInquiry *inquiry, const PkPlanNode *scan);

#endif /* PK_CAUSES_JOIN_CLAUSE_H */
