/*
 * remedy.h
 *	  The statistics that would have told the planner the truth about one table.
 */
#ifndef PK_ADVICE_REMEDY_H
#define PK_ADVICE_REMEDY_H

#include "postgres.h"

#include "advice/question.h"

typedef struct PkRemedy
{
	char *statement; /* SQL to run as it is; NULL when there is none */
	char *facts;	 /* how it was found, in sentences; or NULL */
} PkRemedy;

/*
 * Find the statement after which the planner would have been right within max_q_error. Raises nothing but cancellations.
 */
extern void pk_remedy_find(const PkQuestion *question, double max_q_error, PkRemedy *remedy);

/* How wrong an estimate is: max(expected / actual, actual / expected), both at least 1. */
extern double pk_q_error(double expected, double actual);

#endif /* PK_ADVICE_REMEDY_H */
