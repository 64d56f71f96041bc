/*
 * table_state.h
 *	  Whether the planner's idea of a table is still true.
 */
#ifndef PK_PLAN_TABLE_STATE_H
#define PK_PLAN_TABLE_STATE_H

#include "postgres.h"

/* Size of a table as the planner sees it: pages now, rows estimated from the density at the last VACUUM or ANALYZE. */
extern void pk_table_state_size(Oid relid, BlockNumber *pages, double *rows);

/* Has ANALYZE ever seen the table, or is there nothing to see? */
extern bool pk_table_state_has_statistics(Oid relid);

/*
 * How the table has changed since ANALYZE, in one sentence, if by so much that the planner may be misled; NULL if not. Statistics that
 * are not there are not stale.
 */
extern char *pk_table_state_stale(Oid relid);

#endif /* PK_PLAN_TABLE_STATE_H */
