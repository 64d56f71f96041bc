/*
 * sentences.c
 *	  Findings in English.
 *
 * A cause's sentences are a row in sentence_table.c, in which {name} stands for a field of the
 * finding, and [[...]] is left out if a field within it is not set. What is inserted is not looked
 * through again.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "utils/lsyscache.h"

#include "common/catalog.h"
#include "assert/sentence_table.h"
#include "assert/sentences.h"

/* Who reads a remedy, and whether it comes after another one. */
typedef struct PkReader
{
	PkAssertion assertion;
	bool alternative;
} PkReader;

char *
pk_sentence_indexes(List *indexes)
{
	StringInfoData text;
	ListCell *cell;

	if (indexes == NIL)
		return NULL;
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

/* How to relax the assertion if the planner is right to scan the table: the end of a sentence. */
static char *
lenience(PkAssertion assertion)
{
	switch (assertion)
	{
		case PK_ASSERTION_NONE:
			break;
		case PK_ASSERTION_INDEX_SCAN:
			return "assert demand => 'usable', which only requires that an index can serve the query";
		case PK_ASSERTION_NO_SEQ_SCAN:
			return "exempt it with a min_rows above its number of rows";
		case PK_ASSERTION_INDEX_CHECK:
			return "set the check's demand to 'usable', which only requires that an index can serve the query";
	}
	return NULL;
}

/* What to do about a query that nothing restricts, beside restricting it. */
static char *
exempt(PkAssertion assertion)
{
	switch (assertion)
	{
		case PK_ASSERTION_NONE:
			break;
		case PK_ASSERTION_INDEX_SCAN:
		case PK_ASSERTION_NO_SEQ_SCAN:
			return "exempt small tables with min_rows";
		case PK_ASSERTION_INDEX_CHECK:
			return "set the check's column enabled to false";
	}
	return NULL;
}

/* What an index on the columns would be used for. */
static char *
purpose(const PkFinding *finding, const PkReader *reader)
{
	if (finding->columns == NULL || reader->alternative)
		return NULL;
	switch (finding->use)
	{
		case PK_CANDIDATE_NONE:
			break;
		case PK_CANDIDATE_FILTER:
			return psprintf("Its condition is on: %s.", finding->columns);
		case PK_CANDIDATE_JOIN:
			return psprintf("It is joined on: %s.", finding->columns);
		case PK_CANDIDATE_ORDER:
			return psprintf("Its rows are sorted by: %s.", finding->columns);
	}
	return NULL;
}

/* The remedy that is an index to be created. */
static char *
try_index(const PkFinding *finding, const PkReader *reader)
{
	char *relax = lenience(reader->assertion);

	if (finding->remedy_sql == NULL)
		return NULL;
	if (finding->proof == PK_PROOF_NONE || finding->chosen)
		return psprintf("%s %s.", reader->alternative ? "Or try" : "Try", finding->remedy_sql);
	return psprintf("%s would serve the query, but would not be chosen for the table as it is%s%s.",
					finding->remedy_sql, relax != NULL ? ": " : "", relax != NULL ? relax : "");
}

/* The index to be created, after what else could be done. */
static char *
index_remedy(const PkFinding *finding, const PkReader *reader)
{
	bool after = finding->range != NULL || finding->contains != NULL || finding->as_indexed != NULL ||
				 finding->cause == PK_CAUSE_PARTIAL_PREDICATE || finding->cause == PK_CAUSE_SORT_ORDER ||
				 finding->cause == PK_CAUSE_SORT_EXPRESSION || finding->cause == PK_CAUSE_JOIN_TYPE ||
				 finding->cause == PK_CAUSE_NOT_IMMUTABLE;
	PkReader next = {reader->assertion, after};

	return finding->use == PK_CANDIDATE_NONE ? NULL : try_index(finding, &next);
}

/* The condition as it would be served, unless the remedy is an index. */
static char *
rewritten(const PkFinding *finding)
{
	return finding->use == PK_CANDIDATE_NONE && finding->range == NULL ? finding->remedy_sql : NULL;
}

/* How to build an index again, and whether that can succeed. */
static char *
rebuild(const PkFinding *finding)
{
	if (finding->remedy_sql == NULL)
		return NULL;
	if (finding->duplicates == NULL)
		return psprintf("run %s.", finding->remedy_sql);
	if (finding->duplicate_keys > 0)
		return psprintf("remove duplicates first, which %s finds: %s%.0f key%s more than once, such as %s in %.0f rows. "
						"Then run %s, which fails before.",
						finding->duplicates, finding->duplicates_in_all ? "" : "in the first pages of the table alone, ",
						finding->duplicate_keys, finding->duplicate_keys > 1 ? "s occur" : " occurs", finding->duplicate,
						finding->duplicate_rows, finding->remedy_sql);
	if (finding->duplicate_keys == 0 && finding->duplicates_in_all)
		return psprintf("run %s. No key occurs more than once.", finding->remedy_sql);
	return psprintf("run %s. That fails while there are duplicates, which %s finds.", finding->remedy_sql,
					finding->duplicates);
}

/* Why a partial index's predicate does not follow from the query. */
static char *
unimplied(const PkFinding *finding)
{
	switch (finding->unimplied)
	{
		case PK_UNIMPLIED_SILENT:
			break;
		case PK_UNIMPLIED_PARAMETER:
			return psprintf("Whether %s implies that is not known when the query is planned.", finding->condition);
		case PK_UNIMPLIED_LIST:
			return "The planner does not look into a list of more than 100 values, all of which satisfy it.";
		case PK_UNIMPLIED_NEGATION:
			return psprintf("The negation %s does not imply that, whatever values there are.", finding->condition);
		case PK_UNIMPLIED_OTHER:
			return psprintf("The planner cannot prove that %s implies it.", finding->condition);
	}
	return NULL;
}

static char *
imply(const PkFinding *finding)
{
	switch (finding->unimplied)
	{
		case PK_UNIMPLIED_PARAMETER:
			return "Write the value as a constant, or have the statement planned for each value: plan_cache_mode = "
				   "force_custom_plan.";
		case PK_UNIMPLIED_LIST:
			return psprintf("Add the predicate to the conditions, which does not change the result: %s.", finding->predicate);
		default:
			return "If the query needs only those rows, add the predicate to its conditions verbatim.";
	}
}

/* The share of rows, and both costs. */
static char *
costs(const PkFinding *finding)
{
	StringInfoData text;

	if (finding->indexes == NIL)
		return NULL;
	initStringInfo(&text);
	if (finding->share >= 0)
		appendStringInfo(&text, "That is %.3g %% of the rows. ", finding->share);
	appendStringInfo(&text, "With sequential scans disabled, the plan reads %s by %s", pk_relation_name(finding->relid),
					 pk_sentence_indexes(finding->indexes));
	if (finding->cost_with_remedy >= 0)
		appendStringInfo(&text, " and costs %.2f instead of %.2f.", finding->cost_with_remedy, finding->cost);
	else
		appendStringInfoString(&text, ", but still reads another table sequentially.");
	return text.data;
}

/* How to have a condition sent to a foreign server. */
static char *
ship(const PkFinding *finding)
{
	if (finding->extension != NULL)
		return psprintf("Run %s, if the remote server has the extension in the same version.", finding->remedy_sql);
	if (finding->volatility != NULL && finding->remedy_sql != NULL)
		return psprintf("Write %s: the value of a subquery is sent%s.", finding->remedy_sql,
						strcmp(finding->volatility, "volatile") == 0 ? ", computed once rather than for each row" : "");
	if (finding->volatility != NULL)
		return "Compare the column itself with a value or a range, or put the condition into a view on the remote server.";
	if (finding->object != NULL)
		return "Put it into an extension that both servers have, and name that in the server's option \"extensions\".";
	if (finding->construct != NULL)
		return "Write the condition without it, or put it into a view on the remote server.";
	if (finding->other_collation != NULL)
		return "Compare by the column's collation, or declare the foreign table's column with the other one, if the "
			   "remote column has it.";
	return NULL;
}

/* What has no statistics. */
static char *
unanalyzed(const PkFinding *finding)
{
	char *relation = pk_relation_name(finding->relid);

	if (finding->expression != NULL && OidIsValid(finding->index))
		return psprintf("Index \"%s\" is on %s, of which there are no statistics until %s is analyzed again.",
						pk_index_name(finding->index), finding->expression, relation);
	if (finding->proof == PK_PROOF_ESTIMATED)
		return psprintf("ANALYZE collects statistics of the columns of %s, not of what is computed from them.", relation);
	if (get_rel_relkind(finding->relid) == RELKIND_PARTITIONED_TABLE)
		return psprintf("Table %s was never analyzed as a whole, and the statistics of its partitions do not tell how many "
						"values they have together.",
						relation);
	return psprintf("Table %s was never analyzed, so the planner assumes how many rows and values it has.", relation);
}

static char *
number(const char *format, double value)
{
	return value < 0 ? NULL : psprintf(format, value);
}

/* A field that is a text already; NULL if it is another one or not set. */
static char *
text_field(const PkFinding *finding, const char *name, int length)
{
	const struct
	{
		const char *name;
		char *value;
	} plain[] = {
		{"alias", (char *) finding->alias},
		{"as_indexed", finding->as_indexed},
		{"collation", finding->collation},
		{"column", finding->column},
		{"columns", finding->columns},
		{"constraint", finding->constraint},
		{"construct", finding->construct},
		{"correlation", finding->correlation},
		{"contains", finding->contains},
		{"condition", finding->condition},
		{"event", (char *) finding->event},
		{"expression", finding->expression},
		{"expression_type", finding->expression_type},
		{"extension", finding->extension},
		{"family", finding->family},
		{"fixed", finding->fixed},
		{"method", finding->method},
		{"object", finding->object},
		{
			"operator",
			finding->operator},
			{"other_collation", finding->other_collation},
			{"predicate", finding->predicate},
			{"range", finding->range},
			{"referenced", finding->referenced},
			{"server", finding->server},
			{"settings", finding->settings},
			{"sql", finding->remedy_sql},
			{"stale", finding->stale},
			{"threshold", finding->threshold},
			{"type", finding->type},
			{"value", finding->value},
			{"volatility", finding->volatility},
			{"victim", finding->victim},
		};

	for (size_t i = 0; i < lengthof(plain); i++)
	{
		if (length == strlen(plain[i].name) && strncmp(name, plain[i].name, length) == 0)
			return plain[i].value;
	}
	return NULL;
}

/*
 * Nothing, or NULL: for sentences that are left out unless the finding is of one kind, and for one
 * that only some have.
 */
static char *
kind_field(const PkFinding *finding, const char *name, int length)
{
#define IS(text) (length == strlen(text) && strncmp(name, (text), length) == 0)
	if (IS("if_condition"))
		return finding->condition != NULL ? "" : NULL;
	if (IS("if_order"))
		return finding->condition == NULL ? "" : NULL;
	if (IS("if_filter"))
		return finding->by_join ? NULL : "";
	if (IS("if_recursive"))
		return finding->recursive ? "" : NULL;
	if (IS("if_not_recursive"))
		return finding->recursive ? NULL : "";
	if (IS("no_column"))
		return finding->column == NULL ? "" : NULL;
	if (IS("lateral") && finding->by_join)
		return psprintf("Compute it only for the rows that are joined: JOIN LATERAL (SELECT ... WHERE %s = ...).",
						finding->column);
	if (IS("separator"))
		return finding->remedy_sql != NULL ? " " : "";
#undef IS
	return text_field(finding, name, length);
}

/* A number; NULL if it is not known, or no number. */
static char *
number_field(const PkFinding *finding, const char *name, int length)
{
#define IS(text) (length == strlen(text) && strncmp(name, (text), length) == 0)
	if (IS("cost"))
		return number("%.2f", finding->cost);
	if (IS("rows"))
		return number("%.0f", finding->rows);
	if (IS("all_rows"))
		return number("%.0f", finding->all_rows);
	if (IS("setting"))
		return number("%g", finding->setting);
	if (IS("share"))
		return number("%.3g", finding->share);
	if (IS("rows_estimated"))
		return number("%.0f", finding->rows_estimated);
	if (IS("rows_found"))
		return number("%.0f", finding->rows_found);
	if (IS("cost_with_remedy"))
		return number("%.2f", finding->cost_with_remedy);
	if (IS("break_even_rows"))
		return number("%.0f", finding->break_even_rows);
	if (IS("break_even_factor"))
		return number("%.3g", finding->break_even_factor);
#undef IS
	return kind_field(finding, name, length);
}

/* What is said of estimates and of settings that are off; NULL if it is not set. */
static char *
estimate_field(const PkFinding *finding, const char *name, int length)
{
#define IS(text) (length == strlen(text) && strncmp(name, (text), length) == 0)
	if (IS("much_larger") && finding->break_even_factor < 0)
		return "if all tables were 1000 times as large";
	/* Untried, it is not known. */
	if (IS("at_no_size") && finding->unproven == NULL)
		return "The planner would not choose it even if the table were 1000 times as large.";
	if (IS("kept") && finding->indexes == NIL && finding->share >= 0)
		return psprintf("The condition keeps %.3g %% of the rows.", finding->share);
	if (IS("switched") && finding->value != NULL)
		return psprintf("The query has more tables than %s, so some are joined in the order in which they are written. With "
						"both at %s, the planner chooses another plan, which is cheaper.",
						finding->settings, finding->value);
	if (IS("turn_on"))
		return finding->value != NULL ? psprintf("Raise the limits: %s", finding->remedy_sql)
									  : psprintf("Turn on %s", finding->settings);
	if (IS("switched") && finding->indexes == NIL)
		return psprintf("With %s turned on, the planner chooses another plan, which is cheaper.", finding->settings);
	if (IS("builtin") && finding->remedy_sql == NULL)
		return "store them in a temporary table first, and ANALYZE that";
	if (IS("unanalyzed"))
		return unanalyzed(finding);
	if (IS("values"))
		return finding->column != NULL ? psprintf("distinct values of %s", finding->column) : "rows";
#undef IS
	return number_field(finding, name, length);
}

/* What a {name} stands for; NULL if it is not set. */
static char *
field(const PkFinding *finding, const PkReader *reader, const char *name, int length)
{
#define IS(text) (length == strlen(text) && strncmp(name, (text), length) == 0)
	if (IS("relation"))
		return OidIsValid(finding->relid) ? pk_relation_name(finding->relid) : NULL;
	if (IS("index"))
		return OidIsValid(finding->index) ? pk_index_name(finding->index) : NULL;
	if (IS("indexes"))
		return pk_sentence_indexes(finding->indexes);
	if (IS("one_of_indexes") && finding->indexes != NIL)
		return psprintf("%s%s", list_length(finding->indexes) > 1 ? "one of " : "",
						pk_sentence_indexes(finding->indexes));
	if (IS("serving"))
		return OidIsValid(finding->index) ? NULL : "an index";
	if (IS("compare") && finding->range == NULL && finding->fixed == NULL && finding->remedy_sql == NULL &&
		finding->as_indexed == NULL &&
		!finding->none_equal)
		return psprintf("Compare %s itself%s%s.", finding->column != NULL ? finding->column : "the column", finding->type != NULL ? ", as " : "",
						finding->type != NULL ? finding->type : "");
	if (IS("again"))
		return reader->assertion == PK_ASSERTION_NONE ? NULL : "assert again";
	if (IS("none_equal"))
		return finding->none_equal ? " No row can satisfy it." : NULL;
	if (IS("lenience"))
		return lenience(reader->assertion);
	if (IS("exempt"))
		return exempt(reader->assertion);
	if (IS("size"))
		return reader->assertion == PK_ASSERTION_NONE || reader->assertion == PK_ASSERTION_INDEX_CHECK
				   ? ""
				   : "assert for the size of production with size_factor, or ";
	if (IS("purpose"))
		return purpose(finding, reader);
	if (IS("index_remedy"))
		return index_remedy(finding, reader);
	if (IS("check_value"))
		return finding->none_equal && finding->remedy_sql == NULL ? "Check the value before the query." : NULL;
	if (IS("rewritten"))
		return rewritten(finding);
	if (IS("rebuild"))
		return rebuild(finding);
	if (IS("unimplied"))
		return unimplied(finding);
	if (IS("measure") && finding->measure && finding->use == PK_CANDIDATE_NONE)
		return finding->is_text
				   ? "For a part of the text, write LIKE '%...%', which an index USING gin with gin_trgm_ops of extension "
					 "pg_trgm answers."
				   : "Ask first for what lies within a box, a circle or another bound, by an operator that the index supports, "
					 "and compare only that.";
	if (IS("imply"))
		return imply(finding);
	if (IS("try"))
		return try_index(finding, reader);
	if (IS("costs"))
		return costs(finding);
	if (IS("share_remedy"))
		return finding->share < 0
				   ? "The query needs so many rows of the table that the planner is right, unless its estimate is "
					 "wrong (see EXPLAIN ANALYZE): restrict the query"
				   : "The condition keeps so much of the table that the planner is right, unless its estimate is "
					 "wrong (see EXPLAIN ANALYZE): make the condition more selective";
	if (IS("ship"))
		return ship(finding);
	if (IS("own_object"))
		return finding->extension == NULL ? finding->object : NULL;
	if (IS("fence") && finding->remedy_sql == NULL)
		return finding->value != NULL
				   ? "Have the statement planned for each value: plan_cache_mode = force_custom_plan."
				   : "Have the rows found by the condition before they are sorted: put the table and the condition into "
					 "a CTE AS MATERIALIZED, and ORDER BY and LIMIT above it.";
	if (IS("rewrite"))
		return reader->assertion == PK_ASSERTION_NONE ? NULL : PK_SENTENCE_REWRITE;
#undef IS
	return estimate_field(finding, name, length);
}

/*
 * Fill in a sentence up to its end, or up to "]]" if it is optional; NULL if a field is not set.
 * "rest" is set to what follows.
 */
static char *
fill(const PkFinding *finding, const PkReader *reader, const char *text, bool optional, const char **rest)
{
	StringInfoData filled;
	bool complete = true;

	initStringInfo(&filled);
	while (*text != '\0' && !(optional && strncmp(text, "]]", 2) == 0))
	{
		if (strncmp(text, "[[", 2) == 0)
		{
			char *inner = fill(finding, reader, text + 2, true, &text);

			if (inner != NULL)
				appendStringInfoString(&filled, inner);
		}
		else if (*text == '{')
		{
			const char *end = strchr(text, '}');
			char *value = field(finding, reader, text + 1, (int) (end - text - 1));

			complete &= value != NULL;
			if (value != NULL)
				appendStringInfoString(&filled, value);
			text = end + 1;
		}
		else
			appendStringInfoChar(&filled, *text++);
	}
	*rest = *text == '\0' ? text : text + 2;
	return complete ? filled.data : NULL;
}

static char *
sentence(const PkFinding *finding, PkReader reader, const char *text)
{
	char *filled;
	const char *rest;

	if (text == NULL)
		return NULL;
	filled = fill(finding, &reader, text, false, &rest);
	if (filled == NULL)
		return NULL;
	filled += strspn(filled, " "); /* before the first optional part that is there */
	return *filled == '\0' ? NULL : filled;
}

char *
pk_sentence_message(const PkFinding *finding)
{
	return sentence(finding, (PkReader){0}, pk_sentence_table[finding->cause].message);
}

char *
pk_sentence_facts(const PkFinding *finding, bool alternative)
{
	char *facts = sentence(finding, (PkReader){.alternative = alternative}, pk_sentence_table[finding->cause].facts);

	if (finding->one_arm)
		return psprintf("Each arm of an OR needs an index, and one lacks it.%s%s", facts != NULL ? " " : "",
						facts != NULL ? facts : "");
	if (finding->in_or)
		return psprintf("Each arm of an OR needs an index, but one cannot have any.%s%s", facts != NULL ? " " : "",
						facts != NULL ? facts : "");
	if (finding->above_index)
		return psprintf("%s%sThe index is used for other conditions, and %s is only a filter on the rows that it returns.",
						facts != NULL ? facts : "", facts != NULL ? " " : "", finding->condition);
	return facts;
}

char *
pk_sentence_remedy(const PkFinding *finding, PkAssertion assertion, bool alternative)
{
	char *remedy = sentence(finding, (PkReader){assertion, alternative}, pk_sentence_table[finding->cause].remedy);
	char *changes = pk_sentence_changes(finding);

	return remedy == NULL || changes == NULL ? remedy : psprintf("%s %s", remedy, changes);
}
