/*
 * candidate.c
 *	  The index that a sequential scan is missing.
 *
 * It is looked for where the rows are thrown away: in the scan's own condition first, then, for a scan without one, in the
 * join or the sort above it.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/catalog.h"
#include "plan/candidate.h"
#include "plan/keys.h"

/* Remember the table's columns in an expression. */
static void
add_columns(PkKeys *keys, Node *node)
{
	Bitmapset *columns = NULL;

	pull_varattnos(node, keys->rti, &columns);
	keys->columns = bms_add_members(keys->columns, columns);
}

static char *
column_names(const PkKeys *keys)
{
	StringInfoData names;
	int column = -1;

	initStringInfo(&names);
	while ((column = bms_next_member(keys->columns, column)) >= 0)
	{
		AttrNumber attno = column + FirstLowInvalidHeapAttributeNumber;

		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
						 attno == 0 ? "the whole row"
									: quote_identifier(get_attname(keys->relid, attno, false)));
	}
	return names.len > 0 ? names.data : NULL;
}

/*
 * The table's column that an output column of "plan" passes up, or NULL. Above a scan, Vars name columns of the child's
 * target list, and so on down.
 */
static Var *
find_source(const PkKeys *keys, Plan *plan, Node *node)
{
	node = pk_keys_strip_relabel(node);
	while (node != NULL && IsA(node, Var))
	{
		Var *var = (Var *) node;
		TargetEntry *entry;

		if (var->varno == keys->rti)
			return var;
		if (var->varno == OUTER_VAR)
			plan = outerPlan(plan);
		else if (var->varno == INNER_VAR)
			plan = innerPlan(plan);
		else
			return NULL;
		if (plan == NULL || var->varattno < 1 || var->varattno > list_length(plan->targetlist))
			return NULL;
		entry = list_nth_node(TargetEntry, plan->targetlist, var->varattno - 1);
		node = pk_keys_strip_relabel((Node *) entry->expr);
	}
	return NULL;
}

static void
add_join_clauses(PkKeys *keys, Plan *join, List *clauses)
{
	ListCell *cell;

	foreach (cell, clauses)
	{
		OpExpr *op = (OpExpr *) lfirst(cell);
		ListCell *arg;

		if (!IsA(op, OpExpr) || list_length(op->args) != 2)
			continue;
		foreach (arg, op->args)
		{
			Var *column = find_source(keys, join, lfirst(arg));

			if (column == NULL || pk_keys_btree_strategy(op->opno) == 0)
				continue;
			add_columns(keys, (Node *) column);
			pk_keys_add_btree(keys, (Node *) column, pk_keys_btree_strategy(op->opno) == BTEqualStrategyNumber);
		}
	}
}

static void
add_sort_keys(PkKeys *keys, Sort *sort)
{
	for (int i = 0; i < sort->numCols; i++)
	{
		TargetEntry *entry =
			list_nth_node(TargetEntry, outerPlan(sort)->targetlist, sort->sortColIdx[i] - 1);
		Var *column = find_source(keys, outerPlan(sort), (Node *) entry->expr);

		if (column == NULL)
			return; /* later keys are no use without this one */
		add_columns(keys, (Node *) column);
		pk_keys_add_btree(keys, (Node *) column, true);
	}
}

