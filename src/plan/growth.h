/*
 * growth.h
 *	  Statistics of a table as they would be if it were larger.
 */
#ifndef PK_PLAN_GROWTH_H
#define PK_PLAN_GROWTH_H

#include "postgres.h"

#include "nodes/pathnodes.h"
#include "utils/selfuncs.h"

/*
 * For get_relation_stats_hook and get_index_stats_hook: fill "vardata" with the statistics of a
 * column, or of an expression in an index, for tables "factor" times as large. False if they are
 * the same as for the present size; the planner then finds them by itself.
 */
extern bool pk_growth_of_column(PlannerInfo *root, RangeTblEntry *rte, AttrNumber column, double factor,
								VariableStatData *vardata);
extern bool pk_growth_of_expression(PlannerInfo *root, double factor, VariableStatData *vardata);

/* Drop the extended statistics of columns whose number of distinct values grows. */
extern void pk_growth_extended_statistics(RelOptInfo *rel, Oid relid);

/* Whether the planner asks for one of these functions, and wants the present statistics. */
extern bool pk_growth_asking(void);

#endif /* PK_PLAN_GROWTH_H */
