/*
 * pruning.c
 *	  Partitions that are read although the query does not need them, or that need no index.
 *
 * The planner leaves partitions out by constants, the start of the executor by parameters and
 * stable expressions, and its run by values from elsewhere in the query, but those only where they
 * reach the scans: from a subquery or the outer side of a nested loop, not from a hash join.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"

#include "advice/candidate.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "causes/pruning.h"
#include "plan/source.h"
#include "plan/table_state.h"

/* A share of a partition's rows that an index would not help to read. */
#define MOST_ROWS 0.5

/* Is the column of the partition its table's whole partition key, or one column of it? */
static bool
is_partition_key(Oid partition, const char *column, bool *whole)
{
	Relation parent = table_open(get_partition_parent(partition, true), AccessShareLock);
	PartitionKey key = RelationGetPartitionKey(parent);
	bool found = false;

	for (int i = 0; i < key->partnatts; i++)
	{
		/* By name, since a column may have another number in the partition. */
		char *name = get_attname(RelationGetRelid(parent), key->partattrs[i], true);

		found |= name != NULL && strcmp(name, column) == 0;
	}
	*whole = found && key->partnatts == 1;
	table_close(parent, NoLock);
	return found;
}

/*
 * A value that a subquery gives leaves partitions out while the plan runs. Where most rows of a
 * partition have the same key, nothing remains for an index to do.
 */
static bool
is_pruned_by_subquery(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	PkClause clause;
	bool whole;
	BlockNumber pages;
	double rows;

	if (list_length(inquiry->conditions) != 1)
		return false;
	pk_clause_take(linitial(inquiry->conditions), inquiry->table, &clause);
	if (clause.form != PK_CLAUSE_COMPARISON || clause.both_sides || clause.compared == NULL ||
		!IsA(clause.compared, Var) || clause.value == NULL || !IsA(clause.value, Param) ||
		((Param *) clause.value)->paramkind != PARAM_EXEC ||
		!is_partition_key(scan->relid, get_attname(scan->relid, ((Var *) clause.compared)->varattno, false), &whole) ||
		!whole)
		return false;
	pk_table_state_size(scan->relid, &pages, &rows);
	return scan->plan->plan_rows >= MOST_ROWS * rows;
}

bool
pk_pruning_done(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	const PkPlanNode *node = scan;
	bool removed = false;
	ListCell *cell;

	if (!get_rel_relispartition(scan->relid) || inquiry->conditions == NIL)
		return false;
	if (is_pruned_by_subquery(inquiry, scan))
		return true;
	while (!removed && node->subplan == NULL && (node = pk_plan_parent(inquiry->failure->tree, node)) != NULL)
	{
		if (IsA(node->plan, Append))
			removed = castNode(AppendState, node->state)->as_nplans < list_length(((Append *) node->plan)->appendplans);
		else if (IsA(node->plan, MergeAppend))
			removed = castNode(MergeAppendState, node->state)->ms_nplans <
					  list_length(((MergeAppend *) node->plan)->mergeplans);
	}
	if (!removed)
		return false;
	foreach (cell, pull_var_clause((Node *) inquiry->conditions, 0))
	{
		bool whole;

		if (!is_partition_key(scan->relid, get_attname(scan->relid, ((Var *) lfirst(cell))->varattno, false), &whole))
			return false;
	}
	return true;
}

/* The partition's side of an equality of the join that is its partition key, or NULL. */
static Var *
joined_key(const PkInquiry *inquiry, Plan *join, Node *condition)
{
	const OpExpr *op = (OpExpr *) condition;

	if (!IsA(condition, OpExpr) || list_length(op->args) != 2 ||
		pk_keys_btree_strategy(op->opno) != BTEqualStrategyNumber)
		return NULL;
	for (int i = 0; i < 2; i++)
	{
		Node *mine = pk_source_of(inquiry->failure->tree, join, list_nth(op->args, i), inquiry->table.rti);
		bool whole;

		mine = pk_clause_strip(mine);
		if (mine != NULL && IsA(mine, Var) && ((Var *) mine)->varno == inquiry->table.rti &&
			((Var *) mine)->varattno > 0 &&
			is_partition_key(inquiry->table.relid, get_attname(inquiry->table.relid, ((Var *) mine)->varattno, false),
							 &whole) &&
			whole)
			return (Var *) mine;
	}
	return NULL;
}

PkFinding *
pk_pruning_join(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	const PkPlanNode *node = scan;
	const PkPlanNode *above;
	bool several = false;

	if (!get_rel_relispartition(scan->relid) || scan->plan->qual != NIL)
		return NULL;
	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL)
	{
		Plan *plan = above->plan;
		ListCell *cell;

		several |= IsA(plan, Append) || IsA(plan, MergeAppend);
		foreach (cell, pk_candidate_join_clauses(plan))
		{
			Var *key = joined_key(inquiry, plan, lfirst(cell));
			Plan *other = outerPlan(plan) == node->plan ? innerPlan(plan) : outerPlan(plan);
			PkFinding *finding;

			/* Partitions are left out by a value only if there is just one. */
			if (key == NULL || !several || other->plan_rows > 1 || ((Join *) plan)->jointype != JOIN_INNER)
				continue;
			finding = pk_inquiry_make(inquiry, PK_CAUSE_PARTITION_JOIN);
			finding->column = pk_keys_text(inquiry->table, (Node *) key);
			return finding;
		}
		node = above;
	}
	return NULL;
}
