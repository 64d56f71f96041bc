/*
 * value_type.c
 *	  A condition whose value has another type than the column, with the value as the column's type.
 *
 * Whether that keeps the same rows depends on both types, and, where the column has fewer values,
 * on the value.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/syscache.h"

#include "advice/keys.h"
#include "causes/value_type.h"

/* The name of the type, by which a cast does not change the value. */
static char *
type_name(Oid type)
{
	/* "character" would be "character(1)" in a cast. */
	return type == BPCHAROID ? pstrdup("bpchar") : format_type_be(type);
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* Is the number, as text, one that the integer type has? */
static bool
is_integer_of(Oid type, const char *number)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(number, &end, 10);
	if (end == number || errno == ERANGE)
		return false;
	if (*end == '.')
		end += 1 + strspn(end + 1, "0");
	if (*end != '\0')
		return false;
	return type == INT8OID || (type == INT4OID && value >= PG_INT32_MIN && value <= PG_INT32_MAX) ||
		   (type == INT2OID && value >= PG_INT16_MIN && value <= PG_INT16_MAX);
}

/* Can a value of the column's type equal this one? */
static bool
is_value_of(Oid type, Oid value_type, Datum value)
{
	double number;

	if (!is_integer(type))
		return true;
	switch (value_type)
	{
		case INT4OID:
			return is_integer_of(type, psprintf("%d", DatumGetInt32(value)));
		case INT8OID:
			return is_integer_of(type, psprintf(INT64_FORMAT, DatumGetInt64(value)));
		case NUMERICOID:
			return is_integer_of(type, DatumGetCString(DirectFunctionCall1(numeric_out, value)));
		case FLOAT4OID:
			number = DatumGetFloat4(value);
			break;
		case FLOAT8OID:
			number = DatumGetFloat8(value);
			break;
		default:
			return true;
	}
	if (number != rint(number))
		return false;
	return type == INT8OID	 ? FLOAT8_FITS_IN_INT64(number)
		   : type == INT4OID ? FLOAT8_FITS_IN_INT32(number)
							 : FLOAT8_FITS_IN_INT16(number);
}

/* How many elements of the constant array no value of the type can equal. */
static int
count_impossible(Oid type, Const *array, int *count)
{
	ArrayType *values = DatumGetArrayTypeP(array->constvalue);
	Oid element = ARR_ELEMTYPE(values);
	int impossible = 0;
	Datum *datums;
	bool *nulls;
	int16 length;
	bool by_value;
	char alignment;

	get_typlenbyvalalign(element, &length, &by_value, &alignment);
	deconstruct_array(values, element, length, by_value, alignment, &datums, &nulls, count);
	for (int i = 0; i < *count; i++)
		impossible += !nulls[i] && !is_value_of(type, element, datums[i]);
	return impossible;
}

/*
 * A constant as a literal of the type, or another expression cast to it. 5.0 and 1e+15 are values
 * of an integer type, but not its literals.
 */
static char *
value_as(const PkInquiry *inquiry, Node *value, const char *type, bool integers)
{
	value = pk_clause_strip(value);
	if (IsA(value, Const) && !((Const *) value)->constisnull)
	{
		Oid output;
		bool varlena;
		char *text;

		getTypeOutputInfo(((Const *) value)->consttype, &output, &varlena);
		text = OidOutputFunctionCall(output, ((Const *) value)->constvalue);
		if (!integers || strpbrk(text, ".e") == NULL)
			return psprintf("%s::%s", quote_literal_cstr(text), type);
	}
	return psprintf("(%s)::%s", pk_inquiry_condition(inquiry, value), type);
}

/* Does every value of the integer type have a value of the other type of its own? */
static bool
holds_integers(Oid type, Oid integer)
{
	return type == NUMERICOID || (type == FLOAT8OID && integer != INT8OID) || (type == FLOAT4OID && integer == INT2OID);
}

static bool
ends_in_blank(const Const *value)
{
	char *string = TextDatumGetCString(value->constvalue);
	size_t length = strlen(string);

	return length > 0 && string[length - 1] == ' ';
}

