/*
 * costs.h
 *	  What queries cost with a set of candidates: planned once, then remembered.
 *
 * Planning is what a search takes its time for: a join of a dozen tables takes tens of
 * milliseconds, and a search asks for thousands of costs. A plan tells more than its own cost. It
 * stays the best one with any set that has what the plan uses and nothing that the planner was not
 * shown. And no subset of what was shown can cost less.
 */
#ifndef PK_ADVISOR_COSTS_H
#define PK_ADVISOR_COSTS_H

#include "postgres.h"

#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"

#include "advisor/candidates.h"

/* A table that a statement writes to, so that it keeps the table's indexes up to date. */
typedef struct PkWrite
{
	Oid relid;	 /* as in PkWish */
	double rows; /* how many it writes */
	bool inserts;
	List *updated; /* String nodes: columns */
} PkWrite;

typedef struct PkWorkloadQuery
{
	const char *text;  /* as it can be planned, with $1, $2 ... where values are not known */
	const char *shown; /* as it was given */
	Oid role;		   /* to plan it as */
	bool may_fail;	   /* left out if it cannot be planned, now or later, instead of an error */
	double weight;	   /* what its cost is multiplied by; 0 once it has failed */
	List *relids;	   /* OIDs of the tables that it wishes for or writes to, as in PkWish */
	double before;	   /* total cost as it is */
	double effort;	   /* that planning it takes as it is, see pk_whatif_effort() */
	List *writes;	   /* PkWrite; a statement may write in its WITH clause, too */
	/* set by the search: total cost with the set, work of writers included */
	double after;
	/* of costs.c */
	Bitmapset *relevant; /* numbers of the candidates that its plans may use */
	List *known;		 /* PkKnownCost */
} PkWorkloadQuery;

typedef struct PkCosts
{
	PkWorkloadQuery *queries;
	int count;
	List *clones;	   /* PkClone */
	List *candidates;  /* PkIndexCandidate */
	int *patience;	   /* ms that plans of queries that may fail may still wait for locks */
	double effort_end; /* nothing more is planned from this pk_whatif_effort() on; 0: no limit */
} PkCosts;

/*
 * Find the candidates that the query's plans may use: sets its "relevant". It must be called for
 * each query, before anything else.
 */
extern void pk_costs_prepare(const PkCosts *costs, PkWorkloadQuery *query);

/*
 * The candidates that the planner finds promising for a query: those that its plan uses when all
 * are shown, then, unless only the first round is wanted, when these are not, and so on. A list of
 * lists, the best first. It must be called once for each query, before the functions below.
 */
extern List *pk_costs_promising(const PkCosts *costs, PkWorkloadQuery *query, bool only_first);

/* How often pk_costs_promising() plans the query at most. */
extern int pk_costs_rounds(const PkWorkloadQuery *query);

/* The query's cost with the set, work of writers included; "used" unless NULL: as planned now. */
extern double pk_costs_plan(const PkCosts *costs, PkWorkloadQuery *query, List *set, List **used);

/*
 * The same, planned only if it does not follow from what was planned before. Where "effort_end" is
 * reached, that of pk_costs_most().
 */
extern double pk_costs_with(const PkCosts *costs, PkWorkloadQuery *query, List *set);

/* A cost that the query cannot be below with the set; nothing is planned for it. */
extern double pk_costs_least(const PkWorkloadQuery *query, List *set);

/*
 * A cost that the query is not above with the set: that of a known plan that the set allows.
 * Nothing is planned for it.
 */
extern double pk_costs_most(const PkWorkloadQuery *query, List *set);

/* The part of these costs that is the work of a writer. */
extern double pk_costs_of_writes(const PkWorkloadQuery *query, List *set);

/* Can adding or dropping these candidates change the query's cost? */
extern bool pk_costs_concerns(const PkWorkloadQuery *query, List *changed);

#endif /* PK_ADVISOR_COSTS_H */
