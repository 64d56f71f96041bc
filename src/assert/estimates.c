/*
 * estimates.c
 *	  perfkit_assert_estimates(): rows that the planner expects of each node, against those there are.
 *
 * The measure is the q-error, max(expected / actual, actual / expected), both at least 1: Moerkotte, Neumann and Steidl, "Preventing
 * Bad Plans by Bounding the Impact of Cardinality Estimation Errors", PVLDB 2 (2009). It is the one that bounds how
 * much worse than the best a plan can be.
 *
 * Not every difference is an error. Of a node that was stopped early one knows the fewest rows it has, and of the inner side of a merge
 * join, which reads rows again, the most: such a node is wrong only beyond that. In a parallel plan a node's estimate is for one process,
 * so totals are compared. Nodes that pass no rows on (Hash, bitmaps, writes), and groups that processes have not yet
 * combined, are not judged.
 *
 * An error moves up the plan and grows. To be mended it has to be found where it starts: at a node that is wrong though its inputs are right.
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
#include "assert/assert.h"
#include "plan/deparse.h"
#include "plan/completion.h"
#include "advice/statistics_advice.h"
#include "plan/run.h"
#include "plan/shape.h"

PG_FUNCTION_INFO_V1(perfkit_assert_estimates);

/* What is known of one node. */
typedef struct PkEstimate
{
	double loops;
	double actual;		   /* rows of one loop, on average; of all processes if it shares the work with others */
	double least;		   /* bounds of what it would have returned, run to its end */
	double most;		   /* HUGE_VAL: none */
	double expected;	   /* to be compared with these */
	double expected_least; /* where it is not known how many processes it was made for */
	double q_error;		   /* 1 for a node that is not judged */
	bool judged;
	bool finished; /* run to its end in every loop */
	bool wrong_input;
	int workers;		 /* planned for the Gather above; 0 without one */
	double gather_loops; /* of that one */
	bool workers_known;	 /* the node was made for as many */
} PkEstimate;

/* The outcome, in the memory of the caller. */
typedef struct PkWrongEstimate
{
	double max_q_error;
	bool found;
	double q_error;
	char *name;
	char *facts;
	char *shape;
	char *hint; /* where it is not about a table */
	PkEstimateQuery question;
} PkWrongEstimate;

/* By how much the planner divides the rows of a node that so many workers share. */
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

/* Are the node's rows groups that several processes have each made for themselves? */
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

/* Was the node run to its end? For workers' shares of it this process's own has to stand, or what is above. */
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

/* Compare all nodes, and see which have an input that is wrong. */
static PkEstimate *
compare_all(const PkPlanTree *tree, double max_q_error)
{
	PkEstimate *estimates = palloc(tree->count * sizeof(PkEstimate));

	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *parent = pk_plan_parent(tree, &tree->nodes[i]);

		compare(&tree->nodes[i], parent, parent ? &estimates[parent->node_id - 1] : NULL, &estimates[i]);
	}

	/* Upwards: children come after their parents. What is not judged hands on its own inputs; what it tells as a subplan is a value. */
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

/* "1 row", "2.5 rows", "200 rows": decimals where they say something. */
static char *
rows_text(double rows)
{
	return psprintf("%.*f row%s", rows < 10 && rows != rint(rows) ? 1 : 0, rows, rows == 1 ? "" : "s");
}

/* What to do where no statistics of a table are concerned. */
static char *
other_hint(const PkPlanNode *node, const PkEstimate *estimate)
{
	Plan *plan = node->plan;

	if (IsA(plan, FunctionScan) && list_length(((FunctionScan *) plan)->functions) == 1 && plan->qual == NIL)
	{
		RangeTblFunction *function = linitial(((FunctionScan *) plan)->functions);
		Oid funcid = IsA(function->funcexpr, FuncExpr) ? ((FuncExpr *) function->funcexpr)->funcid : InvalidOid;

		/* A function that plans for itself, or is the server's own, takes no such advice. */
		if (funcid >= FirstNormalObjectId && get_func_support(funcid) == InvalidOid && get_func_retset(funcid) &&
			estimate->finished)
			return psprintf("Run ALTER FUNCTION %s ROWS %.0f, and assert again.", format_procedure_qualified(funcid),
							Max(rint(estimate->actual), 1));
	}
	if (IsA(plan, NestLoop) || IsA(plan, HashJoin) || IsA(plan, MergeJoin))
		return pstrdup("No statistics span tables. Where one side is small, read it first into a temporary table, and ANALYZE that.");
	return NULL;
}

static void
describe(const PkPlanTree *tree, const PkPlanNode *node, const PkEstimate *estimate, int others, PkWrongEstimate *finding)
{
	StringInfoData name;
	StringInfoData facts;
	PkDeparser deparser;
	double expected = estimate->actual > estimate->expected ? estimate->expected : estimate->expected_least;
	char *reason;

	initStringInfo(&name);
	initStringInfo(&facts);
	pk_shape_append_node(&name, tree, node);
	appendStringInfo(&facts, "The planner expects %s, and gets %s%s%s.",
					 rows_text(expected), rows_text(estimate->actual),
					 estimate->finished ? "" : " or more", estimate->loops > 1 ? ", on average over its executions" : "");
	pk_deparse_begin(&deparser, tree);
	reason = pk_deparse_reason(&deparser, node);
	if (reason != NULL)
		appendStringInfo(&facts, " %s.", reason);
	if (others > 0)
		appendStringInfo(&facts, " Estimates of %d other node%s are off by more than allowed, too.", others, others > 1 ? "s" : "");
	finding->found = true;
	finding->q_error = estimate->q_error;
	finding->name = name.data;
	finding->facts = facts.data;
	finding->shape = pk_shape_of_plan(tree, 1);
	finding->hint = other_hint(node, estimate);
}

/* Of the nodes where an error starts, the one that is most wrong. */
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

static void
judge_estimates(const char *query, const PkCaptureOptions *options, double max_q_error, PkVerdict *verdict)
{
	PkWrongEstimate finding = {.max_q_error = max_q_error};
	PkStatisticsAdvice remedy;

	memset(verdict, 0, sizeof(*verdict));
	pk_run(query, options, find_origin, &finding);
	verdict->pass = !finding.found;
	if (verdict->pass)
		return;

	/* Only now: what the query wrote is taken back, and a copy of the table is one of what it read. */
	pk_statistics_advice_find(&finding.question, max_q_error, &remedy);
	verdict->sqlstate = ERRCODE_ASSERT_FAILURE;
	verdict->message = psprintf("row estimate of %s is off by a factor of %.4g, and may be by %g", finding.name, finding.q_error, max_q_error);
	verdict->facts = remedy.facts ? psprintf("%s %s", finding.facts, remedy.facts) : finding.facts;
	verdict->shape = finding.shape;
	if (remedy.statement != NULL)
		verdict->hint = psprintf("Run %s, and assert again.", remedy.statement);
	else if (finding.hint != NULL)
		verdict->hint = finding.hint;
	else if (finding.question.params != NULL)
		verdict->hint = pstrdup("A prepared statement is planned for its values once plan_cache_mode is set to force_custom_plan.");
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
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"max_q_error\" must be a finite number of at least 1"),
						errdetail("It is %g.", max_q_error), errhint("%s", hint)));
	options.parameters = pk_arg_array(fcinfo, 2);

	judge_estimates(query, &options, max_q_error, &verdict);
	pk_assert_raise(&verdict);
	PG_RETURN_VOID();
}
