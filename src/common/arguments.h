/*
 * arguments.h
 *	  Arguments of SQL functions, decoded and checked.
 *
 * A null where no null may be is error 22004, any other value that cannot be is 22023; both name
 * the argument in double quotes. Functions are not STRICT where a null would make a check pass by
 * not being made.
 */
#ifndef PK_COMMON_ARGUMENTS_H
#define PK_COMMON_ARGUMENTS_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/array.h"

/* Raises 22004 when the argument is null. The hint says what to pass; NULL for none. */
extern void pk_arg_refuse_null(FunctionCallInfo fcinfo, int argno, const char *name, const char *hint);

/* The argument "query". Whether it is one statement is for statement.h. Palloc'd. */
extern char *pk_arg_query(FunctionCallInfo fcinfo, int argno);

/* Palloc'd. The hint is for a null. */
extern char *pk_arg_text(FunctionCallInfo fcinfo, int argno, const char *name, const char *hint);

extern bool pk_arg_flag(FunctionCallInfo fcinfo, int argno, const char *name);

/*
 * An integer or bigint from least to most. The hint, which may be NULL, is for a null and for
 * another value.
 */
extern int32 pk_arg_int32(FunctionCallInfo fcinfo, int argno, const char *name, int32 least, int32 most,
						  const char *hint);
extern int64 pk_arg_int64(FunctionCallInfo fcinfo, int argno, const char *name, int64 least, int64 most,
						  const char *hint);

/*
 * A double precision of any value, NaN and infinities included: the caller checks it. The hint is
 * for a null.
 */
extern double pk_arg_float8(FunctionCallInfo fcinfo, int argno, const char *name, const char *hint);

/* A number by which sizes are multiplied: finite and above 0. */
extern double pk_arg_factor(FunctionCallInfo fcinfo, int argno, const char *name);

/* An instant: finite. */
extern TimestampTz pk_arg_instant(FunctionCallInfo fcinfo, int argno, const char *name);

/* An array, or NULL where the argument is null: see parameters.h for one of values. */
extern ArrayType *pk_arg_array(FunctionCallInfo fcinfo, int argno);

#endif /* PK_COMMON_ARGUMENTS_H */
