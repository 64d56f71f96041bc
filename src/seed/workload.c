/*
 * workload.c
 *	  What a workload's description leaves to be looked up: types by name, and arguments' values.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "common/compat.h"
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

char *
pk_extension_schema(const char *extension)
{
	Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	char *schema = NULL;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(extension));
	scan = systable_beginscan(catalog, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = get_namespace_name(((Form_pg_extension) GETSTRUCT(tuple))->extnamespace);
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);

	if (schema == NULL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("extension \"%s\" is not installed", extension),
						errhint("Run CREATE EXTENSION %s.", quote_identifier(extension))));
	return schema;
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
