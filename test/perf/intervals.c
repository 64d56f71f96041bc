/*
 * intervals.c
 *	  How often the intervals of a single run are right, by simulation.
 *
 * test/perf/intervals compiles and runs this. Runs are drawn from a model in which the truth is
 * known, and their intervals are made by src/stats just as perfkit_run_verdicts() makes them. The
 * seed is fixed, so the table is the same each time.
 *
 * The model: the system has a state that changes from second to second, a first-order
 * autoregression with a standard deviation of 20 % of the latency, and drifts by 40 % over the run
 * in some lines. The latency of a transaction is that level times a Pareto variable with exponent
 * 2.5, whose variance is large and whose skewness is infinite. As the number of clients is given,
 * slow seconds have fewer transactions: Poisson, inversely proportional to the level. One of a
 * hundred fails, in slow seconds more. In some lines one second in twenty has a stall, in which a
 * fifth of the transactions takes 20 times as long. The truth is the quantile, mean or share that a
 * run of infinite length would have.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "stats/binomial.h"
#include "stats/blocks.h"
#include "stats/histogram.h"
#include "stats/order_statistics.h"

#define SHORTEST_US 5000.0
#define STATE 0.2
#define PARETO 2.5
#define ERRORS 0.01
#define ERROR_POWER 3.0	  /* errors are proportional to this power of the level */
#define STALLED 0.2		  /* share of the transactions of a second with a stall */
#define STALL_FACTOR 20.0 /* their latency */
#define SECONDS_MOST 300
#define CONFIDENCE 0.95

static const double quantiles[] = {0.5, 0.95, 0.99};

typedef enum Metric
{
	P50,
	P95,
	P99,
	MEAN,
	ERROR_RATE,
	METRICS,
} Metric;

typedef struct Model
{
	double correlation; /* of a second with the next one */
	double drift;		/* from the first second to the last */
	int seconds;
	double rate;  /* transactions per second at the mean level, about */
	double stall; /* share of the seconds with a stall */
} Model;

/* One simulated run. */
typedef struct Run
{
	int64_t n;
	int64_t failed;
	int64_t counts[SECONDS_MOST][PK_HISTOGRAM_BUCKETS];
	int64_t pooled[PK_HISTOGRAM_BUCKETS];
	double sums[SECONDS_MOST];
	double squares;
	int64_t succeeded[SECONDS_MOST];
	int64_t failures[SECONDS_MOST];
} Run;

typedef struct Tally
{
	int given;
	int right;
	int above; /* intervals that begin above the truth, whether or not they have an upper end */
	int alone; /* intervals that would be right if transactions were independent */
} Tally;

static Run run;

static int
poisson(double mean)
{
	double probability = exp(-mean);
	double sum = probability;
	double draw = uniform();
	int k = 0;

	if (mean > 30)
		return (int) fmax(0, floor(mean + sqrt(mean) * normal() + 0.5));
	while (draw > sum && k < 1000)
	{
		probability *= mean / ++k;
		sum += probability;
	}
	return k;
}

static void
draw_run(const Model *model)
{
	double state = normal();

	memset(&run, 0, sizeof(run));
	for (int second = 0; second < model->seconds; second++)
	{
		bool stalls = model->stall > 0 && uniform() < model->stall;
		double level;
		int transactions;

		if (second > 0)
			state = model->correlation * state + sqrt(1 - model->correlation * model->correlation) * normal();
		level = exp(STATE * state + model->drift * ((second + 0.5) / model->seconds - 0.5));
		transactions = poisson(model->rate / level);
		for (int i = 0; i < transactions; i++)
		{
			double factor = stalls && uniform() < STALLED ? STALL_FACTOR : 1;
			int64_t latency = (int64_t) (SHORTEST_US * level * factor * pow(uniform(), -1 / PARETO));
			int bucket = pk_histogram_bucket(latency);

			if (uniform() < ERRORS * pow(level, ERROR_POWER))
			{
				run.failures[second]++;
				run.failed++;
				continue;
			}
			run.counts[second][bucket]++;
			run.pooled[bucket]++;
			run.succeeded[second]++;
			run.sums[second] += (double) latency;
			run.squares += (double) latency * (double) latency;
			run.n++;
		}
	}
}

typedef double (*OfLevel)(const Model *model, double level, double argument);

/*
 * The mean of a function of the level over all transactions that a run of infinite length has; of
 * successful ones only if so wanted.
 */
