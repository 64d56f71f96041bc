/*
 * order.c
 *	  Why no index gives the order that a sort, min(), or a merge of rows above a scan needs.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_index.h"
#include "commands/defrem.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "common/catalog.h"
#include "advice/candidate.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/missing.h"
#include "causes/order.h"
#include "causes/wording.h"
#include "plan/source.h"

/* One key of a sort, in terms of the tables. */
typedef struct PkSortKey
{
	Node *source; /* NULL if it does not come from tables */
	bool descending;
	bool nulls_first;
	Oid collation;
} PkSortKey;

/* Is it an operator by which some index orders its rows, such as a distance? */
static bool
orders_by_distance(Oid opno)
{
	CatCList *families = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(opno));
	bool found = false;

	for (int i = 0; i < families->n_members && !found; i++)
		found = ((Form_pg_amop) GETSTRUCT(&families->members[i]->tuple))->amoppurpose == AMOP_ORDER;
	ReleaseCatCacheList(families);
	return found;
}

static PkSortKey
sort_key(const PkInquiry *inquiry, const Sort *sort, int i)
{
	Plan *below = outerPlan(&sort->plan);
	PkSortKey key = {
		.source = pk_source_of_output(inquiry->failure->tree, below, sort->sortColIdx[i], inquiry->table.rti),
		.descending = pk_keys_btree_strategy(sort->sortOperators[i]) == BTGreaterStrategyNumber,
		.nulls_first = sort->nullsFirst[i],
		.collation = sort->collations[i],
	};

	key.source = pk_clause_strip(key.source);
	return key;
}

/*
 * A distance between the table's column and something else: GiST and SP-GiST give that order, if it
 * is ascending, by the operator and by nothing else.
 */
static PkFinding *
find_distance(const PkInquiry *inquiry, const PkSortKey *key)
{
	Node *source = key->source;
	bool operator= IsA(source, OpExpr);
	List *args = operator? ((OpExpr *) source)->args : IsA(source, FuncExpr) ? ((FuncExpr *) source)->args
																			 : NIL;
	Oid opno = operator? ((OpExpr *) source)->opno : InvalidOid;
	PkFinding *finding;
	Node *column;
	char *gist;

	if (list_length(args) != 2)
		return NULL;
	if (!operator)
		opno = pk_wording_order_operator(((FuncExpr *) source)->funcid);
	if (!OidIsValid(opno) || !orders_by_distance(opno))
		return NULL;
	column = pk_clause_strip(linitial(args));
	if (!pk_keys_is_key(inquiry->table, column))
		column = pk_clause_strip(lsecond(args));
	if (!pk_keys_is_key(inquiry->table, column))
		return NULL;

	finding = pk_inquiry_make(inquiry, !operator		 ? PK_CAUSE_FUNCTION_NOT_OPERATOR
									   : key->descending ? PK_CAUSE_SORT_ORDER
														 : PK_CAUSE_KNN);
	finding->column = pk_keys_text(inquiry->table, column);
	finding->operator= get_opname(opno);
	finding->index = pk_wording_index(inquiry, column, InvalidOid);
	if (!operator)
	{
		finding->expression = psprintf("%s()", get_func_name(((FuncExpr *) source)->funcid));
		finding->remedy_kind = PK_REMEDY_ORDER;
		finding->remedy_sql = psprintf("%s %s %s", pk_inquiry_condition(inquiry, linitial(args)), get_opname(opno),
									   pk_inquiry_condition(inquiry, lsecond(args)));
		finding->decisive = true;
		return finding;
	}
	finding->decisive = true;
	gist = pk_keys_order_text(inquiry->table, column, opno);
	if (!key->descending && gist != NULL)
	{
		finding->remedy_sql = psprintf("CREATE INDEX ON %s %s", pk_quoted_relation_name(inquiry->table.relid), gist);
		(void) pk_missing_prove(inquiry, finding, gist);
	}
	return finding;
}

/*
 * How an index that has the keys of the sort differs from it; PK_CAUSE_NONE if it does not have
 * them.
 */
