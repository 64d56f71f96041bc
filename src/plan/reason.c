/*
 * reason.c
 *	  Why a plan reads a table sequentially, or not by the index it should: the words of a failed assertion.
 *
 * "There is no index for this" and "there is one, and the planner thinks the scan is cheaper" call for different work,
 * and EXPLAIN shows the same plan for both. So a failed query is planned a second time, without the choice that was
 * made, and the two plans tell which it is. This is paid for by failures only.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/index.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "optimizer/cost.h"
#include "optimizer/plancat.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "common/catalog.h"
#include "plan/candidate.h"
#include "plan/indexes.h"
#include "plan/reason.h"
#include "plan/shape.h"

/* How the other plan reads the table. */
typedef struct PkAlternative
{
	bool serves;	   /* an index answers the query where the sequential scan was */
	bool comparable;   /* total_cost has no penalty for a disabled scan in it */
	double total_cost; /* of the whole plan */
	char *indexes;	   /* that it reads the table by */
} PkAlternative;

void
pk_reason_table_size(Oid relid, BlockNumber *pages, double *rows)
{
	Relation relation = table_open(relid, AccessShareLock);
	double allvisible;

	estimate_rel_size(relation, NULL, pages, rows, &allvisible);
	table_close(relation, NoLock);
}

/* Has ANALYZE ever seen the table? The row count alone does not say: CREATE INDEX and VACUUM set it too. */
static bool
has_statistics(Oid relid)
{
	Relation relation = table_open(relid, AccessShareLock);
	int ncolumns = RelationGetNumberOfAttributes(relation);
	bool empty = relation->rd_rel->reltuples == 0 && RelationGetNumberOfBlocks(relation) == 0;
	bool found = empty;

	for (int i = 1; i <= ncolumns && !found; i++)
		found = SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(i),
									  BoolGetDatum(false));
	table_close(relation, NoLock);
	return found;
}

/* See how "tree" reads the table that "scan" of another plan reads sequentially. */
static void
study_alternative(const PkPlanTree *tree, const PkPlanNode *scan, List *expected, PkAlternative *alternative)
{
	bool read_whole = false;
	StringInfoData indexes;

	initStringInfo(&indexes);
	memset(alternative, 0, sizeof(*alternative));
	alternative->comparable = true;
	alternative->total_cost = tree->root->plan->total_cost;

	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];

		if (IsA(node->plan, SeqScan))
		{
			alternative->comparable = false; /* up to 17 its cost has 1e10 added */
			read_whole |= node->relid == scan->relid;
		}
		else if (OidIsValid(node->indexid) && IndexGetRelation(node->indexid, true) == scan->relid)
		{
			/* Without a condition there is nothing to narrow by: the order is what the index gives. */
			if (scan->plan->qual != NIL && !list_member_oid(expected, node->indexid) && !pk_indexes_narrowing(node))
				read_whole = true;
			appendStringInfo(&indexes, "%s%s", indexes.len > 0 ? ", " : "", pk_index_name(node->indexid));
		}
	}
	alternative->serves = !read_whole && indexes.len > 0 &&
						  (expected == NIL || pk_indexes_used(tree, expected));
	alternative->indexes = indexes.data;
}

static void
plan_alternative(const PkFailure *failure, List *only_indexes, PkAlternative *alternative)
{
	PkCaptureOptions options = *failure->options;
	PkCapture capture;
	PkPlanTree tree;

	options.disable_seqscan = true;
	options.what_if.only_indexes = only_indexes;
	pk_capture_begin(&capture, failure->query, &options);
	pk_plan_walk(&capture, &tree);
	study_alternative(&tree, failure->scan ? failure->scan : tree.nodes, only_indexes, alternative);
	if (failure->scan == NULL)
		alternative->serves = pk_indexes_used(&tree, only_indexes);
	pk_capture_end(&capture);
}

