/*
 * partial.h
 *	  Partial indexes whose predicate the query does not imply.
 */
#ifndef PK_CAUSES_PARTIAL_H
#define PK_CAUSES_PARTIAL_H

#include "postgres.h"

#include "causes/inquiry.h"

/* A partial index that would serve if the query implied its predicate; NULL if there is none. */
extern PkFinding *pk_partial_find(const PkInquiry *inquiry);

#endif /* PK_CAUSES_PARTIAL_H */
