/*
 * completion.h
 *	  Which nodes of a plan were run to their end.
 */
#ifndef PK_PLAN_COMPLETION_H
#define PK_PLAN_COMPLETION_H

#include "postgres.h"

#include "nodes/execnodes.h"

typedef enum PkCompletion
{
	PK_COMPLETION_UNKNOWN, /* not run by this process, or not row by row */
	PK_COMPLETION_REACHED, /* in every loop */
	PK_COMPLETION_MISSED,  /* a node above it stopped reading in at least one loop */
} PkCompletion;

/*
 * Watch all nodes of a plan that is started with instrumentation, but has not been run yet. Costs a
 * call and a comparison per row.
 */
extern void pk_completion_watch(PlanState *root);

/* For a plan that was run in this process; call pk_compat_node_work() first. */
extern PkCompletion pk_completion_of(PlanState *state);

#endif /* PK_PLAN_COMPLETION_H */
