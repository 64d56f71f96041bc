/*
 * reason.h
 *	  Why a plan reads a table sequentially, or not by the index it should: the words of a failed assertion.
 */
#ifndef PK_ASSERT_REASON_H
#define PK_ASSERT_REASON_H

#include "postgres.h"

#include "advice/replan.h"

/* Who asked: a hint names only what this takes. */
typedef enum PkAssertion
{
	PK_ASSERTION_INDEX_SCAN,  /* perfkit_assert_index_scan() */
	PK_ASSERTION_NO_SEQ_SCAN, /* perfkit_assert_no_seq_scan() */
	PK_ASSERTION_INDEX_CHECK, /* a row of perfkit_index_checks */
} PkAssertion;

/* The outcome of a check. With "pass", the texts are NULL. They are palloc'd in the context of the check's caller. */
typedef struct PkVerdict
{
	PkAssertion assertion; /* set before */
	bool pass;
	int sqlstate;  /* P0004; 22023 when the check itself is wrong */
	char *message; /* what fails */
	char *facts;   /* measured facts and the planner's expectations, in sentences */
	char *shape;   /* the plan, indented for a DETAIL; or NULL */
	char *hint;	   /* the next step */
	char *used;	   /* indexes that the plan reads, "a, b"; if PkIndexDemand.report_used */
} PkVerdict;

/* Fill in a verdict, but for who asked, for the failure. Plans the query again, more than once, to know. */
extern void pk_reason_explain(const PkFailure *failure, PkVerdict *verdict);

#endif /* PK_ASSERT_REASON_H */
