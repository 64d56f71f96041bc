/*
 * load_present.c
 *	  Which rows of a seed a table holds already.
 *
 * With this, a second call inserts nothing, and a call with more rows inserts only the missing
 * ones, without trying each row against every unique index.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/own_statement.h"
#include "random/counter.h"
#include "seed/load_parts.h"

/* Keys fetched at a time. */
#define FETCH_ROWS 10000

/* Runs a query that returns one bigint. */
static int64
query_count(const char *query, int nargs, Oid *types, Datum *values)
{
	bool isnull;
	int result = pk_own_execute(query, nargs, types, values, 1);

	if (result != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "\"%s\" returned %s", query, SPI_result_code_string(result));
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* Counts the generated rows of a slice that meet a condition: "WHERE ...", or "". */
static int64
query_generated(const PkLoad *load, int64 first_row, int64 nrows, const char *where)
{
	return query_count(psprintf("SELECT pg_catalog.count(*) FROM %s %s", pk_load_generator(load), where),
					   load->table->narguments, pk_load_generator_types(load),
					   pk_load_generator_values(load, first_row, nrows));
}

/* Counts the generated rows of a slice that are in the table, going by these columns. */
static int64
query_stored(const PkLoad *load, int64 first_row, int64 nrows, const char *columns)
{
	/*
	 * A semi-join: in a table without the key's constraint, a row that is there twice must not
	 * stand in for a missing one. Not JOIN USING: it takes the equality operator from the search
	 * path where a type lacks one of its own, as varchar does, so it could be anybody's.
	 */
	return query_generated(load, first_row, nrows,
						   psprintf("WHERE (%s) OPERATOR(pg_catalog.=) ANY (SELECT %s FROM %s)", columns, columns,
									load->relation_name));
}

/*
 * How many of the first row numbers have a row: all, except in tables with fewer rows than numbers.
 */
static int64
count_generated(const PkLoad *load, int64 nnumbers)
{
	if (load->table->next == NULL || nnumbers == 0)
		return nnumbers;
	return query_generated(load, 0, nnumbers, "");
}

/* How many of the rows with these numbers the table holds, by key. */
static int64
count_stored(const PkLoad *load, int64 nnumbers)
{
	return nnumbers == 0 ? 0 : query_stored(load, 0, nnumbers, load->table->key);
}

/*
 * Reads all keys, and asks the generator which rows they belong to. Sets the number of rows in the
 * table and of those found. Returns m if the rows found are those of the numbers 0 .. m - 1, else
 * 0.
 */
static int64
find_identified(const PkLoad *load, int64 *nthere, int64 *nfound)
{
	const PkTable *table = load->table;
	void *state = table->begin(table, load->params);
	char *query = psprintf("SELECT %s FROM %s", table->key, load->relation_name);
	SPIPlanPtr plan = SPI_prepare(query, 0, NULL);
	Datum *key = palloc(sizeof(Datum) * table->ncolumns);
	Portal portal;
	int64 found = 0;
	int64 first = 0;
	uint64 sum = 0;

	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", query, SPI_result_code_string(SPI_result));
	portal = pk_own_cursor_open(plan);
	*nthere = 0;
	for (;;)
	{
		SPI_cursor_fetch(portal, true, FETCH_ROWS);
		if (SPI_processed == 0)
			break;
		CHECK_FOR_INTERRUPTS();
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			bool has_null = false;
			int64 row;

			for (int c = 0; c < SPI_tuptable->tupdesc->natts; c++)
			{
				bool isnull;

				key[c] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, c + 1, &isnull);
				has_null |= isnull;
			}
			row = has_null ? -1 : table->identify(state, key);
			if (row >= 0 && row < load->nrows)
			{
				found++;
				sum += pk_mix64((uint64) row);
			}
		}
		*nthere += SPI_processed;
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_freetuptable(SPI_tuptable);
	SPI_cursor_close(portal);
	SPI_freeplan(plan);

	/*
	 * If the sums of so many mixed numbers are equal, these are the first rows. A row that is there
	 * twice does not stand in for a missing one.
	 */
	*nfound = found;
	for (int64 i = 0; i < found; i++)
	{
		if (table->next != NULL)
			first = table->next(state, first, load->nrows);
		sum -= pk_mix64((uint64) first++);
	}
	if (sum != 0)
		return 0;
	return found > 0 && table->next != NULL ? table->next(state, first, load->nrows) : first;
}

/* Whether a column's name is in the table's key. */
static bool
is_key_column(const PkTable *table, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = table->key; (at = strstr(at, name)) != NULL; at += length)
	{
		if ((at == table->key || at[-1] == ' ') && (at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return false;
}

/*
 * Whether the table's rows can be compared with generated ones by key: it may be read, and its key
 * columns have the right types.
 */
static bool
is_comparable(Relation rel, const PkTable *table, const PkColumnType *types)
{
	if (pg_class_aclcheck(RelationGetRelid(rel), GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return false;
	for (int i = 0; i < table->ncolumns; i++)
	{
		AttrNumber attnum = get_attnum(RelationGetRelid(rel), table->columns[i].name);

		if (attnum <= 0)
			return false;
		if (is_key_column(table, table->columns[i].name) &&
			TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid != types[i].oid)
			return false;
	}
	return true;
}

bool
pk_load_has_row(const PkLoad *load, int64 row, const char *columns)
{
	const PkTable *table = load->table;
	StringInfoData comparable;

	if (columns != NULL)
		return query_stored(load, row, 1, columns) > 0;

	/*
	 * A column that can hold jsonb need not be comparable with it: json is not. A type of an
	 * extension has its equality operator outside pg_catalog, if it has one. The key is of neither
	 * kind.
	 */
	initStringInfo(&comparable);
	for (int i = 0; i < table->ncolumns; i++)
	{
		if (load->types[i].oid != JSONBOID && table->columns[i].extension == NULL)
			appendStringInfo(&comparable, "%s%s", comparable.len == 0 ? "" : ", ",
							 quote_identifier(table->columns[i].name));
	}
	return query_stored(load, row, 1, comparable.data) > 0;
}

int64
pk_load_present(const PkLoad *load, Relation rel, bool *only_these)
{
	const PkTable *table = load->table;
	int64 nthere;
	int64 nfirst; /* row numbers that may be present */
	int64 nrows;  /* rows with these numbers */

	*only_these = false;
	if (!is_comparable(rel, table, load->types))
		return 0;
	if (table->identify != NULL)
	{
		nfirst = find_identified(load, &nthere, &nrows);
	}
	else
	{
		nthere = query_count(psprintf("SELECT pg_catalog.count(*) FROM %s", load->relation_name), 0, NULL, NULL);
		nfirst = table->next != NULL ? load->likely_first_row : Min(nthere, load->nrows);
		nrows = count_generated(load, nfirst);
		if (count_stored(load, nfirst) != nrows)
			return 0;
	}
	*only_these = nthere == nrows && (nfirst > 0 || nthere == 0);
	return nfirst;
}
