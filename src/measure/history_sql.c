/*
 * history_sql.c
 *	  SQL face of src/stats/change_points: where the level of a series has changed, and whether it
 *	  creeps.
 *
 * Signature:
 *	  perfkit_change_points(series float8[], margin float8, confidence float8)
 *	      -> SETOF (position, segment, change_point, change, p, slope, slope_lower, slope_upper,
 *	         slope_p, creep)
 *
 * perfkit_history(), which is SQL, passes logarithms of what runs have measured.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/tuplestore.h"

#include "common/arguments.h"
#include "stats/change_points.h"

PG_FUNCTION_INFO_V1(perfkit_change_points);

/* The argument's numbers, palloc'd. */
static double *
read_series(FunctionCallInfo fcinfo, int *count)
{
	ArrayType *array;
	Datum *elements;
	bool *nulls;
	double *values;

	pk_arg_refuse_null(fcinfo, 0, "series", NULL);
	array = PG_GETARG_ARRAYTYPE_P(0);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"series\" must have one dimension"),
						errdetail("It has %d.", ARR_NDIM(array))));
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls, count);
	if (*count > PK_SERIES_MOST)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"series\" has too many values"),
				 errdetail("There are %d, and at most %d can be looked at.", *count, PK_SERIES_MOST)));
	values = palloc(sizeof(double) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
	{
		if (nulls[i] || !isfinite(DatumGetFloat8(elements[i])))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("\"series\" must have finite numbers only"), errdetail("Element %d is none.", i + 1)));
		values[i] = DatumGetFloat8(elements[i]);
	}
	return values;
}

static void
put_number(Datum *value, bool *isnull, double number)
{
	*isnull = !isfinite(number);
	*value = Float8GetDatum(number);
}

Datum
perfkit_change_points(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	double margin = pk_arg_float8(fcinfo, 1, "margin", NULL);
	double confidence = pk_arg_float8(fcinfo, 2, "confidence", NULL);
	int count;
	double *values = read_series(fcinfo, &count);
	PkPoint *points = palloc(sizeof(PkPoint) * Max(count, 1));
	PkTrend trend;

	if (!(margin > 0.0 && isfinite(margin)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"margin\" must be finite and greater than 0"), errdetail("It is %g.", margin)));
	if (!(confidence >= 0.5 && confidence <= 0.99))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"confidence\" must be between 0.5 and 0.99"), errdetail("It is %g.", confidence)));
	InitMaterializedSRF(fcinfo, 0);
	if (pk_change_points(values, count, margin, confidence, points, &trend) < 0)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	for (int i = 0; i < count; i++)
	{
		Datum row[10];
		bool nulls[10] = {false};
		bool has_trend = i >= trend.first;

		row[0] = Int32GetDatum(i + 1);
		row[1] = Int32GetDatum(points[i].segment + 1);
		row[2] = BoolGetDatum(points[i].starts);
		put_number(&row[3], &nulls[3], points[i].change);
		put_number(&row[4], &nulls[4], points[i].p);
		put_number(&row[5], &nulls[5], has_trend ? trend.slope : NAN);
		put_number(&row[6], &nulls[6], has_trend ? trend.lower : NAN);
		put_number(&row[7], &nulls[7], has_trend ? trend.upper : NAN);
		put_number(&row[8], &nulls[8], has_trend ? trend.p : NAN);
		row[9] = BoolGetDatum(has_trend && trend.is_creep);
		tuplestore_putvalues(result->setResult, result->setDesc, row, nulls);
	}
	return (Datum) 0;
}
