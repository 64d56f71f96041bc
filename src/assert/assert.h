/*
 * assert.h
 *	  Checks of a query's plan.
 */
#ifndef PK_ASSERT_ASSERT_H
#define PK_ASSERT_ASSERT_H

#include "postgres.h"

#include "assert/reason.h"

typedef struct PkIndexDemand
{
	bool usable;		/* plan with sequential scans disabled */
	bool generic;		/* plan for unknown values of parameters */
	double size_factor; /* and for tables that many times as large; 0 is 1 */
	Oid index;			/* that must be used, or invalid */
	List *index_names;	/* C strings, of which one must be; names of indexes on the query's tables; or NIL */
	bool report_used;	/* a row of perfkit_index_checks: tell in the verdict which indexes the plan reads */
} PkIndexDemand;

/*
 * Is no table read sequentially, and the index used? Both checks plan the query once if it passes, and raise what
 * pk_capture_begin() raises; a query that fails is no error here.
 */
extern void pk_assert_index_scan(const char *query, const PkIndexDemand *demand, PkVerdict *verdict);

/* Is no table of at least min_rows, as the planner estimates them, read sequentially? */
extern void pk_assert_no_seq_scan(const char *query, const PkCaptureOptions *options, double min_rows,
								  PkVerdict *verdict);

/* Raise the verdict as an error, unless it is a pass. */
extern void pk_assert_raise(const PkVerdict *verdict);

/* 'chosen' or 'usable'; 22023 for another. */
extern bool pk_demand_is_usable(const char *demand);

#endif /* PK_ASSERT_ASSERT_H */