/* "Seq Scan on events reads about 10000 rows in 477 pages (3816 kB) and is expected to keep 812." */
static void
describe_scan(const PkFailure *failure, StringInfo facts)
{
	const PkPlanNode *scan = failure->scan;
	const PkWhatIf *what_if = &failure->options->what_if;
	BlockNumber pages;
	double rows;

	pk_reason_table_size(scan->relid, &pages, &rows);
	rows = pk_whatif_scaled(what_if, rows);
	pages = (BlockNumber) Min(pk_whatif_scaled(what_if, pages), MaxBlockNumber);
	if (what_if->size_factor != 0 && what_if->size_factor != 1)
		appendStringInfo(facts, "With tables %g times as large as they are, ", what_if->size_factor);
	pk_shape_append_node(facts, failure->tree, scan);
	appendStringInfo(facts, " reads about %.0f rows in %u pages (%s) and is expected to keep %.0f%s.", rows, pages,
					 TextDatumGetCString(DirectFunctionCall1(
						 pg_size_pretty, Int64GetDatum((int64) pages * BLCKSZ))),
					 scan->plan->plan_rows, scan->plan->parallel_aware ? " in each process" : "");
}

/* Settings that keep the planner from indexes, "a, b"; NULL when none does. */
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

static bool
is_valid_index(Oid indexid)
{
	Relation index = index_open(indexid, AccessShareLock);
	bool valid = index->rd_index->indisvalid;

	index_close(index, NoLock);
	return valid;
}

/* What to do about a query that has no condition an index could answer. */
static const char *
whole_table_hint(PkAssertion assertion)
{
	switch (assertion)
	{
		case PK_ASSERTION_INDEX_SCAN:
			break;
		case PK_ASSERTION_NO_SEQ_SCAN:
			return "Restrict the query, or exempt small tables by min_rows.";
		case PK_ASSERTION_INDEX_CHECK:
			return "Restrict the check's query, or set its enabled to false.";
	}
	return "Restrict the query, or use perfkit_assert_no_seq_scan(query, min_rows), which exempts small tables.";
}

/* How to ask for less where the planner is right to read the table: the end of a sentence. */
static const char *
lenience_hint(PkAssertion assertion)
{
	switch (assertion)
	{
		case PK_ASSERTION_INDEX_SCAN:
			break;
		case PK_ASSERTION_NO_SEQ_SCAN:
			return "exempt it by a min_rows above its number of rows";
		case PK_ASSERTION_INDEX_CHECK:
			return "set the check's demand to 'usable', which only says that an index can serve the query";
	}
	return "assert demand => 'usable', which only says that an index can serve the query";
}

