/*
 * guard_shared.h
 *	  Findings of the guard, collected from all sessions in shared memory.
 */
#ifndef PK_GUARD_GUARD_SHARED_H
#define PK_GUARD_GUARD_SHARED_H

#include "postgres.h"

#include "executor/execdesc.h"

/*
 * Reserve the shared memory; from _PG_init(). Does nothing unless that runs for
 * shared_preload_libraries.
 */
extern void pk_guard_shared_init(void);

/*
 * Count a finding of the current user in the current database; does nothing without shared memory.
 */
extern void pk_guard_shared_count(const QueryDesc *desc, Oid relid, bool parallel);

#endif /* PK_GUARD_GUARD_SHARED_H */
