/*
 * fence.h
 *	  Conditions that stand above a node that they cannot pass, so that the tables below are read
 *	  without them.
 */
#ifndef PK_CAUSES_FENCE_H
#define PK_CAUSES_FENCE_H

#include "postgres.h"

#include "causes/inquiry.h"

/* The condition on the table of the scan that stands above it; NULL if there is none. */
extern PkFinding *pk_fence_find(const PkInquiry *inquiry, const PkPlanNode *scan);

/* Does the node append the arms of a set operation, rather than partitions of a table? */
extern bool pk_fence_appends(const PkPlanTree *tree, Plan *plan);

/* Does a LIMIT end the scan, with nothing between the two that needs all rows? */
extern bool pk_fence_ends_early(const PkPlanTree *tree, const PkPlanNode *scan);

#endif /* PK_CAUSES_FENCE_H */
