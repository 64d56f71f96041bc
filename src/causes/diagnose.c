/*
 * diagnose.c
 *	  Everything that is found about a plan.
 *
 * Findings about one node belong together, and the first of them is the one to be remedied; so
 * nodes are sorted by what they cost rather than findings by what they would save, which often is
 * not known.
 */
#include "postgres.h"

#include "catalog/partition.h"
#include "miscadmin.h"
#include "utils/float.h"
#include "utils/lsyscache.h"

#include "advice/indexes.h"
#include "common/catalog.h"
#include "causes/diagnose.h"
#include "causes/estimates.h"
#include "causes/fence.h"
#include "causes/order.h"
#include "causes/proof.h"
#include "causes/pruning.h"
#include "causes/scan.h"
#include "causes/settings.h"
#include "causes/work.h"
#include "plan/table_state.h"

/* Partitions of one table that are looked into. */
#define MAX_PARTITIONS 4

/* Samples of tables that are taken to try remedies. */
#define MAX_SAMPLES 8

/* Plans that are made for other numbers of rows. */
#define MAX_TOLD 12

/* The findings about one node. */
typedef struct PkGroup
{
	double cost;
	int number; /* of the group, in the order in which they were found */
	List *findings;
	Index root;				/* range table entry of the partitioned table whose partition is read; or 0 */
	const PkPlanNode *scan; /* the sequential scan that they are about; or NULL */
} PkGroup;

static int
compare_groups(const ListCell *a, const ListCell *b)
{
	const PkGroup *group_a = (PkGroup *) lfirst(a);
	const PkGroup *group_b = (PkGroup *) lfirst(b);

	if (group_a->cost != group_b->cost)
		return group_a->cost > group_b->cost ? -1 : 1;
	return group_a->number - group_b->number;
}

static List *
add_group(List *groups, double cost, List *findings)
{
	PkGroup *group;

	if (findings == NIL)
		return groups;
	group = palloc0(sizeof(PkGroup));
	group->cost = cost;
	group->number = groups != NIL ? ((PkGroup *) llast(groups))->number + 1 : 0;
	group->findings = findings;
	return lappend(groups, group);
}

/*
 * The partitioned table that a scan reads a partition of, as its entry in the range table; 0 if it
 * is none. A query that names the table twice has two of them.
 */
static Index
root_of(const PkPlanTree *tree, const PkPlanNode *node)
{
	Index root = node->rti;
	Index child = 0;
	ListCell *cell;

	if (!get_rel_relispartition(node->relid))
		return 0;
	while (child != root)
	{
		child = root;
		foreach (cell, tree->stmt->appendRelations)
		{
			AppendRelInfo *info = (AppendRelInfo *) lfirst(cell);

			/* The parent of an arm of UNION ALL is no relation. */
			if (info->child_relid == child && OidIsValid(info->parent_reloid))
				root = info->parent_relid;
		}
	}
	return root;
}

/* The same for a scan; what was found of another partition of the same table is not repeated. */
static List *
add_partition_group(List *groups, const PkPlanTree *tree, const PkPlanNode *node, List *findings, double cost)
{
	Index root = root_of(tree, node);
	ListCell *cell;

	if (findings == NIL)
		return groups;
	foreach (cell, groups)
	{
		PkGroup *group = (PkGroup *) lfirst(cell);

		if (root == 0 || group->root != root ||
			((PkFinding *) linitial(group->findings))->cause != ((PkFinding *) linitial(findings))->cause)
			continue;
		group->cost += cost;
		return groups;
	}
	groups = add_group(groups, cost, findings);
	((PkGroup *) llast(groups))->root = root;
	((PkGroup *) llast(groups))->scan = IsA(node->plan, SeqScan) ? node : NULL;
	return groups;
}

/* Of the partitions of one table, a few tell what there is to tell. */
static bool
is_new_partition(List **partitions, const PkPlanTree *tree, const PkPlanNode *node)
{
	int count = 0;
	Index root = root_of(tree, node);
	ListCell *cell;

	if (root == 0)
		return true;
	foreach (cell, *partitions)
	{
		count += lfirst_int(cell) == root;
	}
	*partitions = lappend_int(*partitions, root);
	return count < MAX_PARTITIONS;
}

/* Does the table of the scan have that many rows at the size in question? */
static bool
is_large(const PkFailure *failure, const PkPlanNode *scan, double min_rows)
{
	BlockNumber pages;
	double rows;

	if (min_rows <= 0)
		return true;
	pk_table_state_size(scan->relid, &pages, &rows);
	return pk_whatif_scaled(&failure->options->what_if, rows) >= min_rows;
}

