/*
 * clause.c
 *	  What a condition on a table compares with what, and how.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "advice/clause.h"

Node *
pk_clause_strip(Node *node)
{
	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

bool
pk_clause_is_implicit_cast(Node *node)
{
	return (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcformat == COERCE_IMPLICIT_CAST) ||
		   (IsA(node, CoerceViaIO) && ((CoerceViaIO *) node)->coerceformat == COERCE_IMPLICIT_CAST);
}

bool
pk_clause_is_cast(Node *node)
{
	if (IsA(node, FuncExpr))
		return ((FuncExpr *) node)->funcformat == COERCE_IMPLICIT_CAST ||
			   ((FuncExpr *) node)->funcformat == COERCE_EXPLICIT_CAST;
	return IsA(node, CoerceViaIO);
}

static bool
contains_walker(Node *node, void *part)
{
	if (node == NULL)
		return false;
	return equal(node, part) || expression_tree_walker(node, contains_walker, part);
}

bool
pk_clause_contains(Node *node, Node *part)
{
	return contains_walker(node, part);
}

static bool
is_measure(Node *node, void *context)
{
	List *args = NIL;

	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr))
		args = ((FuncExpr *) node)->args;
	else if (IsA(node, OpExpr))
		args = ((OpExpr *) node)->args;
	if (list_length(args) == 2)
	{
		Node *left = linitial(args);
		Node *right = lsecond(args);

		if (exprType(left) == exprType(right) && exprType(left) != exprType(node) && exprType(node) != BOOLOID &&
			contain_var_clause(left) != contain_var_clause(right))
			return true;
	}
	return expression_tree_walker(node, is_measure, context);
}

bool
pk_clause_is_measure(Node *node)
{
	return is_measure(node, NULL);
}

static bool
has_internal(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if ((IsA(node, Param) && ((Param *) node)->paramkind != PARAM_EXTERN) || IsA(node, SubPlan) ||
		IsA(node, AlternativeSubPlan))
		return true;
	return expression_tree_walker(node, has_internal, context);
}

bool
pk_clause_has_internal(Node *node)
{
	return has_internal(node, NULL);
}

static bool
has_table(PkTableRef table, Node *node)
{
	return node != NULL && bms_is_member(table.rti, pull_varnos(NULL, node));
}

/* Put the side that has columns of the table first. */
static void
take_sides(PkClause *clause, PkTableRef table, Node *left, Node *right, Oid opno)
{
	bool swap = !has_table(table, left) && has_table(table, right);

	clause->compared = pk_clause_strip(swap ? right : left);
	clause->relabeled = IsA(swap ? right : left, RelabelType) ? (swap ? right : left) : NULL;
	clause->value = swap ? left : right;
	clause->opno = swap && OidIsValid(opno) ? get_commutator(opno) : opno;
	clause->both_sides = has_table(table, left) && has_table(table, right);
}

static void
take_not(PkClause *clause, PkTableRef table, Node *negated)
{
	pk_clause_take(negated, table, clause);
	switch (clause->form)
	{
		case PK_CLAUSE_TRUTH:
		case PK_CLAUSE_DISTINCT:
		case PK_CLAUSE_SUBPLAN:
			clause->negated = !clause->negated;
			break;
		default:
			memset(clause, 0, sizeof(*clause));
			clause->form = PK_CLAUSE_NOT;
			clause->args = list_make1(negated);
			break;
	}
}

static void
take_boolean(PkClause *clause, PkTableRef table, BoolExpr *expr)
{
	if (expr->boolop == NOT_EXPR)
	{
		take_not(clause, table, linitial(expr->args));
		return;
	}
	clause->form = expr->boolop == AND_EXPR ? PK_CLAUSE_AND : PK_CLAUSE_OR;
	clause->args = expr->args;
}

/* The first argument that has columns of the table, and the first of the others. */
static void
take_function(PkClause *clause, PkTableRef table, FuncExpr *call)
{
	ListCell *cell;

	clause->form = PK_CLAUSE_FUNCTION;
	clause->collation = call->inputcollid;
	foreach (cell, call->args)
	{
		if (clause->compared == NULL && has_table(table, lfirst(cell)))
			clause->compared = pk_clause_strip(lfirst(cell));
		else if (clause->value == NULL)
			clause->value = lfirst(cell);
	}
}

