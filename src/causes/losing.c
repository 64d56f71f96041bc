/*
 * losing.c
 *	  Why the planner scans a table although an index would serve.
 */
#include "postgres.h"

#include <ctype.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/catalog.h"
#include "advice/clause.h"
#include "causes/estimates.h"
#include "causes/losing.h"
#include "plan/table_state.h"

/* A value that is so many times rarer than the average might be read by an index. */
#define MUCH_RARER 10

/* Pages of a table that is small, whatever its pages cost: 512 kB. */
#define SMALL_PAGES 64

/* Settings that keep the planner from using indexes, "a, b". */
static char *
disabled_settings(void)
{
	StringInfoData names;

	initStringInfo(&names);
	if (!enable_indexscan)
		appendStringInfoString(&names, "enable_indexscan");
	if (!enable_indexonlyscan)
		appendStringInfo(&names, "%senable_indexonlyscan", names.len > 0 ? ", " : "");
	if (!enable_bitmapscan)
		appendStringInfo(&names, "%senable_bitmapscan", names.len > 0 ? ", " : "");
	return names.data;
}

/*
 * Processes that share the scan, as the planner divides its rows among them: the more workers there
 * are, the less the leader contributes.
 */
double
pk_losing_processes(const PkFailure *failure)
{
	const PkPlanNode *node = failure->scan;
	int workers = 0;

	if (!node->plan->parallel_aware)
		return 1;
	while (workers == 0 && node != NULL)
	{
		if (IsA(node->plan, Gather))
			workers = ((Gather *) node->plan)->num_workers;
		else if (IsA(node->plan, GatherMerge))
			workers = ((GatherMerge *) node->plan)->num_workers;
		node = pk_plan_parent(failure->tree, node);
	}
	return workers + (parallel_leader_participation ? Max(1 - 0.3 * workers, 0) : 0);
}

/* The percentage of the table's rows that the condition is estimated to keep. */
double
pk_losing_share(const PkFailure *failure)
{
	BlockNumber pages;
	double rows;

	pk_replan_size_told(failure, &pages, &rows);
	return Min(100 * failure->scan->plan->plan_rows * pk_losing_processes(failure) / Max(rows, 1), 100);
}

/* The size from which the planner would choose the index; false if there is none, or not known. */
static bool
find_break_even(const PkInquiry *inquiry, PkFinding *finding)
{
	BlockNumber pages;
	double rows;
	double factor;

	switch (pk_replan_break_even(inquiry->failure, inquiry->expected, &factor))
	{
		case PK_BREAK_EVEN_NONE:
			return false;
		case PK_BREAK_EVEN_FOUND:
			break;
		case PK_BREAK_EVEN_LARGER:
			return true;
		case PK_BREAK_EVEN_UNTRIED:
			finding->unproven = pstrdup(PK_REPLAN_REFUSAL);
			return false;
	}
	pk_replan_size_told(inquiry->failure, &pages, &rows);
	finding->break_even_factor = factor;
	finding->break_even_rows = rows * factor;
	return true;
}

/* No three characters in a row that a trigram index could look up. */
static bool
find_short_pattern(const PkInquiry *inquiry, PkFinding *finding)
{
	ListCell *cell;

	foreach (cell, inquiry->conditions)
	{
		PkClause clause;
		const char *pattern;
		char *name;
		int run = 0;
		int longest = 0;

		pk_clause_take(lfirst(cell), inquiry->table, &clause);
		pattern = pk_clause_pattern(&clause);
		name = OidIsValid(clause.opno) ? get_opname(clause.opno) : NULL;
		if (pattern == NULL || name == NULL || (strcmp(name, "~~") != 0 && strcmp(name, "~~*") != 0) ||
			(*pattern != '%' && *pattern != '_'))
			continue;
		/* Words end at what is no letter or digit; a multibyte character counts as one. */
		for (const char *c = pattern; *c != '\0'; c += pg_mblen(c))
		{
			run = IS_HIGHBIT_SET(*c) || isalnum((unsigned char) *c) ? run + 1 : 0;
			longest = Max(longest, run);
		}
		if (longest >= 3)
			continue;
		finding->cause = PK_CAUSE_SHORT_PATTERN;
		finding->index = linitial_oid(finding->indexes);
		finding->value = quote_literal_cstr(pattern);
		finding->condition = pk_inquiry_condition(inquiry, lfirst(cell));
		return true;
	}
	return false;
}

