/*
 * obstacle.c
 *	  What keeps an existing index from answering a query's conditions.
 *
 * An existing index that is not used is the more puzzling case, since it was created in the belief
 * that it would be. Of several obstacles the one is reported that comes closest to an answer, since
 * that index was probably meant.
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "common/catalog.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "advice/obstacle.h"

/* How close an index comes to serving. */
typedef enum PkNearness
{
	PK_NEAR_NOT,
	PK_NEAR_POSITION, /* the column is not the first */
	PK_NEAR_OPERATOR,
	PK_NEAR_INSIDE,
	PK_NEAR_COLLATION,
	PK_NEAR_TOO_NEW,
	PK_NEAR_INVALID,
} PkNearness;

typedef struct PkNearest
{
	PkNearness nearness;
	Oid index;
	PkKeyMatch match;
	char *key; /* SQL of the key that the match is about */
} PkNearest;

static char *
collation_name(Oid collation)
{
	return OidIsValid(collation) ? generate_collation_name(collation) : "none";
}

static char *
family_name(Oid family)
{
	HeapTuple tuple = SearchSysCache1(OPFAMILYOID, ObjectIdGetDatum(family));
	char *name;

	if (!HeapTupleIsValid(tuple))
		return psprintf("%u", family);
	name = pstrdup(NameStr(((Form_pg_opfamily) GETSTRUCT(tuple))->opfname));
	ReleaseSysCache(tuple);
	return name;
}

/* "~~ (text, text)" */
static char *
operator_name(Oid opno)
{
	Oid left;
	Oid right;

	op_input_types(opno, &left, &right);
	return psprintf("%s (%s, %s)", get_opname(opno), format_type_be(left), format_type_be(right));
}

/*
 * How the condition relates to the keys of the index; of a B-tree and a hash index only the first
 * one counts.
 */
static PkNearness
measure(Relation index, PkTableRef table, Node *condition, PkKeyMatch *match)
{
	bool any_position = index->rd_indam->amoptionalkey && index->rd_rel->relam != BTREE_AM_OID;
	PkNearness nearness = PK_NEAR_NOT;

	for (int key = 0; key < index->rd_index->indnkeyatts; key++)
	{
		PkKeyMatch found;
		PkNearness near = PK_NEAR_NOT;

		pk_match_key(index, key, table, condition, &found);
		if (found.kind == PK_MATCH_FULL && key > 0 && !any_position)
			near = PK_NEAR_POSITION;
		else if (found.kind == PK_MATCH_FULL)
			near = !pk_match_is_valid(index)		? PK_NEAR_INVALID
				   : !pk_match_is_old_enough(index) ? PK_NEAR_TOO_NEW
													: PK_NEAR_NOT;
		else if (key > 0 && !any_position)
			near = PK_NEAR_NOT;
		else if (found.kind == PK_MATCH_COLLATION)
			near = PK_NEAR_COLLATION;
		else if (found.kind == PK_MATCH_INSIDE)
			near = PK_NEAR_INSIDE;
		else if (found.kind == PK_MATCH_OPERATOR)
			near = PK_NEAR_OPERATOR;
		if (near > nearness)
		{
			nearness = near;
			*match = found;
		}
	}
	return nearness;
}

/* Type of a cast, or NULL if the expression is none. */
static char *
cast_type_name(Node *node)
{
	CoercionForm form;

	if (IsA(node, FuncExpr))
		form = ((FuncExpr *) node)->funcformat;
	else if (IsA(node, CoerceViaIO))
		form = ((CoerceViaIO *) node)->coerceformat;
	else
		return NULL;
	return form == COERCE_IMPLICIT_CAST || form == COERCE_EXPLICIT_CAST ? format_type_be(exprType(node)) : NULL;
}

/* Does the expression reduce a timestamp to a date or another coarser unit? */
static bool
is_truncated_time(Node *compared, Node *key)
{
	Oid type = exprType(key);
	char *function;

	if (type != TIMESTAMPTZOID && type != TIMESTAMPOID)
		return false;
	if (exprType(compared) == DATEOID)
		return true;
	if (!IsA(compared, FuncExpr))
		return false;
	function = get_func_name(((FuncExpr *) compared)->funcid);
	return function != NULL && (strcmp(function, "date_trunc") == 0 || strcmp(function, "extract") == 0 ||
								strcmp(function, "date_part") == 0);
}

