/*
 * extension.h
 *	  What is used of other extensions, found wherever they are installed.
 *
 * perfkit can be created without these extensions, so its install script cannot name anything of
 * theirs. What a workload uses is looked up when it is needed, in the schema that the catalog names
 * and never along the search path.
 */
#ifndef PK_COMMON_EXTENSION_H
#define PK_COMMON_EXTENSION_H

#include "postgres.h"

/*
 * The name of the schema that an extension is installed in, palloc'd and not quoted. Raises 55000
 * where the extension is missing, with the command that adds it as the hint, and 42501 where the
 * current user may not use the schema.
 */
extern char *pk_extension_schema(const char *extension);

/*
 * A function that belongs to the extension, with exactly these argument types: 55000 where the
 * extension is missing or lacks the function, 42501 where the current user may not call it. One
 * that somebody else created in the same schema is not taken for the extension's.
 */
extern Oid pk_extension_function(const char *extension, const char *name, int nargs, const Oid *types);

/*
 * A view or table of the extension that has the columns, an array that ends with NULL. Errors, and
 * whose view it must be: as for pk_extension_function(). Who may read it is not checked.
 */
extern Oid pk_extension_view(const char *extension, const char *name, const char *const *columns);

/*
 * The query with every "@extschema:NAME@" replaced by the quoted schema of extension NAME, as in
 * extension scripts of PostgreSQL 16. Errors: as for pk_extension_schema(). Palloc'd.
 */
extern char *pk_extension_resolve(const char *query);

#endif /* PK_COMMON_EXTENSION_H */
