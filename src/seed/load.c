/*
 * load.c
 *	  The loader: chooses between its two ways, and reports progress for both.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/progress.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/backend_progress.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/own_statement.h"
#include "seed/load.h"
#include "seed/table.h"

/* A NOTICE this often while rows are being made, in milliseconds. */
#define NOTICE_INTERVAL_MS 5000.0

double
pk_elapsed_ms(instr_time since)
{
	instr_time now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, since);
	return INSTR_TIME_GET_MILLISEC(now);
}

void
pk_load_progress_begin(PkLoad *load)
{
	const int params[] = {PROGRESS_COPY_COMMAND, PROGRESS_COPY_TYPE};
	const int64 values[] = {PROGRESS_COPY_COMMAND_FROM, PROGRESS_COPY_TYPE_CALLBACK};

	pgstat_progress_start_command(PROGRESS_COMMAND_COPY, load->relid);
	pgstat_progress_update_multi_param(lengthof(params), params, values);
	INSTR_TIME_SET_CURRENT(load->started);
	load->notice_ms = 0;
}

void
pk_load_progress(PkLoad *load, int64 rows_done)
{
	double elapsed;

	pgstat_progress_update_param(PROGRESS_COPY_TUPLES_PROCESSED, rows_done);
	elapsed = pk_elapsed_ms(load->started);
	if (elapsed - load->notice_ms < NOTICE_INTERVAL_MS)
		return;
	load->notice_ms = elapsed;
	ereport(NOTICE, (errmsg("%s: " INT64_FORMAT " of " INT64_FORMAT " rows (%d %%), %.0f rows/s", load->relation_name,
							rows_done, load->nrows, (int) (100.0 * rows_done / load->nrows),
							(rows_done - load->first_row) / elapsed * 1000.0)));
}

void
pk_load_progress_end(PkLoad *load)
{
	pgstat_progress_end_command();
	load->rows_ms = pk_elapsed_ms(load->started);
}

const Oid pk_load_generator_types[PK_GENERATOR_ARGS] = {INT8OID, INT8OID, INT8OID, TIMESTAMPTZOID, INT8OID, INT8OID};

void
pk_load_generator_args(const PkLoad *load, int64 first_row, int64 nrows, Datum *values)
{
	values[0] = Int64GetDatum(nrows);
	values[1] = Int64GetDatum(first_row);
	values[2] = Int64GetDatum(load->params->random_seed);
	values[3] = TimestampTzGetDatum(load->params->anchor);
	values[4] = Int64GetDatum(load->params->second);
	values[5] = Int64GetDatum(load->params->nrows);
}

/*
 * Whether the relation has no row that any transaction started from now on could see. The latest snapshot rather than the
 * active one: in a REPEATABLE READ transaction rows committed since would be invisible, and yet collide.
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

static void
refuse_others(const PkLoad *load)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("table %s holds other rows than the first ones of this seed", load->relation_name),
					errdetail("Rows of this table depend on each other, so none can be left out, and it has not been touched."),
					errhint("Pass the arguments that it was seeded with and an n that it has already, empty it with TRUNCATE, or pass another target_schema.")));
}

/* Decides on the way, with rel open: sets load->first_row and load->insert_reason. */
static void
choose_way(PkLoad *load, Relation rel)
{
	bool only_these;

	load->first_row = 0;
	load->insert_reason = pk_load_direct_obstacle(rel, load->table);
	if (load->insert_reason == NULL && load->maintained)
		load->insert_reason = "another session maintains the table, and may wait for this transaction";
	if (load->insert_reason == NULL && is_empty(rel))
		return;

	load->first_row = pk_load_present(load, rel, &only_these);
	if (load->table->whole && load->first_row < load->nrows)
	{
		/* keys tell rows of other seeds, but not those of another anchor */
		if (!only_these || (load->first_row > 0 && !pk_load_has_row(load, load->first_row - 1, NULL)))
			refuse_others(load);
	}
	if (load->insert_reason != NULL)
		return;
	if (IsolationUsesXactSnapshot())
		load->insert_reason = "rows may be there that this transaction's snapshot does not show";
	else if (!only_these)
		load->insert_reason = "the table holds more than the first rows of this seed";
	else if (load->nrows - load->first_row <= load->first_row / 2)
		load->insert_reason = "the table grows by less than half";
}

