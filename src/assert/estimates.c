/*
 * estimates.c
 *	  perfkit_assert_estimates(): compares the planner's row estimates with actual rows.
 *
 * The measure is the q-error, max(expected / actual, actual / expected), both at least 1:
 * Moerkotte, Neumann and Steidl, "Preventing Bad Plans by Bounding the Impact of Cardinality
 * Estimation Errors", PVLDB 2 (2009). It bounds how much worse than the best a plan can be.
 *
 * Not every difference is an error. For a node that was stopped early, only a lower bound of its
 * rows is known; for the inner side of a merge join, which reads rows again, only an upper bound.
 * Such a node is wrong only beyond the bound. In a parallel plan a node's estimate is for one
 * process, so totals are compared. Nodes that return no rows (Hash, bitmaps, writes) and groups
 * that processes have not yet combined are not judged.
 *
 * Errors propagate up the plan and grow. To be corrected, an error must be found where it starts:
 * at a node that is wrong although its inputs are right.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_proc.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"

#include "common/arguments.h"
#include "common/compat.h"
#include "common/undo.h"
#include "assert/assert.h"
#include "plan/deparse.h"
#include "plan/completion.h"
#include "advice/statistics_advice.h"
#include "plan/run.h"
#include "plan/shape.h"

PG_FUNCTION_INFO_V1(perfkit_assert_estimates);

/* What is known about one node. */
typedef struct PkEstimate
{
	double loops;
	double actual;		   /* average rows of a loop; of all processes if they share the work */
	double least;		   /* bounds of its rows if it is run to its end */
	double most;		   /* HUGE_VAL if unbounded */
	double expected;	   /* estimate to compare with these */
	double expected_least; /* the same if the number of processes it was made for is unknown */
	double q_error;		   /* 1 for a node that is not judged */
	bool judged;
	bool finished; /* run to its end in every loop */
	bool wrong_input;
	int workers;		 /* planned workers of the Gather above; 0 without one */
	double gather_loops; /* loops of that Gather */
	bool workers_known;	 /* the node was planned for that number */
} PkEstimate;

/* The outcome, in the memory context of the caller. */
typedef struct PkWrongEstimate
{
	double max_q_error;
	bool found;
	double q_error;
	char *name;
	char *facts;
	char *shape;
	char *hint; /* if it is not about a table */
	PkEstimateQuery question;
} PkWrongEstimate;

/* The divisor by which the planner splits rows among this number of workers. */
static double
parallel_divisor(int workers)
{
	double leader = parallel_leader_participation ? 1.0 - 0.3 * workers : 0;

	return workers + Max(leader, 0);
}

/* Does each of several processes return a part of the node's rows? */
static bool
is_shared(Plan *plan)
{
	check_stack_depth();
	if (plan == NULL || IsA(plan, Gather) || IsA(plan, GatherMerge))
		return false;
	if (plan->parallel_aware)
		return true;
	if (IsA(plan, Append))
		return is_shared(linitial(((Append *) plan)->appendplans));
	if (IsA(plan, SubqueryScan))
		return is_shared(((SubqueryScan *) plan)->subplan);
	return is_shared(outerPlan(plan));
}

/* Are the node's rows groups that several processes have formed separately? */
static bool
has_partial_groups(Plan *plan)
{
	while (plan != NULL)
	{
		switch (nodeTag(plan))
		{
			case T_Agg:
				return DO_AGGSPLIT_SKIPFINAL(((Agg *) plan)->aggsplit);
			case T_Append:
				plan = linitial(((Append *) plan)->appendplans);
				break;
			case T_MergeAppend:
				plan = linitial(((MergeAppend *) plan)->mergeplans);
				break;
			case T_Sort:
			case T_IncrementalSort:
			case T_Gather:
			case T_GatherMerge:
			case T_Material:
				plan = outerPlan(plan);
				break;
			default:
				return false;
		}
	}
	return false;
}

