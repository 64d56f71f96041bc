/*
 * savings.c
 *	  What a change of the set saves, planned no further than a decision needs.
 *
 * What has been planned bounds the cost of what has not, from both sides. So the queries for which
 * the bounds are widest apart, for the effort of planning them, are planned first, and planning
 * stops as soon as what is left cannot matter for the question that is asked.
 */
#include "postgres.h"

#include "utils/float.h"

#include "advisor/clone.h"
#include "advisor/savings.h"

/*
 * What an index has to save for its size, for it takes memory from others and has to be written: a
 * share of all cost, if it is as large as all tables together.
 */
#define SIZE_GAIN 0.25

double
pk_savings_present(const PkSearch *search)
{
	double sum = 0;

	for (int i = 0; i < search->costs.count; i++)
		sum += search->costs.queries[i].weight * search->costs.queries[i].after;
	return sum;
}

/* The query whose planning tells most for its effort; -1 if there is none left. */
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

/* Only what these queries save (their numbers; NIL: all), and of these only those that lose. */
static double
saved_by(const PkSearch *search, List *set, List *changed, double least, const List *queries, bool only_losers)
{
	const PkCosts *costs = &search->costs;
	double *gaps = palloc0(sizeof(double) * Max(costs->count, 1));
	double sum = 0;
	int next;

	for (int i = 0; i < costs->count; i++)
	{
		PkWorkloadQuery *query = &costs->queries[i];
		double bound;
		double most;

		if (queries != NIL ? !list_member_int(queries, i) : !pk_costs_concerns(query, changed))
			continue;
		most = pk_costs_most(query, set);
		if (only_losers && most <= query->after)
			continue;
		bound = pk_costs_least(query, set);
		sum += query->weight * (query->after - bound);
		gaps[i] = query->weight * Max(most - bound, 1e-9) / Max(query->effort, 1);
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

double
pk_savings_with(const PkSearch *search, List *set, List *changed, double least)
{
	return saved_by(search, set, changed, least, NIL, false);
}

double
pk_savings_of_queries(const PkSearch *search, List *set, List *changed, double least, const List *queries)
{
	return saved_by(search, set, changed, least, queries, false);
}

double
pk_savings_of_losers(const PkSearch *search, List *set, List *changed, double least)
{
	return saved_by(search, set, changed, least, NIL, true);
}

double
pk_savings_bound(const PkSearch *search, List *set, List *changed)
{
	return saved_by(search, set, changed, get_float8_infinity(), NIL, false);
}

void
pk_savings_settle(PkSearch *search, List *set, List *changed)
{
	const PkCosts *costs = &search->costs;

	for (int i = 0; i < costs->count; i++)
	{
		if (pk_costs_concerns(&costs->queries[i], changed))
			costs->queries[i].after = pk_costs_with(costs, &costs->queries[i], set);
	}
}

double
pk_savings_bytes(List *set)
{
	double bytes = 0;
	ListCell *cell;

	foreach (cell, set)
	{
		bytes += ((PkIndexCandidate *) lfirst(cell))->bytes;
	}
	return bytes;
}

double
pk_savings_share_to_save(const PkSearch *search, List *indexes)
{
	double tables = 0;
	ListCell *cell;

	foreach (cell, search->costs.clones)
	{
		tables += ((const PkClone *) lfirst(cell))->bytes;
	}
	return search->min_gain + SIZE_GAIN * pk_savings_bytes(indexes) / Max(tables, BLCKSZ);
}
