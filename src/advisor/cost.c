/*
 * cost.c
 *	  What a query costs with some of the candidates.
 *
 * Costs are the planner's. Writers pay for each page that an index makes them access what the
 * planner charges for one on the way down a B-tree: 50 times cpu_operator_cost, see
 * DEFAULT_PAGE_CPU_MULTIPLIER in selfuncs.c.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"

#include "advisor/cost.h"
#include "common/check_writer.h"
#include "common/undo.h"
#include "plan/walk.h"

/* The planner's charge for a page, in units of cpu_operator_cost. */
#define PAGE_CPU_MULTIPLIER 50

typedef struct PkPlanning
{
	const PkSearch *search;
	const PkWorkloadQuery *query;
	List *shown;
	List **used;
	MemoryContext context; /* of "used" */
	double cost;
} PkPlanning;

static PkIndexCandidate *
candidate_of(const PkSearch *search, Oid index)
{
	ListCell *cell;

	foreach (cell, search->candidates)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);

		if (candidate->built == index)
			return candidate;
	}
	return NULL;
}

/* The copies, each of which shows some of its indexes. */
static List *
copies_showing(const PkSearch *search, List *shown)
{
	List *copies = NIL;
	ListCell *cell;

	foreach (cell, search->clones)
	{
		const PkClone *clone = (const PkClone *) lfirst(cell);
		PkWhatIfCopy *copy;
		ListCell *candidate;

		if (clone->copy == NULL)
			continue;
		copy = palloc(sizeof(PkWhatIfCopy));
		*copy = *clone->copy;
		copy->shown = NIL;
		foreach (candidate, shown)
		{
			if (((PkIndexCandidate *) lfirst(candidate))->relid == clone->relid)
				copy->shown = lappend_oid(copy->shown, ((PkIndexCandidate *) lfirst(candidate))->built);
		}
		if (copy->shown != NIL)
			copies = lappend(copies, copy);
	}
	return copies;
}

static void
plan_query(void *arg)
{
	PkPlanning *planning = (PkPlanning *) arg;
	PkCaptureOptions options = {.generic = true};
	PkCapture capture;
	PkPlanTree tree;
	MemoryContext caller;

	if (planning->query->role != GetUserId())
		pk_check_writer_assume(planning->query->role);
	options.what_if.copies = copies_showing(planning->search, planning->shown);
	pk_capture_begin(&capture, planning->query->text, &options);
	pk_plan_walk(&capture, &tree);
	planning->cost = tree.root->plan->total_cost;
	caller = MemoryContextSwitchTo(planning->context);
	for (int i = 0; i < tree.count && planning->used != NULL; i++)
	{
		PkIndexCandidate *candidate =
			OidIsValid(tree.nodes[i].indexid) ? candidate_of(planning->search, tree.nodes[i].indexid) : NULL;

		if (candidate != NULL)
			*planning->used = list_append_unique_ptr(*planning->used, candidate);
	}
	MemoryContextSwitchTo(caller);
	pk_capture_end(&capture);
}

/*
 * A statement of another role may fail now although it did not at first, if a function that the
 * planner evaluates wants it to. Its table may be gone, or locked. That must not be the end of the
 * advice for all others: from here on the statement counts for nothing.
 */
static void
plan_or_forget(PkSearch *search, PkWorkloadQuery *query, PkPlanning *planning)
{
	if (pk_undo_catching_briefly(plan_query, planning, query->role != GetUserId(), &search->patience) == NULL)
		return;
	if (planning->used != NULL)
		*planning->used = NIL;
	planning->cost = query->after = query->before;
	query->weight = 0;
	query->relids = NIL;
}

double
pk_cost_plan(PkSearch *search, PkWorkloadQuery *query, List *shown, List **used)
{
	PkPlanning planning = {search, query, shown, used, CurrentMemoryContext, 0};
	MemoryContext scratch;

	CHECK_FOR_INTERRUPTS();
	if (used != NULL)
		*used = NIL;
	/* There are tens of thousands of plans. */
	scratch = AllocSetContextCreate(CurrentMemoryContext, "perfkit index advice plan", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(scratch);
	if (query->may_fail)
		plan_or_forget(search, query, &planning);
	else
		plan_query(&planning);
	MemoryContextSwitchTo(planning.context);
	MemoryContextDelete(scratch);
	return planning.cost;
}

double
pk_cost_writes(const PkWorkloadQuery *query, List *set)
{
	double accesses = 0;
	ListCell *cell;

	if (!OidIsValid(query->target))
		return 0;
	foreach (cell, set)
	{
		const PkIndexCandidate *candidate = (const PkIndexCandidate *) lfirst(cell);
		bool follows = query->inserts;
		ListCell *column;

		foreach (column, query->updated)
		{
			follows |= list_member(candidate->columns, lfirst(column));
		}
		if (candidate->relid == query->target && follows)
			accesses += Max(candidate->write, 0);
	}
	return accesses * query->written * PAGE_CPU_MULTIPLIER * cpu_operator_cost;
}

double
pk_cost_query(PkSearch *search, PkWorkloadQuery *query, List *set)
{
	return pk_cost_plan(search, query, set, NULL) + pk_cost_writes(query, set);
}