static bool
is_judged(Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_ModifyTable:
		case T_Hash:
		case T_BitmapIndexScan:
		case T_BitmapAnd:
		case T_BitmapOr:
			return false;
		default:
			return !has_partial_groups(plan);
	}
}

/* May the node stop reading this input before its end? */
static bool
may_stop(Plan *plan, Plan *input)
{
	switch (nodeTag(plan))
	{
		case T_Limit:
		case T_MergeJoin:
			return true;
		case T_NestLoop:
			return input == innerPlan(plan) &&
				   (((Join *) plan)->inner_unique || ((Join *) plan)->jointype == JOIN_SEMI ||
					((Join *) plan)->jointype == JOIN_ANTI);
		default:
			return false;
	}
}

/*
 * Was the node run to its end? The share of this process, or the node above, is representative of
 * the workers.
 */
static bool
is_finished(const PkPlanNode *node, const PkPlanNode *parent, const PkEstimate *above, bool gathered)
{
	PkCompletion end = pk_completion_of(node->state);

	if (!gathered)
		return end == PK_COMPLETION_REACHED;
	if (end == PK_COMPLETION_UNKNOWN)
		return above->finished && !may_stop(parent->plan, node->plan);
	return end == PK_COMPLETION_REACHED && above->finished;
}

static void
compare(const PkPlanNode *node, const PkPlanNode *parent, const PkEstimate *above, PkEstimate *estimate)
{
	PkCompatNodeWork work;
	Plan *plan = node->plan;

	memset(estimate, 0, sizeof(*estimate));
	estimate->q_error = 1;
	if (!pk_compat_node_work(node->state, &work))
		return;
	if (above != NULL && node->subplan == NULL)
	{
		estimate->workers = above->workers;
		estimate->gather_loops = above->gather_loops;
		estimate->workers_known = above->workers_known && !IsA(parent->plan, Append) && !IsA(parent->plan, Hash);
		if (IsA(parent->plan, Gather) || IsA(parent->plan, GatherMerge))
		{
			estimate->workers = IsA(parent->plan, Gather) ? ((Gather *) parent->plan)->num_workers
														  : ((GatherMerge *) parent->plan)->num_workers;
			estimate->gather_loops = above->loops;
			estimate->workers_known = true;
		}
	}
	estimate->loops = work.loops;
	estimate->finished = is_finished(node, parent, above, estimate->workers > 0);
	estimate->judged = work.loops > 0 && is_judged(plan);
	if (!estimate->judged)
		return;

	estimate->actual = work.rows / work.loops;
	estimate->expected = estimate->expected_least = plan->plan_rows;
	if (estimate->workers > 0 && is_shared(plan))
	{
		estimate->actual = work.rows / Max(estimate->gather_loops, 1);
		estimate->loops = Max(estimate->gather_loops, 1);
		estimate->expected = plan->plan_rows * parallel_divisor(estimate->workers);
		estimate->expected_least = estimate->workers_known ? estimate->expected : plan->plan_rows;
	}
	estimate->least = estimate->most = estimate->actual;
	if (!estimate->finished)
		estimate->most = HUGE_VAL;
	if (parent != NULL && IsA(parent->plan, MergeJoin) && plan == innerPlan(parent->plan) &&
		!((MergeJoin *) parent->plan)->skip_mark_restore)
		estimate->least = 0;

	if (estimate->expected_least > estimate->most)
		estimate->q_error = pk_q_error(estimate->expected_least, estimate->most);
	else if (estimate->expected < estimate->least)
		estimate->q_error = pk_q_error(estimate->expected, estimate->least);
}

