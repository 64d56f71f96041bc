/*
 * order.h
 *	  Why no index gives the order that a sort, min(), or a merge of rows above a scan needs.
 */
#ifndef PK_CAUSES_ORDER_H
#define PK_CAUSES_ORDER_H

#include "postgres.h"

#include "causes/inquiry.h"

/* The finding about the sort, min() or max() above the scan; NULL if there is none to explain. */
extern PkFinding *pk_order_find(const PkInquiry *inquiry, const PkPlanNode *scan);

/* The same for a sort of which a LIMIT lets only a few rows through. */
extern PkFinding *pk_order_find_limited(const PkInquiry *inquiry, const PkPlanNode *scan);

/*
 * Add the finding about the order of the scan's rows, with the index that would give it as remedy.
 * False if that was tried, and the planner does not choose it.
 */
extern bool pk_order_add(PkInquiry *inquiry, PkFinding *finding, const PkPlanNode *scan);

/*
 * Findings about the sort, if a LIMIT lets through only a few of its rows: those that no scan is
 * asked about.
 */
extern List *pk_order_of_sort(const PkFailure *failure, const PkPlanNode *sort);

#endif /* PK_CAUSES_ORDER_H */
