/*
 * verify.c
 *	  perfkit_verify_indexes(): the index checks of a workload, as a table of verdicts.
 *
 * One broken check must not hide the verdicts of the others, so each check runs in a
 * subtransaction, and an error becomes the reason of a FAIL. Errors that must stop the server, the
 * statement or the whole transaction are rethrown; of a check that is planned as another role,
 * only a cancellation is.
 *
 * Other roles may have written rows too, and planning a query can run code: see check_writer.c. A
 * query that has a limit of rows removed is run as the role that it is planned as. Whose tables a
 * shipped query reads depends on the search path, so it is not run if that could call code of a
 * role with fewer privileges.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "common/arguments.h"
#include "common/catalog.h"
#include "common/compat.h"
#include "common/extension.h"
#include "common/undo.h"
#include "assert/assert.h"
#include "common/check_writer.h"

PG_FUNCTION_INFO_V1(perfkit_verify_indexes);

/* Maximum length of a reason in bytes, to keep the table of verdicts readable. */
#define MAX_REASON 78

typedef struct PkCheck
{
	char *name;
	char *query;
	char *expected; /* NULL for any index */
	char *demand;
	List *accepted;			 /* names, starting with the expected one */
	double max_rows_removed; /* negative: the query is not run */
	Oid writer;				 /* invalid if the role no longer exists */
	bool shipped;			 /* perfkit's own check, trusted as much as the function that plans it */
} PkCheck;

/* Text of a column of an SPI result row; NULL if null. */
static char *
spi_text(int row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

/* Run a query with one text parameter or none; the rows are in SPI_tuptable. */
static void
spi_select(const char *query, const char *argument)
{
	Oid types[1] = {TEXTOID};
	Datum values[1] = {0};
	int result;

	if (argument != NULL)
		values[0] = CStringGetTextDatum(argument);
	result = SPI_execute_with_args(query, argument ? 1 : 0, types, values, NULL, true, 0);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not read index checks: %s", SPI_result_code_string(result));
}

static void
refuse_unknown_workload(FunctionCallInfo fcinfo, const char *workload)
{
	char *known;

	spi_select(psprintf("SELECT pg_catalog.string_agg(DISTINCT pg_catalog.quote_literal(workload), ', ') FROM %s",
						pk_own_name(fcinfo, "perfkit_index_checks")),
			   NULL);
	known = spi_text(0, 1);
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("workload \"%s\" has no index checks", workload),
					known ? errhint("Workloads with checks are: %s. Insert your own into perfkit_index_checks.", known)
						  : errhint("Insert checks into perfkit_index_checks.")));
}

/*
 * The enabled checks of a workload, allocated in "context". An unknown workload is an error, but
 * one with all checks disabled is not.
 */
static List *
read_checks(FunctionCallInfo fcinfo, const char *workload, MemoryContext context)
{
	List *checks = NIL;
	MemoryContext caller;
	uint64 nrows;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	spi_select(psprintf("SELECT check_name, query, expected_index, demand, enabled, accepted.name, "
						"added_by::pg_catalog.oid, shipped, max_rows_removed "
						"FROM %s c LEFT JOIN LATERAL "
						"pg_catalog.unnest(pg_catalog.array_prepend(c.expected_index, c.also_accepted)) "
						"WITH ORDINALITY accepted (name, position) ON true "
						"WHERE workload OPERATOR(pg_catalog.=) $1 ORDER BY check_name, position",
						pk_own_name(fcinfo, "perfkit_index_checks")),
			   workload);
	nrows = SPI_processed;
	if (nrows == 0)
		refuse_unknown_workload(fcinfo, workload);

	caller = MemoryContextSwitchTo(context);
	for (uint64 row = 0; row < nrows; row++)
	{
		char *name = spi_text(row, 1);
		char *accepted = spi_text(row, 6);
		PkCheck *check = checks != NIL ? llast(checks) : NULL;

		if (strcmp(spi_text(row, 5), "t") != 0)
			continue;
		if (check == NULL || strcmp(check->name, name) != 0)
		{
			check = palloc0(sizeof(PkCheck));
			check->name = name;
			check->query = spi_text(row, 2);
			check->expected = spi_text(row, 3);
			check->demand = spi_text(row, 4);
			check->writer = atooid(spi_text(row, 7));
			check->shipped = strcmp(spi_text(row, 8), "t") == 0;
			check->max_rows_removed = spi_text(row, 9) != NULL ? strtod(spi_text(row, 9), NULL) : -1;
			checks = lappend(checks, check);
		}
		if (check->expected != NULL && accepted != NULL)
			check->accepted = lappend(check->accepted, accepted);
	}
	MemoryContextSwitchTo(caller);
	SPI_finish();
	return checks;
}

typedef struct PkCheckRun
{
	const PkCheck *check;
	Oid role; /* to plan as */
	PkVerdict *verdict;
} PkCheckRun;

