/*
 * fence.c
 *	  Conditions that stand above a node that they cannot pass, so that the tables below are read
 *	  without them.
 *
 * The planner pushes a condition on a subquery down to its tables, unless that could change the
 * result: a window function sees other rows, DISTINCT ON keeps another row, LIMIT stops elsewhere.
 * Then the condition is a filter above the node, on an output column that is a column of the table.
 * The condition of a join does not even pass what such a filter could: a subquery that is grouped
 * is computed for all groups, however few of them are joined.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"

#include "advice/candidate.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "causes/fence.h"
#include "causes/wording.h"
#include "plan/source.h"

#define COLUMNS (PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_INCLUDE_PLACEHOLDERS)

/*
 * How many times as many rows a join has on one side as on the other to want only a part of them.
 */
#define MANY_TIMES 10

bool
pk_fence_appends(const PkPlanTree *tree, Plan *plan)
{
	Bitmapset *relations = IsA(plan, Append)		? ((Append *) plan)->apprelids
						   : IsA(plan, MergeAppend) ? ((MergeAppend *) plan)->apprelids
													: NULL;
	int rti = -1;

	while ((rti = bms_next_member(relations, rti)) >= 0)
	{
		if (rt_fetch(rti, tree->stmt->rtable)->rtekind == RTE_RELATION)
			return false;
	}
	return relations != NULL;
}

/* Does the node make the rows of UNION distinct? */
static bool
is_union(const PkPlanTree *tree, Plan *plan)
{
	Plan *input = outerPlan(plan);

	if (input != NULL && IsA(input, Sort))
		input = outerPlan(input);
	return input != NULL && pk_fence_appends(tree, input) && !contain_agg_clause((Node *) plan->targetlist);
}

/* What a condition above the node cannot pass; none for a node that it could pass. */
static PkCause
fence_of(const PkPlanTree *tree, const PkPlanNode *node)
{
	switch (nodeTag(node->plan))
	{
		case T_WindowAgg:
			return PK_CAUSE_ABOVE_WINDOW;
		case T_Unique:
			return is_union(tree, node->plan) ? PK_CAUSE_ABOVE_SET_OPERATION : PK_CAUSE_ABOVE_DISTINCT;
		case T_Limit:
			return PK_CAUSE_ABOVE_LIMIT;
		case T_Agg:
		case T_Group:
			return is_union(tree, node->plan) ? PK_CAUSE_ABOVE_SET_OPERATION : PK_CAUSE_ABOVE_AGGREGATE;
		case T_SetOp:
			return PK_CAUSE_ABOVE_SET_OPERATION;
		case T_Append:
		case T_MergeAppend:
			return pk_fence_appends(tree, node->plan) ? PK_CAUSE_ABOVE_SET_OPERATION : PK_CAUSE_NONE;
		default:
			return PK_CAUSE_NONE;
	}
}

