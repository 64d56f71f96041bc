/*
 * proof.h
 *	  Remedies that are another wording: planned that way, and run both ways.
 */
#ifndef PK_CAUSES_PROOF_H
#define PK_CAUSES_PROOF_H

#include "postgres.h"

#include "advice/finding.h"
#include "advice/replan.h"

/*
 * Of the findings about failure->scan, prove those remedies that are a condition: that the planner
 * can use an index for it, and that it keeps the same rows.
 */
extern void pk_proof_of_rewrites(const PkFailure *failure, List *findings);

#endif /* PK_CAUSES_PROOF_H */
