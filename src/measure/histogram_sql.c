/*
 * histogram_sql.c
 *	  Aggregates over latencies and histograms, and what can be asked of a histogram.
 *
 * Signatures:
 *	  perfkit_histogram_agg(latency_us bigint) -> perfkit_histogram, from
 *	      perfkit_histogram_take_latency(state internal, latency_us bigint) -> internal
 *	  perfkit_histogram_agg(histogram perfkit_histogram) -> perfkit_histogram, from
 *	      perfkit_histogram_take(state internal, histogram perfkit_histogram) -> internal
 *	  both with perfkit_histogram_combine(state internal, other internal) -> internal
 *	      perfkit_histogram_serialize(state internal) -> bytea
 *	      perfkit_histogram_deserialize(state bytea, unused internal) -> internal
 *	      perfkit_histogram_result(state internal) -> perfkit_histogram
 *	  perfkit_histogram_add(a perfkit_histogram, b perfkit_histogram) -> perfkit_histogram
 *	  perfkit_histogram_buckets(histogram perfkit_histogram)
 *	      -> setof (lowest_us, highest_us, latencies)
 *	  perfkit_quantile(histogram perfkit_histogram, quantile float8) -> bigint
 *	  perfkit_count(histogram perfkit_histogram, from_us bigint, to_us bigint) -> bigint
 *
 * The aggregates' state is a PkHistogram, whose size has a bound that does not depend on the number
 * of rows. Nulls are left out, and an aggregate of nothing else is null.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "common/compat.h"
#include "measure/histogram_type.h"
#include "stats/order_statistics.h"

PG_FUNCTION_INFO_V1(perfkit_histogram_take_latency);
PG_FUNCTION_INFO_V1(perfkit_histogram_take);
PG_FUNCTION_INFO_V1(perfkit_histogram_combine);
PG_FUNCTION_INFO_V1(perfkit_histogram_serialize);
PG_FUNCTION_INFO_V1(perfkit_histogram_deserialize);
PG_FUNCTION_INFO_V1(perfkit_histogram_result);
PG_FUNCTION_INFO_V1(perfkit_histogram_add);
PG_FUNCTION_INFO_V1(perfkit_histogram_buckets);
PG_FUNCTION_INFO_V1(perfkit_quantile);
PG_FUNCTION_INFO_V1(perfkit_count);

/* An aggregate's state, NULL before the first. */
static PkHistogram *
state_argument(FunctionCallInfo fcinfo, int argno)
{
	return PG_ARGISNULL(argno) ? NULL : (PkHistogram *) PG_GETARG_POINTER(argno);
}

/* The first argument, or a new state, which lives as long as the aggregate's group. */
static PkHistogram *
state_or_new(FunctionCallInfo fcinfo)
{
	PkHistogram *state = state_argument(fcinfo, 0);
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return state != NULL ? state : pk_histogram_new(context);
}

/* Returns its first argument, which may be null, from an aggregate's function. */
#define RETURN_STATE_AS_IT_IS()                  \
	do                                           \
	{                                            \
		if (PG_ARGISNULL(0))                     \
			PG_RETURN_NULL();                    \
		PG_RETURN_POINTER(PG_GETARG_POINTER(0)); \
	} while (0)

Datum
perfkit_histogram_take_latency(PG_FUNCTION_ARGS)
{
	PkHistogram *state;
	int64 latency;

	if (PG_ARGISNULL(1))
		RETURN_STATE_AS_IT_IS();
	latency = PG_GETARG_INT64(1);
	if (latency < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("latency must not be negative"),
						errdetail("It is " INT64_FORMAT " microseconds.", latency)));
	state = state_or_new(fcinfo);
	pk_histogram_count(state, pk_histogram_bucket(latency), 1);
	PG_RETURN_POINTER(state);
}

