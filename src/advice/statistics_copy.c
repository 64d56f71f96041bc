/*
 * statistics_copy.c
 *	  A temporary copy of a table, to try statistics on.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "advice/foreign_code.h"
#include "advice/statistics_copy.h"
#include "common/own_statement.h"

/*
 * Check that the copy is as its source was when it was allowed: CREATE STATISTICS does not wait for
 * our lock. Nothing changes the copy from now on, since the current user owns it.
 */
static void
check_copy(Oid owner)
{
	Relation copy;

	if (owner == GetUserId() || superuser_arg(owner))
		return;
	CommandCounterIncrement();
	copy = relation_open(get_relname_relid(PK_STATISTICS_COPY_NAME, LookupNamespaceNoError("pg_temp")), NoLock);
	if (pk_foreign_code_in_analyze(copy))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE), errmsg("statistics of the table were changed concurrently")));
	relation_close(copy, NoLock);
}

double
pk_statistics_copy_make(Oid relid, double max_pages)
{
	Relation relation = relation_open(relid, AccessShareLock);
	Oid owner = relation->rd_rel->relowner;
	char *table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
											 RelationGetRelationName(relation));
	TupleDesc columns = RelationGetDescr(relation);
	StringInfoData nullable;
	StringInfoData insert;
	double pages = RelationGetNumberOfBlocks(relation);
	SPITupleTable *targets;
	uint64 count;

	initStringInfo(&nullable);
	for (int i = 0; i < columns->natts; i++)
	{
		if (!TupleDescAttr(columns, i)->attisdropped)
			appendStringInfo(&nullable, "%sALTER %s DROP NOT NULL", nullable.len > 0 ? ", " : "",
							 quote_identifier(NameStr(TupleDescAttr(columns, i)->attname)));
	}
	/* Values stored out of line are copied too. */
	if (OidIsValid(relation->rd_rel->reltoastrelid))
	{
		Relation toast = relation_open(relation->rd_rel->reltoastrelid, AccessShareLock);

		pages += RelationGetNumberOfBlocks(toast);
		relation_close(toast, NoLock);
	}
	relation_close(relation, NoLock);

	pk_own_run(psprintf("CREATE TEMPORARY TABLE " PK_STATISTICS_COPY " (LIKE %s INCLUDING STATISTICS)", table));
	check_copy(owner);
	pk_own_run(psprintf("ALTER TABLE " PK_STATISTICS_COPY " %s", nullable.data));
	pk_own_run(psprintf(
		"SELECT pg_catalog.format('ALTER TABLE " PK_STATISTICS_COPY " ALTER %%I SET STATISTICS %%s', attname, attstattarget) "
		"FROM pg_catalog.pg_attribute WHERE attrelid OPERATOR(pg_catalog.=) %u AND attnum OPERATOR(pg_catalog.>) 0 "
		"AND NOT attisdropped AND attstattarget OPERATOR(pg_catalog.>=) 0",
		relid));
	targets = SPI_tuptable;
	count = SPI_processed;
	for (uint64 i = 0; i < count; i++)
		pk_own_run(SPI_getvalue(targets->vals[i], targets->tupdesc, 1));
	initStringInfo(&insert);
	appendStringInfo(&insert, "INSERT INTO " PK_STATISTICS_COPY " SELECT * FROM ONLY %s", table);
	if (pages > max_pages)
		appendStringInfo(&insert, " TABLESAMPLE pg_catalog.system (%g) REPEATABLE (0)", 100.0 * max_pages / pages);
	pk_own_run(insert.data);
	return Min(max_pages / Max(pages, 1), 1);
}

char *
pk_statistics_copy_analyze(Oid relid, List *clauses, List *keys)
{
	Relation relation = relation_open(relid, AccessShareLock);
	List *extended = RelationGetStatExtList(relation);
	Bitmapset *attnos = NULL;
	StringInfoData text;
	int attno = -1;

	relation_close(relation, NoLock);
	pull_varattnos((Node *) clauses, 1, &attnos);
	pull_varattnos((Node *) keys, 1, &attnos);
	initStringInfo(&text);
	while ((attno = bms_next_member(attnos, attno)) >= 0)
	{
		AttrNumber number = attno + FirstLowInvalidHeapAttributeNumber;

		if (number == InvalidAttrNumber) /* the whole row */
			extended = lappend_oid(extended, InvalidOid);
		if (number > 0)
			appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : " (",
							 quote_identifier(get_attname(relid, number, false)));
	}
	if (text.len == 0 || extended != NIL)
		return "ANALYZE " PK_STATISTICS_COPY;
	return psprintf("ANALYZE " PK_STATISTICS_COPY "%s)", text.data);
}
