/*
 * whatif.h
 *	  What the planner is told about tables, for the statements that perfkit plans and no others.
 */
#ifndef PK_PLAN_WHATIF_H
#define PK_PLAN_WHATIF_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "nodes/plannodes.h"

/* All zero means: the truth. */
typedef struct PkWhatIf
{
	bool disable_seqscan;	/* as with enable_seqscan = off, for this statement alone */
	bool enable_indexes;	/* as with enable_indexscan, enable_indexonlyscan, enable_bitmapscan = on, likewise */
	List *only_indexes;		/* OIDs; where a table has one of them, its other indexes do not exist */
	List *all_rows;			/* OIDs of partial indexes that are to be taken for indexes of all rows */
	List *hypothetical;		/* OIDs of hypothetical indexes (hypopg's) that are tried; others do not exist */
	int *hypothetical_seen; /* where to count how many times the planner was shown one of them; or NULL */
	double size_factor;		/* every table is that many times as large as it is; 0 is 1 */
	double *largest_rows;	/* where to put the number of rows of the largest table, as the planner was told; or NULL */
} PkWhatIf;

/* pg_plan_query() for a planner that believes "what_if". */
extern PlannedStmt *pk_whatif_plan(Query *query, const char *text, const PkWhatIf *what_if);

/* Rows or pages at a size. */
extern double pk_whatif_scaled(const PkWhatIf *what_if, double number);

/* Install the hook; from _PG_init(). */
extern void pk_whatif_init(void);

#endif /* PK_PLAN_WHATIF_H */
