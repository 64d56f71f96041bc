/*
 * walk.c
 *	  A plan as an array of nodes, in EXPLAIN's order and with EXPLAIN's names.
 *
 * This is the only code that knows how plan nodes are linked. It walks the executor's state rather
 * than the plan, because only the state knows which partitions survived pruning at executor start.
 * It deparses nothing and looks up no name, so that a successful assertion costs little more than
 * the planning.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "parser/parsetree.h"

#include "common/compat.h"
#include "plan/walk.h"

/* Which range table entry a node names as its target. */
typedef enum PkTarget
{
	TARGET_NONE,
	TARGET_SCAN,   /* Scan.scanrelid; 0 for a pushed-down join */
	TARGET_MODIFY, /* ModifyTable.nominalRelation */
} PkTarget;

typedef struct PkNodeKind
{
	NodeTag tag;
	const char *name;
	PkTarget target;
} PkNodeKind;

/* Sorted by frequency, since the search is linear. */
static const PkNodeKind node_kinds[] = {
	{T_IndexScan, "Index Scan", TARGET_SCAN},
	{T_SeqScan, "Seq Scan", TARGET_SCAN},
	{T_IndexOnlyScan, "Index Only Scan", TARGET_SCAN},
	{T_BitmapIndexScan, "Bitmap Index Scan", TARGET_NONE},
	{T_BitmapHeapScan, "Bitmap Heap Scan", TARGET_SCAN},
	{T_Limit, "Limit", TARGET_NONE},
	{T_Sort, "Sort", TARGET_NONE},
	{T_NestLoop, "Nested Loop", TARGET_NONE},
	{T_HashJoin, "Hash Join", TARGET_NONE},
	{T_Hash, "Hash", TARGET_NONE},
	{T_MergeJoin, "Merge Join", TARGET_NONE},
	{T_Agg, "Aggregate", TARGET_NONE},
	{T_Append, "Append", TARGET_NONE},
	{T_MergeAppend, "Merge Append", TARGET_NONE},
	{T_Result, "Result", TARGET_NONE},
	{T_ProjectSet, "ProjectSet", TARGET_NONE},
	{T_ModifyTable, "ModifyTable", TARGET_MODIFY},
	{T_RecursiveUnion, "Recursive Union", TARGET_NONE},
	{T_BitmapAnd, "BitmapAnd", TARGET_NONE},
	{T_BitmapOr, "BitmapOr", TARGET_NONE},
	{T_SampleScan, "Sample Scan", TARGET_SCAN},
	{T_Gather, "Gather", TARGET_NONE},
	{T_GatherMerge, "Gather Merge", TARGET_NONE},
	{T_TidScan, "Tid Scan", TARGET_SCAN},
	{T_TidRangeScan, "Tid Range Scan", TARGET_SCAN},
	{T_SubqueryScan, "Subquery Scan", TARGET_SCAN},
	{T_FunctionScan, "Function Scan", TARGET_SCAN},
	{T_TableFuncScan, "Table Function Scan", TARGET_SCAN},
	{T_ValuesScan, "Values Scan", TARGET_SCAN},
	{T_CteScan, "CTE Scan", TARGET_SCAN},
	{T_NamedTuplestoreScan, "Named Tuplestore Scan", TARGET_NONE},
	{T_WorkTableScan, "WorkTable Scan", TARGET_SCAN},
	{T_ForeignScan, "Foreign Scan", TARGET_SCAN},
	{T_CustomScan, "Custom Scan", TARGET_SCAN},
	{T_Material, "Materialize", TARGET_NONE},
	{T_Memoize, "Memoize", TARGET_NONE},
	{T_IncrementalSort, "Incremental Sort", TARGET_NONE},
	{T_Group, "Group", TARGET_NONE},
	{T_WindowAgg, "WindowAgg", TARGET_NONE},
	{T_Unique, "Unique", TARGET_NONE},
	{T_SetOp, "SetOp", TARGET_NONE},
	{T_LockRows, "LockRows", TARGET_NONE},
};

/* For nodes of a later server, as in EXPLAIN. */
static const PkNodeKind unknown_kind = {T_Invalid, "???", TARGET_NONE};

typedef struct PkWalk
{
	PkPlanTree *tree;
	int capacity;
	Bitmapset *seen_subplans; /* EXPLAIN shows a subplan at its first reference only */
} PkWalk;

static void walk_node(PkWalk *walk, PlanState *state, int parent_id, const char *relationship,
					  SubPlan *subplan);