/* The type of the extension of that name, for which case does not matter. */
static bool
is_citext(Oid type)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	bool found;

	if (!HeapTupleIsValid(tuple))
		return false;
	found = strcmp(NameStr(((Form_pg_type) GETSTRUCT(tuple))->typname), "citext") == 0;
	ReleaseSysCache(tuple);
	return found;
}

/*
 * Does "column OPERATOR value" keep the same rows if the value is cast to the column's type instead
 * of the column to the value's? The value, if it is a constant, is one of the column's type. The
 * operator is one of a B-tree, so that it depends on the order of the values alone.
 */
static void
judge_value(Oid type, Node *value, Oid compared_type, PkFinding *finding)
{
	bool constant = IsA(value, Const);
	bool numbers = TypeCategory(type) == TYPCATEGORY_NUMERIC && TypeCategory(compared_type) == TYPCATEGORY_NUMERIC;

	if (TypeCategory(compared_type) == TYPCATEGORY_STRING && TypeCategory(type) != TYPCATEGORY_STRING)
		finding->changes |= PK_RESULT_FORMAT; /* the text of the column is compared */
	else if (is_integer(type) && is_integer(compared_type))
	{
		if (constant)
			finding->same_result = PK_SAME_BY_RULE;
		else
			finding->changes |= PK_RESULT_NO_SUCH_VALUE;
	}
	else if (is_integer(type) && constant && holds_integers(compared_type, type))
		finding->same_result = PK_SAME_BY_RULE;
	else if (numbers)
		finding->changes |= PK_RESULT_ROUNDING;
	else if (type == BPCHAROID)
	{
		if (constant && ((Const *) value)->consttype == TEXTOID && !ends_in_blank((Const *) value))
			finding->same_result = PK_SAME_BY_RULE;
		else
			finding->changes |= PK_RESULT_BLANK_PADDING;
	}
	else if (is_citext(type) || is_citext(compared_type))
		finding->changes |= PK_RESULT_CASE;
	else if (compared_type == TIMESTAMPTZOID)
		finding->changes |= PK_RESULT_TIME_ZONE;
	else if (compared_type == TIMESTAMPOID && type == DATEOID)
		finding->changes |= PK_RESULT_ROUNDING;
}

void
pk_value_type_rewrite(const PkInquiry *inquiry, const PkClause *clause, Node *column, PkFinding *finding)
{
	Oid type = exprType(column);
	Node *value = pk_clause_strip(clause->value);
	char *text = pk_keys_text(inquiry->table, column);
	char *operator= OidIsValid(clause->opno) ? get_opname(clause->opno) : NULL;
	bool equality = operator!= NULL && strcmp(operator, "=") == 0;
	bool constant = IsA(value, Const) && !((Const *) value)->constisnull;
	int count = 1;
	int impossible = 0;

	finding->type = type_name(type);
	if (constant && clause->form == PK_CLAUSE_COMPARISON)
		impossible = !is_value_of(type, ((Const *) value)->consttype, ((Const *) value)->constvalue);
	else if (constant && clause->form == PK_CLAUSE_ANY)
		impossible = count_impossible(type, (Const *) value, &count);
	if (impossible > 0)
	{
		/* As it is, the value cannot be given in the column's type. */
		finding->cause = PK_CAUSE_NO_SUCH_VALUE;
		finding->value = pk_inquiry_condition(inquiry, value);
		finding->none_equal = equality && impossible == count;
		return;
	}
	if (operator== NULL)
		return;
	finding->remedy_kind = PK_REMEDY_CONDITION;
	if (clause->form == PK_CLAUSE_COMPARISON && pk_keys_btree_strategy(clause->opno) != 0)
		judge_value(type, value, exprType(value), finding);
	else if (clause->form == PK_CLAUSE_ANY && is_integer(type) && constant)
		judge_value(type, value, get_element_type(exprType(value)), finding);
	if (clause->form == PK_CLAUSE_COMPARISON)
		finding->remedy_sql = psprintf("%s %s %s", text, operator, value_as(inquiry, value, finding->type, is_integer(type)));
	else if (clause->form == PK_CLAUSE_ANY)
		finding->remedy_sql = psprintf("%s %s ANY (%s)", text, operator,
									   value_as(inquiry, value, psprintf("%s[]", finding->type), is_integer(type)));
}
