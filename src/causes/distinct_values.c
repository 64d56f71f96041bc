/*
 * distinct_values.c
 *	  Wrong numbers of distinct values, by which rows of joins and groups are estimated.
 *
 * Without statistics the planner assumes 200 values. That is so for a partitioned table, too,
 * whose partitions were analyzed: autovacuum never analyzes the table that they belong to. A column
 * may also have a number that somebody has set, and of a large table ANALYZE sees too few rows.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/partition.h"
#include "catalog/pg_statistic.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/attoptcache.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "common/catalog.h"
#include "advice/candidate.h"
#include "advice/clause.h"
#include "advice/page_sample.h"
#include "advice/statistics_advice.h"
#include "causes/distinct_values.h"
#include "causes/doubt.h"
#include "plan/source.h"
#include "plan/table_state.h"

/* A number that is off by a smaller factor is good enough. */
#define WRONG_FACTOR 3

/* Samples for one diagnosis. */
#define MAX_SAMPLES 4

/* Rows that ANALYZE samples for each unit of the statistics target. */
#define ROWS_PER_TARGET 300

/* A column by which rows are joined, grouped or looked up. */
typedef struct PkColumn
{
	const PkPlanNode *node; /* that does so */
	Index rti;
	Oid relid; /* the table, or the partitioned table whose partitions are read */
	AttrNumber attno;
	bool partitioned;
} PkColumn;

static List *
add_column(const PkPlanTree *tree, List *columns, const PkPlanNode *node, Node *source)
{
	RangeTblEntry *rte;
	PkColumn *column;
	ListCell *cell;
	Var *var;

	source = source != NULL ? pk_clause_strip(source) : NULL;
	if (source == NULL || !IsA(source, Var) || IS_SPECIAL_VARNO(((Var *) source)->varno) ||
		((Var *) source)->varattno <= 0)
		return columns;
	var = (Var *) source;
	rte = rt_fetch(var->varno, tree->stmt->rtable);
	if (rte->rtekind != RTE_RELATION)
		return columns;
	column = palloc0(sizeof(PkColumn));
	column->node = node;
	column->rti = var->varno;
	column->relid = rte->relid;
	column->attno = var->varattno;
	if (get_rel_relispartition(rte->relid))
	{
		char *name = get_attname(rte->relid, var->varattno, false);

		column->partitioned = true;
		column->relid = llast_oid(get_partition_ancestors(rte->relid));
		column->attno = get_attnum(column->relid, name);
	}
	foreach (cell, columns)
	{
		PkColumn *other = (PkColumn *) lfirst(cell);

		if (other->relid == column->relid && other->attno == column->attno)
			return columns;
	}
	return lappend(columns, column);
}

/* Columns that are compared with values of the other side of a nested loop. */
static List *
add_looked_up(const PkPlanTree *tree, List *columns, const PkPlanNode *node)
{
	ListCell *cell;

	foreach (cell, pk_candidate_conditions(node))
	{
		PkClause clause;
		Node *value;

		pk_clause_take(lfirst(cell), (PkTableRef){node->rti, node->relid}, &clause);
		value = clause.value != NULL ? pk_clause_strip(clause.value) : NULL;
		if (clause.form == PK_CLAUSE_COMPARISON && value != NULL && IsA(value, Param))
			columns = add_column(tree, columns, node, clause.compared);
	}
	return columns;
}

static List *
find_columns(const PkPlanTree *tree)
{
	List *columns = NIL;

	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];
		Plan *plan = node->plan;
		AttrNumber *keys = NULL;
		int nkeys = 0;
		ListCell *cell;

		CHECK_FOR_INTERRUPTS();
		if (OidIsValid(node->relid) && !IsA(plan, ModifyTable))
			columns = add_looked_up(tree, columns, node);
		foreach (cell, pk_candidate_join_clauses(plan))
		{
			ListCell *arg;

			if (!IsA(lfirst(cell), OpExpr))
				continue;
			foreach (arg, ((OpExpr *) lfirst(cell))->args)
			{
				columns = add_column(tree, columns, node, pk_source_of(tree, plan, lfirst(arg), 0));
			}
		}
		if (IsA(plan, Agg))
			keys = ((Agg *) plan)->grpColIdx, nkeys = ((Agg *) plan)->numCols;
		else if (IsA(plan, Group))
			keys = ((Group *) plan)->grpColIdx, nkeys = ((Group *) plan)->numCols;
		else if (IsA(plan, Unique))
			keys = ((Unique *) plan)->uniqColIdx, nkeys = ((Unique *) plan)->numCols;
		for (int key = 0; key < nkeys; key++)
			columns = add_column(tree, columns, node, pk_source_of_output(tree, outerPlan(plan), keys[key], 0));
	}
	return columns;
}

/* The number of distinct values that the planner assumes, and whether it has any statistics. */
static double
assumed(const PkColumn *column, double rows, bool *known, double *stored)
{
	HeapTuple tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(column->relid), Int16GetDatum(column->attno),
									  BoolGetDatum(column->partitioned));

	*known = HeapTupleIsValid(tuple);
	*stored = 0;
	if (*known)
	{
		*stored = ((Form_pg_statistic) GETSTRUCT(tuple))->stadistinct;
		ReleaseSysCache(tuple);
	}
	if (*stored == 0)
		return Min(DEFAULT_NUM_DISTINCT, rows);
	return *stored < 0 ? -*stored * rows : *stored;
}