/* Compare all nodes, and find out which have a wrong input. */
static PkEstimate *
compare_all(const PkPlanTree *tree, double max_q_error)
{
	PkEstimate *estimates = palloc(tree->count * sizeof(PkEstimate));

	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *parent = pk_plan_parent(tree, &tree->nodes[i]);

		compare(&tree->nodes[i], parent, parent ? &estimates[parent->node_id - 1] : NULL, &estimates[i]);
	}

	/*
	 * Upwards, since children follow their parents. A node that is not judged passes on the state
	 * of its inputs; a subplan passes up a value rather than rows.
	 */
	for (int i = tree->count - 1; i > 0; i--)
	{
		if (tree->nodes[i].subplan != NULL)
			continue;
		if (estimates[i].q_error > max_q_error || (!estimates[i].judged && estimates[i].wrong_input))
			estimates[tree->nodes[i].parent_id - 1].wrong_input = true;
	}

	/* A CTE is a subplan somewhere else. */
	for (int i = 0; i < tree->count; i++)
	{
		CteScan *scan = (CteScan *) tree->nodes[i].plan;

		if (!IsA(scan, CteScan))
			continue;
		for (int j = 0; j < tree->count; j++)
		{
			SubPlan *subplan = tree->nodes[j].subplan;

			if (subplan != NULL && subplan->plan_id == scan->ctePlanId && estimates[j].q_error > max_q_error)
				estimates[i].wrong_input = true;
		}
	}
	return estimates;
}

/* "1 row", "2.5 rows", "200 rows": with decimals where they matter. */
static char *
rows_text(double rows)
{
	return psprintf("%.*f row%s", rows < 10 && rows != rint(rows) ? 1 : 0, rows, rows == 1 ? "" : "s");
}

/* What to do if the statistics of a table are not the cause. */
static char *
other_hint(const PkPlanNode *node, const PkEstimate *estimate)
{
	Plan *plan = node->plan;

	if (IsA(plan, FunctionScan) && list_length(((FunctionScan *) plan)->functions) == 1 && plan->qual == NIL)
	{
		RangeTblFunction *function = linitial(((FunctionScan *) plan)->functions);
		Oid funcid = IsA(function->funcexpr, FuncExpr) ? ((FuncExpr *) function->funcexpr)->funcid : InvalidOid;

		/*
		 * ROWS is ignored for a function with a support function, and should not be changed for a
		 * built-in one.
		 */
		if (funcid >= FirstNormalObjectId && get_func_support(funcid) == InvalidOid && get_func_retset(funcid) &&
			estimate->finished)
			return psprintf("Run ALTER FUNCTION %s ROWS %.0f, and assert again.", format_procedure_qualified(funcid),
							Max(rint(estimate->actual), 1));
	}
	if (IsA(plan, NestLoop) || IsA(plan, HashJoin) || IsA(plan, MergeJoin))
		return pstrdup("Statistics cannot span tables. If one side is small, read it into a temporary table first and "
					   "ANALYZE that.");
	return NULL;
}

static void
describe(const PkPlanTree *tree, const PkPlanNode *node, const PkEstimate *estimate, int others,
		 PkWrongEstimate *finding)
{
	StringInfoData name;
	StringInfoData facts;
	PkDeparser deparser;
	double expected = estimate->actual > estimate->expected ? estimate->expected : estimate->expected_least;
	char *reason;

	initStringInfo(&name);
	initStringInfo(&facts);
	pk_shape_append_node(&name, tree, node);
	appendStringInfo(&facts, "The planner estimates %s; the node returns %s%s%s.", rows_text(expected),
					 rows_text(estimate->actual), estimate->finished ? "" : " or more",
					 estimate->loops > 1 ? ", on average over its executions" : "");
	pk_deparse_begin(&deparser, tree);
	reason = pk_deparse_reason(&deparser, node);
	if (reason != NULL)
		appendStringInfo(&facts, " %s.", reason);
	if (others > 0)
		appendStringInfo(&facts,
						 others > 1 ? " The estimates of %d other nodes exceed the limit too."
									: " The estimate of %d other node exceeds the limit too.",
						 others);
	finding->found = true;
	finding->q_error = estimate->q_error;
	finding->name = name.data;
	finding->facts = facts.data;
	finding->shape = pk_shape_of_plan(tree, 1);
	finding->hint = other_hint(node, estimate);
}