static const PkNodeKind *
find_kind(NodeTag tag)
{
	for (size_t i = 0; i < lengthof(node_kinds); i++)
	{
		if (node_kinds[i].tag == tag)
			return &node_kinds[i];
	}
	return &unknown_kind;
}

static const char *
join_type_name(Plan *plan)
{
	const char *name;

	if (!IsA(plan, NestLoop) && !IsA(plan, MergeJoin) && !IsA(plan, HashJoin))
		return NULL;

	switch (((Join *) plan)->jointype)
	{
		case JOIN_INNER:
			return "Inner";
		case JOIN_LEFT:
			return "Left";
		case JOIN_FULL:
			return "Full";
		case JOIN_RIGHT:
			return "Right";
		case JOIN_SEMI:
			return "Semi";
		case JOIN_ANTI:
			return "Anti";
		default:
			name = pk_compat_new_join_type_name(((Join *) plan)->jointype);
			return name ? name : "???";
	}
}

static Oid
index_of(Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_IndexScan:
			return ((IndexScan *) plan)->indexid;
		case T_IndexOnlyScan:
			return ((IndexOnlyScan *) plan)->indexid;
		case T_BitmapIndexScan:
			return ((BitmapIndexScan *) plan)->indexid;
		default:
			return InvalidOid;
	}
}

/* Append a node for "state". The array may move, so callers keep ids rather than pointers. */
static PkPlanNode *
add_node(PkWalk *walk, PlanState *state, int parent_id, const char *relationship, SubPlan *subplan)
{
	PkPlanTree *tree = walk->tree;
	const PkNodeKind *kind = find_kind(nodeTag(state->plan));
	PkPlanNode *node;

	if (tree->count == walk->capacity)
	{
		walk->capacity *= 2;
		tree->nodes = repalloc_huge(tree->nodes, walk->capacity * sizeof(PkPlanNode));
	}
	node = &tree->nodes[tree->count++];
	node->node_id = tree->count;
	node->parent_id = parent_id;
	node->depth = parent_id == 0 ? 0 : tree->nodes[parent_id - 1].depth + 1;
	node->relationship = relationship;
	node->node_type = kind->name;
	node->join_type = join_type_name(state->plan);
	node->rti = 0;
	node->relid = InvalidOid;
	node->indexid = index_of(state->plan);
	node->plan = state->plan;
	node->state = state;
	node->subplan = subplan;

	if (kind->target == TARGET_SCAN)
		node->rti = ((Scan *) state->plan)->scanrelid;
	else if (kind->target == TARGET_MODIFY)
		node->rti = ((ModifyTable *) state->plan)->nominalRelation;
	if (node->rti != 0)
	{
		RangeTblEntry *rte = rt_fetch(node->rti, tree->stmt->rtable);

		/* From 16 on, the entry of a view keeps the view's OID although it is a subquery. */
		if (rte->rtekind == RTE_RELATION)
			node->relid = rte->relid;
	}
	return node;
}

static void
walk_members(PkWalk *walk, PlanState **members, int count, int parent_id)
{
	for (int i = 0; i < count; i++)
		walk_node(walk, members[i], parent_id, "Member", NULL);
}

static void
walk_subplans(PkWalk *walk, List *subplans, int parent_id, const char *relationship)
{
	ListCell *cell;

	foreach (cell, subplans)
	{
		SubPlanState *state = (SubPlanState *) lfirst(cell);
		SubPlan *subplan = state->subplan;

		if (bms_is_member(subplan->plan_id, walk->seen_subplans))
			continue;
		walk->seen_subplans = bms_add_member(walk->seen_subplans, subplan->plan_id);
		walk_node(walk, state->planstate, parent_id, relationship, subplan);
	}
}

/* Children that are neither outer nor inner. */
static void
walk_special_children(PkWalk *walk, PlanState *state, int parent_id)
{
	switch (nodeTag(state->plan))
	{
		case T_Append:
			walk_members(walk, ((AppendState *) state)->appendplans,
						 ((AppendState *) state)->as_nplans, parent_id);
			break;
		case T_MergeAppend:
			walk_members(walk, ((MergeAppendState *) state)->mergeplans,
						 ((MergeAppendState *) state)->ms_nplans, parent_id);
			break;
		case T_BitmapAnd:
			walk_members(walk, ((BitmapAndState *) state)->bitmapplans,
						 ((BitmapAndState *) state)->nplans, parent_id);
			break;
		case T_BitmapOr:
			walk_members(walk, ((BitmapOrState *) state)->bitmapplans,
						 ((BitmapOrState *) state)->nplans, parent_id);
			break;
		case T_SubqueryScan:
			walk_node(walk, ((SubqueryScanState *) state)->subplan, parent_id, "Subquery", NULL);
			break;
		case T_CustomScan:
		{
			List *children = ((CustomScanState *) state)->custom_ps;
			const char *label = list_length(children) == 1 ? "child" : "children";
			ListCell *cell;

			foreach (cell, children)
			{
				walk_node(walk, (PlanState *) lfirst(cell), parent_id, label, NULL);
			}
			break;
		}
		default:
			break;
	}
}

