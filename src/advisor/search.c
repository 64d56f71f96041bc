/*
 * search.c
 *	  The set of candidates that serves a workload best.
 *
 * The planner names the promising ones itself: each query is planned as if all candidates existed,
 * then without those that it has used, a few times over. What it uses together is tried together,
 * because the arms of an OR, or both sides of a merge join, are worth nothing alone. From these
 * configurations the set is chosen greedily, each time the one that saves most, given those chosen
 * before. In the end, indexes that others have made superfluous are dropped, and each is swapped
 * for one that is smaller and as good, or better.
 *
 * Greedy choice is within 1 - 1/e of the best set where what an index saves only shrinks as others
 * are added (Nemhauser, Wolsey and Fisher 1978); configurations and swaps are for where it grows.
 */
#include "postgres.h"

#include "utils/float.h"

#include "advisor/search.h"

/* How often each query is planned for promising candidates. */
#define ROUNDS 8

/* As good: costs differ by less than this share of all, and no query's by this factor. */
#define SAME_COST 0.001
#define SAME_QUERY_COST 1.1

/* What an index has to save beside one that begins with its keys: a share of all cost. */
#define PREFIX_GAIN 0.05

/* Candidates that are of use together. */
typedef struct PkConfiguration
{
	List *candidates;
	double bound; /* what it saved when it was tried last, as a part of the workload's cost */
} PkConfiguration;

/*
 * Could one of the candidates matter to the query: does it wish for it, was it promising, or does
 * it have to maintain it? Of hundreds of queries of a table, few could use the same index, and
 * planning all of them for each candidate would take hours.
 */
static bool
concerns(const PkSearch *search, int number, List *candidates)
{
	const PkWorkloadQuery *query = &search->queries[number];
	ListCell *cell;

	if (query->relids == NIL)
		return false;
	foreach (cell, candidates)
	{
		const PkIndexCandidate *candidate = (const PkIndexCandidate *) lfirst(cell);

		if (candidate->relid == query->target || list_member_int(candidate->queries, number) ||
			list_member_ptr(query->promising, candidate))
			return true;
	}
	return false;
}

/*
 * What the queries of these candidates' tables would cost with the set, minus what they cost now
 * ("after"), with weights.
 */
static double
difference(PkSearch *search, List *set, List *changed)
{
	double sum = 0;

	for (int i = 0; i < search->count; i++)
	{
		PkWorkloadQuery *query = &search->queries[i];

		if (concerns(search, i, changed))
			sum += query->weight * (pk_cost_query(search, query, set) - query->after);
	}
	return sum;
}

/* Make the set the present one. */
static void
settle(PkSearch *search, List *set, List *changed)
{
	for (int i = 0; i < search->count; i++)
	{
		if (concerns(search, i, changed))
			search->queries[i].after = pk_cost_query(search, &search->queries[i], set);
	}
}

static double
workload_cost(const PkSearch *search)
{
	double sum = 0;

	for (int i = 0; i < search->count; i++)
		sum += search->queries[i].weight * search->queries[i].before;
	return sum;
}

static double
bytes_of(List *set)
{
	double bytes = 0;
	ListCell *cell;

	foreach (cell, set)
	{
		bytes += ((PkIndexCandidate *) lfirst(cell))->bytes;
	}
	return bytes;
}

static List *
add_configuration(List *pool, List *candidates)
{
	PkConfiguration *configuration;
	ListCell *cell;

	foreach (cell, pool)
	{
		List *known = ((PkConfiguration *) lfirst(cell))->candidates;

		if (list_length(known) == list_length(candidates) && list_difference_ptr(known, candidates) == NIL)
			return pool;
	}
	configuration = palloc0(sizeof(PkConfiguration));
	configuration->candidates = candidates;
	configuration->bound = get_float8_infinity();
	return lappend(pool, configuration);
}

