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
#include "advice/indexes.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/context.h"
#include "causes/wording.h"
#include "plan/source.h"
#include "plan/table_state.h"

/* How many rows there must be for each distinct value that jumping from one to the next pays. */
#define ROWS_PER_VALUE 100

/* Pages of a table that may as well be read as a whole. */
#define FEW_PAGES 16

PkFinding *
pk_context_row_security(const PkInquiry *inquiry, List *waiting)
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
		for (int key = 0; key < index->rd_index->indnkeyatts && finding == NULL && pk_match_is_valid(index); key++)
		{
			bool served = false;

			foreach (condition, inquiry->conditions)
			{
				PkKeyMatch match;

				pk_match_key(index, key, inquiry->table, lfirst(condition), &match);
				if (match.kind != PK_MATCH_FULL)
					continue;
				if (!contain_leaked_vars(lfirst(condition)))
				{
					served = true;
					continue;
				}
				if (finding != NULL || !list_member(waiting, lfirst(condition)))
					continue;
				finding = pk_inquiry_make(inquiry, PK_CAUSE_ROW_SECURITY);
				finding->index = RelationGetRelid(index);
				finding->column = pk_keys_text(inquiry->table, match.key);
				finding->condition = pk_inquiry_condition(inquiry, lfirst(condition));
				finding->decisive = true;
			}
			/* Later keys count if something is known of those before. */
			if (!served)
				break;
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
		finding->remedy_sql = obstacle->remedy_sql;
		finding->remedy_kind = obstacle->remedy_kind;
		finding->same_result = obstacle->same_result;
		finding->changes = obstacle->changes;
		finding->decisive = true;
		finding->condition = obstacle->condition;
	}
	table_close(parent, NoLock);
	return finding;
}

static bool
is_column(Node *compared, Var *column)
{
	return compared != NULL && IsA(compared, Var) && ((Var *) compared)->varattno == column->varattno;
}

/* Is the condition a range or a list of values of the column? Neither is carried over a join. */
static bool
is_range(Node *condition, PkTableRef table, Var *column)
{
	PkClause clause;
	StrategyNumber strategy;
	ListCell *cell;

	pk_clause_take(condition, table, &clause);
	strategy = OidIsValid(clause.opno) ? pk_keys_btree_strategy(clause.opno) : 0;
	switch (clause.form)
	{
		case PK_CLAUSE_COMPARISON:
			return !clause.both_sides && is_column(clause.compared, column) && strategy != 0 &&
				   strategy != BTEqualStrategyNumber;
		case PK_CLAUSE_ANY:
			return !clause.both_sides && is_column(clause.compared, column) && strategy != 0;
		case PK_CLAUSE_OR:
			foreach (cell, clause.args)
			{
				PkClause arm;

				pk_clause_take(lfirst(cell), table, &arm);
				if (arm.form != PK_CLAUSE_COMPARISON || arm.both_sides || !is_column(arm.compared, column) ||
					pk_keys_btree_strategy(arm.opno) == 0)
					return false;
			}
			return true;
		default:
			return false;
	}
}

/*
 * Does the scan return most of its table, so that little is gained by carrying its condition over?
 */
static bool
keeps_most(const PkPlanNode *scan)
{
	BlockNumber pages;
	double rows;

	pk_table_state_size(scan->relid, &pages, &rows);
	return scan->plan->plan_rows >= rows / 2 && !scan->plan->parallel_aware;
}

/* A condition of a scan of the table number, a range or list of values of its column; or NULL. */
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
			if (is_range(lfirst(cell), (PkTableRef){node->rti, node->relid}, column) && !keeps_most(node))
				return lfirst(cell);
		}
	}
	return NULL;
}

/*
 * The range of a column that is equal to "mine"; NULL if no index or partition would profit from
 * it.
 */
static PkFinding *
range_finding(const PkInquiry *inquiry, Node *mine, Var *other)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	Node *range = find_range(tree, other);
	PkFinding *finding;
	PkTableRef table;
	BlockNumber pages;
	double rows;

	pk_table_state_size(inquiry->table.relid, &pages, &rows);
	if (range == NULL || pages < FEW_PAGES ||
		(!OidIsValid(pk_wording_index(inquiry, mine, InvalidOid)) && !get_rel_relispartition(inquiry->table.relid)))
		return NULL;
	table.rti = other->varno;
	table.relid = ((RangeTblEntry *) list_nth(tree->stmt->rtable, table.rti - 1))->relid;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_RANGE_NOT_CARRIED);
	finding->column = pk_keys_text(inquiry->table, mine);
	finding->condition = pk_keys_text(table, range);
	finding->index = pk_wording_index(inquiry, mine, InvalidOid);
	return finding;
}

