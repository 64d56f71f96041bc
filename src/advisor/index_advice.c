/*
 * index_advice.c
 *	  perfkit_index_advice(): indexes for a whole workload.
 *
 * Signature:
 *	  perfkit_index_advice(queries text[] = NULL, weights float8[] = NULL, min_gain float8 = 0.005,
 *	                       max_bytes bigint = NULL, include_unproven boolean = false,
 *	                       skip_unplannable boolean = false)
 *	      -> SETOF (statement, relation, gain, size_bytes, write_cost, proof, queries)
 *
 * All that is built is rolled back, see common/undo.h.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "advisor/candidates.h"
#include "advisor/clone.h"
#include "advisor/search.h"
#include "advisor/wishes.h"
#include "advisor/writes.h"
#include "common/check_writer.h"
#include "common/arguments.h"
#include "common/catalog.h"
#include "common/undo.h"
#include "observe/slow_queries.h"
#include "observe/statement_text.h"
#include "plan/walk.h"

PG_FUNCTION_INFO_V1(perfkit_index_advice);

/* Statements of pg_stat_statements that are looked at, those with the most time first. */
#define MAX_STATEMENTS 200

/* How long their plans wait for locks of other sessions, in all. */
#define PATIENCE_MS 1000

enum
{
	COL_STATEMENT,
	COL_RELATION,
	COL_GAIN,
	COL_SIZE_BYTES,
	COL_WRITE_COST,
	COL_PROOF,
	COL_QUERIES,
	NUM_COLUMNS
};

/* A row of the result. */
typedef struct PkProposal
{
	char *statement;
	Oid relid;
	double gain;  /* negative: not known */
	double saved; /* with the weights; negative: not known */
	double bytes;
	double write; /* negative: not known */
	char *proof;
	List *queries; /* C strings */
} PkProposal;

typedef struct PkAdvising
{
	FunctionCallInfo fcinfo;
	MemoryContext context; /* of the result */
	List *proposals;	   /* PkProposal, in that context */
	bool include_unproven;
	bool skip_unplannable;
	bool counted; /* the statements are those of pg_stat_statements */
	int patience; /* ms that plans of queries that may fail may still wait for locks */
	PkWishes wishes;
	PkSearch search;
} PkAdvising;

typedef struct PkFirstPlan
{
	PkAdvising *advising;
	PkWorkloadQuery *query;
} PkFirstPlan;

/* Plan the query as it is, and collect its wishes. */
static void
plan_first(void *arg)
{
	PkFirstPlan *first = (PkFirstPlan *) arg;
	PkWorkloadQuery *query = first->query;
	PkWishes *wishes = &first->advising->wishes;
	PkCaptureOptions options = {.generic = true};
	int known = list_length(wishes->wishes);
	PkCapture capture;
	MemoryContext caller;
	ListCell *cell;

	if (query->role != GetUserId())
		pk_check_writer_assume(query->role);
	options.what_if.observe = pk_wishes_observe;
	options.what_if.observer = wishes;
	pk_capture_begin(&capture, query->text, &options);
	caller = MemoryContextSwitchTo(wishes->context);
	query->before = capture.stmt->planTree->total_cost;
	query->effort = capture.effort;
	for (int i = known; i < list_length(wishes->wishes); i++)
		query->relids =
			list_append_unique_oid(query->relids, ((PkWish *) list_nth(wishes->wishes, i))->relid);
	query->writes = pk_writes_of(capture.stmt);
	foreach (cell, query->writes)
	{
		query->relids = list_append_unique_oid(query->relids, ((PkWrite *) lfirst(cell))->relid);
	}
	MemoryContextSwitchTo(caller);
	pk_capture_end(&capture);
}

static void
refuse_elements(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("an element of \"%s\" is null", name),
			 errhint("Pass an array without nulls, or NULL for the statements of pg_stat_statements.")));
}

/* The queries of the arguments. */
static void
take_arguments(PkAdvising *advising, ArrayType *texts, ArrayType *weights)
{
	PkCosts *costs = &advising->search.costs;
	Datum *elements;
	Datum *numbers = NULL;
	int nnumbers = 0;

	if (array_contains_nulls(texts))
		refuse_elements("queries");
	deconstruct_array(texts, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &costs->count);
	if (weights != NULL)
	{
		if (array_contains_nulls(weights))
			refuse_elements("weights");
		deconstruct_array(weights, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &numbers, NULL,
						  &nnumbers);
		if (nnumbers != costs->count)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("\"weights\" has %d elements, but \"queries\" has %d", nnumbers, costs->count),
							errhint("Pass a weight for each query, such as its calls per hour.")));
	}
	costs->queries = palloc0(sizeof(PkWorkloadQuery) * Max(costs->count, 1));
	for (int i = 0; i < costs->count; i++)
	{
		PkWorkloadQuery *query = &costs->queries[i];

		query->text = query->shown = TextDatumGetCString(elements[i]);
		query->role = GetUserId();
		query->may_fail = advising->skip_unplannable;
		query->weight = numbers != NULL ? DatumGetFloat8(numbers[i]) : 1;
		if (!(query->weight >= 0 && isfinite(query->weight)))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("a weight must be at least 0, and finite"),
							errdetail("Weight %d is %g.", i + 1, query->weight)));
	}
}

