/*
 * load_parts.h
 *	  The parts of the loader, for the loader: its ways, the look at what is there, and what these share.
 *
 * load.c calls all of them, and seed.c what is shared. They call load_tools.c, and none of them calls another or load.c.
 */
#ifndef PK_SEED_LOAD_PARTS_H
#define PK_SEED_LOAD_PARTS_H

#include "postgres.h"

#include "seed/load.h"

/* NULL when the direct way is right for the relation, else the reason why not, for a sentence "because ...". */
extern const char *pk_load_direct_obstacle(Relation rel, const PkTable *table, const PkColumnType *types);
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

/*
 * Whether another session has the table locked for maintenance that may wait for this transaction, such as CREATE INDEX CONCURRENTLY:
 * waiting for its lock could be waiting for each other.
 */
extern bool pk_load_is_maintained(const PkLoad *load);

/*
 * The table's generator in SQL: a FROM item whose parameters are the generator's arguments, their
 * types, and their values for a slice. All palloc'd.
 */
extern char *pk_load_generator(const PkLoad *load);
extern Oid *pk_load_generator_types(const PkLoad *load);
extern Datum *pk_load_generator_values(const PkLoad *load, int64 first_row, int64 nrows);

/* Progress, for both. */
extern void pk_load_progress_begin(PkLoad *load);
/* rows_done of load->nrows have been handled so far; cheap enough for every batch. */
extern void pk_load_progress(PkLoad *load, int64 rows_done);
/* Sets rows_ms. */
extern void pk_load_progress_end(PkLoad *load);
extern double pk_elapsed_ms(instr_time since);

#endif /* PK_SEED_LOAD_PARTS_H */
