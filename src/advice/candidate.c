/*
 * candidate.c
 *	  The index that would replace a sequential scan.
 *
 * It is looked for where rows are discarded: first in the condition of the scan, then, for a scan
 * without one, in the join or the sort above it.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/partition.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/catalog.h"
#include "advice/candidate.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "plan/source.h"

/* Partitions that get a hypothetical index. */
#define MAX_TRIAL_TABLES 64

/* Record the table's columns in an expression. */
static void
add_columns(PkKeys *keys, Node *node)
{
	Bitmapset *columns = NULL;

	pull_varattnos(node, keys->table.rti, &columns);
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
									: quote_identifier(get_attname(keys->table.relid, attno, false)));
	}
	return names.len > 0 ? names.data : NULL;
}

/* The expression of a node in terms of the table, if it can be the key of an index; or NULL. */
static Node *
key_of(const PkKeys *keys, const PkPlanTree *tree, Plan *plan, Node *expression)
{
	Node *source = pk_clause_strip(pk_source_of(tree, plan, expression, keys->table.rti));

	return source != NULL && pk_keys_is_key(keys->table, source) ? source : NULL;
}

static void
add_join_clauses(PkKeys *keys, const PkPlanTree *tree, Plan *join, List *clauses)
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
			Node *key = key_of(keys, tree, join, lfirst(arg));

			/* Instead of an index on a column that is cast, the other one should be cast. */
			if (key == NULL || pk_clause_is_implicit_cast(key) || pk_keys_btree_strategy(op->opno) == 0)
				continue;
			add_columns(keys, key);
			pk_keys_add_btree(keys, key, op->opno, op->inputcollid,
							  pk_keys_btree_strategy(op->opno) == BTEqualStrategyNumber);
		}
	}
}

/*
 * The sort's keys as keys of an index, up to the first that is not of the table. An index is read
 * forwards or backwards, so only keys whose direction differs from that of the first need it
 * spelled out.
 */
static void
add_sort_keys(PkKeys *keys, const PkPlanTree *tree, Sort *sort)
{
	bool backwards = false;

	for (int i = 0; i < sort->numCols; i++)
	{
		TargetEntry *entry = list_nth_node(TargetEntry, outerPlan(sort)->targetlist, sort->sortColIdx[i] - 1);
		Node *key = key_of(keys, tree, outerPlan(sort), (Node *) entry->expr);
		StrategyNumber strategy = pk_keys_btree_strategy(sort->sortOperators[i]);
		char *text;
		bool descending;
		bool nulls_first;

		if (key == NULL || strategy == 0)
			return; /* later keys are useless without this one */
		text = pk_keys_btree_text(keys, key, sort->sortOperators[i], sort->collations[i]);
		if (text == NULL)
			return;
		descending = strategy == BTGreaterStrategyNumber;
		if (keys->order == NIL)
			backwards = descending;
		descending ^= backwards;
		nulls_first = sort->nullsFirst[i] ^ backwards;
		if (nulls_first != descending)
			text = psprintf("%s%s NULLS %s", text, descending ? " DESC" : "", nulls_first ? "FIRST" : "LAST");
		else if (descending)
			text = psprintf("%s DESC", text);
		add_columns(keys, key);
		keys->order = pk_keys_append(keys->order, text);
	}
}

List *
pk_candidate_join_clauses(Plan *plan)
{
	if (IsA(plan, HashJoin))
		return ((HashJoin *) plan)->hashclauses;
	if (IsA(plan, MergeJoin))
		return ((MergeJoin *) plan)->mergeclauses;
	if (IsA(plan, NestLoop))
		return ((NestLoop *) plan)->join.joinqual;
	return NIL;
}

