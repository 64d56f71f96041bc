/*
 * context.c
 *	  Causes that lie around a scan: row security, partitions, the other side of a join, grouping.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/partition.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "common/catalog.h"
#include "advice/candidate.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/context.h"
#include "causes/wording.h"
#include "plan/source.h"
#include "plan/table_state.h"

/* How many rows there must be for each distinct value that jumping from one to the next pays. */
#define ROWS_PER_VALUE 100

PkFinding *
pk_context_row_security(const PkInquiry *inquiry)
{
	Relation relation;
	PkFinding *finding = NULL;
	ListCell *cell;
	ListCell *condition;

	if (check_enable_rls(inquiry->table.relid, InvalidOid, true) != RLS_ENABLED)
		return NULL;
	relation = table_open(inquiry->table.relid, AccessShareLock);
	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index;

		if (inquiry->expected != NIL && !list_member_oid(inquiry->expected, lfirst_oid(cell)))
			continue;
		index = index_open(lfirst_oid(cell), AccessShareLock);
		foreach (condition, inquiry->conditions)
		{
			PkKeyMatch match;

			pk_match_key(index, 0, inquiry->table, lfirst(condition), &match);
			if (finding != NULL || match.kind != PK_MATCH_FULL || !pk_match_is_valid(index) ||
				!contain_leaked_vars(lfirst(condition)))
				continue;
			finding = pk_inquiry_make(inquiry, PK_CAUSE_ROW_SECURITY);
			finding->index = RelationGetRelid(index);
			finding->column = pk_keys_text(inquiry->table, match.key);
			finding->condition = pk_inquiry_condition(inquiry, lfirst(condition));
			finding->decisive = true;
		}
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return finding;
}

PkFinding *
pk_context_partition_key(const PkInquiry *inquiry, const PkFinding *obstacle)
{
	Relation parent;
	PartitionKey key;
	PkFinding *finding = NULL;

	if (obstacle->column == NULL || obstacle->expression == NULL || !get_rel_relispartition(inquiry->table.relid))
		return NULL;
	parent = table_open(get_partition_parent(inquiry->table.relid, true), AccessShareLock);
	key = RelationGetPartitionKey(parent);
	for (int i = 0; i < key->partnatts; i++)
	{
		/* By name, since a column may have another number in the partition. */
		char *column = get_attname(RelationGetRelid(parent), key->partattrs[i], true);

		if (column == NULL || strcmp(quote_identifier(column), obstacle->column) != 0)
			continue;
		finding = pk_inquiry_make(inquiry, PK_CAUSE_PARTITION_KEY);
		finding->column = obstacle->column;
		finding->type = obstacle->type;
		finding->expression = obstacle->expression;
		finding->range = obstacle->range;
		finding->condition = obstacle->condition;
	}
	table_close(parent, NoLock);
	return finding;
}

/* The scan of the table number, with a condition on its column that is a range; or NULL. */
static Node *
find_range(const PkPlanTree *tree, Var *column)
{
	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];
		ListCell *cell;

		if (node->rti != column->varno || !OidIsValid(node->relid) || IsA(node->plan, ModifyTable))
			continue;
		foreach (cell, pk_candidate_conditions(node))
		{
			PkClause clause;
			StrategyNumber strategy;

			pk_clause_take(lfirst(cell), (PkTableRef){node->rti, node->relid}, &clause);
			if (clause.form != PK_CLAUSE_COMPARISON || clause.both_sides || clause.compared == NULL ||
				!IsA(clause.compared, Var) || ((Var *) clause.compared)->varattno != column->varattno)
				continue;
			strategy = pk_keys_btree_strategy(clause.opno);
			if (strategy != 0 && strategy != BTEqualStrategyNumber)
				return lfirst(cell);
		}
	}
	return NULL;
}

