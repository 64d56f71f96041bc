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
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "common/catalog.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/inside.h"
#include "causes/invalid.h"
#include "causes/obstacle.h"
#include "causes/partial.h"
#include "causes/solve.h"
#include "causes/value_type.h"
#include "causes/wording.h"

/* How close an index comes to serving. */
typedef enum PkNearness
{
	PK_NEAR_NOT,
	PK_NEAR_POSITION, /* the column is not the first */
	PK_NEAR_OPERATOR,
	PK_NEAR_OTHER_EXPRESSION, /* the index has another expression of the same columns */
	PK_NEAR_INSIDE,
	PK_NEAR_SAME_FUNCTION, /* the same function with other arguments */
	PK_NEAR_SAME_COLUMNS,  /* the same function of the same columns */
	PK_NEAR_COLLATION,
	PK_NEAR_TOO_NEW,
	PK_NEAR_INVALID,
} PkNearness;

typedef struct PkNearest
{
	PkNearness nearness;
	Oid index;
	int position; /* of the key that the match is about, from 0 */
	PkKeyMatch match;
	Node *condition;
	bool one_arm; /* the condition is an arm of an OR, of which the others have an index */
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

static const char *
function_name(Node *node)
{
	return IsA(node, FuncExpr) ? get_func_name(((FuncExpr *) node)->funcid) : NULL;
}

/*
 * Does the condition compare an expression like the index's key, by an operator that the key has?
 * It was probably meant to be the same: lower() and upper(), two text search configurations,
 * COALESCE on one side only.
 */
static PkNearness
measure_similar(const PkInquiry *inquiry, Oid family, Node *condition, PkKeyMatch *found)
{
	Bitmapset *condition_columns = NULL;
	Bitmapset *key_columns = NULL;
	PkClause clause;
	const char *name;
	const char *key_name = function_name(found->key);

	pk_clause_take(condition, inquiry->table, &clause);
	if ((clause.form != PK_CLAUSE_COMPARISON && clause.form != PK_CLAUSE_ANY) || clause.both_sides ||
		clause.compared == NULL || IsA(clause.compared, Var) || !OidIsValid(clause.opno) ||
		!op_in_opfamily(clause.opno, family) || exprType(clause.compared) != exprType(found->key))
		return PK_NEAR_NOT;
	pull_varattnos(clause.compared, inquiry->table.rti, &condition_columns);
	pull_varattnos(found->key, inquiry->table.rti, &key_columns);
	found->compared = clause.compared;
	name = function_name(clause.compared);
	if (name != NULL && key_name != NULL && strcmp(name, key_name) == 0 && bms_overlap(condition_columns, key_columns))
		return bms_equal(condition_columns, key_columns) ? PK_NEAR_SAME_COLUMNS : PK_NEAR_SAME_FUNCTION;
	return bms_equal(condition_columns, key_columns) ? PK_NEAR_OTHER_EXPRESSION : PK_NEAR_NOT;
}

static PkFinding *
find_similar(const PkInquiry *inquiry, const PkNearest *nearest)
{
	Node *compared = nearest->match.compared;
	PkFinding *finding = pk_inquiry_make(inquiry, PK_CAUSE_FUNCTION);

	if (contain_mutable_functions(compared))
		finding->cause = PK_CAUSE_NOT_IMMUTABLE;
	finding->as_indexed = pk_keys_text(inquiry->table, nearest->match.key);
	finding->expression = pk_keys_text(inquiry->table, compared);
	finding->expression_type = format_type_be(exprType(compared));
	return finding;
}

/*
 * How the condition relates to the keys of the index; of a B-tree and a hash index only the first
 * one counts.
 */
static PkNearness
measure(const PkInquiry *inquiry, Relation index, Node *condition, PkNearest *nearest)
{
	PkTableRef table = inquiry->table;
	bool any_position = inquiry->all_keys ||
						(index->rd_indam->amoptionalkey && index->rd_rel->relam != BTREE_AM_OID);
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
		else if (found.kind == PK_MATCH_NONE && !IsA(found.key, Var))
			near = measure_similar(inquiry, index->rd_opfamily[key], condition, &found);
		if (near > nearness)
		{
			nearness = near;
			nearest->position = key;
			nearest->match = found;
		}
	}
	return nearness;
}

