/*
 * page_sample.c
 *	  What a few pages of a table tell about its rows.
 *
 * The query itself is never run: its conditions on one table are evaluated for the rows of at most
 * MAX_PAGES pages, as the current user, within a subtransaction that is rolled back, and only if
 * all of their functions came with the server. In a serializable transaction no rows are read,
 * since they would count as read by the transaction until its end.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"

#include "common/catalog.h"
#include "common/own_statement.h"
#include "common/undo.h"
#include "advice/foreign_code.h"
#include "advice/page_sample.h"
#include "plan/deparse.h"

/* 8 MB at 8 kB each. */
#define MAX_PAGES 1000

/* Of a table with more partitions, no sample is taken. */
#define MAX_PARTITIONS 100

typedef struct PkSampling
{
	char *query;
	PkSample *sample;
} PkSampling;

static double
column_of_result(int column)
{
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? 0 : DatumGetFloat8(value);
}

static void
run(void *arg)
{
	PkSampling *sampling = (PkSampling *) arg;

	SPI_connect();
	if (pk_own_execute(sampling->query, 0, NULL, NULL, 0) == SPI_OK_SELECT && SPI_processed == 1)
	{
		sampling->sample->rows = column_of_result(1);
		sampling->sample->matching = column_of_result(2);
		sampling->sample->distinct = column_of_result(3);
		sampling->sample->once = column_of_result(4);
	}
	SPI_finish();
}

static double
pages_of(Oid relid, char relkind)
{
	List *tables = relkind == RELKIND_PARTITIONED_TABLE ? find_all_inheritors(relid, AccessShareLock, NULL)
														: list_make1_oid(relid);
	double pages = 0;
	ListCell *cell;

	if (list_length(tables) > MAX_PARTITIONS)
		return -1;
	foreach (cell, tables)
	{
		Relation relation = relation_open(lfirst_oid(cell), AccessShareLock);
		bool foreign = relation->rd_rel->relkind == RELKIND_FOREIGN_TABLE;

		if (RELKIND_HAS_STORAGE(relation->rd_rel->relkind))
			pages += RelationGetNumberOfBlocks(relation);
		relation_close(relation, NoLock);
		if (foreign)
			return -1;
	}
	return pages;
}

static bool
has_parameter(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) || IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) || IsA(node, CurrentOfExpr))
		return true;
	return expression_tree_walker(node, has_parameter, arg);
}

static bool
is_safe(Node *expressions)
{
	return !has_parameter(expressions, NULL) && !contain_volatile_functions(expressions) &&
		   !pk_foreign_code_in_expression(expressions);
}

static char *
text_of(Oid relid, Node *expression)
{
	return pk_deparse_on_table(expression, relid, false);
}

bool
pk_sample_take(Oid relid, List *conditions, List *keys, PkSample *sample)
{
	Relation relation = try_relation_open(relid, AccessShareLock);
	PkSampling sampling = {.sample = sample};
	StringInfoData from;
	StringInfoData names;
	StringInfoData given;
	ListCell *cell;
	char relkind;

	memset(sample, 0, sizeof(*sample));
	if (relation == NULL)
		return false;
	relkind = relation->rd_rel->relkind;
	relation_close(relation, NoLock);
	if ((relkind != RELKIND_RELATION && relkind != RELKIND_MATVIEW && relkind != RELKIND_PARTITIONED_TABLE) ||
		check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED || IsInParallelMode() ||
		IsolationIsSerializable() || !is_safe((Node *) conditions) || !is_safe((Node *) keys))
		return false;
	sample->pages = pages_of(relid, relkind);
	if (sample->pages <= 0)
		return false;
	sample->whole = sample->pages <= MAX_PAGES;

	initStringInfo(&from);
	appendStringInfo(&from, "%s%s", relkind == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ",
					 pk_quoted_relation_name(relid));
	if (!sample->whole)
		appendStringInfo(&from, " TABLESAMPLE pg_catalog.system (%g) REPEATABLE (0)", 100.0 * MAX_PAGES / sample->pages);
	sample->pages = Min(sample->pages, MAX_PAGES);
	initStringInfo(&names);
	initStringInfo(&given);
	foreach (cell, keys)
	{
		char *name = text_of(relid, lfirst(cell));
		bool first = foreach_current_index(cell) == 0;

		appendStringInfo(&names, "%s(%s)", first ? "" : ", ", name);
		appendStringInfo(&given, "%s(%s) IS NOT NULL", first ? "" : " AND ", name);
	}
	if (keys == NIL)
		sampling.query = psprintf(
			"SELECT pg_catalog.count(*)::pg_catalog.float8, pg_catalog.count(*) FILTER (WHERE %s)::pg_catalog.float8, "
			"0::pg_catalog.float8, 0::pg_catalog.float8 FROM %s",
			text_of(relid, (Node *) make_ands_explicit(conditions)), from.data);
	else
		sampling.query = psprintf(
			"SELECT pg_catalog.sum(n)::pg_catalog.float8, 0::pg_catalog.float8, pg_catalog.count(*)::pg_catalog.float8, "
			"pg_catalog.count(*) FILTER (WHERE n OPERATOR(pg_catalog.=) 1)::pg_catalog.float8 "
			"FROM (SELECT pg_catalog.count(*) AS n FROM %s WHERE %s GROUP BY %s) q",
			from.data, given.data, names.data);

	/* A missing privilege, or a condition that fails for a row that the query would not read. */
	return pk_undo_catching(run, &sampling) == NULL && sample->rows > 0;
}

/* The estimator of Haas and Stokes that ANALYZE uses. */
double
pk_sample_distinct(const PkSample *sample, double rows)
{
	double estimate;

	if (sample->whole || sample->once == 0 || rows <= sample->rows)
		return sample->distinct;
	if (sample->once == sample->distinct)
		return rows;
	estimate = sample->rows * sample->distinct /
			   (sample->rows - sample->once + sample->once * sample->rows / rows);
	return Min(Max(estimate, sample->distinct), rows);
}
