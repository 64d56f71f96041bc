/*
 * statement_work.c
 *	  perfkit_statement_work(): what a statement does, in numbers that do not depend on the speed of
 *	  the machine.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/execnodes.h"

#include "common/arguments.h"
#include "plan/run.h"

PG_FUNCTION_INFO_V1(perfkit_statement_work);

/* Columns of perfkit_statement_work(), in order. */
enum
{
	COL_ROWS,
	COL_BLOCKS,
	COL_TEMP_BLOCKS,
	COL_WAL_RECORDS,
	COL_WAL_BYTES,
	NUM_COLUMNS
};

/* WAL is counted here, before the rollback adds its own record. */
static void
count_work(PkCapture *capture, void *arg)
{
	Datum *values = (Datum *) arg;

	values[COL_ROWS] = Int64GetDatum((int64) capture->desc->estate->es_processed);
	values[COL_BLOCKS] = Int64GetDatum(capture->buffers.shared_blks_hit + capture->buffers.shared_blks_read);
	values[COL_TEMP_BLOCKS] = Int64GetDatum(capture->buffers.temp_blks_written);
	values[COL_WAL_RECORDS] = Int64GetDatum((int64) capture->wal.wal_records);
	values[COL_WAL_BYTES] = Int64GetDatum((int64) capture->wal.wal_bytes);
}

/* perfkit_statement_work(query text) -> record */
Datum
perfkit_statement_work(PG_FUNCTION_ARGS)
{
	PkCaptureOptions options = {.instrument = INSTRUMENT_ROWS};
	char *query = pk_arg_query(fcinfo, 0);
	Datum values[NUM_COLUMNS];
	bool nulls[NUM_COLUMNS] = {0};
	TupleDesc desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	pk_run(query, &options, count_work, values);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