/* The queries of pg_stat_statements, those that cannot be planned included. */
static void
take_statements(PkAdvising *advising)
{
	PkCosts *costs = &advising->search.costs;
	List *statements = pk_slow_queries_to_plan();
	ListCell *cell;

	costs->queries = palloc0(sizeof(PkWorkloadQuery) * Max(list_length(statements), 1));
	foreach (cell, statements)
	{
		const PkCountedStatement *statement = (const PkCountedStatement *) lfirst(cell);
		PkWorkloadQuery *query = &costs->queries[costs->count++];

		query->text = query->shown = statement->text;
		query->role = statement->role;
		query->may_fail = true;
		/* a time, until the cost is known that it is divided by */
		query->weight = statement->total_ms;
	}
}

/*
 * Plan a statement that may fail. The text of pg_stat_statements may not be SQL at first. The
 * error; or NULL.
 */
static ErrorData *
plan_statement(PkFirstPlan *first)
{
	PkWorkloadQuery *query = first->query;
	ErrorData *error = NULL;
	ErrorData *shown = NULL;

	for (int repairs = 0; query->text != NULL && repairs <= PK_MAX_REPAIRS; repairs++)
	{
		int known = list_length(first->advising->wishes.wishes);

		error = pk_undo_catching_briefly(plan_first, first, query->role != GetUserId(),
										 &first->advising->patience);
		if (error == NULL)
			return NULL;
		first->advising->wishes.wishes = list_truncate(first->advising->wishes.wishes, known);
		if (shown == NULL)
			shown = error;
		query->text = pk_statement_text_repair(query->text, error);
	}
	return shown;
}

static void
tell_skipped(int skipped, const ErrorData *error)
{
	ereport(NOTICE,
			(errmsg_plural("%d query was left out, because it cannot be planned",
						   "%d queries were left out, because they cannot be planned", skipped, skipped),
			 errdetail("The first error is: %s.", error->message)));
}

/*
 * Plan all queries once. Those that may fail and do are left out, and so are statements of
 * pg_stat_statements after MAX_STATEMENTS.
 */
static void
plan_all(PkAdvising *advising)
{
	PkCosts *costs = &advising->search.costs;
	ErrorData *first_error = NULL;
	int skipped = 0;
	int kept = 0;

	for (int i = 0; i < costs->count; i++)
	{
		PkWorkloadQuery query = costs->queries[i];
		PkFirstPlan first = {advising, &query};
		ErrorData *error = NULL;

		CHECK_FOR_INTERRUPTS();
		if (advising->counted && kept == MAX_STATEMENTS)
			break;
		advising->wishes.query = kept;
		if (query.may_fail)
			error = plan_statement(&first);
		else
			plan_first(&first);
		if (error != NULL)
		{
			skipped++;
			first_error = first_error != NULL ? first_error : error;
			continue;
		}
		if (advising->counted)
			query.weight /= Max(query.before, 1e-6);
		costs->queries[kept++] = query;
	}
	costs->count = kept;
	if (skipped > 0 && !advising->counted)
		tell_skipped(skipped, first_error);
}

/* Make the largest weight 1: only their ratios matter, and sums of large ones could overflow. */
static void
scale_weights(PkCosts *costs)
{
	double largest = 0;

	for (int i = 0; i < costs->count; i++)
		largest = Max(largest, costs->queries[i].weight);
	for (int i = 0; i < costs->count && largest > 0; i++)
		costs->queries[i].weight /= largest;
}

/* What the queries that wish for a candidate cost. */
static void
weigh_candidates(PkCosts *costs)
{
	ListCell *cell;
	ListCell *number;

	foreach (cell, costs->candidates)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		foreach (number, candidate->queries)
		{
			const PkWorkloadQuery *query = &costs->queries[lfirst_int(number)];

			candidate->worth += query->weight * query->before;
		}
	}
}

