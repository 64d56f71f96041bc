/*
 * slow_queries.c
 *	  Statements that take long, from pg_stat_statements, with the plans that they have now.
 *
 * Signature:
 *	  perfkit_slow_queries(min_mean_ms float8 = 100)
 *	      -> SETOF (queryid, userid, dbid, toplevel, query, calls, mean_ms, max_ms, total_ms, share,
 *	         rows, shared_hit, shared_read, temp_blocks, wal_bytes, counted_since, plan,
 *	         not_planned)
 *
 * pg_stat_statements keeps texts in which constants are replaced by $1, $2 ..., so they can only be
 * planned for unknown values. Some cannot be planned at all: what is not this database's, commands
 * without a plan, tables that the search path does not find. Each row says why.
 *
 * The texts are those of other roles, and planning runs code, since the planner evaluates IMMUTABLE
 * functions of constants. So a statement is planned as the role that ran it, or as the caller if
 * that role has the caller's privileges; see check_writer.c.
 */
#include "postgres.h"

#include <ctype.h>
#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"
#include "utils/varlena.h"

#include "common/check_writer.h"
#include "common/arguments.h"
#include "common/extension.h"
#include "common/own_statement.h"
#include "common/undo.h"
#include "observe/slow_queries.h"
#include "observe/statement_text.h"
#include "plan/shape.h"

PG_FUNCTION_INFO_V1(perfkit_slow_queries);

#define EXTENSION "pg_stat_statements"

/* Columns of perfkit_slow_queries(), in order. The query below returns those before COL_PLAN. */
enum
{
	COL_QUERYID,
	COL_USERID,
	COL_DBID,
	COL_TOPLEVEL,
	COL_QUERY,
	COL_CALLS,
	COL_MEAN_MS,
	COL_MAX_MS,
	COL_TOTAL_MS,
	COL_SHARE,
	COL_ROWS,
	COL_SHARED_HIT,
	COL_SHARED_READ,
	COL_TEMP_BLOCKS,
	COL_WAL_BYTES,
	COL_COUNTED_SINCE,
	COL_PLAN,
	COL_NOT_PLANNED,
	NUM_COLUMNS
};

/* How long the statements' plans wait for locks of other sessions, in all. */
#define PATIENCE_MS 1000

typedef struct PkSlowPlan
{
	const char *text;
	Oid role;			   /* to plan as */
	MemoryContext context; /* of the shape */
	char *shape;
} PkSlowPlan;

/* What to put into shared_preload_libraries, as ALTER SYSTEM takes it: each name quoted. */
static char *
preload_list(void)
{
	StringInfoData list;
	List *names = NIL;
	const char *present = "";

	/* the setting is for superusers and pg_read_all_settings to see */
	if (has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_SETTINGS))
		present = GetConfigOption("shared_preload_libraries", true, false);
	initStringInfo(&list);
	if (present != NULL && SplitDirectoriesString(pstrdup(present), ',', &names))
	{
		ListCell *cell;

		foreach (cell, names)
		{
			appendStringInfo(&list, "%s, ", quote_literal_cstr(lfirst(cell)));
		}
	}
	appendStringInfoString(&list, "'" EXTENSION "'");
	return list.data;
}

/*
 * The view exists in a server that does not count: the library has to be loaded when the server
 * starts. A setting that was made all the same is a placeholder.
 */
static void
refuse_not_loaded(void)
{
	int flags = GetConfigOptionFlags(EXTENSION ".max", true);

	if (GetConfigOption(EXTENSION ".max", true, false) != NULL && (flags & GUC_CUSTOM_PLACEHOLDER) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("\"%s\" is not loaded", EXTENSION),
			 errdetail("It counts statements only if it is in shared_preload_libraries when the server starts."),
			 errhint("Run ALTER SYSTEM SET shared_preload_libraries = %s, %s%s.", preload_list(),
					 OidIsValid(get_extension_oid(EXTENSION, true)) ? "and restart the server" : "restart the server",
					 OidIsValid(get_extension_oid(EXTENSION, true)) ? "" : ", and run CREATE EXTENSION " EXTENSION)));
}

