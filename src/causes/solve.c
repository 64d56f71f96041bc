/*
 * solve.c
 *	  A condition on an expression, solved for the column in it.
 *
 * What is solved finds the same rows, or the finding says when it does not. Operators are looked up
 * by name in pg_catalog, as those that the remedy's reader gets.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rangetypes.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "advice/foreign_code.h"
#include "advice/keys.h"
#include "causes/solve.h"
#include "causes/value_type.h"
#include "causes/wording.h"
#include "common/undo.h"

static Oid
catalog_operator(const char *name, Oid left, Oid right)
{
	return OpernameGetOprid(list_make2(makeString("pg_catalog"), makeString(pstrdup(name))), left, right);
}

/* The expression without casts that the query does not show. */
static Node *
strip_implicit(Node *node)
{
	node = pk_clause_strip(node);
	while (IsA(node, FuncExpr) && pk_clause_is_implicit_cast(node))
		node = pk_clause_strip(linitial(((FuncExpr *) node)->args));
	return node;
}

/* Numbers, times and spans of time; the + and - of sets and documents cannot be undone. */
static bool
is_quantity(Oid type)
{
	char category;
	bool preferred;

	get_type_category_preferred(type, &category, &preferred);
	return category == TYPCATEGORY_NUMERIC || category == TYPCATEGORY_DATETIME || category == TYPCATEGORY_TIMESPAN;
}

bool
pk_solve_is_arithmetic(Node *compared, Node *key)
{
	OpExpr *op = (OpExpr *) compared;
	char *name;
	Node *other;

	/* What an operator of other people does is not known. */
	if (!IsA(op, OpExpr) || op->opno >= FirstNormalObjectId || (name = get_opname(op->opno)) == NULL ||
		!is_quantity(exprType(key)) ||
		contain_volatile_functions(compared))
		return false;
	if (list_length(op->args) == 1)
		return strcmp(name, "-") == 0 && equal(strip_implicit(linitial(op->args)), key);
	if (strcmp(name, "+") != 0 && strcmp(name, "-") != 0 && strcmp(name, "*") != 0)
		return false;
	other = equal(strip_implicit(linitial(op->args)), key) ? lsecond(op->args) : linitial(op->args);
	return (other != linitial(op->args) || equal(strip_implicit(lsecond(op->args)), key)) &&
		   is_quantity(exprType(other)) && !contain_var_clause(other);
}

/* left OPERATOR right, or a prefix operator without "left"; NULL if there is no such operator. */
static Node *
combine(const char *name, Node *left, Node *right)
{
	Oid opno = catalog_operator(name, left != NULL ? exprType(left) : InvalidOid, exprType(right));
	OpExpr *op;

	if (!OidIsValid(opno))
		return NULL;
	op = (OpExpr *) make_opclause(opno, get_op_rettype(opno), false, (Expr *) right, NULL, InvalidOid, InvalidOid);
	if (left != NULL)
		op->args = list_make2(left, right);
	set_opfuncid(op);
	return (Node *) op;
}

/* The other side of the comparison, once the key is alone. "flip": < becomes >. */
static Node *
moved_side(OpExpr *op, Node *key, Node *value, bool *flip)
{
	char *name = get_opname(op->opno);
	Node *left = linitial(op->args);
	Node *right = list_length(op->args) == 2 ? lsecond(op->args) : NULL;
	bool key_left = equal(strip_implicit(left), key);

	*flip = false;
	if (right == NULL)
	{
		*flip = true;
		return combine("-", NULL, value);
	}
	if (strcmp(name, "+") == 0)
		return combine("-", value, key_left ? right : left);
	if (strcmp(name, "-") != 0)
		return NULL; /* a product would have to be divided, and rounded */
	if (key_left)
	{
		Node *moved = combine("+", value, right);

		return moved != NULL ? moved : combine("+", right, value);
	}
	*flip = true;
	return combine("-", left, value);
}

/* A span that is as long at any time of the year. */
static bool
is_plain_span(Node *node)
{
	Interval *span;

	node = pk_clause_strip(node);
	if (!IsA(node, Const) || ((Const *) node)->constisnull)
		return false;
	span = DatumGetIntervalP(((Const *) node)->constvalue);
	return span->month == 0 && span->day == 0;
}

/* Is it known to be neither infinite nor NaN? Types without such values are integers, say. */
static bool
is_finite(Node *node)
{
	Const *constant = (Const *) pk_clause_strip(node);
	Oid output;
	bool varlena;
	char *text;

	switch (exprType((Node *) constant))
	{
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INTERVALOID:
			break;
		default:
			return true;
	}
	if (!IsA(constant, Const) || constant->constisnull)
		return false;
	getTypeOutputInfo(constant->consttype, &output, &varlena);
	text = OidOutputFunctionCall(output, constant->constvalue);
	return pg_strcasecmp(text, "NaN") != 0 && strstr(text, "nfinity") == NULL;
}

