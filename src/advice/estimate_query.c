/*
 * estimate_query.c
 *	  The question about one table that the planner answered wrongly, taken from the plan.
 *
 * The conditions in a plan are made for the executor: they refer to columns of the node below or of
 * an index, and omit what the predicate of an index implies. To ask the planner again, they are
 * expressed in the columns of the table.
 */
#include "postgres.h"

#include "access/genam.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "advice/estimate_query.h"

/*
 * State of resolve(): finds the expression in columns of tables for an output column of the plan,
 * and fails if it is not of a single table.
 */
typedef struct PkSource
{
	const PkPlanTree *tree;
	Plan *plan;
	Index rti; /* of the table found so far, or 0 */
	bool failed;
} PkSource;

static Node *
resolve(Node *node, void *arg)
{
	PkSource *source = (PkSource *) arg;
	Var *var = (Var *) node;
	Plan *plan = source->plan;
	List *targets;
	Node *result;

	if (node == NULL || source->failed)
		return NULL;
	if (!IsA(node, Var))
		return expression_tree_mutator(node, resolve, arg);
	if (!IS_SPECIAL_VARNO(var->varno))
	{
		bool table = rt_fetch(var->varno, source->tree->stmt->rtable)->rtekind == RTE_RELATION;

		source->failed = !table || var->varattno <= 0 || (source->rti != 0 && source->rti != var->varno);
		source->rti = var->varno;
		return copyObject(node);
	}
	if (var->varno == INDEX_VAR)
		targets = IsA(plan, IndexOnlyScan) ? ((IndexOnlyScan *) plan)->indextlist : NIL;
	else
	{
		source->plan = var->varno == OUTER_VAR ? outerPlan(plan) : innerPlan(plan);
		targets = source->plan != NULL ? source->plan->targetlist : NIL;
	}
	if (var->varattno < 1 || var->varattno > list_length(targets))
	{
		source->failed = true;
		return NULL;
	}
	result = resolve((Node *) list_nth_node(TargetEntry, targets, var->varattno - 1)->expr, arg);
	source->plan = plan;
	return result;
}

static bool
is_unanswerable(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind != PARAM_EXTERN;
	if (IsA(node, Var))
		return ((Var *) node)->varattno <= 0;
	if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) || IsA(node, CurrentOfExpr))
		return true;
	return expression_tree_walker(node, is_unanswerable, arg);
}

/*
 * All conditions of a scan on its table; false if the node is no scan that the planner can be asked
 * about.
 */
static bool
clauses_of_scan(const PkPlanTree *tree, Plan *plan, List **clauses)
{
	PkSource source = {.tree = tree, .plan = plan};
	Oid indexid = InvalidOid;

	*clauses = plan->qual;
	switch (nodeTag(plan))
	{
		case T_SeqScan:
			break;
		case T_IndexScan:
			*clauses = list_concat_copy(((IndexScan *) plan)->indexqualorig, plan->qual);
			indexid = ((IndexScan *) plan)->indexid;
			break;
		case T_IndexOnlyScan:
			*clauses = list_concat_copy(((IndexOnlyScan *) plan)->indexqual, plan->qual);
			indexid = ((IndexOnlyScan *) plan)->indexid;
			break;
		case T_BitmapHeapScan:
			*clauses = list_union(((BitmapHeapScan *) plan)->bitmapqualorig, plan->qual);
			break;
		default:
			return false;
	}
	*clauses = (List *) resolve((Node *) *clauses, &source);
	if (source.failed)
		return false;

	/* The plan omits conditions that the predicate of a partial index implies. */
	if (OidIsValid(indexid))
	{
		Relation index = index_open(indexid, AccessShareLock);
		List *predicate = copyObject(RelationGetIndexPredicate(index));

		index_close(index, NoLock);
		ChangeVarNodes((Node *) predicate, 1, ((Scan *) plan)->scanrelid, 0);
		*clauses = list_concat(*clauses, predicate);
	}
	return true;
}

