/*
 * foreign_code.c
 *	  Could reading a table, or analyzing a copy of it, call code that another role wrote?
 *
 * The predicate of an index is evaluated by the role that writes to the table, and ANALYZE runs as
 * the table's owner. On a copy, both happen as the role that made the copy. So no copy is made if
 * it could call code of another role: functions and operators; coercions to domains, whose
 * constraints may call functions, now or after the next ALTER DOMAIN; and constants of such types,
 * because the input function of a domain checks its constraints, and those of composite types and
 * ranges call the input functions of their members.
 *
 * Only superusers create base types, operator classes and functions that take internal arguments.
 * So comparison functions of types, subscripting, support functions and selectivity estimators do
 * not matter.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "advice/foreign_code.h"

/* Could parsing a value of the type call a function that is not a superuser's? */
static bool
has_foreign_input(Oid type)
{
	Oid element;

	check_stack_depth();
	if (type < FirstNormalObjectId)
		return false;
	switch (get_typtype(type))
	{
		case TYPTYPE_ENUM:
			return false;
		case TYPTYPE_BASE:
			element = get_element_type(type);
			return OidIsValid(element) && has_foreign_input(element);
		default:
			return true; /* domains, and types that can have them as members */
	}
}

static bool
is_foreign_function(Oid function, void *arg)
{
	return function >= FirstNormalObjectId;
}

static bool
has_foreign_code(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_List:
		case T_Var:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_SQLValueFunction:
			break;
		case T_Const:
		case T_Param:
		case T_FuncExpr:
		case T_NamedArgExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_RowCompareExpr:
		case T_MinMaxExpr:
		case T_CoalesceExpr:
		case T_CaseExpr:
		case T_ArrayExpr:
		case T_RowExpr:
		case T_FieldSelect:
		case T_SubscriptingRef:
		case T_RelabelType:
		case T_CollateExpr:
		case T_CoerceViaIO:
		case T_ArrayCoerceExpr:
			if (has_foreign_input(exprType(node)))
				return true;
			break;
		default:
			return true; /* includes CoerceToDomain */
	}
	return check_functions_in_node(node, is_foreign_function, arg) ||
		   expression_tree_walker(node, has_foreign_code, arg);
}

bool
pk_foreign_code_in_expression(Node *node)
{
	return has_foreign_code(node, NULL);
}

static bool
is_function_of_others(Oid function, void *arg)
{
	HeapTuple tuple;
	Oid owner;

	if (function < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return true;
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner != GetUserId() && !superuser_arg(owner);
}

static bool
has_code_of_others(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	return check_functions_in_node(node, is_function_of_others, arg) ||
		   expression_tree_walker(node, has_code_of_others, arg);
}

bool
pk_foreign_code_of_others(Node *node)
{
	return has_code_of_others(node, NULL);
}

static bool
has_expression_statistics(Relation relation)
{
	bool found = false;
	ListCell *cell;

	foreach (cell, RelationGetStatExtList(relation))
	{
		HeapTuple tuple = SearchSysCache1(STATEXTOID, ObjectIdGetDatum(lfirst_oid(cell)));
		bool isnull = true;

		if (!HeapTupleIsValid(tuple))
			continue;
		(void) SysCacheGetAttr(STATEXTOID, tuple, Anum_pg_statistic_ext_stxexprs, &isnull);
		ReleaseSysCache(tuple);
		found |= !isnull;
	}
	return found;
}

/* ANALYZE of a range type calls a function that the type's owner chose. */
bool
pk_foreign_code_in_analyze(Relation relation)
{
	TupleDesc columns = RelationGetDescr(relation);

	for (int i = 0; i < columns->natts; i++)
	{
		Oid type = TupleDescAttr(columns, i)->atttypid;

		/* A dropped column has none. */
		type = OidIsValid(type) ? getBaseType(type) : InvalidOid;
		if (type >= FirstNormalObjectId && (type_is_range(type) || type_is_multirange(type)))
			return true;
	}
	return has_expression_statistics(relation);
}
