/*
 * capture.c
 *	  From query text to a plan that is ready to be walked and has not been run.
 *
 * The steps are EXPLAIN's own (parse, rewrite, plan, start the executor for explaining only), taken here because
 * EXPLAIN hands out text, and text is no plan. Two things differ on purpose: the statement carries no query id, so that
 * pg_stat_statements does not count as executed what was only planned; and errors point into the query, which for the
 * caller is an argument, not the statement he sent.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/parsenodes.h"
#include "parser/analyze.h"
#include "parser/parse_node.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "common/compat.h"
#include "plan/capture.h"

/* A position in the statement the client sent would point anywhere: make it one in the query, as SPI does. */
static void
locate_error(void *arg)
{
	const char *query = (const char *) arg;
	int position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(query);
	}
	else
		errcontext("planning of query \"%s\"", query);
}

static Node *
refuse_parameter(ParseState *pstate, ParamRef *pref)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_PARAMETER), errmsg("no value for parameter $%d", pref->number),
			 errdetail("A query is planned for given values, and this one leaves them open."),
			 errhint("Write a constant in place of each parameter."),
			 parser_errposition(pstate, pref->location)));
	return NULL; /* not reached */
}

static void
set_parser_hooks(ParseState *pstate, void *arg)
{
	pstate->p_paramref_hook = refuse_parameter;
}

/* What to say of a command without a plan. "statement" is a raw or an analyzed one. */
static void
refuse_utility(Node *statement)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot plan a utility command"),
			 errdetail("The statement is %s.", CreateCommandName(statement)),
			 errhint("Pass a SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE statement. Of EXPLAIN, DECLARE CURSOR, "
					 "PREPARE and CREATE TABLE AS, pass the query alone.")));
}

/* The only statement of the text, as the grammar sees it. */
static RawStmt *
parse_one(const char *query)
{
	List *statements = pg_parse_query(query);
	RawStmt *statement;

	if (statements == NIL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("query is empty"),
						errhint("Pass exactly one statement.")));
	if (list_length(statements) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("query has %d statements", list_length(statements)),
						errhint("Pass exactly one statement.")));

	statement = linitial_node(RawStmt, statements);
	switch (nodeTag(statement->stmt))
	{
		case T_SelectStmt:
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_MergeStmt:
			break;
		default:
			/* before analysis, which for some of these looks up what it must not */
			refuse_utility(statement->stmt);
	}
	return statement;
}

static Query *
analyze_and_rewrite(RawStmt *statement, const char *query)
{
	List *rewritten;
	Query *result;

	rewritten = pg_analyze_and_rewrite_withcb(statement, query, set_parser_hooks, NULL, NULL);

	if (rewritten == NIL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a rule rewrites the query to nothing"),
						errdetail("There is no plan to look at.")));
	if (list_length(rewritten) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("rules rewrite the query into %d statements", list_length(rewritten)),
						errhint("Pass the statement that the rule adds, or the original on a table without the "
								"rule.")));
	result = linitial_node(Query, rewritten);
	if (result->commandType == CMD_UTILITY) /* SELECT INTO, or a rule DO INSTEAD NOTIFY */
		refuse_utility(result->utilityStmt);
	result->queryId = 0;
	return result;
}

static PlannedStmt *
plan_query(Query *query, const char *text, const PkCaptureOptions *options)
{
	int nest_level = 0;
	PlannedStmt *stmt;

	/* An error leaves the setting to the transaction, which restores it on abort. */
	if (options->disable_seqscan)
	{
		nest_level = NewGUCNestLevel();
		(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
	}
	stmt = pk_whatif_plan(query, text, &options->what_if);
	if (options->disable_seqscan)
		AtEOXact_GUC(true, nest_level);
	return stmt;
}

void
pk_capture_begin(PkCapture *capture, const char *query, const PkCaptureOptions *options)
{
	ErrorContextCallback callback;
	MemoryContext caller;
	Query *analyzed;

	capture->query = query;
	capture->context =
		AllocSetContextCreate(CurrentMemoryContext, "perfkit plan", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(capture->context);

	callback.callback = locate_error;
	callback.arg = unconstify(char *, query);
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	/* See what this transaction has done so far, as a statement of its own would. */
	PushCopiedSnapshot(GetActiveSnapshot());
	UpdateActiveSnapshotCommandId();

	analyzed = analyze_and_rewrite(parse_one(query), query);
	capture->stmt = plan_query(analyzed, query, options);
	capture->desc = CreateQueryDesc(capture->stmt, query, GetActiveSnapshot(), InvalidSnapshot,
									None_Receiver, NULL, NULL, 0);
	ExecutorStart(capture->desc, EXEC_FLAG_EXPLAIN_ONLY);

	error_context_stack = callback.previous;
	MemoryContextSwitchTo(caller);
}

void
pk_capture_end(PkCapture *capture)
{
	ExecutorEnd(capture->desc);
	FreeQueryDesc(capture->desc);
	PopActiveSnapshot();
	MemoryContextDelete(capture->context);
	capture->context = NULL;
}

char *
pk_query_argument(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("query must not be null"),
						errhint("Pass the text of one statement.")));
	return text_to_cstring(PG_GETARG_TEXT_PP(argno));
}
