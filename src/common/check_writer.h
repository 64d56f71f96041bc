/*
 * check_writer.h
 *	  Which role wrote a check's query, and as which role it may be planned.
 */
#ifndef PK_COMMON_CHECK_WRITER_H
#define PK_COMMON_CHECK_WRITER_H

#include "postgres.h"

/*
 * The role to plan a query of "writer" as if "verifier" asks; invalid if the query must not be
 * planned.
 */
extern Oid pk_check_writer_planner(Oid writer, Oid verifier);

/* Become "role" until the transaction or subtransaction is rolled back. */
extern void pk_check_writer_assume(Oid role);

#endif /* PK_COMMON_CHECK_WRITER_H */
