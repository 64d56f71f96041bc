/*
 * trigger_work.c
 *	  The rows that statements of triggers discard, while a captured plan is run.
 *
 * EXPLAIN ANALYZE shows how long a trigger took, and nothing of what it did: its statements have
 * executors of their own. So while a plan is run to see its work, the executors that are started
 * within triggers are told to count, too, and are looked at before they end. A statement of a
 * function that the query calls is none of a trigger's, and stays the function's own affair, as in
 * EXPLAIN.
 *
 * How many rows a statement discards tells how many there are, and how many satisfy its conditions.
 * So what runs with the privileges of another role, as by a SECURITY DEFINER function, is not
 * counted unless the caller has these privileges. Triggers of foreign keys run as the owner of the
 * table, but what they look for is known: they are counted where the caller may read the table.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/rls.h"

#include "common/compat.h"
#include "plan/trigger_work.h"
#include "plan/walk.h"

static ExecutorStart_hook_type previous_start = NULL;
static ExecutorEnd_hook_type previous_end = NULL;

/* Where the counts go; NULL unless a plan is being run to see its work. */
static PkTriggerWork *watching = NULL;

/* A statement of a trigger that is counted. */
typedef struct PkTriggerStatement
{
	const QueryDesc *desc;
	bool readable; /* only tables that the caller may read */
} PkTriggerStatement;

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

/* May the role see all rows of the table? */
static bool
is_readable(Oid role, Oid relid)
{
	return OidIsValid(relid) && pg_class_aclcheck(relid, role, ACL_SELECT) == ACLCHECK_OK &&
		   check_enable_rls(relid, role, true) != RLS_ENABLED;
}

/* The nodes of a statement that is about to end. */
static void
count(PkTriggerWork *work, QueryDesc *desc, bool readable)
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

		if (pk_compat_node_work(tree.nodes[i].state, &node) && node.rows_removed > 0 &&
			(!readable || is_readable(work->role, tree.nodes[i].relid)))
			add(work, tree.nodes[i].relid, node.rows_removed);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/*
 * Is the statement that starts now to be counted? It is decided here, since a cursor may end when
 * its function has returned, under the role of the caller.
 */
static bool
is_counted(const PkTriggerWork *work, bool *readable)
{
	int depth = trigger_depth() - work->depth;

	*readable = !has_privs_of_role(work->role, GetUserId());
	/* The state of a foreign key's trigger is inherited by triggers that its statement fires. */
	return depth > 0 && (!*readable || (depth == 1 && InNoForceRLSOperation()));
}

/* Take the statement from the list; NULL if it is not in it. */
static PkTriggerStatement *
forget(PkTriggerWork *work, const QueryDesc *desc)
{
	ListCell *cell;

	foreach (cell, work->statements)
	{
		PkTriggerStatement *statement = (PkTriggerStatement *) lfirst(cell);

		if (statement->desc != desc)
			continue;
		work->statements = foreach_delete_current(work->statements, cell);
		return statement;
	}
	return NULL;
}

static void
remember(PkTriggerWork *work, const QueryDesc *desc, bool readable)
{
	MemoryContext caller = MemoryContextSwitchTo(work->context);
	PkTriggerStatement *statement = palloc(sizeof(PkTriggerStatement));

	statement->desc = desc;
	statement->readable = readable;
	work->statements = lappend(work->statements, statement);
	MemoryContextSwitchTo(caller);
}

static void
trigger_work_start(QueryDesc *desc, int eflags)
{
	if (unlikely(watching != NULL) && (eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
	{
		bool readable;

		/* A statement that failed has not ended, and its memory is used again. */
		(void) forget(watching, desc);
		if (is_counted(watching, &readable))
		{
			desc->instrument_options |= INSTRUMENT_ROWS;
			remember(watching, desc, readable);
		}
	}
	if (previous_start)
		previous_start(desc, eflags);
	else
		standard_ExecutorStart(desc, eflags);
}

static void
trigger_work_end(QueryDesc *desc)
{
	if (unlikely(watching != NULL))
	{
		PkTriggerStatement *statement = forget(watching, desc);

		if (statement != NULL && desc->planstate != NULL && desc->planstate->instrument != NULL)
			count(watching, desc, statement->readable);
	}
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
	work->role = GetUserId();
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
