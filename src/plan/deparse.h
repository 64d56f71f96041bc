/*
 * deparse.h
 *	  Conditions of plan nodes as SQL.
 */
#ifndef PK_PLAN_DEPARSE_H
#define PK_PLAN_DEPARSE_H

#include "postgres.h"

#include "plan/walk.h"

/* What turns a plan's numbers of range table entries into names. Ends with the tree's capture. */
typedef struct PkDeparser
{
	const PkPlanTree *tree;
	List *aliases; /* one for each range table entry, unique among those the plan uses */
	List *context;
	bool many_relations;
} PkDeparser;

extern void pk_deparse_begin(PkDeparser *deparser, const PkPlanTree *tree);

/* Name of the node's target as EXPLAIN shows it; NULL when it has none. */
extern const char *pk_deparse_alias(const PkDeparser *deparser, const PkPlanNode *node);

/* "Index Cond" and "Filter" as EXPLAIN shows them; NULL when there is none. */
extern char *pk_deparse_index_condition(const PkDeparser *deparser, const PkPlanNode *node);
extern char *pk_deparse_filter(const PkDeparser *deparser, const PkPlanNode *node);

/* By what the node decides how many rows it returns, the beginning of a sentence: "Its condition is: x = 1"; NULL when by nothing. */
extern char *pk_deparse_reason(const PkDeparser *deparser, const PkPlanNode *node);

#endif /* PK_PLAN_DEPARSE_H */