static char *
create_statement(const PkIndexCandidate *candidate)
{
	return psprintf("CREATE INDEX ON %s %s", pk_quoted_relation_name(candidate->relid), candidate->tail);
}

static const PkClone *
clone_of(const PkAdvising *advising, Oid relid)
{
	ListCell *cell;

	foreach (cell, advising->search.costs.clones)
	{
		const PkClone *clone = (const PkClone *) lfirst(cell);

		if (clone->relid == relid)
			return clone;
	}
	return NULL;
}

static char *
proof_of(const PkAdvising *advising, const PkChoice *choice)
{
	const PkClone *clone = clone_of(advising, choice->candidate->relid);
	double before = 0;
	double after = 0;
	ListCell *cell;

	foreach (cell, choice->queries)
	{
		before += advising->search.costs.queries[lfirst_int(cell)].before;
		after += advising->search.costs.queries[lfirst_int(cell)].after;
	}
	return psprintf("built on %.0f of about %.0f rows; with all indexes of this advice, the plans of %d %s use it, "
					"and cost %.2f instead of %.2f",
					clone->copy->rows, clone->rows, list_length(choice->queries),
					list_length(choice->queries) == 1 ? "query" : "queries", after, before);
}

static void
add_proposal(PkAdvising *advising, const PkChoice *choice)
{
	MemoryContext caller = MemoryContextSwitchTo(advising->context);
	PkProposal *proposal = palloc0(sizeof(PkProposal));
	ListCell *cell;

	proposal->statement = create_statement(choice->candidate);
	proposal->relid = choice->candidate->relid;
	proposal->gain = choice->gain;
	proposal->saved = choice->saved;
	proposal->bytes = choice->candidate->bytes;
	proposal->write = choice->candidate->write;
	proposal->proof = proof_of(advising, choice);
	foreach (cell, choice->queries)
	{
		proposal->queries =
			lappend(proposal->queries, pstrdup(advising->search.costs.queries[lfirst_int(cell)].shown));
	}
	advising->proposals = lappend(advising->proposals, proposal);
	MemoryContextSwitchTo(caller);
}

/* The candidates of tables that could not be copied. */
static void
add_unproven(PkAdvising *advising)
{
	MemoryContext caller = MemoryContextSwitchTo(advising->context);
	ListCell *cell;

	foreach (cell, advising->search.costs.candidates)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);
		const PkClone *clone = clone_of(advising, candidate->relid);
		PkProposal *proposal;
		ListCell *number;

		if (clone->refusal == NULL || strstr(candidate->tail, " INCLUDE (") != NULL)
			continue;
		proposal = palloc0(sizeof(PkProposal));
		proposal->statement = create_statement(candidate);
		proposal->relid = candidate->relid;
		proposal->gain = proposal->saved = proposal->bytes = proposal->write = -1;
		proposal->proof = psprintf("unproven: %s", clone->refusal);
		foreach (number, candidate->queries)
		{
			proposal->queries =
				lappend(proposal->queries, pstrdup(advising->search.costs.queries[lfirst_int(number)].shown));
		}
		advising->proposals = lappend(advising->proposals, proposal);
	}
	MemoryContextSwitchTo(caller);
}

/* An empty result must not be taken for "no index would help" where none could be tried. */
static void
tell_untried(const PkAdvising *advising)
{
	ListCell *cell;

	foreach (cell, advising->search.costs.clones)
	{
		const PkClone *clone = (const PkClone *) lfirst(cell);

		if (clone->refusal != NULL)
			ereport(NOTICE, (errmsg("no index on table %s was tried", pk_quoted_relation_name(clone->relid)),
							 errdetail("The reason: %s.", clone->refusal),
							 errhint("Pass include_unproven => true to see what could be tried elsewhere.")));
	}
}

/* The advice is proven as far as it goes, but there may be a better one. */
static void
tell_cut_short(void)
{
	ereport(NOTICE, (errmsg("the search for indexes was cut short, because the workload takes too long to plan"),
					 errdetail("Every index of the advice is proven and saves what it has to, but another set may save more."),
					 errhint("Pass fewer queries, such as one of each kind, or the most expensive ones.")));
}

