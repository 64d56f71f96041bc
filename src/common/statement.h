/*
 * statement.h
 *	  From a query argument to the one plannable statement in it.
 *
 * Every function that takes a query takes exactly one, and refuses anything else with the same
 * message.
 */
#ifndef PK_COMMON_STATEMENT_H
#define PK_COMMON_STATEMENT_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/*
 * The only statement of the text, as the grammar sees it: 22023 for none, several, or a utility
 * command.
 */
extern RawStmt *pk_statement_parse(const char *query);

/*
 * The only query that rewriting has left, from what pg_analyze_and_rewrite_xxx() returned; 22023 as
 * above.
 */
extern Query *pk_statement_rewritten(List *rewritten);

/*
 * Error context callback whose argument is the query: turns a position in the statement that the
 * client sent into one in the query, as SPI does; where there is none, the context names the query.
 */
extern void pk_statement_locate_error(void *query);

#endif /* PK_COMMON_STATEMENT_H */