Datum
perfkit_histogram_take(PG_FUNCTION_ARGS)
{
	PkHistogram *state;

	if (PG_ARGISNULL(1))
		RETURN_STATE_AS_IT_IS();
	state = state_or_new(fcinfo);
	pk_histogram_add_datum(state, PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(state);
}

/*
 * The second state may be in memory that does not last, so it is copied even if there is no first.
 */
Datum
perfkit_histogram_combine(PG_FUNCTION_ARGS)
{
	PkHistogram *state;

	if (PG_ARGISNULL(1))
		RETURN_STATE_AS_IT_IS();
	state = state_or_new(fcinfo);
	pk_histogram_add_all(state, state_argument(fcinfo, 1));
	PG_RETURN_POINTER(state);
}

/* A value of perfkit_histogram, under the only name that there is for a state in transit. */
Datum
perfkit_histogram_serialize(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(pk_histogram_datum(state_argument(fcinfo, 0)));
}

Datum
perfkit_histogram_deserialize(PG_FUNCTION_ARGS)
{
	PkHistogram *state = pk_histogram_new(CurrentMemoryContext);

	pk_histogram_add_datum(state, PG_GETARG_DATUM(0));
	PG_RETURN_POINTER(state);
}

Datum
perfkit_histogram_result(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(pk_histogram_datum(state_argument(fcinfo, 0)));
}

Datum
perfkit_histogram_add(PG_FUNCTION_ARGS)
{
	PkHistogram *sum = pk_histogram_new(CurrentMemoryContext);

	pk_histogram_add_datum(sum, PG_GETARG_DATUM(0));
	pk_histogram_add_datum(sum, PG_GETARG_DATUM(1));
	PG_RETURN_DATUM(pk_histogram_datum(sum));
}

Datum
perfkit_histogram_buckets(PG_FUNCTION_ARGS)
{
	PkBucketReader reader = pk_histogram_reader(PG_GETARG_DATUM(0));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	while (pk_bucket_read(&reader))
	{
		Datum values[3];
		bool nulls[3] = {false, false, false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int64GetDatum(pk_bucket_lowest(reader.bucket));
		values[1] = Int64GetDatum(pk_bucket_highest(reader.bucket));
		values[2] = Int64GetDatum(reader.count);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	pk_histogram_check_read(&reader);
	return (Datum) 0;
}

static int64
total_of(PkBucketReader reader)
{
	while (pk_bucket_read(&reader))
		;
	pk_histogram_check_read(&reader);
	return reader.total;
}

Datum
perfkit_quantile(PG_FUNCTION_ARGS)
{
	PkBucketReader reader = pk_histogram_reader(PG_GETARG_DATUM(0));
	double quantile = PG_GETARG_FLOAT8(1);
	int64 total = total_of(reader);
	int64 rank;

	if (!(quantile >= 0.0 && quantile <= 1.0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"quantile\" must be between 0 and 1"), errdetail("It is %g.", quantile)));
	if (total == 0)
		PG_RETURN_NULL();
	/* The largest total, as a double, would be too large for an integer. */
	rank = quantile == 1.0 ? total : pk_order_rank(total, quantile);
	while (pk_bucket_read(&reader) && reader.total < rank)
		;
	PG_RETURN_INT64(pk_bucket_middle(reader.bucket));
}

Datum
perfkit_count(PG_FUNCTION_ARGS)
{
	int64 from = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1);
	int64 to = PG_ARGISNULL(2) ? PG_INT64_MAX : PG_GETARG_INT64(2);
	PkBucketReader reader;
	int first;
	int last;
	int64 count = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	/* The first and the last bucket whose middle is within the limits. */
	first = from <= 0 ? 0 : pk_histogram_bucket(from);
	if (pk_bucket_middle(first) < from)
		first++;
	last = to < 0 ? -1 : pk_histogram_bucket(to);
	if (last >= 0 && pk_bucket_middle(last) > to)
		last--;
	reader = pk_histogram_reader(PG_GETARG_DATUM(0));
	while (pk_bucket_read(&reader) && reader.bucket <= last)
		if (reader.bucket >= first)
			count += reader.count;
	pk_histogram_check_read(&reader);
	PG_RETURN_INT64(count);
}