PkFinding *
pk_obstacle_negation(const PkInquiry *inquiry, Node *compared)
{
	PkFinding *finding = pk_inquiry_make(inquiry, PK_CAUSE_NEGATION);

	finding->column = pk_keys_text(inquiry->table, compared);
	return finding;
}

/* The key is compared as another type, which has another idea of equality and order. */
static PkFinding *
find_relabeled(const PkInquiry *inquiry, const PkClause *clause)
{
	RelabelType *relabel = castNode(RelabelType, clause->relabeled);
	bool implicit = relabel->relabelformat == COERCE_IMPLICIT_CAST;
	PkFinding *finding = pk_inquiry_make(inquiry, implicit ? PK_CAUSE_VALUE_TYPE : PK_CAUSE_CAST);

	finding->column = pk_keys_text(inquiry->table, clause->compared);
	finding->type = format_type_be(exprType(clause->compared));
	finding->expression = psprintf("(%s)::%s", finding->column, format_type_be(relabel->resulttype));
	finding->expression_type = format_type_be(relabel->resulttype);
	/* An index for the other type would answer the query as it is, which probably is not meant. */
	finding->decisive = true;
	if (implicit)
		pk_value_type_rewrite(inquiry, clause, clause->compared, finding);
	return finding;
}

/*
 * A prefix of a citext, whatever the case: no B-tree has that, but it has the prefix of the text in
 * lower case, if the condition says so.
 */
static void
add_lower(const PkInquiry *inquiry, const PkKeyMatch *match, PkFinding *finding)
{
	Oid type = exprType(match->key);
	Oid extension = get_extension_oid("citext", true);
	char *name = get_opname(match->opno);
	Const *value = (Const *) match->value;
	char *pattern;
	char *lower;

	if (!OidIsValid(extension) || getExtensionOfObject(TypeRelationId, type) != extension || value == NULL ||
		!IsA(value, Const) || value->constisnull || value->consttype != type ||
		(strcmp(name, "~~") != 0 && strcmp(name, "~~*") != 0))
		return;
	pattern = TextDatumGetCString(value->constvalue);
	if (*pattern == '\0' || *pattern == '%' || *pattern == '_')
		return;
	lower = psprintf("lower((%s)::text)", pk_keys_text(inquiry->table, match->key));
	finding->use = PK_CANDIDATE_FILTER;
	finding->columns = lower;
	finding->remedy_sql =
		psprintf("CREATE INDEX ON %s (%s text_pattern_ops)", pk_quoted_relation_name(inquiry->table.relid), lower);
	finding->fixed = psprintf("%s LIKE lower(%s)", lower, quote_literal_cstr(pattern));
	finding->unproven = pstrdup("the query was not planned with both the index and the other condition");
}