/* What keeps a filter of the node itself from what is below; "fence" is the last one below. */
static PkCause
fence_of_filter(const PkPlanTree *tree, const PkPlanNode *node, PkCause fence)
{
	RangeTblEntry *entry = pk_plan_target(tree, node);

	switch (nodeTag(node->plan))
	{
		case T_NestLoop:
		case T_HashJoin:
		case T_MergeJoin:
			return ((Join *) node->plan)->jointype == JOIN_INNER ? fence : PK_CAUSE_ABOVE_OUTER_JOIN;
		case T_SubqueryScan:
			return fence == PK_CAUSE_NONE && entry->security_barrier ? PK_CAUSE_SECURITY_BARRIER : fence;
		case T_CteScan:
			return PK_CAUSE_ABOVE_CTE;
		default:
			return fence;
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

/* What the condition compares, and the index that has it, or else the column. */
static void
set_column(const PkInquiry *inquiry, PkFinding *finding, Node *source, Node *column)
{
	PkClause clause;

	pk_clause_take(source, inquiry->table, &clause);
	if (clause.compared != NULL && !IsA(clause.compared, Var) && pk_keys_is_key(inquiry->table, clause.compared))
		finding->index = pk_wording_index(inquiry, clause.compared, InvalidOid);
	if (OidIsValid(finding->index))
		column = clause.compared;
	else
		finding->index = pk_wording_index(inquiry, column, InvalidOid);
	finding->column = pk_keys_text(inquiry->table, column);
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
		bool computed = source != NULL && contain_agg_clause(source);
		PkCause cause = computed ? PK_CAUSE_ABOVE_AGGREGATE : fence;
		Node *column;
		PkFinding *finding;

		if (source == NULL || cause == PK_CAUSE_NONE || contain_subplans(source))
			continue;
		column = find_column(inquiry, source);
		/* count(*) has no column. */
		if (column == NULL && !(IsA(node->plan, Agg) && computed && !contain_var_clause(source)))
			continue;
		/* A join's own condition is no restriction of the table. */
		if (column != NULL && cause != PK_CAUSE_ABOVE_OUTER_JOIN &&
			bms_membership(pull_varnos(NULL, source)) != BMS_SINGLETON)
			continue;
		if (cause == PK_CAUSE_SECURITY_BARRIER && !contain_leaked_vars(source))
			continue;
		finding = pk_inquiry_make(inquiry, cause);
		if (column != NULL)
			set_column(inquiry, finding, source, column);
		finding->condition = pk_inquiry_filter(inquiry, node);
		/* In the subquery, the condition would let it see other rows. */
		if (cause == PK_CAUSE_ABOVE_WINDOW || cause == PK_CAUSE_ABOVE_DISTINCT || cause == PK_CAUSE_ABOVE_LIMIT)
			finding->changes |= PK_RESULT_ROWS_BEFORE;
		if (cause == PK_CAUSE_SECURITY_BARRIER)
			finding->referenced = pstrdup(quote_identifier(pk_plan_target(tree, node)->eref->aliasname));
		return finding;
	}
	return NULL;
}

/* Is the column the same for all rows that the fence makes one of, or looks at together? */
static bool
can_be_lateral(PkCause fence)
{
	return fence == PK_CAUSE_ABOVE_AGGREGATE || fence == PK_CAUSE_ABOVE_WINDOW || fence == PK_CAUSE_ABOVE_DISTINCT ||
		   fence == PK_CAUSE_ABOVE_CTE || fence == PK_CAUSE_ABOVE_SET_OPERATION;
}

/* A join above the fence whose other side has few rows, so that few are wanted of this one. */
static PkFinding *
find_in_join(const PkInquiry *inquiry, const PkPlanNode *join, const PkPlanNode *below, PkCause fence)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	Plan *other = outerPlan(join->plan) == below->plan ? innerPlan(join->plan) : outerPlan(join->plan);
	ListCell *cell;

	if (!can_be_lateral(fence) || other->plan_rows * MANY_TIMES > below->plan->plan_rows)
		return NULL;
	foreach (cell, pk_candidate_join_clauses(join->plan))
	{
		OpExpr *op = (OpExpr *) lfirst(cell);

		if (!IsA(op, OpExpr) || list_length(op->args) != 2)
			continue;
		for (int i = 0; i < 2; i++)
		{
			Node *source = pk_clause_strip(pk_source_of(tree, join->plan, list_nth(op->args, i), inquiry->table.rti));
			PkFinding *finding;

			if (source == NULL || !IsA(source, Var) || !pk_keys_is_key(inquiry->table, source))
				continue;
			finding = pk_inquiry_make(inquiry, fence);
			set_column(inquiry, finding, source, source);
			if (!OidIsValid(finding->index))
				continue;
			finding->condition = pk_inquiry_clause(inquiry, join, (Node *) op);
			finding->by_join = true;
			if (fence == PK_CAUSE_ABOVE_WINDOW || fence == PK_CAUSE_ABOVE_DISTINCT)
				finding->changes |= PK_RESULT_ROWS_BEFORE;
			return finding;
		}
	}
	return NULL;
}

/* Look from a node upwards; "fence" is the last one below. */
static PkFinding *
find_above(const PkInquiry *inquiry, const PkPlanNode *node, PkCause fence)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	const PkPlanNode *above;
	PkFinding *finding = NULL;

	check_stack_depth();
	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL)
	{
		PkCause here = fence_of(tree, above);
		bool join = IsA(above->plan, NestLoop) || IsA(above->plan, HashJoin) || IsA(above->plan, MergeJoin);

		if (above->plan->qual != NIL)
			finding = find_in_filter(inquiry, above, fence_of_filter(tree, above, fence));
		if (finding == NULL && join)
			finding = find_in_join(inquiry, above, node, fence);
		if (finding != NULL)
			return finding;
		if (here != PK_CAUSE_NONE)
			fence = here;
		node = above;
	}
	/* The subquery may be a CTE: then its rows go where they are read. */
	for (int i = 0; i < tree->count && node->subplan != NULL && finding == NULL; i++)
	{
		const PkPlanNode *reader = &tree->nodes[i];

		if (!IsA(reader->plan, CteScan) || ((CteScan *) reader->plan)->ctePlanId != node->subplan->plan_id)
			continue;
		finding = find_in_filter(inquiry, reader, PK_CAUSE_ABOVE_CTE);
		if (finding == NULL)
			finding = find_above(inquiry, reader, PK_CAUSE_ABOVE_CTE);
		if (finding != NULL)
			finding->recursive = IsA(node->plan, RecursiveUnion);
	}
	return finding;
}

PkFinding *
pk_fence_find(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	return find_above(inquiry, scan, PK_CAUSE_NONE);
}

bool
pk_fence_ends_early(const PkPlanTree *tree, const PkPlanNode *scan)
{
	const PkPlanNode *node = scan;
	const PkPlanNode *above;

	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL)
	{
		switch (nodeTag(above->plan))
		{
			case T_Limit:
				return above->plan->plan_rows * MANY_TIMES <= scan->plan->plan_rows;
			case T_NestLoop:
			case T_MergeJoin:
			case T_Append:
			case T_MergeAppend:
			case T_SubqueryScan:
			case T_Result:
			case T_ProjectSet:
			case T_LockRows:
			case T_Unique:
			case T_WindowAgg:
			case T_Gather:
			case T_GatherMerge:
			case T_IncrementalSort:
				break;
			default:
				return false;
		}
		node = above;
	}
	return false;
}