/* Expressions that the node groups by; NIL if it does not group. */
static List *
keys_of(const PkPlanTree *tree, Plan *plan, Index *rti)
{
	int count = 0;
	AttrNumber *columns = NULL;
	PkSource source = {.tree = tree, .plan = outerPlan(plan)};
	List *keys = NIL;

	*rti = 0;
	if (IsA(plan, Agg) && ((Agg *) plan)->groupingSets == NIL && ((Agg *) plan)->chain == NIL)
	{
		count = ((Agg *) plan)->numCols;
		columns = ((Agg *) plan)->grpColIdx;
	}
	else if (IsA(plan, Group))
	{
		count = ((Group *) plan)->numCols;
		columns = ((Group *) plan)->grpColIdx;
	}
	else if (IsA(plan, Unique))
	{
		count = ((Unique *) plan)->numCols;
		columns = ((Unique *) plan)->uniqColIdx;
	}
	for (int i = 0; i < count; i++)
	{
		TargetEntry *entry = list_nth_node(TargetEntry, outerPlan(plan)->targetlist, columns[i] - 1);

		keys = lappend(keys, resolve((Node *) entry->expr, &source));
	}
	*rti = source.failed ? 0 : source.rti;
	return *rti != 0 ? keys : NIL;
}

/* The scan whose rows a node groups, if no node in between adds or removes rows. */
static Plan *
scan_below(Plan *plan)
{
	while (plan != NULL)
	{
		bool passes = IsA(plan, Sort) || IsA(plan, IncrementalSort) || IsA(plan, Gather) || IsA(plan, GatherMerge) ||
					  IsA(plan, Material) || (IsA(plan, Agg) && DO_AGGSPLIT_SKIPFINAL(((Agg *) plan)->aggsplit));

		if (!passes)
			break;
		plan = outerPlan(plan);
	}
	return plan;
}

/* Tables that the rows of the node come from. */
static List *
tables_below(const PkPlanTree *tree, const PkPlanNode *node)
{
	List *tables = NIL;

	if (OidIsValid(node->relid) && !IsA(node->plan, ModifyTable))
		tables = list_make1_oid(node->relid);
	for (int i = node->node_id; i < tree->count && tree->nodes[i].depth > node->depth; i++)
	{
		if (OidIsValid(tree->nodes[i].relid))
			tables = list_append_unique_oid(tables, tree->nodes[i].relid);
	}
	return tables;
}

void
pk_estimate_query_take(const PkPlanTree *tree, const PkPlanNode *node, ParamListInfo params, PkEstimateQuery *question)
{
	Index rti = 0;
	Plan *scan = node->plan;
	List *clauses = NIL;
	Node *all;
	bool known;

	memset(question, 0, sizeof(*question));
	question->tables = tables_below(tree, node);
	question->keys = keys_of(tree, node->plan, &rti);
	if (question->keys != NIL)
		scan = scan_below(outerPlan(scan));
	known = scan != NULL && clauses_of_scan(tree, scan, &clauses);
	if (question->keys == NIL)
	{
		if (!known)
			return;
		rti = ((Scan *) scan)->scanrelid;
	}
	else if (!known || ((Scan *) scan)->scanrelid != rti)
		clauses = NIL; /* groups of a join: about as many as the table has */

	/* The plan will be freed, and all it points to. */
	question->relid = rt_fetch(rti, tree->stmt->rtable)->relid;
	question->clauses = copyObject(clauses);
	question->keys = copyObject(question->keys);
	ChangeVarNodes((Node *) question->clauses, rti, 1, 0);
	ChangeVarNodes((Node *) question->keys, rti, 1, 0);
	question->params = params != NULL ? copyParamList(params) : NULL;
	all = (Node *) list_concat_copy(question->clauses, question->keys);
	question->askable = all != NULL && !is_unanswerable(all, NULL) && !contain_volatile_functions(all);
}
