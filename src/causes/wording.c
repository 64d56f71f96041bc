/*
 * wording.c
 *	  Conditions that an index would answer in other words.
 *
 * The other wording is SQL where it is equivalent by rule, so that it can be put in place of the
 * condition; where it is not, such as for a threshold that is a setting, the sentences say so.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "advice/keys.h"
#include "advice/match.h"
#include "causes/case_expression.h"
#include "causes/wording.h"

Oid
pk_wording_index(const PkInquiry *inquiry, Node *key, Oid opno)
{
	Relation relation = table_open(inquiry->table.relid, AccessShareLock);
	Oid found = InvalidOid;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index;

		if (OidIsValid(found) || (inquiry->expected != NIL && !list_member_oid(inquiry->expected, lfirst_oid(cell))))
			continue;
		index = index_open(lfirst_oid(cell), AccessShareLock);
		for (int i = 0; i < index->rd_index->indnkeyatts && pk_match_is_valid(index); i++)
		{
			if (equal(pk_match_key_expression(index, i, inquiry->table), key) &&
				(!OidIsValid(opno) || op_in_opfamily(opno, index->rd_opfamily[i])))
				found = RelationGetRelid(index);
		}
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return found;
}

/*
 * The operator that calls the function, and that some access method supports: as a condition, or
 * else as an order. Invalid if there is none.
 */
static Oid
find_operator(Oid function, bool boolean)
{
	Relation operators = table_open(OperatorRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(operators, InvalidOid, false, NULL, 0, NULL);
	Oid found = InvalidOid;
	HeapTuple tuple;

	/* No index is on oprcode; there are some hundred operators, and this is after a failure. */
	while (!OidIsValid(found) && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_operator form = (Form_pg_operator) GETSTRUCT(tuple);

		if (form->oprcode == function && form->oprkind == 'b' && (form->oprresult == BOOLOID) == boolean &&
			pk_clause_is_indexable(form->oid))
			found = form->oid;
	}
	systable_endscan(scan);
	table_close(operators, AccessShareLock);
	return found;
}

Oid
pk_wording_order_operator(Oid function)
{
	return find_operator(function, false);
}

/* column IS NOT DISTINCT FROM value */
static PkFinding *
find_not_distinct(const PkInquiry *inquiry, const PkClause *clause)
{
	Node *value = clause->value;
	PkFinding *finding;
	char *column;
	char *text;

	if (!clause->negated || clause->both_sides || !pk_keys_is_key(inquiry->table, clause->compared))
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_NOT_DISTINCT_FROM);
	column = finding->column = pk_keys_text(inquiry->table, clause->compared);
	text = pk_inquiry_condition(inquiry, value);
	finding->index = pk_wording_index(inquiry, clause->compared, InvalidOid);
	finding->remedy_kind = PK_REMEDY_CONDITION;
	/* A row whose columns are null is null by IS NULL, and distinct from null. */
	if (!type_is_rowtype(exprType(clause->compared)))
		finding->same_result = PK_SAME_BY_RULE;
	if (!IsA(pk_clause_strip(value), Const))
		finding->remedy_sql = psprintf("%s = %s OR (%s IS NULL AND %s IS NULL)", column, text, column, text);
	else if (((Const *) pk_clause_strip(value))->constisnull)
		finding->remedy_sql = psprintf("%s IS NULL", column);
	else
		finding->remedy_sql = psprintf("%s = %s", column, text);
	return finding;
}

/* A function that an operator calls, too: indexes know operators, not functions. */
static PkFinding *
find_function(const PkInquiry *inquiry, Node *node)
{
	FuncExpr *call = (FuncExpr *) node;
	PkFinding *finding;
	PkClause clause;
	Oid opno;

	if (!IsA(node, FuncExpr) || list_length(call->args) != 2 || !OidIsValid(opno = find_operator(call->funcid, true)))
		return NULL;
	pk_clause_take((Node *) make_opclause(opno, BOOLOID, false, linitial(call->args), lsecond(call->args), InvalidOid,
										  call->inputcollid),
				   inquiry->table, &clause);
	if (clause.both_sides || clause.compared == NULL || !pk_keys_is_key(inquiry->table, clause.compared))
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_FUNCTION_NOT_OPERATOR);
	finding->index = pk_wording_index(inquiry, clause.compared, opno);
	if (!OidIsValid(finding->index))
		finding->index = pk_wording_index(inquiry, clause.compared, InvalidOid);
	finding->column = pk_keys_text(inquiry->table, clause.compared);
	finding->expression = psprintf("%s()", get_func_name(call->funcid));
	finding->operator= get_opname(opno);
	finding->remedy_kind = PK_REMEDY_CONDITION;
	finding->same_result = PK_SAME_BY_RULE; /* the operator calls the same function */
	finding->remedy_sql = psprintf("%s %s %s", pk_inquiry_condition(inquiry, linitial(call->args)), get_opname(opno),
								   pk_inquiry_condition(inquiry, lsecond(call->args)));
	return finding;
}

