/*
 * invalid.c
 *	  Indexes whose build was not completed.
 *
 * CREATE INDEX CONCURRENTLY leaves an invalid index when it fails, and CREATE INDEX ON ONLY one
 * that waits for its partitions' indexes. The first is remedied by REINDEX, unless duplicates keep
 * a unique index from being built (see duplicates.c); the second by indexes on the partitions.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/index.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "common/catalog.h"
#include "common/compat.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/duplicates.h"
#include "causes/invalid.h"

/* Partitions for which a remedy creates an index. */
#define MAX_PARTITIONS 64

PkFinding *
pk_invalid_of_index(const PkInquiry *inquiry, Relation index)
{
	PkFinding *finding = pk_inquiry_make(inquiry, PK_CAUSE_INVALID_INDEX);
	bool blocking = index->rd_index->indisexclusion || IsCatalogRelationOid(inquiry->table.relid);

	finding->index = RelationGetRelid(index);
	finding->decisive = true;
	finding->remedy_sql =
		psprintf("REINDEX INDEX %s%s", blocking ? "" : "CONCURRENTLY ", pk_quoted_relation_name(finding->index));
	if (index->rd_index->indisunique)
		pk_duplicates_find(inquiry->failure, index, finding);
	return finding;
}

typedef struct PkMapping
{
	PkTableRef from;
	Oid to;
	bool failed;
} PkMapping;

/* Columns of a partition as those of the partitioned table, which may number them otherwise. */
static Node *
map_columns(Node *node, void *arg)
{
	PkMapping *mapping = (PkMapping *) arg;
	Var *var = (Var *) node;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && var->varno == mapping->from.rti && var->varattno > 0)
	{
		char *name = get_attname(mapping->from.relid, var->varattno, false);

		var = copyObject(var);
		var->varattno = get_attnum(mapping->to, name);
		mapping->failed |= var->varattno == InvalidAttrNumber;
		return (Node *) var;
	}
	return expression_tree_mutator(node, map_columns, arg);
}

/* What follows "CREATE INDEX name ON table" in the definition of the index; NULL if not found. */
static char *
definition_of(Oid index)
{
	char *text = pg_get_indexdef_string(index);
	Oid table = IndexGetRelation(index, false);
	char *name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), get_rel_name(table));
	char *head = psprintf("CREATE %sINDEX %s ON %s ", strncmp(text, "CREATE UNIQUE", 13) == 0 ? "UNIQUE " : "",
						  quote_identifier(get_rel_name(index)), name);

	return strncmp(text, head, strlen(head)) == 0 ? text + strlen(head) : NULL;
}

/* The part of the index that is on the partition; invalid if there is none. */
static Oid
part_of(Oid index, Oid partition)
{
	ListCell *cell;

	foreach (cell, find_inheritance_children(index, AccessShareLock))
	{
		if (IndexGetRelation(lfirst_oid(cell), false) == partition)
			return lfirst_oid(cell);
	}
	return InvalidOid;
}

/*
 * The statements that give each partition its part of the index, and attach it; NULL if there are
 * too many, or if a part exists but is invalid itself.
 */
static char *
complete_index(Oid index, Oid table)
{
	StringInfoData text;
	char *definition = definition_of(index);
	Relation relation = index_open(index, AccessShareLock);
	bool unique = relation->rd_index->indisunique;
	int count = 0;
	ListCell *cell;

	index_close(relation, NoLock);
	if (definition == NULL)
		return NULL;
	initStringInfo(&text);
	foreach (cell, find_inheritance_children(table, AccessShareLock))
	{
		Oid partition = lfirst_oid(cell);
		char *name;

		if (OidIsValid(part_of(index, partition)))
			continue;
		if (++count > MAX_PARTITIONS || get_rel_relkind(partition) == RELKIND_FOREIGN_TABLE)
			return NULL;
		name = ChooseRelationName(get_rel_name(partition), get_rel_name(index), "idx", get_rel_namespace(partition), false);
		appendStringInfo(&text, "%sCREATE %sINDEX %s ON %s %s; ALTER INDEX %s ATTACH PARTITION %s", text.len > 0 ? "; " : "",
						 unique ? "UNIQUE " : "", quote_identifier(name), pk_quoted_relation_name(partition), definition,
						 pk_quoted_relation_name(index),
						 quote_qualified_identifier(get_namespace_name(get_rel_namespace(partition)), name));
	}
	return text.len > 0 ? text.data : NULL;
}

/* An invalid index of this ancestor that answers a condition, and that "partition" lacks. */
static PkFinding *
find_in_ancestor(const PkInquiry *inquiry, Oid ancestor, Oid partition)
{
	Relation relation = table_open(ancestor, AccessShareLock);
	PkMapping mapping = {inquiry->table, ancestor, false};
	List *conditions = (List *) map_columns((Node *) inquiry->conditions, &mapping);
	PkTableRef table = {inquiry->table.rti, ancestor};
	PkFinding *finding = NULL;
	ListCell *cell;
	ListCell *condition;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index;
		bool lacking = !OidIsValid(part_of(lfirst_oid(cell), partition));

		if (finding != NULL || mapping.failed || !lacking)
			continue;
		index = index_open(lfirst_oid(cell), AccessShareLock);
		foreach (condition, conditions)
		{
			PkKeyMatch match;

			pk_match_key(index, 0, table, lfirst(condition), &match);
			if (match.kind != PK_MATCH_FULL || index->rd_index->indisvalid || finding != NULL)
				continue;
			finding = pk_inquiry_make(inquiry, PK_CAUSE_INVALID_INDEX);
			finding->index = RelationGetRelid(index);
			finding->referenced = pk_relation_name(partition);
			finding->remedy_sql = complete_index(finding->index, ancestor);
			finding->decisive = true;
		}
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return finding;
}

PkFinding *
pk_invalid_partitioned(const PkInquiry *inquiry)
{
	Oid partition = inquiry->table.relid;
	ListCell *cell;

	if (inquiry->expected != NIL || !get_rel_relispartition(partition))
		return NULL;
	foreach (cell, get_partition_ancestors(inquiry->table.relid))
	{
		PkFinding *finding = find_in_ancestor(inquiry, lfirst_oid(cell), partition);

		if (finding != NULL)
			return finding;
		partition = lfirst_oid(cell);
	}
	return NULL;
}
