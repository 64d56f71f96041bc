/*
 * fence.c
 *	  Conditions that stand above a node that they cannot pass, so that the tables below are read
 *	  without them.
 *
 * The planner pushes a condition on a subquery down to its tables, unless that could change the
 * result: a window function sees other rows, DISTINCT ON keeps another row, LIMIT stops elsewhere.
 * Then the condition is a filter above the node, on an output column that is a column of the table.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"

#include "advice/clause.h"
#include "advice/keys.h"
#include "causes/fence.h"
#include "causes/wording.h"
#include "plan/source.h"

#define COLUMNS (PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_INCLUDE_PLACEHOLDERS)

/* What a condition above the node cannot pass; none for a node that it could pass. */
static PkCause
fence_of(const PkPlanNode *node)
{
	switch (nodeTag(node->plan))
	{
		case T_WindowAgg:
			return PK_CAUSE_ABOVE_WINDOW;
		case T_Unique:
			return PK_CAUSE_ABOVE_DISTINCT;
		case T_Limit:
			return PK_CAUSE_ABOVE_LIMIT;
		case T_Agg:
		case T_Group:
			return PK_CAUSE_ABOVE_AGGREGATE;
		case T_NestLoop:
		case T_HashJoin:
		case T_MergeJoin:
			return ((Join *) node->plan)->jointype == JOIN_INNER ? PK_CAUSE_NONE : PK_CAUSE_ABOVE_OUTER_JOIN;
		default:
			return PK_CAUSE_NONE;
	}
}

/* The columns of the table in a condition that compares, or a part of, what comes of the table. */
static Node *
find_column(const PkInquiry *inquiry, Node *source)
{
	List *columns = pull_var_clause(source, COLUMNS);
	ListCell *cell;

	foreach (cell, columns)
	{
		Var *var = (Var *) lfirst(cell);

		if (IsA(var, Var) && var->varno == inquiry->table.rti && var->varattno > 0)
			return (Node *) var;
	}
	return NULL;
}

/* A filter of the node that compares a column of the table with something else. */
static PkFinding *
find_in_filter(const PkInquiry *inquiry, const PkPlanNode *node, PkCause fence)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	ListCell *cell;

	foreach (cell, node->plan->qual)
	{
		Node *source = pk_source_of(tree, node->plan, lfirst(cell), inquiry->table.rti);
		Node *column;
		PkFinding *finding;

		if (source == NULL || contain_subplans(source))
			continue;
		column = find_column(inquiry, source);
		/* count(*) has no column. */
		if (column == NULL && !(IsA(node->plan, Agg) && contain_agg_clause(source) && !contain_var_clause(source)))
			continue;
		/* A join's own condition is no restriction of the table. */
		if (column != NULL && fence != PK_CAUSE_ABOVE_OUTER_JOIN &&
			bms_membership(pull_varnos(NULL, source)) != BMS_SINGLETON)
			continue;
		if (fence == PK_CAUSE_NONE && !contain_agg_clause(source))
			continue;
		finding = pk_inquiry_make(inquiry, fence != PK_CAUSE_NONE ? fence : PK_CAUSE_ABOVE_AGGREGATE);
		if (column != NULL)
		{
			finding->column = pk_keys_text(inquiry->table, column);
			finding->index = pk_wording_index(inquiry, column, InvalidOid);
		}
		finding->condition = pk_inquiry_filter(inquiry, node);
		finding->computed = contain_agg_clause(source);
		return finding;
	}
	return NULL;
}

/* Filters on the CTE where its rows are read. */
static PkFinding *
find_above_cte(const PkInquiry *inquiry, const SubPlan *subplan)
{
	const PkPlanTree *tree = inquiry->failure->tree;

	for (int i = 0; i < tree->count; i++)
	{
		CteScan *scan = (CteScan *) tree->nodes[i].plan;
		PkFinding *finding;

		if (!IsA(scan, CteScan) || scan->ctePlanId != subplan->plan_id)
			continue;
		finding = find_in_filter(inquiry, &tree->nodes[i], PK_CAUSE_ABOVE_CTE);
		if (finding != NULL)
			return finding;
	}
	return NULL;
}

PkFinding *
pk_fence_find(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	const PkPlanNode *node = scan;
	const PkPlanNode *above;
	PkCause fence = PK_CAUSE_NONE;

	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL)
	{
		PkFinding *finding = NULL;
		PkCause here = fence_of(above);

		if (above->plan->qual != NIL)
			finding = find_in_filter(inquiry, above, IsA(above->plan, Agg) ? fence : here != PK_CAUSE_NONE ? here
																										   : fence);
		if (finding != NULL)
			return finding;
		if (here != PK_CAUSE_NONE)
			fence = here;
		node = above;
	}
	return node->subplan != NULL ? find_above_cte(inquiry, node->subplan) : NULL;
}
