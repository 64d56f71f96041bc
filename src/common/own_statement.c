/*
 * own_statement.c
 *	  Statements that perfkit runs through SPI for its own purposes, and which are not the application's.
 *
 * A seed that tops up a table has to read what is there. The guard watches whether an application reads large tables, and in mode
 * "error" it would refuse that. So the guard is told of each such statement before it runs: of that one alone, since a trigger of the table
 * is the application's, and so are the functions in its defaults.
 *
 * A statement is known by its source text, and only the first with that text whose executor starts is meant. The text tells it
 * from what the planner runs before (functions that it evaluates), and the first from what it calls while it runs.
 */
#include "postgres.h"

#include "nodes/parsenodes.h"
#include "utils/plancache.h"

#include "common/own_statement.h"

/* Source text of the own statement that is about to start; NULL: none. */
static const char *expected = NULL;

bool
pk_own_statement_starts(const char *source_text)
{
	if (expected == NULL || source_text == NULL || strcmp(source_text, expected) != 0)
		return false;
	expected = NULL;
	return true;
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
	result = pk_own_execute_plan(plan, values, limit);
	SPI_freeplan(plan);
	return result;
}

int
pk_own_execute_plan(SPIPlanPtr plan, const Datum *values, long limit)
{
	const char *outer = expected;
	int result;

	PG_TRY();
	{
		expected = own_text(plan);
		result = SPI_execute_plan(plan, unconstify(Datum *, values), NULL, false, limit);
	}
	PG_FINALLY();
	{
		expected = outer;
	}
	PG_END_TRY();
	return result;
}

Portal
pk_own_cursor_open(SPIPlanPtr plan)
{
	const char *outer = expected;
	Portal portal;

	PG_TRY();
	{
		expected = own_text(plan);
		portal = SPI_cursor_open(NULL, plan, NULL, NULL, false);
	}
	PG_FINALLY();
	{
		expected = outer;
	}
	PG_END_TRY();
	return portal;
}
