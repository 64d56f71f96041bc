/*
 * load.c
 *	  The loader: chooses between its two ways, and reports progress for both.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/progress.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/backend_progress.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

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
							(rows_done - load->first_row) / elapsed * 1000.0)));
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

/* Runs a query that gives one bigint. */
static int64
query_count(const char *query, int nargs, Oid *types, Datum *values)
{
	bool isnull;
	int result = SPI_execute_with_args(query, nargs, types, values, NULL, false, 1);

	if (result != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "\"%s\" returned %s", query, SPI_result_code_string(result));
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* Whether the table's rows can be compared with generated ones by key: it may be read, and its columns have the right types. */
static bool
is_comparable(Relation rel, const PkTable *table)
{
	if (pg_class_aclcheck(RelationGetRelid(rel), GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return false;
	for (int i = 0; i < table->ncolumns; i++)
	{
		AttrNumber attnum = get_attnum(RelationGetRelid(rel), table->columns[i].name);

		if (attnum <= 0 || TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid != table->columns[i].type)
			return false;
	}
	return true;
}

/*
 * How many of the first rows are there already: m if the table has all of rows 0 .. m - 1, where m is the number of its rows or
 * nrows, whichever is less; otherwise 0, and then only ON CONFLICT can tell which rows are there. *only_these is set when the
 * table has no rows beside them.
 */
static int64
count_present(const PkLoad *load, Relation rel, bool *only_these)
{
	Oid types[] = {INT8OID, INT8OID, INT8OID, TIMESTAMPTZOID};
	Datum values[] = {
		Int64GetDatum(0),
		Int64GetDatum(0),
		Int64GetDatum(load->params->random_seed),
		TimestampTzGetDatum(load->params->anchor),
	};
	const char *query;
	int64 nthere;
	int64 nfirst;

	*only_these = false;
	if (!is_comparable(rel, load->table))
		return 0;
	nthere = query_count(psprintf("SELECT pg_catalog.count(*) FROM %s", load->relation_name), 0, NULL, NULL);
	nfirst = Min(nthere, load->nrows);

	/* a semi-join: in a table without the key's constraint, a row that is there twice must not stand in for one that is missing */
	values[0] = Int64GetDatum(nfirst);
	query = psprintf("SELECT pg_catalog.count(*) FROM %s.%s AS generated WHERE (%s) OPERATOR(pg_catalog.=) ANY (SELECT %s FROM %s)",
					 load->generator_schema, load->table->generator, load->table->key, load->table->key,
					 load->relation_name);
	if (query_count(query, lengthof(types), types, values) != nfirst)
		return 0;
	*only_these = nthere == nfirst;
	return nfirst;
}

/*
 * Decides on the way, with rel open and locked in whatever mode: sets load->first_row and load->insert_reason.
 */
static void
choose_way(PkLoad *load, Relation rel)
{
	bool only_these;

	load->first_row = 0;
	load->insert_reason = pk_load_direct_obstacle(rel, load->table);
	if (load->insert_reason == NULL && is_empty(rel))
		return;

	load->first_row = count_present(load, rel, &only_these);
	if (load->insert_reason != NULL)
		return;
	if (IsolationUsesXactSnapshot())
		load->insert_reason = "rows may be there that this transaction's snapshot does not show";
	else if (!only_these)
		load->insert_reason = "the table holds more than the first rows of this seed";
	else if (load->nrows - load->first_row <= load->first_row / 2)
		load->insert_reason = "the table grows by less than half";
}

void
pk_load(PkLoad *load)
{
	Relation rel;

	/* look first with a lock that disturbs nobody, so that a small top-up or a second call does not lock readers out */
	rel = table_open(load->relid, AccessShareLock);
	choose_way(load, rel);
	table_close(rel, NoLock);

	if (load->insert_reason == NULL)
	{
		/*
		 * Readers must wait too: their plans may use the indexes that are about to be behind the table, and REINDEX would
		 * need this lock on each of them anyway. Taking it now rather than then leaves no way to deadlock after the work is
		 * done. Others may have written before it was granted, so look again.
		 */
		rel = table_open(load->relid, AccessExclusiveLock);
		choose_way(load, rel);
		if (load->insert_reason == NULL)
		{
			pk_load_direct(load, rel);
			return;
		}
		table_close(rel, NoLock);
	}
	if (load->first_row < load->nrows)
		pk_load_insert(load);
}
