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
 * Add the finding that an index would serve; NULL if no alternative would, or if the table has it.
 * Of several alternatives that were tried, the remedy is the best one.
 */
extern PkFinding *pk_missing_find(PkInquiry *inquiry, const PkCandidate *candidate);

/*
 * Try one index on the table of the inquiry, given as what follows CREATE INDEX ON table, and
 * record the proof in a finding whose remedy it is. False if it was tried and does not serve.
 */
extern bool pk_missing_prove(const PkInquiry *inquiry, PkFinding *finding, char *tail);

#endif /* PK_CAUSES_MISSING_H */
