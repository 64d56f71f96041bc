/*
 * candidates.c
 *	  The indexes that could grant what queries wish for.
 *
 * A B-tree narrows by the keys compared for equality, whatever their sequence, then by one range;
 * or returns rows that are equal by the former in the order of the latter. Which of these pays, and
 * with which sequence of keys, depends on the other queries and on what the planner makes of it, so
 * all of them are candidates, and the search decides.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"

#include "advice/keys.h"
#include "advice/trial.h"
#include "advisor/candidates.h"
#include "advisor/wishes.h"

/* Queries that have to ask for the same part of a table, for an index on that part. */
#define MIN_RECURRENCES 2

/* The largest share of the rows that is a part worth an index of its own. */
#define MAX_PARTIAL_SHARE 0.5

/* The largest number of columns that an index for several queries includes for index-only scans. */
#define MAX_MERGED 8

/* B-trees that have the same keys and the same predicate, but include different columns. */
typedef struct PkAlike
{
	Oid relid;
	const char *keys;  /* in parentheses */
	const char *where; /* " WHERE ...", or "" */
	List *columns;	   /* C strings: all that one of them includes */
	List *queries;	   /* numbers */
} PkAlike;

typedef struct PkMaker
{
	List *wishes;
	const PkWish *wish;
	List *candidates;
	List *alike; /* PkAlike */
} PkMaker;

static void
add_candidate_for(PkMaker *maker, Oid relid, char *tail, List *queries)
{
	PkIndexCandidate *candidate;
	ListCell *cell;

	CHECK_FOR_INTERRUPTS();
	foreach (cell, maker->candidates)
	{
		candidate = (PkIndexCandidate *) lfirst(cell);
		if (candidate->relid == relid && strcmp(candidate->tail, tail) == 0)
		{
			candidate->queries = list_concat_unique_int(candidate->queries, queries);
			return;
		}
	}
	if (pk_trial_exists(relid, tail))
		return;
	candidate = palloc0(sizeof(PkIndexCandidate));
	candidate->relid = relid;
	candidate->tail = tail;
	candidate->write = -1;
	candidate->queries = queries;
	candidate->number = list_length(maker->candidates);
	maker->candidates = lappend(maker->candidates, candidate);
}

static void
add_candidate(PkMaker *maker, char *tail)
{
	add_candidate_for(maker, maker->wish->relid, tail, list_make1_int(maker->wish->query));
}

/* Is the text of a key, which may have a direction or an operator class, about the column? */
static bool
is_about(const char *text, const char *column)
{
	size_t length = strlen(column);

	return strncmp(text, column, length) == 0 && (text[length] == '\0' || text[length] == ' ');
}

/* What the query needs besides the keys: C strings. */
static List *
included_for(const PkWish *wish, List *keys)
{
	List *included = NIL;
	ListCell *cell;

	foreach (cell, wish->columns)
	{
		bool is_key = false;
		ListCell *key;

		foreach (key, keys)
		{
			is_key |= is_about(lfirst(key), lfirst(cell));
		}
		if (!is_key)
			included = lappend(included, lfirst(cell));
	}
	return included;
}

/* The texts between parentheses. */
static char *
listed(List *texts)
{
	StringInfoData text;
	ListCell *cell;

	initStringInfo(&text);
	foreach (cell, texts)
	{
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "(", (char *) lfirst(cell));
	}
	appendStringInfoChar(&text, ')');
	return text.data;
}

/* Remember what a candidate includes, for one that serves others with the same keys as well. */
static void
note_included(PkMaker *maker, const char *keys, const char *where, List *included)
{
	PkAlike *alike = NULL;
	ListCell *cell;

	foreach (cell, maker->alike)
	{
		PkAlike *known = (PkAlike *) lfirst(cell);

		if (known->relid == maker->wish->relid && strcmp(known->keys, keys) == 0 && strcmp(known->where, where) == 0)
			alike = known;
	}
	if (alike == NULL)
	{
		alike = palloc0(sizeof(PkAlike));
		alike->relid = maker->wish->relid;
		alike->keys = keys;
		alike->where = where;
		maker->alike = lappend(maker->alike, alike);
	}
	foreach (cell, included)
	{
		alike->columns = pk_keys_append(alike->columns, lfirst(cell));
	}
	alike->queries = list_append_unique_int(alike->queries, maker->wish->query);
}

/*
 * One index with all the columns that those with the same keys include. It does for several queries
 * what otherwise takes an index for each of them.
 */
static void
add_merged(PkMaker *maker)
{
	ListCell *cell;

	foreach (cell, maker->alike)
	{
		PkAlike *alike = (PkAlike *) lfirst(cell);

		if (list_length(alike->queries) > 1 && list_length(alike->columns) <= MAX_MERGED)
			add_candidate_for(maker, alike->relid,
							  psprintf("%s INCLUDE %s%s", alike->keys, listed(alike->columns), alike->where),
							  list_copy(alike->queries));
	}
}

