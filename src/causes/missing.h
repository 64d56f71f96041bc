/*
 * missing.h
 *	  The index that is missing, tried before it is advised.
 */
#ifndef PK_CAUSES_MISSING_H
#define PK_CAUSES_MISSING_H

#include "postgres.h"

#include "advice/candidate.h"
#include "causes/inquiry.h"

/*
 * Add the alternative that would serve, or all of them if they cannot be tried. Returns the
 * finding; NULL if there is none, or if those that were tried are of no use.
 */
extern PkFinding *pk_missing_find(PkInquiry *inquiry, const PkCandidate *candidate);

#endif /* PK_CAUSES_MISSING_H */