/* The number of distinct values that was set for the column; 0 for none. */
static double
was_set(const PkColumn *column)
{
	AttributeOpts *options = get_attribute_options(column->relid, column->attno);

	if (options == NULL)
		return 0;
	return column->partitioned ? options->n_distinct_inherited : options->n_distinct;
}

static double
rows_of(const PkColumn *column, const PkPlanTree *tree)
{
	double rows = 0;

	/* Of a partitioned table, those partitions that the plan reads. */
	for (int i = 0; i < tree->count && column->partitioned; i++)
	{
		BlockNumber pages;
		double part;

		if (!OidIsValid(tree->nodes[i].relid) || IsA(tree->nodes[i].plan, BitmapIndexScan) ||
			!get_rel_relispartition(tree->nodes[i].relid) ||
			llast_oid(get_partition_ancestors(tree->nodes[i].relid)) != column->relid)
			continue;
		pk_table_state_size(tree->nodes[i].relid, &pages, &part);
		rows += part;
	}
	if (!column->partitioned)
	{
		BlockNumber pages;

		pk_table_state_size(column->relid, &pages, &rows);
	}
	return rows;
}

static bool
is_unique(const PkColumn *column)
{
	Relation relation = relation_open(column->relid, AccessShareLock);
	bool unique = false;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
		Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);

		unique |= form->indisunique && form->indnkeyatts == 1 && form->indkey.values[0] == column->attno &&
				  heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
		ReleaseSysCache(tuple);
	}
	relation_close(relation, NoLock);
	return unique;
}

static PkDoubt *
make_doubt(const PkFailure *failure, const PkColumn *column, PkCause cause, double estimated, double found)
{
	PkDoubt *made = palloc0(sizeof(PkDoubt));
	PkFinding *finding = pk_finding_make(cause, column->relid);

	made->node = column->node;
	made->finding = finding;
	made->certain = true;
	finding->node_id = column->node->node_id;
	finding->alias = rt_fetch(column->rti, failure->tree->stmt->rtable)->eref->aliasname;
	finding->cost = failure->tree->root->plan->total_cost;
	finding->column = pstrdup(quote_identifier(get_attname(column->relid, column->attno, false)));
	finding->rows_estimated = estimated;
	finding->rows_found = found;
	return made;
}

static PkDoubt *
judge(const PkFailure *failure, const PkColumn *column, int *samples)
{
	double rows = rows_of(column, failure->tree);
	double set = was_set(column);
	char *table = pk_quoted_relation_name(column->relid);
	bool known;
	double stored;
	double planned = assumed(column, rows, &known, &stored);
	PkSample sample;
	PkDoubt *made;
	PkFinding *finding;
	Var *key;
	double found;
	Oid type;
	int32 typmod;
	Oid collation;

	if (rows < DEFAULT_NUM_DISTINCT || is_unique(column))
		return NULL;
	if (known && set == 0 && (stored < 0 || rows <= ROWS_PER_TARGET * default_statistics_target))
		return NULL;
	if (--*samples < 0)
		return NULL;
	get_atttypetypmodcoll(column->relid, column->attno, &type, &typmod, &collation);
	key = makeVar(1, column->attno, type, typmod, collation, 0);
	if (!pk_sample_take(column->relid, NIL, list_make1(key), &sample))
		return NULL;
	found = pk_sample_distinct(&sample, rows);
	/* Equal rows lie together, so a part of the table may have fewer values; it has no more. */
	if (!sample.whole && set == 0 && known)
		found = Max(sample.distinct, planned);
	if (pk_q_error(planned, found) < WRONG_FACTOR)
		return NULL;

	made = make_doubt(failure, column, known ? PK_CAUSE_N_DISTINCT : PK_CAUSE_STATISTICS_MISSING, planned, found);
	finding = made->finding;
	if (!known)
		finding->remedy_sql = psprintf("ANALYZE %s", table);
	else if (set != 0)
	{
		finding->value = psprintf("%g", set);
		finding->remedy_sql = psprintf("ALTER TABLE %s ALTER COLUMN %s RESET (%s); ANALYZE %s", table, finding->column,
									   column->partitioned ? "n_distinct_inherited" : "n_distinct", table);
	}
	else
	{
		finding->remedy_sql = psprintf("ALTER TABLE %s ALTER COLUMN %s SET (%s = %g); ANALYZE %s", table, finding->column,
									   column->partitioned ? "n_distinct_inherited" : "n_distinct",
									   Max(-1, -rint(1000 * pk_sample_distinct(&sample, rows) / rows) / 1000), table);
	}
	return made;
}

List *
pk_distinct_values_doubts(const PkFailure *failure)
{
	int samples = MAX_SAMPLES;
	List *doubts = NIL;
	ListCell *cell;

	foreach (cell, find_columns(failure->tree))
	{
		PkDoubt *made = judge(failure, lfirst(cell), &samples);

		if (made != NULL)
			doubts = lappend(doubts, made);
	}
	return doubts;
}
