/*
 * diagnose.c
 *	  perfkit_diagnose(): the findings about a query as rows.
 */
#include "postgres.h"

#include "catalog/index.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "common/arguments.h"
#include "advice/indexes.h"
#include "assert/assert.h"
#include "assert/sentences.h"
#include "causes/diagnose.h"

PG_FUNCTION_INFO_V1(perfkit_diagnose);

typedef enum PkColumn
{
	COL_CAUSE,
	COL_RELATION,
	COL_ALIAS,
	COL_CONDITION,
	COL_INDEX,
	COL_DETAIL,
	COL_REMEDY,
	COL_REMEDY_SQL,
	COL_PROOF,
	COL_COST,
	COL_COST_WITH_REMEDY,
	COL_SHARE,
	COL_BREAK_EVEN_FACTOR,
	COL_PROVEN,
	COL_SAME_RESULT,
	COL_CHANGES,
	NUM_COLUMNS
} PkColumn;

static void
set_text(Datum *values, bool *nulls, PkColumn column, const char *text)
{
	nulls[column] = text == NULL;
	if (text != NULL)
		values[column] = CStringGetTextDatum(text);
}

static void
set_number(Datum *values, bool *nulls, PkColumn column, double number)
{
	nulls[column] = number < 0;
	if (number >= 0)
		values[column] = Float8GetDatum(number);
}

/* The names of the changes that a rewrite brings. */
static void
set_changes(Datum *values, bool *nulls, PkColumn column, int changes)
{
	Datum words[PK_NUM_RESULT_CHANGES];
	int count = 0;

	for (int i = 0; i < PK_NUM_RESULT_CHANGES; i++)
	{
		if ((changes & 1 << i) != 0)
			words[count++] = CStringGetTextDatum(pk_sentence_change_word(1 << i));
	}
	nulls[column] = count == 0;
	if (count > 0)
		values[column] = PointerGetDatum(construct_array(words, count, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
put_finding(const PkFinding *finding, ReturnSetInfo *result)
{
	Datum values[NUM_COLUMNS] = {0};
	bool nulls[NUM_COLUMNS] = {0};

	set_text(values, nulls, COL_CAUSE, pk_cause_name(finding->cause));
	values[COL_RELATION] = ObjectIdGetDatum(finding->relid);
	nulls[COL_RELATION] = !OidIsValid(finding->relid);
	set_text(values, nulls, COL_ALIAS, finding->alias);
	set_text(values, nulls, COL_CONDITION, finding->condition);
	values[COL_INDEX] = ObjectIdGetDatum(finding->index);
	nulls[COL_INDEX] = !OidIsValid(finding->index);
	set_text(values, nulls, COL_DETAIL, pk_sentence_facts(finding, false));
	set_text(values, nulls, COL_REMEDY, pk_sentence_remedy(finding, PK_ASSERTION_NONE, false));
	set_text(values, nulls, COL_REMEDY_SQL, finding->remedy_sql);
	set_text(values, nulls, COL_PROOF, pk_sentence_proof(finding));
	set_number(values, nulls, COL_COST, finding->cost);
	set_number(values, nulls, COL_COST_WITH_REMEDY, finding->cost_with_remedy);
	set_number(values, nulls, COL_SHARE, finding->share);
	set_number(values, nulls, COL_BREAK_EVEN_FACTOR, finding->break_even_factor);
	set_text(values, nulls, COL_PROVEN, pk_sentence_proof_word(finding->proof));
	set_text(values, nulls, COL_SAME_RESULT, pk_sentence_same_word(finding->same_result));
	set_changes(values, nulls, COL_CHANGES, finding->changes);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * perfkit_diagnose(query text, expected_index regclass, generic boolean, size_factor float8,
 * min_rows bigint) -> SETOF record
 */
Datum
perfkit_diagnose(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char *query = pk_arg_query(fcinfo, 0);
	PkCaptureOptions options = {0};
	PkCapture capture;
	PkPlanTree tree;
	PkFailure failure = {.query = query, .options = &options, .tree = &tree};
	Oid expected = pk_assert_arg_index(fcinfo, 1);
	double min_rows;
	MemoryContext caller;
	ListCell *cell;

	options.generic = pk_arg_flag(fcinfo, 2, "generic");
	options.what_if.size_factor = pk_arg_factor(fcinfo, 3, "size_factor");
	min_rows = (double) pk_assert_arg_min_rows(fcinfo, 4);

	/* use the expected descriptor: computing it would leak it into the query's memory */
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	pk_capture_begin(&capture, query, &options);
	caller = MemoryContextSwitchTo(capture.context);
	pk_plan_walk(&capture, &tree);
	if (OidIsValid(expected))
	{
		failure.expected = pk_indexes_of(expected);
		pk_assert_refuse_foreign_index(&tree, expected, failure.expected);
	}
	foreach (cell, pk_diagnose(&failure, min_rows))
	{
		put_finding(lfirst(cell), result);
	}
	MemoryContextSwitchTo(caller);
	pk_capture_end(&capture);
	return (Datum) 0;
}
