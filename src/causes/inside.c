/*
 * inside.c
 *	  Conditions on an expression that contains an index's key: a cast, a function, arithmetic.
 *
 * What to do depends on whether the condition can be put on the key itself. Where it can, that is
 * the cause and the remedy, even if the expression is not immutable, so that an index on it is no
 * choice; only where it cannot, the lack of immutability is what matters.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/inside.h"
#include "causes/solve.h"
#include "causes/value_type.h"
#include "causes/wording.h"

/* The expression without casts of any kind. */
static Node *
strip_casts(Node *node)
{
	for (;;)
	{
		node = pk_clause_strip(node);
		if (IsA(node, FuncExpr) && pk_clause_is_cast(node))
			node = linitial(((FuncExpr *) node)->args);
		else if (IsA(node, CoerceViaIO))
			node = (Node *) ((CoerceViaIO *) node)->arg;
		else
			return node;
	}
}

/* Is it the key, cast or also moved to another time zone? */
static bool
is_cast_of(Node *compared, Node *key)
{
	FuncExpr *call = (FuncExpr *) strip_casts(compared);

	if (!equal(call, key) && IsA(call, FuncExpr) && call != (FuncExpr *) compared &&
		(call->funcid == F_TIMEZONE_TEXT_TIMESTAMPTZ || call->funcid == F_TIMEZONE_TEXT_TIMESTAMP))
		return equal(strip_casts(lsecond(call->args)), key);
	return equal(call, key);
}

/* The formats of to_char() whose texts are spans of time in their order. */
static bool
is_truncating_format(Node *format)
{
	static const char *const formats[] = {"YYYY", "YYYYMM", "YYYYMMDD", "YYYY-MM", "YYYY-MM-DD", "YYYY/MM/DD", "YYYY/MM"};
	PkClause clause = {.value = format};
	const char *text = pk_clause_pattern(&clause);

	for (size_t i = 0; text != NULL && i < lengthof(formats); i++)
	{
		if (pg_strcasecmp(text, formats[i]) == 0)
			return true;
	}
	return false;
}

/*
 * Is it the time reduced to a date or another coarser unit, so that each value is a range of times?
 * Not if it is converted before: the range would be in another time zone.
 */
static bool
is_truncated_time(Node *compared, Node *key)
{
	Oid type = exprType(key);
	FuncExpr *call = (FuncExpr *) compared;
	PkClause unit = {0};
	char *name;
	const char *text;

	/* What functions of the same name do in other schemas is not known. */
	if ((type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID) || !IsA(compared, FuncExpr) ||
		call->funcid >= FirstNormalObjectId)
		return false;
	if (exprType(compared) == DATEOID && type != DATEOID)
		return list_length(call->args) == 1 && equal(pk_clause_strip(linitial(call->args)), key);
	if ((name = get_func_name(call->funcid)) == NULL || list_length(call->args) != 2)
		return false;
	if (strcmp(name, "to_char") == 0)
		return equal(strip_casts(linitial(call->args)), key) && is_truncating_format(lsecond(call->args));
	if (!equal(strip_casts(lsecond(call->args)), key))
		return false;
	if (strcmp(name, "date_trunc") == 0)
		return true;
	unit.value = linitial(call->args);
	text = pk_clause_pattern(&unit);
	return (strcmp(name, "extract") == 0 || strcmp(name, "date_part") == 0) && text != NULL &&
		   pg_strcasecmp(text, "year") == 0;
}

/* How long a unit of date_trunc() lasts, as an interval; NULL if it is not known. */
static const char *
length_of_unit(const char *unit)
{
	static const char *const units[][2] = {
		{"second", "1 second"},
		{"minute", "1 minute"},
		{"hour", "1 hour"},
		{"day", "1 day"},
		{"week", "7 days"},
		{"month", "1 month"},
		{"quarter", "3 months"},
		{"year", "1 year"},
		{"decade", "10 years"}};

	for (size_t i = 0; unit != NULL && i < lengthof(units); i++)
	{
		if (pg_strcasecmp(unit, units[i][0]) == 0)
			return units[i][1];
	}
	return NULL;
}

