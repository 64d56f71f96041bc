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

#include "advisor/clone.h"
#include "advisor/search.h"

/*
 * What is as good: costs that differ by less than this share of the workload's, and of no query by
 * more than this factor.
 */
#define SAME_COST 0.001
#define SAME_QUERY_COST 1.1

/*
 * What an index has to save for its size, for it takes memory from others and has to be written: a
 * share of all cost, if it is as large as all tables together.
 */
#define SIZE_GAIN 0.25

/* What an index has to save beside one that begins with its keys: a share of all cost. */
#define PREFIX_GAIN 0.05

/* Candidates that are of use together. */
typedef struct PkConfiguration
{
	List *candidates;
	double bound; /* the most that it can save, by what it saved when it was tried last */
} PkConfiguration;

/* The workload's cost as it is now. */
static double
present_cost(const PkSearch *search)
{
	double sum = 0;

	for (int i = 0; i < search->costs.count; i++)
		sum += search->costs.queries[i].weight * search->costs.queries[i].after;
	return sum;
}

/* The query for which most depends on its cost being planned; -1 if there is none left. */
static int
widest_gap(const double *gaps, int count)
{
	int widest = -1;

	for (int i = 0; i < count; i++)
	{
		if (gaps[i] > 0 && (widest < 0 || gaps[i] > gaps[widest]))
			widest = i;
	}
	return widest;
}

/*
 * What the workload would cost less with the set than it does now, after a change of these
 * candidates. If that is "least" or less, the result may be too high, but not above "least":
 * planning stops as soon as what is left to plan cannot matter. So queries are planned in the order
 * of what they could save.
 */