/* A B-tree with these keys (C strings), and the same with all columns that the query needs. */
static void
add_btree(PkMaker *maker, List *keys, const char *predicate)
{
	const char *where = predicate != NULL ? psprintf(" WHERE %s", predicate) : "";
	char *text;
	List *included;
	List *distinct = NIL;
	ListCell *cell;

	foreach (cell, keys)
	{
		distinct = pk_keys_append(distinct, lfirst(cell));
	}
	if (distinct == NIL || list_length(distinct) > INDEX_MAX_KEYS)
		return;
	text = listed(distinct);
	add_candidate(maker, psprintf("%s%s", text, where));
	included = included_for(maker->wish, distinct);
	if (included == NIL)
		return;
	add_candidate(maker, psprintf("%s INCLUDE %s%s", text, listed(included), where));
	note_included(maker, text, where, included);
}

/* The keys' texts, but for the key that is left out. */
static List *
texts_of(List *keys, const PkWishKey *without)
{
	List *texts = NIL;
	ListCell *cell;

	foreach (cell, keys)
	{
		PkWishKey *key = (PkWishKey *) lfirst(cell);

		if (key != without && !key->is_predicate)
			texts = lappend(texts, key->text);
	}
	return texts;
}

static bool
has_several(List *keys)
{
	ListCell *cell;

	foreach (cell, keys)
	{
		if (((PkWishKey *) lfirst(cell))->several)
			return true;
	}
	return false;
}

static List *
joined(List *first, List *second)
{
	return list_concat(list_copy(first), second);
}

/* B-trees for the table's conditions and order, and for its joins. */
static void
add_btrees(PkMaker *maker, List *equal, const char *predicate)
{
	const PkWish *wish = maker->wish;
	List *join = texts_of(wish->join, NULL);
	ListCell *cell;

	add_btree(maker, equal, predicate);
	add_btree(maker, wish->order, predicate);
	if (!has_several(wish->equal))
		add_btree(maker, joined(equal, wish->order), predicate);
	foreach (cell, texts_of(wish->range, NULL))
	{
		add_btree(maker, list_make1(lfirst(cell)), predicate);
		add_btree(maker, joined(equal, list_make1(lfirst(cell))), predicate);
	}
	if (list_length(join) > 1)
	{
		add_btree(maker, join, predicate);
		add_btree(maker, joined(equal, join), predicate);
	}
	foreach (cell, join)
	{
		List *key = list_make1(lfirst(cell));

		add_btree(maker, key, predicate);
		add_btree(maker, joined(equal, key), predicate);
		add_btree(maker, joined(key, equal), predicate);
		add_btree(maker, joined(key, wish->order), predicate);
		if (wish->range != NIL)
			add_btree(maker, joined(joined(key, equal), list_make1(((PkWishKey *) linitial(wish->range))->text)),
					  predicate);
	}
}

/* How many queries have the condition on the table. */
static int
recurrences(const PkMaker *maker, const char *predicate)
{
	List *queries = NIL;
	ListCell *cell;

	foreach (cell, maker->wishes)
	{
		const PkWish *wish = (const PkWish *) lfirst(cell);
		ListCell *key;

		if (wish->relid != maker->wish->relid)
			continue;
		foreach (key, wish->equal)
		{
			const char *other = ((PkWishKey *) lfirst(key))->predicate;

			if (other != NULL && strcmp(other, predicate) == 0)
				queries = list_append_unique_int(queries, wish->query);
		}
	}
	return list_length(queries);
}

static void
add_partial(PkMaker *maker)
{
	const PkWish *wish = maker->wish;
	ListCell *cell;

	foreach (cell, wish->equal)
	{
		PkWishKey *key = (PkWishKey *) lfirst(cell);

		if (key->predicate != NULL && key->share <= MAX_PARTIAL_SHARE &&
			recurrences(maker, key->predicate) >= MIN_RECURRENCES)
			add_btrees(maker, texts_of(wish->equal, key), key->predicate);
	}
}

static void
add_wish(PkMaker *maker)
{
	const PkWish *wish = maker->wish;
	List *equal = texts_of(wish->equal, NULL);
	ListCell *cell;

	add_btrees(maker, equal, NULL);
	foreach (cell, equal)
	{
		add_btree(maker, list_make1(lfirst(cell)), NULL);
	}
	add_partial(maker);
	foreach (cell, wish->separate)
	{
		add_candidate(maker, lfirst(cell));
	}
	foreach (cell, wish->together)
	{
		add_candidate(maker, lfirst(cell));
	}
	foreach (cell, wish->range)
	{
		PkWishKey *key = (PkWishKey *) lfirst(cell);

		if (key->correlated && key->column != NULL)
			add_candidate(maker, psprintf("USING brin (%s)", key->column));
	}
}

List *
pk_candidates_make(List *wishes)
{
	PkMaker maker = {.wishes = wishes};
	ListCell *cell;

	foreach (cell, wishes)
	{
		maker.wish = (const PkWish *) lfirst(cell);
		add_wish(&maker);
	}
	add_merged(&maker);
	return maker.candidates;
}

bool
pk_candidates_begin_alike(const PkIndexCandidate *first, const PkIndexCandidate *second)
{
	size_t length = strcspn(first->tail, ",) ");

	return first->relid == second->relid && first->tail[0] == '(' && strcspn(second->tail, ",) ") == length &&
		   strncmp(first->tail, second->tail, length) == 0;
}
