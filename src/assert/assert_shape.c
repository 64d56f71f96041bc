/*
 * assert_shape.c
 *	  perfkit_assert_shape(): compares the plan with an expected shape.
 *
 * The text is read before the query is planned, and leniently where that is safe: a block between
 * dollar quotes may be indented as a whole and surrounded by empty lines. A text that no plan can
 * have is a mistake in the test, most likely pasted output of EXPLAIN, and raises a different error
 * than a plan that has changed.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "common/arguments.h"
#include "assert/assert.h"
#include "plan/shape.h"

PG_FUNCTION_INFO_V1(perfkit_assert_shape);

static void
refuse_line(int number, const char *line, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("shape is malformed at line %d", number),
			 errdetail("\"%s\" %s.", line, what),
			 errhint("Write one node per line, indented by two blanks per level, as perfkit_plan_shape(query) does.")));
}

/*
 * Lines of the text without trailing blanks, and without empty lines before the first and after the
 * last.
 */
static List *
split_lines(char *text)
{
	List *lines = NIL;
	int used = 0;

	for (char *line = text, *next; line != NULL; line = next)
	{
		char *end;

		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		end = line + strlen(line);
		while (end > line && (end[-1] == ' ' || end[-1] == '\r' || end[-1] == '\t'))
			*--end = '\0';
		if (end == line && lines == NIL)
			continue;
		lines = lappend(lines, line);
		if (end > line)
			used = list_length(lines);
	}
	return list_truncate(lines, used);
}

/* The text as pk_shape_of_plan() would have written it; 22023 if it never would. */
static List *
read_shape(char *text)
{
	List *lines = split_lines(text);
	int margin;
	int depth = 0;
	ListCell *cell;

	if (lines == NIL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("shape is empty"),
						errhint("Pass what perfkit_plan_shape(query) returns.")));
	margin = strspn((char *) linitial(lines), " ");
	foreach (cell, lines)
	{
		int number = foreach_current_index(cell) + 1;
		char *line = lfirst(cell);
		int blanks = strspn(line, " ");

		if (line[blanks] == '\0')
			refuse_line(number, line, "has no node");
		if (line[blanks] == '\t')
			refuse_line(number, line, "is indented by tabs");
		if (strncmp(line + blanks, "->", 2) == 0 || strstr(line, "(cost=") != NULL)
			refuse_line(number, line + blanks, "looks like output of EXPLAIN");
		if (blanks < margin || (blanks - margin) % 2 != 0 || (number > 1 && blanks == margin) ||
			(blanks - margin) / 2 > depth + (number > 1))
			refuse_line(number, line, "is not indented as a child of a node above it");
		depth = (blanks - margin) / 2;
		lfirst(cell) = line + margin;
	}
	return lines;
}

/* The first line that differs. */
static void
describe_difference(List *expected, const char *actual, StringInfo facts)
{
	List *lines = split_lines(pstrdup(actual));
	int count = Max(list_length(expected), list_length(lines));

	for (int i = 0; i < count; i++)
	{
		const char *want = i < list_length(expected) ? list_nth(expected, i) : NULL;
		const char *have = i < list_length(lines) ? list_nth(lines, i) : NULL;

		if (want != NULL && have != NULL && strcmp(want, have) == 0)
			continue;
		if (want == NULL)
			appendStringInfo(facts, "The expected plan ends before line %d, which is \"%s\".", i + 1, have);
		else if (have == NULL)
			appendStringInfo(facts, "The plan ends before line %d, where \"%s\" was expected.", i + 1, want);
		else
			appendStringInfo(facts, "Line %d is \"%s\", but \"%s\" was expected.", i + 1, have, want);
		return;
	}
}

static bool
has_lines(List *expected, const char *actual)
{
	StringInfoData joined;
	ListCell *cell;

	initStringInfo(&joined);
	foreach (cell, expected)
	{
		appendStringInfo(&joined, "%s%s", joined.len > 0 ? "\n" : "", (char *) lfirst(cell));
	}
	return strcmp(joined.data, actual) == 0;
}

/* perfkit_assert_shape(query text, shape text, generic boolean, size_factor float8) -> void */
Datum
perfkit_assert_shape(PG_FUNCTION_ARGS)
{
	char *query = pk_arg_query(fcinfo, 0);
	PkCaptureOptions options = {0};
	PkVerdict verdict = {0};
	PkCapture capture;
	PkPlanTree tree;
	List *expected;
	char *shape;

	expected = read_shape(pk_arg_text(fcinfo, 1, "shape", "Pass what perfkit_plan_shape(query) returns."));
	options.generic = pk_arg_flag(fcinfo, 2, "generic");
	options.what_if.size_factor = pk_arg_factor(fcinfo, 3, "size_factor");

	pk_capture_begin(&capture, query, &options);
	pk_plan_walk(&capture, &tree);
	shape = pk_shape_of_plan(&tree, 0);
	verdict.pass = has_lines(expected, shape);
	if (!verdict.pass)
	{
		StringInfoData facts;

		initStringInfo(&facts);
		describe_difference(expected, shape, &facts);
		verdict.sqlstate = ERRCODE_ASSERT_FAILURE;
		verdict.message = pstrdup("plan does not have the expected shape");
		verdict.facts = facts.data;
		verdict.shape = pk_shape_of_plan(&tree, 1);
		verdict.hint = pstrdup("If this plan is as good, expect the shape that perfkit_plan_shape(query) returns.");
	}
	pk_capture_end(&capture);

	pk_assert_raise(&verdict);
	PG_RETURN_VOID();
}
