/*
 * disjunction.c
 *	  An OR that no index answers, since one arm has a subquery, or arms are on different tables.
 *
 * A bitmap can combine the arms of an OR only if each is a condition on one table and on something
 * that is known before the scan begins. A subquery in an arm is checked for each row, and arms on
 * different tables are checked on rows that have been joined already.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "advice/clause.h"
#include "advice/keys.h"
#include "causes/disjunction.h"
#include "causes/wording.h"
#include "plan/source.h"

/* An OR that keeps a larger share of the rows needs them all in any way of writing it. */
#define LARGE_SHARE 0.2

/* The subquery that is checked for each row; of alternatives, the first, as only one is kept. */
static SubPlan *
subplan_of(Node *arm)
{
	if (IsA(arm, AlternativeSubPlan))
		arm = linitial(((AlternativeSubPlan *) arm)->subplans);
	return IsA(arm, SubPlan) ? (SubPlan *) arm : NULL;
}

/* The column that the subquery's rows are compared with, or that the subquery refers to. */
static Node *
column_of(const PkInquiry *inquiry, SubPlan *subplan)
{
	List *columns = list_concat(pull_var_clause(subplan->testexpr, 0), pull_var_clause((Node *) subplan->args, 0));
	ListCell *cell;

	foreach (cell, columns)
	{
		if (pk_keys_is_key(inquiry->table, lfirst(cell)))
			return lfirst(cell);
	}
	return NULL;
}

PkFinding *
pk_disjunction_subquery(const PkInquiry *inquiry)
{
	ListCell *cell;

	foreach (cell, inquiry->conditions)
	{
		ListCell *arm;

		if (!is_orclause(lfirst(cell)))
			continue;
		foreach (arm, ((BoolExpr *) lfirst(cell))->args)
		{
			SubPlan *subplan = subplan_of(lfirst(arm));
			PkFinding *finding;
			Node *column;

			/* NOT IN and the like find no rows by an index, in whatever way they are written. */
			if (subplan == NULL || (subplan->subLinkType != ANY_SUBLINK && subplan->subLinkType != EXISTS_SUBLINK))
				continue;
			finding = pk_inquiry_make(inquiry, PK_CAUSE_OR_SUBQUERY);
			finding->condition = pk_inquiry_condition(inquiry, lfirst(cell));
			finding->expression = pstrdup(subplan->subLinkType == ANY_SUBLINK ? "IN (SELECT ...)" : "EXISTS (SELECT ...)");
			finding->unproven = pstrdup("the query was not planned as rewritten");
			finding->decisive = true;
			column = column_of(inquiry, subplan);
			if (column != NULL)
			{
				finding->column = pk_keys_text(inquiry->table, column);
				finding->index = pk_wording_index(inquiry, column, InvalidOid);
			}
			return finding;
		}
	}
	return NULL;
}

/* Add the columns of an arm, as "alias.column". */
static void
add_columns(const PkPlanTree *tree, Node *arm, StringInfo columns)
{
	ListCell *cell;

	foreach (cell, pull_var_clause(arm, PVC_RECURSE_PLACEHOLDERS))
	{
		Var *var = (Var *) lfirst(cell);
		RangeTblEntry *entry = rt_fetch(var->varno, tree->stmt->rtable);
		char *name;

		if (entry->rtekind != RTE_RELATION || var->varattno <= 0)
			continue;
		name = psprintf("%s.%s", quote_identifier(entry->eref->aliasname),
						quote_identifier(get_attname(entry->relid, var->varattno, false)));
		appendStringInfo(columns, "%s%s", columns->len > 0 ? ", " : "", name);
	}
}

static PkFinding *
find_in_clause(const PkInquiry *inquiry, const PkPlanNode *join, Node *clause)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	Bitmapset *tables = NULL;
	StringInfoData columns;
	bool restricts = false;
	Oid index = InvalidOid;
	PkFinding *finding;
	ListCell *cell;

	if (!is_orclause(clause))
		return NULL;
	initStringInfo(&columns);
	foreach (cell, ((BoolExpr *) clause)->args)
	{
		Node *arm = pk_source_of(tree, join->plan, lfirst(cell), 0);
		Bitmapset *of_arm;
		PkClause taken;

		if (arm == NULL || contain_subplans(arm) || contain_agg_clause(arm))
			return NULL;
		of_arm = pull_varnos(NULL, arm);
		tables = bms_add_members(tables, of_arm);
		restricts |= bms_membership(of_arm) == BMS_SINGLETON;
		add_columns(tree, arm, &columns);
		if (!bms_equal(of_arm, bms_make_singleton(inquiry->table.rti)))
			continue;
		pk_clause_take(arm, inquiry->table, &taken);
		if (taken.compared != NULL && !OidIsValid(index))
			index = pk_wording_index(inquiry, taken.compared, InvalidOid);
	}
	if (!restricts || bms_membership(tables) != BMS_MULTIPLE)
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_OR_TWO_TABLES);
	finding->condition = pk_inquiry_clause(inquiry, join, clause);
	finding->columns = columns.data;
	finding->changes |= PK_RESULT_DUPLICATES;
	finding->index = index;
	finding->unproven = pstrdup("the query was not planned as rewritten");
	return finding;
}

PkFinding *
pk_disjunction_tables(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	const PkPlanNode *node = scan;
	const PkPlanNode *above;

	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL)
	{
		Plan *plan = above->plan;
		List *clauses = NIL;
		ListCell *cell;

		if (IsA(plan, NestLoop) || IsA(plan, HashJoin) || IsA(plan, MergeJoin))
			clauses = list_concat_copy(((Join *) plan)->joinqual, plan->qual);
		if (plan->plan_rows > LARGE_SHARE * scan->plan->plan_rows)
			clauses = NIL;
		foreach (cell, clauses)
		{
			PkFinding *finding = find_in_clause(inquiry, above, lfirst(cell));

			if (finding != NULL)
				return finding;
		}
		node = above;
	}
	return NULL;
}