static PkCause
compare_index(const PkInquiry *inquiry, Relation index, const PkSortKey *keys, int count)
{
	bool backwards = false;

	for (int i = 0; i < count; i++)
	{
		int16 option = index->rd_indoption[i];
		bool descending = (option & INDOPTION_DESC) != 0;
		bool nulls_first = (option & INDOPTION_NULLS_FIRST) != 0;

		if (i >= index->rd_index->indnkeyatts || keys[i].source == NULL ||
			!equal(pk_match_key_expression(index, i, inquiry->table), keys[i].source))
			return PK_CAUSE_NONE;
		if (index->rd_rel->relam != BTREE_AM_OID)
			return PK_CAUSE_SORT_ORDER;
		if (OidIsValid(index->rd_indcollation[i]) && index->rd_indcollation[i] != keys[i].collation)
			return PK_CAUSE_COLLATION;
		if (i == 0)
			backwards = descending != keys[i].descending;
		if ((descending != keys[i].descending) != backwards || (nulls_first != keys[i].nulls_first) != backwards)
			return PK_CAUSE_SORT_ORDER;
	}
	return PK_CAUSE_NONE;
}

/* An index has the sort's columns, but in another order or by another collation. */
static PkFinding *
find_index(const PkInquiry *inquiry, const PkSortKey *keys, int count)
{
	Relation relation = table_open(inquiry->table.relid, AccessShareLock);
	PkFinding *finding = NULL;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index;
		PkCause cause;

		if (finding != NULL || (inquiry->expected != NIL && !list_member_oid(inquiry->expected, lfirst_oid(cell))))
			continue;
		index = index_open(lfirst_oid(cell), AccessShareLock);
		cause = compare_index(inquiry, index, keys, count);
		if (cause != PK_CAUSE_NONE)
		{
			finding = pk_inquiry_make(inquiry, cause);
			finding->index = RelationGetRelid(index);
			finding->column = pk_keys_text(inquiry->table, keys[0].source);
			finding->method = get_am_name(index->rd_rel->relam);
			if (cause == PK_CAUSE_COLLATION)
			{
				finding->collation = generate_collation_name(index->rd_indcollation[0]);
				finding->other_collation = generate_collation_name(keys[0].collation);
			}
		}
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return finding;
}

static PkFinding *
find_sort(const PkInquiry *inquiry, const Sort *sort)
{
	PkSortKey *keys = palloc(sort->numCols * sizeof(PkSortKey));
	Bitmapset *tables = NULL;
	PkFinding *finding;
	ListCell *cell;

	for (int i = 0; i < sort->numCols; i++)
	{
		keys[i] = sort_key(inquiry, sort, i);
		if (keys[i].source != NULL)
			tables = bms_add_members(tables, pull_varnos(NULL, keys[i].source));
	}
	if (keys[0].source == NULL || !bms_is_member(inquiry->table.rti, tables))
		return NULL;
	if (bms_membership(tables) == BMS_MULTIPLE)
		return pk_inquiry_make(inquiry, PK_CAUSE_SORT_TABLES);
	finding = find_distance(inquiry, &keys[0]);
	if (finding == NULL)
		finding = find_index(inquiry, keys, sort->numCols);
	if (finding != NULL || IsA(keys[0].source, Var))
		return finding;
	/* An index on a column of the expression gives no order of the expression. */
	foreach (cell, pull_var_clause(keys[0].source, PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS))
	{
		Oid index = pk_wording_index(inquiry, lfirst(cell), InvalidOid);

		if (!OidIsValid(index))
			continue;
		finding = pk_inquiry_make(inquiry, PK_CAUSE_SORT_EXPRESSION);
		finding->index = index;
		finding->column = pk_keys_text(inquiry->table, lfirst(cell));
		finding->expression = pk_keys_text(inquiry->table, keys[0].source);
		return finding;
	}
	return NULL;
}