/* The first moment after the unit that the value begins, as SQL; NULL if not known. */
static char *
end_of(const PkInquiry *inquiry, const PkClause *clause, char **beginning)
{
	FuncExpr *call = (FuncExpr *) clause->compared;
	Node *value = pk_clause_strip(clause->value);
	PkClause unit = {0};
	const char *length;
	Const *constant = (Const *) value;

	/* Nothing comes after infinity. */
	if (IsA(value, Const) && !constant->constisnull &&
		((constant->consttype == DATEOID && DATE_NOT_FINITE(DatumGetDateADT(constant->constvalue))) ||
		 ((constant->consttype == TIMESTAMPOID || constant->consttype == TIMESTAMPTZOID) &&
		  TIMESTAMP_NOT_FINITE(DatumGetTimestamp(constant->constvalue)))))
		return NULL;
	if (exprType(clause->compared) == DATEOID && exprType(value) == DATEOID)
	{
		*beginning = psprintf(IsA(value, Param) ? "(%s)::date" : "%s", pk_inquiry_condition(inquiry, value));
		return psprintf("%s + 1", *beginning);
	}
	if (call->funcid != F_DATE_TRUNC_TEXT_TIMESTAMPTZ && call->funcid != F_DATE_TRUNC_TEXT_TIMESTAMP)
		return NULL;
	unit.value = linitial(call->args);
	length = length_of_unit(pk_clause_pattern(&unit));
	/* Only where the value is the beginning of a unit is the range what is asked for. */
	if (length == NULL || !IsA(value, Const) || constant->constisnull ||
		constant->consttype != exprType(clause->compared) ||
		DatumGetInt64(OidFunctionCall2(call->funcid, ((Const *) pk_clause_strip(unit.value))->constvalue,
									   constant->constvalue)) != DatumGetInt64(constant->constvalue))
		return NULL;
	*beginning = pk_inquiry_condition(inquiry, value);
	return psprintf("%s + '%s'::interval", *beginning, length);
}

/* The same condition as a range: as SQL, also in remedy_sql, or else in outline. */
static void
add_range(const PkInquiry *inquiry, const PkClause *clause, PkFinding *finding)
{
	const char *column = finding->column;
	char *beginning = NULL;
	char *end = NULL;

	if (clause == NULL || clause->form != PK_CLAUSE_COMPARISON || clause->both_sides)
	{
		finding->range = psprintf("%s >= beginning AND %s < end", column, column);
		return;
	}
	end = end_of(inquiry, clause, &beginning);
	switch (pk_keys_btree_strategy(clause->opno))
	{
		case BTLessStrategyNumber:
			finding->range = psprintf("%s < %s", column, end != NULL ? beginning : "beginning");
			break;
		case BTLessEqualStrategyNumber:
			finding->range = psprintf("%s < %s", column, end != NULL ? end : "end");
			break;
		case BTEqualStrategyNumber:
			finding->range = psprintf("%s >= %s AND %s < %s", column, end != NULL ? beginning : "beginning", column,
									  end != NULL ? end : "end");
			break;
		case BTGreaterEqualStrategyNumber:
			finding->range = psprintf("%s >= %s", column, end != NULL ? beginning : "beginning");
			break;
		case BTGreaterStrategyNumber:
			finding->range = psprintf("%s >= %s", column, end != NULL ? end : "end");
			break;
		default:
			return;
	}
	if (end != NULL)
		finding->remedy_sql = finding->range;
}

/*
 * The expression in a fixed time zone, where only the session's keeps an index from having it; NULL
 * for any other.
 */
static char *
in_fixed_zone(const PkInquiry *inquiry, Node *compared, Node *key)
{
	const char *local = psprintf("(%s AT TIME ZONE 'UTC')", pk_keys_text(inquiry->table, key));
	FuncExpr *call = (FuncExpr *) compared;

	if (exprType(key) != TIMESTAMPTZOID || !IsA(compared, FuncExpr) ||
		!equal(pk_clause_strip(llast(call->args)), key))
		return NULL;
	switch (call->funcid)
	{
		case F_DATE_TIMESTAMPTZ:
			return psprintf("%s::date", local);
		case F_TIMESTAMP_TIMESTAMPTZ:
			return pstrdup(local);
		case F_TIME_TIMESTAMPTZ:
			return psprintf("%s::time", local);
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
			return psprintf("date_trunc(%s, %s)", pk_inquiry_condition(inquiry, linitial(call->args)), local);
		case F_DATE_PART_TEXT_TIMESTAMPTZ:
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
			return psprintf("date_part(%s, %s)", pk_inquiry_condition(inquiry, linitial(call->args)), local);
		default:
			return NULL;
	}
}

/*
 * document ->> 'key' = 'value' and document #>> '{a,key}' = 'value' as a condition that a GIN index
 * on the document answers; NULL for anything else. It is the same where the value is a string.
 */
static char *
containment_of(const PkInquiry *inquiry, const PkClause *clause, Node *key)
{
	OpExpr *op = (OpExpr *) clause->compared;
	PkClause last = {0};
	const char *value = pk_clause_pattern(clause);
	StringInfoData document;
	Datum *steps = NULL;
	Datum step;
	int count = 1;
	Const *path;

	if (!IsA(op, OpExpr) || list_length(op->args) != 2 || !equal(pk_clause_strip(linitial(op->args)), key) ||
		value == NULL || clause->form != PK_CLAUSE_COMPARISON ||
		pk_keys_btree_strategy(clause->opno) != BTEqualStrategyNumber)
		return NULL;
	path = (Const *) pk_clause_strip(lsecond(op->args));
	last.value = (Node *) path;
	if (op->opfuncid == F_JSONB_OBJECT_FIELD_TEXT && pk_clause_pattern(&last) != NULL)
	{
		step = path->constvalue;
		steps = &step;
	}
	else if (op->opfuncid == F_JSONB_EXTRACT_PATH_TEXT && IsA(path, Const) && !path->constisnull)
	{
		bool *nulls;

		deconstruct_array(DatumGetArrayTypeP(path->constvalue), TEXTOID, -1, false, TYPALIGN_INT, &steps, &nulls,
						  &count);
	}
	if (steps == NULL || count == 0)
		return NULL;
	initStringInfo(&document);
	for (int i = 0; i < count; i++)
	{
		char *name = TextDatumGetCString(steps[i]);

		/* It may be an element of an array. */
		if (count > 1 && strspn(name, "-0123456789") == strlen(name))
			return NULL;
		appendStringInfoChar(&document, '{');
		escape_json(&document, name);
		appendStringInfoString(&document, ": ");
	}
	escape_json(&document, value);
	for (int i = 0; i < count; i++)
		appendStringInfoChar(&document, '}');
	return psprintf("%s @> %s", pk_keys_text(inquiry->table, key), quote_literal_cstr(document.data));
}