/* What a node costs, with the triggers that a finding is about, which fire for each row. */
static double
cost_of(const PkPlanNode *node, List *findings)
{
	double cost = node->plan->total_cost;

	if (IsA(node->plan, ModifyTable) && findings != NIL && outerPlan(node->plan) != NULL)
		cost += ((PkFinding *) linitial(findings))->cost * outerPlan(node->plan)->plan_rows;
	return cost;
}

/* The cost of all that is done before a condition which has to wait above these rows. */
static double
cost_up_to_fence(const PkPlanTree *tree, const PkPlanNode *node)
{
	const PkPlanNode *above = pk_plan_parent(tree, node);

	while (above != NULL && outerPlan(above->plan) == node->plan && innerPlan(above->plan) == NULL)
	{
		node = above;
		above = pk_plan_parent(tree, node);
	}
	if (above != NULL && IsA(above->plan, SubqueryScan))
		node = above;
	return node->plan->total_cost;
}

/* An index scan without a condition reads all rows, too, for their order. */
static List *
findings_above(const PkFailure *failure, const PkPlanNode *node)
{
	PkInquiry inquiry;
	PkFinding *fence;

	if (pk_fence_ends_early(failure->tree, node))
		return NIL;
	pk_inquiry_begin(&inquiry, failure, node);
	fence = pk_fence_find(&inquiry, node);
	if (fence == NULL)
		return NIL;
	fence->node_id = node->node_id;
	return list_make1(fence);
}

/* Does the group only say that the plan is right? */
static bool
is_right(const PkGroup *group)
{
	PkCause cause = ((PkFinding *) linitial(group->findings))->cause;

	return cause == PK_CAUSE_SMALL_TABLE || cause == PK_CAUSE_WHOLE_TABLE;
}

/* Does the group depend on how many rows the planner expects? */
static bool
is_estimated(const PkGroup *group)
{
	const PkFinding *first = (PkFinding *) linitial(group->findings);

	switch (first->cause)
	{
		case PK_CAUSE_SMALL_TABLE:
		case PK_CAUSE_LARGE_SHARE:
		case PK_CAUSE_WHOLE_TABLE:
		case PK_CAUSE_COST_SETTINGS:
		case PK_CAUSE_UNKNOWN:
			return true;
		case PK_CAUSE_NO_INDEX:
		case PK_CAUSE_OR_ARM:
			return first->proof != PK_PROOF_NONE && !first->chosen;
		default:
			return false;
	}
}

/*
 * Settings that are off come in place of the scans that they explain: first, unless something else
 * is wrong whatever the settings.
 */
static List *
add_settings(const PkFailure *failure, List *groups)
{
	List *off;
	PkFinding *finding = pk_settings_find(failure, &off);
	bool alone = true;
	ListCell *cell;

	if (finding == NULL)
		return groups;
	foreach (cell, groups)
	{
		PkGroup *group = (PkGroup *) lfirst(cell);
		PkFailure about = *failure;

		about.scan = group->scan;
		if (group->scan != NULL && is_estimated(group) && pk_replan_with(&about, off))
			groups = foreach_delete_current(groups, cell);
		else
			alone &= is_estimated(group);
	}
	return add_group(groups, alone ? get_float8_infinity() : 0, list_make1(finding));
}

/* Would the group's scan be none with the right number of rows? */
static bool
explains(const PkFailure *failure, const PkDoubt *doubt, const PkRowsTold *told, const PkGroup *group, int *plans)
{
	PkFailure about = *failure;

	if (group->scan == NULL || group->scan == doubt->node || !is_estimated(group))
		return false;
	about.scan = group->scan;
	return --*plans >= 0 && pk_replan_affordable(failure, 1) && pk_replan_told(&about, told);
}

/* The largest number of rows of the function with which the scan would be none. */
static void
find_largest(const PkFailure *failure, const PkDoubt *doubt, const PkGroup *group, int *plans)
{
	PkRowsTold told = *doubt->told;

	for (double rows = 10; rows * 2 <= doubt->finding->rows_estimated; rows *= 10)
	{
		told.rows = rows;
		if (!explains(failure, doubt, &told, group, plans))
			break;
		doubt->finding->rows_found = rows;
	}
	if (doubt->finding->remedy_sql != NULL)
		doubt->finding->remedy_sql = psprintf("%s%.0f", doubt->finding->remedy_sql, doubt->finding->rows_found);
}

/* The first group that is about the table; NULL if there is none. */
static PkGroup *
group_about(List *groups, Oid relid)
{
	ListCell *cell;

	foreach (cell, groups)
	{
		PkGroup *group = (PkGroup *) lfirst(cell);

		if (OidIsValid(relid) && ((PkFinding *) linitial(group->findings))->relid == relid)
			return group;
	}
	return NULL;
}