/* min() or max() over all rows: an index on its argument has it at one end. */
static PkFinding *
find_min_max(const PkInquiry *inquiry, Plan *plan)
{
	Aggref *aggregate;
	HeapTuple tuple;
	Oid sort_operator;
	Node *source;
	PkFinding *finding;
	char *tail;
	TargetEntry *entry = list_length(plan->targetlist) == 1 ? linitial(plan->targetlist) : NULL;

	if (!IsA(plan, Agg) || ((Agg *) plan)->aggstrategy != AGG_PLAIN || entry == NULL || !IsA(entry->expr, Aggref))
		return NULL;
	aggregate = (Aggref *) entry->expr;
	if (list_length(aggregate->args) != 1 || aggregate->aggfilter != NULL)
		return NULL;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate->aggfnoid));
	if (!HeapTupleIsValid(tuple))
		return NULL;
	sort_operator = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggsortop;
	ReleaseSysCache(tuple);
	if (!OidIsValid(sort_operator))
		return NULL;
	source = pk_source_of(inquiry->failure->tree, plan, (Node *) linitial_node(TargetEntry, aggregate->args)->expr,
						  inquiry->table.rti);
	source = pk_clause_strip(source);
	/* A partial aggregate's result is the argument of the one above it. */
	if (source != NULL && IsA(source, Aggref))
		source = pk_clause_strip((Node *) linitial_node(TargetEntry, ((Aggref *) source)->args)->expr);
	if (source == NULL || !pk_keys_is_key(inquiry->table, source))
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_MIN_MAX);
	finding->column = pk_keys_text(inquiry->table, source);
	finding->expression = psprintf("%s()", get_func_name(aggregate->aggfnoid));
	tail = psprintf(IsA(source, Var) ? "(%s)" : "((%s))", finding->column);
	finding->remedy_sql = psprintf("CREATE INDEX ON %s %s", pk_quoted_relation_name(inquiry->table.relid), tail);
	(void) pk_missing_prove(inquiry, finding, tail);
	finding->decisive = true;
	return finding;
}

PkFinding *
pk_order_find(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	const PkPlanNode *node = scan;
	const PkPlanNode *above;

	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL)
	{
		PkFinding *finding = NULL;
		const PkPlanNode *next = pk_plan_parent(tree, above);

		/* A sort below a merge join serves the join. */
		if ((IsA(above->plan, Sort) || IsA(above->plan, IncrementalSort)) &&
			!(next != NULL && IsA(next->plan, MergeJoin)))
			finding = find_sort(inquiry, (Sort *) above->plan);
		else if (IsA(above->plan, Agg) && scan->plan->qual == NIL)
			finding = find_min_max(inquiry, above->plan);
		if (finding != NULL)
			return finding;
		node = above;
	}
	return NULL;
}

static PkFinding *
find_join_clause(const PkInquiry *inquiry, Plan *join, OpExpr *op)
{
	for (int i = 0; i < 2; i++)
	{
		Node *source = pk_source_of(inquiry->failure->tree, join, list_nth(op->args, i), inquiry->table.rti);
		Node *compared = pk_clause_strip(source);
		List *columns;
		PkFinding *finding;
		Oid index;

		if (compared == NULL || !bms_equal(pull_varnos(NULL, compared), bms_make_singleton(inquiry->table.rti)))
			continue;
		columns = pull_var_clause(compared, 0);
		if (list_length(columns) != 1)
			continue;
		index = pk_wording_index(inquiry, linitial(columns), InvalidOid);
		if (!OidIsValid(index))
			continue;
		if (IsA(compared, Var) && OidIsValid(op->inputcollid) && exprCollation(compared) != op->inputcollid)
		{
			finding = pk_inquiry_make(inquiry, PK_CAUSE_COLLATION);
			finding->collation = generate_collation_name(exprCollation(compared));
			finding->other_collation = generate_collation_name(op->inputcollid);
		}
		else if (pk_clause_is_cast(compared))
		{
			finding = pk_inquiry_make(inquiry, PK_CAUSE_JOIN_TYPE);
			finding->decisive = true;
			finding->implicit = pk_clause_is_implicit_cast(compared);
		}
		else
			continue;
		finding->index = index;
		finding->column = pk_keys_text(inquiry->table, linitial(columns));
		finding->type = format_type_be(exprType(linitial(columns)));
		finding->expression = pk_keys_text(inquiry->table, compared);
		finding->expression_type = format_type_be(exprType(compared));
		return finding;
	}
	return NULL;
}

PkFinding *
pk_order_find_join(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	const PkPlanNode *node = scan;
	const PkPlanNode *above;

	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL)
	{
		ListCell *cell;

		foreach (cell, pk_candidate_join_clauses(above->plan))
		{
			PkFinding *finding = NULL;

			if (IsA(lfirst(cell), OpExpr) && list_length(((OpExpr *) lfirst(cell))->args) == 2)
				finding = find_join_clause(inquiry, above->plan, lfirst(cell));
			if (finding != NULL)
				return finding;
		}
		node = above;
	}
	return NULL;
}
