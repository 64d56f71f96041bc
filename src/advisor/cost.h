/*
 * cost.h
 *	  What a query costs with some of the candidates.
 */
#ifndef PK_ADVISOR_COST_H
#define PK_ADVISOR_COST_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advisor/candidates.h"
#include "advisor/clone.h"

typedef struct PkWorkloadQuery
{
	const char *text;  /* as it can be planned, with $1, $2 ... where values are not known */
	const char *shown; /* as it was given */
	Oid role;		   /* to plan it as */
	bool may_fail;	   /* left out if it cannot be planned, now or later, instead of an error */
	double weight;	   /* what its cost is multiplied by */
	/* OIDs of the tables that it wishes for or writes to, as in PkWish; NIL once it has failed */
	List *relids;
	List *promising; /* PkIndexCandidate, those that one of its plans has used */
	double before;	 /* total cost as it is */
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
	int patience;	  /* ms that plans of queries that may fail may still wait for locks */
	double min_gain;  /* share of the workload's cost that each index has to save */
	double max_bytes; /* for all indexes of the set together; 0: no limit */
} PkSearch;

/*
 * Plan a query with these candidates and no others that do not exist. Its total cost; "used",
 * unless it is NULL, is set to those that the plan reads.
 */
extern double pk_cost_plan(PkSearch *search, PkWorkloadQuery *query, List *shown, List **used);

/* What the indexes cost the query, if it writes. */
extern double pk_cost_writes(const PkWorkloadQuery *query, List *set);

/* Both. */
extern double pk_cost_query(PkSearch *search, PkWorkloadQuery *query, List *set);

#endif /* PK_ADVISOR_COST_H */
