/*
 * sequential_test.c
 *	  The risk that a sequential verdict really runs: worked out exactly, and met by simulation.
 *
 * Sources: src/stats/sequential.c src/stats/order_statistics.c src/stats/binomial.c
 *
 * The share of values within the limit is put at the quantile itself, where a wrong verdict is
 * likeliest: "above" is wrong there, and "within" is as soon as the share is any smaller. The exact
 * risk is a sum over all paths: how many values are within the limit at each look, as long as no
 * look has decided.
 */
#include "tap.h"

#include "random/counter.h"
#include "stats/binomial.h"
#include "stats/sequential.h"

#define CONFIDENCE 0.95
#define MOST 8000

typedef struct Risk
{
	double within;
	double above;
	double unknown;
} Risk;

/*
 * How a test is looked at: with the risk divided among its looks, or as if each were the only one.
 */
typedef struct Design
{
	int64_t first;
	int64_t most;
	double p;
	int divided_by;
} Design;

/* Probabilities of the verdicts where so large a share of all values is within the limit. */
static Risk
work_out(Design design, double share)
{
	static double undecided[MOST + 1];
	static double added[MOST + 1];
	Risk risk = {0};
	int64_t n = 0;

	memset(undecided, 0, sizeof(undecided));
	undecided[0] = 1.0;
	for (int64_t next = design.first;; next = pk_sequential_next(next, design.most))
	{
		int64_t more = next - n;

		memset(added, 0, sizeof(added));
		for (int64_t k = 0; k <= more; k++)
		{
			double probability = pk_binomial_probability(k, more, share);

			for (int64_t within = 0; within <= n; within++)
				added[within + k] += undecided[within] * probability;
		}
		n = next;
		memset(undecided, 0, sizeof(undecided));
		for (int64_t within = 0; within <= n; within++)
		{
			PkQuantileSide side =
				added[within] == 0 ? PK_QUANTILE_UNKNOWN
								   : pk_sequential_side(n, within, design.p, CONFIDENCE, design.divided_by);

			if (side == PK_QUANTILE_WITHIN)
				risk.within += added[within];
			else if (side == PK_QUANTILE_ABOVE)
				risk.above += added[within];
			else
				undecided[within] = added[within];
		}
		if (n == design.most)
			break;
	}
	for (int64_t within = 0; within <= n; within++)
		risk.unknown += undecided[within];
	return risk;
}

/*
 * The level is kept for every quantile, sample size and number of looks, and not by being far below
 * it.
 */
static void
test_level_is_kept(void)
{
	static const double quantiles[] = {0.5, 0.9, 0.95, 0.99};
	static const int64_t firsts[] = {10, 50, 200, 1000};
	double largest = 0;

	for (size_t q = 0; q < 4; q++)
		for (size_t f = 0; f < 4; f++)
			for (int factor = 1; factor <= 8; factor *= 2)
			{
				Design design = {firsts[f], firsts[f] * factor, quantiles[q], 1};
				double beyond = quantiles[q] + (1 - quantiles[q]) / 10;
				Risk risk;

				design.divided_by = pk_sequential_looks(design.first, design.most);
				risk = work_out(design, quantiles[q]);
				if (risk.within > 0.025 || risk.above > 0.025 ||
					fabs(risk.within + risk.above + risk.unknown - 1) > 1e-9)
					ok(false, "p%g from %d to %d: wrongly within %.5f, wrongly above %.5f", quantiles[q] * 100,
					   (int) design.first, (int) design.most, risk.within, risk.above);
				largest = fmax(largest, fmax(risk.within, risk.above));
				if (factor == 8 && (work_out(design, quantiles[q] - 0.01).within > risk.within ||
									work_out(design, beyond).above > risk.above))
					ok(false, "p%g from %d: the risk is not largest at the limit", quantiles[q] * 100, (int) design.first);
			}
	ok(largest > 0.012 && largest <= 0.025, "no risk on either side exceeds 2.5 %%; the largest is %.4f", largest);
}

