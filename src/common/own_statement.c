/*
 * own_statement.c
 *	  Statements that perfkit runs through SPI for its own purposes, not the application's.
 *
 * Adding rows to a seeded table requires reading those that are there. The guard watches for an
 * application that reads large tables, and in mode "error" it would refuse to. So the guard is told
 * of each such statement before it runs, and of that statement alone: the table's triggers and the
 * functions in its defaults are the application's.
 *
 * A statement is recognized by its source text, and only the first executor started with that text
 * counts. The text distinguishes it from what the planner runs before (functions that it
 * evaluates), and being the first distinguishes it from what it calls while it runs.
 */
#include "postgres.h"

#include "nodes/parsenodes.h"
#include "utils/plancache.h"

#include "common/own_statement.h"

/* Source text of the own statement that is about to start; NULL: none. */
static const char *expected = NULL;
/* "expected" is only the text's beginning. */
static bool expected_beginning = false;

bool
pk_own_statement_starts(const char *source_text)
{
	if (expected == NULL || source_text == NULL)
		return false;
	if (expected_beginning ? strncmp(source_text, expected, strlen(expected)) != 0 : strcmp(source_text, expected) != 0)
		return false;
	expected = NULL;
	return true;
}

/*
 * Without an identifier, pg_stat_statements does not count them: where it counts nested statements,
 * too, hundreds of them could push out the application's. From 18 on, the query of CREATE TABLE AS
 * is given an identifier of its own when it runs.
 */
static void
take_identifiers(SPIPlanPtr plan)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));
	ListCell *cell;

	foreach (cell, source->query_list)
	{
		lfirst_node(Query, cell)->queryId = 0;
	}
}

/* NULL where a rule replaces the statement: then what starts first is the rule's. */
static const char *
own_text(SPIPlanPtr plan)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));

	if (source->query_list != NIL && linitial_node(Query, source->query_list)->querySource != QSRC_ORIGINAL)
		return NULL;
	return source->query_string;
}

int
pk_own_execute(const char *command, int nargs, const Oid *types, const Datum *values, long limit)
{
	SPIPlanPtr plan = SPI_prepare(command, nargs, unconstify(Oid *, types));
	int result;

	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", command, SPI_result_code_string(SPI_result));
	take_identifiers(plan);
	result = pk_own_execute_plan(plan, values, limit);
	SPI_freeplan(plan);
	return result;
}

void
pk_own_run(const char *command)
{
	int result = pk_own_execute(command, 0, NULL, NULL, 0);

	if (result < 0)
		elog(ERROR, "pk_own_execute failed: %s", SPI_result_code_string(result));
}

int
pk_own_execute_plan(SPIPlanPtr plan, const Datum *values, long limit)
{
	const char *outer = expected;
	bool outer_beginning = expected_beginning;
	int result;

	PG_TRY();
	{
		expected = own_text(plan);
		expected_beginning = false;
		result = SPI_execute_plan(plan, unconstify(Datum *, values), NULL, false, limit);
	}
	PG_FINALLY();
	{
		expected = outer;
		expected_beginning = outer_beginning;
	}
	PG_END_TRY();
	return result;
}

Portal
pk_own_cursor_open(SPIPlanPtr plan)
{
	const char *outer = expected;
	bool outer_beginning = expected_beginning;
	Portal portal;

	PG_TRY();
	{
		expected = own_text(plan);
		expected_beginning = false;
		portal = SPI_cursor_open(NULL, plan, NULL, NULL, false);
	}
	PG_FINALLY();
	{
		expected = outer;
		expected_beginning = outer_beginning;
	}
	PG_END_TRY();
	return portal;
}

void
pk_own_call(const char *beginning, void (*call)(void *arg), void *arg)
{
	const char *outer = expected;
	bool outer_beginning = expected_beginning;

	PG_TRY();
	{
		expected = beginning;
		expected_beginning = true;
		call(arg);
	}
	PG_FINALLY();
	{
		expected = outer;
		expected_beginning = outer_beginning;
	}
	PG_END_TRY();
}