/* What the nodes above a scan without a condition could use an index for. */
static PkCandidateUse
look_above(PkKeys *keys, const PkPlanTree *tree, const PkPlanNode *scan)
{
	const PkPlanNode *node = scan;
	const PkPlanNode *parent;

	while (node->subplan == NULL && (parent = pk_plan_parent(tree, node)) != NULL)
	{
		Plan *plan = parent->plan;

		add_join_clauses(keys, tree, plan, pk_candidate_join_clauses(plan));
		if (IsA(plan, Sort) || IsA(plan, IncrementalSort))
		{
			/* A sort below a merge join serves the join, where its keys are found. */
			const PkPlanNode *above = pk_plan_parent(tree, parent);

			if (above == NULL || !IsA(above->plan, MergeJoin))
				add_sort_keys(keys, tree, (Sort *) plan);
			if (keys->order != NIL)
				return PK_CANDIDATE_ORDER;
		}
		if (keys->equal != NIL || keys->range != NIL)
			return PK_CANDIDATE_JOIN;
		node = parent;
	}
	return PK_CANDIDATE_NONE;
}

static char *
create_statement(Oid table, const char *tail)
{
	return psprintf("CREATE INDEX ON %s %s", pk_quoted_relation_name(table), tail);
}

/* The table itself, or the root of its partition tree. */
static Oid
whole_table(Oid relid)
{
	return get_rel_relispartition(relid) ? llast_oid(get_partition_ancestors(relid)) : relid;
}

/* The indexes that would do, first the B-tree with the most keys. */
static List *
create_alternatives(const PkKeys *keys)
{
	List *alternatives = NIL;
	List *columns = list_copy(keys->equal);
	StringInfoData text;
	ListCell *cell;

	foreach (cell, keys->range)
	{
		columns = pk_keys_append(columns, lfirst(cell));
	}
	/* After a range or several values, rows are not sorted by further keys. */
	if (keys->range == NIL && !keys->several_values && (keys->equal != NIL || keys->separate == NIL))
	{
		foreach (cell, keys->order)
		{
			columns = pk_keys_append(columns, lfirst(cell));
		}
	}
	initStringInfo(&text);
	foreach (cell, columns)
	{
		if (foreach_current_index(cell) == INDEX_MAX_KEYS)
			break; /* the first ones narrow the scan too */
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", (char *) lfirst(cell));
	}
	if (text.len > 0)
		alternatives = lappend(alternatives, list_make1(psprintf("(%s)", text.data)));
	foreach (cell, keys->separate)
	{
		alternatives = lappend(alternatives, list_make1(lfirst(cell)));
	}
	if (keys->together != NIL)
		alternatives = lappend(alternatives, keys->together);
	return alternatives;
}

char *
pk_candidate_text(const PkCandidate *candidate)
{
	StringInfoData text;
	ListCell *alternative;
	ListCell *statement;

	initStringInfo(&text);
	foreach (alternative, candidate->alternatives)
	{
		const char *separator = text.len > 0 ? ", or " : "";

		foreach (statement, (List *) lfirst(alternative))
		{
			appendStringInfo(&text, "%s%s", separator,
							 create_statement(whole_table(candidate->relid), lfirst(statement)));
			separator = "; ";
		}
	}
	return text.len > 0 ? text.data : NULL;
}

/*
 * Of a partitioned table, the partitions that the plan scans: hypopg assumes that columns have the
 * same numbers in a partition as in the partitioned table. If there are too many, only the one.
 */
List *
pk_candidate_tables(const PkCandidate *candidate, const PkPlanTree *tree, bool *complete)
{
	Oid whole = whole_table(candidate->relid);
	List *tables = list_make1_oid(candidate->relid);

	for (int i = 0; i < tree->count && whole != candidate->relid; i++)
	{
		Oid relid = tree->nodes[i].relid;

		if (OidIsValid(relid) && get_rel_relispartition(relid) && whole_table(relid) == whole)
			tables = list_append_unique_oid(tables, relid);
	}
	*complete = list_length(tables) <= MAX_TRIAL_TABLES;
	return *complete ? tables : list_make1_oid(candidate->relid);
}

List *
pk_candidate_trial(const PkCandidate *candidate, List *alternative, const PkPlanTree *tree, bool *complete)
{
	List *statements = NIL;
	ListCell *table;
	ListCell *tail;

	foreach (table, pk_candidate_tables(candidate, tree, complete))
	{
		foreach (tail, alternative)
		{
			statements = lappend(statements, create_statement(lfirst_oid(table), lfirst(tail)));
		}
	}
	return statements;
}

/*
 * Replace columns of the index by what they stand for. Nothing else knows their number, which is
 * negative and no member of a Bitmapset.
 */
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

