/*
 * work.c
 *	  What makes a node that uses an index work too much, and triggers that scan.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/visibilitymap.h"
#include "nodes/makefuncs.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "common/catalog.h"
#include "common/compat.h"
#include "advice/clause.h"
#include "advice/indexes.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/better_index.h"
#include "causes/brin.h"
#include "causes/context.h"
#include "causes/fence.h"
#include "causes/foreign_key.h"
#include "causes/inquiry.h"
#include "causes/missing.h"
#include "causes/obstacle.h"
#include "causes/order.h"
#include "causes/ordered_walk.h"
#include "causes/wording.h"
#include "causes/range_columns.h"
#include "causes/shipping.h"
#include "causes/unanswerable.h"
#include "causes/work.h"
#include "plan/table_state.h"

/* Rows that a LIMIT may skip before it is worth telling. */
#define MANY_SKIPPED 1000

/* A share of pages whose rows are not known to be visible that is worth a VACUUM. */
#define MANY_NOT_VISIBLE 0.2

/* Rows whose pages are visited that are worth one. */
#define MANY_FETCHES 500

/* Is it "=" in an operator family that has the other operator, and by the same collation? */
static bool
is_equality_of(const PkClause *other, const PkClause *equality)
{
	ListCell *cell;

	foreach (cell, pk_compat_op_meanings(other->opno))
	{
		PkCompatOpMeaning *family = lfirst(cell);

		if (get_opfamily_member(family->opfamily_id, family->oplefttype, family->oprighttype, BTEqualStrategyNumber) ==
			equality->opno)
			return other->collation == equality->collation;
	}
	return false;
}

/*
 * a = x OR a > x, as code for keysets writes it for a single column: a >= x is where an index scan
 * begins.
 */
static PkFinding *
find_beyond(const PkInquiry *inquiry, Node *condition, const PkClause *first, const PkClause *second)
{
	const PkClause *beyond = pk_keys_btree_strategy(first->opno) == BTEqualStrategyNumber ? second : first;
	const PkClause *equality = beyond == first ? second : first;
	StrategyNumber strategy = pk_keys_btree_strategy(beyond->opno);
	List *families = pk_compat_op_meanings(beyond->opno);
	PkCompatOpMeaning *family = families != NIL ? linitial(families) : NULL;
	PkFinding *finding;
	Oid opno;

	if (!is_equality_of(beyond, equality) || first->both_sides || second->both_sides ||
		(strategy != BTLessStrategyNumber && strategy != BTGreaterStrategyNumber) || family == NULL ||
		!equal(first->compared, second->compared) || !equal(first->value, second->value))
		return NULL;
	opno = get_opfamily_member(family->opfamily_id, family->oplefttype, family->oprighttype,
							   strategy == BTLessStrategyNumber ? BTLessEqualStrategyNumber
																: BTGreaterEqualStrategyNumber);
	if (!OidIsValid(opno))
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_KEYSET_OR);
	finding->condition = pk_inquiry_condition(inquiry, condition);
	finding->column = pk_inquiry_condition(inquiry, first->compared);
	finding->index = pk_wording_index(inquiry, first->compared, InvalidOid);
	finding->remedy_kind = PK_REMEDY_CONDITION;
	finding->same_result = PK_SAME_BY_RULE;
	finding->remedy_sql = psprintf("%s %s %s", finding->column, get_opname(opno),
								   pk_inquiry_condition(inquiry, first->value));
	finding->decisive = true;
	return finding;
}

/*
 * a > x OR (a = x AND b > y): the rows after (x, y), in a form that is only a filter. As a row
 * comparison it is where an index scan begins.
 */
static PkFinding *
find_keyset(const PkInquiry *inquiry, Node *condition)
{
	PkClause clause;
	PkClause first;
	PkClause second;
	PkClause equality = {0};
	PkClause next = {0};
	StrategyNumber strategy;
	PkFinding *finding;
	char *columns;
	char *values;

	pk_clause_take(condition, inquiry->table, &clause);
	if (clause.form != PK_CLAUSE_OR || list_length(clause.args) != 2)
		return NULL;
	pk_clause_take(linitial(clause.args), inquiry->table, &first);
	pk_clause_take(lsecond(clause.args), inquiry->table, &second);
	if (first.form == PK_CLAUSE_COMPARISON && second.form == PK_CLAUSE_COMPARISON)
		return find_beyond(inquiry, condition, &first, &second);
	if (first.form != PK_CLAUSE_COMPARISON || second.form != PK_CLAUSE_AND || list_length(second.args) != 2)
		return NULL;
	strategy = pk_keys_btree_strategy(first.opno);
	if (strategy != BTLessStrategyNumber && strategy != BTGreaterStrategyNumber)
		return NULL;
	pk_clause_take(linitial(second.args), inquiry->table, &equality);
	pk_clause_take(lsecond(second.args), inquiry->table, &next);
	if (equality.form != PK_CLAUSE_COMPARISON || next.form != PK_CLAUSE_COMPARISON ||
		!equal(equality.compared, first.compared) || !equal(equality.value, first.value) || first.both_sides ||
		next.both_sides || !is_equality_of(&first, &equality))
		return NULL;
	/* (a, b) >= (x, y) asks for ">=" of the last column only. */
	if (pk_keys_btree_strategy(next.opno) != strategy || strcmp(get_opname(next.opno), get_opname(first.opno)) != 0)
		return NULL;

	columns = psprintf("%s, %s", pk_inquiry_condition(inquiry, first.compared),
					   pk_inquiry_condition(inquiry, next.compared));
	values = psprintf("%s, %s", pk_inquiry_condition(inquiry, first.value), pk_inquiry_condition(inquiry, next.value));
	finding = pk_inquiry_make(inquiry, PK_CAUSE_KEYSET_OR);
	finding->condition = pk_inquiry_condition(inquiry, condition);
	finding->column = columns;
	finding->index = pk_wording_index(inquiry, first.compared, InvalidOid);
	finding->remedy_kind = PK_REMEDY_CONDITION;
	finding->same_result = PK_SAME_BY_RULE; /* a null makes neither true, unless the first column decides */
	finding->remedy_sql = psprintf("(%s) %s (%s)", columns, get_opname(first.opno), values);
	finding->decisive = true;
	return finding;
}

