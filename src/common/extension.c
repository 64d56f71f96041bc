/*
 * extension.c
 *	  What is used of other extensions, found wherever they are installed.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "common/compat.h"
#include "common/own_statement.h"
#include "common/extension.h"

/* Debian's packages for this server's major version. */
static const struct
{
	const char *extension;
	const char *package;
} packages[] = {
	{"postgis", "postgresql-" PG_MAJORVERSION "-postgis-3"},
	{"pgcrypto", "postgresql-" PG_MAJORVERSION},
	{"pg_trgm", "postgresql-" PG_MAJORVERSION},
	{"pg_stat_statements", "postgresql-" PG_MAJORVERSION},
	{"pg_buffercache", "postgresql-" PG_MAJORVERSION},
};

/* Could CREATE EXTENSION find it? */
static bool
is_available(const char *extension)
{
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(extension)};
	bool available;

	SPI_connect();
	if (pk_own_execute("SELECT FROM pg_catalog.pg_available_extensions "
					   "WHERE name::pg_catalog.text OPERATOR(pg_catalog.=) $1",
					   1, types, values, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read pg_available_extensions");
	available = SPI_processed > 0;
	SPI_finish();
	return available;
}

static void
refuse_missing(const char *extension)
{
	const char *package = NULL;

	if (is_available(extension))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("extension \"%s\" is not installed", extension),
						errhint("Run CREATE EXTENSION %s.", quote_identifier(extension))));

	for (int i = 0; i < lengthof(packages); i++)
	{
		if (strcmp(packages[i].extension, extension) == 0)
			package = packages[i].package;
	}
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("extension \"%s\" is not installed", extension),
					errdetail("Its files are not on this server."),
					package != NULL ? errhint("Install its package, which is %s on Debian, and then run CREATE EXTENSION %s.",
											  package, quote_identifier(extension))
									: errhint("Install its package, and then run CREATE EXTENSION %s.", quote_identifier(extension))));
}

/* Returns the extension's OID and sets its schema; see pk_extension_schema() for errors. */
static Oid
find_extension(const char *extension, Oid *schema)
{
	Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	Oid result = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(extension));
	scan = systable_beginscan(catalog, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_extension) GETSTRUCT(tuple))->oid;
		*schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);

	if (!OidIsValid(result))
		refuse_missing(extension);
	if (!pk_compat_schema_allows(*schema, GetUserId(), ACL_USAGE))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for schema \"%s\"", get_namespace_name(*schema)),
				 errdetail("Extension \"%s\" is installed there.", extension),
				 errhint("Run GRANT USAGE ON SCHEMA %s TO %s as its owner.", quote_identifier(get_namespace_name(*schema)),
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
	return result;
}

char *
pk_extension_schema(const char *extension)
{
	Oid schema;

	(void) find_extension(extension, &schema);
	return get_namespace_name(schema);
}

/* The installed version of the extension lacks something: "type geography". */
static void
refuse_lacking(const char *extension, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("extension \"%s\" lacks %s", extension, what),
			 errdetail("The installed version is too old, or was changed."),
			 errhint("Run ALTER EXTENSION %s UPDATE, or install a newer version.", quote_identifier(extension))));
}

Oid
pk_extension_function(const char *extension, const char *name, int nargs, const Oid *types)
{
	Oid schema;
	Oid owner = find_extension(extension, &schema);
	Oid function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
								   PointerGetDatum(buildoidvector(types, nargs)), ObjectIdGetDatum(schema));

	if (!OidIsValid(function) || getExtensionOfObject(ProcedureRelationId, function) != owner)
		refuse_lacking(extension, psprintf("function %s()", name));
	if (!pk_compat_function_allows(function, GetUserId()))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for function %s", name),
						errdetail("It belongs to extension \"%s\".", extension),
						errhint("Run GRANT EXECUTE ON FUNCTION %s TO %s as its owner.", format_procedure_qualified(function),
								quote_identifier(GetUserNameFromId(GetUserId(), false)))));
	return function;
}

Oid
pk_extension_view(const char *extension, const char *name, const char *const *columns)
{
	Oid schema;
	Oid owner = find_extension(extension, &schema);
	Oid view = get_relname_relid(name, schema);

	if (!OidIsValid(view) || getExtensionOfObject(RelationRelationId, view) != owner)
		refuse_lacking(extension, psprintf("view %s", name));
	for (; *columns != NULL; columns++)
	{
		if (get_attnum(view, *columns) == InvalidAttrNumber)
			refuse_lacking(extension, psprintf("column %s.%s", name, *columns));
	}
	return view;
}

/*
 * The schema's name as it can stand in a query, also inside of a literal, where it could otherwise
 * end that. The same characters are refused by CREATE EXTENSION.
 */
static const char *
substitute(const char *extension)
{
	static const char refused[] = "\"$'\\";
	char *schema = pk_extension_schema(extension);

	if (strpbrk(schema, refused) != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid character in extension \"%s\" schema: must not contain any of \"%s\"", extension, refused),
						errhint("Rename the schema, or run ALTER EXTENSION %s SET SCHEMA.", quote_identifier(extension))));
	return quote_identifier(schema);
}

char *
pk_extension_resolve(const char *query)
{
	static const char opening[] = "@extschema:";
	/* of all the names that extensions have */
	static const char name_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$.";
	StringInfoData result;
	const char *at;

	initStringInfo(&result);
	while ((at = strstr(query, opening)) != NULL)
	{
		const char *name = at + strlen(opening);
		const char *end = name + strspn(name, name_characters);

		if (end == name || *end != '@')
		{
			appendBinaryStringInfo(&result, query, name - query);
			query = name;
			continue;
		}
		appendBinaryStringInfo(&result, query, at - query);
		appendStringInfoString(&result, substitute(pnstrdup(name, end - name)));
		query = end + 1;
	}
	appendStringInfoString(&result, query);
	return result.data;
}