/* No index can answer the query where the scan is. */
static void
say_no_index(const PkFailure *failure, StringInfo facts, PkVerdict *verdict)
{
	const PkPlanNode *scan = failure->scan;
	PkCandidate candidate;

	pk_candidate_find(failure->tree, scan, &candidate);
	switch (candidate.use)
	{
		case PK_CANDIDATE_NONE:
			verdict->message =
				psprintf("query reads the whole of table \"%s\"", pk_relation_name(scan->relid));
			verdict->hint = pstrdup(whole_table_hint(failure->assertion));
			return;
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

	verdict->message =
		psprintf("no index can serve the scan of table \"%s\"", pk_relation_name(scan->relid));
	if (disabled_settings() != NULL)
	{
		appendStringInfo(facts, " Off: %s.", disabled_settings());
		verdict->hint = psprintf("RESET %s, and assert again.", disabled_settings());
	}
	else if (OidIsValid(candidate.existing) && !is_valid_index(candidate.existing))
	{
		appendStringInfo(facts, " Index %s is invalid.", pk_index_name(candidate.existing));
		verdict->hint = psprintf("Run REINDEX INDEX CONCURRENTLY %s.", pk_quoted_relation_name(candidate.existing));
	}
	else if (OidIsValid(candidate.existing))
	{
		appendStringInfo(facts, " Index %s starts with that column, and does not help.",
						 pk_index_name(candidate.existing));
		verdict->hint = pstrdup("Compare the types and collations of condition and index. A partial index serves "
								"only a condition that implies its predicate.");
	}
	else if (IsCatalogRelationOid(scan->relid))
		verdict->hint = pstrdup("A system catalog takes no index of yours: ask it by the columns it has indexes on.");
	else if (candidate.statement != NULL)
		verdict->hint = psprintf("Try %s.", candidate.statement);
	else
		verdict->hint = pstrdup("Rewrite the condition so that a column, or an expression of columns of this table, "
								"is compared with something that is not.");
}

/* An index could answer it, and lost. */
static void
say_index_loses(const PkFailure *failure, const PkAlternative *alternative, StringInfo facts, PkVerdict *verdict)
{
	const PkPlanNode *scan = failure->scan;
	char *table = pk_relation_name(scan->relid);

	appendStringInfo(facts, " With sequential scans disabled, the plan reads %s by %s", table, alternative->indexes);
	if (alternative->comparable)
		appendStringInfo(facts, " and costs %.2f; as it is, it costs %.2f.", alternative->total_cost,
						 failure->tree->root->plan->total_cost);
	else
		appendStringInfoString(facts, ", but still another table sequentially.");

	if (!has_statistics(scan->relid))
	{
		verdict->message = psprintf("table \"%s\" has no statistics, and the planner scans it sequentially", table);
		verdict->hint = psprintf("Run ANALYZE %s, and assert again.", pk_quoted_relation_name(scan->relid));
		return;
	}
	verdict->message = psprintf("planner prefers a sequential scan of table \"%s\" to index \"%s\"", table,
								alternative->indexes);
	verdict->hint = psprintf("When a table is small or much of it is asked for, the planner is right: then %s. Otherwise make "
							 "the condition more selective, or compare the estimate with the truth by EXPLAIN ANALYZE.",
							 lenience_hint(failure->assertion));
}

/* The plan has no sequential scan, but does not use the index it should. */
static void
explain_wrong_index(const PkFailure *failure, StringInfo facts, PkVerdict *verdict)
{
	PkAlternative alternative;
	char *expected = pk_index_name(linitial_oid(failure->expected));
	char *used = pk_indexes_describe_used(failure->tree);

	if (used != NULL)
		appendStringInfo(facts, "The plan uses: %s.", used);
	else
		appendStringInfoString(facts, "The plan uses no index.");

	plan_alternative(failure, failure->expected, &alternative);
	if (alternative.serves)
	{
		if (alternative.comparable)
			appendStringInfo(facts, " By index %s alone it would cost %.2f; as it is, it costs %.2f.", expected,
							 alternative.total_cost, failure->tree->root->plan->total_cost);
		verdict->message = used != NULL
							   ? psprintf("planner prefers index \"%s\" to index \"%s\"", used, expected)
							   : psprintf("planner does not choose index \"%s\"", expected);
		verdict->hint = pstrdup("Expect the index that is used, or none, if it serves as well.");
	}
	else
	{
		appendStringInfo(facts, " Without the table's other indexes, index %s is not used either.", expected);
		verdict->message = psprintf("index \"%s\" cannot serve the query", expected);
		verdict->hint = pstrdup("Compare the query's conditions with the index's columns, operator class and predicate.");
	}
}

static void
explain_scan(const PkFailure *failure, StringInfo facts, PkVerdict *verdict)
{
	PkAlternative alternative;
	PkFailure narrowed = *failure;

	describe_scan(failure, facts);

	/* An index of another table has nothing to do with this scan. */
	if (failure->expected != NIL &&
		IndexGetRelation(llast_oid(failure->expected), true) != failure->scan->relid &&
		list_length(failure->expected) == 1)
		narrowed.expected = NIL;

	/* What the plan made for 'usable' could not avoid cannot be avoided. */
	if (failure->options->disable_seqscan && narrowed.expected == NIL)
	{
		say_no_index(failure, facts, verdict);
		return;
	}
	plan_alternative(failure, narrowed.expected, &alternative);
	if (alternative.serves)
		say_index_loses(failure, &alternative, facts, verdict);
	else if (narrowed.expected == NIL)
		say_no_index(failure, facts, verdict);
	else
	{
		char *expected = pk_index_name(linitial_oid(narrowed.expected));

		say_no_index(failure, facts, verdict);
		appendStringInfo(facts, " Index %s is not used even without sequential scans and other indexes.", expected);
		verdict->message = psprintf("index \"%s\" cannot serve the scan of table \"%s\"", expected,
									pk_relation_name(failure->scan->relid));
	}
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
