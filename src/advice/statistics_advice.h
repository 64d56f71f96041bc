/*
 * statistics_advice.h
 *	  The statistics that would correct an estimate for one table.
 */
#ifndef PK_ADVICE_STATISTICS_ADVICE_H
#define PK_ADVICE_STATISTICS_ADVICE_H

#include "postgres.h"

#include "advice/estimate_query.h"

typedef enum PkStatisticsKind
{
	PK_STATISTICS_NONE,
	PK_STATISTICS_ANALYZE,	  /* of the table as it is */
	PK_STATISTICS_EXPRESSION, /* an object on an expression */
	PK_STATISTICS_COLUMNS,	  /* an object on several columns */
	PK_STATISTICS_TARGET,	  /* more of one column */
} PkStatisticsKind;

typedef struct PkStatisticsAdvice
{
	PkStatisticsKind kind;
	char *statement; /* SQL ready to run; NULL if there is none */
	char *facts;	 /* how it was found, in sentences; or NULL */
} PkStatisticsAdvice;

/*
 * Find the statement after which the estimate would be right within max_q_error. Raises only
 * cancellations and the like.
 */
extern void pk_statistics_advice_find(const PkEstimateQuery *question, double max_q_error, PkStatisticsAdvice *advice);

/* The error of an estimate: max(expected / actual, actual / expected), both at least 1. */
extern double pk_q_error(double expected, double actual);

#endif /* PK_ADVICE_STATISTICS_ADVICE_H */
