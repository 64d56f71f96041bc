/*
 * search.h
 *	  The set of candidates that serves a workload best.
 */
#ifndef PK_ADVISOR_SEARCH_H
#define PK_ADVISOR_SEARCH_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advisor/candidates.h"
#include "advisor/costs.h"

typedef struct PkSearch
{
	PkCosts costs;
	double min_gain;  /* share of the cost without an index that it has to save */
	double max_bytes; /* for all indexes of the set together; 0: no limit */
	bool cut_short;	  /* set by the search: there was more to try than effort for it */
} PkSearch;

/* An index of the set. */
typedef struct PkChoice
{
	PkIndexCandidate *candidate;
	double saved;  /* cost that would be added without it, with weights */
	double gain;   /* the share of the cost without it that this is, 0 to 1 */
	List *queries; /* numbers of the queries that use it */
} PkChoice;

/* The set, as a list of PkChoice. Sets "after" of the queries, and "write" of its candidates. */
extern List *pk_search_run(PkSearch *search);

#endif /* PK_ADVISOR_SEARCH_H */
