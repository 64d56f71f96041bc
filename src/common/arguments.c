/*
 * arguments.c
 *	  Arguments of SQL functions, decoded and checked.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "common/arguments.h"

void
pk_arg_refuse_null(FunctionCallInfo fcinfo, int argno, const char *name, const char *hint)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("\"%s\" must not be null", name),
						hint != NULL ? errhint("%s", hint) : 0));
}

char *
pk_arg_text(FunctionCallInfo fcinfo, int argno, const char *name, const char *hint)
{
	pk_arg_refuse_null(fcinfo, argno, name, hint);
	return text_to_cstring(PG_GETARG_TEXT_PP(argno));
}

char *
pk_arg_query(FunctionCallInfo fcinfo, int argno)
{
	return pk_arg_text(fcinfo, argno, "query", "Pass the text of one statement.");
}

bool
pk_arg_flag(FunctionCallInfo fcinfo, int argno, const char *name)
{
	pk_arg_refuse_null(fcinfo, argno, name, "Pass true or false.");
	return PG_GETARG_BOOL(argno);
}

static void
check_range(const char *name, int64 value, int64 least, int64 most, const char *hint)
{
	if (value >= least && value <= most)
		return;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					least == 0 && most == PG_INT64_MAX
						? errmsg("\"%s\" must not be negative", name)
						: errmsg("\"%s\" must be between " INT64_FORMAT " and " INT64_FORMAT, name, least, most),
					errdetail("It is " INT64_FORMAT ".", value), hint != NULL ? errhint("%s", hint) : 0));
}

int32
pk_arg_int32(FunctionCallInfo fcinfo, int argno, const char *name, int32 least, int32 most, const char *hint)
{
	pk_arg_refuse_null(fcinfo, argno, name, hint);
	check_range(name, PG_GETARG_INT32(argno), least, most, hint);
	return PG_GETARG_INT32(argno);
}

int64
pk_arg_int64(FunctionCallInfo fcinfo, int argno, const char *name, int64 least, int64 most, const char *hint)
{
	pk_arg_refuse_null(fcinfo, argno, name, hint);
	check_range(name, PG_GETARG_INT64(argno), least, most, hint);
	return PG_GETARG_INT64(argno);
}

double
pk_arg_float8(FunctionCallInfo fcinfo, int argno, const char *name, const char *hint)
{
	pk_arg_refuse_null(fcinfo, argno, name, hint);
	return PG_GETARG_FLOAT8(argno);
}

double
pk_arg_factor(FunctionCallInfo fcinfo, int argno, const char *name)
{
	double factor = pk_arg_float8(fcinfo, argno, name, "Pass 1 for tables as they are.");

	if (isnan(factor) || isinf(factor) || factor <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" must be a finite number above 0", name),
				 errdetail("It is %g.", factor),
				 errhint("Pass 100 for tables a hundred times as large as they are.")));
	return factor;
}

TimestampTz
pk_arg_instant(FunctionCallInfo fcinfo, int argno, const char *name)
{
	TimestampTz instant;

	pk_arg_refuse_null(fcinfo, argno, name, "Leave the argument out to use its default.");
	instant = PG_GETARG_TIMESTAMPTZ(argno);
	if (TIMESTAMP_NOT_FINITE(instant))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" must be finite", name),
						errhint("Pass an instant such as date_trunc('day', now()).")));
	return instant;
}

ArrayType *
pk_arg_array(FunctionCallInfo fcinfo, int argno)
{
	return PG_ARGISNULL(argno) ? NULL : PG_GETARG_ARRAYTYPE_P(argno);
}
