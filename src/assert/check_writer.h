/*
 * check_writer.h
 *	  Whose query a check is, and as whom it may be planned.
 */
#ifndef PK_ASSERT_CHECK_WRITER_H
#define PK_ASSERT_CHECK_WRITER_H

#include "postgres.h"

/* The role to plan a query of "writer" as when "verifier" asks; invalid when the query must not be planned. */
extern Oid pk_check_writer_planner(Oid writer, Oid verifier);

/* Become "role" until the transaction or subtransaction is rolled back. */
extern void pk_check_writer_assume(Oid role);

#endif /* PK_ASSERT_CHECK_WRITER_H */
