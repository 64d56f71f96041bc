/*
 * catalog.c
 *	  Catalog look-ups that several modules share.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/catalog.h"

char *
pk_own_name(FunctionCallInfo fcinfo, const char *name)
{
	Oid schema = get_func_namespace(fcinfo->flinfo->fn_oid);

	if (!OidIsValid(schema))
		elog(ERROR, "cache lookup failed for function %u", fcinfo->flinfo->fn_oid);
	return quote_qualified_identifier(get_namespace_name(schema), name);
}
