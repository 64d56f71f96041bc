/*
 * hypothetical_index.c
 *	  Whether the planner would use an index that does not exist yet, asked with hypopg.
 *
 * The extension hypopg keeps hypothetical indexes in the memory of the backend. It shows them to
 * the planner only during an EXPLAIN: its ProcessUtility hook sets a flag, which the end of any
 * executor clears. So perfkit starts an EXPLAIN of its own through ProcessUtility() and plans the
 * query instead of what the EXPLAIN would explain. perfkit's planner hook then checks whether
 * hypopg has shown the index; if not, the trial proves nothing.
 *
 * That memory is not transactional. So each index is removed explicitly in all cases, and nothing
 * may interrupt between creating an index and recording it here.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/explain.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "parser/analyze.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "common/compat.h"
#include "common/undo.h"
#include "advice/hypothetical_index.h"

/* hypopg's functions in this database. */
typedef struct PkHypopg
{
	Oid create;
	Oid drop;
} PkHypopg;

typedef struct PkIndexTrial
{
	const PkFailure *failure;
	List *statements; /* CREATE INDEX, as C strings */
	PkHypopg hypopg;
	MemoryContext context; /* of "indexes" */
	List *indexes;		   /* OIDs of those created */
	bool complete;		   /* nothing failed */
	PkTrialResult *result;
} PkIndexTrial;

/* The trial that the EXPLAIN being started stands for, and the hook that it replaces. */
static PkIndexTrial *explained = NULL;
static ExplainOneQuery_hook_type previous_explain = NULL;

/* A function of the extension, whatever its schema: others of that name may do anything. */
static Oid
find_function(Oid extension, const char *name, Oid argument)
{
	CatCList *functions = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	Oid found = InvalidOid;

	for (int i = 0; i < functions->n_members; i++)
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(&functions->members[i]->tuple);

		if (form->pronargs == 1 && form->proargtypes.values[0] == argument &&
			getExtensionOfObject(ProcedureRelationId, form->oid) == extension)
			found = form->oid;
	}
	ReleaseCatCacheList(functions);
	return found;
}

/* Find hypopg and check that the caller may use it; if not, set result->reason. */
static bool
find_hypopg(PkHypopg *hypopg, PkTrialResult *result)
{
	Oid extension = get_extension_oid("hypopg", true);
	char *enabled;

	if (!OidIsValid(extension))
	{
		result->reason = pstrdup("extension hypopg is not installed in this database");
		return false;
	}
	hypopg->create = find_function(extension, "hypopg_create_index", TEXTOID);
	hypopg->drop = find_function(extension, "hypopg_drop_index", OIDOID);
	enabled = GetConfigOptionByName("hypopg.enabled", NULL, true);
	if (!OidIsValid(hypopg->create) || !OidIsValid(hypopg->drop))
		result->reason = pstrdup("extension hypopg lacks a function that perfkit calls");
	else if (!pk_compat_schema_allows(get_func_namespace(hypopg->create), GetUserId(), ACL_USAGE) ||
			 !pk_compat_function_allows(hypopg->create, GetUserId()) ||
			 !pk_compat_function_allows(hypopg->drop, GetUserId()))
		result->reason = pstrdup("permission denied for extension hypopg");
	else if (enabled != NULL && strcmp(enabled, "off") == 0)
		result->reason = pstrdup("hypopg.enabled is off");
	return result->reason == NULL;
}

/*
 * Does hypopg support the indexes? For other access methods it raises an internal error, which a
 * trial must not swallow: see common/undo.h. With a partial index, and a query through a view,
 * 1.3 to 1.4.3 crash the server.
 */
static bool
supports(List *statements, PkTrialResult *result)
{
	static const char *const known[] = {"btree", "brin", "hash", "bloom"};
	ListCell *cell;

	foreach (cell, statements)
	{
		RawStmt *raw = linitial_node(RawStmt, pg_parse_query(lfirst(cell)));
		const char *method = castNode(IndexStmt, raw->stmt)->accessMethod;
		bool found = false;

		if (castNode(IndexStmt, raw->stmt)->whereClause != NULL)
		{
			result->reason = pstrdup("partial indexes are not tried with hypopg");
			return false;
		}

		for (size_t i = 0; i < lengthof(known); i++)
			found |= strcmp(method, known[i]) == 0;
		if (!found)
		{
			result->reason = psprintf("hypopg does not support access method \"%s\"", method);
			return false;
		}
	}
	return true;
}

/* Create the hypothetical index and record it in the trial. */
static void
make_index(const PkHypopg *hypopg, PkIndexTrial *trial, const char *statement, MemoryContext context)
{
	char *call = psprintf(
		"SELECT indexrelid FROM %s($1)",
		quote_qualified_identifier(get_namespace_name(get_func_namespace(hypopg->create)), "hypopg_create_index"));
	Oid types[1] = {TEXTOID};
	Datum values[1] = {CStringGetTextDatum(statement)};
	MemoryContext caller;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	HOLD_INTERRUPTS();
	if (SPI_execute_with_args(call, 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "hypothetical index was not created");
	caller = MemoryContextSwitchTo(context);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		bool isnull;
		Datum oid = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &isnull);

		if (!isnull)
			trial->indexes = lappend_oid(trial->indexes, DatumGetObjectId(oid));
	}
	MemoryContextSwitchTo(caller);
	RESUME_INTERRUPTS();
	SPI_finish();
}

