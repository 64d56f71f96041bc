/*
 * bench.c
 *	  Service time of a statement inside the server: its executor and nothing else.
 *
 * The plan is made once and stays, as a prepared statement's does; each execution gets a snapshot
 * of its own, as each statement of a client does, and sends its rows nowhere. What is left is what
 * the executor takes: no network, no parsing, no planning, no output functions. Parallel plans run
 * in parallel and JIT compiles as it would, in each execution.
 *
 * Nothing that an execution writes stays, whatever the statement looks like: each sample runs in a
 * subtransaction that is rolled back, see common/undo.h. The clock is read inside of it, so that
 * neither its begin nor its end is in the result. The whole benchmark runs in one more: functions
 * that the planner evaluates can write too, and so can CHECK constraints of the parameters'
 * domains.
 *
 * The clock is read twice per sample. Where an execution is so short that the clock's resolution
 * would show in the result, a sample is the mean of several consecutive executions, and the result
 * says so. These share a subtransaction, since the time to end one between them could not be told
 * apart from theirs. Where executions write, which shows in a transaction ID, each is a sample of
 * its own, so that all meet the same rows.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "jit/jit.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "portability/instr_time.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "common/compat.h"
#include "common/parameters.h"
#include "common/statement.h"
#include "common/undo.h"
#include "measure/bench.h"

/* A sample lasts at least this many ticks of the clock, which keeps their share below 0.5 %. */
#define STEPS_PER_SAMPLE 200
#define MAX_BATCH 1000

/*
 * The plan cache makes five custom plans before it compares costs; its sixth and seventh choices
 * are final.
 */
#define PLANS_TO_SETTLE 7

/*
 * The smallest difference that two readings of the clock show, in milliseconds: its resolution or
 * the cost of reading it.
 */
static double
clock_step(void)
{
	double smallest = 1.0;

	for (int i = 0; i < 100; i++)
	{
		instr_time start;
		instr_time now;

		INSTR_TIME_SET_CURRENT(start);
		do
		{
			INSTR_TIME_SET_CURRENT(now);
			INSTR_TIME_SUBTRACT(now, start);
		} while (INSTR_TIME_GET_DOUBLE(now) <= 0.0);
		smallest = Min(smallest, INSTR_TIME_GET_DOUBLE(now) * 1000.0);
	}
	return smallest;
}