/*
 * Keys do not depend on the anchor, so that the same call finds its rows again on another day. But then their dates are those of the first
 * call, and rows that are added have those of this one: worth a warning. The first and the last row stand for all.
 */
static void
warn_of_other_anchor(const PkLoad *load)
{
	const char *columns = load->table->anchored;

	if (columns == NULL || load->first_row == 0 || pk_load_has_row(load, 0, columns) ||
		pk_load_has_row(load, load->first_row - 1, columns))
		return;
	ereport(WARNING, (errmsg("rows of %s were made with another start", load->relation_name),
					  errdetail("They have other dates than this call would give them. They are kept; rows that are added count from this call's start."),
					  errhint("Pass the start they were made with, or TRUNCATE %s and seed it anew.", load->relation_name)));
}

/*
 * Chooses the way with the lock that INSERT takes, and keeps that lock if INSERT it is. If not, the lock and those of the
 * queries that looked are given back by undoing the subtransaction: a lock that is held while a stronger one is waited for is a deadlock
 * with anybody else who does so, and with REINDEX CONCURRENTLY, which waits for all who have used the table.
 */
static void
look(PkLoad *load)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		Relation rel = pk_table_open(load->schema, load->table, RowExclusiveLock);

		load->relid = RelationGetRelid(rel);
		choose_way(load, rel);
		relation_close(rel, NoLock);
	}
	PG_CATCH();
	{
		/* a handler outside of us undoes its own subtransaction, and takes the innermost one for that */
		MemoryContextSwitchTo(caller);
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (load->insert_reason != NULL)
		ReleaseCurrentSubTransaction();
	else
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
}

bool
pk_load_is_maintained(const PkLoad *load)
{
	/*
	 * VACUUM and ANALYZE wait for nobody, and are waited for. All others that take this lock are few, and either wait for older
	 * transactions, as all commands with CONCURRENTLY do, or belong to a transaction that may do anything before it ends.
	 */
	const char *query =
		"SELECT FROM pg_catalog.pg_locks l WHERE l.locktype OPERATOR(pg_catalog.=) 'relation' "
		"AND l.database OPERATOR(pg_catalog.=) $1 AND l.relation OPERATOR(pg_catalog.=) $2 "
		"AND l.mode OPERATOR(pg_catalog.=) 'ShareUpdateExclusiveLock' "
		"AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() "
		"AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.pid OPERATOR(pg_catalog.=) l.pid) "
		"AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_analyze a WHERE a.pid OPERATOR(pg_catalog.=) l.pid)";
	Oid types[] = {OIDOID, OIDOID};
	Datum values[] = {ObjectIdGetDatum(MyDatabaseId), ObjectIdGetDatum(load->relid)};

	if (pk_own_execute(query, lengthof(types), types, values, 1) != SPI_OK_SELECT)
		elog(ERROR, "\"%s\" failed", query);
	return SPI_processed > 0;
}

/*
 * The table with the lock for the direct way, and without any weaker one having been held before; NULL when that would be to wait for
 * somebody who may wait for us. Our snapshot is enough for that: CREATE INDEX CONCURRENTLY waits for all that are older than it.
 */
static Relation
open_exclusively(PkLoad *load)
{
	bool locked = ConditionalLockRelationOid(load->relid, AccessExclusiveLock);
	Oid relid = load->relid;
	Relation rel;

	if (!locked && pk_load_is_maintained(load))
		return NULL;
	rel = pk_table_open(load->schema, load->table, AccessExclusiveLock);
	load->relid = RelationGetRelid(rel);
	if (locked)
		UnlockRelationOid(relid, AccessExclusiveLock); /* one lock of two, unless another table has the name now */
	return rel;
}

void
pk_load_choose(PkLoad *load)
{
	Relation rel;

	load->maintained = false;
	for (;;)
	{
		/* look first with a lock that disturbs nobody, so that a small top-up or a second call does not lock readers out */
		look(load);
		if (load->insert_reason != NULL)
			return;

		/*
		 * Readers must wait too: their plans may use the indexes that are about to be behind the table, and REINDEX would
		 * need this lock on each of them anyway.
		 */
		rel = open_exclusively(load);
		if (rel != NULL)
			break;
		load->maintained = true;
	}

	/* others may have written before the lock was granted, so look again */
	choose_way(load, rel);
	relation_close(rel, NoLock);
}

void
pk_load(PkLoad *load)
{
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
