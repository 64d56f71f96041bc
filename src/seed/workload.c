/*
 * workload.c
 *	  What a workload's description leaves to be looked up: types by name, and arguments' values.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/extension.h"
#include "seed/workload.h"

Datum
pk_slice_nrows(const PkSlice *slice)
{
	return Int64GetDatum(slice->nrows);
}

Datum
pk_slice_first_row(const PkSlice *slice)
{
	return Int64GetDatum(slice->first_row);
}

Datum
pk_slice_random_seed(const PkSlice *slice)
{
	return Int64GetDatum(slice->params->random_seed);
}

Datum
pk_slice_anchor(const PkSlice *slice)
{
	return TimestampTzGetDatum(slice->params->anchor);
}

PkColumnType *
pk_column_types(const PkTable *table)
{
	PkColumnType *types = palloc(sizeof(PkColumnType) * table->ncolumns);

	for (int i = 0; i < table->ncolumns; i++)
	{
		const PkColumn *column = &table->columns[i];
		const char *schema = column->extension != NULL ? pk_extension_schema(column->extension) : "pg_catalog";
		char *name = psprintf("%s.%s", quote_identifier(schema), column->type);

		pk_compat_parse_type(name, &types[i].oid, &types[i].typmod);
		pfree(name);
	}
	return types;
}