static double
saved_by(const PkSearch *search, List *set, List *changed, double least)
{
	const PkCosts *costs = &search->costs;
	double *gaps = palloc0(sizeof(double) * Max(costs->count, 1));
	double sum = 0;
	int next;

	for (int i = 0; i < costs->count; i++)
	{
		PkWorkloadQuery *query = &costs->queries[i];
		double bound;

		if (!pk_costs_concerns(query, changed))
			continue;
		bound = pk_costs_least(query, set);
		sum += query->weight * (query->after - bound);
		gaps[i] = query->weight * Max(query->after - bound, 1e-9);
	}
	while (sum > least && (next = widest_gap(gaps, costs->count)) >= 0)
	{
		PkWorkloadQuery *query = &costs->queries[next];
		double cost;

		sum -= query->weight * (query->after - pk_costs_least(query, set));
		cost = pk_costs_with(costs, query, set); /* (its weight is 0 if that failed) */
		sum += query->weight * (query->after - cost);
		gaps[next] = 0;
	}
	pfree(gaps);
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

/* What these indexes together have to save: the share of the cost without them. */
static double
share_to_save(const PkSearch *search, List *indexes)
{
	double tables = 0;
	ListCell *cell;

	foreach (cell, search->costs.clones)
	{
		tables += ((const PkClone *) lfirst(cell))->bytes;
	}
	return search->min_gain + SIZE_GAIN * bytes_of(indexes) / Max(tables, BLCKSZ);
}

/* Make the set the present one. */
static void
settle(PkSearch *search, List *set, List *changed)
{
	const PkCosts *costs = &search->costs;

	for (int i = 0; i < costs->count; i++)
	{
		if (pk_costs_concerns(&costs->queries[i], changed))
			costs->queries[i].after = pk_costs_with(costs, &costs->queries[i], set);
	}
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
make_pool(const PkSearch *search)
{
	List *pool = NIL;

	for (int i = 0; i < search->costs.count; i++)
	{
		ListCell *cell;

		foreach (cell, pk_costs_promising(&search->costs, &search->costs.queries[i]))
		{
			List *used = (List *) lfirst(cell);
			ListCell *one;

			pool = add_configuration(pool, used);
			foreach (one, used)
			{
				pool = add_configuration(pool, list_make1(lfirst(one)));
			}
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

/* What the configuration has to save beside the set. */
static double
charge_of(const PkSearch *search, const PkConfiguration *configuration, List *set)
{
	List *added = list_difference_ptr(configuration->candidates, set);

	return share_to_save(search, added) * present_cost(search);
}

/* The configuration that saves most beyond its charge, by its bound; or NULL, see "least". */
static PkConfiguration *
most_promising(const PkSearch *search, List *pool, List *set, const PkConfiguration *without, double least)
{
	PkConfiguration *found = NULL;
	double most = least;
	ListCell *cell;

	foreach (cell, pool)
	{
		PkConfiguration *configuration = (PkConfiguration *) lfirst(cell);
		double worth;

		if (configuration == without || configuration->bound <= most)
			continue;
		worth = configuration->bound - charge_of(search, configuration, set);
		if (worth <= most)
			continue;
		found = configuration;
		most = worth;
	}
	return found;
}

/* The configuration that is worth most beside the set; NULL if none saves what it has to. */
static PkConfiguration *
best_of(const PkSearch *search, List *pool, List *set)
{
	PkConfiguration *best = NULL;
	double most = 0;

	/* What a configuration saved before is taken as the most that it can save now. */
	for (;;)
	{
		PkConfiguration *next = most_promising(search, pool, set, best, most);
		double charge;
		List *more;

		if (next == NULL)
			return best;
		charge = charge_of(search, next, set);
		more = list_concat_unique_ptr(list_copy(set), next->candidates);
		if (search->max_bytes > 0 && bytes_of(more) > search->max_bytes)
			next->bound = 0;
		else
			next->bound = saved_by(search, more, next->candidates, most + charge);
		if (next->bound - charge > most)
		{
			best = next;
			most = next->bound - charge;
		}
	}
}

static List *
choose(PkSearch *search, List *pool)
{
	List *set = NIL;
	PkConfiguration *best;

	while ((best = best_of(search, pool, set)) != NULL)
	{
		set = list_concat_unique_ptr(set, best->candidates);
		settle(search, set, best->candidates);
		best->bound = 0;
	}
	return set;
}

/* Would the set serve each query of the candidates' tables as well as the present one? */
static bool
is_as_good(const PkSearch *search, List *set, List *changed)
{
	const PkCosts *costs = &search->costs;
	double same = SAME_COST * present_cost(search);

	if (saved_by(search, set, changed, -same) <= -same)
		return false;
	for (int i = 0; i < costs->count; i++)
	{
		PkWorkloadQuery *query = &costs->queries[i];

		if (pk_costs_concerns(query, changed) &&
			pk_costs_with(costs, query, set) > SAME_QUERY_COST * query->after)
			return false;
	}
	return true;
}

/* Replace one index by one that is smaller and as good, or that saves more. */
static bool
swap_one(PkSearch *search, List **set, List *candidates)
{
	double present = present_cost(search);
	double same = SAME_COST * present;
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
			List *changed = list_make2(old, new);
			double least;

			if (new->relid != old->relid || list_member_ptr(*set, new) ||
				(search->max_bytes > 0 && bytes_of(swapped) > search->max_bytes))
				continue;
			least = same + present * (share_to_save(search, list_make1(new)) -
									  share_to_save(search, list_make1(old)));
			if (saved_by(search, swapped, changed, least) <= least &&
				!(new->bytes < 0.9 * old->bytes &&is_as_good(search, swapped, changed)))
				continue;
			*set = swapped;
			settle(search, *set, changed);
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
drop_one(PkSearch *search, List **set)
{
	PkIndexCandidate *least = NULL;
	double present = present_cost(search);
	double most = 0;
	ListCell *cell;

	foreach (cell, *set)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);
		List *only = list_make1(candidate);
		double required = share_to_save(search, only);
		double share = is_prefix(candidate, *set) ? Max(PREFIX_GAIN, required) : required;
		/* what it has to save for that share of the cost without it */
		double enough = share < 1 ? share / (1 - share) * present : get_float8_infinity();
		/* how far it is from that */
		double missing = enough + saved_by(search, list_difference_ptr(*set, only), only, most - enough);

		if (missing > most)
		{
			most = missing;
			least = candidate;
		}
	}
	if (least == NULL)
		return false;
	*set = list_difference_ptr(*set, list_make1(least));
	settle(search, *set, list_make1(least));
	return true;
}

/* Those of the set that plans use, as they are made with all of the set. */
static List *
choices_of(PkSearch *search, List *set)
{
	const PkCosts *costs = &search->costs;
	List **used = palloc0(sizeof(List *) * Max(costs->count, 1));
	List *choices = NIL;
	double present;
	ListCell *cell;

	for (int i = 0; i < costs->count; i++)
	{
		if (pk_costs_concerns(&costs->queries[i], set))
			costs->queries[i].after = pk_costs_plan(costs, &costs->queries[i], set, &used[i]);
	}
	present = present_cost(search);
	foreach (cell, set)
	{
		PkChoice *choice = palloc0(sizeof(PkChoice));
		List *only = list_make1(lfirst(cell));

		choice->candidate = (PkIndexCandidate *) lfirst(cell);
		choice->saved = -saved_by(search, list_difference_ptr(set, only), only, -get_float8_infinity());
		choice->gain = choice->saved / Max(present + choice->saved, 1e-300);
		for (int i = 0; i < costs->count; i++)
		{
			if (list_member_ptr(used[i], choice->candidate))
				choice->queries = lappend_int(choice->queries, i);
		}
		if (choice->queries != NIL && choice->saved > 0)
			choices = lappend(choices, choice);
	}
	return choices;
}

/* The candidates whose tables are written to. */
static List *
written_ones(const PkSearch *search, List *candidates)
{
	List *written = NIL;
	ListCell *cell;

	foreach (cell, candidates)
	{
		for (int i = 0; i < search->costs.count; i++)
		{
			if (search->costs.queries[i].target == ((PkIndexCandidate *) lfirst(cell))->relid)
				written = list_append_unique_ptr(written, lfirst(cell));
		}
	}
	return written;
}

List *
pk_search_run(PkSearch *search)
{
	List *pool = make_pool(search);
	List *candidates = candidates_of(pool);
	List *written = written_ones(search, candidates);
	List *set;
	int swaps = 0;

	for (int i = 0; i < search->costs.count; i++)
		search->costs.queries[i].after = search->costs.queries[i].before;
	pk_clones_measure_writes(search->costs.clones, written);
	set = choose(search, pool);
	while (drop_one(search, &set))
		;
	while (swaps++ < 2 * list_length(set) && swap_one(search, &set, candidates))
		;
	while (drop_one(search, &set))
		;
	pk_clones_measure_writes(search->costs.clones, list_difference_ptr(set, written));
	return choices_of(search, set);
}
