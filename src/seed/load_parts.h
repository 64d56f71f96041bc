/*
 * load_parts.h
 *	  The loader's parts, private to the loader: its two ways, the check for existing rows, shared
 *	  tools.
 *
 * load.c calls all of them, and seed.c calls the tools. The parts call load_tools.c, but neither
 * each other nor load.c, and include load_state.h instead of load.h.
 */
#ifndef PK_SEED_LOAD_PARTS_H
#define PK_SEED_LOAD_PARTS_H

#include "postgres.h"

#include "seed/load_state.h"

/* NULL if the direct way can be taken for the relation, else why not, to follow "because". */
extern const char *pk_load_direct_obstacle(Relation rel, const PkTable *table, const PkColumnType *types);
/*
 * rel is locked in AccessExclusive mode, has no obstacle, and holds rows 0 .. first_row - 1 and no
 * others. Closes rel, keeping the lock.
 */
extern void pk_load_direct(PkLoad *load, Relation rel);
extern void pk_load_insert(PkLoad *load);

/*
 * How many of the first row numbers are present: m if the table holds all rows of the numbers 0 ..
 * m - 1, else 0, and then only ON CONFLICT can tell which rows exist. Sets *only_these if the table
 * holds no other rows.
 */
extern int64 pk_load_present(const PkLoad *load, Relation rel, bool *only_these);

/*
 * Whether the table has this row, going by these columns ("a, b"; NULL: all that can be compared).
 */
extern bool pk_load_has_row(const PkLoad *load, int64 row, const char *columns);

/*
 * For tables with a serial column. The first locks the sequence, the second raises 22003 if it
 * cannot reach the last row's number, the third advances it to that number.
 */
extern void pk_load_lock_serial(const PkLoad *load);
extern void pk_load_check_serial(const PkLoad *load);
extern void pk_load_advance_serial(const PkLoad *load);

/*
 * Whether another session has locked the relation for maintenance that may wait for this
 * transaction, such as CREATE INDEX CONCURRENTLY: if this one waited for its lock, that could be a
 * deadlock.
 */
extern bool pk_load_is_maintained(Oid relid);

/*
 * The table's generator in SQL: a FROM item whose parameters are the generator's arguments, their
 * types, and their values for a slice. All palloc'd.
 */
extern char *pk_load_generator(const PkLoad *load);
extern Oid *pk_load_generator_types(const PkLoad *load);
extern Datum *pk_load_generator_values(const PkLoad *load, int64 first_row, int64 nrows);

/*
 * An error context callback for what checks foreign keys, whose argument is the load: a violation
 * (23503) of a key of the workload gets a hint.
 */
extern void pk_load_explain_violation(void *load);

/* Progress, for both ways. */
extern void pk_load_progress_begin(PkLoad *load);
/* rows_done of load->nrows have been handled so far. Cheap enough to call for every batch. */
extern void pk_load_progress(PkLoad *load, int64 rows_done);
/* Sets rows_ms. */
extern void pk_load_progress_end(PkLoad *load);
extern double pk_elapsed_ms(instr_time since);

#endif /* PK_SEED_LOAD_PARTS_H */
