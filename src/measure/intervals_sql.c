/*
 * intervals_sql.c
 *	  SQL face of src/stats: intervals, and how many more values a decision needs.
 *
 * Signatures:
 *	  perfkit_quantile_interval(samples bigint, quantile float8, confidence float8)
 *	      -> (lower_rank, upper_rank, coverage)
 *	  perfkit_share_interval(hits bigint, samples bigint, confidence float8) -> (lower, upper)
 *	  perfkit_more_for_quantile(samples bigint, below bigint, quantile float8,
 *	                            confidence float8) -> bigint
 *	  perfkit_more_for_share(samples bigint, hits bigint, share_limit float8,
 *	                         confidence float8) -> bigint
 *
 * These are separate functions so that verdicts remain a readable query, and so that users can
 * judge numbers of their own.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "common/arguments.h"
#include "stats/binomial.h"
#include "stats/order_statistics.h"

PG_FUNCTION_INFO_V1(perfkit_quantile_interval);
PG_FUNCTION_INFO_V1(perfkit_share_interval);
PG_FUNCTION_INFO_V1(perfkit_more_for_quantile);
PG_FUNCTION_INFO_V1(perfkit_more_for_share);

/* least is 0, or 1 where an empty sample has no answer. */
static int64
samples_argument(FunctionCallInfo fcinfo, int argno, int64 least)
{
	return pk_arg_int64(fcinfo, argno, "samples", least, PK_BINOMIAL_MAX_TRIALS, NULL);
}

/* A count of some of the samples. */
static int64
checked_part(const char *name, int64 part, int64 samples)
{
	if (part < 0 || part > samples)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be between 0 and \"samples\"", name),
				 errdetail("It is " INT64_FORMAT " of " INT64_FORMAT " samples.", part, samples)));
	return part;
}

/* A probability strictly between 0 and 1; NaN fails the comparison. */
static double
checked_probability(const char *name, double value)
{
	if (!(value > 0.0 && value < 1.0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" must be greater than 0 and less than 1", name),
						errdetail("It is %g.", value)));
	return value;
}

static TupleDesc
result_descriptor(FunctionCallInfo fcinfo)
{
	TupleDesc descriptor;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return BlessTupleDesc(descriptor);
}

Datum
perfkit_quantile_interval(PG_FUNCTION_ARGS)
{
	int64 samples = samples_argument(fcinfo, 0, 0);
	double quantile = checked_probability("quantile", PG_GETARG_FLOAT8(1));
	double confidence = checked_probability("confidence", PG_GETARG_FLOAT8(2));
	PkRankInterval interval = pk_order_interval(samples, quantile, confidence);
	Datum values[3];
	bool nulls[3] = {interval.lower<1, interval.upper> samples, false};

	values[0] = Int64GetDatum(interval.lower);
	values[1] = Int64GetDatum(interval.upper);
	values[2] = Float8GetDatum(interval.coverage);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(result_descriptor(fcinfo), values, nulls)));
}

Datum
perfkit_share_interval(PG_FUNCTION_ARGS)
{
	int64 samples = samples_argument(fcinfo, 1, 1);
	int64 hits = checked_part("hits", PG_GETARG_INT64(0), samples);
	double confidence = checked_probability("confidence", PG_GETARG_FLOAT8(2));
	double lower;
	double upper;
	Datum values[2];
	bool nulls[2] = {false, false};

	pk_binomial_share_interval(hits, samples, confidence, &lower, &upper);
	values[0] = Float8GetDatum(lower);
	values[1] = Float8GetDatum(upper);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(result_descriptor(fcinfo), values, nulls)));
}

Datum
perfkit_more_for_quantile(PG_FUNCTION_ARGS)
{
	int64 samples = samples_argument(fcinfo, 0, 0);
	int64 below = checked_part("below", PG_GETARG_INT64(1), samples);
	double quantile = checked_probability("quantile", PG_GETARG_FLOAT8(2));
	double confidence = checked_probability("confidence", PG_GETARG_FLOAT8(3));
	int64 more = pk_order_more_needed(samples, below, quantile, confidence);

	if (more < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(more);
}

Datum
perfkit_more_for_share(PG_FUNCTION_ARGS)
{
	int64 samples = samples_argument(fcinfo, 0, 0);
	int64 hits = checked_part("hits", PG_GETARG_INT64(1), samples);
	double limit = PG_GETARG_FLOAT8(2);
	double confidence = checked_probability("confidence", PG_GETARG_FLOAT8(3));
	int64 more;

	if (!(limit >= 0.0 && limit <= 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"share_limit\" must be between 0 and 1"), errdetail("It is %g.", limit)));
	more = pk_share_more_needed(samples, hits, limit, confidence);
	if (more < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(more);
}
