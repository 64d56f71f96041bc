/*
 * rewrite.c
 *	  A condition of a query replaced by another one while the query is planned.
 *
 * The text of a query cannot be edited: where a condition begins and ends in it is not known, and
 * it may be in a view. In the planner, the condition is an expression on one table, wherever it was
 * written; after subqueries have been pulled up and constants folded, it looks as in the plan, from
 * which the text to search for was made. The planner works on a copy of the query, so nothing needs
 * to be put back.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/clauses.h"
#include "optimizer/prep.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "plan/deparse.h"
#include "plan/rewrite.h"

typedef struct PkReplacing
{
	PlannerInfo *root;
	const PkRewrite *rewrite;
	Index rti;
	Oid relid;
} PkReplacing;

/* The parameter of the number in an expression. */
typedef struct PkParameterSearch
{
	int number;
	Param *found;
} PkParameterSearch;

static bool
find_parameter(Node *node, void *arg)
{
	PkParameterSearch *search = (PkParameterSearch *) arg;

	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN && ((Param *) node)->paramid == search->number)
		search->found = (Param *) node;
	return expression_tree_walker(node, find_parameter, arg);
}

/* $1 is what it is in the condition that is replaced. */
static Node *
resolve_parameter(ParseState *pstate, ParamRef *ref)
{
	PkParameterSearch search = {.number = ref->number};

	(void) find_parameter(pstate->p_ref_hook_state, &search);
	if (search.found == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_PARAMETER), errmsg("there is no parameter $%d", ref->number)));
	return (Node *) copyObject(search.found);
}

Node *
pk_rewrite_parse(Oid relid, const char *text, Node *like)
{
	Relation relation = table_open(relid, AccessShareLock);
	ParseState *pstate = make_parsestate(NULL);
	RawStmt *raw = linitial_node(RawStmt, raw_parser(text, RAW_PARSE_PLPGSQL_EXPR));
	ResTarget *target = linitial_node(ResTarget, castNode(SelectStmt, raw->stmt)->targetList);
	Node *node;

	pstate->p_sourcetext = text;
	if (like != NULL)
	{
		pstate->p_paramref_hook = resolve_parameter;
		pstate->p_ref_hook_state = like;
	}
	addNSItemToQuery(pstate, addRangeTableEntryForRelation(pstate, relation, AccessShareLock, NULL, true, true), false,
					 true, true);
	node = transformExpr(pstate, target->val, EXPR_KIND_WHERE);
	node = coerce_to_boolean(pstate, node, "WHERE");
	assign_expr_collations(pstate, node);
	if (pstate->p_hasSubLinks)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("the condition has a subquery")));
	free_parsestate(pstate);
	table_close(relation, NoLock);
	return node;
}

/* Is it the condition that is to be replaced? */
static bool
is_written(Node *node, const PkReplacing *replacing)
{
	Node *copy;

	if (exprType(node) != BOOLOID || !bms_equal(pull_varnos(NULL, node), bms_make_singleton(replacing->rti)) ||
		contain_subplans(node))
		return false;
	copy = copyObject(node);
	ChangeVarNodes(copy, replacing->rti, 1, 0);
	return strcmp(pk_deparse_on_table(copy, replacing->relid, true), replacing->rewrite->written) == 0;
}

static Node *
replace(Node *node, void *arg)
{
	PkReplacing *replacing = (PkReplacing *) arg;

	if (node == NULL)
		return NULL;
	if ((IsA(node, OpExpr) || IsA(node, ScalarArrayOpExpr) || IsA(node, DistinctExpr) || IsA(node, BoolExpr) ||
		 IsA(node, FuncExpr) || IsA(node, NullTest) || IsA(node, BooleanTest) || IsA(node, CaseExpr) ||
		 IsA(node, CoalesceExpr)) &&
		is_written(node, replacing))
	{
		Node *instead = pk_rewrite_parse(replacing->relid, replacing->rewrite->instead, node);

		/* The planner computes what has constant arguments. */
		if (replacing->rewrite->check != NULL)
			replacing->rewrite->check(instead);
		ChangeVarNodes(instead, 1, replacing->rti, 0);
		(*replacing->rewrite->replaced)++;
		return (Node *) canonicalize_qual((Expr *) eval_const_expressions(replacing->root, instead), false);
	}
	return expression_tree_mutator(node, replace, arg);
}

/* The conditions of one level, implicitly ANDed, some of which may have become ANDs. */
static List *
replace_in(List *conditions, PkReplacing *replacing)
{
	List *replaced = NIL;
	ListCell *cell;

	foreach (cell, conditions)
	{
		replaced = list_concat(replaced, make_ands_implicit((Expr *) replace(lfirst(cell), replacing)));
	}
	return replaced;
}

static void
replace_in_jointree(Node *node, PkReplacing *replacing)
{
	if (IsA(node, FromExpr))
	{
		FromExpr *from = (FromExpr *) node;
		ListCell *cell;

		foreach (cell, from->fromlist)
		{
			replace_in_jointree(lfirst(cell), replacing);
		}
		from->quals = (Node *) replace_in((List *) from->quals, replacing);
	}
	else if (IsA(node, JoinExpr))
	{
		JoinExpr *join = (JoinExpr *) node;

		replace_in_jointree(join->larg, replacing);
		replace_in_jointree(join->rarg, replacing);
		join->quals = (Node *) replace_in((List *) join->quals, replacing);
	}
}

void
pk_rewrite_apply(PlannerInfo *root, RelOptInfo *rel, Oid relid, const PkRewrite *rewrite)
{
	PkReplacing replacing = {root, rewrite, rel->relid, relid};
	RangeTblEntry *entry = planner_rt_fetch(rel->relid, root);

	/* Conditions on a partition are still those on the whole table. */
	if (relid != rewrite->relid && !(get_rel_relispartition(rewrite->relid) &&
									 list_member_oid(get_partition_ancestors(rewrite->relid), relid)))
		return;
	if (rewrite->alias != NULL && strcmp(entry->eref->aliasname, rewrite->alias) != 0)
		return;
	if (rel->reloptkind == RELOPT_BASEREL)
		replace_in_jointree((Node *) root->parse->jointree, &replacing);
}
