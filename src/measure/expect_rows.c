/*
 * expect_rows.c
 *	  Optimistic concurrency: a lost race as an error that clients retry.
 *
 * Signature:
 *	  perfkit_expect_rows(found bigint, expected bigint) -> bigint
 *
 * A writer that lost a race sees too few rows: INSERT ... ON CONFLICT DO NOTHING of versions that
 * exist by now, or UPDATE ... WHERE version = n of a row that is at n + 1. For the statement this
 * is no error, and a unique violation is nothing that a client library may retry blindly, since
 * most are mistakes. What happened is a serialization failure, and that is the SQLSTATE for which
 * pgbench (--max-tries) and application frameworks have retry loops.
 */
#include "postgres.h"

#include "fmgr.h"

#include "common/arguments.h"

PG_FUNCTION_INFO_V1(perfkit_expect_rows);

Datum
perfkit_expect_rows(PG_FUNCTION_ARGS)
{
	int64 found;
	int64 expected;

	/* Not STRICT: a check skipped because of a null would look as if it had passed. */
	pk_arg_refuse_null(fcinfo, 0, "found", NULL);
	pk_arg_refuse_null(fcinfo, 1, "expected", NULL);
	found = PG_GETARG_INT64(0);
	expected = PG_GETARG_INT64(1);

	if (found != expected)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to a concurrent change of the same version"),
				 errdetail("The statement found " INT64_FORMAT " of the " INT64_FORMAT
						   " rows it expected.",
						   found, expected),
				 errhint("The transaction might succeed if it is tried again with the new version.")));
	PG_RETURN_INT64(found);
}
