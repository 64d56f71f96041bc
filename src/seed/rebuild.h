/*
 * rebuild.h
 *	  Bringing all indexes of a table up to date after rows were stored without index entries.
 */
#ifndef PK_SEED_REBUILD_H
#define PK_SEED_REBUILD_H

#include "postgres.h"

/*
 * Rebuilds every index of the table in the current transaction. Names, OIDs and constraints
 * survive, and a duplicate key raises the usual error (23505). The caller owns the table, holds
 * AccessExclusiveLock on it and has no open reference to it. Several indexes are built at a time,
 * by up to max_parallel_maintenance_workers workers in addition to this backend, together within
 * maintenance_work_mem. "library" is where parallel workers find this module, as returned by
 * pk_own_library().
 */
extern void pk_rebuild_indexes(Oid relid, const char *library);

#endif /* PK_SEED_REBUILD_H */
