/*
 * replan.c
 *	  Plan a failed query again under other assumptions or with other choices.
 *
 * What the planner would do is left to the planner: costs, selectivities and operator classes are
 * not computed again here. Each question takes one more plan.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "common/catalog.h"
#include "advice/replan.h"
#include "advice/indexes.h"
#include "plan/table_state.h"

#define SIZES_PER_DECADE 4
#define LARGEST_DECADE 3
#define PRECISION 1.02 /* ratio of two sizes that are close enough */

/* Plans that the search for a size takes at most: the grid, and 5 halvings of a step. */
#define SEARCH_PLANS (SIZES_PER_DECADE * LARGEST_DECADE + 5)

/*
 * All plans of a diagnosis together, in units of pk_whatif_effort(), about 0.25 s; and the number
 * of plans that is not too many for any query.
 */
#define MAX_EFFORT 42000
#define FEW_PLANS 3

void
pk_replan_limit(PkFailure *failure)
{
	failure->effort_once = failure->tree->effort;
	failure->effort_end = pk_whatif_effort() + Max(MAX_EFFORT, FEW_PLANS * failure->effort_once);
}

bool
pk_replan_affordable(const PkFailure *failure, int plans)
{
	return failure->effort_end == 0 || pk_whatif_effort() + plans * failure->effort_once <= failure->effort_end;
}

void
pk_replan_size_told(const PkFailure *failure, BlockNumber *pages, double *rows)
{
	double factor = failure->options->what_if.size_factor;

	pk_table_state_size(failure->scan->relid, pages, rows);
	if (factor == 0 || *pages == 0)
		return;
	factor = Min(factor, (double) MaxBlockNumber / *pages);
	*pages = (BlockNumber) Max(rint(*pages * factor), 1);
	if (*rows > 0)
		*rows = Max(rint(*rows * factor), 1);
}

/*
 * Is the index read only for its order, as min() and max() do? Their condition that the argument is
 * not null is the planner's, and none of the scan's.
 */
static bool
reads_for_order(const PkPlanNode *node, const PkPlanNode *scan)
{
	ListCell *cell;

	foreach (cell, pk_indexes_conditions(node))
	{
		if (!IsA(lfirst(cell), NullTest) || ((NullTest *) lfirst(cell))->nulltesttype != IS_NOT_NULL)
			return false;
	}
	foreach (cell, scan->plan->qual)
	{
		if (IsA(lfirst(cell), NullTest))
			return false;
	}
	return pk_indexes_conditions(node) != NIL;
}

/* See how "tree" reads the table that the failed plan reads by its scan, or its first node. */
static void
study(const PkFailure *failure, const PkPlanTree *tree, List *expected, PkReplan *alternative)
{
	const PkPlanNode *scan = failure->scan ? failure->scan : failure->tree->nodes;
	bool read_whole = false;

	memset(alternative, 0, sizeof(*alternative));
	alternative->comparable = true;
	alternative->total_cost = tree->root->plan->total_cost;

	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];

		if (IsA(node->plan, SeqScan))
		{
			alternative->comparable = false; /* up to 17, its cost includes 1e10 */
			read_whole |= pk_plan_same_scan(failure->tree, scan, tree, node);
		}
		else if (OidIsValid(node->indexid) && pk_plan_same_scan(failure->tree, scan, tree, node))
		{
			/* Without a condition, the index is used for its order and need not narrow the scan. */
			bool whole =
				scan->plan->qual != NIL && (!pk_indexes_narrowing(node) || reads_for_order(node, scan));

			alternative->whole |= whole;
			read_whole |= whole && !list_member_oid(expected, node->indexid);
			alternative->index_oids = list_append_unique_oid(alternative->index_oids, node->indexid);
		}
	}
	alternative->serves = !read_whole && alternative->index_oids != NIL &&
						  (expected == NIL || pk_indexes_used(tree, expected));
}

PkCaptureOptions
pk_replan_index_options(const PkFailure *failure)
{
	PkCaptureOptions options = *failure->options;

	options.disable_seqscan = true;
	options.enable_indexes = true;
	return options;
}

void
pk_replan_with_indexes(const PkFailure *failure, List *only, PkReplan *alternative)
{
	PkCaptureOptions options = pk_replan_index_options(failure);
	PkCapture capture;
	PkPlanTree tree;

	if (failure->by_indexes != NULL && only == NIL && failure->scan != NULL)
	{
		study(failure, failure->by_indexes, only, alternative);
		return;
	}
	options.what_if.only_indexes = only;
	pk_capture_begin(&capture, failure->query, &options);
	pk_plan_walk(&capture, &tree);
	study(failure, &tree, only, alternative);
	if (failure->scan == NULL)
		alternative->serves = pk_indexes_used(&tree, only);
	pk_capture_end(&capture);
}

void
pk_replan_widened(const PkFailure *failure, List *only, List *partial, PkReplan *alternative)
{
	PkCaptureOptions options = *failure->options;
	PkCapture capture;
	PkPlanTree tree;
	bool by_condition = false;

	options.disable_seqscan = true;
	options.enable_indexes = true;
	options.what_if.only_indexes = only;
	options.what_if.all_rows = partial;
	pk_capture_begin(&capture, failure->query, &options);
	pk_plan_walk(&capture, &tree);
	study(failure, &tree, NIL, alternative);
	alternative->index_oids = NIL;
	for (int i = 0; i < tree.count; i++)
	{
		const PkPlanNode *node = &tree.nodes[i];

		if (!OidIsValid(node->indexid) || !list_member_oid(partial, node->indexid))
			continue;
		by_condition |= pk_indexes_conditions(node) != NIL;
		alternative->index_oids = list_append_unique_oid(alternative->index_oids, node->indexid);
	}
	/* Without its predicate it narrows the scan by conditions alone. */
	alternative->serves = by_condition && (alternative->serves || failure->scan == NULL);
	pk_capture_end(&capture);
}

