/*
 * work.c
 *	  perfkit_assert_work(): limits on what a statement does.
 *
 * Counts of blocks, rows, spilled blocks and WAL are the same on a fast machine and a slow one.
 * They differ between runs only in what the first run does for later ones: it reads catalog blocks,
 * writes full-page images after a checkpoint, and sets hint bits. So if a limit is exceeded, the
 * work is measured once more, and the smaller of the two amounts counts. Only failures pay for
 * that.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "common/arguments.h"
#include "common/catalog.h"
#include "common/compat.h"
#include "common/undo.h"
#include "assert/assert.h"
#include "assert/sentences.h"
#include "causes/diagnose.h"
#include "plan/run.h"
#include "plan/shape.h"

PG_FUNCTION_INFO_V1(perfkit_assert_work);

typedef enum PkWorkKind
{
	WORK_SHARED_BLOCKS,
	WORK_ROWS_REMOVED,
	WORK_TEMP_BLOCKS,
	WORK_WAL_BYTES,
	NUM_WORK_KINDS
} PkWorkKind;

static const struct
{
	const char *argument;
	const char *verb; /* "query VERB N UNIT" */
	const char *unit;
} work_kinds[NUM_WORK_KINDS] = {
	{"max_shared_blocks", "touches", "shared blocks"},
	{"max_rows_removed", "discards", "rows"},
	{"max_temp_blocks", "spills", "blocks to temporary files"},
	{"max_wal_bytes", "writes", "bytes of WAL"},
};

typedef struct PkWork
{
	double amount[NUM_WORK_KINDS];
	char *worst_filter; /* the node that discards most rows, and how many; NULL if none does */
	Oid worst_relid;	/* the table that it reads, or that triggers discard most of */
	char *triggers;		/* what statements of triggers discard; NULL if nothing */
	char *shape;
} PkWork;

