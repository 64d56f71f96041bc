/*
 * catalog.c
 *	  Catalog look-ups that several modules share.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "fmgr.h"
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
