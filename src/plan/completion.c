/*
 * completion.c
 *	  Which nodes of a plan were run to their end.
 *
 * Under a LIMIT, an EXISTS, or a semi or merge join, a node may return fewer rows than it has, so
 * that its row count says nothing about the estimate. Which nodes are affected depends on the data
 * as well as on the plan. The executor does not record it; but a node that reaches its end returns
 * no row, once in each loop, which a function in front of it can see.
 *
 * A plan node has no room for a pointer of ours. But its instrumentation is a pointer, so it is
 * replaced by a larger struct that begins with what the executor knows.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"

#include "common/compat.h"
#include "plan/completion.h"

typedef struct PkWatch
{
	PkCompatInstrumentation counted; /* the executor's, so it must be first */
	ExecProcNodeMtd next_row;
	double ended_loop; /* the last loop that ended, from 1 */
	double ends;
} PkWatch;

static TupleTableSlot *
watch_row(PlanState *state)
{
	PkWatch *watch = (PkWatch *) state->instrument;
	TupleTableSlot *slot = watch->next_row(state);

	/* Some nodes ask again after the end. */
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

	/* A subplan that is referenced twice is visited twice. */
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

	/* A parallel hash join replaces its function when its workers start. */
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
