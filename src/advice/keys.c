/*
 * keys.c
 *	  The keys that an index would need to answer conditions on one table.
 *
 * An index on an expression of the table can answer a clause that compares this expression with
 * something that is not of the table. Whether it can, and by which access method, is looked up in
 * the operator families of the operator rather than in a list kept here, so that operators of
 * extensions (pg_trgm, PostGIS) are known too.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "plan/deparse.h"

static bool
has_parameter(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) || IsA(node, SubPlan) || IsA(node, AlternativeSubPlan))
		return true;
	return expression_tree_walker(node, has_parameter, context);
}

bool
pk_keys_is_key(PkTableRef table, Node *node)
{
	Bitmapset *relations = pull_varnos(NULL, node);
	Bitmapset *columns = NULL;
	int first;

	/* No system column or whole row, not even within an expression. */
	pull_varattnos(node, table.rti, &columns);
	first = bms_next_member(columns, -1);
	if (first >= 0 && first + FirstLowInvalidHeapAttributeNumber <= 0)
		return false;
	return bms_membership(relations) == BMS_SINGLETON && bms_is_member(table.rti, relations) &&
		   !has_parameter(node, NULL) && !contain_mutable_functions(node);
}

char *
pk_keys_text(PkTableRef table, Node *node)
{
	Node *copy = copyObject(node);

	ChangeVarNodes(copy, table.rti, 1, 0);
	/* Show implicit casts, since the key differs from the column without them. */
	return pk_deparse_on_table(copy, table.relid, true);
}

/* The expression as CREATE INDEX takes it. */
static char *
key_text(const PkKeys *keys, Node *node, Oid collation)
{
	char *text = pk_keys_text(keys->table, node);

	if (!IsA(node, Var))
		text = psprintf("(%s)", text);
	if (OidIsValid(collation) && OidIsValid(exprCollation(node)) && collation != exprCollation(node))
		text = psprintf("%s COLLATE %s", text, generate_collation_name(collation));
	return text;
}

List *
pk_keys_append(List *texts, char *text)
{
	ListCell *cell;

	foreach (cell, texts)
	{
		if (strcmp(lfirst(cell), text) == 0)
			return texts;
	}
	return lappend(texts, text);
}

/*
 * Name of the operator class of "family" for the type; "" if it is the default, NULL if there is
 * none.
 */
static const char *
opclass_name(Oid method, Oid family, Oid type)
{
	Oid default_class = GetDefaultOpClass(type, method);
	CatCList *classes;
	const char *name = NULL;

	if (OidIsValid(default_class) && get_opclass_family(default_class) == family)
		return "";

	classes = SearchSysCacheList1(CLAAMNAMENSP, ObjectIdGetDatum(method));
	for (int i = 0; i < classes->n_members && name == NULL; i++)
	{
		Form_pg_opclass form = (Form_pg_opclass) GETSTRUCT(&classes->members[i]->tuple);

		if (form->opcfamily != family || !IsBinaryCoercible(type, form->opcintype))
			continue;
		name = quote_qualified_identifier(
			OpclassIsVisible(form->oid) ? NULL : get_namespace_name(form->opcnamespace),
			NameStr(form->opcname));
	}
	ReleaseCatCacheList(classes);
	return name;
}

/*
 * The operator class by which "method" can answer the operator on the key, preferably the default
 * one: see opclass_name().
 */
static const char *
class_for(Node *key, Oid opno, Oid method, char purpose)
{
	CatCList *families = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(opno));
	const char *class = NULL;

	for (int i = 0; i < families->n_members && (class == NULL || *class != '\0'); i++)
	{
		Form_pg_amop form = (Form_pg_amop) GETSTRUCT(&families->members[i]->tuple);
		const char *name;

		if (form->amopmethod != method || form->amoppurpose != purpose)
			continue;
		name = opclass_name(method, form->amopfamily, exprType(key));
		if (name != NULL && (class == NULL || *name == '\0'))
			class = name;
	}
	ReleaseCatCacheList(families);
	return class;
}

/* A key whose operator only "method" supports needs an index of its own. */
static bool
add_separate_key(PkKeys *keys, Node *key, Oid opno, Oid collation, Oid method, const char *method_name)
{
	const char *class = class_for(key, opno, method, AMOP_SEARCH);

	if (class == NULL)
		return false;
	keys->separate = pk_keys_append(keys->separate, psprintf("USING %s (%s%s%s)", method_name,
															 key_text(keys, key, collation), *class ? " " : "", class));
	return true;
}