static void
walk_node(PkWalk *walk, PlanState *state, int parent_id, const char *relationship, SubPlan *subplan)
{
	int id;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();

	id = add_node(walk, state, parent_id, relationship, subplan)->node_id;

	walk_subplans(walk, state->initPlan, id, "InitPlan");
	if (outerPlanState(state))
		walk_node(walk, outerPlanState(state), id, "Outer", NULL);
	if (innerPlanState(state))
		walk_node(walk, innerPlanState(state), id, "Inner", NULL);
	walk_special_children(walk, state, id);
	walk_subplans(walk, state->subPlan, id, "SubPlan");
}

void
pk_plan_walk(PkCapture *capture, PkPlanTree *tree)
{
	MemoryContext caller = MemoryContextSwitchTo(capture->context);
	PlanState *top = capture->desc->planstate;
	PkWalk walk = {.tree = tree, .capacity = 16};

	tree->stmt = capture->stmt;
	tree->root = top;
	tree->nodes = palloc(walk.capacity * sizeof(PkPlanNode));
	tree->count = 0;
	tree->effort = capture->effort;

	/* EXPLAIN does not show the Gather that debug_parallel_query = regress puts on top. */
	if (IsA(top, GatherState) && ((Gather *) top->plan)->invisible)
		top = outerPlanState(top);
	walk_node(&walk, top, 0, NULL, NULL);

	MemoryContextSwitchTo(caller);
}

const PkPlanNode *
pk_plan_parent(const PkPlanTree *tree, const PkPlanNode *node)
{
	return node->parent_id == 0 ? NULL : &tree->nodes[node->parent_id - 1];
}

RangeTblEntry *
pk_plan_target(const PkPlanTree *tree, const PkPlanNode *node)
{
	return node->rti == 0 ? NULL : rt_fetch(node->rti, tree->stmt->rtable);
}

/* The range table entry of the relation that the node scans; 0 if it scans none. */
static Index
scanned_entry(const PkPlanNode *node)
{
	/* A bitmap index scan has the table's number, but does not name it in EXPLAIN. */
	if (IsA(node->plan, BitmapIndexScan))
		return ((Scan *) node->plan)->scanrelid;
	return IsA(node->plan, ModifyTable) ? 0 : node->rti;
}

/* Were the range tables of both plans flattened in the same order? */
static bool
same_entries(List *rtable, List *other)
{
	ListCell *cell;
	ListCell *other_cell;

	if (list_length(rtable) != list_length(other))
		return false;
	forboth (cell, rtable, other_cell, other)
	{
		RangeTblEntry *entry = (RangeTblEntry *) lfirst(cell);
		RangeTblEntry *other_entry = (RangeTblEntry *) lfirst(other_cell);

		if (entry->relid != other_entry->relid ||
			strcmp(entry->eref->aliasname, other_entry->eref->aliasname) != 0)
			return false;
	}
	return true;
}

bool
pk_plan_same_scan(const PkPlanTree *tree, const PkPlanNode *node, const PkPlanTree *other, const PkPlanNode *other_node)
{
	Index rti = scanned_entry(node);
	Index other_rti = scanned_entry(other_node);
	RangeTblEntry *entry;
	RangeTblEntry *other_entry;

	if (rti == 0 || other_rti == 0)
		return false;
	entry = rt_fetch(rti, tree->stmt->rtable);
	other_entry = rt_fetch(other_rti, other->stmt->rtable);
	if (entry->rtekind != RTE_RELATION || other_entry->rtekind != RTE_RELATION || entry->relid != other_entry->relid)
		return false;

	/*
	 * Subqueries that are planned by themselves add their tables in the order of the plan, and
	 * min() by an index plans its table once more. Then only the names can tell.
	 */
	if (same_entries(tree->stmt->rtable, other->stmt->rtable))
		return rti == other_rti;
	return strcmp(entry->eref->aliasname, other_entry->eref->aliasname) == 0;
}