/* The part of the condition that compares the expression. */
static bool
find_clause(const PkInquiry *inquiry, Node *condition, Node *compared, PkClause *clause)
{
	List *args;
	ListCell *cell;

	pk_clause_take(condition, inquiry->table, clause);
	if (clause->form != PK_CLAUSE_AND && clause->form != PK_CLAUSE_OR)
		return clause->compared != NULL && equal(clause->compared, compared);
	args = clause->args;
	foreach (cell, args)
	{
		if (find_clause(inquiry, lfirst(cell), compared, clause))
			return true;
	}
	return false;
}

PkFinding *
pk_inside_find(const PkInquiry *inquiry, Node *key, Node *compared, Node *condition, bool alone)
{
	bool is_cast = is_cast_of(compared, key);
	PkFinding *finding = pk_inquiry_make(inquiry, PK_CAUSE_FUNCTION);
	PkClause clause;
	bool found = find_clause(inquiry, condition, compared, &clause);

	finding->column = pk_keys_text(inquiry->table, key);
	finding->type = format_type_be(exprType(key));
	finding->expression = pk_keys_text(inquiry->table, compared);
	finding->expression_type = format_type_be(exprType(compared));
	finding->condition = pk_inquiry_condition(inquiry, found ? clause.node : condition);
	finding->mutable = contain_mutable_functions(compared);
	finding->measure = pk_clause_is_measure(compared);
	if (is_truncated_time(compared, key))
		add_range(inquiry, found ? &clause : NULL, finding);

	if (is_cast && pk_clause_is_implicit_cast(compared))
	{
		finding->cause = PK_CAUSE_VALUE_TYPE; /* the query shows just the column */
		finding->decisive = true;
		if (found)
			pk_value_type_rewrite(inquiry, &clause, key, finding);
	}
	else if (pk_solve_is_arithmetic(compared, key))
	{
		finding->cause = PK_CAUSE_ARITHMETIC;
		if (found)
			pk_solve_arithmetic(inquiry, &clause, key, finding);
		finding->decisive = finding->remedy_sql != NULL;
	}
	else if (is_cast && found && pk_solve_cast(inquiry, &clause, key, finding, alone && clause.node == condition))
	{
		if (finding->cause == PK_CAUSE_FUNCTION)
			finding->cause = PK_CAUSE_CAST;
		finding->decisive = true;
	}
	else if (found && pk_solve_coalesce(inquiry, &clause, key, finding))
		finding->decisive = true;
	else if (finding->mutable)
	{
		finding->cause = PK_CAUSE_NOT_IMMUTABLE;
		finding->fixed = in_fixed_zone(inquiry, compared, key);
		/* LIKE '2024-01%' is a range, too. */
		if (is_cast && found && pk_match_is_pattern(clause.opno) && TypeCategory(exprType(key)) == TYPCATEGORY_DATETIME)
			finding->range = psprintf("%s >= beginning AND %s < end", finding->column, finding->column);
	}
	else if (is_cast)
		finding->cause = PK_CAUSE_CAST;
	else if (found)
		finding->contains = containment_of(inquiry, &clause, key);
	finding->is_text = TypeCategory(exprType(key)) == TYPCATEGORY_STRING;
	if (finding->range != NULL)
		finding->decisive = true;
	/* What the server computes before, such as a subquery, cannot be typed. */
	if (pk_clause_has_internal(clause.node))
		finding->remedy_sql = NULL;
	if (finding->remedy_sql == NULL)
	{
		finding->same_result = PK_SAME_UNKNOWN;
		finding->changes = 0;
		return finding;
	}
	finding->remedy_kind = PK_REMEDY_CONDITION;
	if (finding->range != NULL && finding->mutable)
		finding->changes |= PK_RESULT_TIME_ZONE;
	else if (finding->range != NULL && !IsA(pk_clause_strip(clause.value), Const))
		finding->changes |= PK_RESULT_NOT_FINITE; /* what comes after infinity? */
	else if (finding->range != NULL)
		finding->same_result = PK_SAME_BY_RULE;
	return finding;
}
