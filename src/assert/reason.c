/*
 * reason.c
 *	  What a failed check says: its findings, put together.
 */
#include "postgres.h"

#include "catalog/index.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "common/catalog.h"
#include "common/undo.h"
#include "advice/indexes.h"
#include "assert/reason.h"
#include "assert/sentences.h"
#include "causes/scan.h"
#include "plan/shape.h"

/* Add a sentence, which may be NULL. */
static void
say(StringInfo text, const char *sentence)
{
	if (sentence != NULL)
		appendStringInfo(text, "%s%s", text->len > 0 ? " " : "", sentence);
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

	pk_replan_size_told(failure, &pages, &rows);
	if (what_if->size_factor != 0 && what_if->size_factor != 1)
		appendStringInfo(facts, "With tables %g times as large as they are, ", what_if->size_factor);
	pk_shape_append_node(facts, failure->tree, scan);
	appendStringInfo(facts, " reads about %.0f rows in %u pages (%s) and is expected to keep %.0f%s.", rows, pages,
					 TextDatumGetCString(DirectFunctionCall1(
						 pg_size_pretty, Int64GetDatum((int64) pages * BLCKSZ))),
					 scan->plan->plan_rows, scan->plan->parallel_aware ? " in each process" : "");
}

static void
describe_indexes(const PkFailure *failure, StringInfo facts)
{
	List *used = pk_indexes_read(failure->tree);

	if (used != NIL)
		appendStringInfo(facts, "The plan uses %s.", pk_sentence_indexes(used));
	else
		appendStringInfoString(facts, "The plan uses no index.");
}

/* Is the expected index, if there is one, on the table of the scan? */
static bool
expects_index_here(const PkFailure *failure)
{
	return failure->expected != NIL &&
		   (list_length(failure->expected) > 1 ||
			IndexGetRelation(llast_oid(failure->expected), true) == failure->scan->relid);
}

static char *
message_of_scan(const PkFailure *failure, const PkFinding *first)
{
	char *message = pk_sentence_message(first);
	char *table = pk_relation_name(failure->scan->relid);

	if (message != NULL && (first->cause != PK_CAUSE_WHOLE_TABLE || !expects_index_here(failure)))
		return message;
	if (expects_index_here(failure))
		return psprintf("index \"%s\" cannot serve the scan of table \"%s\"",
						pk_index_name(linitial_oid(failure->expected)), table);
	return psprintf("no index can serve the scan of table \"%s\"", table);
}

static char *
message_of_index(const PkFailure *failure, const PkFinding *first)
{
	char *message = pk_sentence_message(first);
	char *expected = pk_index_name(linitial_oid(failure->expected));
	List *used = pk_indexes_read(failure->tree);

	if (message != NULL)
		return message;
	if (first->cause != PK_CAUSE_OTHER_INDEX)
		return psprintf("index \"%s\" cannot serve the query", expected);
	if (used != NIL)
		return psprintf("planner prefers %s to index \"%s\"", pk_sentence_indexes(used), expected);
	return psprintf("planner does not choose index \"%s\"", expected);
}

/* The remedies, the second one as an alternative. */
static char *
hint_of(const PkFailure *failure, List *findings, PkAssertion assertion)
{
	StringInfoData hint;
	ListCell *cell;

	initStringInfo(&hint);
	foreach (cell, findings)
	{
		say(&hint, pk_sentence_remedy(lfirst(cell), assertion, hint.len > 0));
	}
	if (hint.len > 0)
		return hint.data;
	if (failure->scan == NULL && ((PkFinding *) linitial(findings))->cause == PK_CAUSE_OTHER_INDEX)
		return list_length(pk_indexes_read(failure->tree)) > 1
				   ? "If they serve as well, expect one of the indexes that are used, or none."
				   : "If it serves as well, expect the index that is used, or none.";
	if (failure->expected != NIL)
		return pstrdup("Compare the query's conditions with the index's columns, operator class and predicate.");
	return pk_sentence_remedy(&(PkFinding){.cause = PK_CAUSE_UNKNOWN}, assertion, false);
}

typedef struct PkReason
{
	const PkFailure *failure;
	PkVerdict verdict;
} PkReason;

static void
find_reason(void *arg)
{
	PkReason *reason = (PkReason *) arg;
	PkVerdict *verdict = &reason->verdict;
	PkFailure limited = *reason->failure;
	const PkFailure *failure = &limited;
	List *findings;
	PkFinding *first;
	StringInfoData facts;
	ListCell *cell;

	pk_replan_limit(&limited);
	findings = pk_scan_findings(&limited);
	first = (PkFinding *) linitial(findings);
	initStringInfo(&facts);
	foreach (cell, findings)
	{
		say(&facts, pk_sentence_facts(lfirst(cell), lfirst(cell) != first));
		say(&facts, pk_sentence_proof(lfirst(cell)));
	}
	verdict->cause = first->cause;
	verdict->message = failure->scan != NULL ? message_of_scan(failure, first) : message_of_index(failure, first);
	verdict->facts = facts.data;
	verdict->hint = hint_of(failure, findings, verdict->assertion);
}

/* What is seen in the plan, without a reason. */
static char *
message_without_reason(const PkFailure *failure)
{
	if (failure->scan == NULL)
		return psprintf("plan does not use index \"%s\"", pk_index_name(linitial_oid(failure->expected)));
	return psprintf(IsA(failure->scan->plan, SeqScan) ? "plan reads table \"%s\" sequentially"
													  : "plan reads a whole index of table \"%s\"",
					pk_relation_name(failure->scan->relid));
}

char *
pk_reason_error_facts(const ErrorData *error)
{
	return psprintf("The reason is not known, since the diagnosis failed: %s (SQLSTATE %s).", error->message,
					unpack_sql_state(error->sqlerrcode));
}

char *
pk_reason_error_hint(void)
{
	return "SELECT * FROM perfkit_diagnose(query) raises that error with its context.";
}

void
pk_reason_explain(const PkFailure *failure, PkVerdict *verdict)
{
	PkReason reason = {.failure = failure, .verdict = *verdict};
	StringInfoData facts;
	ErrorData *error;

	/* Planning calls functions, which may fail under the settings that the diagnosis tries. */
	error = pk_undo_catching_lock_timeout(find_reason, &reason);
	if (error == NULL)
		*verdict = reason.verdict;
	else
	{
		verdict->cause = PK_CAUSE_NONE;
		verdict->message = message_without_reason(failure);
		verdict->facts = pk_reason_error_facts(error);
		verdict->hint = pk_reason_error_hint();
	}
	initStringInfo(&facts);
	if (failure->scan != NULL)
		describe_scan(failure, &facts);
	else
		describe_indexes(failure, &facts);
	say(&facts, verdict->facts[0] != '\0' ? verdict->facts : NULL);
	verdict->pass = false;
	verdict->sqlstate = ERRCODE_ASSERT_FAILURE;
	verdict->facts = facts.data;
	verdict->shape = pk_shape_of_plan(failure->tree, 1);
}
