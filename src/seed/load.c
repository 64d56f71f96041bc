/*
 * load.c
 *	  The loader: chooses one of two ways to load a table.
 *
 * The two ways and what they share are in files of their own, which do not call this one.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/snapmgr.h"

#include "common/compat.h"
#include "common/undo.h"
#include "seed/foreign_keys.h"
#include "seed/load.h"
#include "seed/load_parts.h"
#include "seed/table.h"

static const char *const maintained_reason =
	"another session is maintaining the table or one that it references, and may wait for this transaction";

/*
 * Whether the relation has no row that a transaction started from now on could see. This uses the
 * latest snapshot rather than the active one: in a REPEATABLE READ transaction, rows committed
 * since its start would be invisible and yet collide.
 */
static bool
is_empty(Relation rel)
{
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = pk_compat_table_beginscan(rel, snapshot);
	bool empty = !table_scan_getnextslot(scan, ForwardScanDirection, slot);

	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);
	return empty;
}

/*
 * A row that exists, before first_row and among the last of those, or -1: not all numbers may have
 * one.
 */
static int64
late_row(const PkLoad *load)
{
	void *state;

	if (load->table->next == NULL)
		return load->first_row - 1;
	state = load->table->begin(load->table, load->params);
	for (int64 back = 1; back < load->first_row * 2; back *= 2)
	{
		int64 row = load->table->next(state, Max(load->first_row - back, 0), load->first_row);

		if (row < load->first_row)
			return row;
	}
	return -1;
}

static void
refuse_others(const PkLoad *load)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("table %s holds rows other than the first ones of this seed", load->relation_name),
					errdetail("Rows of this table depend on each other, so none can be skipped. The table was not changed."),
					errhint("Pass the arguments that it was seeded with and no larger n, empty it with TRUNCATE, or pass another target_schema.")));
}

/* Chooses the way, with rel open: sets load->first_row and load->insert_reason. */
static void
choose_way(PkLoad *load, Relation rel)
{
	bool only_these;

	load->first_row = 0;
	load->insert_reason = pk_load_direct_obstacle(rel, load->table, load->types);
	load->referenced = load->insert_reason == NULL ? pk_foreign_keys_referenced(rel) : NIL;
	if (load->insert_reason == NULL && load->maintained)
		load->insert_reason = maintained_reason;
	if (load->insert_reason == NULL && is_empty(rel))
		return;

	load->first_row = pk_load_present(load, rel, &only_these);
	if (load->table->whole && load->first_row < load->nrows)
	{
		/* keys reveal rows of another seed, but not of another anchor */
		if (!only_these || (late_row(load) >= 0 && !pk_load_has_row(load, late_row(load), NULL)))
			refuse_others(load);
	}
	if (load->insert_reason != NULL)
		return;
	if (IsolationUsesXactSnapshot())
		load->insert_reason = "the table may hold rows that this transaction's snapshot does not show";
	else if (!only_these)
		load->insert_reason = "the table holds more than the first rows of this seed";
	else if (load->nrows - load->first_row <= load->first_row / 2)
		load->insert_reason = "the table grows by less than half";
}

/*
 * Keys do not depend on the anchor, so that the same call finds its rows again on another day. But
 * then existing rows have the dates of the first call and added rows those of this call, which
 * deserves a warning. A row at the beginning and one at the end stand for all.
 */
static void
warn_of_other_anchor(const PkLoad *load)
{
	const PkTable *table = load->table;
	int64 first = 0;
	int64 last;

	if (table->anchored == NULL || load->first_row == 0)
		return;
	if (table->next != NULL)
		first = table->next(table->begin(table, load->params), 0, load->first_row);
	last = late_row(load);
	if (last < 0 || pk_load_has_row(load, first, table->anchored) || pk_load_has_row(load, last, table->anchored))
		return;
	ereport(WARNING, (errmsg("rows of %s were generated with another start", load->relation_name),
					  errdetail("Their dates differ from those that this call would generate. They are kept; added rows are dated from this call's start."),
					  errhint("Pass the start that they were generated with, or TRUNCATE %s and seed it again.", load->relation_name)));
}

/*
 * Chooses the way with the lock that INSERT takes, and keeps that lock if the INSERT way is chosen.
 * Otherwise a rollback releases it, together with the locks of the queries that looked: holding a
 * lock while waiting for a stronger one deadlocks with any session that does the same, and with
 * REINDEX CONCURRENTLY, which waits for every transaction that has used the table.
 */
