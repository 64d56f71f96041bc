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

#include "portability/instr_time.h"
#include "utils/rel.h"

#include "seed/workload.h"

/* One load and how far it got. */
typedef struct PkLoad
{
	const PkTable *table;
	const PkColumnType *types; /* of the table's columns */
	const PkSeedParams *params;
	Oid schema;
	Oid relid;
	char *relation_name;	/* quoted and qualified: for SPI and for messages */
	char *generator_schema; /* quoted schema of the perfkit_generate_ functions */
	char *library;			/* perfkit's library, for parallel workers */
	int64 nrows;			/* row numbers 0 .. nrows - 1 are to be present at the end */
	int64 likely_first_row; /* where only some numbers have rows: those before this may exist */

	int64 first_row; /* the rows before it exist already */
	bool maintained; /* see pk_load_is_maintained(); rules out the direct way */
	int64 inserted;
	const char *insert_reason; /* why the INSERT way was taken; NULL for the direct way */
	int nindexes;			   /* indexes rebuilt */
	double rows_ms;			   /* time for the rows, with the INSERT way including their index entries */
	double index_ms;		   /* time to rebuild the indexes */

	instr_time started; /* of the rows */
	double notice_ms;	/* when the last NOTICE was given, from started */
} PkLoad;

/*
 * Chooses the way, and takes the lock that it needs until the end of the transaction. Call this for
 * all tables of a workload before any is loaded, so that a deadlock with a session that locks them
 * in another order costs no work. The table must exist, and SPI be connected.
 */
extern void pk_load_choose(PkLoad *load);

/*
 * Loads the missing rows in the way chosen, and fills in the results. Rows that exist already (by
 * any unique key) are skipped. Progress is shown in pg_stat_progress_copy and by a NOTICE every few
 * seconds; the load can be canceled at any time.
 */
extern void pk_load(PkLoad *load);

#endif /* PK_SEED_LOAD_H */
