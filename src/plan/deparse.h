/*
 * deparse.h
 *	  Conditions of plan nodes as SQL.
 */
#ifndef PK_PLAN_DEPARSE_H
#define PK_PLAN_DEPARSE_H

#include "postgres.h"

#include "plan/walk.h"

/* Turns the range table indexes in a plan into names. Valid until the capture ends. */
typedef struct PkDeparser
{
	const PkPlanTree *tree;
	List *aliases; /* one for each range table entry, unique among those in the plan */
	List *context;
	bool many_relations;
} PkDeparser;

extern void pk_deparse_begin(PkDeparser *deparser, const PkPlanTree *tree);

/* Name of the node's target as EXPLAIN shows it; NULL if it has none. */
extern const char *pk_deparse_alias(const PkDeparser *deparser, const PkPlanNode *node);

/* "Index Cond" and "Filter" as EXPLAIN shows them; NULL if there are none. */
extern char *pk_deparse_index_condition(const PkDeparser *deparser, const PkPlanNode *node);
extern char *pk_deparse_filter(const PkDeparser *deparser, const PkPlanNode *node);

/* One of the node's conditions. */
extern char *pk_deparse_clause(const PkDeparser *deparser, const PkPlanNode *node, Node *clause);

/*
 * What determines how many rows the node returns, as a sentence without its period: "Its condition
 * is: x = 1". NULL if nothing does.
 */
extern char *pk_deparse_reason(const PkDeparser *deparser, const PkPlanNode *node);

/*
 * An expression on one table, which is Var 1 in it, as SQL without the table's name. Values that
 * the plan computes elsewhere are shown as "$0", as they are up to 16: later servers look for where
 * they come from in a plan, and there is none.
 */
extern char *pk_deparse_on_table(Node *expression, Oid relid, bool show_implicit);

#endif /* PK_PLAN_DEPARSE_H */