/* The same condition as a range. */
static char *
range_of(Node *compared, const char *column)
{
	if (exprType(compared) == DATEOID)
		return psprintf("%s >= day AND %s < day + 1", column, column);
	return psprintf("%s >= beginning AND %s < end", column, column);
}

/*
 * Is it the sum or difference of the key and something that is not of the table? That can be moved
 * to the other side.
 */
static bool
is_shifted(Node *compared, Node *key)
{
	OpExpr *op = (OpExpr *) compared;
	char *name;

	if (!IsA(op, OpExpr) || list_length(op->args) != 2 ||
		(!equal(pk_match_strip(linitial(op->args)), key) && !equal(pk_match_strip(lsecond(op->args)), key)))
		return false;
	name = get_opname(op->opno);
	return name != NULL && (strcmp(name, "+") == 0 || strcmp(name, "-") == 0) &&
		   !(contain_var_clause(linitial(op->args)) && contain_var_clause(lsecond(op->args)));
}

/* The condition is on an expression that contains the key. */
static void
tell_inside(PkTableRef table, const PkNearest *nearest, PkObstacle *obstacle)
{
	Node *compared = nearest->match.compared;
	char *key = nearest->key;
	char *type = format_type_be(exprType(nearest->match.key));
	bool immutable = !contain_mutable_functions(compared);

	if (pk_match_is_implicit_cast(compared))
	{
		/* The query shows just the column; the type of the other side causes an implicit cast. */
		obstacle->what =
			psprintf("stores %s as %s, but the condition compares it as %s", key, type, cast_type_name(compared));
		obstacle->fact =
			psprintf("Index \"%s\" stores %s as %s; to be compared with a value of type %s, it is cast in every row.",
					 pk_index_name(nearest->index), key, type, format_type_be(exprType(compared)));
		obstacle->remedy = psprintf("Pass the value as %s.", type);
		return;
	}
	obstacle->fact = psprintf(
		"Index \"%s\" is on %s, but the condition is on %s. An index answers only conditions on its own keys%s.",
		pk_index_name(nearest->index), key, pk_keys_text(table, compared),
		immutable ? "" : ", which must be immutable");
	if (is_truncated_time(compared, nearest->match.key))
		obstacle->remedy = psprintf("Write it as a range: %s.", range_of(compared, key));
	else if (is_shifted(compared, nearest->match.key))
		obstacle->remedy = psprintf("Leave %s alone on one side and move the rest to the other.", key);
	else if (cast_type_name(compared) != NULL)
		obstacle->remedy = psprintf("Compare %s itself, as %s.", key, type);
	else if (!immutable)
		obstacle->remedy = psprintf("Compare %s itself.", key);
}

/* What to write instead of a negation. */
static void
tell_negation(const char *key, PkObstacle *obstacle)
{
	obstacle->fact = psprintf("The condition on %s is a negation, and no index finds rows that do not match.", key);
	obstacle->remedy = psprintf(
		"Ask for the wanted values of %s, or, if few rows satisfy the condition, create a partial index with it "
		"as predicate.",
		key);
}

static bool
is_in_any_family(Oid opno)
{
	CatCList *families = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(opno));
	bool found = families->n_members > 0;

	ReleaseCatCacheList(families);
	return found;
}

/* Is the operator only the negation of one that indexes support? */
static bool
is_negation(Oid opno)
{
	Oid negator = OidIsValid(opno) ? get_negator(opno) : InvalidOid;

	return OidIsValid(negator) && !is_in_any_family(opno) && is_in_any_family(negator);
}