static bool
look(void *arg)
{
	PkLoad *load = arg;
	Relation rel = pk_table_open(load->schema, load->table, load->types, RowExclusiveLock);

	load->relid = RelationGetRelid(rel);
	choose_way(load, rel);
	relation_close(rel, NoLock);
	return load->insert_reason != NULL;
}

/*
 * Opens the table with the lock for the direct way, without having held a weaker one. Returns NULL
 * if that could mean waiting for a session that may wait for us. For that, our snapshot is enough:
 * CREATE INDEX CONCURRENTLY waits for all transactions with older ones.
 */
static Relation
open_exclusively(PkLoad *load)
{
	bool locked = ConditionalLockRelationOid(load->relid, AccessExclusiveLock);
	Oid relid = load->relid;
	Relation rel;

	if (!locked && pk_load_is_maintained(load->relid))
		return NULL;
	rel = pk_table_open(load->schema, load->table, load->types, AccessExclusiveLock);
	load->relid = RelationGetRelid(rel);
	if (locked)
		UnlockRelationOid(relid, AccessExclusiveLock); /* one of two locks, unless the name is another table's now */
	return rel;
}

/*
 * Locks the tables that the table's foreign keys reference until the end of the transaction, as
 * ALTER TABLE ... ADD FOREIGN KEY does: no referenced row may go away after the foreign keys are
 * validated. Returns false where that could mean waiting for a session that may wait for us.
 *
 * They are locked before the table itself, because many applications, too, write to the referenced
 * table first. No order suits all. A session that has inserted into the table, and whose foreign
 * key check then waits for a referenced table that this transaction loads the direct way,
 * deadlocks with this one, which waits for the table; so does one that writes to a referenced
 * table last. A referenced table that is loaded by INSERT is locked in a weaker mode already,
 * which deadlocks with a session that raises its own lock on it in the same way. The server
 * cancels one of the two (40P01). Then nothing was seeded, or the application has to try again.
 */
static bool
lock_referenced(const PkLoad *load)
{
	ListCell *cell;

	foreach (cell, load->referenced)
	{
		Oid relid = lfirst_oid(cell);

		if (ConditionalLockRelationOid(relid, PK_REFERENCED_LOCK))
			continue;
		if (pk_load_is_maintained(relid))
			return false;
		LockRelationOid(relid, PK_REFERENCED_LOCK);
	}
	return true;
}

void
pk_load_choose(PkLoad *load)
{
	Relation rel;

	/*
	 * A session that has taken a number may go on to lock the table, so wait for it before we lock
	 * the table.
	 */
	if (load->table->serial != NULL)
		pk_load_lock_serial(load);

	load->maintained = false;
	for (;;)
	{
		/*
		 * look first with a weak lock, so that a small top-up or a second call does not block
		 * readers
		 */
		pk_undo_unless(look, load);
		if (load->insert_reason != NULL)
			return;

		/*
		 * Readers must wait too: their plans may use the indexes that are about to lag behind the
		 * table, and REINDEX would need this lock on each of them anyway.
		 */
		rel = lock_referenced(load) ? open_exclusively(load) : NULL;
		if (rel != NULL)
			break;
		load->maintained = true;
	}

	/* others may have written before the lock was granted, so look again */
	choose_way(load, rel);
	relation_close(rel, NoLock);
	/* a foreign key may have been added */
	if (load->insert_reason == NULL && !lock_referenced(load))
		load->insert_reason = maintained_reason;
}

/* The lock for the direct way keeps out other sessions, but not triggers in this one. */
static void
look_again(PkLoad *load)
{
	Relation rel = pk_table_open(load->schema, load->table, load->types, AccessExclusiveLock);

	load->relid = RelationGetRelid(rel);
	choose_way(load, rel);
	relation_close(rel, NoLock);
}

void
pk_load(PkLoad *load)
{
	if (load->look_again && load->insert_reason == NULL)
		look_again(load);
	if (load->table->serial != NULL)
		pk_load_check_serial(load);
	if (load->insert_reason == NULL)
		pk_load_direct(load, table_open(load->relid, NoLock));
	else if (load->first_row < load->nrows)
		pk_load_insert(load);
	warn_of_other_anchor(load);
	if (load->table->serial != NULL)
		pk_load_advance_serial(load);
}