void
pk_replan_implied(const PkFailure *failure, List *only, List *partial, PkReplan *alternative)
{
	PkCaptureOptions options = *failure->options;
	PkCapture capture;
	PkPlanTree tree;

	options.what_if.only_indexes = only;
	options.what_if.implied = partial;
	pk_capture_begin(&capture, failure->query, &options);
	pk_plan_walk(&capture, &tree);
	memset(alternative, 0, sizeof(*alternative));
	for (int i = 0; i < tree.count; i++)
	{
		if (OidIsValid(tree.nodes[i].indexid) && list_member_oid(partial, tree.nodes[i].indexid))
			alternative->index_oids = list_append_unique_oid(alternative->index_oids, tree.nodes[i].indexid);
	}
	alternative->serves = alternative->index_oids != NIL;
	pk_capture_end(&capture);
}

/*
 * Would the assertion pass with this plan, as far as the offending scan and the expected indexes
 * go?
 */
static bool
passes(const PkFailure *failure, const PkCaptureOptions *options, List *expected)
{
	PkCapture capture;
	PkPlanTree tree;
	bool pass = true;

	CHECK_FOR_INTERRUPTS();
	pk_capture_begin(&capture, failure->query, options);
	pk_plan_walk(&capture, &tree);
	for (int i = 0; i < tree.count; i++)
	{
		if (IsA(tree.nodes[i].plan, SeqScan) && pk_plan_same_scan(failure->tree, failure->scan, &tree, &tree.nodes[i]))
			pass = false;
	}
	pass = pass && (expected == NIL || pk_indexes_used(&tree, expected));
	pk_capture_end(&capture);
	return pass;
}

bool
pk_replan_by_settings(const PkFailure *failure, List *expected)
{
	PkCaptureOptions options = *failure->options;

	options.enable_indexes = true;
	return passes(failure, &options, expected);
}

/* Until the GUC nest level ends; after an error, the abort of the transaction restores them. */
static void
turn_on(List *settings)
{
	ListCell *cell;

	foreach (cell, settings)
	{
		char *name = pstrdup((const char *) lfirst(cell));
		char *value = strchr(name, '=');

		if (value != NULL)
			*value++ = '\0';
		(void) set_config_option(name, value != NULL ? value : "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
								 false);
	}
}

double
pk_replan_cost_with(const PkFailure *failure, List *settings)
{
	int nest_level = NewGUCNestLevel();
	PkCapture capture;
	double cost;

	CHECK_FOR_INTERRUPTS();
	turn_on(settings);
	pk_capture_begin(&capture, failure->query, failure->options);
	cost = capture.stmt->planTree->total_cost;
	pk_capture_end(&capture);
	AtEOXact_GUC(true, nest_level);
	return cost;
}

bool
pk_replan_with(const PkFailure *failure, List *settings)
{
	int nest_level = NewGUCNestLevel();
	bool pass;

	turn_on(settings);
	pass = passes(failure, failure->options, failure->expected);
	AtEOXact_GUC(true, nest_level);
	return pass;
}

bool
pk_replan_at_random_page_cost(const PkFailure *failure, List *expected, double cost)
{
	int nest_level = NewGUCNestLevel();
	bool pass;

	/* After an error, the abort of the transaction restores the setting. */
	(void) set_config_option("random_page_cost", psprintf("%g", cost), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
							 0, false);
	pass = passes(failure, failure->options, expected);
	AtEOXact_GUC(true, nest_level);
	return pass;
}

bool
pk_replan_told(const PkFailure *failure, const PkRowsTold *told)
{
	PkCaptureOptions options = *failure->options;

	options.what_if.rows_told = list_make1((void *) told);
	return passes(failure, &options, failure->expected);
}

PkBreakEven
pk_replan_break_even(const PkFailure *failure, List *expected, double *factor)
{
	PkCaptureOptions options = *failure->options;
	double base = options.what_if.size_factor == 0 ? 1 : options.what_if.size_factor;
	double low = 1;
	double high = 1;
	bool found = false;

	if (!pk_replan_affordable(failure, 1))
		return PK_BREAK_EVEN_UNTRIED;
	if (!pk_replan_affordable(failure, SEARCH_PLANS))
	{
		options.what_if.size_factor = base * pow(10, LARGEST_DECADE);
		return passes(failure, &options, expected) ? PK_BREAK_EVEN_LARGER : PK_BREAK_EVEN_NONE;
	}
	for (int step = 1; step <= SIZES_PER_DECADE * LARGEST_DECADE && !found; step++)
	{
		low = high;
		high = pow(10, (double) step / SIZES_PER_DECADE);
		options.what_if.size_factor = base * high;
		found = passes(failure, &options, expected);
	}
	while (found && high / low > PRECISION)
	{
		double middle = sqrt(low * high);

		options.what_if.size_factor = base * middle;
		if (passes(failure, &options, expected))
			high = middle;
		else
			low = middle;
	}
	*factor = high;
	return found ? PK_BREAK_EVEN_FOUND : PK_BREAK_EVEN_NONE;
}