/* What dividing the risk is for: four looks at 95 % each do not keep 95 %. */
static void
test_undivided_looks_do_not(void)
{
	Design design = {200, 1600, 0.95, 1};
	Risk undivided = work_out(design, design.p);
	Risk divided;

	design.divided_by = pk_sequential_looks(design.first, design.most);
	divided = work_out(design, design.p);
	ok(undivided.within + undivided.above > 0.1, "undivided, one verdict in ten is wrong: %.4f and %.4f",
	   undivided.within, undivided.above);
	ok(divided.within + divided.above < 0.05, "divided: %.4f and %.4f", divided.within, divided.above);
	/* It can still tell: at half and at double the share above the limit that p95 allows. */
	ok(work_out(design, 0.975).within > 0.95, "97.5 %% of values within the limit are seen to be enough for a p95");
	ok(work_out(design, 0.90).above > 0.95, "90 %% are seen not to be");
}

/* The same from values drawn one by one, as a benchmark takes them. */
static void
test_simulation(void)
{
	const int runs = 10000;
	Design design = {200, 1600, 0.95, 4};
	Risk expected = work_out(design, design.p);
	int within_runs = 0;
	int above_runs = 0;

	for (int run = 0; run < runs; run++)
	{
		PkStream stream = pk_stream(20260101, 1, (uint32_t) run);
		PkQuantileSide side = PK_QUANTILE_UNKNOWN;
		int64_t within = 0;
		int64_t n = 0;

		for (int64_t next = design.first; side == PK_QUANTILE_UNKNOWN && n < design.most;
			 next = pk_sequential_next(next, design.most))
		{
			for (; n < next; n++)
				within += pk_below(pk_draw(stream, (uint64_t) n), 100) < 95;
			side = pk_sequential_side(n, within, design.p, CONFIDENCE, design.divided_by);
		}
		within_runs += side == PK_QUANTILE_WITHIN;
		above_runs += side == PK_QUANTILE_ABOVE;
	}
	/* four standard errors */
	is_near(within_runs / (double) runs, expected.within, 4 * sqrt(expected.within / runs), "simulated: within");
	is_near(above_runs / (double) runs, expected.above, 4 * sqrt(expected.above / runs), "simulated: above");
}

static void
test_looks(void)
{
	is_int(pk_sequential_looks(200, 1600), 4, "looks at 200, 400, 800 and 1600 values");
	is_int(pk_sequential_looks(200, 200), 1, "a single look");
	is_int(pk_sequential_looks(3, 10), 3, "looks at 3, 6 and 10 values");
	is_int(pk_sequential_looks(1, 8), 4, "looks at 1, 2, 4 and 8 values");
	is_int(pk_sequential_next(6, 10), 10, "no further than to the last");
	is_int(pk_sequential_next(PK_BINOMIAL_MAX_TRIALS, PK_BINOMIAL_MAX_TRIALS), PK_BINOMIAL_MAX_TRIALS, "the largest sample");
	/* 0.95^n <= 0.025 / looks */
	is_int(pk_sequential_side(72, 72, 0.95, 0.95, 1), PK_QUANTILE_WITHIN, "one look, 72 of 72 within");
	is_int(pk_sequential_side(71, 71, 0.95, 0.95, 1), PK_QUANTILE_UNKNOWN, "one look, 71 of 71");
	is_int(pk_sequential_side(99, 99, 0.95, 0.95, 4), PK_QUANTILE_WITHIN, "four looks, 99 of 99");
	is_int(pk_sequential_side(98, 98, 0.95, 0.95, 4), PK_QUANTILE_UNKNOWN, "four looks, 98 of 98");
	is_int(pk_sequential_side(8, 8, 0.99, 0.95, 4), PK_QUANTILE_UNKNOWN, "a p99 of eight values");
	is_int(pk_sequential_side(10, 0, 0.5, 0.95, 4), PK_QUANTILE_ABOVE, "none within");
}

int
main(void)
{
	test_looks();
	test_level_is_kept();
	test_undivided_looks_do_not();
	test_simulation();
	return tap_done();
}
