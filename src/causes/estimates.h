/*
 * estimates.h
 *	  Wrong or doubtful estimates of rows, which make the planner choose a plan that is worse.
 */
#ifndef PK_CAUSES_ESTIMATES_H
#define PK_CAUSES_ESTIMATES_H

#include "postgres.h"

#include "causes/doubt.h"
#include "causes/inquiry.h"

/* The doubts (PkDoubt) about the estimates of the plan. Reads samples of some of its tables. */
extern List *pk_estimates_doubts(const PkFailure *failure);

/* A value of the condition that is not known when the query is planned, and may be a rare one. */
extern bool pk_estimates_unknown_value(const PkInquiry *inquiry, double *rows);

/* Does a sample show that the estimate of the scan is right? False if none can be taken. */
extern bool pk_estimates_confirmed(const PkInquiry *inquiry);

#endif /* PK_CAUSES_ESTIMATES_H */
