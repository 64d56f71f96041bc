/*
 * supported.c
 *	  Conditions that are functions which indexes answer, but of something else than the index has.
 *
 * A function's support function may tell the planner a condition that an index has, which the
 * function implies: PostGIS's ST_DWithin(), for one, implies that two boxes overlap. As with an
 * operator, its argument has to be the index's key.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "advice/trial.h"
#include "causes/missing.h"
#include "causes/supported.h"
#include "common/catalog.h"

/* The one column of the table that an expression is of, and that it is not itself; or NULL. */
static Node *
column_inside(const PkInquiry *inquiry, Node *expression)
{
	int flags = PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS;
	List *columns = pull_var_clause(expression, flags);
	Node *column;
	ListCell *cell;

	if (columns == NIL)
		return NULL;
	column = (Node *) linitial(columns);
	foreach (cell, columns)
	{
		if (!equal(column, lfirst(cell)))
			return NULL;
	}
	if (equal(column, pk_clause_strip(expression)) || !pk_keys_is_key(inquiry->table, column))
		return NULL;
	return column;
}

/*
 * An index that begins with the column, and whose access method has an operator class for the type
 * of the expression.
 */
static Oid
index_on(const PkInquiry *inquiry, Node *column, Node *expression, char **method)
{
	Relation relation = table_open(inquiry->table.relid, AccessShareLock);
	Oid found = InvalidOid;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		if (!OidIsValid(found) && pk_match_is_valid(index) &&
			equal(pk_match_key_expression(index, 0, inquiry->table), column) &&
			OidIsValid(GetDefaultOpClass(exprType(expression), index->rd_rel->relam)))
		{
			found = lfirst_oid(cell);
			*method = get_am_name(index->rd_rel->relam);
		}
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return found;
}

/* An index on the argument of the function; NULL if that is not it. */
static PkFinding *
find_index(const PkInquiry *inquiry, Node *condition, Node *argument)
{
	Node *column = column_inside(inquiry, argument);
	PkFinding *finding;
	char *method;
	char *tail;
	Oid index;

	if (column == NULL || contain_mutable_functions(argument) ||
		!OidIsValid(index = index_on(inquiry, column, argument, &method)))
		return NULL;
	finding = pk_inquiry_make(inquiry, pk_clause_is_cast(argument) ? PK_CAUSE_CAST : PK_CAUSE_FUNCTION);
	finding->index = index;
	finding->condition = pk_inquiry_condition(inquiry, condition);
	finding->column = pk_keys_text(inquiry->table, column);
	finding->type = format_type_be(exprType(column));
	finding->expression = pk_keys_text(inquiry->table, argument);
	finding->expression_type = format_type_be(exprType(argument));
	finding->use = PK_CANDIDATE_FILTER;
	finding->columns = finding->expression;
	tail = psprintf("USING %s ((%s))", quote_identifier(method), finding->expression);
	if (pk_trial_exists(inquiry->table.relid, tail) || !pk_missing_prove(inquiry, finding, tail))
		return NULL;
	finding->remedy_sql = psprintf("CREATE INDEX ON %s %s", pk_quoted_relation_name(inquiry->table.relid), tail);
	return finding;
}

PkFinding *
pk_supported_find(const PkInquiry *inquiry)
{
	ListCell *cell;

	foreach (cell, inquiry->conditions)
	{
		FuncExpr *call = (FuncExpr *) lfirst(cell);
		ListCell *argument;

		if (!IsA(call, FuncExpr) || call->funcresulttype != BOOLOID || !OidIsValid(get_func_support(call->funcid)))
			continue;
		foreach (argument, call->args)
		{
			PkFinding *finding = find_index(inquiry, (Node *) call, lfirst(argument));

			if (finding != NULL)
				return finding;
		}
	}
	return NULL;
}
