/*
 * distinct_values.h
 *	  Wrong numbers of distinct values, by which rows of joins and groups are estimated.
 */
#ifndef PK_CAUSES_DISTINCT_VALUES_H
#define PK_CAUSES_DISTINCT_VALUES_H

#include "postgres.h"

#include "advice/replan.h"

/* The doubts (PkDoubt) about columns that the plan joins, groups or looks up by. */
extern List *pk_distinct_values_doubts(const PkFailure *failure);

#endif /* PK_CAUSES_DISTINCT_VALUES_H */
