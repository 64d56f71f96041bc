/*
 * unanswerable.c
 *	  Conditions that no index can answer as they are written, whatever indexes there are.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/catalog.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/context.h"
#include "causes/inside.h"
#include "causes/obstacle.h"
#include "causes/unanswerable.h"
#include "causes/wording.h"

static PkFinding *find_in(const PkInquiry *inquiry, Node *condition);

/* What an index cannot have as key or value, on either side of the comparison. */
static PkFinding *
find_in_sides(const PkInquiry *inquiry, const PkClause *clause)
{
	PkFinding *finding;

	if (clause->both_sides)
		return pk_inquiry_make(inquiry, PK_CAUSE_SAME_ROW);
	if (!bms_is_member(inquiry->table.rti, pull_varnos(NULL, clause->compared)))
		return NULL;
	if (contain_volatile_functions(clause->value))
		return pk_inquiry_make(inquiry, PK_CAUSE_VOLATILE_VALUE);
	if (contain_subplans(clause->compared))
		return NULL;
	if (pk_clause_is_negation(clause->opno) && !contain_volatile_functions(clause->compared))
		return pk_obstacle_negation(inquiry, clause->compared);
	if (contain_mutable_functions(clause->compared))
	{
		finding = pk_inquiry_make(inquiry, PK_CAUSE_NOT_IMMUTABLE);
		finding->expression = pk_keys_text(inquiry->table, clause->compared);
		return finding;
	}
	if (!pk_keys_is_key(inquiry->table, clause->compared))
		return NULL;
	if (clause->form == PK_CLAUSE_ALL || pk_clause_is_negation(clause->opno))
		return pk_obstacle_negation(inquiry, clause->compared);
	if (OidIsValid(clause->opno) && !pk_clause_is_indexable(clause->opno))
	{
		finding = pk_inquiry_make(inquiry, PK_CAUSE_UNSUPPORTED_OPERATOR);
		finding->operator= pk_clause_operator_name(clause->opno);
		return finding;
	}
	return NULL;
}

/* value = ANY (array column) */
static PkFinding *
find_any_array(const PkInquiry *inquiry, const PkClause *clause)
{
	Node *array = pk_clause_strip(clause->value);
	PkFinding *finding;

	if (!IsA(array, Var) || ((Var *) array)->varno != inquiry->table.rti ||
		bms_is_member(inquiry->table.rti, pull_varnos(NULL, clause->compared)))
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_ANY_ARRAY);
	finding->column = pk_keys_text(inquiry->table, array);
	finding->index = pk_wording_index(inquiry, array, InvalidOid);
	return finding;
}

static PkFinding *
find_in_arms(const PkInquiry *inquiry, const PkClause *clause)
{
	ListCell *cell;

	foreach (cell, clause->args)
	{
		PkFinding *finding = find_in(inquiry, lfirst(cell));

		if (finding != NULL)
		{
			finding->in_or |= clause->form == PK_CLAUSE_OR;
			return finding;
		}
	}
	return NULL;
}

static PkFinding *
find_in(const PkInquiry *inquiry, Node *condition)
{
	PkFinding *finding = NULL;
	PkClause clause;

	check_stack_depth();
	pk_clause_take(condition, inquiry->table, &clause);
	switch (clause.form)
	{
		case PK_CLAUSE_ANY:
			finding = find_any_array(inquiry, &clause);
			if (finding == NULL)
				finding = find_in_sides(inquiry, &clause);
			break;
		case PK_CLAUSE_COMPARISON:
		case PK_CLAUSE_ALL:
			finding = find_in_sides(inquiry, &clause);
			break;
		case PK_CLAUSE_NOT_TRUTH:
		case PK_CLAUSE_DISTINCT:
			if (pk_keys_is_key(inquiry->table, clause.compared))
				finding = pk_obstacle_negation(inquiry, clause.compared);
			break;
		case PK_CLAUSE_SUBPLAN:
			if (!clause.negated)
				break;
			finding = pk_inquiry_make(inquiry, PK_CAUSE_NOT_IN);
			/* With a null in the subquery, NOT IN keeps nothing. */
			finding->changes |= PK_RESULT_NULLS;
			finding->unproven = pstrdup("the query was not planned with NOT EXISTS");
			break;
		case PK_CLAUSE_AND:
		case PK_CLAUSE_OR:
			finding = find_in_arms(inquiry, &clause);
			break;
		case PK_CLAUSE_ROW:
		case PK_CLAUSE_NULL_TEST:
		case PK_CLAUSE_TRUTH:
		case PK_CLAUSE_FUNCTION:
		case PK_CLAUSE_NOT:
		case PK_CLAUSE_OTHER:
			break;
	}
	if (finding != NULL)
		finding->condition = pk_inquiry_condition(inquiry, condition);
	return finding;
}