/*
 * The server omits schemas from the search path that the current role may not use. As another role,
 * that would silently check a table in a later schema.
 */
static void
refuse_shorter_path(List *caller_path)
{
	ListCell *cell;

	foreach (cell, caller_path)
	{
		Oid schema = lfirst_oid(cell);
		char *name = get_namespace_name(schema);
		char *role = GetUserNameFromId(GetUserId(), false);

		/* privileges on the temporary schema are not looked at */
		if (name == NULL || isTempNamespace(schema) || pk_compat_schema_allows(schema, GetUserId(), ACL_USAGE))
			continue;
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for schema %s", name),
						errdetail("The schema is in the search path, and the check is planned as role \"%s\", "
								  "which would look for tables in the next schema.",
								  role),
						errhint("Run GRANT USAGE ON SCHEMA %s TO %s, or verify with a search path without the schema.",
								quote_identifier(name), quote_identifier(role))));
	}
}

/*
 * Views, policies and partitions call what their owners chose. The owner of a relation gains
 * nothing by that if it has the current user's privileges anyway. The plan lists views, too.
 */
static void
refuse_relations_of_others(const PlannedStmt *stmt)
{
	ListCell *cell;

	foreach (cell, stmt->relationOids)
	{
		Oid relid = lfirst_oid(cell);
		HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
		char *owner;
		char *user = GetUserNameFromId(GetUserId(), false);
		Oid role;

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for relation %u", relid);
		role = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
		if (has_privs_of_role(role, GetUserId()))
			continue;
		owner = GetUserNameFromId(role, false);
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("not run: \"%s\" belongs to another role", get_rel_name(relid)),
						errdetail("Views and policies can call functions of their owner, role \"%s\", "
								  "which lacks the privileges of role \"%s\".",
								  owner, user),
						errhint("Verify as the owner: run SET ROLE %s first.", quote_identifier(owner))));
	}
}

static void
assert_check(void *arg)
{
	PkCheckRun *run = (PkCheckRun *) arg;
	PkIndexDemand demand = {.index_names = run->check->accepted, .report_used = true};
	List *caller_path = run->role != GetUserId() ? fetch_search_path(false) : NIL;
	double limit = run->check->max_rows_removed;
	char *query;

	pk_check_writer_assume(run->role);
	refuse_shorter_path(caller_path);
	demand.usable = pk_demand_is_usable(run->check->demand);
	query = pk_extension_resolve(run->check->query);
	pk_assert_index_scan(query, &demand, run->verdict);
	if (run->verdict->pass && limit >= 0)
	{
		char *used = run->verdict->used;

		pk_assert_rows_removed(query, limit, run->check->shipped ? refuse_relations_of_others : NULL, run->verdict);
		run->verdict->used = used;
	}
}

/* Another role wrote the check, and neither role has the privileges of the other. */
static void
refuse_writer(const char *workload, const PkCheck *check, PkVerdict *verdict)
{
	char *writer = OidIsValid(check->writer) ? GetUserNameFromId(check->writer, true) : NULL;
	char *user = GetUserNameFromId(GetUserId(), false);

	memset(verdict, 0, sizeof(*verdict));
	if (writer == NULL)
	{
		verdict->message = pstrdup("not planned: the role that wrote the query is unknown or no longer exists");
		verdict->facts = pstrdup(
			"Planning can call functions, which must run with the privileges of the role that wrote the query.");
	}
	else
	{
		verdict->message = psprintf("not planned: caller lacks the privileges of role \"%s\", which wrote it", writer);
		verdict->facts = psprintf(
			"Planning can call functions, and neither role \"%s\" nor role \"%s\" has the privileges of the other.",
			writer, user);
	}
	/* Without the query in it, the writer could change the query after the review. */
	verdict->hint = psprintf(
		"%seview the query and, if it is harmless, make it your own: UPDATE perfkit_index_checks SET added_by = %s "
		"WHERE workload = %s AND check_name = %s AND query = %s.",
		writer != NULL ? "Verify as a role that has these privileges. Or r" : "R", quote_literal_cstr(user),
		quote_literal_cstr(workload), quote_literal_cstr(check->name), quote_literal_cstr(check->query));
}

/* The text as one line of at most "room" bytes. */
static char *
shorten(const char *text, int room)
{
	char *line = pstrdup(text);
	int length = strlen(line);

	for (char *c = line; *c != '\0'; c++)
	{
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	}
	if (length <= room)
		return line;
	return psprintf("%.*s...", pg_mbcliplen(line, length, room - 3), line);
}

