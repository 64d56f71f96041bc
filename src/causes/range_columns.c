/*
 * range_columns.c
 *	  A value that is looked for between two columns.
 *
 * An index on the first column finds all rows that begin before the value, and one on the second
 * all that end after it: each about half of the table for a value in its middle, though only a few
 * rows do both. A range of the two columns, and GiST, finds these. At either end of the table one
 * of the conditions is selective enough by itself, and a B-tree does.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/catalog.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/replan.h"
#include "causes/range_columns.h"

/* From this share of the table on, neither condition is selective, as the planner sees it. */
#define NOT_SELECTIVE 0.02

/* One side: a column and how it is compared. */
typedef struct PkSide
{
	Node *condition;
	Node *column;
	Node *value;
	bool inclusive;
} PkSide;

/* The constructor of the type's ranges; NULL if no built-in range has it. */
static const char *
range_constructor(Oid type)
{
	switch (type)
	{
		case INT4OID:
			return "int4range";
		case INT8OID:
			return "int8range";
		case NUMERICOID:
			return "numrange";
		case DATEOID:
			return "daterange";
		case TIMESTAMPOID:
			return "tsrange";
		case TIMESTAMPTZOID:
			return "tstzrange";
		default:
			return NULL;
	}
}

/* The condition as the column's upper (<, <=) or lower (>, >=) bound; false if it is none. */
static bool
take_side(const PkInquiry *inquiry, Node *condition, bool upper, PkSide *side)
{
	PkClause clause;
	StrategyNumber strategy;

	pk_clause_take(condition, inquiry->table, &clause);
	if (clause.form != PK_CLAUSE_COMPARISON || clause.both_sides || !IsA(clause.compared, Var) ||
		contain_volatile_functions(clause.value))
		return false;
	strategy = pk_keys_btree_strategy(clause.opno);
	if (upper ? strategy != BTLessStrategyNumber && strategy != BTLessEqualStrategyNumber
			  : strategy != BTGreaterStrategyNumber && strategy != BTGreaterEqualStrategyNumber)
		return false;
	side->condition = condition;
	side->column = clause.compared;
	side->value = clause.value;
	side->inclusive = strategy == BTLessEqualStrategyNumber || strategy == BTGreaterEqualStrategyNumber;
	return true;
}

/*
 * Do the values of two conditions of this kind lie as those of overlapping ranges do: lower <=
 * upper?
 */
static bool
is_overlap(const PkInquiry *inquiry, const PkSide *begin, const PkSide *end)
{
	Const *from = (Const *) end->value;
	Const *to = (Const *) begin->value;
	PkClause clause;
	Oid compare;

	if (equal(from, to))
		return true;
	if (!IsA(from, Const) || !IsA(to, Const))
		return !IsA(from, Const) && !IsA(to, Const); /* parameters: a search for an overlap, most likely */
	if (from->constisnull || to->constisnull || from->consttype != to->consttype)
		return false;
	/* "<=" of the two values, by the operator family of the condition. */
	pk_clause_take(begin->condition, inquiry->table, &clause);
	if (exprType(begin->column) != from->consttype || !begin->inclusive)
		return false;
	compare = get_opcode(clause.opno);
	return DatumGetBool(OidFunctionCall2Coll(compare, clause.collation, from->constvalue, to->constvalue));
}

static PkFinding *
make_finding(const PkInquiry *inquiry, const PkSide *begin, const PkSide *end)
{
	PkFinding *finding = pk_inquiry_make(inquiry, PK_CAUSE_RANGE_OF_COLUMNS);
	const char *constructor = range_constructor(exprType(begin->column));
	char *first = pk_inquiry_condition(inquiry, begin->column);
	char *last = pk_inquiry_condition(inquiry, end->column);
	char *from = pk_inquiry_condition(inquiry, end->value);
	char *to = pk_inquiry_condition(inquiry, begin->value);
	const char *type = format_type_be(exprType(begin->column));
	char *bounds = psprintf("%s%s", begin->inclusive ? "[" : "(", end->inclusive ? "]" : ")");
	char *range;

	finding->condition =
		pk_inquiry_condition(inquiry, (Node *) make_ands_explicit(list_make2(begin->condition, end->condition)));
	finding->column = first;
	finding->columns = last;
	if (constructor == NULL)
		return finding;
	range = strcmp(bounds, "[)") == 0 ? psprintf("%s(%s, %s)", constructor, first, last)
									  : psprintf("%s(%s, %s, '%s')", constructor, first, last, bounds);
	finding->expression = strcmp(from, to) == 0
							  ? psprintf("%s @> (%s)::%s", range, from, type)
							  : psprintf("%s && %s(%s, %s, '[]')", range, constructor, from, to);
	finding->remedy_sql =
		psprintf("CREATE INDEX ON %s USING gist (%s)", pk_quoted_relation_name(inquiry->table.relid), range);
	finding->unproven = "hypopg does not support its access method";
	return finding;
}

PkFinding *
pk_range_columns_find(const PkInquiry *inquiry)
{
	const PkFailure *failure = inquiry->failure;
	BlockNumber pages;
	double rows;
	ListCell *first;
	ListCell *second;

	pk_replan_size_told(failure, &pages, &rows);
	if (failure->scan->plan->plan_rows < NOT_SELECTIVE * rows)
		return NULL;
	foreach (first, inquiry->conditions)
	{
		PkSide begin;

		if (!take_side(inquiry, lfirst(first), true, &begin))
			continue;
		foreach (second, inquiry->conditions)
		{
			PkSide end;

			if (take_side(inquiry, lfirst(second), false, &end) && !equal(begin.column, end.column) &&
				exprType(begin.column) == exprType(end.column) && is_overlap(inquiry, &begin, &end))
				return make_finding(inquiry, &begin, &end);
		}
	}
	return NULL;
}
