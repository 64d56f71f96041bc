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
#include "catalog/pg_index.h"
#include "commands/defrem.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "common/catalog.h"
#include "advice/candidate.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/distance.h"
#include "causes/fence.h"
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

/* How many times as many rows are sorted as LIMIT lets through, for an order to be wanted. */
#define MANY_TIMES 10

/* Rows that are sorted in no time. */
#define FEW_ROWS 1000

/* Does a LIMIT above the sort let only a few of its rows through? */
static bool
is_limited(const PkPlanTree *tree, const PkPlanNode *sort)
{
	const PkPlanNode *above = pk_plan_parent(tree, sort);

	while (sort->subplan == NULL && above != NULL && above->subplan == NULL &&
		   (IsA(above->plan, GatherMerge) || IsA(above->plan, Result) || IsA(above->plan, LockRows) ||
			IsA(above->plan, SubqueryScan) || IsA(above->plan, MergeAppend)))
		above = pk_plan_parent(tree, above);
	return sort->subplan == NULL && above != NULL && IsA(above->plan, Limit) &&
		   above->plan->plan_rows * MANY_TIMES <= sort->plan->plan_rows;
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
 * How an index that has the keys of the sort differs from it; PK_CAUSE_NONE if it does not have
 * them, or if it gives just that order, which "same" tells.
 */
static PkCause
compare_index(const PkInquiry *inquiry, Relation index, const PkSortKey *keys, int count, bool *same)
{
	bool backwards = false;

	*same = false;

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
	*same = RelationGetIndexPredicate(index) == NIL;
	return PK_CAUSE_NONE;
}

/*
 * An index has the sort's columns, but in another order or by another collation. If one has the
 * same order, "same" is set to it.
 */
static PkFinding *
find_index(const PkInquiry *inquiry, const PkSortKey *keys, int count, Oid *same)
{
	Relation relation = table_open(inquiry->table.relid, AccessShareLock);
	PkFinding *finding = NULL;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index;
		PkCause cause;
		bool is_same;

		if (inquiry->expected != NIL && !list_member_oid(inquiry->expected, lfirst_oid(cell)))
			continue;
		index = index_open(lfirst_oid(cell), AccessShareLock);
		cause = compare_index(inquiry, index, keys, count, &is_same);
		if (is_same && pk_match_is_valid(index))
			*same = RelationGetRelid(index);
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
		if (finding != NULL)
			break;
	}
	table_close(relation, NoLock);
	return finding;
}

/* The table's columns, and those of others, by which the rows are sorted. */
static char *
key_names(const PkPlanTree *tree, const PkSortKey *keys, int count)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < count; i++)
	{
		Var *var = (Var *) keys[i].source;
		RangeTblEntry *entry;

		if (var == NULL || !IsA(var, Var) || var->varattno <= 0)
			continue;
		entry = rt_fetch(var->varno, tree->stmt->rtable);
		if (entry->rtekind == RTE_RELATION)
			appendStringInfo(&names, "%s%s.%s", names.len > 0 ? ", " : "", quote_identifier(entry->eref->aliasname),
							 quote_identifier(get_attname(entry->relid, var->varattno, false)));
	}
	return names.data;
}

/* An index with a key that contains the expression, or that is contained in it. */
static PkFinding *
find_sort_expression(const PkInquiry *inquiry, Node *source)
{
	Relation relation = table_open(inquiry->table.relid, AccessShareLock);
	PkFinding *finding = NULL;
	Node *nearest = NULL;
	Oid found = InvalidOid;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		for (int i = 0; i < index->rd_index->indnkeyatts && !OidIsValid(found) && pk_match_is_valid(index); i++)
		{
			Node *key = pk_match_key_expression(index, i, inquiry->table);

			if (!equal(key, source) && (pk_clause_contains(source, key) || pk_clause_contains(key, source)))
			{
				nearest = copyObject(key);
				found = RelationGetRelid(index);
			}
		}
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	if (IsA(source, Var) && !OidIsValid(found))
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_SORT_EXPRESSION);
	finding->index = found;
	finding->expression = pk_keys_text(inquiry->table, source);
	if (nearest != NULL)
		finding->column = pk_keys_text(inquiry->table, nearest);
	return finding;
}

