/*
 * replan.h
 *	  Plan a failed query again under other assumptions or with other choices.
 */
#ifndef PK_ADVICE_REPLAN_H
#define PK_ADVICE_REPLAN_H

#include "postgres.h"

#include "storage/block.h"

#include "plan/walk.h"

/*
 * A plan that fails an assertion: it reads a table sequentially, or does not use the expected
 * index.
 */
typedef struct PkFailure
{
	const char *query;
	const PkCaptureOptions *options; /* as the plan was made */
	const PkPlanTree *tree;
	const PkPlanNode *scan; /* the offending sequential scan; NULL if only the index is wrong */
	List *expected;			/* indexes, one of which must be used; or NIL */
	int *samples;			/* how many more samples of tables may be taken; or NULL: any number */
	/* see pk_replan_limit(); 0: any number of plans */
	double effort_end;
	double effort_once; /* of one plan */
	/* the plan without sequential scans, if there is one for all scans; otherwise NULL */
	const PkPlanTree *by_indexes;
} PkFailure;

/* How the other plan reads the table of the scan, at its place in the query. */
typedef struct PkReplan
{
	bool serves;	   /* an index answers the query in place of the sequential scan */
	bool comparable;   /* total_cost does not include a penalty for a disabled scan */
	double total_cost; /* of the whole plan */
	bool whole;		   /* an index would be read as a whole, though the scan has a condition */
	List *index_oids;  /* indexes that it reads the table by, without duplicates */
} PkReplan;

/*
 * From here on, plan the query only so often that the diagnosis does not take much longer than a
 * person likes to wait. A few plans are always made.
 */
extern void pk_replan_limit(PkFailure *failure);

/*
 * May the query be planned so many times more? If not, a remedy is not tried, for the reason
 * PK_REPLAN_REFUSAL. What a cause depends on is planned in any case.
 */
extern bool pk_replan_affordable(const PkFailure *failure, int plans);

#define PK_REPLAN_REFUSAL "the query takes long to plan, and enough other plans of it were made"

/* The options for a plan without sequential scans. */
extern PkCaptureOptions pk_replan_index_options(const PkFailure *failure);

/* Plan without sequential scans; if a table has one of "only", also without its other indexes. */
extern void pk_replan_with_indexes(const PkFailure *failure, List *only, PkReplan *alternative);

/*
 * The same as if partial indexes covered all rows. An index that answers a condition then is kept
 * from it by its predicate.
 */
extern void pk_replan_widened(const PkFailure *failure, List *only, List *partial, PkReplan *alternative);

/*
 * As if the conditions implied the predicates of partial indexes, with sequential scans allowed. It
 * serves if the planner chooses one of them.
 */
extern void pk_replan_implied(const PkFailure *failure, List *only, List *partial, PkReplan *alternative);

/* Does the assertion pass once the settings of the session allow indexes? */
extern bool pk_replan_by_settings(const PkFailure *failure, List *expected);

/*
 * The cost of the plan with these settings (C strings, "name" or "name=value") turned on, and
 * whether it passes. They are put back, also after an error.
 */
extern double pk_replan_cost_with(const PkFailure *failure, List *settings);
extern bool pk_replan_with(const PkFailure *failure, List *settings);

/* Does it pass with this random_page_cost? The setting is put back, also after an error. */
extern bool pk_replan_at_random_page_cost(const PkFailure *failure, List *expected, double cost);

/*
 * Does it pass if a table or function has the number of rows that is told? Of a scan's own table,
 * only what is above the scan is planned otherwise.
 */
extern bool pk_replan_told(const PkFailure *failure, const PkRowsTold *told);

/* What pk_replan_break_even() finds. */
typedef enum PkBreakEven
{
	PK_BREAK_EVEN_NONE,	   /* 1000 times the size is not enough */
	PK_BREAK_EVEN_FOUND,   /* the factor */
	PK_BREAK_EVEN_LARGER,  /* 1000 times the size is enough; the factor takes too many plans */
	PK_BREAK_EVEN_UNTRIED, /* not even that was to be planned */
} PkBreakEven;

/*
 * The factor by which the tables must grow for the assertion to pass, to within 2 %. Sizes are
 * tried on a grid of four to a power of ten, then between two of them.
 */
extern PkBreakEven pk_replan_break_even(const PkFailure *failure, List *expected, double *factor);

/*
 * The rows and pages of the table of the scan as the planner was told, with at most MaxBlockNumber
 * pages.
 */
extern void pk_replan_size_told(const PkFailure *failure, BlockNumber *pages, double *rows);

#endif /* PK_ADVICE_REPLAN_H */