/* The view as it can stand in a query. */
static char *
find_view(bool *has_since)
{
	static const char *const columns[] = {
		"userid", "dbid", "toplevel", "queryid", "query", "calls", "total_exec_time", "max_exec_time", "mean_exec_time",
		"rows", "shared_blks_hit", "shared_blks_read", "temp_blks_written", "wal_bytes", NULL};
	Oid view = pk_extension_view(EXTENSION, EXTENSION, columns);

	/* since 1.11, which comes with 17 */
	*has_since = get_attnum(view, "stats_since") != InvalidAttrNumber;
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(view)), EXTENSION);
}

/*
 * Every function and operator is qualified: the query is parsed with the caller's search path. The
 * total is taken before rows are left out, over the statements that clients sent, because the time
 * of others is a part of theirs.
 */
static void
read_statements(double min_mean_ms)
{
	Oid types[1] = {FLOAT8OID};
	Datum values[1] = {Float8GetDatum(min_mean_ms)};
	bool has_since;
	char *view = find_view(&has_since);
	StringInfoData query;
	static const char *const per_call[] = {"rows", "shared_blks_hit", "shared_blks_read", "temp_blks_written", "wal_bytes"};

	initStringInfo(&query);
	appendStringInfoString(&query,
						   "SELECT s.queryid, s.userid, s.dbid, s.toplevel, s.query, s.calls, s.mean_exec_time, "
						   "s.max_exec_time, s.total_exec_time, "
						   "CASE WHEN s.total OPERATOR(pg_catalog.>) 0::pg_catalog.float8 "
						   "THEN s.total_exec_time OPERATOR(pg_catalog./) s.total END");
	for (int i = 0; i < lengthof(per_call); i++)
		appendStringInfo(&query, ", s.%s::pg_catalog.float8 OPERATOR(pg_catalog./) s.calls::pg_catalog.float8", per_call[i]);
	if (has_since)
		appendStringInfoString(&query, ", s.stats_since");
	else
		appendStringInfo(&query, ", (SELECT i.stats_reset FROM %s_info i)", view);
	appendStringInfo(&query,
					 " FROM (SELECT v.*, pg_catalog.sum(v.total_exec_time) FILTER (WHERE v.toplevel) OVER () AS total "
					 "FROM %s v) s WHERE s.calls OPERATOR(pg_catalog.>) 0::pg_catalog.int8 "
					 "AND s.mean_exec_time OPERATOR(pg_catalog.>=) $1 "
					 "ORDER BY s.total_exec_time DESC, s.queryid, s.userid, s.dbid, s.toplevel",
					 view);
	if (pk_own_execute(query.data, 1, types, values, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read " EXTENSION);
}

static void
plan_statement(void *arg)
{
	PkSlowPlan *plan = (PkSlowPlan *) arg;
	PkCaptureOptions options = {.generic = true, .what_if.size_factor = 1};
	PkCapture capture;
	PkPlanTree tree;
	MemoryContext caller;
	char *shape;

	pk_check_writer_assume(plan->role);
	pk_capture_begin(&capture, plan->text, &options);
	pk_plan_walk(&capture, &tree);
	shape = pk_shape_of_plan(&tree, 0);
	caller = MemoryContextSwitchTo(plan->context);
	plan->shape = pstrdup(shape);
	MemoryContextSwitchTo(caller);
	pk_capture_end(&capture);
}

/* The shape of the statement's plan, or NULL and why there is none. */
static char *
find_plan(const char *text, Oid userid, int *patience, char **not_planned)
{
	PkSlowPlan plan = {.text = text, .context = CurrentMemoryContext};
	ErrorData *error = NULL;
	ErrorData *first = NULL;

	plan.role = pk_check_writer_planner(userid, GetUserId());
	if (!OidIsValid(plan.role))
	{
		char *name = GetUserNameFromId(userid, true);

		*not_planned = name != NULL ? psprintf("the caller lacks the privileges of role \"%s\", which ran it", name)
									: pstrdup("the role that ran it no longer exists");
		return NULL;
	}
	for (int repairs = 0; repairs <= PK_MAX_REPAIRS && plan.text != NULL; repairs++)
	{
		CHECK_FOR_INTERRUPTS();
		error = pk_undo_catching_briefly(plan_statement, &plan, plan.role != GetUserId(), patience);
		if (error == NULL)
			return plan.shape;
		if (first == NULL)
			first = error;
		plan.text = pk_statement_text_repair(plan.text, error);
	}
	/* that of the text as it is shown, unless it has become another kind of error */
	if (error->sqlerrcode == ERRCODE_SYNTAX_ERROR)
		error = first;
	*not_planned = psprintf("%s%s%s (SQLSTATE %s)", error->message, error->detail != NULL ? ": " : "",
							error->detail != NULL ? error->detail : "", unpack_sql_state(error->sqlerrcode));
	return NULL;
}

/* The last two columns of a row. */
static void
put_plan(Datum *values, bool *nulls, int *patience)
{
	Oid database = DatumGetObjectId(values[COL_DBID]);
	char *plan = NULL;
	char *reason = NULL;

	if (nulls[COL_QUERY])
		reason = pstrdup("its text is lost");
	else if (nulls[COL_QUERYID]) /* pg_stat_statements shows <insufficient privilege> */
		reason = pstrdup("its text is hidden: another role ran it, and the caller is no member of pg_read_all_stats");
	else if (database != MyDatabaseId)
	{
		char *name = get_database_name(database);

		reason = name != NULL ? psprintf("it ran in database \"%s\"", name)
							  : pstrdup("it ran in a database that no longer exists");
	}
	else
		plan = find_plan(TextDatumGetCString(values[COL_QUERY]), DatumGetObjectId(values[COL_USERID]), patience,
						 &reason);

	nulls[COL_PLAN] = plan == NULL;
	if (plan != NULL)
		values[COL_PLAN] = CStringGetTextDatum(plan);
	nulls[COL_NOT_PLANNED] = plan != NULL;
	if (plan == NULL)
		values[COL_NOT_PLANNED] = CStringGetTextDatum(reason);
}

List *
pk_slow_queries_to_plan(void)
{
	List *statements = NIL;
	MemoryContext caller = CurrentMemoryContext;

	refuse_not_loaded();
	read_statements(0);
	MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		PkCountedStatement *statement;
		Datum values[NUM_COLUMNS];
		bool nulls[NUM_COLUMNS];
		Oid role;

		CHECK_FOR_INTERRUPTS();
		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, values, nulls);
		if (nulls[COL_QUERY] || nulls[COL_QUERYID] || DatumGetObjectId(values[COL_DBID]) != MyDatabaseId ||
			!(DatumGetFloat8(values[COL_TOTAL_MS]) > 0))
			continue;
		role = pk_check_writer_planner(DatumGetObjectId(values[COL_USERID]), GetUserId());
		if (!OidIsValid(role))
			continue;
		statement = palloc(sizeof(PkCountedStatement));
		statement->text = TextDatumGetCString(values[COL_QUERY]);
		statement->role = role;
		statement->total_ms = DatumGetFloat8(values[COL_TOTAL_MS]);
		statements = lappend(statements, statement);
	}
	return statements;
}

