/*
 * statement_text.h
 *	  Texts of pg_stat_statements, made such that they can be planned.
 */
#ifndef PK_OBSERVE_STATEMENT_TEXT_H
#define PK_OBSERVE_STATEMENT_TEXT_H

#include "postgres.h"

/* Texts such as "date $1" are changed this many times at most before they are given up. */
#define PK_MAX_REPAIRS 100

/*
 * pg_stat_statements makes "date $1" of date '2026-01-01', which is no SQL. Returns the text with
 * the one that the parser stumbled over written as a cast, or NULL if that was something else.
 */
extern char *pk_statement_text_repair(const char *text, const ErrorData *error);

#endif /* PK_OBSERVE_STATEMENT_TEXT_H */
