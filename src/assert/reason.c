/*
 * reason.c
 *	  Explains why a plan reads a table sequentially or does not use the expected index.
 *
 * "No index can serve this" and "an index could, but the planner thinks that the scan is cheaper"
 * call for different actions, yet EXPLAIN shows the same plan for both. So a failed query is
 * planned again without the choice that was made, and the two plans show which it is. Only failures
 * pay for that.
 *
 * The caller learns nothing that EXPLAIN would not show: without the privilege to read the table,
 * capturing the plan has already failed, and all numbers are from plans of the caller's own query
 * or from catalogs that everyone may read.
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "common/catalog.h"
#include "advice/replan.h"
#include "advice/candidate.h"
#include "advice/indexes.h"
#include "advice/obstacle.h"
#include "advice/hypothetical_index.h"
#include "assert/reason.h"
#include "plan/shape.h"
#include "plan/table_state.h"

/* Alternatives that are tried, with one or two plans each. */
#define MAX_TRIALS 3

/* The rows and pages of the table as the planner was told, with at most MaxBlockNumber pages. */
static void
size_told(const PkFailure *failure, BlockNumber *pages, double *rows)
{
	double factor = failure->options->what_if.size_factor;

	pk_table_state_size(failure->scan->relid, pages, rows);
	if (factor == 0 || *pages == 0)
		return;
	factor = Min(factor, (double) MaxBlockNumber / *pages);
	*pages = (BlockNumber) Max(rint(*pages * factor), 1);
	if (*rows > 0)
		*rows = Max(rint(*rows * factor), 1);
}

/*
 * "Seq Scan on events reads about 10000 rows in 477 pages (3816 kB) and is expected to keep 812."
 */
static void
describe_scan(const PkFailure *failure, StringInfo facts)
{
	const PkPlanNode *scan = failure->scan;
	const PkWhatIf *what_if = &failure->options->what_if;
	BlockNumber pages;
	double rows;

	size_told(failure, &pages, &rows);
	if (what_if->size_factor != 0 && what_if->size_factor != 1)
		appendStringInfo(facts, "With tables %g times as large as they are, ", what_if->size_factor);
	pk_shape_append_node(facts, failure->tree, scan);
	appendStringInfo(facts, " reads about %.0f rows in %u pages (%s) and is expected to keep %.0f%s.", rows, pages,
					 TextDatumGetCString(DirectFunctionCall1(
						 pg_size_pretty, Int64GetDatum((int64) pages * BLCKSZ))),
					 scan->plan->plan_rows, scan->plan->parallel_aware ? " in each process" : "");
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

	size_told(failure, &pages, &rows);
	return Min(100 * failure->scan->plan->plan_rows * sharing_processes(failure) / Max(rows, 1), 100);
}

/* "index "a"", "indexes "a", "b" and "c"". */
static char *
name_indexes(List *indexes)
{
	StringInfoData text;
	ListCell *cell;

	initStringInfo(&text);
	foreach (cell, indexes)
	{
		int i = foreach_current_index(cell);
		const char *before = i == 0 ? " " : lnext(indexes, cell) != NULL ? ", "
																		 : " and ";

		if (i == 0)
			appendStringInfoString(&text, list_length(indexes) > 1 ? "indexes" : "index");
		appendStringInfo(&text, "%s\"%s\"", before, pk_index_name(lfirst_oid(cell)));
	}
	return text.data;
}

/* Settings that keep the planner from using indexes, "a, b"; NULL if there are none. */
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
	return names.len > 0 ? names.data : NULL;
}

/* What to do about a query without a condition that an index could answer. */
static const char *
whole_table_hint(PkAssertion assertion)
{
	switch (assertion)
	{
		case PK_ASSERTION_INDEX_SCAN:
			break;
		case PK_ASSERTION_NO_SEQ_SCAN:
			return "Restrict the query, or exempt small tables with min_rows.";
		case PK_ASSERTION_INDEX_CHECK:
			return "Restrict the query of the check, or set its column enabled to false.";
	}
	return "Restrict the query, or use perfkit_assert_no_seq_scan(query, min_rows), which exempts small tables.";
}