static double
expectation(const Model *model, bool successful, OfLevel of, double argument)
{
	int steps = model->drift > 0 ? 100 : 1;
	double sum = 0;
	double weights = 0;

	for (int step = 0; step < steps; step++)
		for (double z = -6; z <= 6; z += 0.02)
		{
			double drift = model->drift * ((step + 0.5) / steps - 0.5);
			double level = exp(STATE * z + drift);
			double weight = exp(-z * z / 2) / level;

			if (successful)
				weight *= 1 - ERRORS * pow(level, ERROR_POWER);
			sum += weight * of(model, level, argument);
			weights += weight;
		}
	return sum / weights;
}

static double
pareto_within(double least, double latency)
{
	return latency <= least ? 0 : 1 - pow(latency / least, -PARETO);
}

static double
share_within(const Model *model, double level, double latency)
{
	double stalled = model->stall * STALLED;

	return (1 - stalled) * pareto_within(SHORTEST_US * level, latency) +
		   stalled * pareto_within(SHORTEST_US * level * STALL_FACTOR, latency);
}

static double
mean_latency(const Model *model, double level, double unused)
{
	(void) unused;
	return SHORTEST_US * level * PARETO / (PARETO - 1) * (1 + model->stall * STALLED * (STALL_FACTOR - 1));
}

static double
error_share(const Model *model, double level, double unused)
{
	(void) model;
	(void) unused;
	return ERRORS * pow(level, ERROR_POWER);
}