static PkFinding *
find_carried(const PkInquiry *inquiry, Plan *join, OpExpr *op)
{
	const PkPlanTree *tree = inquiry->failure->tree;

	if (!IsA(op, OpExpr) || list_length(op->args) != 2 || pk_keys_btree_strategy(op->opno) != BTEqualStrategyNumber)
		return NULL;
	for (int i = 0; i < 2; i++)
	{
		Node *mine = pk_clause_strip(pk_source_of(tree, join, list_nth(op->args, i), inquiry->table.rti));
		Node *other = pk_clause_strip(pk_source_of(tree, join, list_nth(op->args, 1 - i), 0));
		Node *range;
		PkFinding *finding;
		PkTableRef table;

		if (mine == NULL || other == NULL || !IsA(mine, Var) || !IsA(other, Var) ||
			((Var *) mine)->varno != inquiry->table.rti || ((Var *) other)->varno == inquiry->table.rti)
			continue;
		range = find_range(tree, (Var *) other);
		if (range == NULL || (!OidIsValid(pk_wording_index(inquiry, mine, InvalidOid)) &&
							  !get_rel_relispartition(inquiry->table.relid)))
			continue;
		table.rti = ((Var *) other)->varno;
		table.relid = ((RangeTblEntry *) list_nth(tree->stmt->rtable, table.rti - 1))->relid;
		finding = pk_inquiry_make(inquiry, PK_CAUSE_RANGE_NOT_CARRIED);
		finding->column = pk_keys_text(inquiry->table, mine);
		finding->condition = pk_keys_text(table, range);
		finding->index = pk_wording_index(inquiry, mine, InvalidOid);
		return finding;
	}
	return NULL;
}

PkFinding *
pk_context_range(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	const PkPlanNode *node = scan;
	const PkPlanNode *above;

	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL)
	{
		List *clauses = pk_candidate_join_clauses(above->plan);
		ListCell *cell;

		foreach (cell, clauses)
		{
			PkFinding *finding = find_carried(inquiry, above->plan, lfirst(cell));

			if (finding != NULL)
				return finding;
		}
		node = above;
	}
	return NULL;
}

PkFinding *
pk_context_statistics(const PkInquiry *inquiry)
{
	const PkPlanTree *tree = inquiry->failure->tree;

	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];
		PkFinding *finding;

		if (!IsA(node->plan, SeqScan) || node->relid == inquiry->table.relid ||
			pk_table_state_has_statistics(node->relid))
			continue;
		finding = pk_inquiry_make(inquiry, PK_CAUSE_STATISTICS_MISSING);
		finding->relid = node->relid;
		finding->node_id = node->node_id;
		finding->alias = ((RangeTblEntry *) list_nth(tree->stmt->rtable, node->rti - 1))->eref->aliasname;
		finding->condition = NULL;
		finding->remedy_sql = psprintf("ANALYZE %s", pk_quoted_relation_name(node->relid));
		finding->unproven = pstrdup("only ANALYZE can tell what it finds");
		return finding;
	}
	return NULL;
}

PkFinding *
pk_context_distinct(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	const PkPlanNode *above = pk_plan_parent(tree, scan);
	const AttrNumber *columns = NULL;
	PkFinding *finding;
	Plan *plan;
	Node *source;

	if (scan->subplan != NULL || above == NULL || scan->plan->qual != NIL)
		return NULL;
	plan = above->plan;
	if (IsA(plan, Agg) && ((Agg *) plan)->numCols == 1 && !contain_agg_clause((Node *) plan->targetlist))
		columns = ((Agg *) plan)->grpColIdx;
	else if (IsA(plan, Unique) && ((Unique *) plan)->numCols == 1)
		columns = ((Unique *) plan)->uniqColIdx;
	if (columns == NULL || plan->plan_rows * ROWS_PER_VALUE > scan->plan->plan_rows)
		return NULL;
	source = pk_clause_strip(pk_source_of_output(tree, scan->plan, columns[0], inquiry->table.rti));
	if (source == NULL || !IsA(source, Var) || !pk_keys_is_key(inquiry->table, source))
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_DISTINCT);
	finding->column = pk_keys_text(inquiry->table, source);
	finding->index = pk_wording_index(inquiry, source, InvalidOid);
	return finding;
}
