/*
 * indexes.c
 *	  The indexes of a query's tables: which one a name means, and which a plan reads.
 *
 * The range table has all tables of a query, including those of views and of subqueries that were
 * pulled up, and they are locked. So names are looked up there rather than along the search path: a
 * check names an index, and the query alone determines its schema.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "lib/stringinfo.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/varlena.h"

#include "common/catalog.h"
#include "advice/indexes.h"

/* OIDs of the tables in the range table that can have indexes, without duplicates. */
static List *
tables_of(const PkPlanTree *tree)
{
	List *tables = NIL;
	ListCell *cell;

	foreach (cell, tree->stmt->rtable)
	{
		RangeTblEntry *rte = (RangeTblEntry *) lfirst(cell);

		if (rte->rtekind != RTE_RELATION)
			continue;
		if (rte->relkind == RELKIND_RELATION || rte->relkind == RELKIND_PARTITIONED_TABLE ||
			rte->relkind == RELKIND_MATVIEW || rte->relkind == RELKIND_TOASTVALUE)
			tables = list_append_unique_oid(tables, rte->relid);
	}
	return tables;
}

static List *
indexes_of_table(Oid relid)
{
	Relation relation = table_open(relid, AccessShareLock);
	List *indexes = RelationGetIndexList(relation);

	table_close(relation, NoLock);
	return indexes;
}

/* Is the table a partition, at any level, of one in the list? */
static bool
is_partition_of(Oid relid, List *tables)
{
	ListCell *cell;

	if (!get_rel_relispartition(relid))
		return false;
	foreach (cell, get_partition_ancestors(relid))
	{
		if (list_member_oid(tables, lfirst_oid(cell)))
			return true;
	}
	return false;
}

List *
pk_indexes_of(Oid index)
{
	if (get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX)
		return find_all_inheritors(index, NoLock, NULL);
	return list_make1_oid(index);
}

List *
pk_indexes_named(const PkPlanTree *tree, const char *name)
{
	List *parts = textToQualifiedNameList(cstring_to_text(name));
	const char *index_name = strVal(llast(parts));
	const char *schema = list_length(parts) > 1 ? strVal(list_nth(parts, list_length(parts) - 2)) : NULL;
	List *found = NIL;
	ListCell *table;

	foreach (table, tables_of(tree))
	{
		ListCell *cell;

		foreach (cell, indexes_of_table(lfirst_oid(table)))
		{
			Oid index = lfirst_oid(cell);

			if (strcmp(get_rel_name(index), index_name) != 0)
				continue;
			if (schema != NULL && strcmp(get_namespace_name(get_rel_namespace(index)), schema) != 0)
				continue;
			found = list_concat_unique_oid(found, pk_indexes_of(index));
		}
	}
	return found;
}

char *
pk_indexes_plain_name(const char *name)
{
	return NameListToString(textToQualifiedNameList(cstring_to_text(name)));
}

bool
pk_indexes_on_query(const PkPlanTree *tree, List *indexes)
{
	List *tables = tables_of(tree);
	ListCell *cell;

	foreach (cell, indexes)
	{
		Oid table = IndexGetRelation(lfirst_oid(cell), true);

		if (OidIsValid(table) && (list_member_oid(tables, table) || is_partition_of(table, tables)))
			return true;
	}
	return false;
}

bool
pk_indexes_used(const PkPlanTree *tree, List *indexes)
{
	for (int i = 0; i < tree->count; i++)
	{
		if (OidIsValid(tree->nodes[i].indexid) && list_member_oid(indexes, tree->nodes[i].indexid))
			return true;
	}
	return false;
}

List *
pk_indexes_conditions(const PkPlanNode *node)
{
	Plan *plan = node->plan;

	if (IsA(plan, IndexScan))
		return ((IndexScan *) plan)->indexqual;
	if (IsA(plan, IndexOnlyScan))
		return ((IndexOnlyScan *) plan)->indexqual;
	if (IsA(plan, BitmapIndexScan))
		return ((BitmapIndexScan *) plan)->indexqual;
	return NIL;
}

/*
 * Is the index condition on the first key? The planner puts the key on the left, as a column of the
 * index.
 */
static bool
is_on_first_key(Node *condition)
{
	Node *key = NULL;

	if (IsA(condition, OpExpr))
		key = linitial(((OpExpr *) condition)->args);
	else if (IsA(condition, ScalarArrayOpExpr))
		key = linitial(((ScalarArrayOpExpr *) condition)->args);
	else if (IsA(condition, RowCompareExpr))
		key = linitial(((RowCompareExpr *) condition)->largs);
	else if (IsA(condition, NullTest))
		key = (Node *) ((NullTest *) condition)->arg;
	while (key != NULL && IsA(key, RelabelType))
		key = (Node *) ((RelabelType *) key)->arg;
	return key != NULL && IsA(key, Var) && ((Var *) key)->varno == INDEX_VAR && ((Var *) key)->varattno == 1;
}

bool
pk_indexes_narrowing(const PkPlanNode *node)
{
	Plan *plan = node->plan;
	List *conditions = pk_indexes_conditions(node);
	ListCell *cell;
	Relation index;
	bool narrows;

	if ((IsA(plan, IndexScan) && ((IndexScan *) plan)->indexorderby != NIL) ||
		(IsA(plan, IndexOnlyScan) && ((IndexOnlyScan *) plan)->indexorderby != NIL))
		return true;

	/*
	 * Any use of a partial index narrows the scan, as does a condition on any key of an index that
	 * is not a B-tree.
	 */
	index = index_open(node->indexid, AccessShareLock);
	narrows = RelationGetIndexPredicate(index) != NIL ||
			  (conditions != NIL && index->rd_rel->relam != BTREE_AM_OID);
	index_close(index, NoLock);

	/*
	 * Without a condition on its first key, a B-tree is read as a whole, or by one descent for each
	 * value of that key.
	 */
	foreach (cell, conditions)
	{
		narrows = narrows || is_on_first_key(lfirst(cell));
	}
	return narrows;
}

List *
pk_indexes_read(const PkPlanTree *tree)
{
	List *indexes = NIL;

	for (int i = 0; i < tree->count; i++)
	{
		if (OidIsValid(tree->nodes[i].indexid))
			indexes = list_append_unique_oid(indexes, tree->nodes[i].indexid);
	}
	return indexes;
}

char *
pk_indexes_describe_used(const PkPlanTree *tree)
{
	StringInfoData names;
	ListCell *cell;

	initStringInfo(&names);
	foreach (cell, pk_indexes_read(tree))
	{
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", pk_index_name(lfirst_oid(cell)));
	}
	return names.len > 0 ? names.data : NULL;
}

char *
pk_indexes_describe_all(const PkPlanTree *tree)
{
	List *tables = tables_of(tree);
	StringInfoData text;
	ListCell *cell;

	initStringInfo(&text);
	foreach (cell, tables)
	{
		Oid table = lfirst_oid(cell);
		List *indexes;
		ListCell *index;
		const char *separator = "";

		/* Partitions would swamp the table that the query names. */
		if (is_partition_of(table, tables))
			continue;

		indexes = indexes_of_table(table);
		appendStringInfo(&text, "%s%s (", text.len > 0 ? "; " : "", pk_quoted_relation_name(table));
		foreach (index, indexes)
		{
			appendStringInfo(&text, "%s%s", separator, quote_identifier(pk_index_name(lfirst_oid(index))));
			separator = ", ";
		}
		appendStringInfoString(&text, indexes == NIL ? "none)" : ")");
	}
	return text.len > 0 ? text.data : NULL;
}
