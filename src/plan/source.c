/*
 * source.c
 *	  What an expression in a plan node is in terms of the tables below.
 *
 * The planner numbers the outputs of nodes in its last step (setrefs.c), and what a condition above
 * a subquery or a join is about can be seen only by following the numbers down again.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"

#include "plan/source.h"

typedef struct PkSearch
{
	const PkPlanTree *tree;
	Plan *plan; /* that the expression belongs to */
	Index rti;
	bool failed;
} PkSearch;

static Node *replace(Node *node, void *arg);

static Node *
output_of(PkSearch *search, Plan *plan, List *targets, AttrNumber column)
{
	PkSearch below = *search;
	Node *found;

	if (plan == NULL || column < 1 || column > list_length(targets))
	{
		search->failed = true;
		return NULL;
	}
	below.plan = plan;
	found = replace((Node *) list_nth_node(TargetEntry, targets, column - 1)->expr, &below);
	search->failed |= below.failed;
	return found;
}

/* The output of the member that reads the table, or else of the first. */
static Node *
output_of_members(PkSearch *search, List *members, AttrNumber column)
{
	Node *first = NULL;
	ListCell *cell;

	foreach (cell, members)
	{
		PkSearch below = *search;
		Plan *member = (Plan *) lfirst(cell);
		Node *found = output_of(&below, member, member->targetlist, column);

		if (below.failed)
			continue;
		if (search->rti == 0 || bms_is_member(search->rti, pull_varnos(NULL, found)))
			return found;
		if (first == NULL)
			first = found;
	}
	search->failed |= first == NULL;
	return first;
}

static List *
members_of(Plan *plan)
{
	if (IsA(plan, Append))
		return ((Append *) plan)->appendplans;
	if (IsA(plan, MergeAppend))
		return ((MergeAppend *) plan)->mergeplans;
	return NIL;
}

/* A column that the node takes from the node below or from its index. */
static Node *
special_column(PkSearch *search, Var *var)
{
	Plan *plan = search->plan;
	Plan *below;

	if (var->varno == INDEX_VAR)
	{
		List *targets = NIL;

		if (IsA(plan, IndexOnlyScan))
			targets = ((IndexOnlyScan *) plan)->indextlist;
		else if (IsA(plan, ForeignScan))
			targets = ((ForeignScan *) plan)->fdw_scan_tlist;
		else if (IsA(plan, CustomScan))
			targets = ((CustomScan *) plan)->custom_scan_tlist;
		return output_of(search, plan, targets, var->varattno);
	}
	if (members_of(plan) != NIL)
		return output_of_members(search, members_of(plan), var->varattno);
	below = var->varno == OUTER_VAR ? outerPlan(plan) : innerPlan(plan);
	return output_of(search, below, below != NULL ? below->targetlist : NIL, var->varattno);
}

/* A column of an entry of the range table. */
static Node *
plain_column(PkSearch *search, Var *var)
{
	Plan *plan = search->plan;
	Plan *below = NULL;

	if (rt_fetch(var->varno, search->tree->stmt->rtable)->rtekind == RTE_RELATION &&
		!(IsA(plan, SubqueryScan) && ((Scan *) plan)->scanrelid == var->varno))
		return (Node *) copyObject(var);
	if (IsA(plan, SubqueryScan))
		below = ((SubqueryScan *) plan)->subplan;
	else if (IsA(plan, CteScan))
		below = list_nth(search->tree->stmt->subplans, ((CteScan *) plan)->ctePlanId - 1);
	return output_of(search, below, below != NULL ? below->targetlist : NIL, var->varattno);
}

static Node *
replace(Node *node, void *arg)
{
	PkSearch *search = (PkSearch *) arg;

	check_stack_depth();
	if (node == NULL || search->failed)
		return NULL;
	if (!IsA(node, Var))
		return expression_tree_mutator(node, replace, arg);
	if (IS_SPECIAL_VARNO(((Var *) node)->varno))
		return special_column(search, (Var *) node);
	return plain_column(search, (Var *) node);
}

Node *
pk_source_of(const PkPlanTree *tree, Plan *plan, Node *expression, Index rti)
{
	PkSearch search = {.tree = tree, .plan = plan, .rti = rti};
	Node *found = replace(expression, &search);

	return search.failed ? NULL : found;
}

Node *
pk_source_of_output(const PkPlanTree *tree, Plan *plan, AttrNumber column, Index rti)
{
	PkSearch search = {.tree = tree, .plan = plan, .rti = rti};
	Node *found = output_of(&search, plan, plan->targetlist, column);

	return search.failed ? NULL : found;
}