/* The condition is on the key, by an operator that the operator class lacks. */
static void
tell_operator(const PkNearest *nearest, Relation index, PkObstacle *obstacle)
{
	const PkKeyMatch *match = &nearest->match;
	char *name = pk_index_name(nearest->index);
	char *pattern = NULL;

	if (is_negation(match->opno) || !OidIsValid(match->opno))
	{
		tell_negation(nearest->key, obstacle);
		return;
	}
	if (match->value != NULL && IsA(match->value, Const) && !((Const *) match->value)->constisnull &&
		((Const *) match->value)->consttype == TEXTOID)
		pattern = TextDatumGetCString(((Const *) match->value)->constvalue);
	if (pk_match_prefix_pattern(match->opno, match->value) != NULL)
		obstacle->fact = psprintf(
			"Index \"%s\" sorts %s by collation %s, which does not keep strings with a common prefix together.", name,
			nearest->key, collation_name(index->rd_indcollation[0]));
	else if (pattern != NULL && (*pattern == '%' || *pattern == '_') && index->rd_rel->relam == BTREE_AM_OID)
		obstacle->fact = psprintf(
			"Index \"%s\" on %s is sorted from the first character on, but the pattern begins with a wildcard.", name,
			nearest->key);
	else
		obstacle->fact =
			psprintf("Index \"%s\" on %s uses access method %s and operator family %s, which lacks operator %s.", name,
					 nearest->key, get_am_name(index->rd_rel->relam), family_name(index->rd_opfamily[0]),
					 operator_name(match->opno));
}

static void
tell(PkTableRef table, const PkNearest *nearest, PkObstacle *obstacle)
{
	Relation index = index_open(nearest->index, AccessShareLock);
	char *name = pk_index_name(nearest->index);

	obstacle->index = nearest->index;
	switch (nearest->nearness)
	{
		case PK_NEAR_NOT:
			break;
		case PK_NEAR_POSITION:
			obstacle->fact = psprintf("Index \"%s\" has %s, but not as its first column.", name, nearest->key);
			break;
		case PK_NEAR_OPERATOR:
			tell_operator(nearest, index, obstacle);
			break;
		case PK_NEAR_INSIDE:
			tell_inside(table, nearest, obstacle);
			break;
		case PK_NEAR_COLLATION:
			obstacle->what = psprintf("has a different collation from the condition");
			obstacle->fact = psprintf("Index \"%s\" sorts %s by collation %s, but the condition compares by %s.", name,
									  nearest->key, collation_name(index->rd_indcollation[0]),
									  collation_name(nearest->match.collation));
			obstacle->remedy = psprintf("Use the collation of the index in the condition.");
			break;
		case PK_NEAR_TOO_NEW:
			obstacle->decisive = true;
			obstacle->what = pstrdup("is too new for this transaction");
			obstacle->fact = psprintf(
				"Index \"%s\" was built without old versions of updated rows that this transaction might still see.",
				name);
			obstacle->remedy = pstrdup(
				"Assert again in a new transaction, once all that were running when the index was built have ended.");
			break;
		case PK_NEAR_INVALID:
			obstacle->decisive = true;
			obstacle->what = pstrdup("is invalid");
			obstacle->fact = psprintf("Index \"%s\" is invalid: its build failed or has not finished.", name);
			obstacle->remedy =
				psprintf("Unless it is being built, run REINDEX INDEX %s%s.",
						 index->rd_index->indisexclusion || IsCatalogRelationOid(table.relid) ? "" : "CONCURRENTLY ",
						 pk_quoted_relation_name(nearest->index));
			break;
	}
	index_close(index, NoLock);
}

/* The expected index has nothing to do with the conditions. */
static bool
tell_unrelated(PkTableRef table, List *conditions, Oid indexid, PkObstacle *obstacle)
{
	Relation index;
	PkKeyMatch match = {0};
	ListCell *cell;

	if (IndexGetRelation(indexid, true) != table.relid || conditions == NIL)
		return false;
	index = index_open(indexid, AccessShareLock);
	foreach (cell, conditions)
	{
		pk_match_key(index, 0, table, lfirst(cell), &match);
		if (match.kind != PK_MATCH_NONE)
			break;
	}
	if (match.kind == PK_MATCH_NONE)
	{
		obstacle->index = indexid;
		obstacle->fact = psprintf("No condition is on %s, the first key of index \"%s\".",
								  pk_keys_text(table, match.key), pk_index_name(indexid));
	}
	index_close(index, NoLock);
	return obstacle->fact != NULL;
}

