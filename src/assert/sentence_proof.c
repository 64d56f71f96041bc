/*
 * sentence_proof.c
 *	  In English: how it is known that a remedy helps, and what it does to the result.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "assert/sentences.h"

/* In the order of the bits of PkResultChange. */
static const struct
{
	const char *word;
	const char *when; /* "This changes the result when ..." */
} changes[PK_NUM_RESULT_CHANGES] = {
	{"nulls", "a value is null"},
	{"time_zone", "TimeZone is another one"},
	{"blank_padding", "values differ only in trailing blanks"},
	{"case", "values differ only in case"},
	{"duplicates", "several rows match the same one"},
	{"ties", "rows are equal by the order"},
	{"collation", "the two collations disagree about values"},
	{"rounding", "values are rounded differently, at the limit of the condition"},
	{"no_such_value", "the value is none of the column's type"},
	{"setting", "the setting with the limit is another one"},
	{"rows_before", "rows that the condition discards would have been chosen, counted or numbered"},
	{"format", "the same value is written in another way"},
	{"calendar", "days or months of the interval differ in length: around a change of daylight saving time, and at the ends "
				 "of months"},
	{"input", "a text is no value of the type, which is an error"},
	{"not_finite", "a value is infinite or not a number"},
};

const char *
pk_sentence_proof_word(PkProof proof)
{
	static const char *const words[] = {NULL, "planned", "hypothetical", "built", "estimated"};

	return words[proof];
}

const char *
pk_sentence_same_word(PkSameResult same)
{
	static const char *const words[] = {NULL, "by_rule", "on_sample", "no"};

	return words[same];
}

const char *
pk_sentence_change_word(int change)
{
	for (int i = 0; i < PK_NUM_RESULT_CHANGES; i++)
	{
		if (change == 1 << i)
			return changes[i].word;
	}
	return NULL;
}

char *
pk_sentence_changes(const PkFinding *finding)
{
	StringInfoData text;
	int told = finding->changes;
	int count = 0;

	if (told == 0)
		return finding->same_result == PK_SAME_NOT ? pstrdup("This changes the result.") : NULL;
	initStringInfo(&text);
	for (int i = 0; i < PK_NUM_RESULT_CHANGES; i++)
	{
		if ((told & 1 << i) == 0)
			continue;
		appendStringInfo(&text, "%s%s", count++ == 0 ? "This changes the result when " : ", or when ", changes[i].when);
	}
	appendStringInfoChar(&text, '.');
	return text.data;
}

/* The remedy is an index that the query was planned with. */
static void
say_index(StringInfo text, const PkFinding *finding, const char *where)
{
	appendStringInfo(text, "%s %s", finding->chosen ? "Verified" : "Tried", where);
	appendStringInfoString(text, finding->chosen ? ": the plan would use the index"
												 : ": the planner would not choose the index");
	if (finding->cost_with_remedy >= 0)
		appendStringInfo(text, finding->chosen ? " and cost %.2f" : "; with it, the plan would cost %.2f",
						 finding->cost_with_remedy);
	if (finding->cost_with_remedy >= 0 && finding->cost >= 0)
		appendStringInfo(text, " instead of %.2f", finding->cost);
	appendStringInfoChar(text, '.');
}

/* The query was planned with the remedy: a setting, or another wording. */
static void
say_plan(StringInfo text, const PkFinding *finding)
{
	const char *cost = "";

	if (finding->cost_with_remedy >= 0 && finding->cost >= 0)
		cost = psprintf(", and would cost %.2f instead of %.2f", finding->cost_with_remedy, finding->cost);
	if (finding->remedy_kind == PK_REMEDY_STATEMENT || finding->chosen)
		appendStringInfo(text, "Verified: the query was planned that way%s.", cost);
	else
		appendStringInfo(text, "Tried: written that way, the query can use an index%s, but the planner would not choose it.",
						 cost);
}

static void
say_same_result(StringInfo text, const PkFinding *finding)
{
	const char *separator = text->len > 0 ? " " : "";

	switch (finding->same_result)
	{
		case PK_SAME_UNKNOWN:
			break;
		case PK_SAME_BY_RULE:
			appendStringInfo(text, "%sThe result is the same for any data.", separator);
			break;
		case PK_SAME_ON_SAMPLE:
			appendStringInfo(text, "%sOf %.0f rows of the table, both conditions keep the same %.0f.", separator,
							 finding->compared_rows, finding->same_rows);
			break;
		case PK_SAME_NOT:
			appendStringInfo(text, "%sOf %.0f rows of the table, only one of the conditions keeps %.0f.", separator,
							 finding->compared_rows, finding->same_rows);
			break;
	}
}

char *
pk_sentence_proof(const PkFinding *finding)
{
	StringInfoData text;

	initStringInfo(&text);
	switch (finding->proof)
	{
		case PK_PROOF_NONE:
			if (finding->unproven != NULL)
				appendStringInfo(&text, "Not verified: %s.", finding->unproven);
			break;
		case PK_PROOF_PLANNED:
			say_plan(&text, finding);
			break;
		case PK_PROOF_HYPOTHETICAL:
			say_index(&text, finding, "with hypopg");
			break;
		case PK_PROOF_BUILT:
			say_index(&text, finding, "with an index built on a sample");
			break;
		case PK_PROOF_ESTIMATED:
			appendStringInfoString(&text, "Verified on a copy of the table: with it, the estimate is right.");
			break;
	}
	say_same_result(&text, finding);
	return text.len > 0 ? text.data : NULL;
}
