/*
 * scalability_sql.c
 *	  SQL face of src/stats/scalability: how throughput grows with the number of clients.
 *
 * Signature:
 *	  perfkit_scalability(clients float8[], throughput float8[], confidence float8)
 *	      -> (single, single_lower, single_upper, contention, contention_lower, contention_upper,
 *	          coherency, coherency_lower, coherency_upper, peak_clients, throughput_limit, error)
 *
 * perfkit capacity passes what it has measured; it works on any numbers of the user's.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"

#include "common/arguments.h"
#include "stats/scalability.h"

PG_FUNCTION_INFO_V1(perfkit_scalability);

/* The different numbers of clients are counted by comparing each with each. */
#define MEASUREMENTS_MAX 10000

#define COLUMNS 12

/* The argument's numbers, palloc'd. */
static double *
read_numbers(FunctionCallInfo fcinfo, int argno, const char *name, double least, int *count)
{
	ArrayType *array;
	Datum *elements;
	bool *nulls;
	double *values;

	pk_arg_refuse_null(fcinfo, argno, name, NULL);
	array = PG_GETARG_ARRAYTYPE_P(argno);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" must have one dimension", name),
						errdetail("It has %d.", ARR_NDIM(array))));
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls, count);
	if (*count > MEASUREMENTS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" has too many values", name),
				 errdetail("There are %d, and at most %d can be fitted.", *count, MEASUREMENTS_MAX)));
	values = palloc(sizeof(double) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
	{
		double value = nulls[i] ? NAN : DatumGetFloat8(elements[i]);

		if (!isfinite(value) || !(least > 0 ? value >= least : value > 0))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							least > 0 ? errmsg("\"%s\" must have finite numbers that are at least %g", name, least)
									  : errmsg("\"%s\" must have finite numbers above 0", name),
							errdetail("Element %d is not one.", i + 1)));
		values[i] = value;
	}
	return values;
}

static void
put_number(Datum *value, bool *isnull, double number)
{
	*isnull = isnan(number);
	*value = Float8GetDatum(number);
}

static void
put_coefficient(Datum *values, bool *nulls, PkCoefficient coefficient)
{
	put_number(&values[0], &nulls[0], coefficient.estimate);
	put_number(&values[1], &nulls[1], coefficient.lower);
	put_number(&values[2], &nulls[2], coefficient.upper);
}

Datum
perfkit_scalability(PG_FUNCTION_ARGS)
{
	int count, other_count;
	double *clients = read_numbers(fcinfo, 0, "clients", 1, &count);
	double *throughput = read_numbers(fcinfo, 1, "throughput", 0, &other_count);
	double confidence = pk_arg_float8(fcinfo, 2, "confidence", NULL);
	TupleDesc desc;
	Datum values[COLUMNS];
	bool nulls[COLUMNS];
	PkScalability fit;

	if (count != other_count)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"clients\" and \"throughput\" must have the same number of values"),
						errdetail("They have %d and %d.", count, other_count)));
	if (!(confidence >= 0.5 && confidence <= 0.999))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"confidence\" must be between 0.5 and 0.999"), errdetail("It is %g.", confidence)));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	memset(nulls, true, sizeof(nulls));
	if (pk_scalability_fit(clients, throughput, count, confidence, &fit))
	{
		put_coefficient(&values[0], &nulls[0], fit.single);
		put_coefficient(&values[3], &nulls[3], fit.contention);
		put_coefficient(&values[6], &nulls[6], fit.coherency);
		put_number(&values[9], &nulls[9], fit.peak);
		put_number(&values[10], &nulls[10], fit.limit);
		put_number(&values[11], &nulls[11], fit.error);
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
