/*
 * slow_queries.h
 *	  The statements that pg_stat_statements has counted.
 */
#ifndef PK_OBSERVE_SLOW_QUERIES_H
#define PK_OBSERVE_SLOW_QUERIES_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct PkCountedStatement
{
	const char *text; /* may be no SQL, see statement_text.h */
	Oid role;		  /* to plan it as, see check_writer.h */
	double total_ms;
} PkCountedStatement;

/*
 * PkCountedStatement, those with the most time first: of this database, of which the current user
 * may see the text and be shown a plan. Whether they can be planned is not known yet. Errors are
 * those of perfkit_slow_queries(). SPI has to be connected; the result is in the current memory
 * context.
 */
extern List *pk_slow_queries_to_plan(void);

#endif /* PK_OBSERVE_SLOW_QUERIES_H */
