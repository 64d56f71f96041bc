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
 * That plans each query with each configuration, which takes hours for a hundred joins of a dozen
 * tables. There, the search begins with all that the queries use when all candidates are shown, and
 * drops or shrinks what is worth less than its size (a relaxation, as of Bruno and Chaudhuri 2005).
 * A step plans only the queries that use the index in question, and there is a set to return at any
 * time. Both end when a certain planning effort is spent, which is counted and not timed, so that
 * the same workload gets the same advice.
 *
 * Greedy choice is within 1 - 1/e of the best set where what an index saves only shrinks as others
 * are added (Nemhauser, Wolsey and Fisher 1978); configurations and swaps are for where it grows.
 */
#include "postgres.h"

#include "utils/float.h"

#include "advisor/choices.h"
#include "advisor/clone.h"
#include "advisor/relax.h"
#include "advisor/savings.h"
#include "advisor/search.h"
#include "plan/whatif.h"

/* What is as good: costs of no query that are higher by more than this factor. */
#define SAME_QUERY_COST 1.1

/*
 * The planning effort that the search takes, in units of pk_whatif_effort(), beyond the first plans
 * and the last ones: 50,000 a second where many indexes are shown. And the most that building up
 * may be expected to take.
 */
#define MAX_EFFORT 3000000.0
#define BUILD_UP_EFFORT 1000000.0

/* What dropping with care what saves too little may take in the end. */
#define FINISH_EFFORT 1000000.0

/* Candidates that are of use together. */
typedef struct PkConfiguration
{
	List *candidates;
	double bound; /* the most that it can save, by what it saved when it was tried last */
} PkConfiguration;

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
make_pool(const PkSearch *search, bool only_first)
{
	List *pool = NIL;

	for (int i = 0; i < search->costs.count; i++)
	{
		ListCell *cell;

		foreach (cell, pk_costs_promising(&search->costs, &search->costs.queries[i], only_first))
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

	return pk_savings_share_to_save(search, added) * pk_savings_present(search);
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
		if (search->max_bytes > 0 && pk_savings_bytes(more) > search->max_bytes)
			next->bound = 0;
		else
			next->bound = pk_savings_with(search, more, next->candidates, most + charge);
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
		pk_savings_settle(search, set, best->candidates);
		best->bound = 0;
	}
	return set;
}

/* Would the set serve each query of the candidates' tables as well as the present one? */
static bool
is_as_good(const PkSearch *search, List *set, List *changed)
{
	const PkCosts *costs = &search->costs;
	double same = PK_SAME_COST * pk_savings_present(search);

	if (pk_savings_with(search, set, changed, -same) <= -same)
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
	double present = pk_savings_present(search);
	double same = PK_SAME_COST * present;
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
				(search->max_bytes > 0 && pk_savings_bytes(swapped) > search->max_bytes))
				continue;
			least = same + present * (pk_savings_share_to_save(search, list_make1(new)) -
									  pk_savings_share_to_save(search, list_make1(old)));
			if (pk_savings_with(search, swapped, changed, least) <= least &&
				!(new->bytes < 0.9 * old->bytes &&is_as_good(search, swapped, changed)))
				continue;
			*set = swapped;
			pk_savings_settle(search, *set, changed);
			return true;
		}
	}
	return false;
}

/* The candidates whose tables are written to. */
static List *
written_ones(const PkSearch *search, List *candidates)
{
	List *tables = NIL;
	List *written = NIL;
	ListCell *cell;

	for (int i = 0; i < search->costs.count; i++)
	{
		foreach (cell, search->costs.queries[i].writes)
		{
			tables = list_append_unique_oid(tables, ((PkWrite *) lfirst(cell))->relid);
		}
	}
	foreach (cell, candidates)
	{
		if (list_member_oid(tables, ((PkIndexCandidate *) lfirst(cell))->relid))
			written = lappend(written, lfirst(cell));
	}
	return written;
}

/*
 * Whether there is effort enough to build the set up from nothing, where each configuration is
 * tried at least once with each query that it concerns.
 */
static bool
can_build_up(const PkSearch *search)
{
	double effort = 0;

	for (int i = 0; i < search->costs.count; i++)
	{
		const PkWorkloadQuery *query = &search->costs.queries[i];

		effort += query->effort * (pk_costs_rounds(query) + bms_num_members(query->relevant));
	}
	return effort <= BUILD_UP_EFFORT;
}

static List *
build_up(PkSearch *search, List *pool, List *candidates)
{
	List *set = choose(search, pool);
	int swaps = 0;

	while (pk_relax_one(search, &set, NIL))
		;
	while (swaps++ < 2 * list_length(set) && swap_one(search, &set, candidates))
		;
	while (pk_relax_one(search, &set, NIL))
		;
	return set;
}

/* The same from the other end: from all that queries would use if they could have all of it. */
static List *
cut_down(PkSearch *search, List *candidates, List *options)
{
	List *set = candidates;

	pk_savings_settle(search, set, set);
	while (pk_relax_one(search, &set, options))
		;
	pk_relax_shrink(search, &set, options);
	while (pk_relax_one(search, &set, options))
		;
	return set;
}

static void
start_from_nothing(PkSearch *search)
{
	for (int i = 0; i < search->costs.count; i++)
		search->costs.queries[i].after = search->costs.queries[i].before;
}

/* Those that may replace one of the candidates: they begin alike. */
static List *
options_for(const PkSearch *search, List *candidates)
{
	List *options = NIL;
	ListCell *cell;
	ListCell *other;

	foreach (cell, search->costs.candidates)
	{
		PkIndexCandidate *option = (PkIndexCandidate *) lfirst(cell);

		foreach (other, candidates)
		{
			if (OidIsValid(option->built) && pk_candidates_begin_alike(option, (PkIndexCandidate *) lfirst(other)))
			{
				options = lappend(options, option);
				break;
			}
		}
	}
	return options;
}

List *
pk_search_run(PkSearch *search)
{
	PkCosts *costs = &search->costs;
	bool builds_up;
	List *pool;
	List *candidates;
	List *options;
	List *written;
	List *set;

	for (int i = 0; i < costs->count; i++)
		pk_costs_prepare(costs, &costs->queries[i]);
	builds_up = can_build_up(search);
	pool = make_pool(search, !builds_up);
	candidates = candidates_of(pool);
	options = builds_up ? candidates : options_for(search, candidates);
	written = written_ones(search, options);
	pk_clones_measure_writes(costs->clones, written);
	start_from_nothing(search);
	costs->effort_end = pk_whatif_effort() + MAX_EFFORT;
	set = builds_up ? build_up(search, pool, candidates) : cut_down(search, candidates, options);
	search->cut_short = pk_whatif_effort() >= costs->effort_end;
	costs->effort_end = 0;
	pk_clones_measure_writes(costs->clones, list_difference_ptr(set, written));
	return pk_choices_make(search, set, FINISH_EFFORT);
}
