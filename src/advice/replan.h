/*
 * replan.h
 *	  A failed query planned again, with something else for the planner to believe or to choose from.
 */
#ifndef PK_ADVICE_REPLAN_H
#define PK_ADVICE_REPLAN_H

#include "postgres.h"

#include "plan/walk.h"

/* A plan that should be another: it reads a table sequentially, or not by the index it should. */
typedef struct PkFailure
{
	const char *query;
	const PkCaptureOptions *options; /* how the plan was made */
	const PkPlanTree *tree;
	const PkPlanNode *scan; /* the sequential scan that must not be, or NULL when only the index is wrong */
	List *expected;			/* indexes of which one must be used, or NIL */
} PkFailure;

/* How the other plan reads the table. */
typedef struct PkReplan
{
	bool serves;	   /* an index answers the query where the sequential scan was */
	bool comparable;   /* total_cost has no penalty for a disabled scan in it */
	double total_cost; /* of the whole plan */
	List *index_oids;  /* that it reads the table by, each once */
} PkReplan;

/* The plan without sequential scans, and without a table's other indexes if it has one of "only". */
extern void pk_replan_with_indexes(const PkFailure *failure, List *only, PkReplan *alternative);

/* The same with partial indexes taken for whole ones: an index that then answers a condition would, but for its predicate. */
extern void pk_replan_widened(const PkFailure *failure, List *only, List *partial, PkReplan *alternative);

/* Does the plan as it was asked for pass, if only the session's settings allow indexes? */
extern bool pk_replan_by_settings(const PkFailure *failure, List *expected);

/*
 * How many times as large the tables must be for the plan to pass, to 2 %: false when not even a thousand times is enough. Sizes in
 * between are tried on a grid, four to a power of ten.
 */
extern bool pk_replan_break_even(const PkFailure *failure, List *expected, double *factor);

#endif /* PK_ADVICE_REPLAN_H */