/* When the condition finds other rows once the part of it is moved to the other side. */
static int
changes_of(Node *part)
{
	int changes = is_finite(part) ? 0 : PK_RESULT_NOT_FINITE;

	switch (exprType(part))
	{
		case INTERVALOID:
			return is_plain_span(part) ? changes : changes | PK_RESULT_CALENDAR;
		case FLOAT4OID:
		case FLOAT8OID:
			return changes | PK_RESULT_ROUNDING;
		default:
			return changes;
	}
}

/* Can the type have NaN, which is greater than all numbers, and remains so when it is negated? */
static bool
has_nan(Oid type)
{
	return type == NUMERICOID || type == FLOAT4OID || type == FLOAT8OID;
}

typedef struct PkFolding
{
	Node *node;
	Node *folded;
} PkFolding;

static void
fold(void *arg)
{
	PkFolding *folding = (PkFolding *) arg;

	folding->folded = eval_const_expressions(NULL, folding->node);
}

void
pk_solve_arithmetic(const PkInquiry *inquiry, const PkClause *clause, Node *key, PkFinding *finding)
{
	OpExpr *op = (OpExpr *) clause->compared;
	PkFolding folding = {0};
	bool flip;
	Oid comparison;
	char *name;

	/* The time of day begins again after midnight. */
	if (clause->form != PK_CLAUSE_COMPARISON || clause->both_sides || !OidIsValid(clause->opno) ||
		exprType(key) == TIMEOID || exprType(key) == TIMETZOID)
		return;
	folding.node = moved_side(op, key, clause->value, &flip);
	comparison = flip ? get_commutator(clause->opno) : clause->opno;
	if (folding.node == NULL || !OidIsValid(comparison) || pk_keys_btree_strategy(comparison) == 0)
		return;
	/* A constant that overflows is no value that the column could have been compared with. */
	if (pk_undo_catching(fold, &folding) != NULL)
		return;
	name = get_opname(comparison);
	if (pk_keys_btree_strategy(catalog_operator(name, exprType(key), exprType(folding.folded))) !=
		pk_keys_btree_strategy(comparison))
		return;
	for (int i = 0; i < list_length(op->args); i++)
	{
		if (!equal(strip_implicit(list_nth(op->args, i)), key))
			finding->changes |= changes_of(list_nth(op->args, i));
	}
	finding->changes |= changes_of(clause->value);
	if (flip && has_nan(exprType(key)))
		finding->changes |= PK_RESULT_NOT_FINITE;
	if (finding->changes == 0)
		finding->same_result = PK_SAME_BY_RULE;
	finding->remedy_sql =
		psprintf("%s %s %s", finding->column, name, pk_inquiry_condition(inquiry, folding.folded));
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* Is there a cast that is done without being asked for, since it changes no value? */
static bool
is_widening(Oid source, Oid target)
{
	HeapTuple tuple = SearchSysCache2(CASTSOURCETARGET, ObjectIdGetDatum(source), ObjectIdGetDatum(target));
	bool widening = false;

	if (HeapTupleIsValid(tuple))
	{
		widening = ((Form_pg_cast) GETSTRUCT(tuple))->castcontext == COERCION_CODE_IMPLICIT;
		ReleaseSysCache(tuple);
	}
	return widening;
}

/* The column's type can be compared with the value as it is, in the same order. */
static bool
drop_cast(const PkInquiry *inquiry, const PkClause *clause, Node *key, PkFinding *finding)
{
	Oid class = GetDefaultOpClass(exprType(key), BTREE_AM_OID);
	char *name = get_opname(clause->opno);
	Oid opno = catalog_operator(name, exprType(key), exprType(clause->value));
	Oid family = OidIsValid(class) ? get_opclass_family(class) : InvalidOid;

	if (clause->form != PK_CLAUSE_COMPARISON || !OidIsValid(opno) || !OidIsValid(family) ||
		!op_in_opfamily(opno, family) || !op_in_opfamily(clause->opno, family))
		return false;
	finding->remedy_sql = psprintf("%s %s %s", finding->column, name, pk_inquiry_condition(inquiry, clause->value));
	return true;
}

/* Types whose equal values, and only those, have the same text. */
static bool
is_canonical(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case UUIDOID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case MACADDROID:
		case INETOID:
			return true;
		default:
			return type_is_enum(type);
	}
}