/* jsonb_path_exists() and jsonb_path_match(), of which the operators have no variables. */
static PkFinding *
find_json_path(const PkInquiry *inquiry, Node *node)
{
	FuncExpr *call = (FuncExpr *) node;
	Node *column;
	PkFinding *finding;

	if (!IsA(node, FuncExpr) ||
		(call->funcid != F_JSONB_PATH_EXISTS && call->funcid != F_JSONB_PATH_MATCH) ||
		list_length(call->args) != 4)
		return NULL;
	column = pk_clause_strip(linitial(call->args));
	if (!pk_keys_is_key(inquiry->table, column) || contain_var_clause(lsecond(call->args)) ||
		strcmp(pk_inquiry_condition(inquiry, lthird(call->args)), "'{}'::jsonb") != 0)
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_FUNCTION_NOT_OPERATOR);
	finding->index = pk_wording_index(inquiry, column, InvalidOid);
	finding->column = pk_keys_text(inquiry->table, column);
	finding->expression = psprintf("%s()", get_func_name(call->funcid));
	finding->operator= call->funcid == F_JSONB_PATH_EXISTS ? "@?" : "@@";
	finding->remedy_kind = PK_REMEDY_CONDITION; /* the operators suppress errors, as "silent" does */
	finding->remedy_sql =
		psprintf("%s %s %s", finding->column, finding->operator, pk_inquiry_condition(inquiry, lsecond(call->args)));
	return finding;
}

/*
 * similarity(column, value) > limit: pg_trgm has column % value for that, with the limit as a
 * setting.
 */
static PkFinding *
find_similarity(const PkInquiry *inquiry, const PkClause *clause)
{
	FuncExpr *call = (FuncExpr *) clause->compared;
	char *name;
	PkFinding *finding;

	if (!IsA(call, FuncExpr) || list_length(call->args) != 2 || (name = get_func_name(call->funcid)) == NULL ||
		strcmp(name, "similarity") != 0)
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_FUNCTION_NOT_OPERATOR);
	finding->column = pk_inquiry_condition(inquiry, linitial(call->args));
	finding->expression = psprintf("%s()", name);
	finding->operator= "%";
	finding->index = pk_wording_index(inquiry, pk_clause_strip(linitial(call->args)), InvalidOid);
	finding->threshold = "pg_trgm.similarity_threshold";
	finding->changes |= PK_RESULT_SETTING;
	return finding;
}

/* array_position(column, value) IS NOT NULL: column @> ARRAY[value] */
static PkFinding *
find_position(const PkInquiry *inquiry, const PkClause *clause)
{
	FuncExpr *call = (FuncExpr *) clause->compared;
	PkFinding *finding;

	if (!clause->negated || !IsA(call, FuncExpr) || call->funcid != F_ARRAY_POSITION_ANYCOMPATIBLEARRAY_ANYCOMPATIBLE)
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_FUNCTION_NOT_OPERATOR);
	finding->column = pk_inquiry_condition(inquiry, linitial(call->args));
	finding->expression = pstrdup("array_position()");
	finding->operator= "@>";
	finding->index = pk_wording_index(inquiry, pk_clause_strip(linitial(call->args)), InvalidOid);
	finding->remedy_kind = PK_REMEDY_CONDITION;
	if (IsA(lsecond(call->args), Const) && !((Const *) lsecond(call->args))->constisnull)
		finding->same_result = PK_SAME_BY_RULE;
	else
		finding->changes |= PK_RESULT_NULLS; /* it finds a null, which no array contains */
	finding->remedy_sql =
		psprintf("%s @> ARRAY[%s]", finding->column, pk_inquiry_condition(inquiry, lsecond(call->args)));
	return finding;
}

/* distance < radius: for points, the column lies within a circle */
static PkFinding *
find_distance(const PkInquiry *inquiry, const PkClause *clause)
{
	OpExpr *distance = (OpExpr *) clause->compared;
	StrategyNumber strategy = OidIsValid(clause->opno) ? pk_keys_btree_strategy(clause->opno) : 0;
	Node *column;
	Node *center;
	PkFinding *finding;

	if (!IsA(distance, OpExpr) || distance->opfuncid != F_POINT_DISTANCE ||
		(strategy != BTLessStrategyNumber && strategy != BTLessEqualStrategyNumber))
		return NULL;
	column = linitial(distance->args);
	center = lsecond(distance->args);
	if (contain_var_clause(center))
	{
		column = center;
		center = linitial(distance->args);
	}
	if (!IsA(column, Var) || contain_var_clause(center))
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_DISTANCE);
	finding->column = pk_inquiry_condition(inquiry, column);
	finding->index = pk_wording_index(inquiry, column, InvalidOid);
	finding->remedy_kind = PK_REMEDY_CONDITION;
	finding->same_result = PK_SAME_BY_RULE;
	/* The circle has its edge, and a little more, so the distance still decides. */
	finding->remedy_sql =
		psprintf("%s <@ circle(%s, %s) AND %s", finding->column, pk_inquiry_condition(inquiry, center),
				 pk_inquiry_condition(inquiry, clause->value), pk_inquiry_condition(inquiry, clause->node));
	return finding;
}

