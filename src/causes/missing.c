/*
 * missing.c
 *	  The index that is missing, tried before it is advised.
 */
#include "postgres.h"

#include "advice/hypothetical_index.h"
#include "causes/missing.h"

/* Alternatives that are tried, with one or two plans each. */
#define MAX_TRIALS 3

/* Try the alternatives with hypopg until the planner chooses one. */
static void
try_alternatives(const PkInquiry *inquiry, const PkCandidate *candidate, PkHypotheticalResult *best, List **best_way)
{
	const PkFailure *failure = inquiry->failure;
	int tried = 0;
	ListCell *way;

	foreach (way, candidate->alternatives)
	{
		PkHypotheticalResult result;
		bool complete;
		List *trial;

		if (best->chosen || ++tried > MAX_TRIALS)
			break;
		trial = pk_candidate_trial(candidate, lfirst(way), failure->tree, &complete);
		pk_hypothetical_try(failure, trial, &result);
		if (!complete)
			result.cost = -1; /* unknown, because other partitions lack the index */
		if (*best_way != NIL && best->tried && !(result.chosen || (result.served && !best->served)))
			continue; /* no better than the best so far */
		if (*best_way != NIL && !best->tried && !result.chosen)
			continue; /* neither is known to be better */
		*best = result;
		*best_way = lfirst(way);
	}
}

PkFinding *
pk_missing_find(PkInquiry *inquiry, const PkCandidate *candidate)
{
	PkHypotheticalResult best = {0};
	List *best_way = NIL;
	PkCandidate shown = *candidate;
	PkFinding *finding;

	if (candidate->alternatives == NIL)
		return NULL;
	try_alternatives(inquiry, candidate, &best, &best_way);
	if (best.tried)
		shown.alternatives = list_make1(best_way);

	if (best.tried && !best.served)
		return NULL;
	finding = pk_inquiry_make(inquiry, candidate->by_or ? PK_CAUSE_OR_ARM : PK_CAUSE_NO_INDEX);
	finding->use = candidate->use;
	finding->columns = candidate->columns;
	finding->remedy_sql = pk_candidate_text(&shown);
	finding->chosen = best.chosen;
	if (!best.tried)
		finding->unproven = best.reason;
	else
	{
		finding->proof = PK_PROOF_HYPOTHETICAL;
		finding->cost_with_remedy = best.cost;
	}
	return pk_inquiry_add(inquiry, finding);
}
