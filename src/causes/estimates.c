/*
 * estimates.c
 *	  Wrong or doubtful estimates of rows, which make the planner choose a plan that is worse.
 *
 * The query is not run. So an estimate is compared with a sample of the table, where its condition
 * allows that; with what ANALYZE knows of rare values, where a value is not known; and a function's
 * number of rows is only doubted. Whether a doubt explains a scan is then asked of the planner, who
 * is told another number (see PkRowsTold).
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/regproc.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "common/catalog.h"
#include "advice/candidate.h"
#include "advice/clause.h"
#include "advice/estimate_query.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "advice/page_sample.h"
#include "advice/statistics_advice.h"
#include "causes/distinct_values.h"
#include "causes/estimates.h"
#include "causes/losing.h"
#include "plan/table_state.h"

/* An estimate that is off by a smaller factor, or about fewer rows, is good enough. */
#define WRONG_FACTOR 3
#define WRONG_ROWS 50

/* A part of a sampled table proves something if it comes from so many pages. */
#define MANY_PAGES 10

/* Samples and copies for one diagnosis, and pages of a copy. */
#define MAX_SAMPLES 6
#define MAX_COPIES 2
#define COPY_PAGES 200

/* A condition that keeps less is best answered by an index. */
#define FEW_ROWS 0.05

static const PkRowsTold *
tell(const PkPlanTree *tree, const PkPlanNode *node, Oid function, double rows)
{
	PkRowsTold *told = palloc0(sizeof(PkRowsTold));

	told->relid = OidIsValid(function) ? InvalidOid : node->relid;
	told->function = function;
	told->alias = rt_fetch(node->rti, tree->stmt->rtable)->eref->aliasname;
	told->rows = Max(rows, 1);
	return told;
}

static PkDoubt *
doubt(const PkFailure *failure, const PkPlanNode *node, PkCause cause)
{
	PkDoubt *made = palloc0(sizeof(PkDoubt));
	PkFailure about = *failure;
	PkInquiry inquiry;

	about.scan = node;
	pk_inquiry_begin(&inquiry, &about, node);
	made->node = node;
	made->finding = pk_inquiry_make(&inquiry, cause);
	return made;
}

/* Parameters that are results of subqueries, computed once before the scans that use them. */
static Bitmapset *
subquery_values(const PkPlanTree *tree)
{
	Bitmapset *values = NULL;
	ListCell *cell;

	for (int i = 0; i < tree->count; i++)
	{
		if (tree->nodes[i].subplan == NULL || tree->nodes[i].subplan->parParam != NIL)
			continue;
		foreach (cell, tree->nodes[i].subplan->setParam)
		{
			values = bms_add_member(values, lfirst_int(cell));
		}
	}
	return values;
}

static bool
is_unknown(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
		return true;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		return bms_is_member(((Param *) node)->paramid, (Bitmapset *) arg);
	return expression_tree_walker(node, is_unknown, arg);
}

/* The frequency of the rarest value that is known of a column; -1 if it is not to be told. */
static double
rarest_frequency(Oid relid, AttrNumber attno)
{
	HeapTuple tuple;
	AttStatsSlot slot;
	double rarest = -1;

	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
		check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		return -1;
	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(attno), BoolGetDatum(false));
	if (!HeapTupleIsValid(tuple))
		return -1;
	if (get_attstatsslot(&slot, tuple, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_NUMBERS))
	{
		double others = 1 - ((Form_pg_statistic) GETSTRUCT(tuple))->stanullfrac;

		for (int i = 0; i < slot.nnumbers; i++)
		{
			others -= slot.numbers[i];
			rarest = rarest < 0 ? slot.numbers[i] : Min(rarest, slot.numbers[i]);
		}
		/* Values that are no common ones share what is left. */
		if (others > 0.0001 && ((Form_pg_statistic) GETSTRUCT(tuple))->stadistinct > slot.nnumbers)
			rarest = Min(rarest, others / (((Form_pg_statistic) GETSTRUCT(tuple))->stadistinct - slot.nnumbers));
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
	return rarest;
}