/* Whether a text is one that a value of the column has after the cast. */
typedef enum PkSpelling
{
	PK_SPELLING_NONE, /* no value of the type */
	PK_SPELLING_OTHER,
	PK_SPELLING_SAME,
} PkSpelling;

typedef struct PkReading
{
	Node *key;
	Node *compared;
	Node *replacement;
	char *text;
	PkSpelling spelling;
} PkReading;

static Node *
replace_key(Node *node, void *arg)
{
	PkReading *reading = (PkReading *) arg;

	if (node == NULL)
		return NULL;
	if (equal(node, reading->key))
		return reading->replacement;
	return expression_tree_mutator(node, replace_key, arg);
}

static void
read_text(void *arg)
{
	PkReading *reading = (PkReading *) arg;
	Oid type = exprType(reading->key);
	Oid input;
	Oid parameter;
	int16 length;
	bool by_value;
	Datum value;
	bool isnull;
	EState *estate;
	ExprState *state;

	getTypeInputInfo(type, &input, &parameter);
	get_typlenbyval(type, &length, &by_value);
	value = OidInputFunctionCall(input, reading->text, parameter, -1);
	reading->replacement = (Node *) makeConst(type, -1, InvalidOid, length, value, false, by_value);
	estate = CreateExecutorState();
	state = ExecPrepareExpr((Expr *) replace_key(reading->compared, reading), estate);
	value = ExecEvalExprSwitchContext(state, GetPerTupleExprContext(estate), &isnull);
	reading->spelling =
		!isnull && strcmp(TextDatumGetCString(value), reading->text) == 0 ? PK_SPELLING_SAME : PK_SPELLING_OTHER;
	FreeExecutorState(estate);
}

static PkSpelling
spelling_of(const PkClause *clause, Node *key, Datum value)
{
	PkReading reading = {.key = key, .compared = clause->compared, .text = TextDatumGetCString(value)};

	return pk_undo_catching(read_text, &reading) != NULL ? PK_SPELLING_NONE : reading.spelling;
}

/* The worst spelling of the elements of an array. */
static PkSpelling
spelling_of_elements(const PkClause *clause, Node *key, Const *array)
{
	ArrayType *values = DatumGetArrayTypeP(array->constvalue);
	PkSpelling worst = PK_SPELLING_SAME;
	Datum *datums;
	bool *nulls;
	int count;

	deconstruct_array(values, ARR_ELEMTYPE(values), -1, false, TYPALIGN_INT, &datums, &nulls, &count);
	for (int i = 0; i < count && worst != PK_SPELLING_NONE; i++)
	{
		if (!nulls[i])
			worst = Min(worst, spelling_of(clause, key, datums[i]));
	}
	return worst;
}

/*
 * column::text = value: the value as one of the column's type. The cast is evaluated, although the
 * query has not been run, so it must not be a function of another role.
 */
static bool
solve_text(const PkInquiry *inquiry, const PkClause *clause, Node *key, PkFinding *finding, bool alone)
{
	Node *value = pk_clause_strip(clause->value);
	PkSpelling spelling;

	if (!IsA(value, Const) || ((Const *) value)->constisnull)
	{
		/* Another arm of an OR says that the text need not be a value of that type. */
		if (!alone)
			return false;
		pk_value_type_rewrite(inquiry, clause, key, finding);
		finding->changes |= PK_RESULT_INPUT;
		return true;
	}
	spelling = clause->form == PK_CLAUSE_ANY ? spelling_of_elements(clause, key, (Const *) value)
											 : spelling_of(clause, key, ((Const *) value)->constvalue);
	finding->none_equal = spelling != PK_SPELLING_SAME && alone && clause->form == PK_CLAUSE_COMPARISON;
	if (spelling == PK_SPELLING_NONE)
		return finding->none_equal;
	pk_value_type_rewrite(inquiry, clause, key, finding);
	/* By a collation that takes texts for equal that differ, one may be that of another value. */
	if (OidIsValid(clause->collation) && !get_collation_isdeterministic(clause->collation))
		finding->changes |= PK_RESULT_COLLATION;
	else if (spelling == PK_SPELLING_SAME)
	{
		finding->changes &= ~PK_RESULT_FORMAT;
		finding->same_result = PK_SAME_BY_RULE;
	}
	else if (spelling == PK_SPELLING_OTHER)
		finding->changes |= PK_RESULT_FORMAT;
	return true;
}