/* How to relax the assertion if the planner is right to scan the table: the end of a sentence. */
static const char *
lenience_hint(PkAssertion assertion)
{
	switch (assertion)
	{
		case PK_ASSERTION_INDEX_SCAN:
			break;
		case PK_ASSERTION_NO_SEQ_SCAN:
			return "exempt it with a min_rows above its number of rows";
		case PK_ASSERTION_INDEX_CHECK:
			return "set the check's demand to 'usable', which only requires that an index can serve the query";
	}
	return "assert demand => 'usable', which only requires that an index can serve the query";
}

/*
 * Try the alternatives with hypopg until the planner chooses one. Adds the outcome to "facts" and
 * returns the hint, NULL if there is none; it follows "remedy" unless that is NULL.
 */
static char *
try_alternatives(const PkFailure *failure, const PkCandidate *candidate, const char *remedy, PkAssertion assertion,
				 StringInfo facts)
{
	PkHypotheticalResult best = {0};
	List *best_way = NIL;
	int tried = 0;
	ListCell *way;
	PkCandidate shown = *candidate;
	char *statements;

	foreach (way, candidate->alternatives)
	{
		PkHypotheticalResult result;
		bool complete;
		List *trial;

		if (best.chosen || ++tried > MAX_TRIALS)
			break;
		trial = pk_candidate_trial(candidate, lfirst(way), failure->tree, &complete);
		pk_hypothetical_try(failure->query, failure->options, failure->scan->relid, trial, &result);
		if (!complete)
			result.cost = -1; /* unknown, because other partitions lack the index */
		if (best_way != NIL && best.tried && !(result.chosen || (result.served && !best.served)))
			continue; /* no better than the best so far */
		if (best_way != NIL && !best.tried && !result.chosen)
			continue; /* neither is known to be better */
		best = result;
		best_way = lfirst(way);
	}
	if (best.tried)
		shown.alternatives = list_make1(best_way);
	statements = pk_candidate_text(&shown);

	if (!best.tried)
		appendStringInfo(facts, " Not verified: %s.", best.reason);
	else if (!best.served)
		appendStringInfo(facts, " Tried with hypopg, but of no use to the planner: %s.", statements);
	else if (best.chosen)
	{
		appendStringInfoString(facts, " Verified with hypopg: the plan would use the index");
		if (best.cost >= 0 && failure->options->disable_seqscan)
			appendStringInfo(facts, " and cost %.2f", best.cost);
		else if (best.cost >= 0)
			appendStringInfo(facts, " and cost %.2f instead of %.2f", best.cost, failure->tree->root->plan->total_cost);
		appendStringInfoChar(facts, '.');
	}
	else
	{
		appendStringInfoString(facts, " Tried with hypopg: the planner would not choose the index");
		if (best.cost >= 0)
			appendStringInfo(facts, "; with it, the plan would cost %.2f instead of %.2f", best.cost,
							 failure->tree->root->plan->total_cost);
		appendStringInfoChar(facts, '.');
		return psprintf("%s%s%s would serve the query, but would not be chosen for the table as it is: %s.",
						remedy != NULL ? remedy : "", remedy != NULL ? " " : "", statements, lenience_hint(assertion));
	}
	if (best.tried && !best.served)
		return NULL;
	return remedy != NULL ? psprintf("%s Or try %s.", remedy, statements) : psprintf("Try %s.", statements);
}

/* The partial indexes of the table, or those of them in "only" unless it is NIL. */
static List *
partial_indexes(Oid relid, List *only)
{
	Relation relation = table_open(relid, AccessShareLock);
	List *partial = NIL;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index;

		if (only != NIL && !list_member_oid(only, lfirst_oid(cell)))
			continue;
		index = index_open(lfirst_oid(cell), AccessShareLock);
		if (RelationGetIndexPredicate(index) != NIL)
			partial = lappend_oid(partial, lfirst_oid(cell));
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return partial;
}

/*
 * What keeps an index of the table (one of those expected, unless NIL) from answering the
 * conditions.
 */
