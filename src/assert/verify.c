/*
 * verify.c
 *	  perfkit_verify_indexes(): the index checks of a workload, as a table of verdicts.
 *
 * One broken check must not hide the verdicts of the others, so each is made in a subtransaction, and an error becomes the
 * reason of a FAIL. What stops the server, the statement or the whole transaction is passed on.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "common/arguments.h"
#include "common/catalog.h"
#include "common/undo.h"
#include "assert/assert.h"

PG_FUNCTION_INFO_V1(perfkit_verify_indexes);

typedef struct PkCheck
{
	char *name;
	char *query;
	char *expected; /* NULL: any index */
	char *demand;
	List *accepted; /* names, the expected one first */
} PkCheck;

/* Text of one column of an SPI result row, NULL when null. */
static char *
spi_text(int row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

/* Run a query with one text parameter (or none); the rows are in SPI_tuptable. */
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
		elog(ERROR, "reading of index checks failed: %s", SPI_result_code_string(result));
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

/* The enabled checks of a workload, in "context". An unknown workload is an error, one with all checks disabled is not. */
static List *
read_checks(FunctionCallInfo fcinfo, const char *workload, MemoryContext context)
{
	List *checks = NIL;
	MemoryContext caller;
	uint64 nrows;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	spi_select(psprintf("SELECT check_name, query, expected_index, demand, enabled, accepted.name "
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
	PkVerdict *verdict;
} PkCheckRun;

static void
assert_check(void *arg)
{
	PkCheckRun *run = (PkCheckRun *) arg;
	PkIndexDemand demand = {.index_names = run->check->accepted, .report_used = true};

	demand.usable = pk_demand_is_usable(run->check->demand);
	pk_assert_index_scan(run->check->query, &demand, run->verdict);
}

static void
run_check(const PkCheck *check, PkVerdict *verdict)
{
	PkCheckRun run = {.check = check, .verdict = verdict};
	ErrorData *error = pk_undo_catching(assert_check, &run);

	if (error == NULL)
		return;
	memset(verdict, 0, sizeof(*verdict));
	verdict->message = psprintf("%s (SQLSTATE %s)", error->message, unpack_sql_state(error->sqlerrcode));
	verdict->facts = error->detail;
	verdict->hint = error->hint;
}

/* Message, facts and hint of a failure in one line. */
static char *
reason_of(const PkVerdict *verdict)
{
	StringInfoData reason;

	initStringInfo(&reason);
	appendStringInfoString(&reason, verdict->message);
	if (verdict->facts)
		appendStringInfo(&reason, ". %s", verdict->facts);
	if (verdict->hint)
		appendStringInfo(&reason, "%s %s", verdict->facts ? "" : ".", verdict->hint);
	return reason.data;
}

static void
put_verdict(const PkCheck *check, const PkVerdict *verdict, ReturnSetInfo *result)
{
	Datum values[7];
	bool nulls[7] = {0};

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
	nulls[6] = verdict->pass;
	if (!verdict->pass)
		values[6] = CStringGetTextDatum(reason_of(verdict));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * Put the schema in front of the search path until the caller ends the returned GUC nest level. Temporary tables, which come before
 * all that the path names unless it names them, come last: one that happens to have the name of a workload's table is not what
 * the schema was named for.
 */
static int
enter_schema(const char *schema)
{
	int nest_level;
	char *path;

	(void) LookupExplicitNamespace(schema, false); /* 3F000 and 42501, rather than a path that is silently ignored */
	nest_level = NewGUCNestLevel();
	path = psprintf("%s%s%s, pg_temp", quote_identifier(schema), *namespace_search_path ? ", " : "", namespace_search_path);
	(void) set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return nest_level;
}

/* perfkit_verify_indexes(workload text, target_schema name) -> SETOF record, one row for each enabled check */
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
	/* the expected description: working it out anew for each call would leave it behind in the query's memory */
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
		run_check(check, &verdict);
		put_verdict(check, &verdict, result);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(check_context);
	}
	MemoryContextDelete(check_context);

	if (nest_level != 0)
		AtEOXact_GUC(true, nest_level);
	return (Datum) 0;
}
