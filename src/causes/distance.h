/*
 * distance.h
 *	  Rows wanted in the order of their distance from something, which GiST and SP-GiST give.
 */
#ifndef PK_CAUSES_DISTANCE_H
#define PK_CAUSES_DISTANCE_H

#include "postgres.h"

#include "causes/inquiry.h"

/*
 * The order is by a distance between the table's column and something else; NULL if it is not. An
 * index gives that order if it is ascending, by the operator and by nothing else.
 */
extern PkFinding *pk_distance_find(const PkInquiry *inquiry, Node *source, bool descending);

#endif /* PK_CAUSES_DISTANCE_H */
