/*
 * own_statement.h
 *	  Statements that perfkit runs through SPI for its own purposes, not the application's.
 */
#ifndef PK_COMMON_OWN_STATEMENT_H
#define PK_COMMON_OWN_STATEMENT_H

#include "postgres.h"

#include "executor/spi.h"

/*
 * As SPI_execute_with_args(), SPI_execute_plan() and SPI_cursor_open(), in the caller's snapshot
 * and not read-only. perfkit.guard leaves the statement itself alone, but not what it calls:
 * triggers, functions, rules.
 */
extern int pk_own_execute(const char *command, int nargs, const Oid *types, const Datum *values, long limit);
extern int pk_own_execute_plan(SPIPlanPtr plan, const Datum *values, long limit);
extern Portal pk_own_cursor_open(SPIPlanPtr plan);

/* The same for a statement without parameters and all of its rows; raises errors. */
extern void pk_own_run(const char *command);

/*
 * Calls a function that runs one statement, of which only the beginning of the text is known.
 */
extern void pk_own_call(const char *beginning, void (*call)(void *arg), void *arg);

/*
 * For the guard, once for each statement whose executor is started: is it perfkit's own, judging by
 * its source text?
 */
extern bool pk_own_statement_starts(const char *source_text);

#endif /* PK_COMMON_OWN_STATEMENT_H */