/* Runs in a subtransaction that is rolled back. */
static void
advise(void *arg)
{
	PkAdvising *advising = (PkAdvising *) arg;
	PkCosts *costs = &advising->search.costs;
	ArrayType *texts = pk_arg_array(advising->fcinfo, 0);
	MemoryContext context;
	MemoryContext caller;
	ListCell *cell;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	context = AllocSetContextCreate(CurrentMemoryContext, "perfkit index advice", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	advising->wishes.context = context;
	advising->counted = texts == NULL;
	advising->patience = PATIENCE_MS;
	costs->patience = &advising->patience;
	if (texts != NULL)
		take_arguments(advising, texts, pk_arg_array(advising->fcinfo, 1));
	else
		take_statements(advising);
	plan_all(advising);
	if (advising->counted && costs->count == 0)
		ereport(NOTICE, (errmsg("no statement of pg_stat_statements can be planned by the caller"),
						 errhint("Run SELECT query, not_planned FROM %s(0) to see why.",
								 pk_own_name(advising->fcinfo, "perfkit_slow_queries"))));
	scale_weights(costs);
	costs->candidates = pk_candidates_make(advising->wishes.wishes);
	weigh_candidates(costs);
	costs->clones = pk_clones_make(costs->candidates);
	foreach (cell, pk_search_run(&advising->search))
	{
		add_proposal(advising, lfirst(cell));
	}
	if (advising->search.cut_short)
		tell_cut_short();
	if (advising->include_unproven)
		add_unproven(advising);
	else
		tell_untried(advising);
	MemoryContextSwitchTo(caller);
	SPI_finish();
}

/* Most saved per byte first; unproven ones last. */
static int
compare_proposals(const ListCell *a, const ListCell *b)
{
	const PkProposal *first = (const PkProposal *) lfirst(a);
	const PkProposal *second = (const PkProposal *) lfirst(b);
	double first_rate = first->saved < 0 ? -1 : first->saved / Max(first->bytes, 1);
	double second_rate = second->saved < 0 ? -1 : second->saved / Max(second->bytes, 1);

	if (first_rate != second_rate)
		return first_rate > second_rate ? -1 : 1;
	return strcmp(first->statement, second->statement);
}

static Datum
text_array(List *strings)
{
	Datum *elements = palloc(sizeof(Datum) * Max(list_length(strings), 1));
	ListCell *cell;

	foreach (cell, strings)
	{
		elements[foreach_current_index(cell)] = CStringGetTextDatum(lfirst(cell));
	}
	return PointerGetDatum(construct_array(elements, list_length(strings), TEXTOID, -1, false, TYPALIGN_INT));
}

static void
put_proposal(const PkProposal *proposal, ReturnSetInfo *result)
{
	Datum values[NUM_COLUMNS];
	bool nulls[NUM_COLUMNS] = {0};

	values[COL_STATEMENT] = CStringGetTextDatum(proposal->statement);
	values[COL_RELATION] = ObjectIdGetDatum(proposal->relid);
	values[COL_GAIN] = Float8GetDatum(proposal->gain);
	nulls[COL_GAIN] = proposal->gain < 0;
	values[COL_SIZE_BYTES] = Int64GetDatum((int64) Max(proposal->bytes, 0));
	nulls[COL_SIZE_BYTES] = proposal->bytes < 0;
	values[COL_WRITE_COST] = Float8GetDatum(proposal->write);
	nulls[COL_WRITE_COST] = proposal->write < 0;
	values[COL_PROOF] = CStringGetTextDatum(proposal->proof);
	values[COL_QUERIES] = text_array(proposal->queries);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * perfkit_index_advice(queries text[], weights float8[], min_gain float8, max_bytes bigint,
 * include_unproven boolean, skip_unplannable boolean) -> SETOF record
 */
Datum
perfkit_index_advice(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PkAdvising advising = {.fcinfo = fcinfo, .context = CurrentMemoryContext};
	ListCell *cell;

	if (PG_ARGISNULL(0) && !PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"weights\" are for \"queries\", which are null"),
						errhint("Statements of pg_stat_statements are weighted by their time.")));
	advising.search.min_gain =
		pk_arg_float8(fcinfo, 2, "min_gain", "Pass the share of all cost that an index has to save, such as 0.005.");
	if (!(advising.search.min_gain >= 0 && advising.search.min_gain <= 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"min_gain\" must be between 0 and 1"),
						errdetail("It is %g.", advising.search.min_gain)));
	if (!PG_ARGISNULL(3))
		advising.search.max_bytes = (double) pk_arg_int64(fcinfo, 3, "max_bytes", 1, PG_INT64_MAX, NULL);
	advising.include_unproven = pk_arg_flag(fcinfo, 4, "include_unproven");
	advising.skip_unplannable = pk_arg_flag(fcinfo, 5, "skip_unplannable");

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	pk_undo(advise, &advising);
	list_sort(advising.proposals, compare_proposals);
	foreach (cell, advising.proposals)
	{
		put_proposal(lfirst(cell), result);
	}
	return (Datum) 0;
}
