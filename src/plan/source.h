/*
 * source.h
 *	  What an expression in a plan node is in terms of the tables below.
 */
#ifndef PK_PLAN_SOURCE_H
#define PK_PLAN_SOURCE_H

#include "postgres.h"

#include "nodes/primnodes.h"

#include "plan/walk.h"

/*
 * The expression of "plan" with each reference to the output of a node below replaced by what that
 * node computes, down to columns of relations: through joins, sorts, subqueries and CTEs.
 * Aggregates and window functions stay, with their arguments replaced. Of the members of an Append,
 * the one that reads table number "rti" is followed, or the first. NULL if a part comes from
 * something else, such as a function or a recursive query. In the current memory context.
 */
extern Node *pk_source_of(const PkPlanTree *tree, Plan *plan, Node *expression, Index rti);

/* The same for an output column of the node, counted from 1. */
extern Node *pk_source_of_output(const PkPlanTree *tree, Plan *plan, AttrNumber column, Index rti);

#endif /* PK_PLAN_SOURCE_H */