/* The condition is on the key, by an operator that the operator class lacks. */
static PkFinding *
find_operator(const PkInquiry *inquiry, const PkNearest *nearest, Relation index)
{
	const PkKeyMatch *match = &nearest->match;
	PkClause clause = {.value = match->value};
	const char *pattern = pk_clause_pattern(&clause);
	PkFinding *finding;
	PkClause whole;

	/* A binary-coercible cast, as of citext to text, changes the operators and not the value. */
	pk_clause_take(nearest->condition, inquiry->table, &whole);
	if (whole.relabeled != NULL && equal(whole.compared, match->key) &&
		!IsBinaryCoercible(exprType(whole.relabeled), index->rd_opcintype[nearest->position]))
		return find_relabeled(inquiry, &whole);

	if (pk_clause_is_negation(match->opno) || !OidIsValid(match->opno))
		return pk_obstacle_negation(inquiry, match->key);
	if (pk_match_is_pattern(match->opno) && match->value != NULL && !IsA(match->value, Const) &&
		index->rd_rel->relam == BTREE_AM_OID)
	{
		finding = pk_inquiry_make(inquiry, PK_CAUSE_UNKNOWN_PATTERN);
		finding->decisive = true;
	}
	else if (pk_match_prefix_pattern(match->opno, match->value) != NULL)
		finding = pk_inquiry_make(inquiry, PK_CAUSE_PATTERN_COLLATION);
	else if (pattern != NULL && (*pattern == '%' || *pattern == '_') && index->rd_rel->relam == BTREE_AM_OID)
		finding = pk_inquiry_make(inquiry, PK_CAUSE_LEADING_WILDCARD);
	else
	{
		finding = pk_inquiry_make(inquiry, PK_CAUSE_OPERATOR_CLASS);
		if (index->rd_rel->relam == BTREE_AM_OID && match->value != NULL)
		{
			finding->remedy_sql = pk_solve_containment(inquiry, match->opno, match->key, match->value);
			finding->remedy_kind = finding->remedy_sql != NULL ? PK_REMEDY_CONDITION : PK_REMEDY_STATEMENT;
		}
		if (finding->remedy_sql == NULL)
			add_lower(inquiry, match, finding);
		finding->decisive = finding->remedy_sql != NULL;
	}
	finding->column = pk_keys_text(inquiry->table, match->key);
	finding->collation = collation_name(index->rd_indcollation[nearest->position]);
	finding->method = get_am_name(index->rd_rel->relam);
	finding->family = family_name(index->rd_opfamily[nearest->position]);
	finding->operator= pk_clause_operator_name(match->opno);
	return finding;
}

static PkFinding *
find_nearest(const PkInquiry *inquiry, const PkNearest *nearest)
{
	Relation index;
	Oid method;
	PkFinding *finding = NULL;

	if (nearest->nearness == PK_NEAR_NOT)
		return NULL;
	index = index_open(nearest->index, AccessShareLock);
	switch (nearest->nearness)
	{
		case PK_NEAR_NOT:
			break;
		case PK_NEAR_POSITION:
			finding = pk_inquiry_make(inquiry, PK_CAUSE_KEY_POSITION);
			break;
		case PK_NEAR_OPERATOR:
			finding = find_operator(inquiry, nearest, index);
			break;
		case PK_NEAR_INSIDE:
			finding = pk_inside_find(inquiry, nearest->match.key, nearest->match.compared, nearest->condition,
									 !nearest->one_arm);
			break;
		case PK_NEAR_COLLATION:
			finding = pk_inquiry_make(inquiry, PK_CAUSE_COLLATION);
			finding->collation = collation_name(index->rd_indcollation[nearest->position]);
			finding->other_collation = collation_name(nearest->match.collation);
			break;
		case PK_NEAR_TOO_NEW:
			finding = pk_inquiry_make(inquiry, PK_CAUSE_INDEX_TOO_NEW);
			finding->decisive = true;
			break;
		case PK_NEAR_INVALID:
			finding = pk_invalid_of_index(inquiry, index);
			break;
		case PK_NEAR_OTHER_EXPRESSION:
		case PK_NEAR_SAME_FUNCTION:
		case PK_NEAR_SAME_COLUMNS:
			finding = find_similar(inquiry, nearest);
			break;
	}
	method = index->rd_rel->relam;
	index_close(index, NoLock);
	if (finding == NULL)
		return NULL;
	finding->index = nearest->index;
	if (nearest->nearness != PK_NEAR_INSIDE)
		finding->condition = pk_inquiry_condition(inquiry, nearest->condition);
	finding->one_arm = nearest->one_arm;
	if (method != GIN_AM_OID)
		finding->contains = NULL;
	if (finding->column == NULL && finding->as_indexed == NULL)
		finding->column = pk_keys_text(inquiry->table, nearest->match.key);
	return finding;
}