/* What INDEX_VAR stands for in the expressions of the node. */
static List *
index_columns(Plan *plan)
{
	if (IsA(plan, IndexOnlyScan))
		return ((IndexOnlyScan *) plan)->indextlist;
	if (IsA(plan, ForeignScan))
		return ((ForeignScan *) plan)->fdw_scan_tlist;
	if (IsA(plan, CustomScan))
		return ((CustomScan *) plan)->custom_scan_tlist;
	return NIL;
}

static List *
resolve(Plan *plan, List *conditions)
{
	List *columns = index_columns(plan);

	return columns == NIL ? conditions : (List *) resolve_index_columns((Node *) conditions, columns);
}

List *
pk_candidate_filter(const PkPlanNode *scan)
{
	return resolve(scan->plan, scan->plan->qual);
}

List *
pk_candidate_conditions(const PkPlanNode *scan)
{
	Plan *plan = scan->plan;
	List *conditions = pk_candidate_filter(scan);

	if (IsA(plan, IndexOnlyScan))
		conditions = list_concat_copy(conditions, resolve(plan, ((IndexOnlyScan *) plan)->indexqual));
	else if (IsA(plan, IndexScan))
		conditions = list_concat_copy(conditions, ((IndexScan *) plan)->indexqualorig);
	else if (IsA(plan, BitmapHeapScan))
		conditions = list_concat_copy(conditions, ((BitmapHeapScan *) plan)->bitmapqualorig);
	return conditions;
}

void
pk_candidate_find(const PkPlanTree *tree, const PkPlanNode *scan, PkCandidate *candidate)
{
	PkKeys keys = {.table = {scan->rti, scan->relid}};

	memset(candidate, 0, sizeof(*candidate));
	candidate->relid = scan->relid;
	candidate->conditions = pk_candidate_conditions(scan);
	if (candidate->conditions != NIL)
	{
		const PkPlanNode *above = pk_plan_parent(tree, scan);
		ListCell *cell;

		candidate->use = PK_CANDIDATE_FILTER;
		foreach (cell, candidate->conditions)
		{
			pk_keys_add_clause(&keys, lfirst(cell));
		}
		add_columns(&keys, (Node *) candidate->conditions);
		candidate->columns = column_names(&keys);
		/* Rows that are equal by the condition can come in the order of a sort right above. */
		if (keys.equal != NIL && scan->subplan == NULL && above != NULL && IsA(above->plan, Sort))
			add_sort_keys(&keys, tree, (Sort *) above->plan);
	}
	else
	{
		candidate->use = look_above(&keys, tree, scan);
		candidate->columns = column_names(&keys);
	}
	candidate->alternatives = create_alternatives(&keys);
	candidate->by_or = keys.equal == NIL && keys.range == NIL && keys.separate == NIL && keys.together != NIL;
}

void
pk_candidate_find_ordered(const PkPlanTree *tree, const PkPlanNode *scan, PkCandidate *candidate)
{
	PkKeys keys = {.table = {scan->rti, scan->relid}};
	const PkPlanNode *node = scan;
	const PkPlanNode *above;
	ListCell *cell;

	memset(candidate, 0, sizeof(*candidate));
	candidate->relid = scan->relid;
	candidate->conditions = pk_candidate_conditions(scan);
	candidate->use = PK_CANDIDATE_ORDER;
	foreach (cell, candidate->conditions)
	{
		PkKeys one = {.table = keys.table};
		ListCell *key;

		pk_keys_add_clause(&one, lfirst(cell));
		if (one.range != NIL || one.several_values)
			continue;
		foreach (key, one.equal)
		{
			keys.equal = pk_keys_append(keys.equal, lfirst(key));
		}
		if (one.equal != NIL)
			add_columns(&keys, lfirst(cell));
	}
	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL && keys.order == NIL)
	{
		if (IsA(above->plan, Sort) || IsA(above->plan, IncrementalSort))
			add_sort_keys(&keys, tree, (Sort *) above->plan);
		node = above;
	}
	if (keys.order == NIL)
		return;
	candidate->columns = column_names(&keys);
	candidate->alternatives = create_alternatives(&keys);
}
