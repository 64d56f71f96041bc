/*
 * partial.h
 *	  Partial indexes whose predicate the query does not imply.
 */
#ifndef PK_CAUSES_PARTIAL_H
#define PK_CAUSES_PARTIAL_H

#include "postgres.h"

#include "utils/relcache.h"

#include "causes/inquiry.h"

/* A partial index that would serve if the query implied its predicate; NULL if there is none. */
extern PkFinding *pk_partial_find(const PkInquiry *inquiry);

/* Do the conditions imply the predicate of the index, if it has one? */
extern bool pk_partial_is_implied(const PkInquiry *inquiry, Relation index);

#endif /* PK_CAUSES_PARTIAL_H */