/* The expected index has nothing to do with the conditions. */
static PkFinding *
find_unrelated(const PkInquiry *inquiry)
{
	Oid indexid = llast_oid(inquiry->expected);
	PkFinding *finding = NULL;
	Relation index;
	PkKeyMatch match = {0};
	ListCell *cell;

	if (IndexGetRelation(indexid, true) != inquiry->table.relid || inquiry->conditions == NIL)
		return NULL;
	index = index_open(indexid, AccessShareLock);
	foreach (cell, inquiry->conditions)
	{
		pk_match_key(index, 0, inquiry->table, lfirst(cell), &match);
		if (match.kind != PK_MATCH_NONE)
			break;
	}
	if (match.kind == PK_MATCH_NONE)
	{
		finding = pk_inquiry_make(inquiry, PK_CAUSE_UNRELATED_INDEX);
		finding->index = indexid;
		finding->column = pk_keys_text(inquiry->table, match.key);
	}
	index_close(index, NoLock);
	return finding;
}

/* The only arm of an OR that no index answers; NULL if there are several, or none. */
static Node *
unserved_arm(const PkInquiry *inquiry, Node *condition)
{
	Node *unserved = NULL;
	PkClause clause;
	ListCell *cell;

	pk_clause_take(condition, inquiry->table, &clause);
	if (clause.form != PK_CLAUSE_OR)
		return NULL;
	foreach (cell, clause.args)
	{
		if (pk_match_served(inquiry->table, lfirst(cell)))
			continue;
		if (unserved != NULL)
			return NULL;
		unserved = lfirst(cell);
	}
	return unserved;
}

/* Keep the index if it comes nearer than those before. */
static void
approach(const PkInquiry *inquiry, Relation index, Node *condition, bool one_arm, PkNearest *nearest)
{
	PkNearest found = {0};

	found.nearness = measure(inquiry, index, condition, &found);
	if (found.nearness <= nearest->nearness)
		return;
	*nearest = found;
	nearest->index = RelationGetRelid(index);
	nearest->condition = condition;
	nearest->one_arm = one_arm;
}

PkFinding *
pk_obstacle_nearest(const PkInquiry *inquiry)
{
	PkNearest nearest = {0};
	Relation relation = table_open(inquiry->table.relid, AccessShareLock);
	ListCell *cell;
	ListCell *condition;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index;

		if (inquiry->expected != NIL && !list_member_oid(inquiry->expected, lfirst_oid(cell)))
			continue;
		index = index_open(lfirst_oid(cell), AccessShareLock);
		if (inquiry->expected == NIL && !pk_partial_is_implied(inquiry, index))
		{
			/* Whatever the condition were, it would not serve: see pk_partial_find(). */
			index_close(index, NoLock);
			continue;
		}
		foreach (condition, inquiry->conditions)
		{
			Node *arm = unserved_arm(inquiry, lfirst(condition));

			approach(inquiry, index, lfirst(condition), false, &nearest);
			if (arm != NULL)
				approach(inquiry, index, arm, true, &nearest);
		}
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);

	return find_nearest(inquiry, &nearest);
}

PkFinding *
pk_obstacle_find(const PkInquiry *inquiry)
{
	PkFinding *finding = pk_obstacle_nearest(inquiry);
	PkFinding *partial;

	/*
	 * An unusable index takes precedence over one for other rows, and that over one for other
	 * conditions.
	 */
	if (finding != NULL && finding->decisive)
		return finding;
	partial = pk_partial_find(inquiry);
	if (partial != NULL)
		return partial;
	if (finding == NULL && inquiry->expected != NIL)
		return find_unrelated(inquiry);
	return finding;
}