void
pk_clause_take(Node *node, PkTableRef table, PkClause *clause)
{
	check_stack_depth();
	memset(clause, 0, sizeof(*clause));
	if (IsA(node, OpExpr) && list_length(((OpExpr *) node)->args) == 2)
	{
		OpExpr *op = (OpExpr *) node;

		clause->form = PK_CLAUSE_COMPARISON;
		clause->collation = op->inputcollid;
		take_sides(clause, table, linitial(op->args), lsecond(op->args), op->opno);
	}
	else if (IsA(node, DistinctExpr))
	{
		DistinctExpr *op = (DistinctExpr *) node;

		clause->form = PK_CLAUSE_DISTINCT;
		clause->collation = op->inputcollid;
		take_sides(clause, table, linitial(op->args), lsecond(op->args), op->opno);
	}
	else if (IsA(node, ScalarArrayOpExpr))
	{
		ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) node;

		/* The array may be the table's, too, but the operator is not the commutator's then. */
		clause->form = op->useOr ? PK_CLAUSE_ANY : PK_CLAUSE_ALL;
		clause->opno = op->opno;
		clause->collation = op->inputcollid;
		clause->compared = pk_clause_strip(linitial(op->args));
		clause->relabeled = IsA(linitial(op->args), RelabelType) ? linitial(op->args) : NULL;
		clause->value = lsecond(op->args);
		clause->both_sides = has_table(table, clause->compared) && has_table(table, clause->value);
	}
	else if (IsA(node, RowCompareExpr))
	{
		RowCompareExpr *row = (RowCompareExpr *) node;

		clause->form = PK_CLAUSE_ROW;
		clause->collation = linitial_oid(row->inputcollids);
		take_sides(clause, table, linitial(row->largs), linitial(row->rargs), linitial_oid(row->opnos));
	}
	else if (IsA(node, NullTest))
	{
		clause->form = PK_CLAUSE_NULL_TEST;
		clause->negated = ((NullTest *) node)->nulltesttype == IS_NOT_NULL;
		clause->compared = pk_clause_strip((Node *) ((NullTest *) node)->arg);
	}
	else if (IsA(node, BooleanTest))
	{
		BoolTestType test = ((BooleanTest *) node)->booltesttype;

		clause->form = test == IS_TRUE || test == IS_FALSE ? PK_CLAUSE_TRUTH : PK_CLAUSE_NOT_TRUTH;
		clause->negated = test == IS_FALSE;
		clause->compared = pk_clause_strip((Node *) ((BooleanTest *) node)->arg);
	}
	else if (IsA(node, Var))
	{
		clause->form = PK_CLAUSE_TRUTH;
		clause->compared = node;
	}
	else if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan))
		clause->form = PK_CLAUSE_SUBPLAN;
	else if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == F_STARTS_WITH)
	{
		FuncExpr *call = (FuncExpr *) node;

		clause->form = PK_CLAUSE_COMPARISON;
		clause->collation = call->inputcollid;
		take_sides(clause, table, linitial(call->args), lsecond(call->args), PK_CLAUSE_STARTS_WITH_OP);
	}
	else if (IsA(node, FuncExpr))
		take_function(clause, table, (FuncExpr *) node);
	else if (IsA(node, BoolExpr))
		take_boolean(clause, table, (BoolExpr *) node);
	clause->node = node;
}

const char *
pk_clause_pattern(const PkClause *clause)
{
	Node *value = pk_clause_strip(clause->value);

	if (value == NULL || !IsA(value, Const) || ((Const *) value)->constisnull ||
		(((Const *) value)->consttype != TEXTOID && ((Const *) value)->consttype != VARCHAROID))
		return NULL;
	return TextDatumGetCString(((Const *) value)->constvalue);
}

static bool
is_in_family(Oid opno)
{
	CatCList *families = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(opno));
	bool found = families->n_members > 0;

	ReleaseCatCacheList(families);
	return found;
}

bool
pk_clause_is_indexable(Oid opno)
{
	Oid commutator;

	if (!OidIsValid(opno))
		return false;
	commutator = get_commutator(opno);
	return is_in_family(opno) || (OidIsValid(commutator) && is_in_family(commutator));
}

bool
pk_clause_is_negation(Oid opno)
{
	Oid negator = OidIsValid(opno) ? get_negator(opno) : InvalidOid;

	return OidIsValid(negator) && !pk_clause_is_indexable(opno) && pk_clause_is_indexable(negator);
}

char *
pk_clause_operator_name(Oid opno)
{
	Oid left;
	Oid right;

	op_input_types(opno, &left, &right);
	return psprintf("%s (%s, %s)", get_opname(opno), format_type_be(left), format_type_be(right));
}
