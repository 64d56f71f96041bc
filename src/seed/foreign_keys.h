/*
 * foreign_keys.h
 *	  Foreign keys of a table that is loaded without firing its triggers.
 *
 * INSERT looks up each new row's referenced row through a trigger. For a whole table one join does
 * the same, as in ALTER TABLE ... ADD FOREIGN KEY, from where the rules come: referenced tables are
 * locked in ShareRowExclusive mode, so that no referenced row goes away before the rows that need
 * it are visible to the session that deletes it.
 */
#ifndef PK_SEED_FOREIGN_KEYS_H
#define PK_SEED_FOREIGN_KEYS_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "storage/lockdefs.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

/* The lock on referenced tables, until the end of the transaction. */
#define PK_REFERENCED_LOCK ShareRowExclusiveLock

/* Whether the trigger is the one that checks a foreign key on INSERT. */
extern bool pk_is_foreign_key_trigger(const Trigger *trigger);

/*
 * NULL if a join can stand for the triggers of all the table's foreign keys, else why not, to
 * follow "because". The answer holds as long as the table is locked against ALTER TABLE and the
 * referenced ones are locked in PK_REFERENCED_LOCK.
 */
extern const char *pk_foreign_keys_obstacle(Relation rel);

/* The OIDs of the other tables that the foreign keys reference, in ascending order; palloc'd. */
extern List *pk_foreign_keys_referenced(Relation rel);

extern int pk_foreign_keys_count(Relation rel);

/*
 * Raises 23503 with the server's message if a row violates a foreign key. The table has no
 * obstacle, the referenced tables are locked, and SPI is connected. May be canceled.
 */
extern void pk_foreign_keys_validate(Relation rel);

#endif /* PK_SEED_FOREIGN_KEYS_H */