/* The share of rows stands for an average value, where there are rarer ones. */
static bool
find_unknown_value(const PkInquiry *inquiry, PkFinding *finding)
{
	const PkFailure *failure = inquiry->failure;
	double estimate = failure->scan->plan->plan_rows * pk_losing_processes(failure);
	double rows;

	if (!pk_estimates_unknown_value(inquiry, &rows) || Max(rows, 1) * MUCH_RARER > estimate)
		return false;
	finding->cause = PK_CAUSE_UNKNOWN_VALUE;
	return true;
}

/* Are the rows sorted by a volatile value, such as random()? Then all of them are wanted. */
static bool
is_shuffled(const PkFailure *failure)
{
	for (const PkPlanNode *node = pk_plan_parent(failure->tree, failure->scan); node != NULL;
		 node = pk_plan_parent(failure->tree, node))
	{
		const Sort *sort = (const Sort *) node->plan;
		TargetEntry *entry;

		if (!IsA(node->plan, Sort))
			continue;
		entry = list_nth_node(TargetEntry, outerPlan(node->plan)->targetlist, sort->sortColIdx[0] - 1);
		if (contain_volatile_functions((Node *) entry->expr))
			return true;
	}
	return false;
}

/* The largest random_page_cost with which the index would be chosen, down to seq_page_cost. */
static bool
find_cost_settings(const PkInquiry *inquiry, PkFinding *finding)
{
	static const double steps[] = {3, 2, 1.5, 1.1};
	double present = random_page_cost;
	bool passes = false;

	/* A plan in which other tables are scanned, too, has its costs from those. */
	for (size_t i = 0; i < lengthof(steps) && !passes; i++)
	{
		if (steps[i] >= present || steps[i] < seq_page_cost || !pk_replan_affordable(inquiry->failure, 1))
			continue;
		passes = pk_replan_at_random_page_cost(inquiry->failure, inquiry->expected, steps[i]);
		finding->setting = steps[i];
	}
	if (!passes)
		return false;
	finding->cause = PK_CAUSE_COST_SETTINGS;
	finding->remedy_sql = psprintf("SET random_page_cost = %g", finding->setting);
	finding->proof = PK_PROOF_PLANNED;
	return true;
}

bool
pk_losing_is_small(const PkFailure *failure)
{
	BlockNumber pages;
	double rows;

	pk_replan_size_told(failure, &pages, &rows);
	return pages <= SMALL_PAGES;
}

void
pk_losing_find(PkInquiry *inquiry, const PkReplan *alternative)
{
	const PkFailure *failure = inquiry->failure;
	Oid relid = inquiry->table.relid;
	PkFinding *finding = pk_inquiry_make(inquiry, PK_CAUSE_LARGE_SHARE);

	finding->indexes = alternative->index_oids;
	if (alternative->comparable)
		finding->cost_with_remedy = alternative->total_cost;
	if (failure->scan->plan->qual != NIL)
		finding->share = pk_losing_share(failure);
	pk_inquiry_add(inquiry, finding);

	if (inquiry->settings && pk_replan_by_settings(failure, inquiry->expected))
	{
		finding->cause = PK_CAUSE_SETTINGS;
		finding->settings = disabled_settings();
		finding->proof = PK_PROOF_PLANNED;
		return;
	}
	/* Old statistics may still be right. */
	if (!pk_table_state_has_statistics(relid))
		finding->cause = PK_CAUSE_STATISTICS_MISSING;
	else if ((finding->stale = pk_table_state_stale(relid)) != NULL && !pk_estimates_confirmed(inquiry))
		finding->cause = PK_CAUSE_STATISTICS_STALE;
	if (finding->cause != PK_CAUSE_LARGE_SHARE)
	{
		/* The break-even would be computed from the same statistics. */
		finding->remedy_sql = psprintf("ANALYZE %s", pk_quoted_relation_name(relid));
		finding->unproven = pstrdup("only ANALYZE can tell what it finds");
		return;
	}
	if (find_short_pattern(inquiry, finding) || find_unknown_value(inquiry, finding))
		return;

	/*
	 * Of two true answers, the one that leads to something: a table of a few pages is read as a
	 * whole whatever a page costs, and with a larger one the cost of its pages decides.
	 */
	if (pk_losing_is_small(failure) || is_shuffled(failure) || !find_cost_settings(inquiry, finding))
	{
		if (find_break_even(inquiry, finding))
			finding->cause = PK_CAUSE_SMALL_TABLE;
	}
}

void
pk_losing_to_index(PkInquiry *inquiry, const PkReplan *alternative)
{
	PkFinding *finding = pk_inquiry_make(inquiry, PK_CAUSE_OTHER_INDEX);

	finding->index = linitial_oid(inquiry->failure->expected);
	if (alternative->comparable)
		finding->cost_with_remedy = alternative->total_cost;
	pk_inquiry_add(inquiry, finding);
}
