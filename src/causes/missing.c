/*
 * missing.c
 *	  The index that is missing, tried before it is advised.
 */
#include "postgres.h"

#include "advice/hypothetical_index.h"
#include "advice/trial_built.h"
#include "causes/missing.h"

/* Alternatives that are tried, with one or two plans each. */
#define MAX_TRIALS 3

/* Try indexes with hypopg, or else by building them on a sample. */
static void
try_indexes(const PkFailure *failure, const PkCandidate *candidate, List *tails, PkTrialResult *result)
{
	bool complete;
	List *statements;

	if (!pk_replan_affordable(failure, 1))
	{
		memset(result, 0, sizeof(*result));
		result->reason = pstrdup(PK_REPLAN_REFUSAL);
		return;
	}
	statements = pk_candidate_trial(candidate, tails, failure->tree, &complete);
	pk_hypothetical_try(failure, statements, result);
	if (!result->tried)
	{
		char *reason = result->reason;

		pk_trial_built(failure, pk_candidate_tables(candidate, failure->tree, &complete), tails, result);
		if (!result->tried)
			result->reason = psprintf("%s, and %s", reason, result->reason);
	}
	if (!complete)
		result->cost = -1; /* unknown, because other partitions lack the index */
}

/* Does the table have all of these indexes? Then they keep from serving for another reason. */
static bool
exist(Oid relid, List *tails)
{
	ListCell *cell;

	foreach (cell, tails)
	{
		if (!pk_trial_exists(relid, lfirst(cell)))
			return false;
	}
	return true;
}

/* Try the alternatives until the planner chooses one. */
static void
try_alternatives(const PkInquiry *inquiry, const PkCandidate *candidate, PkTrialResult *best, List **best_way)
{
	int tried = 0;
	ListCell *way;

	foreach (way, candidate->alternatives)
	{
		PkTrialResult result;

		if (best->chosen || ++tried > MAX_TRIALS)
			break;
		try_indexes(inquiry->failure, candidate, lfirst(way), &result);
		if (*best_way != NIL && best->tried && !(result.chosen || (result.served && !best->served)))
			continue; /* no better than the best so far */
		if (*best_way != NIL && !best->tried && !result.chosen)
			continue; /* neither is known to be better */
		*best = result;
		*best_way = lfirst(way);
	}
}

static void
record(PkFinding *finding, const PkTrialResult *result)
{
	finding->chosen = result->chosen;
	if (!result->tried)
		finding->unproven = result->reason;
	else
	{
		finding->unproven = NULL;
		finding->proof = result->proof;
		finding->cost_with_remedy = result->cost;
	}
}

bool
pk_missing_prove(const PkInquiry *inquiry, PkFinding *finding, char *tail)
{
	PkCandidate candidate = {.relid = inquiry->table.relid};
	PkTrialResult result;

	try_indexes(inquiry->failure, &candidate, list_make1(tail), &result);
	record(finding, &result);
	return !result.tried || result.served;
}

PkFinding *
pk_missing_find(PkInquiry *inquiry, const PkCandidate *candidate)
{
	PkTrialResult best = {0};
	List *best_way = NIL;
	PkCandidate shown = *candidate;
	PkFinding *finding;
	ListCell *way;

	shown.alternatives = NIL;
	foreach (way, candidate->alternatives)
	{
		if (!exist(candidate->relid, lfirst(way)))
			shown.alternatives = lappend(shown.alternatives, lfirst(way));
	}
	if (shown.alternatives == NIL)
		return NULL;
	try_alternatives(inquiry, &shown, &best, &best_way);
	if (best.tried)
		shown.alternatives = list_make1(best_way);

	if (best.tried && !best.served)
		return NULL;
	finding = pk_inquiry_make(inquiry, candidate->by_or ? PK_CAUSE_OR_ARM : PK_CAUSE_NO_INDEX);
	finding->use = candidate->use;
	finding->columns = candidate->columns;
	finding->remedy_sql = pk_candidate_text(&shown);
	record(finding, &best);
	return pk_inquiry_add(inquiry, finding);
}
