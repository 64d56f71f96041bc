/*
 * runs.c
 *	  Load runs: look one up, load pgbench's log, assert the verdict.
 *
 * Signatures:
 *	  perfkit_run(run_id bigint) -> perfkit_runs
 *	  perfkit_load_log(run_id bigint, log regclass, keep_transactions boolean) -> bigint
 *	  perfkit_assert_run(run_id bigint) -> void
 *
 * Arithmetic and verdicts are SQL, in sql/summary.sql and sql/verdicts.sql. C does what SQL cannot:
 * raise a specific error, and read a table given by the caller. SPI parses queries with the
 * caller's search_path, so every function, operator and collation in them is qualified, lest a
 * closer match of someone else's be chosen.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/arguments.h"
#include "common/catalog.h"

PG_FUNCTION_INFO_V1(perfkit_run);
PG_FUNCTION_INFO_V1(perfkit_load_log);
PG_FUNCTION_INFO_V1(perfkit_assert_run);

/*
 * The run's row as one value, in SPI's memory. SPI must be connected. Raises 42704 when there is no
 * such run, so that a mistyped number does not look like a run without transactions.
 *
 * The value is a whole-row reference, which has the table's row type. One made of the columns of
 * SELECT * would have type record and a type modifier that only this session knows, and stored
 * under the declared type it could not be read by any other.
 */
static Datum
find_run(FunctionCallInfo fcinfo, int64 run_id)
{
	Oid types[1] = {INT8OID};
	Datum values[1] = {Int64GetDatum(run_id)};
	char *query;
	int result;
	bool isnull;

	query = psprintf("SELECT r FROM %s r WHERE r.run_id OPERATOR(pg_catalog.=) $1", pk_own_name(fcinfo, "perfkit_runs"));
	result = SPI_execute_with_args(query, 1, types, values, NULL, true, 1);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_with_args failed: %s", SPI_result_code_string(result));
	if (SPI_processed == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("run " INT64_FORMAT " does not exist", run_id),
						errhint("To list the runs: SELECT run_id, workload, label, started_at "
								"FROM %s;",
								pk_own_name(fcinfo, "perfkit_runs"))));
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
}

static int64
run_argument(FunctionCallInfo fcinfo)
{
	pk_arg_refuse_null(fcinfo, 0, "run_id", NULL);
	return PG_GETARG_INT64(0);
}

Datum
perfkit_run(PG_FUNCTION_ARGS)
{
	int64 run_id = run_argument(fcinfo);
	Datum result;

	SPI_connect();
	result = SPI_datumTransfer(find_run(fcinfo, run_id), false, -1);
	SPI_finish();
	PG_RETURN_DATUM(result);
}

/* Quoted name of the staged log. The OID is an argument, and the table may not exist. */
static char *
log_name(Oid log)
{
	char *name = get_rel_name(log);

	if (name == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation with OID %u does not exist", log)));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(log)), name);
}

/*
 * pgbench numbers scripts from 0; a number without a scenario means that the log is that of another
 * run. Stages count from 1; "stage" is an expression over l.
 */
static void
check_log(int64 run_id, const char *log, const char *stage, const char *runs)
{
	Oid types[1] = {INT8OID};
	Datum values[1] = {Int64GetDatum(run_id)};
	char *query = psprintf(
		"SELECT l.script, pg_catalog.cardinality(r.scenarios), %1$s FROM %2$s l, %3$s r "
		"WHERE r.run_id OPERATOR(pg_catalog.=) $1 AND (l.script OPERATOR(pg_catalog.<) 0 "
		"OR l.script OPERATOR(pg_catalog.>=) pg_catalog.cardinality(r.scenarios) "
		"OR %1$s OPERATOR(pg_catalog.<) 1) LIMIT 1",
		stage, log, runs);
	HeapTuple line;
	TupleDesc columns;
	char *line_stage;

	if (SPI_execute_with_args(query, 1, types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for unknown scripts");
	if (SPI_processed == 0)
		return;
	line = SPI_tuptable->vals[0];
	columns = SPI_tuptable->tupdesc;
	line_stage = SPI_getvalue(line, columns, 3);
	if (strtol(line_stage, NULL, 10) < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("log has lines of stage %s", line_stage),
						errdetail("Stages count from 1.")));
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("log has lines of script %s, which is no scenario of run " INT64_FORMAT,
						   SPI_getvalue(line, columns, 1), run_id),
					errdetail("The run has %s scenarios, and pgbench counts scripts from 0.",
							  SPI_getvalue(line, columns, 2))));
}

