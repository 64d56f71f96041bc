/*
 * load.h
 *	  The loader: rows [0, n) of a table's generator into a relation.
 *
 * There are two ways. The direct way forms tuples and hands them to the table access method in batches, with the indexes
 * rebuilt once at the end: as fast as the storage allows, and only where nothing but the rows and the indexes can be involved. The INSERT way
 * lets the server's own INSERT ... ON CONFLICT DO NOTHING do whatever the table asks for. Both give the same rows, in one transaction,
 * WAL-logged.
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
	int64 nrows;			/* row numbers 0 .. nrows - 1 are to be there at the end */
	int64 likely_first_row; /* in a table that has rows for some numbers only: those before this may be there */

	int64 first_row; /* the rows before it are there already */
	bool maintained; /* see pk_load_is_maintained(); the direct way is out of the question then */
	int64 inserted;
	const char *insert_reason; /* why the INSERT way was taken; NULL for the direct way */
	int nindexes;			   /* indexes rebuilt */
	double rows_ms;			   /* time for the rows, and with the INSERT way for their index entries */
	double index_ms;		   /* time to rebuild the indexes */

	instr_time started; /* of the rows */
	double notice_ms;	/* when the last NOTICE was given, from started */
} PkLoad;

/*
 * Chooses the way, and takes the lock that it needs until the end of the transaction. For all tables of a workload before any is
 * loaded, so that a deadlock with somebody who locks them in another order costs no work. Needs SPI to be connected and the table to exist.
 */
extern void pk_load_choose(PkLoad *load);

/*
 * Loads as far as rows are missing, in the way chosen, and fills in the results. Rows that are there already (by any
 * unique key) are skipped. Shows in pg_stat_progress_copy, reports by NOTICE every few seconds, can be cancelled at any time.
 */
extern void pk_load(PkLoad *load);

#endif /* PK_SEED_LOAD_H */