/* Is there a UNION ALL between the scan and the LIMIT, each arm of which could give the order? */
static bool
is_below_union(const PkPlanTree *tree, const PkPlanNode *scan)
{
	const PkPlanNode *node = scan;

	while (node != NULL && !IsA(node->plan, Limit))
	{
		if (pk_fence_appends(tree, node->plan))
			return true;
		node = pk_plan_parent(tree, node);
	}
	return false;
}

static PkFinding *
find_sort(const PkInquiry *inquiry, const PkPlanNode *node, const PkPlanNode *scan)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	const Sort *sort = (const Sort *) node->plan;
	PkSortKey *keys = palloc(sort->numCols * sizeof(PkSortKey));
	Bitmapset *tables = NULL;
	PkFinding *finding;
	Oid same = InvalidOid;

	for (int i = 0; i < sort->numCols; i++)
	{
		keys[i] = sort_key(inquiry, sort, i);
		if (keys[i].source != NULL)
			tables = bms_add_members(tables, pull_varnos(NULL, keys[i].source));
	}
	if (keys[0].source == NULL || !bms_is_member(inquiry->table.rti, tables))
		return NULL;
	if (bms_membership(tables) == BMS_MULTIPLE)
	{
		finding = pk_inquiry_make(inquiry, PK_CAUSE_SORT_TABLES);
		finding->columns = key_names(tree, keys, sort->numCols);
		return finding;
	}
	/* An aggregate or a window function has its order from none of the table's rows. */
	if (contain_agg_clause(keys[0].source) || contain_window_function(keys[0].source))
		return NULL;
	finding = pk_distance_find(inquiry, keys[0].source, keys[0].descending);
	if (finding == NULL)
		finding = find_index(inquiry, keys, sort->numCols, &same);
	if (finding == NULL && OidIsValid(same) && is_limited(tree, node) && is_below_union(tree, scan))
	{
		finding = pk_inquiry_make(inquiry, PK_CAUSE_ABOVE_SET_OPERATION);
		finding->condition = NULL;
		finding->index = same;
		finding->column = pk_keys_text(inquiry->table, keys[0].source);
		finding->expression = finding->column;
		finding->decisive = true;
	}
	if (finding != NULL || OidIsValid(same))
		return finding;
	return find_sort_expression(inquiry, keys[0].source);
}

/* The column, or other key, whose end the aggregate returns; NULL if it is no such aggregate. */
static Node *
end_wanted(const PkInquiry *inquiry, Plan *plan, Aggref *aggregate)
{
	HeapTuple tuple;
	Oid sort_operator;
	Node *source;

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
	return source != NULL && pk_keys_is_key(inquiry->table, source) ? source : NULL;
}

/*
 * min() or max() over all rows: an index on its argument has it at one end. The planner uses that
 * only if all aggregates are of that kind.
 */
