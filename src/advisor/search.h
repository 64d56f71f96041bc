/*
 * search.h
 *	  The set of candidates that serves a workload best.
 */
#ifndef PK_ADVISOR_SEARCH_H
#define PK_ADVISOR_SEARCH_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advisor/candidates.h"
#include "advisor/clone.h"

typedef struct PkWorkloadQuery
{
	const char *text;  /* as it can be planned, with $1, $2 ... where values are not known */
	const char *shown; /* as it was given */
	Oid role;		   /* to plan it as */
	bool counted;	   /* of pg_stat_statements: it may fail to be planned at any time */
	double weight;	   /* what its cost is multiplied by */
	/* OIDs of the tables that it wishes for or writes to, as in PkWish; NIL once it has failed */
	List *relids;
	double before; /* total cost as it is */
	/* what it writes */
	Oid target;		/* as in PkWish; invalid if it writes nothing */
	double written; /* rows */
	bool inserts;
	List *updated; /* String nodes: columns */
	/* set by the search: total cost with the set, work of writers included */
	double after;
} PkWorkloadQuery;

typedef struct PkSearch
{
	PkWorkloadQuery *queries;
	int count;
	List *clones;	  /* PkClone */
	List *candidates; /* PkIndexCandidate */
	int patience;	  /* ms that plans of "counted" queries may still wait for locks */
	double min_gain;  /* share of the workload's cost that each index has to save */
	double max_bytes; /* for all indexes of the set together; 0: no limit */
} PkSearch;

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
