/*
 * growth.c
 *	  Statistics of a table as they would be if it were larger.
 *
 * A table that grows by more of the same has, in some columns, the same values more often, and in
 * others more values. ANALYZE tells them apart: it stores the number of distinct values as a share
 * of the rows (negative) if it takes that to grow with them. Two kinds grow as well although
 * ANALYZE, which looks at one table by itself, stores an absolute number: a foreign key, since the
 * table it refers to is larger, too; and an expression of columns that grow, if it has more than a
 * tenth as many distinct values as one of them. (A tenth is where ANALYZE draws its line between
 * number and share.)
 *
 * In a column with more values, a value does not become more frequent. So the most common values
 * keep their numbers of rows, and their shares of the rows shrink. The exception is a value that
 * stands out: an empty text among unique ones, say, is as common among more of the same.
 *
 * Extended statistics cannot be changed on their way to the planner, only hidden. Those of columns
 * that grow would be too far off: without them, the planner multiplies what it knows of the
 * columns. Statistics of expressions in extended statistics stay as they are.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_statistic_ext.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "common/compat.h"
#include "plan/growth.h"

/*
 * At most so many columns are looked at to find whether one grows. Composite foreign keys lead from
 * table to table, and may do so in circles and on several ways.
 */
#define MAX_COLUMNS 64

/* More distinct values than this share of the rows are stored as a share by ANALYZE. */
#define GROWING_SHARE 0.1

/*
 * A table of so few rows, each with so many of the table that refers to it, is a list of kinds:
 * more data does not mean more kinds. ANALYZE knows all values of such a column.
 */
#define MOST_KINDS 100
#define ROWS_OF_A_KIND 100

/* A value this many times as common as the average one is not one of many like it. */
#define OUTSTANDING 30

/* The columns that were looked at already, so that none is looked at twice. */
typedef struct Seen
{
	int count;
	Oid relid[MAX_COLUMNS];
	AttrNumber column[MAX_COLUMNS];
} Seen;

static bool asking = false;

bool
pk_growth_asking(void)
{
	return asking;
}

/* The number of distinct values as ANALYZE stored it; 0 if unknown. */
static float4
stored_distinct(Oid relid, AttrNumber column)
{
	float4 distinct = 0;

	/* inherited statistics first: a partitioned table has no others */
	for (int inherited = 1; inherited >= 0 && distinct == 0; inherited--)
	{
		HeapTuple tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(column),
										  BoolGetDatum(inherited != 0));

		if (!HeapTupleIsValid(tuple))
			continue;
		distinct = ((Form_pg_statistic) GETSTRUCT(tuple))->stadistinct;
		ReleaseSysCache(tuple);
	}
	return distinct;
}

static bool column_grows_unseen(Oid relid, AttrNumber column, Seen *seen);

/* Number of rows when the table was last analyzed; -1 if unknown. */
static double
rows_of(Oid relid)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double rows = -1;

	if (HeapTupleIsValid(tuple))
	{
		rows = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
		ReleaseSysCache(tuple);
	}
	return rows;
}

/* Whether one of the tables is a list of kinds, such as states of an order, to the other one. */
static bool
is_list_of_kinds(Oid referenced, Oid referring)
{
	double kinds = rows_of(referenced);

	return kinds >= 0 && kinds <= MOST_KINDS && rows_of(referring) >= ROWS_OF_A_KIND * kinds;
}

/*
 * Whether the constraint is a foreign key of this column whose other side grows. A single column
 * that is referred to is unique, so it grows, unless its table is a list of kinds.
 */
static bool
refers_to_growing(HeapTuple constraint, AttrNumber column, Seen *seen)
{
	Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(constraint);
	AttrNumber keys[INDEX_MAX_KEYS];
	AttrNumber referenced[INDEX_MAX_KEYS];
	Oid operators[INDEX_MAX_KEYS];
	int nkeys;

	if (form->contype != CONSTRAINT_FOREIGN)
		return false;
	/* one for each partition of the table referred to, which has its own */
	if (OidIsValid(form->conparentid) && get_rel_relispartition(form->confrelid))
		return false;
	DeconstructFkConstraintRow(constraint, &nkeys, keys, referenced, operators, NULL, NULL, NULL, NULL);
	for (int i = 0; i < nkeys; i++)
	{
		if (keys[i] == column && (nkeys == 1 ? !is_list_of_kinds(form->confrelid, form->conrelid)
											 : column_grows_unseen(form->confrelid, referenced[i], seen)))
			return true;
	}
	return false;
}

