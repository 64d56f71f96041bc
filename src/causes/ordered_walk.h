/*
 * ordered_walk.h
 *	  ORDER BY with LIMIT, min() and max(): rows are read in the order of an index until enough of
 *	  them match.
 */
#ifndef PK_CAUSES_ORDERED_WALK_H
#define PK_CAUSES_ORDERED_WALK_H

#include "postgres.h"

#include "causes/inquiry.h"

/* Add the finding about the index scan, if there is one. */
extern bool pk_ordered_walk_find(PkInquiry *inquiry, const PkPlanNode *scan);

#endif /* PK_CAUSES_ORDERED_WALK_H */
