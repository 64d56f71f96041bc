/*
 * capture.c
 *	  From the text of a query to a plan that is ready to be walked, but has not been run.
 *
 * The steps are those of EXPLAIN (parse, rewrite, plan, start the executor only to explain), taken
 * here because EXPLAIN returns text rather than a plan. Two things differ on purpose: the statement
 * has no query identifier, so that pg_stat_statements does not count a statement as executed that
 * was only planned; and errors point into the query, which for the caller is an argument and not
 * the statement that was sent.
 *
 * A generic plan is what the server uses for a prepared statement once it no longer plans for each
 * set of values: the planner sees parameters, and estimates from the number of distinct values
 * where it would otherwise look up the frequency of a value.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "jit/jit.h"
#include "nodes/parsenodes.h"
#include "parser/analyze.h"
#include "parser/parse_node.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "common/compat.h"
#include "common/parameters.h"
#include "plan/capture.h"
#include "plan/completion.h"

static void
describe_run(void *arg)
{
	errcontext("execution of query \"%s\"", (const char *) arg);
}

static Node *
refuse_parameter(ParseState *pstate, ParamRef *pref)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_PARAMETER), errmsg("no value for parameter $%d", pref->number),
			 errdetail("A query is planned for specific values unless a generic plan is requested."),
			 errhint("Replace each parameter by a constant, or pass generic => true to plan for unknown values."),
			 parser_errposition(pstate, pref->location)));
	return NULL; /* not reached */
}

static void
set_parser_hooks(ParseState *pstate, void *arg)
{
	pstate->p_paramref_hook = refuse_parameter;
}

static Query *
analyze_and_rewrite(RawStmt *statement, const char *query, const PkCaptureOptions *options, Oid **types, int *ntypes)
{
	List *rewritten;
	Query *result;

	/*
	 * PREPARE needs a type for each number up to the highest. EXPLAIN (GENERIC_PLAN) does not,
	 * because a parameter that does not occur, or that is used as a value of any type, does not
	 * affect the plan.
	 */
	if (options->generic && options->instrument == 0)
		rewritten = pg_rewrite_query(parse_analyze_varparams(statement, query, types, ntypes, NULL));
	else if (options->generic)
		rewritten = pg_analyze_and_rewrite_varparams(statement, query, types, ntypes, NULL);
	else
		rewritten = pg_analyze_and_rewrite_withcb(statement, query, set_parser_hooks, NULL, NULL);
	result = pk_statement_rewritten(rewritten);
	result->queryId = 0;
	return result;
}

void
pk_capture_begin(PkCapture *capture, const char *query, const PkCaptureOptions *options)
{
	ErrorContextCallback callback;
	MemoryContext caller;
	Query *analyzed;
	Oid *types = NULL;
	int ntypes = 0;
	ParamListInfo params = NULL;
	PkWhatIf what_if = options->what_if;
	int flags = options->instrument != 0 ? 0 : EXEC_FLAG_EXPLAIN_ONLY;

	capture->query = query;
	capture->context =
		AllocSetContextCreate(CurrentMemoryContext, "perfkit plan", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(capture->context);

	callback.callback = pk_statement_locate_error;
	callback.arg = unconstify(char *, query);
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	/* See what this transaction has done so far, like a separate statement. */
	PushCopiedSnapshot(GetActiveSnapshot());
	UpdateActiveSnapshotCommandId();

	analyzed = analyze_and_rewrite(pk_statement_parse(query), query, options, &types, &ntypes);
	if (options->instrument != 0)
		params = pk_parameters_make(options->parameters, types, ntypes);
	what_if.disable_seqscan |= options->disable_seqscan;
	what_if.enable_indexes |= options->enable_indexes;
	capture->effort = -pk_whatif_effort();
	capture->stmt = pk_whatif_plan(analyzed, query, &what_if);
	capture->effort += pk_whatif_effort();
	/* Nothing is to be compiled for a plan that is not run. */
	if (options->instrument == 0)
		capture->stmt->jitFlags = PGJIT_NONE;
	capture->desc = CreateQueryDesc(capture->stmt, query, GetActiveSnapshot(), InvalidSnapshot,
									None_Receiver, params, NULL, options->instrument);
	if (options->generic && options->instrument == 0)
	{
		pk_compat_forget_pruning(capture->stmt);
		flags |= PK_COMPAT_EXEC_FLAG_GENERIC;
	}
	ExecutorStart(capture->desc, flags);
	if (options->watch_completion)
		pk_completion_watch(capture->desc->planstate);

	error_context_stack = callback.previous;
	MemoryContextSwitchTo(caller);
}

void
pk_capture_run(PkCapture *capture)
{
	ErrorContextCallback callback;
	MemoryContext caller = MemoryContextSwitchTo(capture->context);
	BufferUsage buffers = pgBufferUsage;
	WalUsage wal = pgWalUsage;

	callback.callback = describe_run;
	callback.arg = unconstify(char *, capture->query);
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	/*
	 * Session-wide counters: they include triggers, and parallel workers add theirs when they end.
	 */
	memset(&capture->buffers, 0, sizeof(BufferUsage));
	memset(&capture->wal, 0, sizeof(WalUsage));
	pk_trigger_work_begin(&capture->triggers);
	PG_TRY();
	{
		pk_compat_run_executor(capture->desc);
		ExecutorFinish(capture->desc);
	}
	PG_FINALLY();
	{
		pk_trigger_work_end(&capture->triggers);
	}
	PG_END_TRY();
	BufferUsageAccumDiff(&capture->buffers, &pgBufferUsage, &buffers);
	WalUsageAccumDiff(&capture->wal, &pgWalUsage, &wal);

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
