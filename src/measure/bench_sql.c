/*
 * bench_sql.c
 *	  SQL face of bench.c.
 *
 * Signatures:
 *	  perfkit_bench(query text, iterations int, warmup int, generic boolean, parameters text[])
 *	      -> record
 *	  perfkit_assert_latency(query text, max_ms float8, percentile float8, iterations int,
 *	                         generic boolean, parameters text[]) -> void
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "common/arguments.h"
#include "common/undo.h"
#include "measure/bench.h"
#include "stats/order_statistics.h"
#include "stats/sequential.h"

PG_FUNCTION_INFO_V1(perfkit_bench);
PG_FUNCTION_INFO_V1(perfkit_assert_latency);

#define CONFIDENCE 0.95

/* An undecided assertion takes more samples, up to this many times the number asked for. */
#define PATIENCE 8

#define BENCH_COLUMNS 16

/* A call and its result, which outlives the benchmark's subtransaction. */
typedef struct PkBenchCall
{
	char *query;
	int iterations;
	int warmup;
	PkBenchPlanMode mode;
	ArrayType *parameters;

	/* perfkit_bench() */
	Datum values[BENCH_COLUMNS];
	bool nulls[BENCH_COLUMNS];

	/* perfkit_assert_latency() */
	double max_ms;
	double percentile;
	PkQuantileSide side;
	int looks;
	char *facts; /* unless within the limit */
} PkBenchCall;

static PkBenchPlanMode
plan_mode(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		return PK_BENCH_PLAN_AUTO;
	return PG_GETARG_BOOL(argno) ? PK_BENCH_PLAN_GENERIC : PK_BENCH_PLAN_CUSTOM;
}

static double
nearest_rank(const PkBench *bench, double p)
{
	return bench->samples[p < 1.0 ? pk_order_rank(bench->count, p) - 1 : bench->count - 1];
}

static Datum
rounded_datum(double value)
{
	return Float8GetDatum(pk_bench_round(value));
}

/* The columns of perfkit_bench(). The samples are sorted. */
static void
fill_columns(const PkBench *bench, PkBenchCall *call)
{
	static const double percentiles[] = {0.5, 0.9, 0.95, 0.99, 1.0};
	Datum *values = call->values;
	double executions = (double) bench->count * bench->batch;
	double mean = 0;
	double squares = 0;
	int column = 0;

	for (int i = 0; i < bench->count; i++)
		mean += bench->samples[i] / bench->count;
	for (int i = 0; i < bench->count; i++)
		squares += (bench->samples[i] - mean) * (bench->samples[i] - mean);

	values[column++] = Int32GetDatum(bench->count);
	values[column++] = rounded_datum(mean);
	call->nulls[column] = bench->count == 1;
	values[column++] = rounded_datum(bench->count > 1 ? sqrt(squares / (bench->count - 1)) : 0);
	values[column++] = rounded_datum(bench->samples[0]);
	for (size_t i = 0; i < lengthof(percentiles); i++)
		values[column++] = rounded_datum(nearest_rank(bench, percentiles[i]));
	values[column++] = rounded_datum(bench->shared_hit / executions);
	values[column++] = rounded_datum(bench->shared_read / executions);
	values[column++] = rounded_datum(bench->wal_bytes / executions);
	values[column++] = Int32GetDatum(bench->batch);
	values[column++] = BoolGetDatum(bench->cached == bench->source->gplan);
	values[column++] = BoolGetDatum(bench->jit);
	values[column++] = Int32GetDatum(bench->workers);
	Assert(column == BENCH_COLUMNS);
}

/* Within the subtransaction of a whole perfkit_bench(). */
static void
measure(void *arg)
{
	PkBenchCall *call = (PkBenchCall *) arg;
	PkBench bench;

	pk_bench_begin(&bench, call->query, call->parameters, call->mode);
	pk_bench_warm_up(&bench, call->warmup);
	pk_bench_sample(&bench, call->iterations);
	pk_bench_look(&bench);
	pk_bench_sort(&bench);
	fill_columns(&bench, call);
	pk_bench_end(&bench);
}

/* perfkit_bench(...) -> record, one row */
Datum
perfkit_bench(PG_FUNCTION_ARGS)
{
	PkBenchCall call = {0};
	TupleDesc descriptor;

	call.query = pk_arg_query(fcinfo, 0);
	call.iterations = pk_arg_int32(fcinfo, 1, "iterations", 1, PK_BENCH_MAX_ITERATIONS, NULL);
	call.warmup = pk_arg_int32(fcinfo, 2, "warmup", 0, PK_BENCH_MAX_ITERATIONS, NULL);
	call.mode = plan_mode(fcinfo, 3);
	call.parameters = pk_arg_array(fcinfo, 4);
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE || descriptor->natts != BENCH_COLUMNS)
		elog(ERROR, "return type must be a row type of %d columns", BENCH_COLUMNS);

	pk_undo(measure, &call);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), call.values, call.nulls)));
}