/* What the planner finds promising. */
static List *
make_pool(PkSearch *search)
{
	List *pool = NIL;

	for (int i = 0; i < search->count; i++)
	{
		PkWorkloadQuery *query = &search->queries[i];
		List *shown = NIL;
		ListCell *cell;

		foreach (cell, search->candidates)
		{
			PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);

			if (OidIsValid(candidate->built) && list_member_oid(query->relids, candidate->relid))
				shown = lappend(shown, candidate);
		}
		for (int round = 0; round < ROUNDS && shown != NIL; round++)
		{
			List *used;

			(void) pk_cost_plan(search, query, shown, &used);
			if (used == NIL)
				break;
			query->promising = list_concat_unique_ptr(query->promising, used);
			pool = add_configuration(pool, used);
			foreach (cell, used)
			{
				pool = add_configuration(pool, list_make1(lfirst(cell)));
			}
			shown = list_difference_ptr(shown, used);
		}
	}
	return pool;
}

static List *
candidates_of(List *pool)
{
	List *candidates = NIL;
	ListCell *cell;

	foreach (cell, pool)
	{
		candidates = list_concat_unique_ptr(candidates, ((PkConfiguration *) lfirst(cell))->candidates);
	}
	return candidates;
}

/* The configuration that has saved most, if more than "least"; or NULL. */
static PkConfiguration *
most_promising(List *pool, const PkConfiguration *without, double least)
{
	PkConfiguration *found = NULL;
	double most = least;
	ListCell *cell;

	foreach (cell, pool)
	{
		PkConfiguration *configuration = (PkConfiguration *) lfirst(cell);

		if (configuration == without || configuration->bound <= most)
			continue;
		found = configuration;
		most = configuration->bound;
	}
	return found;
}

/* The configuration that saves most, added to the set; NULL if none saves enough. */
static PkConfiguration *
best_of(PkSearch *search, List *pool, List *set, double enough)
{
	PkConfiguration *best = NULL;
	double most = enough;

	/* What a configuration saved before is taken as the most that it can save now. */
	for (;;)
	{
		PkConfiguration *next = most_promising(pool, best, most);
		List *more;

		if (next == NULL)
			return best;
		more = list_concat_unique_ptr(list_copy(set), next->candidates);
		if (search->max_bytes > 0 && bytes_of(more) > search->max_bytes)
			next->bound = 0;
		else
			next->bound = -difference(search, more, next->candidates);
		if (next->bound > most)
		{
			best = next;
			most = next->bound;
		}
	}
}

static List *
choose(PkSearch *search, List *pool, double enough)
{
	List *set = NIL;
	PkConfiguration *best;

	while ((best = best_of(search, pool, set, enough)) != NULL)
	{
		set = list_concat_unique_ptr(set, best->candidates);
		settle(search, set, best->candidates);
		best->bound = 0;
	}
	return set;
}

/* Would the set serve each query of the candidates' tables as well as the present one? */
static bool
is_as_good(PkSearch *search, List *set, List *changed)
{
	double sum = 0;

	for (int i = 0; i < search->count; i++)
	{
		PkWorkloadQuery *query = &search->queries[i];
		double cost;

		if (!concerns(search, i, changed))
			continue;
		cost = pk_cost_query(search, query, set);
		if (cost > SAME_QUERY_COST * query->after)
			return false;
		sum += query->weight * (cost - query->after);
	}
	return sum < SAME_COST * workload_cost(search);
}

/* Could both matter to the same query? */
static bool
compete(const PkSearch *search, PkIndexCandidate *one, PkIndexCandidate *other)
{
	for (int i = 0; i < search->count; i++)
	{
		if (concerns(search, i, list_make1(one)) && concerns(search, i, list_make1(other)))
			return true;
	}
	return false;
}

/* Replace one index by one that is smaller and as good, or that saves more. */
static bool
swap_one(PkSearch *search, List **set, List *candidates, double total)
{
	ListCell *cell;
	ListCell *other;

	foreach (cell, *set)
	{
		PkIndexCandidate *old = (PkIndexCandidate *) lfirst(cell);
		List *without = list_difference_ptr(*set, list_make1(old));

		foreach (other, candidates)
		{
			PkIndexCandidate *new = (PkIndexCandidate *) lfirst(other);
			List *swapped = lcons(new, list_copy(without));
			double change;

			if (new->relid != old->relid || list_member_ptr(*set, new) || !compete(search, old, new) ||
				(search->max_bytes > 0 && bytes_of(swapped) > search->max_bytes))
				continue;
			change = difference(search, swapped, list_make2(old, new));
			if (change > -SAME_COST * total &&
				!(new->bytes < 0.9 * old->bytes &&is_as_good(search, swapped, list_make2(old, new))))
				continue;
			*set = swapped;
			settle(search, *set, list_make2(old, new));
			return true;
		}
	}
	return false;
}