/*
 * The groups with the doubt in place of those that it explains. A wrong estimate that explains none
 * is told as well, before what depends on it, but not beside what holds whatever the numbers are.
 */
static List *
add_doubt(const PkFailure *failure, List *groups, const PkDoubt *doubt, int *plans)
{
	PkFinding *finding = doubt->finding;
	bool blamed = false;
	PkGroup *own = group_about(groups, finding->relid);
	ListCell *cell;

	foreach (cell, groups)
	{
		PkGroup *group = (PkGroup *) lfirst(cell);

		if (doubt->told == NULL || !explains(failure, doubt, doubt->told, group, plans))
			continue;
		if (finding->cause == PK_CAUSE_FUNCTION_ROWS && !blamed)
			find_largest(failure, doubt, group, plans);
		if (finding->victim == NULL)
			finding->victim = pk_relation_name(group->scan->relid);
		if (blamed)
			groups = foreach_delete_current(groups, cell);
		else
			group->findings = list_make1(finding);
		blamed = true;
	}
	if (blamed || !doubt->certain)
		return groups;
	if (own == NULL)
		return add_group(groups, doubt->node->plan->total_cost, list_make1(finding));
	if (is_estimated(own))
		own->findings = list_make1(finding);
	else
		switch (((PkFinding *) linitial(own->findings))->cause)
		{
			case PK_CAUSE_NO_INDEX:
			case PK_CAUSE_OR_ARM:
			case PK_CAUSE_MIN_MAX:
				/* Without statistics, an index is advised by numbers that are none. */
				if (finding->cause == PK_CAUSE_STATISTICS_MISSING && !doubt->few)
					own->findings = list_make1(finding);
				else if (finding->cause == PK_CAUSE_STATISTICS_MISSING)
					own->findings = lappend(own->findings, finding);
				else
					own->findings = lcons(finding, own->findings);
				break;
			case PK_CAUSE_HEAP_FETCHES:
			case PK_CAUSE_DISTINCT:
				own->findings = lcons(finding, own->findings);
				break;
			default:
				break;
		}
	return groups;
}

/* Beside what can be remedied, what is right as it is only distracts. */
static List *
without_superfluous(List *groups)
{
	bool wrong = false;
	ListCell *cell;

	foreach (cell, groups)
	{
		PkCause cause = ((PkFinding *) linitial(((PkGroup *) lfirst(cell))->findings))->cause;

		wrong |= !is_right(lfirst(cell)) && cause != PK_CAUSE_LARGE_SHARE && cause != PK_CAUSE_UNKNOWN;
	}
	foreach (cell, groups)
	{
		if (wrong && is_right(lfirst(cell)))
			groups = foreach_delete_current(groups, cell);
	}
	return groups;
}

/* Are the partitions that remain what the query wants, as a whole? */
static bool
is_pruned(const PkFailure *failure)
{
	PkInquiry inquiry;

	pk_inquiry_begin(&inquiry, failure, failure->scan);
	return pk_pruning_done(&inquiry, failure->scan);
}

static bool
is_below(const PkPlanTree *tree, int node_id, int ancestor_id)
{
	do
		node_id = tree->nodes[node_id - 1].parent_id;
	while (node_id != 0 && node_id != ancestor_id);
	return node_id != 0;
}

/* Is it about a subquery of NOT IN, which is planned otherwise once that is remedied? */
static bool
is_below_not_in(const PkPlanTree *tree, List *groups, const PkGroup *group)
{
	int node_id = ((PkFinding *) linitial(group->findings))->node_id;
	ListCell *cell;

	foreach (cell, groups)
	{
		const PkFinding *other = (PkFinding *) linitial(((PkGroup *) lfirst(cell))->findings);

		if (other->cause == PK_CAUSE_NOT_IN && node_id != 0 && is_below(tree, node_id, other->node_id))
			return true;
	}
	return false;
}

/* Is it the same condition above several tables, of which one tells enough? */
static bool
is_same(const PkFinding *finding, const PkFinding *other)
{
	if (finding->cause != other->cause)
		return false;
	if (finding->cause == PK_CAUSE_OR_TWO_TABLES)
		return strcmp(finding->condition, other->condition) == 0;
	return finding->cause == PK_CAUSE_SORT_TABLES && strcmp(finding->columns, other->columns) == 0;
}

/*
 * All findings in the order of the groups, without those that only distract from earlier ones: that
 * much of another table is wanted, too, and repetitions.
 */
