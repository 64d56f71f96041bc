/*
 * shape.h
 *	  A plan without its numbers: what stays the same from one run, machine or server to the next.
 */
#ifndef PK_PLAN_SHAPE_H
#define PK_PLAN_SHAPE_H

#include "postgres.h"

#include "lib/stringinfo.h"

#include "plan/walk.h"

/* Text of the whole plan, one node a line, two blanks of indentation a level after "indent"; no final newline. */
extern char *pk_shape_of_plan(const PkPlanTree *tree, int indent);

/* One node's line, without indentation. */
extern void pk_shape_append_node(StringInfo out, const PkPlanTree *tree, const PkPlanNode *node);

#endif /* PK_PLAN_SHAPE_H */