bool
pk_solve_cast(const PkInquiry *inquiry, const PkClause *clause, Node *key, PkFinding *finding, bool alone)
{
	Oid source = exprType(key);
	Oid target = exprType(clause->compared);
	StrategyNumber strategy = OidIsValid(clause->opno) ? pk_keys_btree_strategy(clause->opno) : 0;
	Node *cast = clause->compared;
	Node *inner = IsA(cast, CoerceViaIO) ? (Node *) ((CoerceViaIO *) cast)->arg
				  : IsA(cast, FuncExpr)	 ? linitial(((FuncExpr *) cast)->args)
										 : NULL;

	/* Not through a third type, which may be coarser. */
	if (inner == NULL || !equal(pk_clause_strip(inner), key))
		return false;
	if ((clause->form != PK_CLAUSE_COMPARISON && clause->form != PK_CLAUSE_ANY) || clause->both_sides || strategy == 0)
		return false;
	/* A cast to a shorter integer fails rather than change the value. */
	if ((is_widening(source, target) || (is_integer(source) && is_integer(target))) &&
		drop_cast(inquiry, clause, key, finding))
		return true;
	if (is_integer(source) && IsA(pk_clause_strip(clause->value), Const) &&
		(target == NUMERICOID || (target == FLOAT8OID && source != INT8OID)))
	{
		pk_value_type_rewrite(inquiry, clause, key, finding);
		return true;
	}
	return (target == TEXTOID || target == VARCHAROID) && strategy == BTEqualStrategyNumber && is_canonical(source) &&
		   !pk_foreign_code_in_expression(cast) && solve_text(inquiry, clause, key, finding, alone);
}

bool
pk_solve_coalesce(const PkInquiry *inquiry, const PkClause *clause, Node *key, PkFinding *finding)
{
	CoalesceExpr *expression = (CoalesceExpr *) clause->compared;
	Node *value = pk_clause_strip(clause->value);
	PkFolding folding = {0};
	char *compared;

	if (clause->form != PK_CLAUSE_COMPARISON || clause->both_sides || !OidIsValid(clause->opno) ||
		pk_keys_btree_strategy(clause->opno) == 0 || !IsA(expression, CoalesceExpr) ||
		list_length(expression->args) != 2 || !equal(pk_clause_strip(linitial(expression->args)), key) ||
		!IsA(value, Const) || !IsA(pk_clause_strip(lsecond(expression->args)), Const))
		return false;
	folding.node = (Node *) make_opclause(clause->opno, BOOLOID, false, lsecond(expression->args),
										  (Expr *) clause->value, InvalidOid, clause->collation);
	if (pk_undo_catching(fold, &folding) != NULL || !IsA(folding.folded, Const) ||
		((Const *) folding.folded)->constisnull)
		return false;
	compared = psprintf("%s %s %s", finding->column, get_opname(clause->opno), pk_inquiry_condition(inquiry, clause->value));
	if (DatumGetBool(((Const *) folding.folded)->constvalue))
		compared = psprintf("(%s OR %s IS NULL)", compared, finding->column);
	finding->remedy_sql = compared;
	return true;
}

/* One bound of a range as a comparison; NULL if it has none there. */
static char *
bound_text(const char *column, TypeCacheEntry *element, const RangeBound *bound)
{
	Oid output;
	bool varlena;

	if (bound->infinite)
		return NULL;
	getTypeOutputInfo(element->type_id, &output, &varlena);
	return psprintf("%s %s%s %s::%s", column, bound->lower ? ">" : "<", bound->inclusive ? "=" : "",
					quote_literal_cstr(OidOutputFunctionCall(output, bound->val)), format_type_be(element->type_id));
}

char *
pk_solve_containment(const PkInquiry *inquiry, Oid opno, Node *key, Node *value)
{
	Const *constant = (Const *) pk_clause_strip(value);
	char *column = pk_keys_text(inquiry->table, key);
	TypeCacheEntry *type;
	RangeBound lower;
	RangeBound upper;
	bool empty;
	char *from;
	char *to;

	if (!OidIsValid(opno) || get_opcode(opno) != F_ELEM_CONTAINED_BY_RANGE || !IsA(constant, Const) ||
		constant->constisnull)
		return NULL;
	type = lookup_type_cache(constant->consttype, TYPECACHE_RANGE_INFO);
	if (type->rngelemtype == NULL || type->rngelemtype->type_id != exprType(key))
		return NULL;
	range_deserialize(type, DatumGetRangeTypeP(constant->constvalue), &lower, &upper, &empty);
	from = empty ? NULL : bound_text(column, type->rngelemtype, &lower);
	to = empty ? NULL : bound_text(column, type->rngelemtype, &upper);
	if (from != NULL && to != NULL)
		return psprintf("%s AND %s", from, to);
	return from != NULL ? from : to;
}