static bool
find_obstacle(const PkFailure *failure, List *conditions, PkTableRef table, List *expected, PkObstacle *obstacle)
{
	bool found = pk_obstacle_find(conditions, table, expected, obstacle);
	List *partial = partial_indexes(table.relid, expected);

	/*
	 * An unusable index takes precedence over one for other rows, and that over one for other
	 * conditions.
	 */
	if (partial != NIL && !(found && obstacle->decisive))
	{
		PkReplan widened;

		pk_replan_widened(failure, expected, partial, &widened);
		if (widened.serves)
		{
			pk_obstacle_partial(linitial_oid(widened.index_oids), obstacle);
			return true;
		}
	}
	return found;
}

/*
 * No index can replace the scan; with "expected", none of these. True if the message names an index
 * that could if it were not for its state.
 */
static bool
say_no_index(const PkFailure *failure, List *expected, StringInfo facts, PkVerdict *verdict)
{
	const PkPlanNode *scan = failure->scan;
	PkTableRef table = {scan->rti, scan->relid};
	char *name = pk_relation_name(scan->relid);
	PkCandidate candidate;
	PkObstacle obstacle = {0};
	char *hint = NULL;

	pk_candidate_find(failure->tree, scan, &candidate);
	switch (candidate.use)
	{
		case PK_CANDIDATE_NONE:
			verdict->message = psprintf("query reads the whole of table \"%s\"", name);
			verdict->hint = pstrdup(whole_table_hint(verdict->assertion));
			return false;
		case PK_CANDIDATE_FILTER:
			if (candidate.columns != NULL)
				appendStringInfo(facts, " Its condition is on: %s.", candidate.columns);
			break;
		case PK_CANDIDATE_JOIN:
			appendStringInfo(facts, " It is joined on: %s.", candidate.columns);
			break;
		case PK_CANDIDATE_ORDER:
			appendStringInfo(facts, " Its rows are sorted by: %s.", candidate.columns);
			break;
	}

	verdict->message = psprintf("no index can serve the scan of table \"%s\"", name);
	if (IsCatalogRelationOid(scan->relid) || get_rel_relkind(scan->relid) == RELKIND_TOASTVALUE)
	{
		verdict->hint =
			pstrdup("A system catalog cannot have further indexes: use conditions on columns that have one.");
		return false;
	}

	/* An existing index takes precedence over one to be created. */
	if (find_obstacle(failure, candidate.conditions, table, expected, &obstacle))
	{
		appendStringInfo(facts, " %s", obstacle.fact);
		if (obstacle.what != NULL)
			verdict->message =
				psprintf("index \"%s\" on table \"%s\" %s", pk_index_name(obstacle.index), name, obstacle.what);
	}
	else if (pk_obstacle_rewrite(candidate.conditions, table, &obstacle) && obstacle.fact != NULL)
		appendStringInfo(facts, " %s", obstacle.fact);
	if (candidate.by_or)
		appendStringInfoString(facts, " Each arm of the OR needs an index.");
	if (candidate.alternatives != NIL && !obstacle.decisive)
		hint = try_alternatives(failure, &candidate, obstacle.remedy, verdict->assertion, facts);
	if (hint == NULL && obstacle.remedy == NULL)
	{
		pk_obstacle_unanswerable(candidate.conditions, table, &obstacle);
		if (obstacle.fact != NULL)
			appendStringInfo(facts, " %s", obstacle.fact);
	}
	verdict->hint = hint != NULL ? hint : obstacle.remedy;
	return obstacle.what != NULL;
}

/* An index would serve if the settings allowed it. */
static void
say_settings(const PkReplan *alternative, const char *table, StringInfo facts, PkVerdict *verdict)
{
	appendStringInfo(facts, " With these settings turned on, the plan reads %s by %s.", table,
					 name_indexes(alternative->index_oids));
	verdict->message = psprintf("table \"%s\" is read without an index because of settings that are off: %s", table,
								disabled_settings());
	verdict->hint = psprintf("Turn on %s, and assert again.", disabled_settings());
}

/* The size from which the planner would choose the index. */
static void
describe_break_even(const PkFailure *failure, List *expected, bool *found, StringInfo facts)
{
	BlockNumber pages;
	double rows;
	double factor;

	size_told(failure, &pages, &rows);
	*found = pk_replan_break_even(failure, expected, &factor);
	if (*found)
		appendStringInfo(facts, " The planner would choose it from about %.0f rows on (%.3g times as many).",
						 rows * factor, factor);
	else
		appendStringInfoString(facts, " The planner would not choose it even if the table were 1000 times as large.");
}

