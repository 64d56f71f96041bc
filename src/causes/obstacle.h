/*
 * obstacle.h
 *	  What keeps an existing index from answering a query's conditions.
 */
#ifndef PK_CAUSES_OBSTACLE_H
#define PK_CAUSES_OBSTACLE_H

#include "postgres.h"

#include "causes/inquiry.h"

/*
 * Look for what keeps the indexes of the table, or those expected, from answering the conditions.
 * Of several obstacles the one is reported that comes closest to an answer. NULL if there is none.
 */
extern PkFinding *pk_obstacle_find(const PkInquiry *inquiry);

/* The same, without partial indexes and those that no condition is on: plans nothing. */
extern PkFinding *pk_obstacle_nearest(const PkInquiry *inquiry);

/* No index finds rows that do not match. */
extern PkFinding *pk_obstacle_negation(const PkInquiry *inquiry, Node *compared);

#endif /* PK_CAUSES_OBSTACLE_H */