bool
pk_estimates_unknown_value(const PkInquiry *inquiry, double *rows)
{
	Bitmapset *values = subquery_values(inquiry->failure->tree);
	BlockNumber pages;
	double all;
	bool found = false;
	ListCell *cell;

	pk_table_state_size(inquiry->table.relid, &pages, &all);
	*rows = 0;
	foreach (cell, inquiry->conditions)
	{
		PkClause clause;
		double frequency = 0;

		if (!is_unknown(lfirst(cell), values))
			continue;
		pk_clause_take(lfirst(cell), inquiry->table, &clause);
		if (clause.compared != NULL && IsA(clause.compared, Var) && OidIsValid(clause.opno) &&
			pk_keys_btree_strategy(clause.opno) == BTEqualStrategyNumber)
		{
			frequency = rarest_frequency(inquiry->table.relid, ((Var *) clause.compared)->varattno);
			if (frequency < 0)
				continue; /* all values are about as frequent, or that is not known */
		}
		found = true;
		*rows = Max(*rows, frequency * all);
	}
	return found;
}

/* A value that is not known, where rarer ones than the average are. */
static PkDoubt *
unknown_value(const PkFailure *failure, const PkPlanNode *node, double estimate)
{
	PkInquiry inquiry;
	PkDoubt *made;
	double rows;

	pk_inquiry_begin(&inquiry, failure, node);
	if (!pk_estimates_unknown_value(&inquiry, &rows) || Max(rows, 1) * WRONG_FACTOR > estimate)
		return NULL;
	made = doubt(failure, node, PK_CAUSE_UNKNOWN_VALUE);
	made->finding->rows_estimated = estimate;
	made->finding->rows_found = Max(rows, 1);
	made->told = tell(failure->tree, node, InvalidOid, rows);
	return made;
}

/* Is an operand of a condition more than a column? The planner has no statistics of it then. */
static bool
has_expression(List *clauses)
{
	ListCell *cell;

	foreach (cell, clauses)
	{
		PkClause clause;

		pk_clause_take(lfirst(cell), (PkTableRef){1, InvalidOid}, &clause);
		if (clause.compared != NULL && !IsA(clause.compared, Var))
			return true;
	}
	return false;
}

/* An index with the expression as a key, which is its column attno; or invalid. */
static Oid
index_on(Oid relid, Node *expression, int *attno)
{
	Relation relation = table_open(relid, AccessShareLock);
	PkTableRef table = {1, relid};
	Oid found = InvalidOid;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		for (int key = 0; key < index->rd_index->indnkeyatts && !OidIsValid(found); key++)
		{
			if (equal(pk_clause_strip(pk_match_key_expression(index, key, table)), expression))
			{
				found = lfirst_oid(cell);
				*attno = key + 1;
			}
		}
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return found;
}

/* An expression of an index that was created after ANALYZE; NULL if there is none. */
static char *
unanalyzed_key(Oid relid, List *clauses, Oid *index)
{
	ListCell *cell;

	foreach (cell, clauses)
	{
		PkClause clause;
		int attno;

		pk_clause_take(lfirst(cell), (PkTableRef){1, relid}, &clause);
		if (clause.compared == NULL || IsA(clause.compared, Var))
			continue;
		*index = index_on(relid, clause.compared, &attno);
		if (OidIsValid(*index) &&
			!SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(*index), Int16GetDatum(attno), BoolGetDatum(false)))
			return pk_keys_text((PkTableRef){1, relid}, clause.compared);
	}
	return NULL;
}

/* Is the difference between the sample and the estimate no accident? */
static bool
is_wrong(const PkSample *sample, double estimate, double rows)
{
	double share = sample->matching / sample->rows;
	double found = share * rows;

	if (pk_q_error(estimate, found) < WRONG_FACTOR || Max(estimate, found) < WRONG_ROWS)
		return false;
	/* Equal rows lie together: that none were seen in some pages means little. */
	return sample->whole ||
		   (found > estimate && sample->matching > MANY_PAGES * sample->rows / sample->pages);
}

