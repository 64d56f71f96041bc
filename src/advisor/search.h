/*
 * search.h
 *	  The set of candidates that serves a workload best.
 */
#ifndef PK_ADVISOR_SEARCH_H
#define PK_ADVISOR_SEARCH_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advisor/candidates.h"
#include "advisor/cost.h"

/* An index of the set. */
typedef struct PkChoice
{
	PkIndexCandidate *candidate;
	double gain;   /* share of the workload's cost that would be lost without it, 0 to 1 */
	List *queries; /* numbers of the queries that use it; never NIL */
} PkChoice;

/* The set, as a list of PkChoice. Sets "after" of the queries. */
extern List *pk_search_run(PkSearch *search);

#endif /* PK_ADVISOR_SEARCH_H */
