/*
 * bench_sql.c
 *	  SQL face of bench.c.
 *
 * Signatures:
 *	  perfkit_bench(query text, iterations int, warmup int, generic boolean, parameters text[]) -> record
 *	  perfkit_assert_latency(query text, max_ms float8, percentile float8, iterations int, generic boolean, parameters text[])
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "common/statement.h"
#include "measure/bench.h"
#include "stats/order_statistics.h"

PG_FUNCTION_INFO_V1(perfkit_bench);
PG_FUNCTION_INFO_V1(perfkit_assert_latency);

#define CONFIDENCE 0.95

/* An assertion that cannot tell takes more samples, up to so many times what it was asked for. */
#define PATIENCE 8

static int
checked_count(FunctionCallInfo fcinfo, int argno, const char *name, int least)
{
	int value;

	if (PG_ARGISNULL(argno))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" must not be null", name)));
	value = PG_GETARG_INT32(argno);
	if (value < least || value > PK_BENCH_MAX_ITERATIONS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" must be between %d and %d", name, least, PK_BENCH_MAX_ITERATIONS),
						errdetail("It is %d.", value)));
	return value;
}

static PkBenchPlanMode
plan_mode(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		return PK_BENCH_PLAN_AUTO;
	return PG_GETARG_BOOL(argno) ? PK_BENCH_PLAN_GENERIC : PK_BENCH_PLAN_CUSTOM;
}

static ArrayType *
parameter_values(FunctionCallInfo fcinfo, int argno)
{
	return PG_ARGISNULL(argno) ? NULL : PG_GETARG_ARRAYTYPE_P(argno);
}

static double
nearest_rank(const PkBench *bench, double p)
{
	return bench->samples[p < 1.0 ? pk_order_rank(bench->count, p) - 1 : bench->count - 1];
}

/* perfkit_bench(...) -> record, one row */
Datum
perfkit_bench(PG_FUNCTION_ARGS)
{
	char *query = pk_query_argument(fcinfo, 0);
	int iterations = checked_count(fcinfo, 1, "iterations", 1);
	int warmup = checked_count(fcinfo, 2, "warmup", 0);
	double percentiles[] = {0.5, 0.9, 0.95, 0.99, 1.0};
	Datum values[16];
	bool nulls[16] = {false};
	TupleDesc descriptor;
	PkBench bench;
	double executions;
	double mean = 0;
	double squares = 0;
	int column = 0;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");

	pk_bench_begin(&bench, query, parameter_values(fcinfo, 4), plan_mode(fcinfo, 3));
	pk_bench_warm_up(&bench, warmup);
	pk_bench_sample(&bench, iterations);
	pk_bench_look(&bench);
	pk_bench_sort(&bench);

	for (int i = 0; i < iterations; i++)
		mean += bench.samples[i] / iterations;
	for (int i = 0; i < iterations; i++)
		squares += (bench.samples[i] - mean) * (bench.samples[i] - mean);
	executions = (double) iterations * bench.batch;

	values[column++] = Int32GetDatum(iterations);
	values[column++] = Float8GetDatum(mean);
	nulls[column] = iterations == 1;
	values[column++] = Float8GetDatum(iterations > 1 ? sqrt(squares / (iterations - 1)) : 0);
	values[column++] = Float8GetDatum(bench.samples[0]);
	for (size_t i = 0; i < lengthof(percentiles); i++)
		values[column++] = Float8GetDatum(nearest_rank(&bench, percentiles[i]));
	values[column++] = Float8GetDatum(bench.shared_hit / executions);
	values[column++] = Float8GetDatum(bench.shared_read / executions);
	values[column++] = Float8GetDatum(bench.wal_bytes / executions);
	values[column++] = Int32GetDatum(bench.batch);
	values[column++] = BoolGetDatum(bench.cached == bench.source->gplan);
	values[column++] = BoolGetDatum(bench.jit);
	values[column++] = Int32GetDatum(bench.workers);
	Assert(column == descriptor->natts && column == lengthof(values));

	pk_bench_end(&bench);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}

