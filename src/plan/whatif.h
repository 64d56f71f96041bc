/*
 * whatif.h
 *	  What the planner is told about tables, only for statements that perfkit plans.
 */
#ifndef PK_PLAN_WHATIF_H
#define PK_PLAN_WHATIF_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "nodes/pathnodes.h"
#include "nodes/pg_list.h"
#include "nodes/plannodes.h"

#include "plan/rewrite.h"

/*
 * A copy of some of a table's rows. Its indexes are shown as if they were the table's, and as much
 * larger as the table is.
 */
typedef struct PkWhatIfCopy
{
	Oid relid;	  /* the copy, which this transaction has created */
	List *tables; /* OIDs of the tables that it stands for, which have its columns, by name */
	double rows;  /* of the copy */
	List *shown;  /* OIDs of those indexes that are shown; NIL: all */
} PkWhatIfCopy;

/*
 * A number of rows that the planner is told of a table, or a function in FROM, instead of its own.
 */
typedef struct PkRowsTold
{
	Oid relid;		   /* the table; or invalid */
	Oid function;	   /* the function; or invalid */
	const char *alias; /* in the query */
	double rows;	   /* that its conditions keep, or that the function returns */
} PkRowsTold;

/* All zero means: the truth. */
typedef struct PkWhatIf
{
	bool disable_seqscan; /* as with enable_seqscan = off, only for this statement */
	/* the same with enable_indexscan, enable_indexonlyscan, enable_bitmapscan = on */
	bool enable_indexes;
	List *only_indexes; /* OIDs; if a table has one of them, its other indexes are hidden */
	List *all_rows;		/* OIDs of partial indexes to be taken for indexes of all rows */
	List *implied;		/* OIDs of partial indexes whose predicate is taken to hold */
	/* OIDs of hypothetical indexes (hypopg's) to be tried; others are hidden */
	List *hypothetical;
	List *copies; /* PkWhatIfCopy */
	/* set to how often the planner was shown one of "hypothetical" or of a copy; or NULL */
	int *hypothetical_seen;
	const PkRewrite *rewrite; /* a condition to be replaced; or NULL */
	List *rows_told;		  /* PkRowsTold; joins and groups are planned for these numbers */
	double size_factor;		  /* every table is that many times as large; 0 means 1 */
	/* set to the rows of the largest table, as the planner was told; or NULL */
	double *largest_rows;
	/* called for each table, or other relation of a query, once its paths are known; or NULL */
	void (*observe)(PlannerInfo *root, RelOptInfo *rel, void *observer);
	void *observer;
} PkWhatIf;

/* pg_plan_query() with a planner that is told "what_if". */
extern PlannedStmt *pk_whatif_plan(Query *query, const char *text, const PkWhatIf *what_if);

/*
 * How much the planner has considered so far for statements of pk_whatif_plan(): relations, indexes
 * of copies, and pairs of relations to be joined. The same query in the same state takes the same
 * each time, unlike the time.
 */
extern double pk_whatif_effort(void);

/* A number of rows or pages, scaled. */
extern double pk_whatif_scaled(const PkWhatIf *what_if, double number);

/* Install the hook; from _PG_init(). */
extern void pk_whatif_init(void);

#endif /* PK_PLAN_WHATIF_H */
