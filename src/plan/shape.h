/*
 * shape.h
 *	  A plan without its numbers: what stays the same between runs, machines and servers.
 */
#ifndef PK_PLAN_SHAPE_H
#define PK_PLAN_SHAPE_H

#include "postgres.h"

#include "lib/stringinfo.h"

#include "plan/walk.h"

/*
 * The whole plan, one node per line, indented by two blanks per level in addition to "indent"
 * levels; no final newline.
 */
extern char *pk_shape_of_plan(const PkPlanTree *tree, int indent);

/* The line of one node, without indentation. */
extern void pk_shape_append_node(StringInfo out, const PkPlanTree *tree, const PkPlanNode *node);

#endif /* PK_PLAN_SHAPE_H */