/* ExplainOneQuery hook: plan the query of the trial instead of explaining. */
static void
explain_trial(Query *query, int cursor_options, IntoClause *into, struct ExplainState *es, const char *text,
			  ParamListInfo params, QueryEnvironment *environment)
{
	PkIndexTrial *trial = explained;

	/* A function that the planner evaluates may run an EXPLAIN of its own. */
	ExplainOneQuery_hook = previous_explain;
	explained = NULL;
	pk_trial_plan(trial->failure, &(PkWhatIf){.hypothetical = trial->indexes}, trial->indexes, trial->result);
}

/* Run an EXPLAIN whose query is the trial's. */
static void
explain(PkIndexTrial *trial)
{
	static const char *const text = "EXPLAIN SELECT";
	RawStmt *raw = linitial_node(RawStmt, pg_parse_query(text));
	Query *query = parse_analyze_fixedparams(raw, text, NULL, 0, NULL);
	PlannedStmt *stmt = makeNode(PlannedStmt);
	QueryCompletion completion;

	stmt->commandType = CMD_UTILITY;
	stmt->canSetTag = true;
	stmt->utilityStmt = query->utilityStmt;
	InitializeQueryCompletion(&completion);
	previous_explain = ExplainOneQuery_hook;
	ExplainOneQuery_hook = explain_trial;
	explained = trial;
	PG_TRY();
	{
		ProcessUtility(stmt, text, false, PROCESS_UTILITY_QUERY, NULL, NULL, None_Receiver, &completion);
	}
	PG_FINALLY();
	{
		ExplainOneQuery_hook = previous_explain;
		explained = NULL;
	}
	PG_END_TRY();
}

/*
 * Tell hypopg that the EXPLAIN is over, if it failed before an executor ended. Otherwise hypopg
 * would show the user's own hypothetical indexes to the next statement, which cannot run with them.
 * Any other utility statement will do.
 */
static void
forget_explain(void)
{
	VariableShowStmt *show = makeNode(VariableShowStmt);
	PlannedStmt *stmt = makeNode(PlannedStmt);
	QueryCompletion completion;

	show->name = pstrdup("server_version_num");
	stmt->commandType = CMD_UTILITY;
	stmt->canSetTag = true;
	stmt->utilityStmt = (Node *) show;
	InitializeQueryCompletion(&completion);
	ProcessUtility(stmt, "SHOW server_version_num", true, PROCESS_UTILITY_QUERY, NULL, NULL, None_Receiver,
				   &completion);
}

static void
remove_indexes(const PkHypopg *hypopg, List *indexes)
{
	ListCell *cell;

	foreach (cell, indexes)
	{
		(void) OidFunctionCall1(hypopg->drop, ObjectIdGetDatum(lfirst_oid(cell)));
	}
}

/* Runs in a subtransaction: its rollback releases locks, but does not remove the indexes. */
static void
try_indexes(void *arg)
{
	PkIndexTrial *trial = (PkIndexTrial *) arg;
	ListCell *cell;

	foreach (cell, trial->statements)
	{
		make_index(&trial->hypopg, trial, lfirst(cell), trial->context);
	}
	explain(trial);
	if (trial->result->tried && !trial->result->chosen)
		explain(trial);
	trial->complete = true;
}

void
pk_hypothetical_try(const PkFailure *failure, List *statements, PkTrialResult *result)
{
	/* not on the stack: it changes between setjmp and longjmp */
	PkIndexTrial *trial = palloc0(sizeof(PkIndexTrial));
	ErrorData *volatile error = NULL;

	memset(result, 0, sizeof(*result));
	if (!find_hypopg(&trial->hypopg, result) || !supports(statements, result))
		return;
	trial->failure = failure;
	trial->statements = statements;
	trial->context = CurrentMemoryContext;
	trial->result = result;
	result->proof = PK_PROOF_HYPOTHETICAL;

	PG_TRY();
	{
		error = pk_undo_catching(try_indexes, trial);
	}
	PG_FINALLY();
	{
		/* Also if the error is rethrown: a rollback does not touch the memory of hypopg. */
		MemoryContextSwitchTo(trial->context);
		remove_indexes(&trial->hypopg, trial->indexes);
		if (!trial->complete)
			forget_explain();
	}
	PG_END_TRY();
	if (error != NULL)
	{
		memset(result, 0, sizeof(*result));
		result->reason = error->message;
	}
	else if (!result->tried)
		result->reason = pstrdup("hypopg did not show the index to the planner");
}
