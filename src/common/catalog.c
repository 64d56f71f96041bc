/*
 * catalog.c
 *	  Catalog lookups that several modules share.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_database.h"
#include "catalog/pg_proc.h"
#include "commands/explain.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "common/catalog.h"

char *
pk_own_name(FunctionCallInfo fcinfo, const char *name)
{
	Oid schema = get_func_namespace(fcinfo->flinfo->fn_oid);

	if (!OidIsValid(schema))
		elog(ERROR, "cache lookup failed for function %u", fcinfo->flinfo->fn_oid);
	return quote_qualified_identifier(get_namespace_name(schema), name);
}

char *
pk_own_library(FunctionCallInfo fcinfo)
{
	Oid function = fcinfo->flinfo->fn_oid;
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Datum library;
	bool isnull;
	char *result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	library = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_probin, &isnull);
	if (isnull)
		elog(ERROR, "function %u has no library", function);
	result = TextDatumGetCString(library);
	ReleaseSysCache(tuple);
	return result;
}

/* The schema with which a name must be qualified to be found, or NULL. */
static char *
needed_schema(Oid relid)
{
	if (RelationIsVisible(relid))
		return NULL;
	return get_namespace_name_or_temp(get_rel_namespace(relid));
}

char *
pk_quoted_relation_name(Oid relid)
{
	char *name = get_rel_name(relid);

	if (name == NULL)
		return psprintf("%u", relid);
	return quote_qualified_identifier(needed_schema(relid), name);
}

char *
pk_relation_name(Oid relid)
{
	char *name = get_rel_name(relid);
	char *schema;

	if (name == NULL)
		return psprintf("%u", relid);
	schema = needed_schema(relid);
	return schema ? psprintf("%s.%s", schema, name) : name;
}

char *
pk_index_name(Oid indexid)
{
	const char *name = NULL;

	if (explain_get_index_name_hook)
		name = explain_get_index_name_hook(indexid);
	if (name == NULL)
		name = get_rel_name(indexid);
	return name ? pstrdup(name) : psprintf("%u", indexid);
}

/*
 * The builtin provider, new in 17, orders by code point only, which in UTF-8 is the order of bytes.
 */
static bool
is_bytewise(char provider, bool isnull, Datum locale)
{
	char *name;

	if (provider == 'b')
		return true;
	if (provider != COLLPROVIDER_LIBC || isnull)
		return false;
	name = TextDatumGetCString(locale);
	return strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0;
}

bool
pk_collation_is_c(Oid collation)
{
	bool is_default = collation == DEFAULT_COLLATION_OID;
	HeapTuple tuple;
	Datum locale;
	bool isnull;
	bool result;

	if (is_default)
		tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
	else
		tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	if (!HeapTupleIsValid(tuple))
		return false;
	if (is_default)
	{
		locale = SysCacheGetAttr(DATABASEOID, tuple, Anum_pg_database_datcollate, &isnull);
		result = is_bytewise(((Form_pg_database) GETSTRUCT(tuple))->datlocprovider, isnull, locale);
	}
	else
	{
		locale = SysCacheGetAttr(COLLOID, tuple, Anum_pg_collation_collcollate, &isnull);
		result = is_bytewise(((Form_pg_collation) GETSTRUCT(tuple))->collprovider, isnull, locale);
	}
	ReleaseSysCache(tuple);
	return result;
}
