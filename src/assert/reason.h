/*
 * reason.h
 *	  Explains why a plan reads a table sequentially or does not use the expected index.
 */
#ifndef PK_ASSERT_REASON_H
#define PK_ASSERT_REASON_H

#include "postgres.h"

#include "advice/cause.h"
#include "advice/replan.h"
#include "assert/sentences.h"

/*
 * The outcome of a check. The texts are NULL if it passed, and otherwise allocated in the context
 * of the check's caller.
 */
typedef struct PkVerdict
{
	PkAssertion assertion; /* set by the caller */
	bool pass;
	int sqlstate;  /* P0004; 22023 if the check itself is wrong */
	PkCause cause; /* of the first finding, or none */
	char *message; /* what fails */
	char *facts;   /* measured facts and the planner's estimates, in sentences */
	char *shape;   /* the plan, indented for a DETAIL; or NULL */
	char *hint;	   /* the next step */
	char *used;	   /* indexes that the plan reads, "a, b"; only with PkIndexDemand.report_used */
} PkVerdict;

/*
 * Fill in a verdict, except for "assertion". Plans the query again, more than once. An error in
 * that does not hide the failure, but takes the reason's place.
 */
extern void pk_reason_explain(const PkFailure *failure, PkVerdict *verdict);

/*
 * The same for a check with words of its own: the facts and the hint where the reason was not found
 * because of an error.
 */
extern char *pk_reason_error_facts(const ErrorData *error);
extern char *pk_reason_error_hint(void);

#endif /* PK_ASSERT_REASON_H */
