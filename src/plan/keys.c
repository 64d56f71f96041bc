/*
 * keys.c
 *	  What an index would need as keys to answer conditions on one table.
 *
 * A clause that compares something of the table with something that is not can be answered by an index on the former.
 * Whether, and by which access method, is not a list of operators kept here: the operator's own operator families say
 * it, so that operators of extensions (trigrams, PostGIS) are known too.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "plan/keys.h"

static bool
has_parameter(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) || IsA(node, SubPlan) || IsA(node, AlternativeSubPlan))
		return true;
	return expression_tree_walker(node, has_parameter, context);
}

Node *
pk_keys_strip_relabel(Node *node)
{
	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/* Can an index have this expression as key? */
static bool
is_key(const PkKeys *keys, Node *node)
{
	Bitmapset *relations = pull_varnos(NULL, node);

	if (IsA(node, Var) && ((Var *) node)->varattno <= 0)
		return false; /* a whole row or a system column */
	return bms_membership(relations) == BMS_SINGLETON && bms_is_member(keys->rti, relations) &&
		   !has_parameter(node, NULL) && !contain_mutable_functions(node);
}

/* The expression as CREATE INDEX has it. */
static char *
key_text(const PkKeys *keys, Node *node)
{
	Node *copy = copyObject(node);
	char *text;

	ChangeVarNodes(copy, keys->rti, 1, 0);
	/* Implicit casts are part of the key: the column below one is another. */
	text = deparse_expression(copy, deparse_context_for(get_rel_name(keys->relid), keys->relid), false, true);
	return IsA(copy, Var) ? text : psprintf("(%s)", text);
}

Oid
pk_keys_find_index(Oid relid, AttrNumber column, Oid method)
{
	Relation relation = table_open(relid, AccessShareLock);
	Oid found = InvalidOid;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		if (index->rd_rel->relam == method && index->rd_index->indkey.values[0] == column)
			found = RelationGetRelid(index);
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return found;
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

/* A key that wants an index of its own: "tail" follows CREATE INDEX ON table. */
static void
add_separate_index(PkKeys *keys, Node *key, Oid method, char *tail)
{
	Oid existing = IsA(key, Var) ? pk_keys_find_index(keys->relid, ((Var *) key)->varattno, method) : InvalidOid;

	if (OidIsValid(existing))
		keys->existing = existing;
	else
		keys->separate = pk_keys_append(keys->separate, tail);
}

void
pk_keys_add_btree(PkKeys *keys, Node *key, bool equal)
{
	AttrNumber column = IsA(key, Var) ? ((Var *) key)->varattno : 0;

	if (!OidIsValid(GetDefaultOpClass(exprType(key), BTREE_AM_OID)))
		return;
	if (equal)
	{
		if (keys->equal == NIL)
			keys->first_equal = column;
		keys->equal = pk_keys_append(keys->equal, key_text(keys, key));
	}
	else if (keys->range == NIL) /* a b-tree narrows by one range only */
	{
		keys->first_range = column;
		keys->range = list_make1(key_text(keys, key));
	}
}

/* Name of the operator class of "family" that takes the type, "" when it is the default one, NULL when there is none. */
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

/* A key whose operator only "method" has: an index of its own. */
static bool
add_separate_key(PkKeys *keys, Node *key, Oid operator, Oid method, const char *method_name)
{
	CatCList *families = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(operator));
	const char *class = NULL;

	for (int i = 0; i < families->n_members && class == NULL; i++)
	{
		Form_pg_amop form = (Form_pg_amop) GETSTRUCT(&families->members[i]->tuple);

		if (form->amopmethod == method && form->amoppurpose == AMOP_SEARCH)
			class = opclass_name(method, form->amopfamily, exprType(key));
	}
	ReleaseCatCacheList(families);
	if (class == NULL)
		return false;
	add_separate_index(keys, key, method,
					   psprintf("USING %s (%s%s%s)", method_name, key_text(keys, key), *class ? " " : "",
								class));
	return true;
}

/*
 * LIKE 'abc%' is a range of strings, to a b-tree that compares byte by byte: the operator class that does, with a blank before it, NULL
 * for anything but such a match.
 */
static const char *
prefix_match_class(Oid operator, Node * pattern)
{
	const char *name = get_opname(operator);
	const char *string;

	if (name == NULL || strcmp(name, "~~") != 0 || !IsA(pattern, Const) ||
		((Const *) pattern)->constisnull || ((Const *) pattern)->consttype != TEXTOID)
		return NULL;
	string = TextDatumGetCString(((Const *) pattern)->constvalue);
	if (string[0] == '\0' || string[0] == '%' || string[0] == '_')
		return NULL;
	switch (operator)
	{
		case OID_TEXT_LIKE_OP:
			return " text_pattern_ops";
		case OID_BPCHAR_LIKE_OP:
			return " bpchar_pattern_ops";
		case OID_NAME_LIKE_OP:
			return ""; /* names are compared so anyway */
		default:
			return NULL; /* a type of an extension's, such as citext, for whose LIKE no index is known */
	}
}