/* Runs a statement of which $1 is the run; returns the number of rows. */
static int64
execute_for_run(const char *query, int64 run_id)
{
	Oid types[1] = {INT8OID};
	Datum values[1] = {Int64GetDatum(run_id)};
	int result = SPI_execute_with_args(query, 1, types, values, NULL, false, 0);

	if (result != SPI_OK_INSERT && result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_with_args failed: %s", SPI_result_code_string(result));
	return (int64) SPI_processed;
}

/*
 * The latency column contains a number or, for a transaction that did not succeed, a word. The
 * words depend on pgbench's version and options, so anything that does not begin with a digit is
 * one; such a line has no latency.
 */
#define LINE_SUCCEEDED "l.latency OPERATOR(pg_catalog.<) ':' COLLATE pg_catalog.\"C\""
#define LINE_LATENCY "CASE WHEN " LINE_SUCCEEDED " THEN l.latency::bigint END"

static void
store_transactions(FunctionCallInfo fcinfo, int64 run_id, const char *log, const char *stage)
{
	execute_for_run(
		psprintf(
			"INSERT INTO %s (run_id, stage, scenario, client, finished_at, latency_us, schedule_lag_us, "
			"retries, failure) "
			"SELECT $1, %s, l.script OPERATOR(pg_catalog.+) 1, l.client, "
			"pg_catalog.to_timestamp(l.epoch::double precision OPERATOR(pg_catalog.+) "
			"(l.microseconds::double precision OPERATOR(pg_catalog./) 1e6::double precision)), " LINE_LATENCY ", "
			"l.schedule_lag, coalesce(l.retries, 0), "
			"CASE WHEN " LINE_SUCCEEDED " THEN NULL ELSE l.latency END "
			"FROM %s l",
			pk_own_name(fcinfo, "perfkit_run_transactions"), stage, log),
		run_id);
}

/*
 * All seconds in one statement, which sorts the lines, since the threads of pgbench have logs of
 * their own. Only the histograms of one second are in memory at a time. Returns the number of
 * lines.
 */
static int64
store_seconds(FunctionCallInfo fcinfo, int64 run_id, const char *log, const char *stage)
{
	bool isnull;
	Datum lines;

	execute_for_run(
		psprintf(
			"WITH stored AS ("
			"INSERT INTO %1$s (run_id, stage, scenario, second, succeeded, failed, skipped, retries, "
			"latency_sum_us, lag_sum_us, longest_us, latencies, lags, services) "
			"SELECT $1, t.stage, t.scenario, pg_catalog.to_timestamp(t.second::double precision), "
			"pg_catalog.count(t.latency), "
			"pg_catalog.count(*) FILTER (WHERE t.failure OPERATOR(pg_catalog.<>) 'skipped'::pg_catalog.text), "
			"pg_catalog.count(*) FILTER (WHERE t.failure OPERATOR(pg_catalog.=) 'skipped'::pg_catalog.text), "
			"coalesce(pg_catalog.sum(t.retries), 0), "
			"pg_catalog.sum(t.latency)::bigint, pg_catalog.sum(t.lag)::bigint, pg_catalog.max(t.latency), "
			"%2$s(t.latency), %2$s(t.lag), %2$s(t.latency OPERATOR(pg_catalog.-) t.lag) "
			"FROM (SELECT %3$s AS stage, l.script OPERATOR(pg_catalog.+) 1 AS scenario, l.epoch::bigint AS second, "
			"l.retries::bigint AS retries, " LINE_LATENCY " AS latency, "
			"CASE WHEN " LINE_SUCCEEDED " THEN l.schedule_lag::bigint END AS lag, "
			"CASE WHEN " LINE_SUCCEEDED " THEN NULL ELSE coalesce(l.latency::pg_catalog.text, '') END AS failure "
			"FROM %4$s l) AS t "
			"GROUP BY t.stage, t.scenario, t.second "
			"RETURNING succeeded OPERATOR(pg_catalog.+) failed OPERATOR(pg_catalog.+) skipped AS lines) "
			"SELECT coalesce(pg_catalog.sum(s.lines), 0)::bigint FROM stored s",
			pk_own_name(fcinfo, "perfkit_run_seconds"), pk_own_name(fcinfo, "perfkit_histogram_agg"), stage, log),
		run_id);
	lines = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return DatumGetInt64(lines);
}

Datum
perfkit_load_log(PG_FUNCTION_ARGS)
{
	int64 run_id = run_argument(fcinfo);
	bool keep_transactions;
	const char *stage;
	char *log;
	int64 lines;

	pk_arg_refuse_null(fcinfo, 1, "log", NULL);
	keep_transactions = pk_arg_flag(fcinfo, 2, "keep_transactions");
	log = log_name(PG_GETARG_OID(1));
	stage = get_attnum(PG_GETARG_OID(1), "stage") == InvalidAttrNumber ? "1" : "coalesce(l.stage, 1)";

	SPI_connect();
	(void) find_run(fcinfo, run_id);
	check_log(run_id, log, stage, pk_own_name(fcinfo, "perfkit_runs"));
	lines = store_seconds(fcinfo, run_id, log, stage);
	if (keep_transactions)
		store_transactions(fcinfo, run_id, log, stage);
	SPI_finish();
	PG_RETURN_INT64(lines);
}

/*
 * Wrong data makes every number worthless, so invariants come before budgets. SPI must be
 * connected.
 */
static void
assert_invariants(FunctionCallInfo fcinfo, int64 run_id)
{
	Oid types[1] = {INT8OID};
	Datum values[1] = {Int64GetDatum(run_id)};
	char *invariants = pk_own_name(fcinfo, "perfkit_run_invariants");
	StringInfoData broken;
	char *query;

	query = psprintf("SELECT pg_catalog.concat_ws(': ', invariant, detail) FROM %s "
					 "WHERE run_id OPERATOR(pg_catalog.=) $1 AND NOT ok ORDER BY invariant",
					 invariants);
	if (SPI_execute_with_args(query, 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the invariants of run " INT64_FORMAT, run_id);
	if (SPI_processed == 0)
		return;
	initStringInfo(&broken);
	for (uint64 i = 0; i < SPI_processed; i++)
		appendStringInfo(&broken, "%sIt does not hold that %s.", i > 0 ? "\n" : "",
						 SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1));
	ereport(ERROR,
			(errcode(ERRCODE_ASSERT_FAILURE),
			 errmsg("run " INT64_FORMAT " left data that is not sound", run_id),
			 errdetail("%s", broken.data),
			 errhint("To see all that was checked: SELECT * FROM %s WHERE run_id = " INT64_FORMAT ";",
					 invariants, run_id)));
}

/*
 * Raises what perfkit_run_verdict() says, from which perfkit run takes its exit status, so the two
 * cannot disagree. A run to which no budget applies is a separate error: asserting nothing must not
 * look like success.
 */
Datum
perfkit_assert_run(PG_FUNCTION_ARGS)
{
	int64 run_id = run_argument(fcinfo);
	Oid types[1] = {INT8OID};
	Datum values[1] = {Int64GetDatum(run_id)};
	char *verdict;
	char *reason;
	char *findings;

	SPI_connect();
	(void) find_run(fcinfo, run_id);
	assert_invariants(fcinfo, run_id);
	if (SPI_execute_with_args(psprintf("SELECT v.verdict, v.reason, v.findings FROM %s($1) v",
									   pk_own_name(fcinfo, "perfkit_run_verdict")),
							  1, types, values, NULL, true, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not read the verdict of run " INT64_FORMAT, run_id);
	verdict = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	reason = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);
	findings = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3);

	if (strcmp(verdict, "FAIL") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_ASSERT_FAILURE), errmsg("run " INT64_FORMAT " fails: %s", run_id, reason),
				 errdetail("%s", findings),
				 errhint("To see all verdicts: SELECT * FROM %s(" INT64_FORMAT ");",
						 pk_own_name(fcinfo, "perfkit_run_verdicts"), run_id)));
	if (strcmp(verdict, "PASS") != 0 && findings == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no budget applies to run " INT64_FORMAT, run_id),
				 errhint("To add one: INSERT INTO %s (workload, scenario, metric, limit_value) "
						 "VALUES (..., 'all', 'p95_ms', 300);",
						 pk_own_name(fcinfo, "perfkit_budgets"))));
	if (strcmp(verdict, "PASS") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_ASSERT_FAILURE),
				 errmsg("run " INT64_FORMAT " cannot tell whether it keeps its budgets", run_id),
				 errdetail("%s", findings),
				 errhint("Run longer or with more clients. To see all verdicts: SELECT * FROM "
						 "%s(" INT64_FORMAT ");",
						 pk_own_name(fcinfo, "perfkit_run_verdicts"), run_id)));
	SPI_finish();
	PG_RETURN_VOID();
}