/* Does another index of the set begin with all keys of this one? */
static bool
is_prefix(const PkIndexCandidate *candidate, List *set)
{
	size_t length = strlen(candidate->tail) - 1;
	ListCell *cell;

	if (candidate->tail[0] != '(' || candidate->tail[length] != ')')
		return false;
	foreach (cell, set)
	{
		const PkIndexCandidate *other = (const PkIndexCandidate *) lfirst(cell);

		if (other != candidate && other->relid == candidate->relid && strstr(other->tail, ") WHERE ") == NULL &&
			strncmp(other->tail, candidate->tail, length) == 0 &&
			(other->tail[length] == ',' || other->tail[length] == ')'))
			return true;
	}
	return false;
}

/* Drop the index whose loss matters least, if it does not matter. */
static bool
drop_one(PkSearch *search, List **set, double enough, double total)
{
	PkIndexCandidate *least = NULL;
	double loss = 0;
	ListCell *cell;

	foreach (cell, *set)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);
		double change =
			difference(search, list_difference_ptr(*set, list_make1(candidate)), list_make1(candidate));

		if (is_prefix(candidate, *set))
			change -= (Max(PREFIX_GAIN, search->min_gain) - search->min_gain) * total;
		if ((change < enough || change <= 0) && (least == NULL || change < loss))
		{
			loss = change;
			least = candidate;
		}
	}
	if (least == NULL)
		return false;
	*set = list_difference_ptr(*set, list_make1(least));
	settle(search, *set, list_make1(least));
	return true;
}

/* The choice of each index of the set, with the queries whose plans use it. */
static List *
choices_of(PkSearch *search, List *set)
{
	List *choices = NIL;
	ListCell *cell;

	foreach (cell, set)
	{
		PkChoice *choice = palloc0(sizeof(PkChoice));

		choice->candidate = (PkIndexCandidate *) lfirst(cell);
		choices = lappend(choices, choice);
	}
	for (int i = 0; i < search->count; i++)
	{
		PkWorkloadQuery *query = &search->queries[i];
		List *used;

		if (query->relids == NIL)
			continue;
		query->after = pk_cost_plan(search, query, set, &used) + pk_cost_writes(query, set);
		query->promising = list_concat_unique_ptr(query->promising, used);
		foreach (cell, choices)
		{
			PkChoice *choice = (PkChoice *) lfirst(cell);

			if (list_member_ptr(used, choice->candidate))
				choice->queries = lappend_int(choice->queries, i);
		}
	}
	return choices;
}

/*
 * An index can make plans cheaper that do not use it: one on an expression has statistics. It would
 * be no advice, so it is dropped.
 */
static List *
choices_in_use(PkSearch *search, List *set, double total)
{
	List *choices;
	List *unused;
	ListCell *cell;

	do
	{
		choices = choices_of(search, set);
		unused = NIL;
		foreach (cell, choices)
		{
			if (((PkChoice *) lfirst(cell))->queries == NIL)
				unused = lappend(unused, ((PkChoice *) lfirst(cell))->candidate);
		}
		set = list_difference_ptr(set, unused);
		settle(search, set, unused);
	} while (unused != NIL);

	foreach (cell, choices)
	{
		PkChoice *choice = (PkChoice *) lfirst(cell);
		List *only = list_make1(choice->candidate);

		choice->gain = difference(search, list_difference_ptr(set, only), only) / total;
	}
	return choices;
}

List *
pk_search_run(PkSearch *search)
{
	double total = workload_cost(search);
	double enough = search->min_gain * total;
	List *pool;
	List *candidates;
	List *set;
	int swaps = 0;

	for (int i = 0; i < search->count; i++)
		search->queries[i].after = search->queries[i].before;
	pool = make_pool(search);
	candidates = candidates_of(pool);
	pk_clones_measure_writes(search->clones, candidates);
	set = choose(search, pool, enough);
	while (drop_one(search, &set, enough, total))
		;
	while (swaps++ < 2 * list_length(set) && swap_one(search, &set, candidates, total))
		;
	while (drop_one(search, &set, enough, total))
		;
	return choices_in_use(search, set, total);
}