static PkFinding *
find_min_max(const PkInquiry *inquiry, Plan *plan)
{
	Node *source = NULL;
	char *names = NULL;
	PkFinding *finding;
	char *tail;
	List *aggregates;
	ListCell *cell;

	if (!IsA(plan, Agg) || ((Agg *) plan)->aggstrategy != AGG_PLAIN)
		return NULL;
	aggregates = pull_var_clause((Node *) plan->targetlist, PVC_INCLUDE_AGGREGATES | PVC_RECURSE_PLACEHOLDERS);
	foreach (cell, aggregates)
	{
		Aggref *aggregate = lfirst(cell);
		Node *wanted = IsA(aggregate, Aggref) ? end_wanted(inquiry, plan, aggregate) : NULL;
		char *name;

		if (wanted == NULL || (source != NULL && !equal(source, wanted)))
			return NULL;
		source = wanted;
		name = psprintf("%s()", get_func_name(aggregate->aggfnoid));
		if (names == NULL)
			names = name;
		else if (strstr(names, name) == NULL)
			names = psprintf("%s or %s", names, name);
	}
	if (source == NULL)
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_MIN_MAX);
	finding->column = pk_keys_text(inquiry->table, source);
	finding->expression = names;
	tail = psprintf(IsA(source, Var) ? "(%s)" : "((%s))", finding->column);
	finding->remedy_sql = psprintf("CREATE INDEX ON %s %s", pk_quoted_relation_name(inquiry->table.relid), tail);
	(void) pk_missing_prove(inquiry, finding, tail);
	finding->decisive = true;
	return finding;
}

static PkFinding *
find_order(const PkInquiry *inquiry, const PkPlanNode *scan, bool limited)
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
		{
			if (!limited || is_limited(tree, above))
				finding = find_sort(inquiry, above, scan);
		}
		else if (IsA(above->plan, Agg) && scan->plan->qual == NIL)
			finding = find_min_max(inquiry, above->plan);
		if (finding != NULL)
			return finding;
		node = above;
	}
	return NULL;
}

PkFinding *
pk_order_find(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	return find_order(inquiry, scan, false);
}

PkFinding *
pk_order_find_limited(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	return find_order(inquiry, scan, true);
}

bool
pk_order_add(PkInquiry *inquiry, PkFinding *finding, const PkPlanNode *scan)
{
	PkCandidate candidate;
	PkFinding *missing = NULL;

	if (finding->remedy_sql == NULL && (finding->cause == PK_CAUSE_SORT_ORDER || finding->cause == PK_CAUSE_COLLATION ||
										finding->cause == PK_CAUSE_SORT_EXPRESSION))
	{
		pk_candidate_find_ordered(inquiry->failure->tree, scan, &candidate);
		missing = pk_missing_find(inquiry, &candidate);
	}
	if (missing != NULL)
	{
		pk_inquiry_adopt(inquiry, finding, missing);
		finding->decisive = true;
	}
	pk_inquiry_add(inquiry, finding);
	return missing == NULL || missing->proof == PK_PROOF_NONE || missing->chosen;
}

/* A scan of the table number. */
static const PkPlanNode *
find_reader(const PkPlanTree *tree, Index rti)
{
	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];

		if (node->rti == rti && OidIsValid(node->relid) && !IsA(node->plan, ModifyTable) &&
			!IsA(node->plan, BitmapIndexScan))
			return node;
	}
	return NULL;
}

List *
pk_order_of_sort(const PkFailure *failure, const PkPlanNode *sort)
{
	Sort *plan = (Sort *) sort->plan;
	PkFailure about = *failure;
	PkInquiry inquiry;
	PkFinding *finding;
	Node *first;
	int rti;

	if (!is_limited(failure->tree, sort) || sort->plan->plan_rows < FEW_ROWS)
		return NIL;
	first = pk_source_of_output(failure->tree, outerPlan(sort->plan), plan->sortColIdx[0], 0);
	if (first == NULL || !bms_get_singleton_member(pull_varnos(NULL, first), &rti) ||
		(about.scan = find_reader(failure->tree, rti)) == NULL)
		return NIL;
	pk_inquiry_begin(&inquiry, &about, about.scan);
	inquiry.expected = NIL;
	finding = find_sort(&inquiry, sort, about.scan);
	/* What the scan itself is asked about is found there. */
	if (finding == NULL || (IsA(about.scan->plan, SeqScan) && finding->cause != PK_CAUSE_SORT_TABLES))
		return NIL;
	if (!pk_order_add(&inquiry, finding, about.scan))
		return NIL;
	finding->node_id = sort->node_id;
	return inquiry.findings;
}
