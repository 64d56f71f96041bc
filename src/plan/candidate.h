/*
 * candidate.h
 *	  The index that a sequential scan is missing.
 */
#ifndef PK_PLAN_CANDIDATE_H
#define PK_PLAN_CANDIDATE_H

#include "postgres.h"

#include "plan/walk.h"

/* What of the query an index could answer, strongest first. */
typedef enum PkCandidateUse
{
	PK_CANDIDATE_NONE,	 /* the query wants every row */
	PK_CANDIDATE_FILTER, /* the scan's own condition */
	PK_CANDIDATE_JOIN,	 /* the condition of a join above */
	PK_CANDIDATE_ORDER,	 /* the order of the result */
} PkCandidateUse;

typedef struct PkCandidate
{
	PkCandidateUse use;
	char *columns;	 /* columns concerned, "a, b"; NULL with PK_CANDIDATE_NONE */
	char *statement; /* CREATE INDEX statements, "...; or ..."; NULL when no index can have the condition */
	Oid existing;	 /* an index that the table has on the first column, and that did not help */
} PkCandidate;

extern void pk_candidate_find(const PkPlanTree *tree, const PkPlanNode *scan, PkCandidate *candidate);

#endif /* PK_PLAN_CANDIDATE_H */
