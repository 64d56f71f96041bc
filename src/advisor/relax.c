/*
 * relax.c
 *	  Less of a set of indexes, for almost the same costs.
 *
 * An index is worth to its queries what their plans without it cost more, and nothing to others.
 * So one that is dropped, or replaced, makes only those be planned again that use it, and of these
 * the ones first that could lose most, until it is clear that it has to stay. What was planned for
 * one step mostly holds for the next one.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/float.h"

#include "advisor/relax.h"
#include "advisor/savings.h"

/* What an index has to save beside one that begins with its keys: a share of all cost. */
#define PREFIX_GAIN 0.05

/*
 * A drop is good enough if it is worth this share of what any other could be: which one is best may
 * take many plans to know.
 */
#define GOOD_ENOUGH 0.7

/* A smaller index takes at most this share of the size. */
#define SMALLER 0.9

/* An index that may be dropped: its worth is what the drop is worth. */
typedef struct PkDrop
{
	PkIndexCandidate *candidate;
	double required; /* what it has to save */
	double scale;	 /* the worth is (required - loss) / scale */
	double bound;	 /* of its worth */
} PkDrop;

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

static List *
without(List *set, PkIndexCandidate *candidate)
{
	return list_difference_ptr(set, list_make1(candidate));
}

static bool
is_too_large(const PkSearch *search, List *set)
{
	return search->max_bytes > 0 && pk_savings_bytes(set) > search->max_bytes;
}

double
pk_relax_share_to_save(const PkSearch *search, List *set, PkIndexCandidate *candidate)
{
	double share = pk_savings_share_to_save(search, list_make1(candidate));

	return is_prefix(candidate, set) ? Max(PREFIX_GAIN, share) : share;
}

static PkDrop *
consider_drop(const PkSearch *search, List *set, PkIndexCandidate *candidate)
{
	PkDrop *drop = palloc(sizeof(PkDrop));
	List *only = list_make1(candidate);
	double share = pk_relax_share_to_save(search, set, candidate);

	drop->candidate = candidate;
	drop->scale = 1;
	/* what it has to save for that share of the cost without it */
	drop->required = share < 1 ? share / (1 - share) * pk_savings_present(search) : get_float8_infinity();
	if (is_too_large(search, set))
	{
		drop->required = 0;
		drop->scale = Max(candidate->bytes, 1);
	}
	drop->bound = (drop->required + pk_savings_bound(search, without(set, candidate), only)) / drop->scale;
	return drop;
}

static int
compare_bounds(const ListCell *a, const ListCell *b)
{
	const PkDrop *first = (const PkDrop *) lfirst(a);
	const PkDrop *second = (const PkDrop *) lfirst(b);

	if (first->bound != second->bound)
		return first->bound > second->bound ? -1 : 1;
	return first->candidate->number - second->candidate->number;
}

/*
 * A drop that is worth at least the share "enough" of the best one, with its worth; NULL if all are
 * needed.
 */
static PkDrop *
find_drop(const PkSearch *search, List *set, double enough, double *worth)
{
	PkDrop *best = NULL;
	double most = is_too_large(search, set) ? -get_float8_infinity() : 0;
	List *drops = NIL;
	ListCell *cell;

	foreach (cell, set)
	{
		CHECK_FOR_INTERRUPTS();
		drops = lappend(drops, consider_drop(search, set, (PkIndexCandidate *) lfirst(cell)));
	}
	list_sort(drops, compare_bounds);
	foreach (cell, drops)
	{
		PkDrop *drop = (PkDrop *) lfirst(cell);
		double saved;

		if (drop->bound <= most || (best != NULL && most >= enough * drop->bound && drop->bound > 0))
			break;
		saved = pk_savings_with(search, without(set, drop->candidate), list_make1(drop->candidate),
								most * drop->scale - drop->required);
		if ((drop->required + saved) / drop->scale > most)
		{
			most = (drop->required + saved) / drop->scale;
			best = drop;
		}
	}
	*worth = most;
	return best;
}

/*
 * The smaller option whose place in the set, instead of the old index, is worth most; NULL if none
 * is worth more than "least".
 */
static PkIndexCandidate *
best_replacement(const PkSearch *search, List *set, PkIndexCandidate *old, List *options, double least)
{
	List *rest = without(set, old);
	double present = pk_savings_present(search);
	double share = pk_savings_share_to_save(search, list_make1(old));
	double most = least;
	PkIndexCandidate *best = NULL;
	ListCell *cell;

	foreach (cell, options)
	{
		PkIndexCandidate *new = (PkIndexCandidate *) lfirst(cell);
		double smaller;
		double saved;

		CHECK_FOR_INTERRUPTS();
		if (new->bytes >= SMALLER * old->bytes || !pk_candidates_begin_alike(old, new) || list_member_ptr(set, new))
			continue;
		smaller = present * (share - pk_savings_share_to_save(search, list_make1(new)));
		saved = pk_savings_of_losers(search, lcons(new, list_copy(rest)), list_make2(old, new), most - smaller);
		if (smaller + saved > most)
		{
			most = smaller + saved;
			best = new;
		}
	}
	return best;
}

static void
replace(PkSearch *search, List **set, PkIndexCandidate *old, PkIndexCandidate *new)
{
	*set = lcons(new, without(*set, old));
	pk_savings_settle(search, *set, list_make2(old, new));
}

bool
pk_relax_one(PkSearch *search, List **set, List *options)
{
	double worth;
	PkDrop *drop = find_drop(search, *set, options != NIL ? GOOD_ENOUGH : 1, &worth);
	PkIndexCandidate *new = NULL;

	if (drop == NULL)
		return false;
	if (options != NIL && !is_too_large(search, *set))
		new = best_replacement(search, *set, drop->candidate, options, worth);
	if (new != NULL)
	{
		replace(search, set, drop->candidate, new);
		return true;
	}
	*set = without(*set, drop->candidate);
	pk_savings_settle(search, *set, list_make1(drop->candidate));
	return true;
}

void
pk_relax_shrink(PkSearch *search, List **set, List *options)
{
	ListCell *cell;

	foreach (cell, list_copy(*set))
	{
		PkIndexCandidate *old = (PkIndexCandidate *) lfirst(cell);
		PkIndexCandidate *new =
			best_replacement(search, *set, old, options, PK_SAME_COST * pk_savings_present(search));

		if (new != NULL)
			replace(search, set, old, new);
	}
}
