/*
 * assert.h
 *	  Checks of a query's plan.
 */
#ifndef PK_ASSERT_ASSERT_H
#define PK_ASSERT_ASSERT_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/plannodes.h"

#include "assert/reason.h"

typedef struct PkIndexDemand
{
	bool usable;		/* plan with sequential scans disabled */
	bool generic;		/* plan for unknown parameter values */
	double size_factor; /* plan for tables that many times as large; 0 means 1 */
	double min_rows;	/* tables with fewer rows may be read sequentially */
	Oid index;			/* that must be used, or invalid */
	/* C strings: names of indexes on the query's tables, one of which must be used; or NIL */
	List *index_names;
	/* for a row of perfkit_index_checks: report the indexes that the plan reads */
	bool report_used;
} PkIndexDemand;

/*
 * Is no table read sequentially, and the index used? Plans the query once if it passes. Raises what
 * pk_capture_begin() raises; a failed check is no error.
 */
extern void pk_assert_index_scan(const char *query, const PkIndexDemand *demand, PkVerdict *verdict);

/*
 * Does the query discard at most this many rows by filters, join conditions and rechecks? Runs the
 * query, and rolls back what it did. Raises what the query raises, and before it is run what
 * "admit" raises, unless that is NULL.
 */
extern void pk_assert_rows_removed(const char *query, double limit, void (*admit)(const PlannedStmt *stmt),
								   PkVerdict *verdict);

/* Raise the verdict as an error, unless it is a pass. */
extern void pk_assert_raise(const PkVerdict *verdict);

/* The argument "expected_index": 42704 and 42809 for what is no index. Invalid if null. */
extern Oid pk_assert_arg_index(FunctionCallInfo fcinfo, int argno);

/* The argument "min_rows". */
extern int64 pk_assert_arg_min_rows(FunctionCallInfo fcinfo, int argno);

/* Raises 22023 if the index, with those under it, is on no table of the query. */
extern void pk_assert_refuse_foreign_index(const PkPlanTree *tree, Oid index, List *indexes);

/* Is the demand 'usable' rather than 'chosen'? 22023 for any other. */
extern bool pk_demand_is_usable(const char *demand);

#endif /* PK_ASSERT_ASSERT_H */