/* A time for messages: to a nanosecond, without trailing zeros. */
static char *
milliseconds(double value)
{
	return DatumGetCString(DirectFunctionCall1(float8out, rounded_datum(value)));
}

static char *
describe_samples(PkBench *bench, double percentile)
{
	double executions = (double) bench->count * bench->batch;
	char *of = percentile < 1.0 ? psprintf("percentile %g", percentile * 100) : pstrdup("maximum");

	pk_bench_sort(bench);
	return psprintf("In %.0f executions the %s is %s ms; the fastest took %s, the median %s, the slowest %s ms. "
					"Each touched %.1f shared buffers, %.1f of them read from outside.",
					executions, of, milliseconds(nearest_rank(bench, percentile)), milliseconds(bench->samples[0]),
					milliseconds(nearest_rank(bench, 0.5)), milliseconds(nearest_rank(bench, 1.0)),
					(bench->shared_hit + bench->shared_read) / executions, bench->shared_read / executions);
}

/*
 * Within the subtransaction of a whole perfkit_assert_latency(): sample until it is decided, or
 * until there are too many samples.
 */
static void
measure_side(void *arg)
{
	PkBenchCall *call = (PkBenchCall *) arg;
	int most = (int) Min((int64) call->iterations * PATIENCE, PK_BENCH_MAX_ITERATIONS);
	PkBench bench;

	pk_bench_begin(&bench, call->query, call->parameters, call->mode);
	pk_bench_warm_up(&bench, call->warmup);
	pk_bench_sample(&bench, call->iterations);
	call->looks = pk_sequential_looks(call->iterations, most);
	for (;;)
	{
		int within = pk_bench_count_within(&bench, call->max_ms);

		/* A maximum is no estimate, so it needs no confidence. */
		if (call->percentile >= 1.0)
			call->side = within == bench.count ? PK_QUANTILE_WITHIN : PK_QUANTILE_ABOVE;
		else
			call->side = pk_sequential_side(bench.count, within, call->percentile, CONFIDENCE, call->looks);
		if (call->side != PK_QUANTILE_UNKNOWN || bench.count == most)
			break;
		pk_bench_sample(&bench, (int) pk_sequential_next(bench.count, most) - bench.count);
	}
	if (call->side != PK_QUANTILE_WITHIN)
		call->facts = describe_samples(&bench, call->percentile);
	pk_bench_end(&bench);
}

static void
raise_latency(const PkBenchCall *call)
{
	if (call->side == PK_QUANTILE_ABOVE)
		ereport(ERROR, (errcode(ERRCODE_ASSERT_FAILURE), errmsg("service time exceeds %g ms", call->max_ms),
						errdetail_internal("%s", call->facts),
						errhint("EXPLAIN (ANALYZE, BUFFERS) shows where the time goes.")));
	ereport(ERROR,
			(errcode(ERRCODE_ASSERT_FAILURE), errmsg("cannot tell whether service time exceeds %g ms", call->max_ms),
			 errdetail_internal("%s The percentile's confidence interval contains the limit (%.4g %%, which is 95 %% over "
								"%d looks).",
								call->facts, 100 * (1 - (1 - CONFIDENCE) / call->looks), call->looks),
			 errhint("Raise \"iterations\", or set the limit further from what the query takes.")));
}

/* perfkit_assert_latency(...) -> void */
Datum
perfkit_assert_latency(PG_FUNCTION_ARGS)
{
	PkBenchCall call = {0};

	call.query = pk_arg_query(fcinfo, 0);
	call.max_ms = pk_arg_float8(fcinfo, 1, "max_ms", NULL);
	call.percentile = pk_arg_float8(fcinfo, 2, "percentile", "0.95 is the 95th percentile, 1 the maximum.");
	call.iterations = pk_arg_int32(fcinfo, 3, "iterations", 1, PK_BENCH_MAX_ITERATIONS, NULL);
	call.warmup = Max(1, Min(100, call.iterations / 2));
	call.mode = plan_mode(fcinfo, 4);
	call.parameters = pk_arg_array(fcinfo, 5);
	if (!(call.max_ms > 0.0) || isinf(call.max_ms))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"max_ms\" must be greater than 0 and finite"), errdetail("It is %g.", call.max_ms)));
	if (!(call.percentile > 0.0 && call.percentile <= 1.0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"percentile\" must be greater than 0 and at most 1"),
						errdetail("It is %g.", call.percentile),
						errhint("0.95 is the 95th percentile, 1 the maximum.")));

	pk_undo(measure_side, &call);
	if (call.side != PK_QUANTILE_WITHIN)
		raise_latency(&call);
	PG_RETURN_VOID();
}
