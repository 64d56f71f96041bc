/*
 * duplicates.c
 *	  Rows that keep a unique index from being built.
 *
 * The query for all of them may take as long as the build, so it is only named. It is run on the
 * first pages of the table, since what one statement inserted twice is close together: what is
 * found there shows that the build fails, and of a small table it is all.
 *
 * Keys are compared by GROUP BY, which may differ from what the index does if its operator class or
 * collation is another one than the type's and the column's; then nothing is tried.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "common/catalog.h"
#include "common/own_statement.h"
#include "common/undo.h"
#include "advice/foreign_code.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "advice/sample.h"
#include "causes/duplicates.h"

/* Pages of the table that are looked through: 8 MB. */
#define MAX_PAGES 1024

typedef struct PkDuplicates
{
	StringInfoData names;	   /* "a, lower(c)": the keys */
	StringInfoData values;	   /* the same as arguments, each cast to text */
	StringInfoData conditions; /* on rows that the index has, and that can be duplicates; may be empty */
	bool comparable;		   /* GROUP BY takes the same keys for equal, and calls no code of others */
	const char *sample;		   /* the query that is run */
	PkFinding *finding;
} PkDuplicates;

/* Does the index compare the key as the type does, in the collation of the key? */
static bool
is_plain_key(Relation index, int key, Node *expression)
{
	Oid type = getBaseType(exprType(expression));
	Oid class = GetDefaultOpClass(type, BTREE_AM_OID);

	return index->rd_rel->relam == BTREE_AM_OID && OidIsValid(class) && type < FirstNormalObjectId &&
		   !type_is_rowtype(type) && get_opclass_family(class) == index->rd_opfamily[key] &&
		   index->rd_indcollation[key] == exprCollation(expression) && !pk_foreign_code_in_expression(expression);
}

static void
read_keys(Relation index, PkDuplicates *duplicates)
{
	PkTableRef table = {1, index->rd_index->indrelid};
	List *predicate = RelationGetIndexPredicate(index);
	StringInfo conditions = &duplicates->conditions;

	initStringInfo(&duplicates->names);
	initStringInfo(&duplicates->values);
	initStringInfo(conditions);
	duplicates->comparable = !pk_foreign_code_in_expression((Node *) predicate);
	for (int key = 0; key < index->rd_index->indnkeyatts; key++)
	{
		Node *expression = pk_match_key_expression(index, key, table);
		char *text = pk_keys_text(table, expression);

		duplicates->comparable &= is_plain_key(index, key, expression);
		appendStringInfo(&duplicates->names, "%s%s", key > 0 ? ", " : "", text);
		appendStringInfo(&duplicates->values, ", (%s)::pg_catalog.text", text);
		if (!index->rd_index->indnullsnotdistinct)
			appendStringInfo(conditions, "%s%s IS NOT NULL", conditions->len > 0 ? " AND " : "", text);
	}
	if (predicate != NIL)
		appendStringInfo(conditions, "%s(%s)", conditions->len > 0 ? " AND " : "",
						 pk_keys_text(table, (Node *) make_ands_explicit(predicate)));
}

/* The query up to its GROUP BY, with a condition on the pages to be read. */
static char *
from_text(const PkDuplicates *duplicates, Oid relid, const char *pages)
{
	const char *and = *pages != '\0' && duplicates->conditions.len > 0 ? " AND " : "";

	return psprintf("FROM ONLY %s%s%s%s%s", pk_quoted_relation_name(relid),
					*pages != '\0' || duplicates->conditions.len > 0 ? " WHERE " : "", pages, and,
					duplicates->conditions.data);
}

static void
count_duplicates(void *arg)
{
	PkDuplicates *duplicates = (PkDuplicates *) arg;
	PkFinding *finding = duplicates->finding;
	MemoryContext caller = CurrentMemoryContext;
	SPITupleTable *result;
	char *example;
	bool isnull;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (pk_own_execute(duplicates->sample, 0, NULL, NULL, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "duplicates were not counted");
	result = SPI_tuptable;
	example = SPI_getvalue(result->vals[0], result->tupdesc, 2);
	if (example != NULL)
	{
		finding->duplicate =
			MemoryContextStrdup(caller, psprintf("(%s)=(%s)", duplicates->names.data, example));
		finding->duplicate_rows = DatumGetInt64(SPI_getbinval(result->vals[0], result->tupdesc, 3, &isnull));
	}
	finding->duplicate_keys = DatumGetInt64(SPI_getbinval(result->vals[0], result->tupdesc, 1, &isnull));
	SPI_finish();
}

void
pk_duplicates_find(const PkFailure *failure, Relation index, PkFinding *finding)
{
	PkDuplicates duplicates = {.finding = finding};
	Oid relid = index->rd_index->indrelid;
	Relation table = relation_open(relid, NoLock); /* locked for the plan */
	bool has_pages = RELKIND_HAS_STORAGE(table->rd_rel->relkind);
	BlockNumber pages = has_pages ? RelationGetNumberOfBlocks(table) : 0;

	relation_close(table, NoLock);
	read_keys(index, &duplicates);
	finding->duplicates =
		psprintf("SELECT %s, count(*) %s GROUP BY %s HAVING count(*) > 1", duplicates.names.data,
				 from_text(&duplicates, relid, ""), duplicates.names.data);
	if (!has_pages || !duplicates.comparable || pk_sample_refusal(failure, relid) != NULL)
		return;
	finding->duplicates_in_all = pages <= MAX_PAGES;
	duplicates.sample = psprintf(
		"SELECT pg_catalog.count(*), (pg_catalog.array_agg(v ORDER BY n DESC, v COLLATE pg_catalog.\"C\"))[1], pg_catalog.max(n) "
		"FROM (SELECT pg_catalog.\"left\"(pg_catalog.concat_ws(', '%s), 100), pg_catalog.count(*) %s "
		"GROUP BY %s HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1) d (v, n)",
		duplicates.values.data,
		from_text(&duplicates, relid,
				  finding->duplicates_in_all ? "" : psprintf("ctid OPERATOR(pg_catalog.<) '(%d,0)'::pg_catalog.tid", MAX_PAGES)),
		duplicates.names.data);
	/* A missing privilege, or an expression that fails for a row. */
	if (pk_undo_catching(count_duplicates, &duplicates) != NULL)
		finding->duplicate_keys = -1;
}
