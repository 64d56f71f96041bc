/*
 * seed.c
 *	  What the SQL functions of every workload call: fill its tables, or return a table's rows.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "common/catalog.h"
#include "common/own_statement.h"
#include "seed/load.h"
#include "seed/load_parts.h"
#include "seed/seed.h"
#include "seed/table.h"

/* Row counts and row numbers. Arguments are decoded by common/arguments.h. */
static const char *const default_hint = "Leave the argument out to use its default.";

int64
pk_arg_nrows(FunctionCallInfo fcinfo, int argno, const char *name)
{
	pk_arg_refuse_null(fcinfo, argno, name, default_hint);
	return pk_arg_int64(fcinfo, argno, name, 0, PK_MAX_ROWS, "Pass the number of rows to make, such as 10000.");
}

int64
pk_arg_first_row(FunctionCallInfo fcinfo, int argno, const char *name, int64 nrows)
{
	int64 first_row;

	pk_arg_refuse_null(fcinfo, argno, name, default_hint);
	first_row = PG_GETARG_INT64(argno);
	if (first_row < 0 || first_row > PK_MAX_ROWS - nrows)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" must be between 0 and " INT64_FORMAT, name, PK_MAX_ROWS - nrows),
						errdetail("It is " INT64_FORMAT ", and " INT64_FORMAT " rows are requested.", first_row, nrows),
						errhint("Rows are numbered from 0; pass the number of the slice's first row.")));
	return first_row;
}

int64
pk_arg_random_seed(FunctionCallInfo fcinfo, int argno, const char *name)
{
	return pk_arg_int64(fcinfo, argno, name, PG_INT64_MIN, PG_INT64_MAX, default_hint);
}

static void
refuse_read_only(const char *function)
{
	if (!XactReadOnly)
		return;
	ereport(ERROR, (errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
					errmsg("cannot execute %s() in a read-only transaction", function),
					RecoveryInProgress()
						? errhint("This server is a standby. Seed on its primary; the rows arrive here by replication.")
						: errhint("Start the transaction with BEGIN READ WRITE, or check default_transaction_read_only.")));
}

static void
report_load(const PkLoad *load, double analyze_ms)
{
	double seconds = (load->rows_ms + load->index_ms + load->foreign_key_ms + Max(analyze_ms, 0)) / 1000.0;
	StringInfoData how;

	initStringInfo(&how);
	if (load->first_row >= load->nrows)
		appendStringInfoString(&how, "All rows were there already.");
	else if (load->insert_reason != NULL)
		appendStringInfo(&how, "Rows and index entries by INSERT in %.2f s, because %s.", load->rows_ms / 1000.0,
						 load->insert_reason);
	else
		appendStringInfo(&how, "Rows in %.2f s, %d indexes built in %.2f s.", load->rows_ms / 1000.0, load->nindexes,
						 load->index_ms / 1000.0);
	if (load->nforeign_keys > 0)
		appendStringInfo(&how, " %d foreign key%s validated in %.2f s.", load->nforeign_keys,
						 load->nforeign_keys == 1 ? "" : "s", load->foreign_key_ms / 1000.0);
	if (analyze_ms >= 0)
		appendStringInfo(&how, " ANALYZE in %.2f s.", analyze_ms / 1000.0);
	ereport(NOTICE,
			(errmsg("%s: " INT64_FORMAT " rows inserted in %.2f s (%.0f rows/s)", load->relation_name, load->inserted,
					seconds, seconds > 0 ? load->inserted / seconds : 0.0),
			 errdetail_internal("%s", how.data)));
}

