/*
 * completion.c
 *	  Which nodes of a plan were run to their end.
 *
 * Under a LIMIT, EXISTS, semi or merge join a node returns fewer rows than it has, and its row count says nothing
 * about the estimate. Which nodes that happened to depends on the data as much as on the plan. The executor does not count it; but
 * a node that has reached its end returns no row, once in each loop, and that can be seen by standing in front of it.
 *
 * A node has no place for a pointer of ours. Its instrumentation is a pointer, though, so it is replaced by a larger one of which the
 * first part is what the executor knows.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"

#include "common/compat.h"
#include "plan/completion.h"

typedef struct PkWatch
{
	PkCompatInstrumentation counted; /* first: the executor's */
	ExecProcNodeMtd next_row;
	double ended_loop; /* the last one that ended, from 1 */
	double ends;
} PkWatch;

static TupleTableSlot *
watch_row(PlanState *state)
{
	PkWatch *watch = (PkWatch *) state->instrument;
	TupleTableSlot *slot = watch->next_row(state);

	/* Some ask again after the end. */
	if (TupIsNull(slot) && watch->ended_loop != watch->counted.nloops + 1)
	{
		watch->ended_loop = watch->counted.nloops + 1;
		watch->ends++;
	}
	return slot;
}

static bool
watch_node(PlanState *state, void *arg)
{
	PkWatch *watch;

	/* A subplan that is referred to twice is visited twice. */
	if (state->ExecProcNodeReal == watch_row)
		return false;
	watch = palloc0(sizeof(PkWatch));
	watch->counted = *state->instrument;
	watch->next_row = state->ExecProcNodeReal;
	state->instrument = &watch->counted;
	ExecSetExecProcNode(state, watch_row);
	return planstate_tree_walker(state, watch_node, arg);
}

void
pk_completion_watch(PlanState *root)
{
	MemoryContext caller = MemoryContextSwitchTo(root->state->es_query_cxt);

	(void) watch_node(root, NULL);
	MemoryContextSwitchTo(caller);
}

PkCompletion
pk_completion_of(PlanState *state)
{
	PkWatch *watch = (PkWatch *) state->instrument;
	double loops = watch->counted.nloops;

	/* A parallel hash join changes its function when its workers start. */
	if (state->ExecProcNodeReal != watch_row)
		return PK_COMPLETION_UNKNOWN;
	if (state->worker_instrument != NULL)
	{
		for (int i = 0; i < state->worker_instrument->num_workers; i++)
			loops -= state->worker_instrument->instrument[i].nloops;
	}
	if (loops <= 0)
		return PK_COMPLETION_UNKNOWN;
	return watch->ends >= loops ? PK_COMPLETION_REACHED : PK_COMPLETION_MISSED;
}
