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
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "common/compat.h"
#include "plan/capture.h"

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

static Query *
analyze_and_rewrite(RawStmt *statement, const char *query)
{
	List *rewritten;
	Query *result;

	rewritten = pg_analyze_and_rewrite_withcb(statement, query, set_parser_hooks, NULL, NULL);
	result = pk_statement_rewritten(rewritten);
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

	callback.callback = pk_statement_locate_error;
	callback.arg = unconstify(char *, query);
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	/* See what this transaction has done so far, as a statement of its own would. */
	PushCopiedSnapshot(GetActiveSnapshot());
	UpdateActiveSnapshotCommandId();

	analyzed = analyze_and_rewrite(pk_statement_parse(query), query);
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
