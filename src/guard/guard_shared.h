/*
 * guard_shared.h
 *	  Findings of the guard, collected across sessions in shared memory.
 */
#ifndef PK_GUARD_GUARD_SHARED_H
#define PK_GUARD_GUARD_SHARED_H

#include "postgres.h"

/* Reserve the shared memory; from _PG_init(), and nothing unless that runs for shared_preload_libraries. */
extern void pk_guard_shared_init(void);

/*
 * Count a finding of the current user in the current database; nothing without the shared memory. "text" is the statement's
 * source text, in which the statement is at "location" with "length" as PlannedStmt has them. A query_id of 0 is unknown.
 */
extern void pk_guard_shared_count(int64 query_id, Oid relid, bool parallel, const char *text, int location, int length);

#endif /* PK_GUARD_GUARD_SHARED_H */