/* An index could serve, but costs more. */
static void
say_index_loses(const PkFailure *failure, List *expected, const PkReplan *alternative, StringInfo facts,
				PkVerdict *verdict)
{
	const PkPlanNode *scan = failure->scan;
	char *table = pk_relation_name(scan->relid);
	char *stale = pk_table_state_stale(scan->relid);
	bool grows_into;

	if (scan->plan->qual != NIL)
		appendStringInfo(facts, " That is %.3g %% of the rows.", share_kept(failure));
	appendStringInfo(facts, " With sequential scans disabled, the plan reads %s by %s", table,
					 name_indexes(alternative->index_oids));
	if (alternative->comparable)
		appendStringInfo(facts, " and costs %.2f instead of %.2f.", alternative->total_cost,
						 failure->tree->root->plan->total_cost);
	else
		appendStringInfoString(facts, ", but still reads another table sequentially.");

	if (!pk_table_state_has_statistics(scan->relid))
	{
		verdict->message = psprintf("table \"%s\" has no statistics, and the planner scans it sequentially", table);
		verdict->hint = psprintf("Run ANALYZE %s, and assert again.", pk_quoted_relation_name(scan->relid));
		return;
	}
	verdict->message = psprintf("planner prefers a sequential scan of table \"%s\" to %s", table,
								name_indexes(alternative->index_oids));
	if (stale != NULL)
	{
		/* The break-even would be computed from the same outdated statistics. */
		appendStringInfo(facts, " %s", stale);
		verdict->hint = psprintf("The table's statistics are out of date: run ANALYZE %s, and assert again.",
								 pk_quoted_relation_name(scan->relid));
		return;
	}
	describe_break_even(failure, expected, &grows_into, facts);
	if (!grows_into && scan->plan->qual == NIL)
		verdict->hint = psprintf(
			"The query needs so many rows of the table that the planner is right, unless its estimate is wrong "
			"(see EXPLAIN ANALYZE): restrict the query, or %s.",
			lenience_hint(verdict->assertion));
	else if (!grows_into)
		verdict->hint =
			psprintf("The condition keeps so much of the table that the planner is right, unless its estimate is wrong "
					 "(see EXPLAIN ANALYZE): make the condition more selective, or %s.",
					 lenience_hint(verdict->assertion));
	else
		verdict->hint = psprintf("The table is small, so the planner is right: %s%s.",
								 verdict->assertion == PK_ASSERTION_INDEX_CHECK
									 ? ""
									 : "assert for the size of production with size_factor, or ",
								 lenience_hint(verdict->assertion));
}

/* A node of the plan that reads the table; NULL if there is none. */
static const PkPlanNode *
find_reader(const PkPlanTree *tree, Oid relid)
{
	for (int i = 0; i < tree->count; i++)
	{
		if (tree->nodes[i].relid == relid && tree->nodes[i].rti != 0 && !IsA(tree->nodes[i].plan, ModifyTable) &&
			!IsA(tree->nodes[i].plan, BitmapIndexScan))
			return &tree->nodes[i];
	}
	return NULL;
}

/* The expected index is not used even without the other choices. */
static void
say_useless_index(const PkFailure *failure, StringInfo facts, PkVerdict *verdict)
{
	Oid index = llast_oid(failure->expected);
	Oid relid = IndexGetRelation(index, false);
	const PkPlanNode *reader = find_reader(failure->tree, relid);
	char *expected = pk_index_name(linitial_oid(failure->expected));
	PkObstacle obstacle = {0};

	appendStringInfo(facts, " Without the table's other indexes, index \"%s\" is not used either.", expected);
	verdict->message = psprintf("index \"%s\" cannot serve the query", expected);
	if (reader != NULL && find_obstacle(failure, pk_candidate_conditions(reader), (PkTableRef){reader->rti, relid},
										failure->expected, &obstacle))
	{
		appendStringInfo(facts, " %s", obstacle.fact);
		if (obstacle.what != NULL)
			verdict->message = psprintf("index \"%s\" on table \"%s\" %s", pk_index_name(obstacle.index),
										pk_relation_name(relid), obstacle.what);
	}
	verdict->hint =
		obstacle.remedy != NULL
			? obstacle.remedy
			: pstrdup("Compare the query's conditions with the index's columns, operator class and predicate.");
}