StrategyNumber
pk_keys_btree_strategy(Oid operator)
{
	CatCList *families = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(operator));
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
add_comparison(PkKeys *keys, Node *key, Oid operator, Node * value)
{
	StrategyNumber strategy;
	const char *prefix_class;

	key = pk_keys_strip_relabel(key);
	if (!OidIsValid(operator) || !is_key(keys, key) || contain_volatile_functions(value))
		return;

	strategy = pk_keys_btree_strategy(operator);
	if (strategy != 0)
		pk_keys_add_btree(keys, key, strategy == BTEqualStrategyNumber);
	else if ((prefix_class = prefix_match_class(operator, value)) != NULL)
		keys->separate = pk_keys_append(keys->separate, psprintf("(%s%s)", key_text(keys, key), prefix_class));
	else if (!add_separate_key(keys, key, operator, GIN_AM_OID, "gin") &&
			 !add_separate_key(keys, key, operator, GIST_AM_OID, "gist"))
		(void) add_separate_key(keys, key, operator, SPGIST_AM_OID, "spgist");
}

/*
 * One arm of an OR: it needs an index of its own, so that the bitmaps of all arms can be ORed. False when no index can
 * have it.
 */
static bool
add_arm(PkKeys *keys, Node *clause)
{
	PkKeys arm = {.rti = keys->rti, .relid = keys->relid};
	AttrNumber first;
	ListCell *cell;
	StringInfoData columns;

	pk_keys_add_clause(&arm, clause);
	foreach (cell, arm.separate)
	{
		keys->separate = pk_keys_append(keys->separate, lfirst(cell));
	}
	if (arm.existing)
		keys->existing = arm.existing;

	arm.equal = list_concat(arm.equal, arm.range);
	if (arm.equal == NIL)
		return arm.separate != NIL || OidIsValid(arm.existing);
	first = arm.first_equal ? arm.first_equal : arm.first_range;
	if (first != 0 && OidIsValid(pk_keys_find_index(keys->relid, first, BTREE_AM_OID)))
	{
		keys->existing = pk_keys_find_index(keys->relid, first, BTREE_AM_OID);
		return true;
	}
	initStringInfo(&columns);
	foreach (cell, arm.equal)
	{
		appendStringInfo(&columns, "%s%s", columns.len > 0 ? ", " : "", (char *) lfirst(cell));
	}
	keys->separate = pk_keys_append(keys->separate, psprintf("(%s)", columns.data));
	return true;
}

/* An OR, all of whose arms must have an index, or none is of use. */
static void
add_or(PkKeys *keys, List *arms)
{
	PkKeys together = *keys;
	ListCell *cell;

	together.separate = list_copy(keys->separate);
	foreach (cell, arms)
	{
		if (!add_arm(&together, lfirst(cell)))
			return;
	}
	*keys = together;
}

void
pk_keys_add_clause(PkKeys *keys, Node *clause)
{
	ListCell *cell;

	check_stack_depth();
	switch (nodeTag(clause))
	{
		case T_OpExpr:
		{
			OpExpr *op = (OpExpr *) clause;

			if (list_length(op->args) != 2)
				break;
			if (!bms_is_member(keys->rti, pull_varnos(NULL, lsecond(op->args))))
				add_comparison(keys, linitial(op->args), op->opno, lsecond(op->args));
			else if (!bms_is_member(keys->rti, pull_varnos(NULL, linitial(op->args))))
				add_comparison(keys, lsecond(op->args), get_commutator(op->opno), linitial(op->args));
			break;
		}
		case T_ScalarArrayOpExpr:
			if (((ScalarArrayOpExpr *) clause)->useOr)
			{
				ScalarArrayOpExpr *any = (ScalarArrayOpExpr *) clause;

				if (!bms_is_member(keys->rti, pull_varnos(NULL, lsecond(any->args))))
					add_comparison(keys, linitial(any->args), any->opno, lsecond(any->args));
			}
			break;
		case T_RowCompareExpr:
			if (keys->range == NIL)
			{
				foreach (cell, ((RowCompareExpr *) clause)->largs)
				{
					Node *key = pk_keys_strip_relabel(lfirst(cell));

					if (!is_key(keys, key))
						break;
					if (keys->range == NIL)
						keys->first_range = IsA(key, Var) ? ((Var *) key)->varattno : 0;
					keys->range = pk_keys_append(keys->range, key_text(keys, key));
				}
			}
			break;
		case T_NullTest:
			if (is_key(keys, pk_keys_strip_relabel((Node *) ((NullTest *) clause)->arg)))
				pk_keys_add_btree(keys, pk_keys_strip_relabel((Node *) ((NullTest *) clause)->arg),
								  ((NullTest *) clause)->nulltesttype == IS_NULL);
			break;
		case T_Var:
			if (is_key(keys, clause)) /* a boolean column */
				pk_keys_add_btree(keys, clause, true);
			break;
		case T_BoolExpr:
		{
			BoolExpr *bool_expr = (BoolExpr *) clause;

			if (bool_expr->boolop == OR_EXPR)
			{
				add_or(keys, bool_expr->args);
				break;
			}
			foreach (cell, bool_expr->args)
			{
				if (bool_expr->boolop == AND_EXPR || IsA(lfirst(cell), Var))
					pk_keys_add_clause(keys, lfirst(cell));
			}
			break;
		}
		default:
			break;
	}
}
