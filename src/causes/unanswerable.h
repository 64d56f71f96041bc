/*
 * unanswerable.h
 *	  Conditions that no index can answer as they are written, whatever indexes there are.
 */
#ifndef PK_CAUSES_UNANSWERABLE_H
#define PK_CAUSES_UNANSWERABLE_H

#include "postgres.h"

#include "causes/inquiry.h"

/* Why no possible index can answer any of the conditions; NULL if that is not known. */
extern PkFinding *pk_unanswerable_find(const PkInquiry *inquiry);

/* A condition to be rewritten so that a column is compared by itself; NULL if there is none. */
extern PkFinding *pk_unanswerable_rewrite(const PkInquiry *inquiry);

#endif /* PK_CAUSES_UNANSWERABLE_H */