/* perfkit_slow_queries(min_mean_ms float8) -> SETOF record */
Datum
perfkit_slow_queries(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	double min_mean_ms = pk_arg_float8(fcinfo, 0, "min_mean_ms", "Pass 0 for all statements.");
	MemoryContext row_context;
	MemoryContext caller;
	SPITupleTable *rows;
	uint64 nrows;
	int patience = PATIENCE_MS;

	if (!(min_mean_ms >= 0 && isfinite(min_mean_ms)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"min_mean_ms\" must be at least 0, and finite"),
						errdetail("It is %g.", min_mean_ms)));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	refuse_not_loaded();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	read_statements(min_mean_ms);
	rows = SPI_tuptable;
	nrows = SPI_processed;

	row_context = AllocSetContextCreate(CurrentMemoryContext, "perfkit slow query", ALLOCSET_DEFAULT_SIZES);
	for (uint64 i = 0; i < nrows; i++)
	{
		Datum values[NUM_COLUMNS];
		bool nulls[NUM_COLUMNS];

		CHECK_FOR_INTERRUPTS();
		caller = MemoryContextSwitchTo(row_context);
		heap_deform_tuple(rows->vals[i], rows->tupdesc, values, nulls);
		put_plan(values, nulls, &patience);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row_context);
	}
	MemoryContextDelete(row_context);
	SPI_finish();
	return (Datum) 0;
}
