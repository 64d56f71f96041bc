/*
 * estimate_query.h
 *	  What the planner was asked about one table, taken from the plan.
 */
#ifndef PK_ADVICE_ESTIMATE_QUERY_H
#define PK_ADVICE_ESTIMATE_QUERY_H

#include "postgres.h"

#include "nodes/params.h"

#include "plan/walk.h"

/*
 * What the planner was asked about a table and got wrong: how many of its rows satisfy the clauses, or how many groups by the keys
 * they have. Outlives the plan it was taken from.
 */
typedef struct PkEstimateQuery
{
	List *tables;		  /* OIDs of all tables below the node, each once */
	Oid relid;			  /* the one table that is asked about; invalid when there are several, or none */
	bool askable;		  /* clauses and keys are all there is to it, and can be asked again */
	List *clauses;		  /* with the table as Var 1 */
	List *keys;			  /* NIL when it is rows that are counted */
	ParamListInfo params; /* values of parameters in clauses, for a plan that does not know them; or NULL */
} PkEstimateQuery;

/* Take the question from a node whose estimate is wrong. palloc'd in the current context. */
extern void pk_estimate_query_take(const PkPlanTree *tree, const PkPlanNode *node, ParamListInfo params,
								   PkEstimateQuery *question);

#endif /* PK_ADVICE_ESTIMATE_QUERY_H */
