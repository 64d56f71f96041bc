/*
 * statistics_advice.h
 *	  The statistics that would have told the planner the truth about one table.
 */
#ifndef PK_ADVICE_STATISTICS_ADVICE_H
#define PK_ADVICE_STATISTICS_ADVICE_H

#include "postgres.h"

#include "advice/estimate_query.h"

typedef struct PkStatisticsAdvice
{
	char *statement; /* SQL to run as it is; NULL when there is none */
	char *facts;	 /* how it was found, in sentences; or NULL */
} PkStatisticsAdvice;

/*
 * Find the statement after which the planner would have been right within max_q_error. Raises nothing but cancellations.
 */
extern void pk_statistics_advice_find(const PkEstimateQuery *question, double max_q_error, PkStatisticsAdvice *remedy);

/* How wrong an estimate is: max(expected / actual, actual / expected), both at least 1. */
extern double pk_q_error(double expected, double actual);

#endif /* PK_ADVICE_STATISTICS_ADVICE_H */
