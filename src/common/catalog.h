/*
 * catalog.h
 *	  Catalog lookups that several modules share.
 */
#ifndef PK_COMMON_CATALOG_H
#define PK_COMMON_CATALOG_H

#include "postgres.h"

#include "fmgr.h"

/*
 * Quoted, schema-qualified name of one of perfkit's own tables or functions, for use in SPI query
 * text. The schema is that of the SQL function being called, so it is right wherever the extension
 * was installed or moved to. The result is palloc'd in the current context.
 */
extern char *pk_own_name(FunctionCallInfo fcinfo, const char *name);

/*
 * Name of perfkit's shared library as the SQL function being called was declared with it: what a
 * parallel worker has to load, wherever the server found it. palloc'd in the current context.
 */
extern char *pk_own_library(FunctionCallInfo fcinfo);

/*
 * Names for messages and for SQL that a message tells the user to type: bare where the search path
 * finds the relation, qualified otherwise, temporary schemas always as pg_temp. The quoted form is
 * SQL, the plain one is for the inside of double quotes. Palloc'd; a relation that is gone gives
 * its OID.
 */
extern char *pk_quoted_relation_name(Oid relid);
extern char *pk_relation_name(Oid relid);

/*
 * Name of an index without its schema, which is its table's. Also for a hypothetical index, which
 * is in no catalog.
 */
extern char *pk_index_name(Oid indexid);

/*
 * Does the collation compare byte by byte? Read from the catalogs, since pg_locale.h includes ICU's
 * headers from 18 on, which may be missing where extensions are built.
 */
extern bool pk_collation_is_c(Oid collation);

#endif /* PK_COMMON_CATALOG_H */
