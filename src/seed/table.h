/*
 * table.h
 *	  A workload's tables: choosing their schema, creating them, and checking existing ones.
 */
#ifndef PK_SEED_TABLE_H
#define PK_SEED_TABLE_H

#include "postgres.h"

#include "storage/lockdefs.h"
#include "utils/rel.h"

#include "seed/workload.h"

/*
 * The schema to seed into: the named one, or the first of the search path if name is NULL. Checks
 * that it exists (3F000) and that the current user has USAGE on it (42501). Waits until no other
 * session seeds into it, and keeps further ones waiting until the transaction ends: two seeds at
 * once would otherwise both find a table missing, or empty.
 */
extern Oid pk_table_lock_schema(const char *name);

/*
 * Opens the table with a lock of that mode. Creates it with its indexes if it is missing (42501
 * without the privilege). An existing table is only checked: the current user must be allowed to
 * insert into it (42501), and it must be an ordinary, partitioned or foreign table (42809) with
 * every column that the workload fills (42703, naming the column), each of a suitable type (42804)
 * and none generated (428C9). "types" is the result of pk_column_types(). Needs SPI to be
 * connected.
 */
extern Relation pk_table_open(Oid schema, const PkTable *table, const PkColumnType *types, LOCKMODE mode);

/* Sets attnums[i] to the attribute number in rel of the table's i-th column; all must exist. */
extern void pk_table_attnums(Relation rel, const PkTable *table, AttrNumber *attnums);

#endif /* PK_SEED_TABLE_H */