static void
run_check(const char *workload, const PkCheck *check, PkVerdict *verdict)
{
	PkCheckRun run = {.check = check, .verdict = verdict};
	ErrorData *error;
	char *message;

	run.role = check->shipped ? GetUserId() : pk_check_writer_planner(check->writer, GetUserId());
	if (!OidIsValid(run.role))
	{
		refuse_writer(workload, check, verdict);
		return;
	}
	if (run.role == GetUserId())
		error = pk_undo_catching(assert_check, &run);
	else
		error = pk_undo_catching_foreign(assert_check, &run);
	if (error == NULL)
		return;
	memset(verdict, 0, sizeof(*verdict));
	message = shorten(error->message, MAX_REASON - strlen(" (SQLSTATE 00000)"));
	verdict->message = psprintf("%s (SQLSTATE %s)", message, unpack_sql_state(error->sqlerrcode));
	verdict->facts = error->detail;
	if (strcmp(message, error->message) != 0)
		verdict->facts =
			psprintf("%s.%s%s", error->message, error->detail ? " " : "", error->detail ? error->detail : "");
	verdict->hint = error->hint;
}

/* Facts and hint, after the message if the reason is only a part of it; NULL if there are none. */
static char *
detail_of(const PkVerdict *verdict, const char *reason)
{
	StringInfoData detail;

	initStringInfo(&detail);
	if (strcmp(reason, verdict->message) != 0)
		appendStringInfo(&detail, "%s.", verdict->message);
	if (verdict->facts)
		appendStringInfo(&detail, "%s%s", detail.len > 0 ? " " : "", verdict->facts);
	if (verdict->hint)
		appendStringInfo(&detail, "%s%s", detail.len > 0 ? " " : "", verdict->hint);
	return detail.len > 0 ? detail.data : NULL;
}

static void
put_verdict(const PkCheck *check, const PkVerdict *verdict, ReturnSetInfo *result)
{
	Datum values[9] = {0};
	bool nulls[9] = {0};
	char *reason = verdict->pass ? NULL : shorten(verdict->message, MAX_REASON);
	char *detail = verdict->pass ? NULL : detail_of(verdict, reason);

	values[0] = CStringGetTextDatum(check->name);
	values[1] = CStringGetTextDatum(check->query);
	nulls[2] = check->expected == NULL;
	if (check->expected)
		values[2] = CStringGetTextDatum(check->expected);
	values[3] = CStringGetTextDatum(check->demand);
	values[4] = CStringGetTextDatum(verdict->pass ? "PASS" : "FAIL");
	nulls[5] = verdict->used == NULL;
	if (verdict->used)
		values[5] = CStringGetTextDatum(verdict->used);
	nulls[6] = reason == NULL;
	if (reason)
		values[6] = CStringGetTextDatum(reason);
	nulls[7] = detail == NULL;
	if (detail)
		values[7] = CStringGetTextDatum(detail);
	nulls[8] = verdict->cause == PK_CAUSE_NONE;
	if (verdict->cause != PK_CAUSE_NONE)
		values[8] = CStringGetTextDatum(pk_cause_name(verdict->cause));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * Put the schema in front of the search path until the caller ends the returned GUC nest level. The
 * temporary schema, which is searched first unless the path names it, comes last: a temporary table
 * that happens to have the name of a workload's table is not in the requested schema.
 */
static int
enter_schema(const char *schema)
{
	int nest_level;
	char *path;

	/* raises 3F000 or 42501, where an invalid path would be silently ignored */
	(void) LookupExplicitNamespace(schema, false);
	nest_level = NewGUCNestLevel();
	path = psprintf("%s%s%s, pg_temp", quote_identifier(schema), *namespace_search_path ? ", " : "",
					namespace_search_path);
	(void) set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return nest_level;
}

/*
 * perfkit_verify_indexes(workload text, target_schema name) -> SETOF record, one row for each
 * enabled check
 */
Datum
perfkit_verify_indexes(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext check_context;
	MemoryContext caller;
	char *workload;
	List *checks;
	ListCell *cell;
	int nest_level = 0;

	workload = pk_arg_text(fcinfo, 0, "workload", "Pass the name of a workload, such as 'events'.");
	/* use the expected descriptor: computing it would leak it into the query's memory */
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	checks = read_checks(fcinfo, workload, CurrentMemoryContext);
	if (!PG_ARGISNULL(1))
		nest_level = enter_schema(NameStr(*PG_GETARG_NAME(1)));

	check_context = AllocSetContextCreate(CurrentMemoryContext, "perfkit index check", ALLOCSET_DEFAULT_SIZES);
	foreach (cell, checks)
	{
		const PkCheck *check = (const PkCheck *) lfirst(cell);
		PkVerdict verdict;

		CHECK_FOR_INTERRUPTS();
		caller = MemoryContextSwitchTo(check_context);
		run_check(workload, check, &verdict);
		put_verdict(check, &verdict, result);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(check_context);
	}
	MemoryContextDelete(check_context);

	if (nest_level != 0)
		AtEOXact_GUC(true, nest_level);
	return (Datum) 0;
}
