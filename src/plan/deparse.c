/*
 * deparse.c
 *	  Conditions of plan nodes as SQL.
 *
 * Conditions are trees of Vars that refer to the output of other nodes. Only ruleutils can turn
 * them into SQL, which costs more than all the rest: only functions that return rows do so, and
 * assertions that have failed.
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/ruleutils.h"

#include "common/compat.h"
#include "plan/deparse.h"

/*
 * Collect the range table entries that EXPLAIN would name, so that aliases are numbered the same.
 */
static bool
collect_named_relations(PlanState *state, Bitmapset **named)
{
	Plan *plan = state->plan;

	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_SampleScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
		case T_TidScan:
		case T_TidRangeScan:
		case T_SubqueryScan:
		case T_FunctionScan:
		case T_TableFuncScan:
		case T_ValuesScan:
		case T_CteScan:
		case T_NamedTuplestoreScan:
		case T_WorkTableScan:
			*named = bms_add_member(*named, ((Scan *) plan)->scanrelid);
			break;
		case T_ForeignScan:
			*named = bms_add_members(*named, pk_compat_foreign_scan_relids((ForeignScan *) plan));
			break;
		case T_CustomScan:
			*named = bms_add_members(*named, ((CustomScan *) plan)->custom_relids);
			break;
		case T_ModifyTable:
			*named = bms_add_member(*named, ((ModifyTable *) plan)->nominalRelation);
			if (((ModifyTable *) plan)->exclRelRTI)
				*named = bms_add_member(*named, ((ModifyTable *) plan)->exclRelRTI);
			break;
		case T_Append:
			*named = bms_add_members(*named, ((Append *) plan)->apprelids);
			break;
		case T_MergeAppend:
			*named = bms_add_members(*named, ((MergeAppend *) plan)->apprelids);
			break;
		case T_Result:
			*named = bms_add_members(*named, pk_compat_result_relids((Result *) plan));
			break;
		default:
			break;
	}
	return planstate_tree_walker(state, collect_named_relations, named);
}

void
pk_deparse_begin(PkDeparser *deparser, const PkPlanTree *tree)
{
	Bitmapset *named = NULL;

	collect_named_relations(tree->root, &named);
	deparser->tree = tree;
	deparser->aliases = select_rtable_names_for_explain(tree->stmt->rtable, named);
	deparser->context = deparse_context_for_plan_tree(tree->stmt, deparser->aliases);
	deparser->many_relations = pk_compat_rtable_size(tree->stmt->rtable) > 1;
}

const char *
pk_deparse_alias(const PkDeparser *deparser, const PkPlanNode *node)
{
	const char *alias;

	if (node->rti == 0)
		return NULL;
	alias = list_nth(deparser->aliases, node->rti - 1);
	return alias ? alias : pk_plan_target(deparser->tree, node)->eref->aliasname;
}

/*
 * Plans and subplans above a node, nearest first, where ruleutils finds what a parameter stands
 * for.
 */
static List *
ancestors_of(const PkPlanTree *tree, const PkPlanNode *node)
{
	List *ancestors = NIL;
	const PkPlanNode *parent;

	while ((parent = pk_plan_parent(tree, node)) != NULL)
	{
		if (node->subplan != NULL)
			ancestors = lappend(ancestors, node->subplan);
		ancestors = lappend(ancestors, parent->plan);
		node = parent;
	}
	return ancestors;
}

/* SQL of a list of conditions that must all hold; NULL if there are none. */
static char *
deparse_conditions(const PkDeparser *deparser, const PkPlanNode *node, List *conditions, bool qualify)
{
	List *context;

	if (conditions == NIL)
		return NULL;
	context = set_deparse_context_plan(deparser->context, node->plan,
									   ancestors_of(deparser->tree, node));
	return deparse_expression((Node *) make_ands_explicit(conditions), context, qualify, false);
}

char *
pk_deparse_index_condition(const PkDeparser *deparser, const PkPlanNode *node)
{
	switch (nodeTag(node->plan))
	{
		case T_IndexScan:
			return deparse_conditions(deparser, node, ((IndexScan *) node->plan)->indexqualorig, false);
		case T_IndexOnlyScan:
			return deparse_conditions(deparser, node, ((IndexOnlyScan *) node->plan)->indexqual, false);
		case T_BitmapIndexScan:
			return deparse_conditions(deparser, node, ((BitmapIndexScan *) node->plan)->indexqualorig,
									  false);
		default:
			return NULL;
	}
}