static void
analyze(PkFinding *finding, Oid relid)
{
	finding->remedy_sql = psprintf("ANALYZE %s", pk_quoted_relation_name(relid));
}

/* The cause of an estimate that the sample has shown to be wrong; false if it is not known. */
static bool
explain(PkDoubt *made, PkEstimateQuery *question, int *copies)
{
	PkFinding *finding = made->finding;
	Oid relid = question->relid;
	PkStatisticsAdvice advice;

	if (!pk_table_state_has_statistics(relid))
	{
		finding->cause = PK_CAUSE_STATISTICS_MISSING;
		analyze(finding, relid);
		return true;
	}
	if ((finding->stale = pk_table_state_stale(relid)) != NULL)
	{
		finding->cause = PK_CAUSE_STATISTICS_STALE;
		analyze(finding, relid);
		return true;
	}
	/* A value that few rows had, or none, may be that of all rows that are new. */
	if (list_length(question->clauses) == 1 &&
		(finding->stale = pk_table_state_changed(relid, finding->rows_found / 2)) != NULL)
	{
		finding->cause = PK_CAUSE_STATISTICS_STALE;
		analyze(finding, relid);
		return true;
	}
	if ((finding->expression = unanalyzed_key(relid, question->clauses, &finding->index)) != NULL)
	{
		finding->cause = PK_CAUSE_STATISTICS_MISSING;
		analyze(finding, relid);
		return true;
	}
	if (--*copies < 0)
		return false;
	question->max_pages = COPY_PAGES;
	question->rows = finding->rows_found;
	pk_statistics_advice_find(question, WRONG_FACTOR, &advice);
	finding->remedy_sql = advice.statement;
	finding->proof = PK_PROOF_ESTIMATED;
	switch (advice.kind)
	{
		case PK_STATISTICS_ANALYZE:
			finding->cause = PK_CAUSE_STATISTICS_STALE;
			finding->stale = pstrdup("A copy of it has other statistics.");
			return true;
		case PK_STATISTICS_COLUMNS:
			finding->cause = PK_CAUSE_DEPENDENT_COLUMNS;
			return true;
		case PK_STATISTICS_EXPRESSION:
			finding->cause = PK_CAUSE_STATISTICS_MISSING;
			made->certain = false;
			return true;
		default:
			return false;
	}
}

/* The estimate of a scan is compared with a sample, if there is reason to doubt it. */
static PkDoubt *
wrong_rows(const PkFailure *failure, const PkPlanNode *node, double estimate, int *samples, int *copies)
{
	PkEstimateQuery question;
	PkSample sample;
	PkDoubt *made;
	BlockNumber pages;
	double rows;

	pk_estimate_query_take(failure->tree, node, NULL, &question);
	if (!question.askable || question.keys != NIL || question.clauses == NIL || *samples <= 0)
		return NULL;
	if (list_length(question.clauses) < 2 && !has_expression(question.clauses) &&
		pk_table_state_has_statistics(node->relid) && pk_table_state_stale(node->relid) == NULL &&
		pk_table_state_changed(node->relid, Max(WRONG_FACTOR * estimate, WRONG_ROWS)) == NULL)
		return NULL;
	(*samples)--;
	pk_table_state_size(node->relid, &pages, &rows);
	if (!pk_sample_take(node->relid, question.clauses, NIL, &sample))
		return NULL;
	if (sample.whole)
		rows = sample.rows;
	if (!is_wrong(&sample, estimate, rows))
		return NULL;
	made = doubt(failure, node, PK_CAUSE_UNKNOWN);
	/* Too many rows expected are told only if they explain something. */
	made->certain = sample.matching / sample.rows * rows > estimate;
	made->few = sample.matching < FEW_ROWS * sample.rows;
	made->finding->rows_estimated = estimate;
	made->finding->rows_found = rint(sample.matching / sample.rows * rows);
	made->told = tell(failure->tree, node, InvalidOid, made->finding->rows_found);
	return explain(made, &question, copies) ? made : NULL;
}

