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
 *	  perfkit_blocks_of_time(periods int[], seconds bigint[], samples float8[], sums float8[],
 *	                         guides float8[], confidence float8)
 *	      -> (estimate, half_width, independent, longer)
 *
 * These are separate functions so that verdicts remain a readable query, and so that users can
 * judge numbers of their own.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/arguments.h"
#include "common/compat.h"
#include "stats/binomial.h"
#include "stats/blocks.h"
#include "stats/order_statistics.h"

PG_FUNCTION_INFO_V1(perfkit_quantile_interval);
PG_FUNCTION_INFO_V1(perfkit_share_interval);
PG_FUNCTION_INFO_V1(perfkit_more_for_quantile);
PG_FUNCTION_INFO_V1(perfkit_more_for_share);
PG_FUNCTION_INFO_V1(perfkit_blocks_of_time);

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

/* Longer runs are cut into pieces of several seconds, so that memory does not grow with them. */
#define PIECES_MOST 4096

/* What is known of one second; a second may have several of these. */
typedef struct Second
{
	int32 period;
	int64 second;
	double samples;
	double sum;
	double guide;
} Second;

static int
compare_seconds(const void *a, const void *b)
{
	const Second *one = a;
	const Second *other = b;

	if (one->period != other->period)
		return one->period < other->period ? -1 : 1;
	return one->second < other->second ? -1 : one->second > other->second;
}

/* The elements of an array argument; all of them have as many as the first, none of them null. */
static Datum *
elements(FunctionCallInfo fcinfo, int argno, const char *name, Oid type, int *count)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(argno);
	int16 size;
	bool by_value;
	char alignment;
	Datum *values;
	bool *nulls;
	int found;

	get_typlenbyvalalign(type, &size, &by_value, &alignment);
	deconstruct_array(array, type, size, by_value, alignment, &values, &nulls, &found);
	if (argno == 0)
		*count = found;
	if (found != *count || ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" must have as many elements as \"periods\"", name),
						errdetail("It has %d, and \"periods\" has %d.", found, *count)));
	for (int i = 0; i < found; i++)
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("\"%s\" must not contain null", name), errdetail("Element %d is one.", i + 1)));
	return values;
}

static double
checked_number(const char *name, Datum value, double least)
{
	double number = DatumGetFloat8(value);

	if (!isfinite(number) || number < least)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" must contain finite numbers that are at least %g", name, least),
						errdetail("One of them is %g.", number)));
	return number;
}

/* The arguments, sorted by time. Palloc'd. */
static Second *
read_seconds(FunctionCallInfo fcinfo, int *count)
{
	Datum *periods = elements(fcinfo, 0, "periods", INT4OID, count);
	Datum *times = elements(fcinfo, 1, "seconds", INT8OID, count);
	Datum *samples = elements(fcinfo, 2, "samples", FLOAT8OID, count);
	Datum *sums = elements(fcinfo, 3, "sums", FLOAT8OID, count);
	Datum *guides = elements(fcinfo, 4, "guides", FLOAT8OID, count);
	Second *seconds = palloc(sizeof(Second) * Max(*count, 1));

	for (int i = 0; i < *count; i++)
	{
		seconds[i].period = DatumGetInt32(periods[i]);
		seconds[i].second = DatumGetInt64(times[i]);
		if (seconds[i].second < 0 || seconds[i].second > INT64CONST(1000000000000))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("\"seconds\" must contain numbers from 0 to 1000000000000"),
							errdetail("One of them is " INT64_FORMAT ".", seconds[i].second)));
		seconds[i].samples = checked_number("samples", samples[i], 0.0);
		seconds[i].sum = checked_number("sums", sums[i], 0.0);
		seconds[i].guide = checked_number("guides", guides[i], 0.0);
	}
	qsort(seconds, *count, sizeof(Second), compare_seconds);
	return seconds;
}

/*
 * Pieces of equal length that cover each period from its first to its last second: a second
 * without a row is one in which nothing was done. Palloc'd.
 */
static PkPiece *
make_pieces(const Second *seconds, int count, int *pieces)
{
	int64 covered = 0;
	int64 length;
	PkPiece *piece;
	int first = 0;	 /* piece of the period, */
	int64 began = 0; /* which began then */

	for (int i = 0; i < count; i++)
	{
		if (i > 0 && seconds[i].period == seconds[i - 1].period)
			covered += seconds[i].second - seconds[i - 1].second;
		else
			covered++;
	}
	length = covered / PIECES_MOST + 1;
	/* At most one more for each period. */
	piece = palloc0(sizeof(PkPiece) * (covered / length + count + 1));
	*pieces = 0;
	for (int i = 0; i < count; i++)
	{
		int64 place;

		CHECK_FOR_INTERRUPTS();
		if (i == 0 || seconds[i].period != seconds[i - 1].period)
		{
			first = *pieces;
			began = seconds[i].second;
		}
		place = first + (seconds[i].second - began) / length;
		while (*pieces <= place)
			piece[(*pieces)++].period = seconds[i].period;
		piece[place].samples += seconds[i].samples;
		piece[place].sum += seconds[i].sum;
		piece[place].guide += seconds[i].guide;
	}
	return piece;
}

Datum
perfkit_blocks_of_time(PG_FUNCTION_ARGS)
{
	double confidence = checked_probability("confidence", PG_GETARG_FLOAT8(5));
	int count;
	Second *seconds = read_seconds(fcinfo, &count);
	int n;
	PkPiece *pieces = make_pieces(seconds, count, &n);
	PkRatio ratio = pk_blocks_ratio(pieces, n);
	double samples = 0;
	Datum values[4];
	bool nulls[4] = {false, false, false, false};

	for (int i = 0; i < n; i++)
		samples += pieces[i].samples;
	nulls[0] = isnan(ratio.estimate);
	values[0] = Float8GetDatum(ratio.estimate);
	nulls[1] = isnan(ratio.deviation);
	values[1] = Float8GetDatum(ratio.deviation * pk_blocks_factor(ratio, confidence));
	nulls[2] = !(ratio.estimate <= 1);
	values[2] = Float8GetDatum(nulls[2] ? 0 : floor(pk_blocks_independent(ratio, samples, confidence)));
	values[3] = Float8GetDatum(ratio.longer);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(result_descriptor(fcinfo), values, nulls)));
}
