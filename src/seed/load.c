/*
 * load.c
 *	  The loader: chooses between its two ways, and reports progress for both.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "commands/progress.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/backend_progress.h"
#include "utils/snapmgr.h"

#include "common/compat.h"
#include "seed/load.h"

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
							rows_done / elapsed * 1000.0)));
}

void
pk_load_progress_end(PkLoad *load)
{
	pgstat_progress_end_command();
	load->rows_ms = pk_elapsed_ms(load->started);
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

static const char *
direct_obstacle(Relation rel, const PkTable *table)
{
	const char *obstacle = pk_load_direct_obstacle(rel, table);

	if (obstacle == NULL && !is_empty(rel))
		obstacle = "the table already has rows";
	return obstacle;
}

void
pk_load(PkLoad *load)
{
	Relation rel;

	/* look first with a lock that disturbs nobody, so that a top-up or a second call does not lock readers out */
	rel = table_open(load->relid, AccessShareLock);
	load->insert_reason = direct_obstacle(rel, load->table);
	table_close(rel, NoLock);

	if (load->insert_reason == NULL)
	{
		/*
		 * Readers must wait too: their plans may use the indexes that are about to be behind the table, and REINDEX would
		 * need this lock on each of them anyway. Taking it now rather than then leaves no way to deadlock after the work is done.
		 */
		rel = table_open(load->relid, AccessExclusiveLock);
		load->insert_reason = direct_obstacle(rel, load->table);
		if (load->insert_reason == NULL)
		{
			pk_load_direct(load, rel);
			return;
		}
		table_close(rel, NoLock);
	}
	pk_load_insert(load);
}
