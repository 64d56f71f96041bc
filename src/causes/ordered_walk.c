/*
 * ordered_walk.c
 *	  ORDER BY with LIMIT, min() and max(): rows are read in the order of an index until enough of
 *	  them match.
 *
 * The planner assumes that the rows that match are spread evenly along the order, so that a few of
 * many are soon met. Nothing in the statistics says otherwise; but the value asked for is often a
 * status or an owner that comes early or late, and then most of the table is read. So the walk is
 * told where few rows match, and where there is another way: an index that has both the condition
 * and the order, which has no bad case, or an existing one that finds the rows by the condition.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "common/catalog.h"
#include "advice/candidate.h"
#include "advice/clause.h"
#include "advice/indexes.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/missing.h"
#include "causes/ordered_walk.h"
#include "plan/table_state.h"

/* A smaller share of matching rows than this may all be at the other end. */
#define FEW_MATCH 0.1

/* A walk that is expected to read so many rows is worth telling where more rows match, too. */
#define LONG_WALK 1000
#define SOME_MATCH 0.3

/* Reading the whole index at this cost would not be noticed. */
#define CHEAP_WALK 100

/* Keys of the order that are tried, one after the other. */
#define MAX_ORDER_KEYS 3

typedef struct PkWalk
{
	const PkPlanNode *scan;
	List *conditions; /* that the walk waits for */
	double wanted;	  /* rows */
	double all_rows;
	double expected; /* rows that are read until then */
	double share;	 /* of the rows that match */
	bool unknown;	 /* a condition is on a value that is not known */
} PkWalk;

/* Does the node pass on rows in their order, as they come, from this child? */
static bool
passes_on(const PkPlanNode *node, const PkPlanNode *child)
{
	switch (nodeTag(node->plan))
	{
		case T_LockRows:
		case T_Result:
		case T_SubqueryScan:
		case T_MergeAppend:
		case T_Append:
		case T_GatherMerge:
		case T_Unique:
		case T_ProjectSet:
			return true;
		case T_NestLoop:
			return outerPlan(node->plan) == child->plan;
		default:
			return false;
	}
}

/* The number of rows that are wanted from the scan; 0 if all of them. */
static double
rows_wanted(const PkPlanTree *tree, const PkPlanNode *scan)
{
	const PkPlanNode *node = scan;
	const PkPlanNode *above;

	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL)
	{
		if (IsA(above->plan, Limit))
			return Max(above->plan->plan_rows, 1);
		if (!passes_on(above, node))
			return 0;
		node = above;
	}
	return 0;
}

/* Does the condition only say where on the first key of the index the walk begins or ends? */
static bool
is_on_order(Relation index, PkTableRef table, Node *condition)
{
	Node *key = pk_match_key_expression(index, 0, table);
	PkClause clause;
	StrategyNumber strategy;

	pk_clause_take(condition, table, &clause);
	if (clause.form == PK_CLAUSE_NULL_TEST)
		return clause.negated && equal(clause.compared, key);
	if (clause.form == PK_CLAUSE_ROW)
		return equal(clause.compared, key);
	if (clause.form != PK_CLAUSE_COMPARISON || !equal(clause.compared, key))
		return false;
	strategy = pk_keys_btree_strategy(clause.opno);
	return strategy != 0 && strategy != BTEqualStrategyNumber;
}

static bool
has_parameter(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
		return true;
	return expression_tree_walker(node, has_parameter, context);
}

/* The walk that the scan makes; false if it makes none. */
static bool
take_walk(const PkInquiry *inquiry, const PkPlanNode *scan, Relation index, PkWalk *walk)
{
	BlockNumber pages;
	ListCell *cell;

	memset(walk, 0, sizeof(*walk));
	walk->scan = scan;
	walk->wanted = rows_wanted(inquiry->failure->tree, scan);
	if (walk->wanted == 0 || index->rd_rel->relam != BTREE_AM_OID)
		return false;
	foreach (cell, inquiry->conditions)
	{
		PkKeyMatch match;

		if (is_on_order(index, inquiry->table, lfirst(cell)))
			continue;
		/*
		 * One value of the first key is where the index is read, and no walk; filters come first.
		 */
		pk_match_key(index, 0, inquiry->table, lfirst(cell), &match);
		if (match.kind == PK_MATCH_FULL && foreach_current_index(cell) >= list_length(scan->plan->qual))
			return false;
		walk->conditions = lappend(walk->conditions, lfirst(cell));
	}
	if (walk->conditions == NIL)
		return false;
	walk->unknown = has_parameter((Node *) walk->conditions, NULL);
	pk_table_state_size(scan->relid, &pages, &walk->all_rows);
	walk->all_rows = pk_whatif_scaled(&inquiry->failure->options->what_if, walk->all_rows);
	walk->share = scan->plan->plan_rows / Max(walk->all_rows, 1);
	walk->expected = Min(walk->all_rows, walk->wanted * walk->all_rows / Max(scan->plan->plan_rows, 1));
	return true;
}

/* "id DESC NULLS LAST" for a key of the index. */
static char *
order_text(const PkKeys *keys, Relation index, int key)
{
	int16 option = index->rd_indoption[key];
	bool descending = (option & INDOPTION_DESC) != 0;
	bool nulls_first = (option & INDOPTION_NULLS_FIRST) != 0;
	char *text = pk_keys_btree_text(keys, pk_match_key_expression(index, key, keys->table), InvalidOid,
									index->rd_indcollation[key]);

	if (text == NULL)
		return NULL;
	return psprintf("%s%s%s", text, descending ? " DESC" : "",
					descending == nulls_first ? "" : nulls_first ? " NULLS FIRST"
																 : " NULLS LAST");
}