bool
pk_estimates_confirmed(const PkInquiry *inquiry)
{
	const PkFailure *failure = inquiry->failure;
	double factor = failure->options->what_if.size_factor;
	PkEstimateQuery question;
	PkSample sample;
	BlockNumber pages;
	double rows;

	/* Only where there is doubt, since it costs a sample. */
	if ((factor != 0 && factor != 1) || (pk_table_state_has_statistics(inquiry->table.relid) &&
										 pk_table_state_stale(inquiry->table.relid) == NULL))
		return false;
	pk_estimate_query_take(failure->tree, failure->scan, NULL, &question);
	if (!question.askable || question.keys != NIL || question.clauses == NIL ||
		!pk_sample_take(inquiry->table.relid, question.clauses, NIL, &sample))
		return false;
	pk_table_state_size(inquiry->table.relid, &pages, &rows);
	return pk_q_error(failure->scan->plan->plan_rows * pk_losing_processes(failure),
					  sample.matching / sample.rows * rows) < WRONG_FACTOR;
}

/* A function in FROM whose number of rows was never declared, or at a guess. */
static PkDoubt *
function_rows(const PkFailure *failure, const PkPlanNode *node)
{
	List *functions = ((FunctionScan *) node->plan)->functions;
	FuncExpr *call = (FuncExpr *) linitial_node(RangeTblFunction, functions)->funcexpr;
	PkDoubt *made;
	HeapTuple tuple;
	bool supported;
	double rows;

	if (list_length(functions) != 1 || !IsA(call, FuncExpr) || !call->funcretset)
		return NULL;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(call->funcid));
	if (!HeapTupleIsValid(tuple))
		return NULL;
	supported = OidIsValid(((Form_pg_proc) GETSTRUCT(tuple))->prosupport);
	rows = ((Form_pg_proc) GETSTRUCT(tuple))->prorows;
	ReleaseSysCache(tuple);
	if (supported || rows <= 1)
		return NULL;
	made = palloc0(sizeof(PkDoubt));
	made->node = node;
	made->finding = pk_finding_make(PK_CAUSE_FUNCTION_ROWS, InvalidOid);
	made->finding->node_id = node->node_id;
	made->finding->alias = rt_fetch(node->rti, failure->tree->stmt->rtable)->eref->aliasname;
	made->finding->cost = failure->tree->root->plan->total_cost;
	made->finding->expression = format_procedure(call->funcid);
	made->finding->rows_estimated = rows;
	made->finding->rows_found = 1;
	if (call->funcid >= FirstNormalObjectId)
		made->finding->remedy_sql = psprintf("ALTER FUNCTION %s ROWS ", format_procedure_qualified(call->funcid));
	made->told = tell(failure->tree, node, call->funcid, 1);
	return made;
}

List *
pk_estimates_doubts(const PkFailure *failure)
{
	const PkPlanTree *tree = failure->tree;
	double factor = failure->options->what_if.size_factor;
	bool present = factor == 0 || factor == 1;
	int samples = MAX_SAMPLES;
	int copies = MAX_COPIES;
	List *doubts = NIL;

	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];
		PkFailure about = *failure;
		PkDoubt *made = NULL;
		double estimate;

		CHECK_FOR_INTERRUPTS();
		about.scan = node;
		if (IsA(node->plan, FunctionScan))
			made = function_rows(failure, node);
		else if (OidIsValid(node->relid) && !IsA(node->plan, ModifyTable) && !IsA(node->plan, BitmapIndexScan) &&
				 !get_rel_relispartition(node->relid))
		{
			estimate = node->plan->plan_rows * pk_losing_processes(&about);
			made = unknown_value(&about, node, estimate);
			/* The sample is of the present table. */
			if (made == NULL && present)
				made = wrong_rows(&about, node, estimate, &samples, &copies);
		}
		if (made != NULL)
			doubts = lappend(doubts, made);
	}
	if (present)
		doubts = list_concat(doubts, pk_distinct_values_doubts(failure));
	return doubts;
}
