/*
 * sample.c
 *	  Some rows of a table, on which a remedy is tried.
 *
 * They are read as the caller, from the table itself, by a query that takes AccessShareLock and no
 * other lock. Nothing is read:
 *
 *	  under row security, since the policies are another role's code, and the rows that they let
 *	      through do not stand for the table
 *	  in a serializable transaction, since what it has read would count as a conflict until the end
 *	  of what is no plain table
 *
 * Blocks are chosen by their numbers, so of a table of any size only those in the sample are read,
 * and every trial sees the same ones.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "advice/sample.h"
#include "common/catalog.h"
#include "plan/table_state.h"

/* Bytes of a sample, those included that are stored out of line; and at least some pages. */
#define SAMPLE_BYTES (4.0 * 1024 * 1024)
#define SAMPLE_PAGES 10.0

char *
pk_sample_refusal(const PkFailure *failure, Oid relid)
{
	char kind = get_rel_relkind(relid);

	if (IsolationIsSerializable())
		return pstrdup("reading rows could make a serializable transaction fail");
	if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		return pstrdup("row security applies to the table");
	if (kind != RELKIND_RELATION && kind != RELKIND_MATVIEW)
		return pstrdup("the relation is not a table");
	if (failure->samples != NULL && (*failure->samples)-- <= 0)
		return pstrdup("enough other remedies were tried");
	LockRelationOid(relid, AccessShareLock);
	return NULL;
}

/* Pages of the table's values that are stored out of line. */
static double
toast_pages(Oid relid)
{
	Relation relation = relation_open(relid, AccessShareLock);
	double pages = 0;

	if (OidIsValid(relation->rd_rel->reltoastrelid))
	{
		Relation toast = relation_open(relation->rd_rel->reltoastrelid, AccessShareLock);

		pages = RelationGetNumberOfBlocks(toast);
		relation_close(toast, NoLock);
	}
	relation_close(relation, NoLock);
	return pages;
}

char *
pk_sample_query(Oid relid, const char *columns, double wanted)
{
	BlockNumber pages;
	double rows;
	char *sample = "";

	pk_table_state_size(relid, &pages, &rows);
	wanted = Min(wanted, SAMPLE_BYTES / ((pages + toast_pages(relid)) * BLCKSZ / Max(rows, 1)));
	wanted = Max(wanted, 1);
	if (rows > wanted && pages > SAMPLE_PAGES)
		sample = psprintf(" TABLESAMPLE pg_catalog.system (%g) REPEATABLE (0)",
						  Min(100 * Max(wanted / rows, SAMPLE_PAGES / pages), 100));
	return psprintf("SELECT %s FROM ONLY %s%s LIMIT %.0f", columns, pk_quoted_relation_name(relid), sample,
					Max(2 * wanted, 100));
}