/* Does the scan look for what lies between two columns? If so, add that. */
static bool
add_range_columns(PkInquiry *inquiry)
{
	PkFinding *finding = pk_range_columns_find(inquiry);

	if (finding != NULL)
		pk_inquiry_add(inquiry, finding);
	return finding != NULL;
}

/* Why a filter above the index is no index condition although the index has its column. */
static void
find_filter(PkInquiry *inquiry, Oid index, List *filter)
{
	PkInquiry narrowed = *inquiry;
	PkFinding *obstacle;
	PkFinding *missing = NULL;
	PkCandidate candidate;
	ListCell *cell;

	foreach (cell, filter)
	{
		PkFinding *keyset = find_keyset(inquiry, lfirst(cell));

		if (keyset != NULL)
		{
			pk_inquiry_add(inquiry, keyset);
			return;
		}
	}
	obstacle = pk_context_row_security(inquiry, filter);
	if (obstacle != NULL)
	{
		pk_inquiry_add(inquiry, obstacle);
		return;
	}
	narrowed.conditions = filter;
	narrowed.expected = list_make1_oid(index);
	narrowed.all_keys = true;
	obstacle = pk_obstacle_nearest(&narrowed);
	if (obstacle == NULL || obstacle->cause == PK_CAUSE_NEGATION)
	{
		(void) pk_better_index_lacking(inquiry, index, filter);
		return;
	}
	if (obstacle->cause == PK_CAUSE_COLLATION)
		(void) pk_better_index_try(inquiry, obstacle);
	/* The cause is why the condition is only a filter; that it is one is said with it. */
	obstacle->above_index = true;
	pk_inquiry_add(inquiry, obstacle);
	if (obstacle->decisive || obstacle->remedy_sql != NULL || obstacle->cause == PK_CAUSE_COLLATION)
		return;
	pk_candidate_find(inquiry->failure->tree, inquiry->failure->scan, &candidate);
	missing = pk_missing_find(inquiry, &candidate);
	if (missing != NULL && (missing->chosen || missing->proof == PK_PROOF_NONE))
		pk_inquiry_adopt(inquiry, obstacle, missing);
	else
		inquiry->findings = NIL; /* an index narrows the scan already, and none does so better */
}

/* A B-tree that is read as a whole, since no condition is on its first column. */
static void
find_whole_index(PkInquiry *inquiry, const PkPlanNode *node)
{
	Relation index = index_open(node->indexid, AccessShareLock);
	PkFinding *finding = pk_inquiry_make(inquiry, PK_CAUSE_KEY_POSITION);
	PkKeyMatch match = {0};
	ListCell *cell;

	finding->index = node->indexid;
	finding->column = pk_keys_text(inquiry->table, pk_match_key_expression(index, 0, inquiry->table));
	foreach (cell, inquiry->conditions)
	{
		for (int key = 1; key < index->rd_index->indnkeyatts && match.kind != PK_MATCH_FULL; key++)
			pk_match_key(index, key, inquiry->table, lfirst(cell), &match);
	}
	if (match.kind == PK_MATCH_FULL)
		finding->column = pk_keys_text(inquiry->table, match.key);
	index_close(index, NoLock);
	(void) pk_better_index_try(inquiry, finding);
	pk_inquiry_add(inquiry, finding);
}

/* The index gives a part of the order, and groups of its rows are sorted further. */
static void
find_order(PkInquiry *inquiry, const PkPlanNode *node)
{
	const PkPlanNode *above = pk_plan_parent(inquiry->failure->tree, node);
	PkFinding *finding = NULL;

	if (above != NULL && IsA(above->plan, IncrementalSort))
		finding = pk_order_find(inquiry, node);
	if (finding == NULL || finding->cause != PK_CAUSE_SORT_ORDER)
		return;
	(void) pk_order_add(inquiry, finding, node);
}

