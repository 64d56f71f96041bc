/*
 * estimate_query.h
 *	  The question about one table that the planner answered wrongly, taken from the plan.
 */
#ifndef PK_ADVICE_ESTIMATE_QUERY_H
#define PK_ADVICE_ESTIMATE_QUERY_H

#include "postgres.h"

#include "nodes/params.h"

#include "plan/walk.h"

/*
 * What the planner estimated for a table and got wrong: how many of its rows satisfy the clauses,
 * or how many groups the keys make. Outlives the plan it was taken from.
 */
typedef struct PkEstimateQuery
{
	List *tables;		  /* OIDs of all tables below the node, without duplicates */
	Oid relid;			  /* the one table concerned; invalid if there are several, or none */
	bool askable;		  /* clauses and keys are complete, and the planner can be asked again */
	List *clauses;		  /* with the table as Var 1 */
	List *keys;			  /* NIL if the estimate is of rows rather than groups */
	double max_pages;	  /* a sample of so many pages will do; 0 for the usual limit */
	double rows;		  /* how many rows satisfy the clauses, if that is known; 0 otherwise, and with keys */
	ParamListInfo params; /* values of the parameters in clauses, for a generic plan; or NULL */
} PkEstimateQuery;

/* Take the question from a node whose estimate is wrong. Allocated in the current context. */
extern void pk_estimate_query_take(const PkPlanTree *tree, const PkPlanNode *node, ParamListInfo params,
								   PkEstimateQuery *question);

#endif /* PK_ADVICE_ESTIMATE_QUERY_H */
