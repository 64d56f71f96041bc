/*
 * table_state.h
 *	  Whether the planner's knowledge of a table is up to date.
 */
#ifndef PK_PLAN_TABLE_STATE_H
#define PK_PLAN_TABLE_STATE_H

#include "postgres.h"

/*
 * Size of a table as the planner sees it: the present number of pages, and rows estimated from the
 * density at the last VACUUM or ANALYZE.
 */
extern void pk_table_state_size(Oid relid, BlockNumber *pages, double *rows);

/* Has ANALYZE ever seen the table? Also true for an empty table. */
extern bool pk_table_state_has_statistics(Oid relid);

/*
 * How the table has changed since ANALYZE, in one sentence, if it has changed so much that the
 * planner may be misled; otherwise NULL. Missing statistics are not stale.
 */
extern char *pk_table_state_stale(Oid relid);

/* The same if at least so many rows have changed, by the counters that autovacuum uses. */
extern char *pk_table_state_changed(Oid relid, double least);

#endif /* PK_PLAN_TABLE_STATE_H */
