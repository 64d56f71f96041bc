/*
 * costs.c
 *	  What queries cost with a set of candidates: planned once, then remembered.
 *
 * Costs are the planner's. Writers pay for each page that an index makes them access what the
 * planner charges for one on the way down a B-tree: 50 times cpu_operator_cost, see
 * DEFAULT_PAGE_CPU_MULTIPLIER in selfuncs.c.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"

#include "advisor/clone.h"
#include "advisor/costs.h"
#include "common/check_writer.h"
#include "common/undo.h"
#include "plan/walk.h"

/*
 * How often a query is planned for promising candidates: once less for each table from here on,
 * because planning a join takes many times as long as planning a smaller one.
 */
#define MAX_ROUNDS 8
#define MIN_ROUNDS 3
#define TABLES_OF_MAX_ROUNDS 4

/* Candidates are not promising if the cost with them exceeds this share of that without them. */
#define NO_GAIN 0.99

/* The planner's charge for a page, in units of cpu_operator_cost. */
#define PAGE_CPU_MULTIPLIER 50

/* A plan that was made; the sets have numbers of candidates. */
typedef struct PkKnownCost
{
	Bitmapset *shown;
	Bitmapset *used;
	double cost; /* without the work of writers */
} PkKnownCost;

typedef struct PkPlanning
{
	const PkCosts *costs;
	const PkWorkloadQuery *query;
	List *shown;
	List **used;
	MemoryContext context; /* of "used" */
	double cost;
} PkPlanning;

static PkIndexCandidate *
candidate_of(const PkCosts *costs, Oid index)
{
	ListCell *cell;

	foreach (cell, costs->candidates)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);

		if (candidate->built == index)
			return candidate;
	}
	return NULL;
}

