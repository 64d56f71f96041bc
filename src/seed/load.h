/*
 * load.h
 *	  The loader: puts rows [0, n) of a table's generator into a relation.
 *
 * There are two ways. The direct way forms tuples and passes them to the table access method in
 * batches, and rebuilds the indexes once at the end. It is as fast as the storage allows, but
 * requires that an INSERT would do nothing but store rows and maintain indexes. The INSERT way lets
 * the server's own INSERT ... ON CONFLICT DO NOTHING do whatever the table requires. Both produce
 * the same rows, in one transaction, WAL-logged.
 */
#ifndef PK_SEED_LOAD_H
#define PK_SEED_LOAD_H

#include "postgres.h"

#include "seed/load_state.h"

/*
 * Chooses the way, and takes the locks that it needs until the end of the transaction, first that
 * on the table's sequence. Call this for all tables of a workload before any is loaded, so that a
 * deadlock with a session that locks them in another order costs no work. The table must exist, and
 * SPI be connected.
 */
extern void pk_load_choose(PkLoad *load);

/*
 * Loads the missing rows in the way chosen, and fills in the results. Rows that exist already (by
 * any unique key) are skipped. Progress is shown in pg_stat_progress_copy and by a NOTICE every few
 * seconds; the load can be canceled at any time.
 */
extern void pk_load(PkLoad *load);

#endif /* PK_SEED_LOAD_H */