bool
pk_obstacle_find(List *conditions, PkTableRef table, List *only, PkObstacle *obstacle)
{
	PkNearest nearest = {0};
	Relation relation = table_open(table.relid, AccessShareLock);
	ListCell *cell;
	ListCell *condition;

	memset(obstacle, 0, sizeof(*obstacle));
	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index;

		if (only != NIL && !list_member_oid(only, lfirst_oid(cell)))
			continue;
		index = index_open(lfirst_oid(cell), AccessShareLock);
		foreach (condition, conditions)
		{
			PkKeyMatch match;
			PkNearness near = measure(index, table, lfirst(condition), &match);

			if (near <= nearest.nearness)
				continue;
			nearest.nearness = near;
			nearest.index = RelationGetRelid(index);
			nearest.match = match;
			nearest.key = pk_keys_text(table, match.key);
		}
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	if (nearest.nearness == PK_NEAR_NOT)
		return only != NIL && tell_unrelated(table, conditions, llast_oid(only), obstacle);
	tell(table, &nearest, obstacle);
	return true;
}

void
pk_obstacle_partial(Oid index, PkObstacle *obstacle)
{
	Relation relation = index_open(index, AccessShareLock);
	PkTableRef table = {1, relation->rd_index->indrelid};
	Node *predicate = (Node *) make_ands_explicit(RelationGetIndexPredicate(relation));

	memset(obstacle, 0, sizeof(*obstacle));
	obstacle->index = index;
	obstacle->what = pstrdup("is partial, and the query does not imply its predicate");
	obstacle->fact = psprintf("Index \"%s\" covers only rows WHERE %s.", pk_index_name(index),
							  pk_keys_text(table, predicate));
	obstacle->remedy = pstrdup("If the query needs only those rows, add the predicate to its conditions verbatim.");
	index_close(relation, NoLock);
}

/* Find what an index cannot have as key or value, on either side of the comparison. */
static bool
tell_sides(PkTableRef table, Node *left, Node *right, Oid opno, PkObstacle *obstacle)
{
	bool on_left = bms_is_member(table.rti, pull_varnos(NULL, left));
	bool on_right = bms_is_member(table.rti, pull_varnos(NULL, right));
	Node *compared = pk_match_strip(on_left ? left : right);

	if (on_left && on_right)
	{
		obstacle->fact = pstrdup("The condition compares columns of the same row.");
		return true;
	}
	if (!on_left && !on_right)
		return false;
	if (contain_volatile_functions(on_left ? right : left))
	{
		obstacle->fact = pstrdup("The condition compares with a volatile value, which may differ for each row.");
		obstacle->remedy = pstrdup("Compute it once, in a subquery: (SELECT value).");
		return true;
	}
	if (contain_subplans(compared))
		return false;
	if (contain_mutable_functions(compared))
	{
		obstacle->fact = psprintf("The condition is on %s, which is not immutable, so no index can have it as a key.",
								  pk_keys_text(table, compared));
		obstacle->remedy = pstrdup("Compare the column itself.");
		return true;
	}
	if (is_negation(opno))
		tell_negation(pk_keys_text(table, compared), obstacle);
	else if (OidIsValid(opno) && !is_in_any_family(opno) && pk_keys_is_key(table, compared))
		obstacle->fact = psprintf("No access method supports operator %s.", operator_name(opno));
	return obstacle->fact != NULL;
}

