/*
 * bench.h
 *	  Service time of a statement inside the server: its executor and nothing else.
 */
#ifndef PK_MEASURE_BENCH_H
#define PK_MEASURE_BENCH_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "nodes/params.h"
#include "utils/array.h"
#include "utils/plancache.h"

#define PK_BENCH_MAX_ITERATIONS 10000000

/* Which plan to measure where the query has parameters. */
typedef enum PkBenchPlanMode
{
	PK_BENCH_PLAN_AUTO,	   /* the one the plan cache settles on */
	PK_BENCH_PLAN_CUSTOM,  /* the one for the given values */
	PK_BENCH_PLAN_GENERIC, /* the one for any values */
} PkBenchPlanMode;

typedef struct PkBench
{
	const char *query;
	CachedPlanSource *source;
	CachedPlan *cached;
	PlannedStmt *stmt;
	ParamListInfo params;
	bool wrote;	 /* an execution did: each is a sample of its own */
	int batch;	 /* executions in one sample */
	bool jit;	 /* as pk_bench_look() saw: expressions were compiled, */
	int workers; /* and so many parallel workers launched */
	int count;
	double *samples; /* milliseconds for one execution; sorted by pk_bench_sort() */
	double shared_hit;
	double shared_read;
	double wal_bytes; /* of all timed executions */
	MemoryContext context;
	MemoryContext iteration;
} PkBench;

/*
 * Plan the one statement in "query", whose parameters take the values of "values" (text[]; NULL
 * where there are none). Raises what parsing, planning and pk_parameters_make() raise, 22023 for
 * anything but one plannable statement. Keeps its memory in a context of its own, below the current
 * one, until pk_bench_end(); an error leaves it to the current context's owner.
 *
 * Planning can write, through functions that the planner evaluates, and takes locks that the
 * executions rely on: call all of this, from begin to end, within one pk_undo().
 */
extern void pk_bench_begin(PkBench *bench, const char *query, ArrayType *values, PkBenchPlanMode mode);

/*
 * Run it "executions" times without keeping times; then choose how many executions one sample
 * takes.
 */
extern void pk_bench_warm_up(PkBench *bench, int executions);

/*
 * Take that many samples more; not more than PK_BENCH_MAX_ITERATIONS in all. Takes all of them
 * again, the earlier ones included, when a statement of which a sample has several executions turns
 * out to write.
 */
extern void pk_bench_sample(PkBench *bench, int samples);

/* One more execution, which is no sample: fills jit and workers. */
extern void pk_bench_look(PkBench *bench);

extern void pk_bench_sort(PkBench *bench);

/* How many samples took at most this long. */
extern int pk_bench_count_within(const PkBench *bench, double max_ms);

/* Milliseconds to a nanosecond, the clock's unit; and means of counts to six decimals. */
extern double pk_bench_round(double value);

extern void pk_bench_end(PkBench *bench);

#endif /* PK_MEASURE_BENCH_H */
