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

/* The finding about a join above the scan whose sides have different types; NULL for none. */
extern PkFinding *pk_order_find_join(const PkInquiry *inquiry, const PkPlanNode *scan);

#endif /* PK_CAUSES_ORDER_H */
