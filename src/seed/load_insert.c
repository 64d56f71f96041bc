/*
 * load_insert.c
 *	  The INSERT way: the server's own INSERT ... SELECT ... ON CONFLICT DO NOTHING, a slice at a
 *	  time.
 *
 * The server handles whatever the table has: partitions, triggers, policies, generated columns,
 * existing rows, a foreign server. Slices keep the function scan's tuplestore within work_mem and
 * allow progress to be reported.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "common/own_statement.h"
#include "common/extension.h"
#include "seed/load_parts.h"

#define SLICE_ROWS 10000

static char *
insert_command(const PkLoad *load)
{
	const PkTable *table = load->table;
	StringInfoData columns;
	StringInfoData values;

	initStringInfo(&columns);
	initStringInfo(&values);
	for (int i = 0; i < table->ncolumns; i++)
	{
		const PkColumn *column = &table->columns[i];
		const char *comma = i == 0 ? "" : ", ";

		appendStringInfo(&columns, "%s%s", comma, quote_identifier(column->name));
		appendStringInfoString(&values, comma);
		if (column->expression != NULL)
			appendStringInfo(&values, column->expression, quote_identifier(pk_extension_schema(column->extension)));
		else
			appendStringInfoString(&values, quote_identifier(column->name));
	}
	/* where rows need each other, one that another session inserts meanwhile must be an error */
	return psprintf("INSERT INTO %s (%s) SELECT %s FROM %s%s", load->relation_name, columns.data, values.data,
					pk_load_generator(load), table->whole ? "" : " ON CONFLICT DO NOTHING");
}

void
pk_load_insert(PkLoad *load)
{
	const char *command = insert_command(load);
	SPIPlanPtr plan = SPI_prepare(command, load->table->narguments, pk_load_generator_types(load));
	ErrorContextCallback context = {.callback = pk_load_explain_violation, .arg = load};

	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", command, SPI_result_code_string(SPI_result));

	context.previous = error_context_stack;
	error_context_stack = &context;

	pk_load_progress_begin(load);
	for (int64 first = load->first_row; first < load->nrows; first += SLICE_ROWS)
	{
		int64 nrows = Min(SLICE_ROWS, load->nrows - first);
		Datum *values;
		int result;

		CHECK_FOR_INTERRUPTS();
		values = pk_load_generator_values(load, first, nrows);
		result = pk_own_execute_plan(plan, values, 0);
		if (result < 0)
			elog(ERROR, "\"%s\" returned %s", command, SPI_result_code_string(result));
		pfree(values);
		load->inserted += (int64) SPI_processed;
		pk_load_progress(load, first + nrows);
	}
	pk_load_progress_end(load);
	error_context_stack = context.previous;
	SPI_freeplan(plan);
}
