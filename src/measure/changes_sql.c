/*
 * changes_sql.c
 *	  SQL face of src/stats: what pairs of measurements, and two samples, say about a change.
 *
 * Signatures:
 *	  perfkit_paired_changes(differences float8[], margin float8, confidence float8)
 *	      -> SETOF (series, shift, lower, upper, p, verdict, more_pairs)
 *	  perfkit_two_samples(baseline float8[], sample float8[]) -> (u, p, cliffs_delta)
 *
 * perfkit_compare_runs(), which is SQL, uses the first. Both work on any numbers of the user's.
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
#include "utils/tuplestore.h"

#include "common/arguments.h"
#include "stats/change.h"
#include "stats/rank_sum.h"
#include "stats/sign_flip.h"

PG_FUNCTION_INFO_V1(perfkit_paired_changes);
PG_FUNCTION_INFO_V1(perfkit_two_samples);

/* A limit to the time it takes: about a minute for so many, if there are many pairs. */
#define SERIES_MAX 5000

/* Most values of a sample: U compares each with each. */
#define SAMPLE_MAX 10000

/* The elements of an array as numbers, palloc'd; NaN where one is null. */
static double *
array_numbers(ArrayType *array, int *count)
{
	Datum *elements;
	bool *nulls;
	double *numbers;

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls, count);
	numbers = palloc(sizeof(double) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		numbers[i] = nulls[i] ? NAN : DatumGetFloat8(elements[i]);
	return numbers;
}

/* Series are the rows and pairs the columns; an empty array has neither. */
static void
read_shape(ArrayType *array, int *series, int *pairs)
{
	*series = 0;
	*pairs = 0;
	if (ARR_NDIM(array) == 0)
		return;
	if (ARR_NDIM(array) != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"differences\" must be an array of arrays"),
				 errdetail("It has %d dimension.", ARR_NDIM(array)),
				 errhint("Pass one array for each series, with one element for each pair: "
						 "ARRAY[ARRAY[0.02, -0.01, 0.03]].")));
	*series = ARR_DIMS(array)[0];
	*pairs = ARR_DIMS(array)[1];
	if (*series > SERIES_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("too many series"),
						errdetail("There are %d, and at most %d can be compared.", *series, SERIES_MAX)));
	if (*pairs > PK_PAIRS_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("too many pairs"),
						errdetail("There are %d, and at most %d can be compared.", *pairs, PK_PAIRS_MAX)));
}

static void
check_margin(double margin, double confidence)
{
	if (!(margin > 0.0 && isfinite(margin)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"margin\" must be finite and greater than 0"), errdetail("It is %g.", margin)));
	if (!(confidence >= 0.5 && confidence <= 0.999))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"confidence\" must be between 0.5 and 0.999"), errdetail("It is %g.", confidence)));
}

static const char *
change_name(PkChange change)
{
	switch (change)
	{
		case PK_CHANGE_WORSE:
			return "WORSE";
		case PK_CHANGE_NOT_WORSE:
			return "NOT WORSE";
		case PK_CHANGE_BETTER:
			return "BETTER";
		case PK_CHANGE_UNKNOWN:
			break;
	}
	return "INCONCLUSIVE";
}

static void
put_number(Datum *value, bool *isnull, double number)
{
	*isnull = !isfinite(number);
	*value = Float8GetDatum(number);
}

/* Adds the row of one series. */
static void
put_change(ReturnSetInfo *result, int series, PkShift shift, double p, PkChange change, int more)
{
	Datum values[7];
	bool nulls[7] = {false};

	values[0] = Int32GetDatum(series + 1);
	put_number(&values[1], &nulls[1], shift.estimate);
	put_number(&values[2], &nulls[2], shift.lower);
	put_number(&values[3], &nulls[3], shift.upper);
	put_number(&values[4], &nulls[4], p);
	values[5] = CStringGetTextDatum(change_name(change));
	values[6] = Int32GetDatum(more);
	nulls[6] = more < 0;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
check_for_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

Datum
perfkit_paired_changes(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	double margin = PG_GETARG_FLOAT8(1);
	double confidence = PG_GETARG_FLOAT8(2);
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	int count;
	int pairs;
	double *numbers;
	double *walsh;
	PkFlipSeries *series;

	read_shape(array, &count, &pairs);
	check_margin(margin, confidence);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);

	numbers = array_numbers(array, &(int){0});
	walsh = palloc(sizeof(double) * Max(PK_WALSH_AVERAGES(pairs), 1));
	series = palloc0(sizeof(PkFlipSeries) * Max(count, 1));
	for (int j = 0; j < count; j++)
		series[j].differences = numbers + (Size) j * pairs;
	pk_sign_flip_test(series, count, pairs, pk_change_noise_floor(margin), check_for_interrupts);
	for (int j = 0; j < count; j++)
	{
		PkShift shift = pk_shift(series[j].differences, pairs, confidence, walsh);
		PkChange change = pk_change_verdict(shift, series[j].p, margin, confidence);

		CHECK_FOR_INTERRUPTS();
		put_change(result, j, shift, series[j].p, change,
				   pk_change_more_pairs(shift, series[j].p, margin, confidence, pairs, count));
	}
	return (Datum) 0;
}

/* A sample without nulls and NaN, of any length up to SAMPLE_MAX. */
static double *
read_sample(FunctionCallInfo fcinfo, int argno, const char *name, int *count)
{
	double *numbers = array_numbers(PG_GETARG_ARRAYTYPE_P(argno), count);

	if (*count < 1 || *count > SAMPLE_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" must have between 1 and %d values", name, SAMPLE_MAX),
						errdetail("It has %d.", *count)));
	for (int i = 0; i < *count; i++)
		if (isnan(numbers[i]))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("\"%s\" must not contain null or NaN", name),
							errdetail("Element %d is one.", i + 1)));
	return numbers;
}

Datum
perfkit_two_samples(PG_FUNCTION_ARGS)
{
	int n;
	int m;
	double *baseline = read_sample(fcinfo, 0, "baseline", &n);
	double *sample = read_sample(fcinfo, 1, "sample", &m);
	TupleDesc descriptor;
	Datum values[3];
	bool nulls[3] = {false, false, false};

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Float8GetDatum(pk_rank_sum_u(baseline, n, sample, m));
	CHECK_FOR_INTERRUPTS();
	values[1] = Float8GetDatum(pk_rank_sum_test(baseline, n, sample, m, palloc(sizeof(double) * (n + m))));
	values[2] = Float8GetDatum(pk_cliffs_delta(baseline, n, sample, m));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}