/* Returns the time in milliseconds, or -1 if the table was not analyzed. */
static double
analyze(const PkLoad *load)
{
	char *command = psprintf("ANALYZE %s", load->relation_name);
	instr_time started;

	if (pk_load_is_maintained(load->relid))
	{
		ereport(WARNING, (errmsg("table %s was not analyzed", load->relation_name),
						  errdetail("Another session is maintaining the table and may wait for this transaction."),
						  errhint("Run %s when it has finished.", command)));
		return -1;
	}
	INSTR_TIME_SET_CURRENT(started);
	if (SPI_execute(command, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "\"%s\" failed", command);
	return pk_elapsed_ms(started);
}

/* Fills in a load before its table is looked at. */
static void
prepare_load(PkLoad *load, FunctionCallInfo fcinfo, const PkTable *table, const PkSeedParams *params, Oid schema)
{
	load->table = table;
	load->params = params;
	load->nrows = table->count != NULL ? table->count(params) : params->nrows;
	load->library = pk_own_library(fcinfo);
	load->generator_schema = pstrdup(quote_identifier(get_namespace_name(get_func_namespace(fcinfo->flinfo->fn_oid))));
	/* an impossible anchor is an error even if there is nothing to insert */
	(void) table->begin(table, params);
	load->schema = schema;
	load->types = pk_column_types(table);
	load->relation_name = quote_qualified_identifier(get_namespace_name(schema), table->name);
}

/*
 * Creates the table if it is missing, and checks it otherwise. A stronger lock comes with the
 * choice of the way.
 */
static void
make_table(PkLoad *load)
{
	Relation rel = pk_table_open(load->schema, load->table, load->types, AccessShareLock);

	load->relid = RelationGetRelid(rel);
	relation_close(rel, load->nrows > 0 ? AccessShareLock : NoLock);
}

int64
pk_seed(FunctionCallInfo fcinfo, const PkWorkload *workload, const PkSeedParams *params, const char *schema_name)
{
	Oid schema;
	PkLoad *loads;
	PkLoad *main_load;
	int ntables = 0;
	int64 inserted;
	bool triggers_ran = false;

	refuse_read_only(workload->seeder);
	schema = pk_table_lock_schema(schema_name);
	SPI_connect();
	if (workload->remark != NULL)
		workload->remark(params);

	while (workload->tables[ntables] != NULL)
		ntables++;
	loads = palloc0(sizeof(PkLoad) * ntables);
	main_load = &loads[0];

	/* all tables first: an error in the last one should be known before the first is filled */
	for (int i = 0; i < ntables; i++)
	{
		PkLoad *load = &loads[i];

		prepare_load(load, fcinfo, workload->tables[i], params, schema);
		if (load->table == workload->main)
			main_load = load;
		if (OidIsValid(get_relname_relid(load->table->name, schema)))
			make_table(load);
	}

	/*
	 * A table is created only after the locks on those before it are taken: a foreign key locks the
	 * referenced table, and the direct way would then wait for a stronger lock on it.
	 */
	for (int i = 0; i < ntables; i++)
	{
		PkLoad *load = &loads[i];

		make_table(load);
		/* if the main table has its first rows already, the others probably have theirs */
		load->likely_first_row = load->table->count != NULL ? load->nrows : main_load->first_row;
		if (load->nrows > 0)
			pk_load_choose(load);
	}
	for (int i = 0; i < ntables; i++)
	{
		PkLoad *load = &loads[i];
		double analyze_ms;

		load->look_again = triggers_ran;
		if (load->nrows > 0)
			pk_load(load);
		triggers_ran |= load->insert_reason != NULL && load->first_row < load->nrows;
		analyze_ms = analyze(load);
		if (load->nrows > 0)
			report_load(load, analyze_ms);
	}
	inserted = main_load->inserted;

	SPI_finish();
	return inserted;
}

/* State of a perfkit_generate_ function between calls. */
typedef struct Generation
{
	const PkTable *table;
	void *state;
	int64 next_row;
	int64 end_row;
	Datum *values;
	bool *nulls;
} Generation;

Datum
pk_generate(FunctionCallInfo fcinfo, const PkTable *table, const PkSeedParams *params, int64 first_row, int64 nrows)
{
	FuncCallContext *context;
	Generation *generation;
	HeapTuple tuple;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext caller;
		TupleDesc desc;

		context = SRF_FIRSTCALL_INIT();
		caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != table->ncolumns)
			elog(ERROR, "the result type of %s is not its table's", get_func_name(fcinfo->flinfo->fn_oid));
		context->tuple_desc = BlessTupleDesc(desc);
		generation = palloc(sizeof(Generation));
		generation->table = table;
		generation->state = table->begin(table, params);
		generation->next_row = first_row;
		generation->end_row = first_row + nrows;
		generation->values = palloc(sizeof(Datum) * table->ncolumns);
		generation->nulls = palloc0(sizeof(bool) * table->ncolumns);
		context->user_fctx = generation;
		MemoryContextSwitchTo(caller);
	}

	context = SRF_PERCALL_SETUP();
	generation = context->user_fctx;
	CHECK_FOR_INTERRUPTS();
	if (table->next != NULL)
		generation->next_row = table->next(generation->state, generation->next_row, generation->end_row);
	if (generation->next_row >= generation->end_row)
		SRF_RETURN_DONE(context);
	table->row(generation->state, generation->next_row++, generation->values, generation->nulls);
	tuple = heap_form_tuple(context->tuple_desc, generation->values, generation->nulls);
	SRF_RETURN_NEXT(context, HeapTupleGetDatum(tuple));
}
