/*
 * losing.c
 *	  Why the planner scans a table although an index would serve.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"

#include "common/catalog.h"
#include "causes/losing.h"
#include "plan/table_state.h"

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
static double
sharing_processes(const PkFailure *failure)
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
static double
share_kept(const PkFailure *failure)
{
	BlockNumber pages;
	double rows;

	pk_replan_size_told(failure, &pages, &rows);
	return Min(100 * failure->scan->plan->plan_rows * sharing_processes(failure) / Max(rows, 1), 100);
}

/* The size from which the planner would choose the index; false if there is none. */
static bool
find_break_even(const PkInquiry *inquiry, PkFinding *finding)
{
	BlockNumber pages;
	double rows;
	double factor;

	if (!pk_replan_break_even(inquiry->failure, inquiry->expected, &factor))
		return false;
	pk_replan_size_told(inquiry->failure, &pages, &rows);
	finding->break_even_factor = factor;
	finding->break_even_rows = rows * factor;
	return true;
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
		finding->share = share_kept(failure);
	pk_inquiry_add(inquiry, finding);

	if (inquiry->settings && pk_replan_by_settings(failure, inquiry->expected))
	{
		finding->cause = PK_CAUSE_SETTINGS;
		finding->settings = disabled_settings();
		finding->proof = PK_PROOF_PLANNED;
		return;
	}
	if (!pk_table_state_has_statistics(relid))
		finding->cause = PK_CAUSE_STATISTICS_MISSING;
	else if ((finding->stale = pk_table_state_stale(relid)) != NULL)
		finding->cause = PK_CAUSE_STATISTICS_STALE;
	if (finding->cause != PK_CAUSE_LARGE_SHARE)
	{
		/* The break-even would be computed from the same statistics. */
		finding->remedy_sql = psprintf("ANALYZE %s", pk_quoted_relation_name(relid));
		finding->unproven = pstrdup("only ANALYZE can tell what it finds");
		return;
	}
	if (find_break_even(inquiry, finding))
		finding->cause = PK_CAUSE_SMALL_TABLE;
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