static List *
join_groups(const PkPlanTree *tree, List *groups)
{
	List *findings = NIL;
	bool wrong = false;
	ListCell *group;
	ListCell *cell;
	ListCell *earlier;

	foreach (group, groups)
	{
		if (is_below_not_in(tree, groups, lfirst(group)))
			continue;
		foreach (cell, ((PkGroup *) lfirst(group))->findings)
		{
			PkFinding *finding = (PkFinding *) lfirst(cell);
			bool drop = wrong && finding->cause == PK_CAUSE_LARGE_SHARE;

			foreach (earlier, findings)
			{
				drop |= is_same(finding, lfirst(earlier));
			}
			if (!drop)
				findings = lappend(findings, finding);
			wrong |= !is_right(lfirst(group)) && finding->cause != PK_CAUSE_LARGE_SHARE;
		}
	}
	return findings;
}

static int
compare_nodes(const ListCell *a, const ListCell *b)
{
	const PkPlanNode *node_a = (const PkPlanNode *) lfirst(a);
	const PkPlanNode *node_b = (const PkPlanNode *) lfirst(b);

	if (node_a->plan->total_cost != node_b->plan->total_cost)
		return node_a->plan->total_cost > node_b->plan->total_cost ? -1 : 1;
	return node_a->node_id - node_b->node_id;
}

/* The nodes of the plan. What is tried is limited, and is to be spent where it matters. */
static List *
costliest_first(const PkPlanTree *tree)
{
	List *nodes = NIL;

	for (int i = 0; i < tree->count; i++)
		nodes = lappend(nodes, &tree->nodes[i]);
	list_sort(nodes, compare_nodes);
	return nodes;
}

static List *
diagnose(const PkFailure *failure, double min_rows)
{
	const PkPlanTree *tree = failure->tree;
	List *groups = NIL;
	List *partitions = NIL;
	bool scans = false;
	int samples = MAX_SAMPLES;
	int plans = MAX_TOLD;
	ListCell *cell;

	foreach (cell, costliest_first(tree))
	{
		const PkPlanNode *node = (const PkPlanNode *) lfirst(cell);
		PkFailure about = *failure;

		CHECK_FOR_INTERRUPTS();
		about.samples = &samples;
		/* The triggers of a small table may scan large ones. */
		if (!IsA(node->plan, SeqScan) &&
			(!OidIsValid(node->relid) || IsA(node->plan, ModifyTable) || is_large(failure, node, min_rows)))
		{
			List *work;

			if (OidIsValid(node->indexid) && OidIsValid(node->relid) && !IsA(node->plan, BitmapIndexScan) &&
				!is_new_partition(&partitions, tree, node))
				continue;
			about.scan = node;
			work = pk_work_find(&about, min_rows);
			pk_proof_of_rewrites(&about, work);
			groups = add_partition_group(groups, tree, node, work, cost_of(node, work));
		}
		if (IsA(node->plan, Sort))
			groups = add_group(groups, node->plan->total_cost, pk_order_of_sort(&about, node));
		if (!IsA(node->plan, SeqScan) && OidIsValid(node->relid) && pk_candidate_conditions(node) == NIL &&
			is_large(failure, node, min_rows))
			groups = add_group(groups, cost_up_to_fence(tree, node), findings_above(failure, node));
		if (!IsA(node->plan, SeqScan) || !is_large(failure, node, min_rows))
			continue;
		scans = true;
		if (!is_new_partition(&partitions, tree, node))
			continue;
		about.scan = node;
		if (is_pruned(&about))
			continue;
		groups = add_partition_group(groups, tree, node, pk_scan_findings(&about), node->plan->total_cost);
	}
	if (!scans && failure->expected != NIL && !pk_indexes_used(tree, failure->expected))
		groups = add_group(groups, tree->root->plan->total_cost, pk_scan_findings(failure));

	groups = add_settings(failure, groups);
	foreach (cell, pk_estimates_doubts(failure))
	{
		groups = add_doubt(failure, groups, lfirst(cell), &plans);
	}
	groups = without_superfluous(groups);
	list_sort(groups, compare_groups);
	return join_groups(tree, groups);
}

/* Is there more than one table to be planned for without sequential scans? */
static bool
has_scans(const PkPlanTree *tree)
{
	int count = 0;

	for (int i = 0; i < tree->count; i++)
		count += IsA(tree->nodes[i].plan, SeqScan);
	return count > 1;
}

List *
pk_diagnose(const PkFailure *failure, double min_rows)
{
	PkCaptureOptions options = pk_replan_index_options(failure);
	PkFailure about = *failure;
	PkCapture capture;
	PkPlanTree by_indexes;
	List *findings;

	pk_replan_limit(&about);
	/* All scans ask for the same plan. The findings do not point into it. */
	if (!has_scans(failure->tree))
		return diagnose(&about, min_rows);
	pk_capture_begin(&capture, failure->query, &options);
	pk_plan_walk(&capture, &by_indexes);
	about.by_indexes = &by_indexes;
	findings = diagnose(&about, min_rows);
	pk_capture_end(&capture);
	return findings;
}
