/*
 * diagnose.c
 *	  Everything that is found about a plan.
 *
 * Findings about one node belong together, and the first of them is the one to be remedied; so
 * nodes are sorted by what they cost rather than findings by what they would save, which often is
 * not known.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "advice/indexes.h"
#include "causes/diagnose.h"
#include "causes/fence.h"
#include "causes/scan.h"
#include "causes/work.h"
#include "plan/table_state.h"

/* The findings about one node. */
typedef struct PkGroup
{
	double cost;
	List *findings;
} PkGroup;

static int
compare_groups(const ListCell *a, const ListCell *b)
{
	double cost_a = ((PkGroup *) lfirst(a))->cost;
	double cost_b = ((PkGroup *) lfirst(b))->cost;

	return cost_a > cost_b ? -1 : cost_a < cost_b ? 1
												  : 0;
}

static List *
add_group(List *groups, double cost, List *findings)
{
	PkGroup *group;

	if (findings == NIL)
		return groups;
	group = palloc(sizeof(PkGroup));
	group->cost = cost;
	group->findings = findings;
	return lappend(groups, group);
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

/* An index scan without a condition reads all rows, too, for their order. */
static List *
findings_above(const PkFailure *failure, const PkPlanNode *node)
{
	PkInquiry inquiry;
	PkFinding *fence;

	pk_inquiry_begin(&inquiry, failure, node);
	fence = pk_fence_find(&inquiry, node);
	if (fence == NULL)
		return NIL;
	fence->node_id = node->node_id;
	return list_make1(fence);
}

List *
pk_diagnose(const PkFailure *failure, double min_rows)
{
	const PkPlanTree *tree = failure->tree;
	List *groups = NIL;
	List *findings = NIL;
	ListCell *cell;
	bool scans = false;

	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];
		PkFailure about = *failure;

		CHECK_FOR_INTERRUPTS();
		if (!IsA(node->plan, SeqScan) && (!OidIsValid(node->relid) || is_large(failure, node, min_rows)))
		{
			about.scan = node;
			groups = add_group(groups, node->plan->total_cost, pk_work_find(&about));
		}
		if (OidIsValid(node->relid) && !IsA(node->plan, SeqScan) && pk_candidate_conditions(node) == NIL && is_large(failure, node, min_rows))
			groups = add_group(groups, node->plan->total_cost, findings_above(failure, node));
		if (!IsA(node->plan, SeqScan) || !is_large(failure, node, min_rows))
			continue;
		scans = true;
		about.scan = node;
		groups = add_group(groups, node->plan->total_cost, pk_scan_findings(&about));
	}
	if (!scans && failure->expected != NIL && !pk_indexes_used(tree, failure->expected))
		groups = add_group(groups, tree->root->plan->total_cost, pk_scan_findings(failure));

	list_sort(groups, compare_groups);
	foreach (cell, groups)
	{
		findings = list_concat(findings, ((PkGroup *) lfirst(cell))->findings);
	}
	return findings;
}