char *
pk_keys_order_text(PkTableRef table, Node *key, Oid opno)
{
	const PkKeys keys = {.table = table};
	const char *method = "gist";
	const char *class = class_for(key, opno, GIST_AM_OID, AMOP_ORDER);

	if (class == NULL)
	{
		method = "spgist";
		class = class_for(key, opno, SPGIST_AM_OID, AMOP_ORDER);
	}
	if (class == NULL)
		return NULL;
	return psprintf("USING %s (%s%s%s)", method, key_text(&keys, key, InvalidOid), *class ? " " : "", class);
}

char *
pk_keys_btree_text(const PkKeys *keys, Node *key, Oid opno, Oid collation)
{
	const char *class = "";

	if (OidIsValid(opno))
		class = class_for(key, opno, BTREE_AM_OID, AMOP_SEARCH);
	else if (!OidIsValid(GetDefaultOpClass(exprType(key), BTREE_AM_OID)))
		return NULL;
	if (class == NULL)
		return NULL;
	return psprintf("%s%s%s", key_text(keys, key, collation), *class ? " " : "", class);
}

bool
pk_keys_add_btree(PkKeys *keys, Node *key, Oid opno, Oid collation, bool equal)
{
	char *text = pk_keys_btree_text(keys, key, opno, collation);

	if (text == NULL)
		return false;
	if (equal)
		keys->equal = pk_keys_append(keys->equal, text);
	else if (keys->range == NIL) /* a B-tree narrows by one range only */
		keys->range = list_make1(text);
	return true;
}

/*
 * LIKE 'abc%', ~ '^abc' and ^@ 'abc' are a range of strings to a B-tree that compares them byte
 * by byte. Returns the operator class that does, preceded by a blank; NULL for anything but such
 * a match.
 */
static const char *
prefix_match_class(Oid opno, Node *pattern, Oid collation)
{
	if (pk_match_prefix_pattern(opno, pattern) == NULL)
		return NULL;
	switch (opno)
	{
		case OID_TEXT_LIKE_OP:
		case OID_TEXT_REGEXEQ_OP:
		case PK_CLAUSE_STARTS_WITH_OP:
			return pk_match_family_has_prefixes(TEXT_BTREE_FAM_OID, collation) ? "" : " text_pattern_ops";
		case OID_BPCHAR_LIKE_OP:
		case OID_BPCHAR_REGEXEQ_OP:
			return pk_match_family_has_prefixes(BPCHAR_BTREE_FAM_OID, collation) ? "" : " bpchar_pattern_ops";
		case OID_NAME_LIKE_OP:
		case OID_NAME_REGEXEQ_OP:
			return ""; /* names are compared byte by byte anyway */
		default:
			return NULL; /* an extension's type, such as citext: no index is known for its LIKE */
	}
}

StrategyNumber
pk_keys_btree_strategy(Oid opno)
{
	CatCList *families = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(opno));
	StrategyNumber strategy = 0;

	for (int i = 0; i < families->n_members && strategy == 0; i++)
	{
		Form_pg_amop form = (Form_pg_amop) GETSTRUCT(&families->members[i]->tuple);

		if (form->amopmethod == BTREE_AM_OID && form->amoppurpose == AMOP_SEARCH)
			strategy = form->amopstrategy;
	}
	ReleaseCatCacheList(families);
	return strategy;
}

/* key OPERATOR value */
static void
add_comparison(PkKeys *keys, Node *key, Oid opno, Node *value, Oid collation)
{
	const char *prefix_class;

	if (!OidIsValid(opno) || !pk_keys_is_key(keys->table, key) || contain_volatile_functions(value))
		return;
	/*
	 * Instead of an index on a column that is cast, the value should have the type of the column.
	 */
	if (pk_clause_is_implicit_cast(key) || pk_clause_is_measure(key))
		return;

	if (pk_keys_btree_strategy(opno) != 0 &&
		pk_keys_add_btree(keys, key, opno, collation, pk_keys_btree_strategy(opno) == BTEqualStrategyNumber))
		return;
	if ((prefix_class = prefix_match_class(opno, value, collation)) != NULL)
		keys->separate =
			pk_keys_append(keys->separate, psprintf("(%s%s)", key_text(keys, key, collation), prefix_class));
	else if (!add_separate_key(keys, key, opno, collation, GIN_AM_OID, "gin") &&
			 !add_separate_key(keys, key, opno, collation, GIST_AM_OID, "gist") &&
			 !add_separate_key(keys, key, opno, collation, SPGIST_AM_OID, "spgist"))
		(void) add_separate_key(keys, key, opno, collation, HASH_AM_OID, "hash");
}

