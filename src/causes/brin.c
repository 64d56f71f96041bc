/*
 * brin.c
 *	  BRIN indexes that find most of the table for a few rows.
 *
 * The planner takes a BRIN index to be as good as the correlation in the column's statistics. That
 * is right where the column has nothing to do with the order of the table. But a few outliers in
 * each range of pages leave the correlation nearly perfect, and the index useless: its entries then
 * say that anything may be anywhere. Only the index itself tells, so it is asked for the pages that
 * it would return; it is a few pages long. The caller has to be allowed to read the table as a
 * whole, as the answer depends on rows that row security may hide.
 */
#include "postgres.h"

#include <math.h>

#include "access/brin.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_statistic.h"
#include "miscadmin.h"
#include "nodes/pathnodes.h"
#include "nodes/tidbitmap.h"
#include "optimizer/optimizer.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "common/catalog.h"
#include "common/compat.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/better_index.h"
#include "causes/brin.h"
#include "plan/table_state.h"

/* Longer indexes are not asked. */
#define MAX_INDEX_PAGES 1024

/*
 * The index finds too much if it is so many times what the rows could fill, and so much of the
 * table.
 */
#define TOO_MANY 4
#define LARGE_SHARE 0.1

/*
 * Below this, the column's order is another one; above the other, it is the table's, but for
 * outliers.
 */
#define NOT_CORRELATED 0.5
#define CORRELATED 0.8

/* bringetbitmap() returns ten times the number of pages. */
#define ROWS_PER_PAGE_FOUND 10

/* May the caller read all of the table? */
static bool
may_read(Oid relid)
{
	return pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
		   check_enable_rls(relid, InvalidOid, true) != RLS_ENABLED;
}

/* The correlation of the column with the order of the table; false if it is not known. */
static bool
find_correlation(Oid relid, Node *key, double *correlation)
{
	HeapTuple tuple;
	AttStatsSlot slot;
	bool found = false;

	if (!IsA(key, Var))
		return false;
	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(((Var *) key)->varattno),
							BoolGetDatum(false));
	if (!HeapTupleIsValid(tuple))
		return false;
	if (get_attstatsslot(&slot, tuple, STATISTIC_KIND_CORRELATION, InvalidOid, ATTSTATSSLOT_NUMBERS))
	{
		found = slot.nnumbers > 0;
		if (found)
			*correlation = slot.numbers[0];
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
	return found;
}

/* The value as the planner estimates with it: stable functions are computed. */
static Node *
estimated_value(Node *value)
{
	PlannerInfo *root = makeNode(PlannerInfo);

	root->glob = makeNode(PlannerGlobal);
	return estimate_expression_value(root, copyObject(value));
}

/* The conditions that the index answers, as scan keys. "first" is set to the first such key. */
static int
scan_keys(const PkInquiry *inquiry, Relation index, ScanKey keys, Node **first)
{
	int count = 0;
	ListCell *cell;

	foreach (cell, inquiry->conditions)
	{
		for (int key = 0; key < index->rd_index->indnkeyatts && count < INDEX_MAX_KEYS; key++)
		{
			PkKeyMatch match;
			PkClause clause;
			Node *value;
			int strategy;
			Oid left;
			Oid right;

			pk_match_key(index, key, inquiry->table, lfirst(cell), &match);
			pk_clause_take(lfirst(cell), inquiry->table, &clause);
			if (match.kind != PK_MATCH_FULL || clause.form != PK_CLAUSE_COMPARISON ||
				!op_in_opfamily(match.opno, index->rd_opfamily[key]))
				continue;
			if (*first == NULL)
				*first = match.key;
			value = estimated_value(match.value);
			if (!IsA(value, Const) || ((Const *) value)->constisnull)
				continue;
			get_op_opfamily_properties(match.opno, index->rd_opfamily[key], false, &strategy, &left, &right);
			ScanKeyEntryInitialize(&keys[count++], 0, key + 1, strategy, right, match.collation, get_opcode(match.opno),
								   ((Const *) value)->constvalue);
		}
	}
	return count;
}

/*
 * The pages that the index finds; -1 if that cannot be asked. A serializable transaction would be
 * taken to have read the whole table by the index, and fail by conflicts that the query lacks.
 */
