/*
 * table_state.c
 *	  Whether the planner's knowledge of a table is up to date.
 *
 * Nothing here is secret: all it reads is visible to everyone in pg_class and pg_stat_all_tables.
 * Only whether columns have statistics is not, but that is asked only about a table whose plan the
 * caller was allowed to see.
 */
#include "postgres.h"

#include "access/table.h"
#include "fmgr.h"
#include "optimizer/plancat.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "plan/table_state.h"

/* The defaults of autovacuum_analyze_threshold and autovacuum_analyze_scale_factor. */
#define STALE_ROWS 50
#define STALE_SHARE 0.1

/*
 * Growth since ANALYZE: the planner scales the number of rows by the number of pages, but its
 * knowledge of their values stays behind.
 */
#define STALE_GROWTH 1.5

void
pk_table_state_size(Oid relid, BlockNumber *pages, double *rows)
{
	Relation relation = table_open(relid, AccessShareLock);
	double allvisible;

	estimate_rel_size(relation, NULL, pages, rows, &allvisible);
	table_close(relation, NoLock);
}

/* reltuples alone does not tell: CREATE INDEX and VACUUM set it too. */
bool
pk_table_state_has_statistics(Oid relid)
{
	Relation relation = table_open(relid, AccessShareLock);
	int ncolumns = RelationGetNumberOfAttributes(relation);
	bool empty = relation->rd_rel->reltuples == 0 && RelationGetNumberOfBlocks(relation) == 0;
	bool found = empty;

	for (int i = 1; i <= ncolumns && !found; i++)
		found = SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(i),
									  BoolGetDatum(false));
	table_close(relation, NoLock);
	return found;
}

/*
 * Rows changed since ANALYZE, by the counters that autovacuum uses. A session reports its changes
 * with a delay, and rows inserted just before its ANALYZE may be counted as inserted after it. The
 * counters then show more live rows than the pages of the table hold.
 */
static double
rows_changed(Oid relid, double rows)
{
	int64 changed = DatumGetInt64(DirectFunctionCall1(pg_stat_get_mod_since_analyze, ObjectIdGetDatum(relid)));
	int64 live = DatumGetInt64(DirectFunctionCall1(pg_stat_get_live_tuples, ObjectIdGetDatum(relid)));

	return Max(changed - Max(live - rows, 0), 0);
}

static char *
say_changed(double changed, double rows)
{
	return psprintf("%.0f of about %.0f rows have changed since the last ANALYZE.", changed, rows);
}

char *
pk_table_state_changed(Oid relid, double least)
{
	BlockNumber pages;
	double rows;
	double changed;

	pk_table_state_size(relid, &pages, &rows);
	changed = rows_changed(relid, rows);
	return changed >= least ? say_changed(changed, rows) : NULL;
}

char *
pk_table_state_stale(Oid relid)
{
	Relation relation = table_open(relid, AccessShareLock);
	double known = relation->rd_rel->reltuples;
	BlockNumber pages;
	double rows;
	double changed;

	table_close(relation, NoLock);
	if (known < 0)
		return NULL;
	pk_table_state_size(relid, &pages, &rows);
	changed = rows_changed(relid, rows);
	if (changed > STALE_ROWS + STALE_SHARE * known)
		return say_changed(changed, Max(known, rows));
	if (rows > STALE_ROWS + STALE_GROWTH * known)
		return psprintf(
			"The table had %.0f rows when they were last counted, but by its present size it has about %.0f.", known,
			rows);
	return NULL;
}
