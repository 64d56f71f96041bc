/*
 * case_expression.c
 *	  Conditions that CASE chooses.
 *
 * To the planner a CASE is one value, and what it compares within is out of sight. In AND and OR,
 * each branch is a condition that an index can answer:
 *
 *	  CASE WHEN a THEN x ELSE y END   is   (a AND x) OR (a IS NOT TRUE AND y)
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "advice/foreign_code.h"
#include "advice/keys.h"
#include "causes/case_expression.h"
#include "causes/wording.h"
#include "common/undo.h"

/* CASE a WHEN b: the condition has a placeholder for "a". */
static Node *
fill_in(Node *node, void *tested)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, CaseTestExpr))
		return (Node *) copyObject(tested);
	if (IsA(node, CaseExpr))
		return (Node *) copyObject(node); /* its own placeholders */
	return expression_tree_mutator(node, fill_in, tested);
}

/* Never true, so that it needs no arm. */
static bool
is_false(Node *node)
{
	return IsA(node, Const) && (((Const *) node)->constisnull || !DatumGetBool(((Const *) node)->constvalue));
}

static bool
is_true(Node *node)
{
	return IsA(node, Const) && !is_false(node);
}

static void
fold(void *arg)
{
	Node **comparison = (Node **) arg;

	*comparison = eval_const_expressions(NULL, *comparison);
}

/*
 * What comparing the constant result of a branch yields; NULL if that is not known. The query has
 * not been run, and may fail for this branch only.
 */
static Node *
compared_constant(const PkClause *clause, Node *result)
{
	Node *comparison;

	if (!IsA(result, Const) || !IsA(pk_clause_strip(clause->value), Const))
		return NULL;
	comparison = (Node *) make_opclause(clause->opno, BOOLOID, false, (Expr *) result, (Expr *) clause->value,
										InvalidOid, clause->collation);
	if (pk_foreign_code_in_expression(comparison) || pk_undo_catching(fold, &comparison) != NULL)
		return NULL;
	return IsA(comparison, Const) ? comparison : NULL;
}

/* The result of a branch as a condition; NULL if it is true. */
static char *
condition_of(const PkInquiry *inquiry, const PkClause *clause, Node *result)
{
	Node *known;

	if (IsA(clause->node, CaseExpr))
		return is_true(result) ? NULL : pk_inquiry_condition(inquiry, result);
	known = compared_constant(clause, result);
	if (known != NULL && is_true(known))
		return NULL;
	return psprintf("%s %s %s", pk_inquiry_condition(inquiry, result), get_opname(clause->opno),
					pk_inquiry_condition(inquiry, clause->value));
}

/* Is the condition never true in this branch? */
static bool
is_left_out(const PkClause *clause, Node *result)
{
	Node *known;

	if (result == NULL)
		return true;
	if (IsA(clause->node, CaseExpr))
		return is_false(result);
	if (IsA(result, Const) && ((Const *) result)->constisnull)
		return true;
	known = compared_constant(clause, result);
	return known != NULL && is_false(known);
}

/* "others": that the conditions before do not hold. */
static void
add_arm(StringInfo text, const char *others, const char *condition, const char *result)
{
	const char *parts[] = {others, condition, result};
	bool first = true;

	appendStringInfo(text, "%s(", text->len > 0 ? " OR " : "");
	for (size_t i = 0; i < lengthof(parts); i++)
	{
		if (parts[i] == NULL || *parts[i] == '\0')
			continue;
		appendStringInfo(text, "%s%s", first ? "" : " AND ", parts[i]);
		first = false;
	}
	appendStringInfo(text, "%s)", first ? "true" : "");
}

static char *
rewrite(const PkInquiry *inquiry, const PkClause *clause, CaseExpr *expression)
{
	StringInfoData text;
	StringInfoData others;
	ListCell *cell;

	initStringInfo(&text);
	initStringInfo(&others);
	foreach (cell, expression->args)
	{
		CaseWhen *when = lfirst_node(CaseWhen, cell);
		Node *tested = fill_in((Node *) when->expr, expression->arg);
		char *condition = pk_inquiry_condition(inquiry, tested);

		if (!is_left_out(clause, (Node *) when->result))
			add_arm(&text, others.data, condition, condition_of(inquiry, clause, (Node *) when->result));
		appendStringInfo(&others, "%s%s IS NOT TRUE", others.len > 0 ? " AND " : "", condition);
	}
	if (!is_left_out(clause, (Node *) expression->defresult))
		add_arm(&text, others.data, NULL, condition_of(inquiry, clause, (Node *) expression->defresult));
	return text.len > 0 ? psprintf("(%s)", text.data) : NULL;
}

PkFinding *
pk_case_find(const PkInquiry *inquiry, const PkClause *clause)
{
	CaseExpr *expression = (CaseExpr *) clause->node;
	PkFinding *finding;
	List *columns;
	ListCell *cell;

	if (clause->form == PK_CLAUSE_COMPARISON && !clause->both_sides && OidIsValid(clause->opno))
		expression = (CaseExpr *) clause->compared;
	if (expression == NULL || !IsA(expression, CaseExpr) || contain_volatile_functions(clause->node))
		return NULL;
	columns = pull_var_clause((Node *) expression, 0);
	if (columns == NIL)
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_CASE_EXPRESSION);
	finding->column = pk_inquiry_condition(inquiry, linitial(columns));
	foreach (cell, columns)
	{
		if (!OidIsValid(finding->index))
			finding->index = pk_wording_index(inquiry, lfirst(cell), InvalidOid);
	}
	finding->remedy_kind = PK_REMEDY_CONDITION;
	if (!pk_clause_has_internal(clause->node))
		finding->remedy_sql = rewrite(inquiry, clause, expression);
	return finding;
}