/* array @> ARRAY[column]: column = ANY (array) */
static PkFinding *
find_reversed_array(const PkInquiry *inquiry, const PkClause *clause)
{
	ArrayExpr *array = (ArrayExpr *) clause->compared;
	PkFinding *finding;

	if (!OidIsValid(clause->opno) || get_opcode(clause->opno) != F_ARRAYCONTAINED || !IsA(array, ArrayExpr) ||
		array->multidims || list_length(array->elements) != 1 || !IsA(linitial(array->elements), Var))
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_REVERSED_ARRAY);
	finding->column = pk_inquiry_condition(inquiry, linitial(array->elements));
	finding->index = pk_wording_index(inquiry, linitial(array->elements), InvalidOid);
	finding->remedy_kind = PK_REMEDY_CONDITION;
	finding->same_result = PK_SAME_BY_RULE;
	finding->remedy_sql =
		psprintf("%s = ANY (%s)", finding->column, pk_inquiry_condition(inquiry, clause->value));
	return finding;
}

static bool
is_null_parameter(Node *node)
{
	return IsA(node, NullTest) && !contain_var_clause(node);
}

/* ($1 IS NULL OR column = $1), column = coalesce($1, column), CASE WHEN $1 IS NULL ... */
static PkFinding *
find_optional(const PkInquiry *inquiry, const PkClause *clause)
{
	bool optional = false;
	ListCell *cell;
	List *columns = pull_var_clause(clause->node, 0);
	PkFinding *finding;

	if (clause->form == PK_CLAUSE_OR)
	{
		foreach (cell, clause->args)
		{
			optional |= is_null_parameter(lfirst(cell));
		}
	}
	else if (clause->form == PK_CLAUSE_COMPARISON && clause->both_sides)
	{
		Node *other = pk_clause_strip(clause->value);

		optional = IsA(other, CoalesceExpr) && equal(llast(((CoalesceExpr *) other)->args), clause->compared);
	}
	else if (IsA(clause->node, CaseExpr))
	{
		foreach (cell, ((CaseExpr *) clause->node)->args)
		{
			optional |= is_null_parameter((Node *) ((CaseWhen *) lfirst(cell))->expr);
		}
	}
	if (!optional || columns == NIL)
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_OPTIONAL_PARAMETER);
	finding->column = pk_inquiry_condition(inquiry, linitial(columns));
	finding->index = pk_wording_index(inquiry, linitial(columns), InvalidOid);
	return finding;
}

static PkFinding *
find_wording(const PkInquiry *inquiry, Node *condition)
{
	PkClause clause;
	PkFinding *finding = NULL;

	pk_clause_take(condition, inquiry->table, &clause);
	switch (clause.form)
	{
		case PK_CLAUSE_DISTINCT:
			finding = find_not_distinct(inquiry, &clause);
			break;
		case PK_CLAUSE_FUNCTION:
			finding = find_function(inquiry, condition);
			if (finding == NULL)
				finding = find_json_path(inquiry, condition);
			break;
		case PK_CLAUSE_NULL_TEST:
			finding = find_position(inquiry, &clause);
			break;
		case PK_CLAUSE_COMPARISON:
			finding = find_similarity(inquiry, &clause);
			if (finding == NULL)
				finding = find_distance(inquiry, &clause);
			if (finding == NULL)
				finding = find_reversed_array(inquiry, &clause);
			break;
		default:
			break;
	}
	if (finding == NULL)
		finding = find_optional(inquiry, &clause);
	if (finding == NULL)
		finding = pk_case_find(inquiry, &clause);
	if (finding == NULL)
		return NULL;
	finding->condition = pk_inquiry_condition(inquiry, condition);
	if (pk_clause_has_internal(condition))
		finding->remedy_sql = NULL;
	return finding;
}

PkFinding *
pk_wording_find(const PkInquiry *inquiry)
{
	ListCell *cell;

	foreach (cell, inquiry->conditions)
	{
		PkFinding *finding = find_wording(inquiry, lfirst(cell));

		if (finding != NULL)
			return finding;
	}
	return NULL;
}