static double
truth(const Model *model, Metric metric)
{
	double low = 0;
	double high = 1e9;

	if (metric == MEAN)
		return expectation(model, true, mean_latency, 0);
	if (metric == ERROR_RATE)
		return expectation(model, false, error_share, 0);
	for (int i = 0; i < 100; i++)
	{
		double middle = (low + high) / 2;

		if (expectation(model, true, share_within, middle) < quantiles[metric])
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* The first bucket up to which there are at least "share" of the successful transactions. */
static int
bucket_of(double share)
{
	int64_t cumulative = 0;
	int bucket = 0;

	for (; bucket < PK_HISTOGRAM_BUCKETS - 1; bucket++)
	{
		cumulative += run.pooled[bucket];
		if ((double) cumulative >= share * (double) run.n)
			break;
	}
	return bucket;
}

static int64_t
within(int second, int bucket)
{
	int64_t sum = 0;

	for (int i = 0; i <= bucket; i++)
		sum += run.counts[second][i];
	return sum;
}

/*
 * The interval of a quantile of "independent" values; an end that is missing is -1. Where these are
 * too few for an end, it is the extreme of all values, provided that these are ten times as many as
 * it would take.
 */
static void
find_interval(double quantile, int64_t independent, double *lower, double *upper)
{
	PkRankInterval ranks = pk_order_interval(independent, quantile, CONFIDENCE);
	PkRankInterval tenth = pk_order_interval(run.n / 10, quantile, CONFIDENCE);
	double one = 0.5 / (double) run.n; /* a share that only the smallest value has */

	*lower = *upper = -1;
	if (ranks.lower >= 1)
		*lower =
			(double) pk_bucket_lowest(bucket_of((double) (ranks.lower - 1) / (double) independent + one));
	else if (tenth.lower >= 1)
		*lower = (double) pk_bucket_lowest(bucket_of(one));
	if (ranks.upper <= independent)
		*upper = (double) pk_bucket_highest(bucket_of((double) ranks.upper / (double) independent));
	else if (tenth.upper <= run.n / 10)
		*upper = (double) pk_bucket_highest(bucket_of(1));
}

/* Whether the interval holds the truth; -1: an end is missing. */
static int
holds(double lower, double upper, double wanted)
{
	if (lower < 0 || upper < 0)
		return -1;
	return lower <= wanted && wanted <= upper;
}

static int
holds_share(int64_t hits, int64_t samples, int64_t independent, double wanted)
{
	double share = (double) hits / (double) samples * (double) independent;
	double lower;
	double upper;
	double unused;

	if (independent < 1)
		return -1;
	pk_binomial_share_interval((int64_t) floor(share + 1e-9), independent, CONFIDENCE, &lower, &unused);
	pk_binomial_share_interval((int64_t) ceil(share - 1e-9), independent, CONFIDENCE, &unused, &upper);
	return lower <= wanted && wanted <= upper;
}

static int
holds_mean(PkRatio ratio, double deviation, double wanted)
{
	double half;

	if (isnan(ratio.deviation))
		return -1;
	half = fmax(ratio.deviation * pk_blocks_factor(ratio, CONFIDENCE), 1.959963984540054 * deviation);
	return fabs(ratio.estimate - wanted) <= half;
}

static void
count(Tally *tally, int holds, int alone)
{
	tally->given += holds >= 0;
	tally->right += holds > 0;
	tally->alone += alone != 0;
}

static void
judge_run(const Model *model, const double *wanted, Tally *tally)
{
	PkPiece pieces[SECONDS_MOST];
	int median = bucket_of(0.5);
	double deviation;

	memset(pieces, 0, sizeof(pieces));
	for (int second = 0; second < model->seconds; second++)
	{
		pieces[second].guide = (double) within(second, median);
		pieces[second].samples = (double) run.succeeded[second];
	}
	for (int metric = P50; metric <= P99; metric++)
	{
		int bucket = bucket_of(quantiles[metric]);
		double lower;
		double upper;
		double lone_lower;
		double lone_upper;
		PkRatio ratio;

		for (int second = 0; second < model->seconds; second++)
			pieces[second].sum = (double) within(second, bucket);
		ratio = pk_blocks_ratio(pieces, model->seconds);
		find_interval(quantiles[metric], (int64_t) pk_blocks_independent(ratio, (double) run.n, CONFIDENCE), &lower,
					  &upper);
		find_interval(quantiles[metric], run.n, &lone_lower, &lone_upper);
		count(&tally[metric], holds(lower, upper, wanted[metric]), holds(lone_lower, lone_upper, wanted[metric]));
		tally[metric].above += lower > wanted[metric];
	}
	for (int second = 0; second < model->seconds; second++)
		pieces[second].sum = run.sums[second];
	{
		PkRatio ratio = pk_blocks_ratio(pieces, model->seconds);

		deviation = fmax(0, run.squares / (double) run.n - ratio.estimate * ratio.estimate);
		deviation = sqrt(deviation / (double) (run.n - 1));
		count(&tally[MEAN], holds_mean(ratio, deviation, wanted[MEAN]),
			  fabs(ratio.estimate - wanted[MEAN]) <= 1.959963984540054 * deviation);
	}
	for (int second = 0; second < model->seconds; second++)
	{
		pieces[second].samples += (double) run.failures[second];
		pieces[second].sum = (double) run.failures[second];
	}
	{
		PkRatio ratio = pk_blocks_ratio(pieces, model->seconds);
		int64_t tried = run.n + run.failed;

		count(&tally[ERROR_RATE],
			  holds_share(run.failed, tried, (int64_t) pk_blocks_independent(ratio, (double) tried, CONFIDENCE),
						  wanted[ERROR_RATE]),
			  holds_share(run.failed, tried, tried, wanted[ERROR_RATE]));
	}
}

static void
simulate(const Model *model, int runs, uint64_t number)
{
	double wanted[METRICS];
	Tally tally[METRICS] = {{0}};

	stream = pk_stream(20261128, number, 1);
	position = 0;
	for (int metric = 0; metric < METRICS; metric++)
		wanted[metric] = truth(model, metric);
	for (int i = 0; i < runs; i++)
	{
		draw_run(model);
		if (run.n > 1)
			judge_run(model, wanted, tally);
	}
	printf("| %.2f | %.0f %% | %.0f %% | %d | %.0f |", model->correlation, 100 * model->drift, 100 * model->stall,
		   model->seconds, model->rate);
	for (int metric = 0; metric < METRICS; metric++)
	{
		if (tally[metric].given * 20 < runs)
			printf(" - (%.0f) |", 100.0 * tally[metric].given / runs);
		else
			printf(" %.1f (%.0f) |", 100.0 * tally[metric].right / tally[metric].given,
				   100.0 * tally[metric].given / runs);
	}
	printf(" %.1f | %.1f | %.1f | %.1f |\n", 100.0 * (tally[P95].given - tally[P95].right) / runs,
		   100.0 * tally[P95].above / runs, 100.0 * tally[P99].above / runs, 100.0 * tally[P95].alone / runs);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const double correlations[] = {0, 0.5, 0.8, 0.9, 0.95, 0.98};
	static const int durations[] = {5, 10, 30, 60, 120, 300};
	static const double rates[] = {20, 200};
	int runs = argc > 1 ? atoi(argv[1]) : 1000;
	uint64_t number = 0;

	printf("| Correlation | Drift | Stalls | Seconds | Per second | p50 | p95 | p99 | Mean | Errors | Wrong p95 | Above p95 "
		   "| Above p99 | Independent |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
	for (int drift = 0; drift < 2; drift++)
		for (int c = 0; c < 6; c++)
			for (int d = 0; d < 6; d++)
				for (int r = 0; r < 2; r++)
				{
					Model model = {correlations[c], drift * 0.4, durations[d], rates[r], 0};

					number++;
					if (drift == 0 || (c % 2 == 0 && c < 4 && d >= 2))
						simulate(&model, runs, number);
				}
	for (int d = 0; d < 6; d++)
		for (int r = 0; r < 2; r++)
		{
			Model model = {0.5, 0, durations[d], rates[r], 0.05};

			simulate(&model, runs, ++number);
		}
	return 0;
}
