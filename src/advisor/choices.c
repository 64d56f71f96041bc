/*
 * choices.c
 *	  What each index of a set saves, and the set without those that save too little.
 *
 * A search may have ended before it was through with a set, and what it knows of costs are bounds
 * then. So each query is planned with the whole set, and once more without each index that its plan
 * uses, which is what the advice says of an index. Whatever saves too little is dropped, several in
 * a round, the least useful first. Of two that can stand in for each other, only one must go: an
 * index is left for the next round if a query that uses it has lost another one in this round, and
 * others are judged by what their queries lose with what is left of the set.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/float.h"

#include "advisor/choices.h"
#include "advisor/relax.h"
#include "advisor/savings.h"
#include "plan/whatif.h"

typedef struct PkChoosing
{
	PkSearch *search;
	List *set;			/* what is left of it */
	List **used;		/* for each query, those of the set that its plan uses */
	Bitmapset *changed; /* numbers of the queries whose plans used what was dropped in this round */
} PkChoosing;

/* What the index costs the writers among the queries that do not use it. */
static double
written_for(const PkChoosing *choosing, const PkChoice *choice, List *rest)
{
	const PkCosts *costs = &choosing->search->costs;
	double written = 0;

	for (int i = 0; i < costs->count; i++)
	{
		const PkWorkloadQuery *query = &costs->queries[i];

		if (query->writes != NIL && !list_member_int(choice->queries, i))
			written += query->weight *
					   (pk_costs_of_writes(query, choosing->set) - pk_costs_of_writes(query, rest));
	}
	return written;
}

/*
 * What the index saves: to the queries that use it what their plans without it cost more, less what
 * it costs others to write it. Unless that is to be known exactly, planning stops as soon as it is
 * clear that it saves enough.
 */
static void
measure(const PkChoosing *choosing, PkChoice *choice, bool exactly)
{
	const PkSearch *search = choosing->search;
	List *only = list_make1(choice->candidate);
	List *rest = list_difference_ptr(choosing->set, only);
	double present = pk_savings_present(search);
	double share = pk_relax_share_to_save(search, choosing->set, choice->candidate);
	double written = written_for(choosing, choice, rest);
	double enough = get_float8_infinity();

	if (!exactly && share < 1)
		enough = share / (1 - share) * present + written;
	choice->saved = -pk_savings_of_queries(search, rest, only, -enough, choice->queries) - written;
	choice->gain = choice->saved / Max(present + choice->saved, 1e-300);
}

/* Whether it saves less than it has to. One that saves nothing does, whatever "min_gain" is. */
static bool
is_too_little(const PkChoosing *choosing, const PkChoice *choice)
{
	return choice->saved <= 0 ||
		   choice->gain < pk_relax_share_to_save(choosing->search, choosing->set, choice->candidate);
}

static int
compare_saved(const ListCell *a, const ListCell *b)
{
	const PkChoice *first = (const PkChoice *) lfirst(a);
	const PkChoice *second = (const PkChoice *) lfirst(b);

	if (first->saved != second->saved)
		return first->saved < second->saved ? -1 : 1;
	return first->candidate->number - second->candidate->number;
}

/* Take the index from the set. What writers pay for it is saved at once, plans are made later. */
static void
drop(PkChoosing *choosing, PkIndexCandidate *candidate)
{
	const PkCosts *costs = &choosing->search->costs;
	List *rest = list_difference_ptr(choosing->set, list_make1(candidate));

	for (int i = 0; i < costs->count; i++)
	{
		PkWorkloadQuery *query = &costs->queries[i];

		query->after -= pk_costs_of_writes(query, choosing->set) - pk_costs_of_writes(query, rest);
		if (list_member_ptr(choosing->used[i], candidate))
			choosing->changed = bms_add_member(choosing->changed, i);
	}
	choosing->set = rest;
}

/* Those of the set that plans use; the others are dropped, which changes no plan. */
static List *
choices_of(PkChoosing *choosing)
{
	List *choices = NIL;
	ListCell *cell;

	foreach (cell, list_copy(choosing->set))
	{
		PkChoice *choice = palloc0(sizeof(PkChoice));

		choice->candidate = (PkIndexCandidate *) lfirst(cell);
		for (int i = 0; i < choosing->search->costs.count; i++)
		{
			if (list_member_ptr(choosing->used[i], choice->candidate))
				choice->queries = lappend_int(choice->queries, i);
		}
		if (choice->queries != NIL)
			choices = lappend(choices, choice);
		else
			drop(choosing, choice->candidate);
	}
	return choices;
}

/* Has a query that uses it lost another index in this round? */
static bool
has_changed(const PkChoosing *choosing, const PkChoice *choice)
{
	ListCell *cell;

	foreach (cell, choice->queries)
	{
		if (bms_is_member(lfirst_int(cell), choosing->changed))
			return true;
	}
	return false;
}

/* Drop what saves too little, those that save least first. */
static void
drop_round(PkChoosing *choosing, List *choices, bool at_once)
{
	ListCell *cell;

	list_sort(choices, compare_saved);
	foreach (cell, choices)
	{
		PkChoice *choice = (PkChoice *) lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		if (!is_too_little(choosing, choice))
			continue;
		if (!at_once && choosing->changed != NULL)
		{
			if (has_changed(choosing, choice))
				continue;
			measure(choosing, choice, false);
			if (!is_too_little(choosing, choice))
				continue;
		}
		/* What two of them would save alone is not known then. */
		if (at_once && choosing->changed != NULL)
			choosing->search->cut_short = true;
		drop(choosing, choice->candidate);
	}
}

static void
plan_changed(PkChoosing *choosing)
{
	PkCosts *costs = &choosing->search->costs;
	int number = -1;

	while ((number = bms_next_member(choosing->changed, number)) >= 0)
	{
		PkWorkloadQuery *query = &costs->queries[number];

		query->after = pk_costs_plan(costs, query, choosing->set, &choosing->used[number]);
	}
	choosing->changed = NULL;
}

List *
pk_choices_make(PkSearch *search, List *set, double effort)
{
	PkCosts *costs = &search->costs;
	double end = pk_whatif_effort() + effort;
	PkChoosing choosing = {.search = search, .set = set};

	choosing.used = palloc0(sizeof(List *) * Max(costs->count, 1));
	for (int i = 0; i < costs->count; i++)
	{
		if (pk_costs_concerns(&costs->queries[i], set))
			choosing.changed = bms_add_member(choosing.changed, i);
	}
	for (bool exactly = false;; exactly = !exactly)
	{
		List *choices;
		ListCell *cell;

		plan_changed(&choosing);
		choices = choices_of(&choosing);
		foreach (cell, choices)
		{
			measure(&choosing, (PkChoice *) lfirst(cell), exactly);
		}
		drop_round(&choosing, choices, pk_whatif_effort() >= end);
		if (list_length(choosing.set) < list_length(choices))
			exactly = true; /* not yet */
		else if (exactly)
			return choices;
	}
}