/*
 * An index-only scan has to visit pages that VACUUM has not marked as visible to all. Counted in
 * the visibility map, which is small: pg_class has the number as the last VACUUM left it, and the
 * planner takes updates since then for as good as vacuumed.
 */
static void
find_heap_fetches(PkInquiry *inquiry, const PkPlanNode *node)
{
	Relation relation = table_open(node->relid, AccessShareLock);
	BlockNumber pages = RelationGetNumberOfBlocks(relation);
	BlockNumber visible = 0;
	const PkPlanNode *above = pk_plan_parent(inquiry->failure->tree, node);
	double rows = node->plan->plan_rows;
	double share;
	PkFinding *finding;

	/* LIMIT, or min(), ends the scan early. */
	if (above != NULL && IsA(above->plan, Limit))
		rows = Min(rows, above->plan->plan_rows);
	if (pages > 0)
		visibilitymap_count(relation, &visible, NULL);
	table_close(relation, NoLock);
	share = pages > 0 ? 1 - (double) visible / pages : 0;
	if (share < MANY_NOT_VISIBLE || rows * share < MANY_FETCHES)
		return;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_HEAP_FETCHES);
	finding->index = node->indexid;
	finding->share = 100 * share;
	finding->remedy_sql = psprintf("VACUUM %s", pk_quoted_relation_name(node->relid));
	finding->unproven = pstrdup("only VACUUM can tell which rows are visible to all");
	pk_inquiry_add(inquiry, finding);
}

/* Are the rows searched for in a subquery of NOT IN? If so, add that. */
static bool
add_not_in(PkInquiry *inquiry)
{
	PkFinding *finding = pk_unanswerable_find(inquiry);

	if (finding == NULL || finding->cause != PK_CAUSE_NOT_IN)
		return false;
	pk_inquiry_add(inquiry, finding);
	return true;
}

/* Rows that are computed and skipped. */
static List *
find_offset(const PkFailure *failure)
{
	const Limit *limit = castNode(Limit, failure->scan->plan);
	Const *offset = (Const *) limit->limitOffset;
	PkFinding *finding;

	if (offset == NULL || !IsA(offset, Const) || offset->constisnull ||
		DatumGetInt64(offset->constvalue) < MANY_SKIPPED)
		return NIL;
	finding = pk_finding_make(PK_CAUSE_OFFSET, InvalidOid);
	finding->node_id = failure->scan->node_id;
	finding->cost = failure->tree->root->plan->total_cost;
	finding->value = psprintf(INT64_FORMAT, DatumGetInt64(offset->constvalue));
	return list_make1(finding);
}

/* The index of a bitmap scan, if it is a single one. */
static const PkPlanNode *
index_node(const PkPlanTree *tree, const PkPlanNode *node)
{
	if (OidIsValid(node->indexid))
		return node;
	if (IsA(node->plan, BitmapHeapScan) && IsA(outerPlan(node->plan), BitmapIndexScan))
	{
		for (int i = node->node_id; i < tree->count; i++)
		{
			if (tree->nodes[i].plan == outerPlan(node->plan))
				return &tree->nodes[i];
		}
	}
	return NULL;
}

List *
pk_work_find(const PkFailure *failure, double min_rows)
{
	const PkPlanNode *node = failure->scan;
	const PkPlanNode *by;
	PkInquiry inquiry;

	if (IsA(node->plan, ModifyTable))
		return OidIsValid(node->relid) ? pk_foreign_key_find(failure, min_rows) : NIL;
	if (IsA(node->plan, Limit))
		return find_offset(failure);
	if (IsA(node->plan, ForeignScan))
		return pk_shipping_find(failure);
	if (!OidIsValid(node->relid) || IsA(node->plan, BitmapIndexScan) || (by = index_node(failure->tree, node)) == NULL)
		return NIL;

	pk_inquiry_begin(&inquiry, failure, node);
	inquiry.expected = NIL;
	if (pk_ordered_walk_find(&inquiry, node) || pk_brin_find(&inquiry, by->indexid) || add_range_columns(&inquiry))
		return inquiry.findings;
	if (inquiry.conditions == NIL)
		find_order(&inquiry, node);
	else if (pk_indexes_conditions(by) != NIL && !pk_indexes_narrowing(by))
		find_whole_index(&inquiry, by);
	else if (!pk_better_index_range_first(&inquiry, by->indexid) && node->plan->qual != NIL)
		find_filter(&inquiry, by->indexid, pk_candidate_filter(node));
	/* An index is read as a whole, like a table. */
	if (inquiry.findings == NIL && node->plan->qual != NIL && pk_indexes_conditions(by) == NIL &&
		!pk_fence_ends_early(failure->tree, node) && add_not_in(&inquiry))
		return inquiry.findings;
	if (IsA(node->plan, IndexOnlyScan))
		find_heap_fetches(&inquiry, node);
	return inquiry.findings;
}