/*
 * A column of a table that a scan compares with the value that a nested loop hands over; or NULL.
 */
static Var *
compared_with_loop_value(const PkPlanTree *tree, int paramno)
{
	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];
		ListCell *cell;

		if (!OidIsValid(node->relid) || IsA(node->plan, ModifyTable))
			continue;
		foreach (cell, pk_candidate_conditions(node))
		{
			PkClause clause;
			Node *value;

			pk_clause_take(lfirst(cell), (PkTableRef){node->rti, node->relid}, &clause);
			value = clause.value != NULL ? pk_clause_strip(clause.value) : NULL;
			if (clause.form == PK_CLAUSE_COMPARISON && value != NULL && IsA(value, Param) &&
				((Param *) value)->paramkind == PARAM_EXEC && ((Param *) value)->paramid == paramno &&
				clause.compared != NULL && IsA(clause.compared, Var) &&
				pk_keys_btree_strategy(clause.opno) == BTEqualStrategyNumber)
				return (Var *) clause.compared;
		}
	}
	return NULL;
}

/* The scan is the outer side of a nested loop, whose inner side looks its values up. */
static PkFinding *
find_handed_over(const PkInquiry *inquiry, const PkPlanNode *loop)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	ListCell *cell;

	foreach (cell, ((NestLoop *) loop->plan)->nestParams)
	{
		NestLoopParam *param = lfirst_node(NestLoopParam, cell);
		Node *mine = pk_clause_strip(pk_source_of(tree, loop->plan, (Node *) param->paramval, inquiry->table.rti));
		Var *other = compared_with_loop_value(tree, param->paramno);
		PkFinding *finding;

		if (mine == NULL || other == NULL || !IsA(mine, Var) || ((Var *) mine)->varno != inquiry->table.rti)
			continue;
		finding = range_finding(inquiry, mine, other);
		if (finding != NULL)
			return finding;
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
		PkFinding *finding;

		if (mine == NULL || other == NULL || !IsA(mine, Var) || !IsA(other, Var) ||
			((Var *) mine)->varno != inquiry->table.rti || ((Var *) other)->varno == inquiry->table.rti)
			continue;
		finding = range_finding(inquiry, mine, (Var *) other);
		if (finding != NULL)
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
		PkFinding *finding;
		ListCell *cell;

		if (IsA(above->plan, NestLoop) && (finding = find_handed_over(inquiry, above)) != NULL)
			return finding;
		foreach (cell, clauses)
		{
			finding = find_carried(inquiry, above->plan, lfirst(cell));
			if (finding != NULL)
				return finding;
		}
		node = above;
	}
	return NULL;
}

/* A value that a nested loop hands over; it restricts nothing by itself. */
static bool
has_loop_value(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		return bms_is_member(((Param *) node)->paramid, (Bitmapset *) context);
	return expression_tree_walker(node, has_loop_value, context);
}

/* The parameters by which nested loops hand values over. */
static Bitmapset *
loop_values(const PkPlanTree *tree)
{
	Bitmapset *values = NULL;
	ListCell *cell;

	for (int i = 0; i < tree->count; i++)
	{
		if (!IsA(tree->nodes[i].plan, NestLoop))
			continue;
		foreach (cell, ((NestLoop *) tree->nodes[i].plan)->nestParams)
		{
			values = bms_add_member(values, lfirst_node(NestLoopParam, cell)->paramno);
		}
	}
	return values;
}

bool
pk_context_restricted(const PkInquiry *inquiry)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	Bitmapset *handed_over = loop_values(tree);

	for (int i = 0; i < tree->count; i++)
	{
		Plan *plan = tree->nodes[i].plan;
		ListCell *cell;

		switch (nodeTag(plan))
		{
			case T_Agg:
			case T_Group:
			case T_WindowAgg:
				continue; /* HAVING: after all rows were read */
			case T_Limit:
			case T_FunctionScan:
			case T_TableFuncScan:
			case T_ValuesScan:
			case T_WorkTableScan:
			case T_NamedTuplestoreScan:
			case T_SampleScan:
			case T_TidScan:
			case T_TidRangeScan:
				return true;
			default:
				break;
		}
		if (plan->qual != NIL)
			return true;
		if (!OidIsValid(tree->nodes[i].indexid))
			continue;
		foreach (cell, pk_indexes_conditions(&tree->nodes[i]))
		{
			if (!has_loop_value(lfirst(cell), handed_over))
				return true;
		}
	}
	return false;
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