/* What triggers discard, and of which table most; "most" is what the worst node discards. */
static void
count_triggers(const PkTriggerWork *triggers, double most, PkWork *work)
{
	PkTriggerScan *worst = NULL;
	ListCell *cell;

	work->triggers = NULL;
	if (triggers->rows_removed <= 0)
		return;
	work->amount[WORK_ROWS_REMOVED] += triggers->rows_removed;
	work->triggers = psprintf("Statements of its triggers discard %.0f rows", triggers->rows_removed);
	foreach (cell, triggers->scans)
	{
		PkTriggerScan *scan = (PkTriggerScan *) lfirst(cell);

		if (worst == NULL || scan->rows_removed > worst->rows_removed)
			worst = scan;
	}
	/* A trigger may read what the caller may not. */
	if (!OidIsValid(worst->relid) || pg_class_aclcheck(worst->relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return;
	work->triggers = psprintf("%s, %.0f of them of %s", work->triggers, worst->rows_removed, pk_relation_name(worst->relid));
	if (worst->rows_removed > most)
		work->worst_relid = worst->relid;
}

static void
count_work(PkCapture *capture, void *arg)
{
	PkWork *work = (PkWork *) arg;
	PkPlanTree tree;
	StringInfoData line;
	double most = 0;

	work->amount[WORK_SHARED_BLOCKS] = capture->buffers.shared_blks_hit + capture->buffers.shared_blks_read;
	work->amount[WORK_TEMP_BLOCKS] = capture->buffers.temp_blks_written;
	work->amount[WORK_WAL_BYTES] = capture->wal.wal_bytes;

	pk_plan_walk(capture, &tree);
	initStringInfo(&line);
	work->amount[WORK_ROWS_REMOVED] = 0;
	work->worst_filter = NULL;
	work->worst_relid = InvalidOid;
	for (int i = 0; i < tree.count; i++)
	{
		PkCompatNodeWork node;

		if (!pk_compat_node_work(tree.nodes[i].state, &node))
			continue;
		work->amount[WORK_ROWS_REMOVED] += node.rows_removed;
		if (node.rows_removed <= most)
			continue;
		most = node.rows_removed;
		resetStringInfo(&line);
		pk_shape_append_node(&line, &tree, &tree.nodes[i]);
		work->worst_filter = psprintf("%s discards %.0f rows and keeps %.0f", line.data, node.rows_removed, node.rows);
		work->worst_relid = tree.nodes[i].relid;
	}
	count_triggers(&capture->triggers, most, work);
	work->shape = pk_shape_of_plan(&tree, 1);
}

/* The first limit that is exceeded, or NUM_WORK_KINDS. A negative limit means none. */
static PkWorkKind
find_broken(const PkWork *work, const double *limits)
{
	for (int kind = 0; kind < NUM_WORK_KINDS; kind++)
	{
		if (limits[kind] >= 0 && work->amount[kind] > limits[kind])
			return (PkWorkKind) kind;
	}
	return NUM_WORK_KINDS;
}

/* Is it a finding that says what could be done, rather than that nothing can? */
static bool
is_useful(const PkFinding *finding)
{
	switch (finding->cause)
	{
		case PK_CAUSE_SMALL_TABLE:
		case PK_CAUSE_LARGE_SHARE:
		case PK_CAUSE_WHOLE_TABLE:
		case PK_CAUSE_SYSTEM_CATALOG:
		case PK_CAUSE_UNKNOWN:
			return false;
		default:
			return pk_sentence_remedy(finding, PK_ASSERTION_NONE, false) != NULL;
	}
}

/* The finding to tell: about the table that most rows are discarded of, or else the worst. */
static PkFinding *
choose_finding(List *findings, Oid relid)
{
	PkFinding *chosen = NULL;
	ListCell *cell;

	foreach (cell, findings)
	{
		PkFinding *finding = (PkFinding *) lfirst(cell);

		if (!is_useful(finding))
			continue;
		if (OidIsValid(relid) && finding->relid == relid)
			return finding;
		if (chosen == NULL)
			chosen = finding;
	}
	return chosen;
}

typedef struct PkWorkReason
{
	const char *query;
	const PkCaptureOptions *options;
	const PkWork *work;
	PkCause cause;
	char *facts; /* in sentences; may be empty */
	char *hint;
} PkWorkReason;

static void
find_reason(void *arg)
{
	PkWorkReason *reason = (PkWorkReason *) arg;
	PkCaptureOptions plan_only = {.generic = reason->options->generic};
	PkFailure failure = {.query = reason->query, .options = &plan_only};
	MemoryContext caller = CurrentMemoryContext;
	PkCapture capture;
	PkPlanTree tree;
	PkFinding *finding;

	pk_capture_begin(&capture, reason->query, &plan_only);
	MemoryContextSwitchTo(capture.context);
	pk_plan_walk(&capture, &tree);
	failure.tree = &tree;
	finding = choose_finding(pk_diagnose(&failure, 0), reason->work->worst_relid);
	MemoryContextSwitchTo(caller);
	if (finding != NULL)
	{
		char *facts = pk_sentence_facts(finding, false);
		char *proof = pk_sentence_proof(finding);

		reason->cause = finding->cause;
		reason->facts = psprintf("%s%s%s", facts != NULL ? facts : "", facts != NULL && proof != NULL ? " " : "",
								 proof != NULL ? proof : "");
		reason->hint = pk_sentence_remedy(finding, PK_ASSERTION_NONE, false);
	}
	pk_capture_end(&capture);
}

/*
 * Why it is so much, from the findings about the plan: facts and a hint. False if there are none.
 */
static bool
explain_work(const char *query, const PkCaptureOptions *options, const PkWork *work, StringInfo facts,
			 PkVerdict *verdict)
{
	PkWorkReason reason = {.query = query, .options = options, .work = work};
	ErrorData *error = pk_undo_catching_lock_timeout(find_reason, &reason);

	if (error != NULL)
	{
		reason = (PkWorkReason){.cause = PK_CAUSE_NONE,
								.facts = pk_reason_error_facts(error),
								.hint = pk_reason_error_hint()};
	}
	if (reason.facts != NULL && reason.facts[0] != '\0')
		appendStringInfo(facts, " %s", reason.facts);
	verdict->cause = reason.cause;
	verdict->hint = reason.hint;
	return verdict->hint != NULL;
}

static void
judge_work(const char *query, const PkCaptureOptions *options, const double *limits, PkVerdict *verdict)
{
	PkWork work;
	PkWork again;
	PkWorkKind broken;
	StringInfoData facts;

	memset(verdict, 0, sizeof(*verdict));
	pk_run(query, options, count_work, &work);
	if (find_broken(&work, limits) != NUM_WORK_KINDS)
	{
		pk_run(query, options, count_work, &again);
		for (int kind = 0; kind < NUM_WORK_KINDS; kind++)
			work.amount[kind] = Min(work.amount[kind], again.amount[kind]);
	}
	broken = find_broken(&work, limits);
	verdict->pass = broken == NUM_WORK_KINDS;
	if (verdict->pass)
		return;

	initStringInfo(&facts);
	for (int kind = 0; kind < NUM_WORK_KINDS; kind++)
	{
		appendStringInfo(&facts, "%s%s %.0f %s", kind > 0 ? ", " : "It ", work_kinds[kind].verb, work.amount[kind],
						 work_kinds[kind].unit);
		if (limits[kind] >= 0)
			appendStringInfo(&facts, " (limit %.0f)", limits[kind]);
	}
	appendStringInfoChar(&facts, '.');
	if (work.worst_filter != NULL)
		appendStringInfo(&facts, " %s.", work.worst_filter);
	if (work.triggers != NULL)
		appendStringInfo(&facts, " %s.", work.triggers);
	verdict->sqlstate = ERRCODE_ASSERT_FAILURE;
	verdict->message = psprintf("query %s %.0f %s, exceeding the limit of %.0f", work_kinds[broken].verb,
								work.amount[broken], work_kinds[broken].unit, limits[broken]);
	verdict->shape = work.shape;
	if (broken == WORK_TEMP_BLOCKS)
		verdict->hint = "Raise work_mem, or sort and hash less: an index can give the order.";
	else if (broken == WORK_WAL_BYTES || !explain_work(query, options, &work, &facts, verdict))
		verdict->hint = "SELECT * FROM perfkit_plan(query, \"analyze\" => true) shows the work of each node.";
	verdict->facts = facts.data;
}

void
pk_assert_rows_removed(const char *query, double limit, void (*admit)(const PlannedStmt *stmt), PkVerdict *verdict)
{
	PkCaptureOptions options = {.instrument = INSTRUMENT_ROWS, .admit = admit};
	double limits[NUM_WORK_KINDS];

	for (int kind = 0; kind < NUM_WORK_KINDS; kind++)
		limits[kind] = kind == WORK_ROWS_REMOVED ? limit : -1;
	judge_work(query, &options, limits, verdict);
}

/*
 * perfkit_assert_work(query text, max_shared_blocks bigint, max_rows_removed bigint,
 *					   max_temp_blocks bigint, max_wal_bytes bigint, generic boolean,
 *					   parameters text[]) -> void
 */
Datum
perfkit_assert_work(PG_FUNCTION_ARGS)
{
	char *query = pk_arg_query(fcinfo, 0);
	double limits[NUM_WORK_KINDS];
	PkCaptureOptions options = {.instrument = INSTRUMENT_ROWS};
	bool any = false;
	PkVerdict verdict;

	for (int kind = 0; kind < NUM_WORK_KINDS; kind++)
	{
		limits[kind] = -1;
		if (PG_ARGISNULL(kind + 1))
			continue;
		limits[kind] = (double) pk_arg_int64(fcinfo, kind + 1, work_kinds[kind].argument, 0, PG_INT64_MAX,
											 "Leave it out to set no limit.");
		any = true;
	}
	if (!any)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("no limit specified"),
						errdetail("An assertion without a limit would pass whatever the query does."),
						errhint("Pass one or more of \"max_shared_blocks\", \"max_rows_removed\", \"max_temp_blocks\" "
								"and \"max_wal_bytes\".")));
	options.generic = pk_arg_flag(fcinfo, 5, "generic");
	options.parameters = pk_arg_array(fcinfo, 6);
	if (options.parameters != NULL && !options.generic)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"parameters\" requires a generic plan"),
						errhint("Pass generic => true with it, or write the values into the query.")));

	judge_work(query, &options, limits, &verdict);
	pk_assert_raise(&verdict);
	PG_RETURN_VOID();
}