/* The plan has no sequential scan, but does not use the expected index. */
static void
explain_wrong_index(const PkFailure *failure, StringInfo facts, PkVerdict *verdict)
{
	PkReplan alternative;
	char *expected = pk_index_name(linitial_oid(failure->expected));
	List *used = pk_indexes_read(failure->tree);

	if (used != NIL)
		appendStringInfo(facts, "The plan uses %s.", name_indexes(used));
	else
		appendStringInfoString(facts, "The plan uses no index.");

	pk_replan_with_indexes(failure, failure->expected, &alternative);
	if (!alternative.serves)
	{
		say_useless_index(failure, facts, verdict);
		return;
	}
	if (alternative.comparable)
		appendStringInfo(facts, " With index \"%s\" alone it would cost %.2f instead of %.2f.", expected,
						 alternative.total_cost, failure->tree->root->plan->total_cost);
	verdict->message = used != NIL
						   ? psprintf("planner prefers %s to index \"%s\"", name_indexes(used), expected)
						   : psprintf("planner does not choose index \"%s\"", expected);
	verdict->hint =
		pstrdup(list_length(used) > 1 ? "If they serve as well, expect one of the indexes that are used, or none."
									  : "If it serves as well, expect the index that is used, or none.");
}

static void
explain_scan(const PkFailure *failure, StringInfo facts, PkVerdict *verdict)
{
	List *expected = failure->expected;
	PkReplan alternative = {0};
	bool settings = disabled_settings() != NULL;
	char *name;

	describe_scan(failure, facts);

	/* An index of another table is irrelevant to this scan. */
	if (list_length(expected) == 1 && IndexGetRelation(llast_oid(expected), true) != failure->scan->relid)
		expected = NIL;

	/*
	 * The plan made for 'usable' could not avoid the scan, so another attempt is pointless unless
	 * settings are turned on.
	 */
	if (!failure->options->disable_seqscan || expected != NIL || settings)
		pk_replan_with_indexes(failure, expected, &alternative);
	if (alternative.serves)
	{
		if (settings && pk_replan_by_settings(failure, expected))
			say_settings(&alternative, pk_relation_name(failure->scan->relid), facts, verdict);
		else
			say_index_loses(failure, expected, &alternative, facts, verdict);
		return;
	}
	if (expected == NIL)
	{
		(void) say_no_index(failure, NIL, facts, verdict);
		return;
	}

	/* The expected index does not serve, but another one may. */
	name = pk_index_name(linitial_oid(expected));
	pk_replan_with_indexes(failure, NIL, &alternative);
	if (alternative.serves)
	{
		PkObstacle obstacle;

		appendStringInfo(facts,
						 " Index \"%s\" is not used even without sequential scans and other indexes; %s could serve.",
						 name, name_indexes(alternative.index_oids));
		if (find_obstacle(failure, failure->scan->plan->qual, (PkTableRef){failure->scan->rti, failure->scan->relid},
						  expected, &obstacle))
			appendStringInfo(facts, " %s", obstacle.fact);
		verdict->hint = psprintf("Expect %s%s, or none.", list_length(alternative.index_oids) > 1 ? "one of " : "",
								 name_indexes(alternative.index_oids));
	}
	else if (say_no_index(failure, expected, facts, verdict))
		return;
	else
		appendStringInfo(facts, " Index \"%s\" is not used even without sequential scans and other indexes.", name);
	verdict->message = psprintf("index \"%s\" cannot serve the scan of table \"%s\"", name,
								pk_relation_name(failure->scan->relid));
}

void
pk_reason_explain(const PkFailure *failure, PkVerdict *verdict)
{
	StringInfoData facts;

	initStringInfo(&facts);
	verdict->pass = false;
	verdict->sqlstate = ERRCODE_ASSERT_FAILURE;
	if (failure->scan != NULL)
		explain_scan(failure, &facts, verdict);
	else
		explain_wrong_index(failure, &facts, verdict);
	verdict->facts = facts.data;
	verdict->shape = pk_shape_of_plan(failure->tree, 1);
}