/* Of the nodes where an error starts, the one with the largest. */
static void
find_origin(PkCapture *capture, void *arg)
{
	PkWrongEstimate *finding = (PkWrongEstimate *) arg;
	PkPlanTree tree;
	PkEstimate *estimates;
	int origin = -1;
	int wrong = 0;

	pk_plan_walk(capture, &tree);
	estimates = compare_all(&tree, finding->max_q_error);
	for (int i = 0; i < tree.count; i++)
	{
		if (estimates[i].q_error <= finding->max_q_error)
			continue;
		wrong++;
		if (!estimates[i].wrong_input && (origin < 0 || estimates[i].q_error > estimates[origin].q_error))
			origin = i;
	}
	if (origin < 0)
		return;
	describe(&tree, &tree.nodes[origin], &estimates[origin], wrong - 1, finding);
	pk_estimate_query_take(&tree, &tree.nodes[origin], capture->desc->params, &finding->question);
}

typedef struct PkAdviceSearch
{
	const PkEstimateQuery *question;
	double max_q_error;
	PkStatisticsAdvice advice;
} PkAdviceSearch;

static void
find_advice(void *arg)
{
	PkAdviceSearch *search = (PkAdviceSearch *) arg;

	pk_statistics_advice_find(search->question, search->max_q_error, &search->advice);
}

static void
judge_estimates(const char *query, const PkCaptureOptions *options, double max_q_error, PkVerdict *verdict)
{
	PkWrongEstimate finding = {.max_q_error = max_q_error};
	PkAdviceSearch search = {.question = &finding.question, .max_q_error = max_q_error};
	PkStatisticsAdvice advice;
	ErrorData *error;

	memset(verdict, 0, sizeof(*verdict));
	pk_run(query, options, find_origin, &finding);
	verdict->pass = !finding.found;
	if (verdict->pass)
		return;

	/* Only now, since a copy of the table must not have the rows that the query wrote. */
	error = pk_undo_catching_lock_timeout(find_advice, &search);
	advice = search.advice;
	if (error != NULL)
		advice = (PkStatisticsAdvice){.facts = pk_reason_error_facts(error)};
	verdict->sqlstate = ERRCODE_ASSERT_FAILURE;
	verdict->message = psprintf("row estimate of %s is off by a factor of %.4g (limit %g)", finding.name,
								finding.q_error, max_q_error);
	verdict->facts = advice.facts ? psprintf("%s %s", finding.facts, advice.facts) : finding.facts;
	verdict->shape = finding.shape;
	if (advice.statement != NULL)
		verdict->hint = psprintf("Run %s, and assert again.", advice.statement);
	else if (finding.hint != NULL)
		verdict->hint = finding.hint;
	else if (finding.question.params != NULL)
		verdict->hint =
			pstrdup("Set plan_cache_mode to force_custom_plan to have prepared statements planned for their values.");
}

/* perfkit_assert_estimates(query text, max_q_error float8, parameters text[]) -> void */
Datum
perfkit_assert_estimates(PG_FUNCTION_ARGS)
{
	char *query = pk_arg_query(fcinfo, 0);
	PkCaptureOptions options = {.instrument = INSTRUMENT_ROWS, .watch_completion = true, .generic = true};
	static const char *const hint = "Pass 10 to allow estimates that are ten times too high or too low.";
	PkVerdict verdict;
	double max_q_error;

	max_q_error = pk_arg_float8(fcinfo, 1, "max_q_error", hint);
	if (isnan(max_q_error) || isinf(max_q_error) || max_q_error < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"max_q_error\" must be a finite number of at least 1"),
						errdetail("It is %g.", max_q_error), errhint("%s", hint)));
	options.parameters = pk_arg_array(fcinfo, 2);

	judge_estimates(query, &options, max_q_error, &verdict);
	pk_assert_raise(&verdict);
	PG_RETURN_VOID();
}