/* Is there an index with these keys, as a list of columns, in this order? */
static bool
exists(Oid relid, const char *columns)
{
	Relation relation = RelationIdGetRelation(relid);
	bool found = false;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		char *present = pg_get_indexdef_columns(lfirst_oid(cell), true);
		size_t length = strlen(columns);

		found |= strncmp(present, columns, length) == 0 && (present[length] == '\0' || present[length] == ',');
	}
	RelationClose(relation);
	return found;
}

/* What follows CREATE INDEX ON table (: the condition's keys, then the order's. */
static List *
both_keys(const PkInquiry *inquiry, const PkWalk *walk, Relation index)
{
	PkKeys keys = {.table = inquiry->table};
	List *alternatives = NIL;
	StringInfoData text;
	ListCell *cell;

	foreach (cell, walk->conditions)
	{
		pk_keys_add_clause(&keys, lfirst(cell));
	}
	/* With several values of the first key, the index does not give the order. */
	if (keys.equal == NIL || keys.several_values)
		return NIL;
	initStringInfo(&text);
	foreach (cell, keys.equal)
	{
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", (char *) lfirst(cell));
	}
	for (int key = 0; key < Min(index->rd_index->indnkeyatts, MAX_ORDER_KEYS); key++)
	{
		char *order = order_text(&keys, index, key);

		if (order == NULL)
			break;
		appendStringInfo(&text, ", %s", order);
		alternatives = lappend(alternatives, pstrdup(text.data));
	}
	return alternatives;
}

/* An index that has both the condition and the order; false if none would be chosen. */
static bool
find_both(const PkInquiry *inquiry, const PkWalk *walk, Relation index, PkFinding *finding)
{
	Oid relid = inquiry->table.relid;
	Oid whole = get_rel_relispartition(relid) ? llast_oid(get_partition_ancestors(relid)) : relid;
	ListCell *cell;

	foreach (cell, both_keys(inquiry, walk, index))
	{
		char *columns = (char *) lfirst(cell);

		/* The planner has it, and prefers the walk. */
		if (exists(relid, columns))
			return false;
		if (!pk_missing_prove(inquiry, finding, psprintf("(%s)", columns)) ||
			(finding->proof != PK_PROOF_NONE && !finding->chosen))
		{
			finding->proof = PK_PROOF_NONE;
			finding->chosen = false;
			finding->cost_with_remedy = -1;
			continue;
		}
		finding->remedy_sql = psprintf("CREATE INDEX ON %s (%s)", pk_quoted_relation_name(whole), columns);
		return true;
	}
	return false;
}

/* Would existing indexes other than that of the walk find the rows by the condition? */
static bool
find_other(const PkInquiry *inquiry, Relation index, PkFinding *finding)
{
	Relation relation = RelationIdGetRelation(inquiry->table.relid);
	List *others = list_delete_oid(list_copy(RelationGetIndexList(relation)), RelationGetRelid(index));
	PkReplan alternative;

	RelationClose(relation);
	if (others == NIL)
		return false;
	pk_replan_with_indexes(inquiry->failure, others, &alternative);
	if (!alternative.serves || alternative.whole)
		return false;
	finding->indexes = alternative.index_oids;
	if (finding->remedy_sql == NULL && alternative.comparable)
		finding->cost_with_remedy = alternative.total_cost;
	return true;
}

/* May the walk take much longer than one by another index? */
static bool
is_risky(const PkWalk *walk)
{
	const Plan *plan = walk->scan->plan;

	/* A scan begins with the subqueries that it waits for. */
	return plan->total_cost - plan->startup_cost >= CHEAP_WALK &&
		   (walk->unknown || walk->share <= FEW_MATCH || (walk->share <= SOME_MATCH && walk->expected >= LONG_WALK));
}

bool
pk_ordered_walk_find(PkInquiry *inquiry, const PkPlanNode *scan)
{
	Relation index;
	PkWalk walk;
	PkFinding *finding = NULL;

	if (!IsA(scan->plan, IndexScan) && !IsA(scan->plan, IndexOnlyScan))
		return false;
	index = index_open(scan->indexid, AccessShareLock);
	if (take_walk(inquiry, scan, index, &walk) && is_risky(&walk))
	{
		bool both;
		bool other;

		finding = pk_inquiry_make(inquiry, PK_CAUSE_ORDERED_WALK);
		finding->index = scan->indexid;
		finding->condition = pk_inquiry_condition(inquiry, (Node *) make_ands_explicit(walk.conditions));
		finding->rows = walk.expected;
		finding->all_rows = walk.all_rows;
		if (walk.unknown)
			finding->value = pk_inquiry_condition(inquiry, (Node *) make_ands_explicit(walk.conditions));
		/* With a guess at a large share, the planner would not choose such an index, either. */
		both = (!walk.unknown || walk.share <= FEW_MATCH) && find_both(inquiry, &walk, index, finding);
		other = find_other(inquiry, index, finding);
		if (!both && !other)
			finding = NULL;
	}
	index_close(index, NoLock);
	if (finding != NULL)
		pk_inquiry_add(inquiry, finding);
	return finding != NULL;
}