char *
pk_deparse_filter(const PkDeparser *deparser, const PkPlanNode *node)
{
	bool qualify;

	switch (nodeTag(node->plan))
	{
		case T_NestLoop:
		case T_MergeJoin:
		case T_HashJoin:
		case T_Agg:
		case T_WindowAgg:
		case T_Group:
		case T_Result:
			qualify = deparser->many_relations;
			break;
		case T_SubqueryScan:
			qualify = true;
			break;
		default:
			qualify = false; /* a scan, whose columns are those of one relation */
			break;
	}
	return deparse_conditions(deparser, node, node->plan->qual, qualify);
}

char *
pk_deparse_clause(const PkDeparser *deparser, const PkPlanNode *node, Node *clause)
{
	return deparse_conditions(deparser, node, list_make1(clause), deparser->many_relations);
}

/* The clauses that determine which rows the node returns. */
static List *
conditions_of(Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_IndexScan:
			return list_concat_copy(((IndexScan *) plan)->indexqualorig, plan->qual);
		case T_IndexOnlyScan:
			return list_concat_copy(((IndexOnlyScan *) plan)->indexqual, plan->qual);
		case T_BitmapHeapScan:
			return list_union(((BitmapHeapScan *) plan)->bitmapqualorig, plan->qual);
		case T_HashJoin:
			return list_concat_copy(((HashJoin *) plan)->hashclauses, ((Join *) plan)->joinqual);
		case T_MergeJoin:
			return list_concat_copy(((MergeJoin *) plan)->mergeclauses, ((Join *) plan)->joinqual);
		case T_NestLoop:
			return ((Join *) plan)->joinqual;
		default:
			return plan->qual;
	}
}

/* Output columns of the node's input, "a, b". */
static char *
deparse_keys(const PkDeparser *deparser, const PkPlanNode *node, int count, const AttrNumber *columns)
{
	Plan *input = outerPlan(node->plan);
	List *context = set_deparse_context_plan(deparser->context, input,
											 lcons(node->plan, ancestors_of(deparser->tree, node)));
	StringInfoData keys;

	initStringInfo(&keys);
	for (int i = 0; i < count; i++)
	{
		TargetEntry *entry = list_nth_node(TargetEntry, input->targetlist, columns[i] - 1);

		appendStringInfo(&keys, "%s%s", i > 0 ? ", " : "",
						 deparse_expression((Node *) entry->expr, context, deparser->many_relations, true));
	}
	return keys.data;
}

char *
pk_deparse_reason(const PkDeparser *deparser, const PkPlanNode *node)
{
	Plan *plan = node->plan;
	char *condition;

	if (IsA(plan, Agg) && ((Agg *) plan)->numCols > 0)
		return psprintf("It groups by: %s",
						deparse_keys(deparser, node, ((Agg *) plan)->numCols, ((Agg *) plan)->grpColIdx));
	if (IsA(plan, Group))
		return psprintf("It groups by: %s",
						deparse_keys(deparser, node, ((Group *) plan)->numCols, ((Group *) plan)->grpColIdx));
	if (IsA(plan, Unique) && ((Unique *) plan)->numCols > 0)
		return psprintf("Its distinct keys are: %s",
						deparse_keys(deparser, node, ((Unique *) plan)->numCols, ((Unique *) plan)->uniqColIdx));
	condition = deparse_conditions(deparser, node, conditions_of(plan), deparser->many_relations && node->rti == 0);
	return condition ? psprintf("Its condition is: %s", condition) : NULL;
}

/* A field of a record that is a parameter has no name by which it could be shown. */
static Node *
hide_source(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, FieldSelect) && IsA(((FieldSelect *) node)->arg, Param) &&
		((Param *) ((FieldSelect *) node)->arg)->paramtype == RECORDOID)
	{
		FieldSelect *field = (FieldSelect *) node;
		Param *param = copyObject((Param *) field->arg);

		param->paramkind = PARAM_EXTERN;
		param->paramtype = field->resulttype;
		param->paramtypmod = field->resulttypmod;
		param->paramcollid = field->resultcollid;
		return (Node *) param;
	}
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
	{
		Param *param = copyObject((Param *) node);

		param->paramkind = PARAM_EXTERN;
		return (Node *) param;
	}
	return expression_tree_mutator(node, hide_source, context);
}

char *
pk_deparse_on_table(Node *expression, Oid relid, bool show_implicit)
{
	return deparse_expression(hide_source(expression, NULL), deparse_context_for(get_rel_name(relid), relid), false,
							  show_implicit);
}
