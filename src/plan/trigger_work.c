/*
 * trigger_work.c
 *	  The rows that statements of triggers discard, while a captured plan is run.
 *
 * EXPLAIN ANALYZE shows how long a trigger took, and nothing of what it did: its statements have
 * executors of their own. So while a plan is run to see its work, the executors that are started
 * within triggers are told to count, too, and are looked at before they end. A statement of a
 * function that the query calls is none of a trigger's, and stays the function's own affair, as in
 * EXPLAIN.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "common/compat.h"
#include "plan/trigger_work.h"
#include "plan/walk.h"

static ExecutorStart_hook_type previous_start = NULL;
static ExecutorEnd_hook_type previous_end = NULL;

/* Where the counts go; NULL unless a plan is being run to see its work. */
static PkTriggerWork *watching = NULL;

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

static void
add(PkTriggerWork *work, Oid relid, double rows)
{
	MemoryContext caller;
	PkTriggerScan *scan;
	ListCell *cell;

	work->rows_removed += rows;
	foreach (cell, work->scans)
	{
		scan = (PkTriggerScan *) lfirst(cell);
		if (scan->relid != relid)
			continue;
		scan->rows_removed += rows;
		return;
	}
	caller = MemoryContextSwitchTo(work->context);
	scan = palloc(sizeof(PkTriggerScan));
	scan->relid = relid;
	scan->rows_removed = rows;
	work->scans = lappend(work->scans, scan);
	MemoryContextSwitchTo(caller);
}

/* The nodes of a statement that is about to end. */
static void
count(PkTriggerWork *work, QueryDesc *desc)
{
	PkCapture capture = {.stmt = desc->plannedstmt, .desc = desc};
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "perfkit trigger", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PkPlanTree tree;

	capture.context = context;
	pk_plan_walk(&capture, &tree);
	for (int i = 0; i < tree.count; i++)
	{
		PkCompatNodeWork node;

		if (pk_compat_node_work(tree.nodes[i].state, &node) && node.rows_removed > 0)
			add(work, tree.nodes[i].relid, node.rows_removed);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

static void
trigger_work_start(QueryDesc *desc, int eflags)
{
	if (unlikely(watching != NULL) && (eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0 && trigger_depth() > watching->depth)
		desc->instrument_options |= INSTRUMENT_ROWS;
	if (previous_start)
		previous_start(desc, eflags);
	else
		standard_ExecutorStart(desc, eflags);
}

static void
trigger_work_end(QueryDesc *desc)
{
	if (unlikely(watching != NULL) && desc->planstate != NULL && desc->planstate->instrument != NULL &&
		trigger_depth() > watching->depth)
		count(watching, desc);
	if (previous_end)
		previous_end(desc);
	else
		standard_ExecutorEnd(desc);
}

void
pk_trigger_work_begin(PkTriggerWork *work)
{
	memset(work, 0, sizeof(*work));
	work->context = CurrentMemoryContext;
	work->depth = trigger_depth();
	work->outer = watching;
	watching = work;
}

void
pk_trigger_work_end(PkTriggerWork *work)
{
	watching = work->outer;
}

void
pk_trigger_work_init(void)
{
	previous_start = ExecutorStart_hook;
	ExecutorStart_hook = trigger_work_start;
	previous_end = ExecutorEnd_hook;
	ExecutorEnd_hook = trigger_work_end;
}