/* What the nodes above a scan without condition of its own would like to have from an index. */
static PkCandidateUse
look_above(PkKeys *keys, const PkPlanTree *tree, const PkPlanNode *scan)
{
	const PkPlanNode *node = scan;
	const PkPlanNode *parent;

	while (node->subplan == NULL && (parent = pk_plan_parent(tree, node)) != NULL)
	{
		Plan *plan = parent->plan;

		if (IsA(plan, HashJoin))
			add_join_clauses(keys, plan, ((HashJoin *) plan)->hashclauses);
		else if (IsA(plan, MergeJoin))
			add_join_clauses(keys, plan, ((MergeJoin *) plan)->mergeclauses);
		else if (IsA(plan, NestLoop))
			add_join_clauses(keys, plan, ((NestLoop *) plan)->join.joinqual);
		else if (IsA(plan, Sort))
		{
			/* A sort below a merge join serves the join, and is found there. */
			const PkPlanNode *above = pk_plan_parent(tree, parent);

			if (above == NULL || !IsA(above->plan, MergeJoin))
				add_sort_keys(keys, (Sort *) plan);
			if (keys->equal != NIL)
				return PK_CANDIDATE_ORDER;
		}
		if (keys->equal != NIL || keys->range != NIL)
			return PK_CANDIDATE_JOIN;
		node = parent;
	}
	return PK_CANDIDATE_NONE;
}

/* CREATE INDEX for the keys, on the topmost table if the scanned one is a partition. */
static char *
create_statements(const PkKeys *keys)
{
	Oid table = keys->relid;
	List *columns = list_copy(keys->equal);
	List *tails = NIL;
	StringInfoData text;
	ListCell *cell;

	if (get_rel_relispartition(table))
		table = llast_oid(get_partition_ancestors(table));

	initStringInfo(&text);
	foreach (cell, keys->range)
	{
		columns = pk_keys_append(columns, lfirst(cell));
	}
	foreach (cell, columns)
	{
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", (char *) lfirst(cell));
	}
	if (text.len > 0)
		tails = list_make1(psprintf("(%s)", text.data));
	tails = list_concat(tails, keys->separate);

	resetStringInfo(&text);
	foreach (cell, tails)
	{
		appendStringInfo(&text, "%sCREATE INDEX ON %s %s", text.len > 0 ? "; " : "",
						 pk_quoted_relation_name(table), (char *) lfirst(cell));
	}
	return text.len > 0 ? text.data : NULL;
}

/* In the conditions of an index-only scan, columns are the index's: put what they stand for. */
static Node *
resolve_index_columns(Node *node, void *index_columns)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == INDEX_VAR)
	{
		TargetEntry *entry = list_nth_node(TargetEntry, (List *) index_columns, ((Var *) node)->varattno - 1);

		return (Node *) copyObject(entry->expr);
	}
	return expression_tree_mutator(node, resolve_index_columns, index_columns);
}

void
pk_candidate_find(const PkPlanTree *tree, const PkPlanNode *scan, PkCandidate *candidate)
{
	PkKeys keys = {.rti = scan->rti, .relid = scan->relid};
	List *conditions = scan->plan->qual;
	AttrNumber first;

	memset(candidate, 0, sizeof(*candidate));
	if (IsA(scan->plan, IndexOnlyScan))
	{
		conditions = list_concat_copy(conditions, ((IndexOnlyScan *) scan->plan)->indexqual);
		conditions = (List *) resolve_index_columns((Node *) conditions, ((IndexOnlyScan *) scan->plan)->indextlist);
	}
	else if (IsA(scan->plan, IndexScan))
		conditions = list_concat_copy(conditions, ((IndexScan *) scan->plan)->indexqualorig);
	else if (IsA(scan->plan, BitmapHeapScan))
		conditions = list_concat_copy(conditions, ((BitmapHeapScan *) scan->plan)->bitmapqualorig);
	if (conditions != NIL)
	{
		ListCell *cell;

		candidate->use = PK_CANDIDATE_FILTER;
		foreach (cell, conditions)
		{
			pk_keys_add_clause(&keys, lfirst(cell));
		}
		add_columns(&keys, (Node *) conditions);
	}
	else
		candidate->use = look_above(&keys, tree, scan);

	candidate->columns = column_names(&keys);
	candidate->statement = create_statements(&keys);
	first = keys.equal != NIL ? keys.first_equal : keys.first_range;
	if (first != 0)
		candidate->existing = pk_keys_find_index(scan->relid, first, BTREE_AM_OID);
	else if (candidate->statement == NULL)
		candidate->existing = keys.existing;
}