static double
pages_found(const PkInquiry *inquiry, Relation index, Node **key)
{
	ScanKeyData keys[INDEX_MAX_KEYS];
	int count = scan_keys(inquiry, index, keys, key);
	IndexScanDesc scan;
	TIDBitmap *bitmap;
	int64 found;

	if (count == 0 || RelationGetNumberOfBlocks(index) > MAX_INDEX_PAGES || !ActiveSnapshotSet() ||
		IsolationIsSerializable())
		return -1;
	scan = pk_compat_bitmap_scan(index, GetActiveSnapshot(), count);
	index_rescan(scan, keys, count, NULL, 0);
	bitmap = tbm_create(work_mem * (Size) 1024, NULL);
	found = index_getbitmap(scan, bitmap);
	index_endscan(scan);
	tbm_free(bitmap);
	return (double) found / ROWS_PER_PAGE_FOUND;
}

/*
 * The operator class for the type that keeps several ranges; NULL if there is none, or it is used.
 */
static const char *
multi_class(Relation index)
{
	CatCList *classes = SearchSysCacheList1(CLAAMNAMENSP, ObjectIdGetDatum(BRIN_AM_OID));
	const char *name = NULL;

	for (int i = 0; i < classes->n_members && name == NULL; i++)
	{
		Form_pg_opclass form = (Form_pg_opclass) GETSTRUCT(&classes->members[i]->tuple);

		if (form->opcintype == index->rd_opcintype[0] && form->opcfamily != index->rd_opfamily[0] &&
			strstr(NameStr(form->opcname), "minmax_multi") != NULL)
			name = pstrdup(NameStr(form->opcname));
	}
	ReleaseCatCacheList(classes);
	return name;
}

/* Outliers: the same index with an operator class that keeps several ranges. */
static bool
advise_multi(const PkInquiry *inquiry, Relation index, Node *key, PkFinding *finding)
{
	const char *class = index->rd_index->indnkeyatts == 1 ? multi_class(index) : NULL;
	char *text = pk_keys_text(inquiry->table, key);

	if (class == NULL)
		return false;
	finding->remedy_sql =
		psprintf("CREATE INDEX ON %s USING brin (%s%s%s %s) WITH (pages_per_range = %u); DROP INDEX %s",
				 pk_quoted_relation_name(inquiry->table.relid), IsA(key, Var) ? "" : "(", text, IsA(key, Var) ? "" : ")",
				 class, BrinGetPagesPerRange(index), pk_quoted_relation_name(RelationGetRelid(index)));
	finding->unproven = "how many pages it finds is known only when it is built";
	return true;
}

/* Does the index find many more pages than the rows fill? */
static bool
finds_too_many(const PkInquiry *inquiry, Relation index, double found, double correlation, PkFinding *finding)
{
	BlockNumber pages;
	double rows;
	double needed;

	pk_table_state_size(inquiry->table.relid, &pages, &rows);
	if (pages == 0 || rows <= 0)
		return false;
	/* However few the rows are, a range is read for them. */
	needed = inquiry->failure->scan->plan->plan_rows * pages / rows + BrinGetPagesPerRange(index);
	if (found >= 0)
	{
		finding->share = 100 * Min(found / pages, 1);
		return found > LARGE_SHARE * pages && found > TOO_MANY * needed;
	}
	return fabs(correlation) < NOT_CORRELATED && pages > TOO_MANY * needed;
}

bool
pk_brin_find(PkInquiry *inquiry, Oid indexid)
{
	Relation index;
	PkFinding *finding = NULL;

	if (!may_read(inquiry->table.relid))
		return false;
	index = index_open(indexid, AccessShareLock);
	if (index->rd_rel->relam == BRIN_AM_OID)
	{
		Node *key = NULL;
		double correlation = 1;
		double found = pages_found(inquiry, index, &key);
		bool known = key != NULL && find_correlation(inquiry->table.relid, key, &correlation);

		finding = pk_inquiry_make(inquiry, PK_CAUSE_BRIN_CORRELATION);
		if (key == NULL || !finds_too_many(inquiry, index, found, correlation, finding))
			finding = NULL;
		else
		{
			finding->index = indexid;
			finding->column = pk_keys_text(inquiry->table, key);
			if (known)
				finding->correlation = psprintf("%.2g", correlation);
			if (!known || fabs(correlation) < CORRELATED || !advise_multi(inquiry, index, key, finding))
				(void) pk_better_index_try(inquiry, finding);
		}
	}
	index_close(index, NoLock);
	if (finding != NULL)
		pk_inquiry_add(inquiry, finding);
	return finding != NULL;
}
