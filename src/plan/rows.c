/*
 * rows.c
 *	  A plan as rows for SQL, with the names, conditions and numbers of EXPLAIN (FORMAT JSON).
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "common/arguments.h"
#include "common/compat.h"
#include "plan/deparse.h"
#include "plan/run.h"

PG_FUNCTION_INFO_V1(perfkit_plan);

/* Columns of perfkit_plan(), in order. */
enum
{
	COL_NODE_ID,
	COL_PARENT_ID,
	COL_DEPTH,
	COL_RELATIONSHIP,
	COL_NODE_TYPE,
	COL_JOIN_TYPE,
	COL_RELATION,
	COL_ALIAS,
	COL_INDEX,
	COL_INDEX_CONDITION,
	COL_FILTER,
	COL_STARTUP_COST,
	COL_TOTAL_COST,
	COL_PLAN_ROWS,
	COL_PLAN_WIDTH,
	COL_ACTUAL_ROWS,
	COL_LOOPS,
	COL_ACTUAL_MS,
	COL_ROWS_REMOVED,
	COL_SHARED_HIT,
	COL_SHARED_READ,
	COL_TEMP_BLOCKS,
	NUM_COLUMNS
};

/* A cost or row count as EXPLAIN prints it, so that the two can be compared for equality. */
static Datum
rounded(double value, int digits)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*f", digits, value);
	return Float8GetDatum(strtod(text, NULL));
}

static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	if (text != NULL)
		values[column] = CStringGetTextDatum(text);
}

static void
set_oid(Datum *values, bool *nulls, int column, Oid oid)
{
	nulls[column] = !OidIsValid(oid);
	values[column] = ObjectIdGetDatum(oid);
}

/* Rows and time are averages over the loops, and buffers are sums, as in EXPLAIN ANALYZE. */
static void
set_actuals(Datum *values, bool *nulls, const PkPlanNode *node)
{
	PkCompatNodeWork work;

	if (!pk_compat_node_work(node->state, &work))
	{
		for (int column = COL_ACTUAL_ROWS; column < NUM_COLUMNS; column++)
			nulls[column] = true;
		return;
	}
	values[COL_ACTUAL_ROWS] = Float8GetDatum(work.loops > 0 ? work.rows / work.loops : 0);
	values[COL_LOOPS] = Float8GetDatum(work.loops);
	values[COL_ACTUAL_MS] = Float8GetDatum(work.loops > 0 ? work.ms / work.loops : 0);
	values[COL_ROWS_REMOVED] = Float8GetDatum(work.loops > 0 ? work.rows_removed / work.loops : 0);
	values[COL_SHARED_HIT] = Int64GetDatum(work.buffers.shared_blks_hit);
	values[COL_SHARED_READ] = Int64GetDatum(work.buffers.shared_blks_read);
	values[COL_TEMP_BLOCKS] = Int64GetDatum(work.buffers.temp_blks_written);
}

static void
put_node(const PkDeparser *deparser, const PkPlanNode *node, ReturnSetInfo *result)
{
	Datum values[NUM_COLUMNS] = {0};
	bool nulls[NUM_COLUMNS] = {0};

	values[COL_NODE_ID] = Int32GetDatum(node->node_id);
	values[COL_PARENT_ID] = Int32GetDatum(node->parent_id);
	nulls[COL_PARENT_ID] = node->parent_id == 0;
	values[COL_DEPTH] = Int32GetDatum(node->depth);
	set_text(values, nulls, COL_RELATIONSHIP, node->relationship);
	set_text(values, nulls, COL_NODE_TYPE, node->node_type);
	set_text(values, nulls, COL_JOIN_TYPE, node->join_type);
	set_oid(values, nulls, COL_RELATION, node->relid);
	set_text(values, nulls, COL_ALIAS, pk_deparse_alias(deparser, node));
	set_oid(values, nulls, COL_INDEX, node->indexid);
	set_text(values, nulls, COL_INDEX_CONDITION, pk_deparse_index_condition(deparser, node));
	set_text(values, nulls, COL_FILTER, pk_deparse_filter(deparser, node));
	values[COL_STARTUP_COST] = rounded(node->plan->startup_cost, 2);
	values[COL_TOTAL_COST] = rounded(node->plan->total_cost, 2);
	values[COL_PLAN_ROWS] = rounded(node->plan->plan_rows, 0);
	values[COL_PLAN_WIDTH] = Int32GetDatum(node->plan->plan_width);

	set_actuals(values, nulls, node);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_plan(PkCapture *capture, void *arg)
{
	ReturnSetInfo *result = (ReturnSetInfo *) arg;
	MemoryContext caller = MemoryContextSwitchTo(capture->context);
	PkPlanTree tree;
	PkDeparser deparser;

	pk_plan_walk(capture, &tree);
	pk_deparse_begin(&deparser, &tree);
	for (int i = 0; i < tree.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_node(&deparser, &tree.nodes[i], result);
	}
	MemoryContextSwitchTo(caller);
}

/*
 * perfkit_plan(query text, generic boolean, analyze boolean, size_factor float8) -> SETOF record,
 * one row for each node of the plan
 */
Datum
perfkit_plan(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char *query = pk_arg_query(fcinfo, 0);
	PkCaptureOptions options = {0};
	PkCapture capture;

	options.generic = pk_arg_flag(fcinfo, 1, "generic");
	if (pk_arg_flag(fcinfo, 2, "analyze"))
		options.instrument = INSTRUMENT_ALL;
	options.what_if.size_factor = pk_arg_factor(fcinfo, 3, "size_factor");

	/* use the expected descriptor: computing it would leak it into the query's memory */
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (options.instrument != 0)
		pk_run(query, &options, put_plan, result);
	else
	{
		pk_capture_begin(&capture, query, &options);
		put_plan(&capture, result);
		pk_capture_end(&capture);
	}
	return (Datum) 0;
}