typedef enum PkLatencyVerdict
{
	LATENCY_PASS,
	LATENCY_FAIL,
	LATENCY_UNKNOWN,
} PkLatencyVerdict;

/* On which side of the limit the percentile lies, by its confidence interval; a maximum is no estimate and has none. */
static PkLatencyVerdict
judge(const PkBench *bench, double percentile, double max_ms)
{
	PkRankInterval interval;

	if (percentile >= 1.0)
		return nearest_rank(bench, 1.0) <= max_ms ? LATENCY_PASS : LATENCY_FAIL;
	interval = pk_order_interval(bench->count, percentile, CONFIDENCE);
	if (interval.upper <= bench->count && bench->samples[interval.upper - 1] <= max_ms)
		return LATENCY_PASS;
	if (interval.lower >= 1 && bench->samples[interval.lower - 1] > max_ms)
		return LATENCY_FAIL;
	return LATENCY_UNKNOWN;
}

static void
raise_latency(const PkBench *bench, double percentile, double max_ms, PkLatencyVerdict verdict)
{
	char *of = percentile < 1.0 ? psprintf("percentile %g", percentile * 100) : pstrdup("maximum");
	double executions = (double) bench->count * bench->batch;
	char *facts = psprintf("In %.0f executions the %s is %.3f ms; the fastest took %.3f, the median %.3f, the slowest %.3f ms. "
						   "Each touched %.1f shared buffers, %.1f of them read from outside.",
						   executions, of, nearest_rank(bench, percentile), bench->samples[0],
						   nearest_rank(bench, 0.5), nearest_rank(bench, 1.0),
						   (bench->shared_hit + bench->shared_read) / executions,
						   bench->shared_read / executions);

	if (verdict == LATENCY_FAIL)
		ereport(ERROR, (errcode(ERRCODE_ASSERT_FAILURE), errmsg("service time exceeds %g ms", max_ms),
						errdetail_internal("%s", facts),
						errhint("EXPLAIN (ANALYZE, BUFFERS) shows where the time goes.")));
	ereport(ERROR, (errcode(ERRCODE_ASSERT_FAILURE), errmsg("cannot tell whether service time exceeds %g ms", max_ms),
					errdetail_internal("%s The confidence interval of the percentile has the limit inside.", facts),
					errhint("Raise \"iterations\", or set the limit further from what the query takes.")));
}

/* perfkit_assert_latency(...) -> void */
Datum
perfkit_assert_latency(PG_FUNCTION_ARGS)
{
	char *query = pk_query_argument(fcinfo, 0);
	int iterations = checked_count(fcinfo, 3, "iterations", 1);
	double max_ms;
	double percentile;
	int64 most = Min((int64) iterations * PATIENCE, PK_BENCH_MAX_ITERATIONS);
	PkLatencyVerdict verdict;
	PkBench bench;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" must not be null", PG_ARGISNULL(1) ? "max_ms" : "percentile")));
	max_ms = PG_GETARG_FLOAT8(1);
	percentile = PG_GETARG_FLOAT8(2);
	if (!(max_ms > 0.0) || isinf(max_ms))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"max_ms\" must be greater than 0 and finite"), errdetail("It is %g.", max_ms)));
	if (!(percentile > 0.0 && percentile <= 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"percentile\" must be greater than 0 and at most 1"), errdetail("It is %g.", percentile),
				 errhint("0.95 is the 95th percentile, 1 the maximum.")));

	pk_bench_begin(&bench, query, parameter_values(fcinfo, 5), plan_mode(fcinfo, 4));
	pk_bench_warm_up(&bench, Max(1, Min(100, iterations / 2)));
	pk_bench_sample(&bench, iterations);
	pk_bench_sort(&bench);
	while ((verdict = judge(&bench, percentile, max_ms)) == LATENCY_UNKNOWN && bench.count < most)
	{
		pk_bench_sample(&bench, Min(bench.count, most - bench.count));
		pk_bench_sort(&bench);
	}
	if (verdict != LATENCY_PASS)
		raise_latency(&bench, percentile, max_ms, verdict);
	pk_bench_end(&bench);
	PG_RETURN_VOID();
}