/* Is it about columns of the row alone, so that it is the same in each query? */
static bool
is_about_row(const PkInquiry *inquiry, Node *condition)
{
	PkClause clause;
	ListCell *cell;

	check_stack_depth();
	pk_clause_take(condition, inquiry->table, &clause);
	foreach (cell, clause.args)
	{
		if (!is_about_row(inquiry, lfirst(cell)))
			return false;
	}
	return clause.both_sides || clause.form == PK_CLAUSE_NULL_TEST || clause.form == PK_CLAUSE_TRUTH ||
		   clause.args != NIL;
}

/*
 * Columns of one row are compared, so that no index has where to look: but an index can have just
 * the rows that satisfy the condition.
 */
static void
add_partial_index(const PkInquiry *inquiry, Node *condition, PkFinding *finding)
{
	List *columns = pull_var_clause(condition, PVC_RECURSE_PLACEHOLDERS);

	if (columns == NIL || !IsA(linitial(columns), Var) || !pk_keys_is_key(inquiry->table, condition) ||
		!is_about_row(inquiry, condition) ||
		get_rel_relispartition(inquiry->table.relid))
		return;
	finding->remedy_sql =
		psprintf("CREATE INDEX ON %s (%s) WHERE %s", pk_quoted_relation_name(inquiry->table.relid),
				 pk_keys_text(inquiry->table, linitial(columns)), pk_inquiry_condition(inquiry, condition));
	finding->unproven = pstrdup("how many rows satisfy the condition is a guess, since statistics are about single columns");
}

PkFinding *
pk_unanswerable_find(const PkInquiry *inquiry)
{
	ListCell *cell;

	foreach (cell, inquiry->conditions)
	{
		PkFinding *finding = find_in(inquiry, lfirst(cell));

		if (finding == NULL)
			continue;
		if (finding->cause == PK_CAUSE_SAME_ROW)
			add_partial_index(inquiry, lfirst(cell), finding);
		return finding;
	}
	return NULL;
}

/*
 * COALESCE(condition, false), with an index for the condition. WHERE does not tell null from false,
 * but the planner does not look into COALESCE.
 */
static PkFinding *
find_coalesced(const PkInquiry *inquiry, Node *condition)
{
	CoalesceExpr *expression = (CoalesceExpr *) condition;
	PkFinding *finding;
	PkClause clause;
	Const *otherwise;
	Node *inside;

	if (!IsA(expression, CoalesceExpr) || list_length(expression->args) != 2)
		return NULL;
	inside = linitial(expression->args);
	otherwise = lsecond(expression->args);
	if (!IsA(otherwise, Const) || (!otherwise->constisnull && DatumGetBool(otherwise->constvalue)) ||
		!pk_match_served(inquiry->table, inside))
		return NULL;
	pk_clause_take(inside, inquiry->table, &clause);
	if (clause.compared == NULL)
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_FUNCTION);
	finding->column = pk_keys_text(inquiry->table, clause.compared);
	finding->index = pk_wording_index(inquiry, clause.compared, InvalidOid);
	finding->condition = pk_inquiry_condition(inquiry, condition);
	finding->expression = finding->condition;
	finding->remedy_kind = PK_REMEDY_CONDITION;
	finding->remedy_sql = pk_inquiry_condition(inquiry, inside);
	finding->same_result = PK_SAME_BY_RULE;
	finding->decisive = true;
	return finding;
}

PkFinding *
pk_unanswerable_rewrite(const PkInquiry *inquiry)
{
	ListCell *cell;

	foreach (cell, inquiry->conditions)
	{
		Node *condition = lfirst(cell);
		PkClause clause;
		List *columns;
		PkFinding *finding = find_coalesced(inquiry, condition);

		if (finding != NULL)
			return finding;
		pk_clause_take(condition, inquiry->table, &clause);
		if ((clause.form != PK_CLAUSE_COMPARISON && clause.form != PK_CLAUSE_ANY) || clause.both_sides)
			continue;
		columns = pull_var_clause(condition, 0);
		if (list_length(columns) != 1 || !pk_keys_is_key(inquiry->table, linitial(columns)) ||
			IsA(clause.compared, Var) || contain_volatile_functions(condition) || contain_subplans(condition))
			continue;
		finding = pk_inside_find(inquiry, linitial(columns), clause.compared, condition, true);
		if (finding->cause != PK_CAUSE_VALUE_TYPE && finding->cause != PK_CAUSE_NO_SUCH_VALUE &&
			finding->range == NULL && pk_context_partition_key(inquiry, finding) == NULL)
			continue;
		/* There is no index that would answer it on the column. */
		finding->decisive = finding->cause == PK_CAUSE_NO_SUCH_VALUE;
		if (finding->range != NULL)
			finding->remedy_sql = NULL;
		return finding;
	}
	return NULL;
}