/*
 * column_grows(), but false of a column that was seen before: it does not grow, or is being looked
 * at. The catalog is read without locking the tables: which of two concurrent states of a
 * constraint is seen only matters for an estimate.
 */
static bool
column_grows_unseen(Oid relid, AttrNumber column, Seen *seen)
{
	Relation constraints;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple tuple;
	bool grows = false;

	CHECK_FOR_INTERRUPTS();
	if (column <= 0 || seen->count == MAX_COLUMNS)
		return false;
	for (int i = 0; i < seen->count; i++)
		if (seen->relid[i] == relid && seen->column[i] == column)
			return false;
	seen->relid[seen->count] = relid;
	seen->column[seen->count++] = column;
	if (stored_distinct(relid, column) < 0)
		return true;

	constraints = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(constraints, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
	while (!grows && HeapTupleIsValid(tuple = systable_getnext(scan)))
		grows = refers_to_growing(tuple, column, seen);
	systable_endscan(scan);
	table_close(constraints, AccessShareLock);
	return grows;
}

/* Whether the number of distinct values of a column grows with the tables. */
static bool
column_grows(Oid relid, AttrNumber column)
{
	Seen seen = {0};

	return column_grows_unseen(relid, column, &seen);
}

/*
 * Whether the number of distinct values of an expression, stored as an absolute one, grows with
 * one of its columns. "rows": of the table, at its present size.
 */
static bool
expression_grows(PlannerInfo *root, Node *expression, float4 distinct, double rows)
{
	List *vars =
		pull_var_clause(expression, PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS);
	ListCell *cell;

	foreach (cell, vars)
	{
		Var *var = (Var *) lfirst(cell);
		RangeTblEntry *rte;
		double of_column;

		if (var->varlevelsup != 0 || var->varno >= root->simple_rel_array_size)
			continue;
		rte = root->simple_rte_array[var->varno];
		if (rte == NULL || rte->rtekind != RTE_RELATION || !column_grows(rte->relid, var->varattno))
			continue;
		of_column = stored_distinct(rte->relid, var->varattno);
		if (of_column < 0)
			of_column = -of_column * rows;
		if (of_column > 0 && distinct > GROWING_SHARE * of_column)
			return true;
	}
	return false;
}

/*
 * The shares of the most common values, in place, when there are "factor" times as many values and
 * rows. "average": the share of the average value at the present size.
 */
static void
grow_shares(float4 *shares, int nshares, double factor, double average, double nulls)
{
	double sum = 0;
	double outstanding = 0;
	double others;

	for (int i = 0; i < nshares; i++)
	{
		if (shares[i] > OUTSTANDING * average)
			outstanding += shares[i];
		else
			sum += shares[i] / factor;
	}

	/* In a smaller table, there is no room for so many rows of each. */
	others = Max(1 - nulls - outstanding, 0);
	for (int i = 0; i < nshares; i++)
	{
		if (shares[i] > OUTSTANDING * average)
			continue;
		shares[i] = (float4) (sum > others ? shares[i] / factor * others / sum : shares[i] / factor);
	}
}

/* A copy of a row of pg_statistic, of a column or expression with "factor" times as many values. */
static HeapTuple
grown(HeapTuple statistics, double factor, double rows)
{
	HeapTuple copy = heap_copytuple(statistics);
	Form_pg_statistic form = (Form_pg_statistic) GETSTRUCT(copy);
	double distinct = form->stadistinct < 0 ? -form->stadistinct * rows : form->stadistinct;
	double average = (1 - form->stanullfrac) / Max(distinct, 1);
	const int16 *kinds = &form->stakind1;

	if (form->stadistinct > 0)
		form->stadistinct = (float4) Max(form->stadistinct * factor, 1);
	for (int slot = 0; slot < STATISTIC_NUM_SLOTS; slot++)
	{
		bool isnull;
		Datum numbers;

		if (kinds[slot] != STATISTIC_KIND_MCV)
			continue;
		numbers = SysCacheGetAttr(STATRELATTINH, copy, Anum_pg_statistic_stanumbers1 + slot, &isnull);
		if (!isnull)
		{
			ArrayType *shares = DatumGetArrayTypePCopy(numbers);
			Datum values[Natts_pg_statistic] = {0};
			bool nulls[Natts_pg_statistic] = {0};
			bool replace[Natts_pg_statistic] = {0};
			Relation catalog = table_open(StatisticRelationId, AccessShareLock);

			grow_shares((float4 *) ARR_DATA_PTR(shares), ArrayGetNItems(ARR_NDIM(shares), ARR_DIMS(shares)), factor,
						average, form->stanullfrac);
			values[Anum_pg_statistic_stanumbers1 + slot - 1] = PointerGetDatum(shares);
			replace[Anum_pg_statistic_stanumbers1 + slot - 1] = true;
			copy = heap_modify_tuple(copy, RelationGetDescr(catalog), values, nulls, replace);
			table_close(catalog, AccessShareLock);
		}
		break;
	}
	return copy;
}

/*
 * Fill "present" with what the planner itself knows of the variable, and its check of privileges;
 * false if it knows nothing. The caller frees it with ReleaseVariableStats().
 */
static bool
present_statistics(PlannerInfo *root, Node *variable, VariableStatData *present)
{
	asking = true;
	PG_TRY();
	{
		examine_variable(root, variable, 0, present);
	}
	PG_FINALLY();
	{
		asking = false;
	}
	PG_END_TRY();
	return HeapTupleIsValid(present->statsTuple);
}

/* Give the planner the statistics after growth, with the privileges of the present ones. */
static bool
supply(const VariableStatData *present, double factor, double rows, VariableStatData *vardata)
{
	vardata->statsTuple = grown(present->statsTuple, factor, rows);
	vardata->freefunc = heap_freetuple;
	vardata->acl_ok = present->acl_ok;
	return true;
}

bool
pk_growth_of_column(PlannerInfo *root, RangeTblEntry *rte, AttrNumber column, double factor, VariableStatData *vardata)
{
	VariableStatData present;
	Oid type;
	int32 typmod;
	Oid collation;
	Index number = 1;
	bool done = false;

	if (column <= 0 || !column_grows(rte->relid, column))
		return false;
	while (number < root->simple_rel_array_size && root->simple_rte_array[number] != rte)
		number++;
	if (number >= root->simple_rel_array_size || root->simple_rel_array[number] == NULL)
		return false;

	get_atttypetypmodcoll(rte->relid, column, &type, &typmod, &collation);
	if (present_statistics(root, (Node *) makeVar(number, column, type, typmod, collation, 0), &present))
		done = supply(&present, factor, root->simple_rel_array[number]->tuples / factor, vardata);
	ReleaseVariableStats(present);
	return done;
}

bool
pk_growth_of_expression(PlannerInfo *root, double factor, VariableStatData *vardata)
{
	VariableStatData present;
	bool done = false;

	/* Without a variable, the planner looks for an index's order on disk, which stays as it is. */
	if (vardata->var == NULL || vardata->rel == NULL)
		return false;
	if (present_statistics(root, vardata->var, &present))
	{
		float4 distinct = ((Form_pg_statistic) GETSTRUCT(present.statsTuple))->stadistinct;
		double rows = vardata->rel->tuples / factor;

		if (distinct < 0 || expression_grows(root, vardata->var, distinct, rows))
			done = supply(&present, factor, rows, vardata);
	}
	ReleaseVariableStats(present);
	return done;
}

void
pk_growth_extended_statistics(RelOptInfo *rel, Oid relid)
{
	ListCell *cell;

	foreach (cell, rel->statlist)
	{
		StatisticExtInfo *info = (StatisticExtInfo *) lfirst(cell);
		int column = -1;

		if (info->kind != STATS_EXT_NDISTINCT && info->kind != STATS_EXT_MCV)
			continue;
		while ((column = bms_next_member(info->keys, column)) >= 0)
		{
			if (!column_grows(relid, (AttrNumber) column))
				continue;
			rel->statlist = foreach_delete_current(rel->statlist, cell);
			break;
		}
	}
}
