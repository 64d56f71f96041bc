/*
 * walk.h
 *	  A plan as an array of nodes, in EXPLAIN's order and with EXPLAIN's names.
 */
#ifndef PK_PLAN_WALK_H
#define PK_PLAN_WALK_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/plannodes.h"

#include "plan/capture.h"

typedef struct PkPlanNode
{
	int node_id;   /* from 1, in the order of EXPLAIN's output */
	int parent_id; /* 0 for the root */
	int depth;	   /* 0 for the root */
	/* "Parent Relationship" of EXPLAIN (FORMAT JSON); NULL for the root */
	const char *relationship;
	const char *node_type; /* "Node Type" */
	const char *join_type; /* "Join Type"; NULL unless a join */
	Index rti;			   /* range table entry named as the node's target, or 0 */
	Oid relid;			   /* that entry's relation, if it is one */
	Oid indexid;		   /* index the node reads, if it reads one */
	Plan *plan;			   /* costs, rows, width, conditions */
	PlanState *state;
	SubPlan *subplan; /* the link of an InitPlan or SubPlan to its parent, otherwise NULL */
} PkPlanNode;

/* Belongs to the capture that it was made from, and is freed with it. */
typedef struct PkPlanTree
{
	PlannedStmt *stmt;
	PlanState *root; /* may be a Gather that EXPLAIN would hide */
	PkPlanNode *nodes;
	int count;
	double effort; /* of the planner, see pk_whatif_effort() */
} PkPlanTree;

extern void pk_plan_walk(PkCapture *capture, PkPlanTree *tree);

/* The node's parent, NULL for the root. */
extern const PkPlanNode *pk_plan_parent(const PkPlanTree *tree, const PkPlanNode *node);

/* The range table entry of the node's target; NULL if it has none. */
extern RangeTblEntry *pk_plan_target(const PkPlanTree *tree, const PkPlanNode *node);

/*
 * Does a scan of one plan of a query read the same table, at the same place in the query, as a scan
 * of another plan of it?
 */
extern bool pk_plan_same_scan(const PkPlanTree *tree, const PkPlanNode *node, const PkPlanTree *other,
							  const PkPlanNode *other_node);

#endif /* PK_PLAN_WALK_H */