static bool
tell_unanswerable(PkTableRef table, Node *condition, PkObstacle *obstacle)
{
	ListCell *cell;

	switch (nodeTag(condition))
	{
		case T_OpExpr:
			return list_length(((OpExpr *) condition)->args) == 2 &&
				   tell_sides(table, linitial(((OpExpr *) condition)->args), lsecond(((OpExpr *) condition)->args),
							  ((OpExpr *) condition)->opno, obstacle);
		case T_ScalarArrayOpExpr:
		{
			ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) condition;

			if (op->useOr && IsA(pk_match_strip(lsecond(op->args)), Var) &&
				!bms_is_member(table.rti, pull_varnos(NULL, linitial(op->args))))
			{
				char *array = pk_keys_text(table, pk_match_strip(lsecond(op->args)));

				obstacle->fact = psprintf("The condition searches array %s with ANY, which no index answers.", array);
				obstacle->remedy =
					psprintf("Write %s @> ARRAY[value], which an index USING gin (%s) answers.", array, array);
			}
			else if (!tell_sides(table, linitial(op->args), lsecond(op->args), op->useOr ? op->opno : InvalidOid,
								 obstacle) &&
					 !op->useOr && pk_keys_is_key(table, pk_match_strip(linitial(op->args))))
				tell_negation(pk_keys_text(table, pk_match_strip(linitial(op->args))), obstacle);
			return obstacle->fact != NULL;
		}
		case T_BooleanTest:
			if (!pk_keys_is_key(table, (Node *) ((BooleanTest *) condition)->arg))
				return false;
			tell_negation(pk_keys_text(table, (Node *) ((BooleanTest *) condition)->arg), obstacle);
			return true;
		case T_DistinctExpr:
			if (!pk_keys_is_key(table, pk_match_strip(linitial(((DistinctExpr *) condition)->args))))
				return false;
			tell_negation(pk_keys_text(table, linitial(((DistinctExpr *) condition)->args)), obstacle);
			return true;
		case T_BoolExpr:
			foreach (cell, ((BoolExpr *) condition)->args)
			{
				Node *arm = lfirst(cell);

				if (IsA(arm, SubPlan) && ((BoolExpr *) condition)->boolop == NOT_EXPR)
				{
					obstacle->fact =
						pstrdup("The condition is NOT IN with a subquery, which cannot be planned as a join.");
					obstacle->remedy = pstrdup("Write NOT EXISTS (SELECT ... WHERE ...), which can.");
					return true;
				}
				if (tell_unanswerable(table, arm, obstacle))
				{
					if (((BoolExpr *) condition)->boolop == OR_EXPR)
						obstacle->fact =
							psprintf("Each arm of an OR needs an index, but one cannot have any. %s", obstacle->fact);
					return true;
				}
			}
			return false;
		default:
			return false;
	}
}

bool
pk_obstacle_rewrite(List *conditions, PkTableRef table, PkObstacle *obstacle)
{
	ListCell *cell;

	memset(obstacle, 0, sizeof(*obstacle));
	foreach (cell, conditions)
	{
		OpExpr *op = (OpExpr *) lfirst(cell);
		ListCell *arg;

		if (!IsA(op, OpExpr))
			continue;
		foreach (arg, op->args)
		{
			List *columns = pull_var_clause(lfirst(arg), 0);
			char *column;

			if (list_length(columns) != 1 || !pk_keys_is_key(table, linitial(columns)) ||
				contain_volatile_functions((Node *) op) || contain_subplans((Node *) op) ||
				list_length(pull_var_clause((Node *) op, 0)) != 1)
				continue;
			column = pk_keys_text(table, linitial(columns));
			if (pk_match_is_implicit_cast(lfirst(arg)))
			{
				char *type = format_type_be(exprType(linitial(columns)));

				obstacle->fact = psprintf("The condition compares %s, of type %s, as %s, so it is cast in every row.",
										  column, type, format_type_be(exprType(lfirst(arg))));
				obstacle->remedy =
					psprintf("Pass the value as %s, so that an index on %s can answer the condition.", type, column);
				return true;
			}
			if (is_truncated_time(lfirst(arg), linitial(columns)))
			{
				obstacle->remedy = psprintf("Write it as a range, which an index on %s can answer: %s.", column,
											range_of(lfirst(arg), column));
				return true;
			}
		}
	}
	return false;
}

void
pk_obstacle_unanswerable(List *conditions, PkTableRef table, PkObstacle *obstacle)
{
	ListCell *cell;

	memset(obstacle, 0, sizeof(*obstacle));
	foreach (cell, conditions)
	{
		if (tell_unanswerable(table, lfirst(cell), obstacle))
			break;
	}
	if (obstacle->remedy == NULL)
		obstacle->remedy =
			pstrdup("Rewrite the condition to compare a column, or an expression of columns of this table, "
					"with something that does not depend on the table.");
}