/* The plan that the server would use after running the statement a few times. */
static void
choose_plan(PkBench *bench, PkBenchPlanMode mode)
{
	int rounds = mode == PK_BENCH_PLAN_AUTO && bench->params != NULL ? PLANS_TO_SETTLE : 1;
	int nest_level = 0;

	/*
	 * A setting, since it is stronger than what a plan asks for. An error leaves it to the
	 * transaction to restore.
	 */
	if (mode != PK_BENCH_PLAN_AUTO)
	{
		nest_level = NewGUCNestLevel();
		(void) set_config_option("plan_cache_mode",
								 mode == PK_BENCH_PLAN_GENERIC ? "force_generic_plan" : "force_custom_plan",
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	}
	for (int i = 0; i < rounds; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (bench->cached != NULL)
			ReleaseCachedPlan(bench->cached, NULL);
		bench->cached = GetCachedPlan(bench->source, bench->params, NULL, NULL);
	}
	if (mode != PK_BENCH_PLAN_AUTO)
		AtEOXact_GUC(true, nest_level);
	bench->stmt = linitial_node(PlannedStmt, bench->cached->stmt_list);
}

void
pk_bench_begin(PkBench *bench, const char *query, ArrayType *values, PkBenchPlanMode mode)
{
	ErrorContextCallback callback;
	MemoryContext caller;
	RawStmt *parsed;
	List *rewritten;
	Oid *types = NULL;
	int count = 0;

	memset(bench, 0, sizeof(*bench));
	bench->query = query;
	bench->batch = 1;
	bench->context = AllocSetContextCreate(CurrentMemoryContext, "perfkit bench", ALLOCSET_DEFAULT_SIZES);
	bench->iteration = AllocSetContextCreate(bench->context, "perfkit bench execution", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(bench->context);

	callback.callback = pk_statement_locate_error;
	callback.arg = unconstify(char *, query);
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	/* See what the calling statement has done so far, as a statement of its own would. */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());

	parsed = pk_statement_parse(query);
	bench->source = CreateCachedPlan(parsed, query, CreateCommandTag(parsed->stmt));
	rewritten = pg_analyze_and_rewrite_varparams(parsed, query, &types, &count, NULL);
	(void) pk_statement_rewritten(rewritten);
	CompleteCachedPlan(bench->source, rewritten, NULL, types, count, NULL, NULL, CURSOR_OPT_PARALLEL_OK, false);
	bench->params = pk_parameters_make(values, types, count);
	choose_plan(bench, mode);

	PopActiveSnapshot();
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(caller);
}

/* Parallel workers that the nodes below have launched. */
static bool
count_workers(PlanState *state, int *workers)
{
	if (IsA(state, GatherState))
		*workers += ((GatherState *) state)->nworkers_launched;
	else if (IsA(state, GatherMergeState))
		*workers += ((GatherMergeState *) state)->nworkers_launched;
	return planstate_tree_walker(state, count_workers, workers);
}

/*
 * One execution. With "look", also see how the executor goes about it; not for one whose time
 * matters.
 */
static void
execute(PkBench *bench, bool look)
{
	MemoryContext caller = MemoryContextSwitchTo(bench->iteration);
	QueryDesc *desc;

	CHECK_FOR_INTERRUPTS();
	PushActiveSnapshot(GetTransactionSnapshot());
	desc = CreateQueryDesc(bench->stmt, bench->query, GetActiveSnapshot(), InvalidSnapshot, None_Receiver,
						   bench->params, NULL, 0);
	ExecutorStart(desc, 0);
	pk_compat_run_executor(desc);
	ExecutorFinish(desc);
	if (look)
	{
		bench->workers = 0;
		count_workers(desc->planstate, &bench->workers);
		bench->jit = (desc->estate->es_jit_flags & PGJIT_PERFORM) != 0 && desc->estate->es_jit != NULL;
	}
	ExecutorEnd(desc);
	FreeQueryDesc(desc);
	PopActiveSnapshot();
	MemoryContextSwitchTo(caller);
	MemoryContextReset(bench->iteration);
}

/* Consecutive executions, timed as one. */
typedef struct PkSample
{
	PkBench *bench;
	int executions;
	bool look;
	double taken; /* milliseconds for all of them */
} PkSample;

/*
 * Runs in the subtransaction. The work of this backend and its parallel workers is added to the
 * bench.
 */
static void
time_executions(void *arg)
{
	PkSample *sample = (PkSample *) arg;
	PkBench *bench = sample->bench;
	BufferUsage buffers = pgBufferUsage;
	WalUsage wal = pgWalUsage;
	instr_time start;
	instr_time taken;

	INSTR_TIME_SET_CURRENT(start);
	for (int i = 0; i < sample->executions; i++)
		execute(bench, sample->look);
	INSTR_TIME_SET_CURRENT(taken);
	INSTR_TIME_SUBTRACT(taken, start);

	sample->taken = INSTR_TIME_GET_DOUBLE(taken) * 1000.0;
	bench->shared_hit += pgBufferUsage.shared_blks_hit - buffers.shared_blks_hit;
	bench->shared_read += pgBufferUsage.shared_blks_read - buffers.shared_blks_read;
	bench->wal_bytes += pgWalUsage.wal_bytes - wal.wal_bytes;
	/*
	 * Without a transaction ID, the subtransaction has made no row version, row lock or catalog
	 * entry.
	 */
	bench->wrote |= TransactionIdIsValid(GetCurrentTransactionIdIfAny());
}

/* Milliseconds for one execution. */
static double
take_sample(PkBench *bench, int executions, bool look)
{
	PkSample sample = {.bench = bench, .executions = executions, .look = look};
	MemoryContext caller = MemoryContextSwitchTo(bench->context);

	pk_undo(time_executions, &sample);
	MemoryContextSwitchTo(caller);
	return sample.taken / executions;
}

static void
forget_samples(PkBench *bench)
{
	bench->count = 0;
	bench->shared_hit = bench->shared_read = bench->wal_bytes = 0;
}

void
pk_bench_warm_up(PkBench *bench, int executions)
{
	double fastest = INFINITY;

	for (int i = 0; i < executions; i++)
	{
		double taken = take_sample(bench, 1, false);

		fastest = Min(fastest, taken);
	}
	forget_samples(bench);

	/* Without a warm-up, the caller wants the first, cold execution by itself. */
	if (executions > 0 && !bench->wrote)
	{
		double needed = ceil(STEPS_PER_SAMPLE * clock_step() / fastest);

		bench->batch = (int) Max(1.0, Min(MAX_BATCH, needed));
	}
}

void
pk_bench_sample(PkBench *bench, int samples)
{
	int wanted = bench->count + samples;
	Size size = wanted * sizeof(double);

	Assert(wanted <= PK_BENCH_MAX_ITERATIONS);
	bench->samples = bench->samples ? repalloc(bench->samples, size) : MemoryContextAlloc(bench->context, size);
	while (bench->count < wanted)
	{
		bench->samples[bench->count++] = take_sample(bench, bench->batch, false);

		/* It writes occasionally: start over, so that no execution sees what another one wrote. */
		if (bench->wrote && bench->batch > 1)
		{
			bench->batch = 1;
			forget_samples(bench);
		}
	}
}

int
pk_bench_count_within(const PkBench *bench, double max_ms)
{
	int within = 0;

	for (int i = 0; i < bench->count; i++)
		within += bench->samples[i] <= max_ms;
	return within;
}

double
pk_bench_round(double value)
{
	return rint(value * 1e6) / 1e6;
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return x < y ? -1 : x > y;
}

void
pk_bench_sort(PkBench *bench)
{
	qsort(bench->samples, bench->count, sizeof(double), compare_doubles);
}

void
pk_bench_look(PkBench *bench)
{
	double shared_hit = bench->shared_hit;
	double shared_read = bench->shared_read;
	double wal_bytes = bench->wal_bytes;

	(void) take_sample(bench, 1, true);
	bench->shared_hit = shared_hit;
	bench->shared_read = shared_read;
	bench->wal_bytes = wal_bytes;
}

void
pk_bench_end(PkBench *bench)
{
	ReleaseCachedPlan(bench->cached, NULL);
	DropCachedPlan(bench->source);
	MemoryContextDelete(bench->context);
	bench->context = NULL;
}
