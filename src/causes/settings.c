/*
 * settings.c
 *	  Settings with which the whole plan is worse: kinds of plan nodes that are switched off, and
 *	  limits on the tables that are planned together.
 *
 * Such settings are meant for experiments, and are forgotten. Whether one matters is seen by
 * planning with it turned on: the plan is cheaper then.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "utils/guc.h"

#include "causes/settings.h"

/* A plan that is cheaper by less is about the same one. */
#define WORTH_TELLING 0.95

/* A plan that is worth the time that planning more tables together takes. */
#define MUCH_CHEAPER 0.5

/* A limit that lets the tables of most queries be planned together. */
#define LARGE_LIMIT 16

static const char *const settings[] = {
	"enable_seqscan",
	"enable_hashjoin",
	"enable_mergejoin",
	"enable_nestloop",
	"enable_hashagg",
	"enable_sort",
	"enable_memoize",
	"enable_material",
	"enable_incremental_sort",
	"enable_partition_pruning",
};

/* Those that are off, but would not be by default. */
static List *
find_off(const PkFailure *failure)
{
	List *off = NIL;

	for (size_t i = 0; i < lengthof(settings); i++)
	{
		const char *value = GetConfigOption(settings[i], true, false);

		if (value == NULL || strcmp(value, "off") != 0)
			continue;
		if (failure->options->disable_seqscan && strcmp(settings[i], "enable_seqscan") == 0)
			continue;
		off = lappend(off, (void *) settings[i]);
	}
	return off;
}

/*
 * Could the query be planned to cost less? Of many tables, the planner tries some orders at random.
 * If a few do not help at all, more of them, which take long, are not worth trying.
 */
static bool
is_promising(const PkFailure *failure, int count, List *limits)
{
	if (!enable_geqo || count < geqo_threshold)
		return true;
	return pk_replan_cost_with(failure, lappend(list_copy(limits), "geqo_effort=1")) <=
		   WORTH_TELLING * failure->tree->root->plan->total_cost;
}

/*
 * Limits on how many tables are planned together, if the query has more of them and its plan would
 * be much cheaper without: such tables are joined in the order in which they are written.
 */
static PkFinding *
find_limits(const PkFailure *failure, List **off)
{
	static const char *const limits[] = {"join_collapse_limit", "from_collapse_limit"};
	double present = failure->tree->root->plan->total_cost;
	int count = 0;
	StringInfoData sql;
	PkFinding *finding;
	double cost;
	ListCell *cell;

	foreach (cell, failure->tree->stmt->rtable)
	{
		count += ((RangeTblEntry *) lfirst(cell))->rtekind == RTE_RELATION;
	}
	initStringInfo(&sql);
	for (size_t i = 0; i < lengthof(limits); i++)
	{
		int limit = i == 0 ? join_collapse_limit : from_collapse_limit;

		if (limit >= count || limit >= LARGE_LIMIT)
			continue;
		*off = lappend(*off, psprintf("%s=%d", limits[i], LARGE_LIMIT));
		appendStringInfo(&sql, "%sSET %s = %d", sql.len > 0 ? "; " : "", limits[i], LARGE_LIMIT);
	}
	if (*off == NIL || !is_promising(failure, count, *off) ||
		(cost = pk_replan_cost_with(failure, *off)) > MUCH_CHEAPER * present)
	{
		*off = NIL;
		return NULL;
	}
	finding = pk_finding_make(PK_CAUSE_SETTINGS, InvalidOid);
	finding->node_id = failure->tree->nodes[0].node_id;
	finding->settings = pstrdup("join_collapse_limit and from_collapse_limit");
	finding->value = psprintf("%d", LARGE_LIMIT);
	finding->remedy_sql = sql.data;
	finding->proof = PK_PROOF_PLANNED;
	finding->cost = present;
	finding->cost_with_remedy = cost;
	return finding;
}

PkFinding *
pk_settings_find(const PkFailure *failure, List **off)
{
	List *all = find_off(failure);
	double present = failure->tree->root->plan->total_cost;
	double cost;
	StringInfoData names;
	StringInfoData sql;
	PkFinding *finding;
	ListCell *cell;

	*off = NIL;
	if (all == NIL)
		return find_limits(failure, off);
	if ((cost = pk_replan_cost_with(failure, all)) > WORTH_TELLING * present)
		return NULL;
	foreach (cell, all)
	{
		List *others = list_delete_ptr(list_copy(all), lfirst(cell));

		if (list_length(all) == 1 || pk_replan_cost_with(failure, others) * WORTH_TELLING > cost)
			*off = lappend(*off, lfirst(cell));
	}
	/* Either of them is enough. */
	if (*off == NIL)
		*off = all;

	initStringInfo(&names);
	initStringInfo(&sql);
	foreach (cell, *off)
	{
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", (char *) lfirst(cell));
		appendStringInfo(&sql, "%sSET %s = on", sql.len > 0 ? "; " : "", (char *) lfirst(cell));
	}
	finding = pk_finding_make(PK_CAUSE_SETTINGS, InvalidOid);
	finding->node_id = failure->tree->nodes[0].node_id;
	finding->settings = names.data;
	finding->remedy_sql = sql.data;
	finding->proof = PK_PROOF_PLANNED;
	finding->cost = present;
	finding->cost_with_remedy = cost;
	return finding;
}
