/*
 * ends.h
 *	  Which nodes of a plan were run to their end.
 */
#ifndef PK_PLAN_ENDS_H
#define PK_PLAN_ENDS_H

#include "postgres.h"

#include "nodes/execnodes.h"

typedef enum PkEnd
{
	PK_END_UNKNOWN, /* not run by this process, or not a row at a time */
	PK_END_REACHED, /* in every loop */
	PK_END_MISSED,	/* something above it had enough, in one loop at least */
} PkEnd;

/* Watch all nodes of a plan that is started with instrumentation, and not run yet. Costs a call and a comparison a row. */
extern void pk_ends_watch(PlanState *root);

/* Of a plan that was run, in this process; call pk_compat_node_work() first. */
extern PkEnd pk_ends_of(PlanState *state);

#endif /* PK_PLAN_ENDS_H */