/* The copies, each of which shows some of its indexes. */
static List *
copies_showing(const PkCosts *costs, List *shown)
{
	List *copies = NIL;
	ListCell *cell;

	foreach (cell, costs->clones)
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
	options.what_if.copies = copies_showing(planning->costs, planning->shown);
	pk_capture_begin(&capture, planning->query->text, &options);
	pk_plan_walk(&capture, &tree);
	planning->cost = tree.root->plan->total_cost;
	caller = MemoryContextSwitchTo(planning->context);
	for (int i = 0; i < tree.count; i++)
	{
		PkIndexCandidate *candidate =
			OidIsValid(tree.nodes[i].indexid) ? candidate_of(planning->costs, tree.nodes[i].indexid) : NULL;

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
plan_or_forget(PkWorkloadQuery *query, PkPlanning *planning)
{
	if (pk_undo_catching_briefly(plan_query, planning, query->role != GetUserId(), planning->costs->patience) == NULL)
		return;
	*planning->used = NIL;
	planning->cost = query->after = query->before;
	query->weight = 0;
	query->relids = NIL;
	query->writes = NIL;
	query->relevant = NULL;
}

/*
 * Plan a query with these candidates and no others that do not exist. Its total cost; "used" is set
 * to those that the plan reads.
 */
static double
plan_with(const PkCosts *costs, PkWorkloadQuery *query, List *shown, List **used)
{
	PkPlanning planning = {costs, query, shown, used, CurrentMemoryContext, 0};
	MemoryContext scratch;

	CHECK_FOR_INTERRUPTS();
	*used = NIL;
	/* There may be tens of thousands of plans. */
	scratch = AllocSetContextCreate(CurrentMemoryContext, "perfkit index advice plan", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(scratch);
	if (query->may_fail)
		plan_or_forget(query, &planning);
	else
		plan_query(&planning);
	MemoryContextSwitchTo(planning.context);
	MemoryContextDelete(scratch);
	return planning.cost;
}

/* Would the write have to keep the index up to date? */
static bool
keeps_up(const PkWrite *write, const PkIndexCandidate *candidate)
{
	ListCell *column;

	if (candidate->relid != write->relid)
		return false;
	if (write->inserts)
		return true;
	foreach (column, write->updated)
	{
		if (list_member(candidate->columns, lfirst(column)))
			return true;
	}
	return false;
}

/* How many entries of the index the query would make. */
static double
entries_written(const PkWorkloadQuery *query, const PkIndexCandidate *candidate)
{
	double entries = 0;
	ListCell *cell;

	foreach (cell, query->writes)
	{
		const PkWrite *write = (const PkWrite *) lfirst(cell);

		if (keeps_up(write, candidate))
			entries += write->rows;
	}
	return entries;
}

/* What the indexes cost the query, if it writes. */
static double
write_cost(const PkWorkloadQuery *query, List *set)
{
	double accesses = 0;
	ListCell *cell;

	if (query->writes == NIL)
		return 0;
	foreach (cell, set)
	{
		const PkIndexCandidate *candidate = (const PkIndexCandidate *) lfirst(cell);

		accesses += Max(candidate->write, 0) * entries_written(query, candidate);
	}
	return accesses * PAGE_CPU_MULTIPLIER * cpu_operator_cost;
}

static Bitmapset *
numbers_of(List *candidates)
{
	Bitmapset *numbers = NULL;
	ListCell *cell;

	foreach (cell, candidates)
	{
		numbers = bms_add_member(numbers, ((PkIndexCandidate *) lfirst(cell))->number);
	}
	return numbers;
}

static PkKnownCost *
remember(PkWorkloadQuery *query, Bitmapset *shown, List *used, double cost)
{
	PkKnownCost *known = palloc(sizeof(PkKnownCost));

	known->shown = shown;
	known->used = numbers_of(used);
	known->cost = cost;
	query->known = lappend(query->known, known);
	return known;
}

/*
 * May the query's plans use the candidate? Its own wishes may have led to it, or to another one
 * that begins alike.
 */
static bool
may_use(const PkCosts *costs, int query, const PkIndexCandidate *candidate)
{
	ListCell *cell;

	if (list_member_int(candidate->queries, query))
		return true;
	foreach (cell, costs->candidates)
	{
		const PkIndexCandidate *other = (const PkIndexCandidate *) lfirst(cell);

		if (list_member_int(other->queries, query) && pk_candidates_begin_alike(candidate, other))
			return true;
	}
	return false;
}

int
pk_costs_rounds(const PkWorkloadQuery *query)
{
	return Max(MAX_ROUNDS - Max(list_length(query->relids) - TABLES_OF_MAX_ROUNDS, 0), MIN_ROUNDS);
}

void
pk_costs_prepare(const PkCosts *costs, PkWorkloadQuery *query)
{
	ListCell *cell;

	foreach (cell, costs->candidates)
	{
		const PkIndexCandidate *candidate = (const PkIndexCandidate *) lfirst(cell);

		if (OidIsValid(candidate->built) && list_member_oid(query->relids, candidate->relid) &&
			may_use(costs, query - costs->queries, candidate))
			query->relevant = bms_add_member(query->relevant, candidate->number);
	}
}

List *
pk_costs_promising(const PkCosts *costs, PkWorkloadQuery *query, bool only_first)
{
	List *promising = NIL;
	List *shown = NIL;
	int rounds = only_first ? 1 : pk_costs_rounds(query);
	ListCell *cell;

	foreach (cell, costs->candidates)
	{
		if (bms_is_member(((PkIndexCandidate *) lfirst(cell))->number, query->relevant))
			shown = lappend(shown, lfirst(cell));
	}
	for (int round = 0; round < rounds && shown != NIL; round++)
	{
		List *used;
		double cost = plan_with(costs, query, shown, &used);

		remember(query, numbers_of(shown), used, cost);
		/* nothing of what is left saves more than this */
		if (used == NIL || cost > NO_GAIN * query->before)
			break;
		promising = lappend(promising, used);
		shown = list_difference_ptr(shown, used);
	}
	remember(query, NULL, NIL, query->before);
	return promising;
}

double
pk_costs_plan(const PkCosts *costs, PkWorkloadQuery *query, List *set, List **used)
{
	double cost = plan_with(costs, query, set, used);

	remember(query, numbers_of(set), *used, cost);
	return cost + write_cost(query, set);
}

double
pk_costs_with(const PkCosts *costs, PkWorkloadQuery *query, List *set)
{
	Bitmapset *wanted = bms_int_members(numbers_of(set), query->relevant);
	double written = write_cost(query, set);
	List *shown = NIL;
	List *used;
	ListCell *cell;
	double cost;

	foreach (cell, query->known)
	{
		const PkKnownCost *known = (const PkKnownCost *) lfirst(cell);

		if (!bms_is_subset(known->used, wanted) || !bms_is_subset(wanted, known->shown))
			continue;
		bms_free(wanted);
		return known->cost + written;
	}
	if (costs->effort_end > 0 && pk_whatif_effort() >= costs->effort_end)
		return pk_costs_most(query, set);
	foreach (cell, set)
	{
		if (bms_is_member(((PkIndexCandidate *) lfirst(cell))->number, wanted))
			shown = lappend(shown, lfirst(cell));
	}
	cost = plan_with(costs, query, shown, &used);
	remember(query, wanted, used, cost);
	return cost + written;
}

double
pk_costs_least(const PkWorkloadQuery *query, List *set)
{
	Bitmapset *wanted = bms_int_members(numbers_of(set), query->relevant);
	double least = 0;
	ListCell *cell;

	foreach (cell, query->known)
	{
		const PkKnownCost *known = (const PkKnownCost *) lfirst(cell);

		if (known->cost > least && bms_is_subset(wanted, known->shown))
			least = known->cost;
	}
	bms_free(wanted);
	return least + write_cost(query, set);
}

double
pk_costs_most(const PkWorkloadQuery *query, List *set)
{
	Bitmapset *wanted = bms_int_members(numbers_of(set), query->relevant);
	double most = query->before;
	ListCell *cell;

	foreach (cell, query->known)
	{
		const PkKnownCost *known = (const PkKnownCost *) lfirst(cell);

		if (known->cost < most && bms_is_subset(known->used, wanted))
			most = known->cost;
	}
	bms_free(wanted);
	return most + write_cost(query, set);
}

double
pk_costs_of_writes(const PkWorkloadQuery *query, List *set)
{
	return write_cost(query, set);
}

bool
pk_costs_concerns(const PkWorkloadQuery *query, List *changed)
{
	ListCell *cell;

	foreach (cell, changed)
	{
		const PkIndexCandidate *candidate = (const PkIndexCandidate *) lfirst(cell);

		if (bms_is_member(candidate->number, query->relevant) || entries_written(query, candidate) > 0)
			return true;
	}
	return false;
}