/*
 * One arm of an OR: it needs an index of its own, so that the bitmaps of all arms can be ORed.
 * False if no index can answer it.
 */
static bool
add_arm(PkKeys *keys, Node *clause)
{
	PkKeys arm = {.table = keys->table};
	StringInfoData columns;
	ListCell *cell;

	if (pk_match_served(keys->table, clause))
		return true;
	pk_keys_add_clause(&arm, clause);
	arm.equal = list_concat(arm.equal, arm.range);
	if (arm.equal == NIL)
	{
		foreach (cell, arm.separate != NIL ? list_make1(linitial(arm.separate)) : arm.together)
		{
			keys->together = pk_keys_append(keys->together, lfirst(cell));
		}
		return arm.separate != NIL || arm.together != NIL;
	}
	initStringInfo(&columns);
	foreach (cell, arm.equal)
	{
		if (foreach_current_index(cell) == INDEX_MAX_KEYS)
			break;
		appendStringInfo(&columns, "%s%s", columns.len > 0 ? ", " : "", (char *) lfirst(cell));
	}
	keys->together = pk_keys_append(keys->together, psprintf("(%s)", columns.data));
	return true;
}

/* An OR: unless all arms have an index, none is of use. One OR is enough to narrow the scan. */
static void
add_or(PkKeys *keys, List *arms)
{
	PkKeys together = {.table = keys->table};
	ListCell *cell;

	foreach (cell, arms)
	{
		if (!add_arm(&together, lfirst(cell)))
			return;
	}
	if (keys->together == NIL)
		keys->together = together.together;
}

/* A boolean column, or one that is tested for null. */
static void
add_test(PkKeys *keys, Node *key, bool equal)
{
	if (pk_keys_is_key(keys->table, key))
		(void) pk_keys_add_btree(keys, key, InvalidOid, InvalidOid, equal);
}

/*
 * (a, b) > (1, 2), up to the first expression on the left that is not of the table or not ordered.
 */
static void
add_row_comparison(PkKeys *keys, RowCompareExpr *row)
{
	ListCell *key;
	ListCell *opno;
	ListCell *collation;

	if (keys->range != NIL)
		return;
	forthree(key, row->largs, opno, row->opnos, collation, row->inputcollids)
	{
		Node *stripped = pk_clause_strip(lfirst(key));
		char *text = NULL;

		if (pk_keys_is_key(keys->table, stripped))
			text = pk_keys_btree_text(keys, stripped, lfirst_oid(opno), lfirst_oid(collation));
		if (text == NULL)
			break;
		keys->range = pk_keys_append(keys->range, text);
	}
}

void
pk_keys_add_clause(PkKeys *keys, Node *node)
{
	PkClause clause;
	ListCell *cell;

	pk_clause_take(node, keys->table, &clause);
	switch (clause.form)
	{
		case PK_CLAUSE_COMPARISON:
			/* Another index of the same kind would be no better than the one that is there. */
			if (!clause.both_sides &&
				(pk_keys_btree_strategy(clause.opno) != 0 || !pk_match_served(keys->table, node)))
				add_comparison(keys, clause.compared, clause.opno, clause.value, clause.collation);
			break;
		case PK_CLAUSE_ANY:
			if (bms_is_member(keys->table.rti, pull_varnos(NULL, clause.value)))
				break;
			add_comparison(keys, clause.compared, clause.opno, clause.value, clause.collation);
			keys->several_values = true;
			break;
		case PK_CLAUSE_ROW:
			add_row_comparison(keys, (RowCompareExpr *) node);
			break;
		case PK_CLAUSE_NULL_TEST:
			add_test(keys, clause.compared, !clause.negated);
			break;
		case PK_CLAUSE_TRUTH:
			add_test(keys, clause.compared, true);
			break;
		case PK_CLAUSE_AND:
			foreach (cell, clause.args)
			{
				pk_keys_add_clause(keys, lfirst(cell));
			}
			break;
		case PK_CLAUSE_OR:
			add_or(keys, clause.args);
			break;
		case PK_CLAUSE_ALL:
		case PK_CLAUSE_NOT_TRUTH:
		case PK_CLAUSE_DISTINCT:
		case PK_CLAUSE_FUNCTION:
		case PK_CLAUSE_SUBPLAN:
		case PK_CLAUSE_NOT:
		case PK_CLAUSE_OTHER:
			break;
	}
}
