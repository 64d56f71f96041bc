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

/*
 * Whether another session has the table locked for maintenance that may wait for this transaction, such as CREATE INDEX CONCURRENTLY:
 * waiting for its lock could be waiting for each other.
 */
extern bool pk_load_is_maintained(const PkLoad *load);

/* The parts of it; each in its own file. */

/* NULL when the direct way is right for the relation, else the reason why not, for a sentence "because ...". */
extern const char *pk_load_direct_obstacle(Relation rel, const PkTable *table);
/*
 * rel is locked AccessExclusive, without obstacle, and holds rows 0 .. first_row - 1 and no others. Closes rel, keeping the lock.
 */
extern void pk_load_direct(PkLoad *load, Relation rel);
extern void pk_load_insert(PkLoad *load);

/*
 * How many of the first row numbers are there already: m if the table has all rows of the numbers 0 .. m - 1, else 0, and then only ON CONFLICT
 * can tell which rows are there. *only_these is set when the table has no rows beside them.
 */
extern int64 pk_load_present(const PkLoad *load, Relation rel, bool *only_these);

/*
 * Whether the table has this row, as far as these columns go ("a, b"; NULL: all but those of type jsonb).
 */
extern bool pk_load_has_row(const PkLoad *load, int64 row, const char *columns);

/* For tables with a serial column: 22003 if the sequence cannot reach the last row's number, and bringing it there. */
extern void pk_load_check_serial(const PkLoad *load);
extern void pk_load_advance_serial(const PkLoad *load);

/* Parameters of PkTable.generator. */
#define PK_GENERATOR_ARGS 6
extern const Oid pk_load_generator_types[PK_GENERATOR_ARGS];
extern void pk_load_generator_args(const PkLoad *load, int64 first_row, int64 nrows, Datum *values);

/* Progress, for both. */
extern void pk_load_progress_begin(PkLoad *load);
/* rows_done of load->nrows have been handled so far; cheap enough for every batch. */
extern void pk_load_progress(PkLoad *load, int64 rows_done);
/* Sets rows_ms. */
extern void pk_load_progress_end(PkLoad *load);
extern double pk_elapsed_ms(instr_time since);

#endif /* PK_SEED_LOAD_H */
