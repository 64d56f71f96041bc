/*
 * order_statistics_test.c
 *	  Rank intervals and exact binomial shares against published tables, and against sums done
 *	  another way.
 *
 * Sources: src/stats/binomial.c src/stats/order_statistics.c
 *
 * Tables: ranks of the 95 % interval of the median, as in books on nonparametric statistics; the
 * least samples whose largest, second and third largest value is an upper 95 % limit (S. Wilks,
 * 1941); 95 % limits of a binomial share (C. Clopper and E. Pearson, 1934).
 */
#include "tap.h"

#include "stats/binomial.h"
#include "stats/order_statistics.h"

/* There are some 80,000 comparisons: a test reports those that fail, and how many there were. */
static int comparisons = 0;
static int differences = 0;

static void
check(bool holds, const char *what, double got, double wanted)
{
	comparisons++;
	if (!holds && ++differences <= 20)
		printf("# %s: got %.17g, wanted %.17g\n", what, got, wanted);
}

static void
report(const char *test)
{
	ok(differences == 0 && comparisons > 0, "%s: %d comparisons, %d differ", test, comparisons, differences);
	comparisons = differences = 0;
}

static void
check_count(int64_t got, int64_t wanted, const char *what)
{
	check(got == wanted, what, (double) got, (double) wanted);
}

static void
check_near(double got, double wanted, double relative, const char *what)
{
	check(fabs(got - wanted) <= relative * fabs(wanted), what, got, wanted);
}

/*
 * The whole distribution by Pascal's rule: no logarithm, no factorial, nothing in common with the
 * code under test.
 */
static void
fill_by_pascal(int n, long double p, long double *probability)
{
	for (int k = 0; k <= n; k++)
		probability[k] = 0.0L;
	probability[0] = 1.0L;
	for (int trial = 1; trial <= n; trial++)
	{
		for (int k = trial; k > 0; k--)
			probability[k] = probability[k] * (1.0L - p) + probability[k - 1] * p;
		probability[0] *= 1.0L - p;
	}
}

static void
test_probabilities_against_pascal(void)
{
	static const double shares[] = {0.5, 0.9, 0.95, 0.99, 0.01, 0.3333};
	static const int sizes[] = {1, 2, 7, 15, 16, 17, 31, 100, 367, 1000, 3000};
	long double probability[3001];

	for (size_t s = 0; s < sizeof(shares) / sizeof(shares[0]); s++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		{
			int n = sizes[i];
			double p = shares[s];
			long double lower = 0.0L;

			fill_by_pascal(n, p, probability);
			for (int k = 0; k <= n; k++)
			{
				long double upper = 0.0L;

				lower += probability[k];
				/*
				 * exp() of a logarithm near -660 has lost three digits. Further out nobody looks.
				 */
				if (probability[k] > 1e-290L)
					check_near(pk_binomial_probability(k, n, p), (double) probability[k], 2e-12,
							   "probability");
				if (lower > 1e-290L)
					check_near(pk_binomial_lower_tail(k, n, p), (double) lower, 2e-12,
							   "lower tail");
				for (int j = n; j > k; j--)
					upper += probability[j];
				if (upper > 1e-290L)
					check_near(pk_binomial_upper_tail(k, n, p), (double) upper, 2e-12,
							   "upper tail");
			}
		}
}

/* The definition, applied by walking through every rank. */
static void
test_ranks_against_direct_sums(void)
{
	static const double quantiles[] = {0.5, 0.9, 0.95, 0.99};
	static const double confidences[] = {0.9, 0.95, 0.99};
	static long double probability[1501];

	for (size_t q = 0; q < 4; q++)
		for (int n = 1; n <= 1500; n += n < 500 ? 1 : 97)
		{
			double p = quantiles[q];

			fill_by_pascal(n, p, probability);
			for (size_t c = 0; c < 3; c++)
			{
				double tail = (1.0 - confidences[c]) / 2;
				PkRankInterval got = pk_order_interval(n, p, confidences[c]);
				long double below = 0.0L;
				long double above = 0.0L;
				long double inside = 0.0L;
				int lower = 0;
				int upper = n + 1;

				while (lower < n && below + probability[lower] <= tail)
					below += probability[lower++];
				while (upper > 1 && above + probability[upper - 1] <= tail)
					above += probability[--upper];
				for (int k = lower; k < upper; k++)
					inside += probability[k];
				check_count(got.lower, lower, "lower rank by direct sum");
				check_count(got.upper, upper, "upper rank by direct sum");
				check_near(got.coverage, (double) inside, 1e-12, "coverage by direct sum");
				check(got.coverage >= confidences[c], "coverage", got.coverage, confidences[c]);
			}
		}
}

static void
test_median_table(void)
{
	static const int table[][3] = {
		{5, 0, 6},
		{6, 1, 6},
		{7, 1, 7},
		{8, 1, 8},
		{9, 2, 8},
		{10, 2, 9},
		{11, 2, 10},
		{12, 3, 10},
		{15, 4, 12},
		{20, 6, 15},
		{25, 8, 18},
		{30, 10, 21},
		{40, 14, 27},
		{50, 18, 33},
		{100, 40, 61}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
	{
		PkRankInterval got = pk_order_interval(table[i][0], 0.5, 0.95);

		check_count(got.lower, table[i][1], "tabulated lower rank of the median");
		check_count(got.upper, table[i][2], "tabulated upper rank of the median");
	}
	check_near(pk_order_interval(6, 0.5, 0.95).coverage, 0.96875, 1e-14, "coverage, 6 values");
	check_near(pk_order_interval(10, 0.5, 0.95).coverage, 1002.0 / 1024, 1e-14,
			   "coverage, 10 values");
}

/* The m-th largest of n is an upper 95 % limit for the p-quantile from this n on. */
static void
test_wilks_table(void)
{
	static const struct
	{
		double p;
		int n[3];
	} table[] = {{0.9, {29, 46, 61}}, {0.95, {59, 93, 124}}, {0.99, {299, 473, 628}}};

	for (size_t i = 0; i < 3; i++)
		for (int m = 0; m < 3; m++)
		{
			int n = table[i].n[m];

			check_count(pk_order_interval(n, table[i].p, 0.9).upper, n - m, "tabulated upper rank");
			check_count(pk_order_interval(n - 1, table[i].p, 0.9).upper, n - m,
						"upper rank, one value fewer");
		}
}

static void
test_share_table(void)
{
	static const struct
	{
		int k;
		int n;
		double lower;
		double upper;
	} table[] = {
		{0, 10, 0, 0.3085},
		{1, 10, 0.0025, 0.4450},
		{5, 10, 0.1871, 0.8129},
		{10, 10, 0.6915, 1},
		{1, 100, 0.0003, 0.0545},
		{10, 100, 0.0490, 0.1762},
		{50, 100, 0.3983, 0.6017},
		{0, 1000, 0, 0.0037},
		{10, 1000, 0.0048, 0.0183}};
	double lower;
	double upper;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
	{
		pk_binomial_share_interval(table[i].k, table[i].n, 0.95, &lower, &upper);
		check(fabs(lower - table[i].lower) <= 0.00005, "tabulated lower limit of a share", lower,
			  table[i].lower);
		check(fabs(upper - table[i].upper) <= 0.00005, "tabulated upper limit of a share", upper,
			  table[i].upper);
		/* The definition: at its ends the sample or anything further out has probability 2.5 %. */
		if (table[i].k > 0)
			check_near(pk_binomial_upper_tail(table[i].k - 1, table[i].n, lower), 0.025, 1e-10,
					   "tail at the lower limit");
		if (table[i].k < table[i].n)
			check_near(pk_binomial_lower_tail(table[i].k, table[i].n, upper), 0.025, 1e-10,
					   "tail at the upper limit");
	}
	pk_binomial_share_interval(3, INT64_C(1000000000), 0.95, &lower, &upper);
	check_near(lower, 0.6186721e-9, 1e-6, "Poisson lower limit of 3 in a billion");
	check_near(upper, 8.7672731e-9, 1e-6, "Poisson upper limit of 3 in a billion");
}

/*
 * Where sums are too long to do another way: the normal limit with its skewness term is within a
 * rank or two.
 */
static void
test_large_samples(void)
{
	static const double quantiles[] = {0.5, 0.9, 0.95, 0.99, 0.999};
	const double z = 1.959963984540054;

	for (int64_t n = 100000; n <= PK_BINOMIAL_MAX_TRIALS; n *= 10)
		for (size_t q = 0; q < 5; q++)
		{
			double p = quantiles[q];
			double mean = (double) n * p;
			double half = z * sqrt(mean * (1 - p));
			double skew = (z * z - 1) * (1 - 2 * p) / 6;
			PkRankInterval got = pk_order_interval(n, p, 0.95);

			check(fabs((double) got.lower - (mean - half + skew)) <= 2, "lower rank, large sample",
				  (double) got.lower, mean - half + skew);
			check(fabs((double) got.upper - (mean + half + skew)) <= 2, "upper rank, large sample",
				  (double) got.upper, mean + half + skew);
			check(got.coverage >= 0.95 && got.coverage < 0.9501 + 20 / sqrt((double) n),
				  "coverage, large sample", got.coverage, 0.95);
			check_near(pk_binomial_lower_tail(got.lower, n, p) +
						   pk_binomial_upper_tail(got.lower, n, p),
					   1.0, 1e-12, "tails, large sample");
		}
}

static void
test_nearest_rank(void)
{
	check_count(pk_order_rank(1, 0.5), 1, "rank of 1");
	check_count(pk_order_rank(2, 0.5), 1, "median rank of 2");
	check_count(pk_order_rank(3, 0.5), 2, "median rank of 3");
	check_count(pk_order_rank(10, 0.99), 10, "p99 rank of 10 is the maximum");
	check_count(pk_order_rank(100, 0.99), 99, "p99 rank of 100");
	check_count(pk_order_rank(101, 0.99), 100, "p99 rank of 101");
	check_count(pk_order_rank(20, 0.95), 19, "p95 rank of 20");
	check_count(pk_order_rank(PK_BINOMIAL_MAX_TRIALS, 0.99), 990000000, "p99 rank of a billion");
}

static void
test_small_samples_have_no_ranks(void)
{
	PkRankInterval got = pk_order_interval(0, 0.5, 0.95);

	check_count(got.lower, 0, "no lower rank of nothing");
	check_count(got.upper, 1, "no upper rank of nothing");
	got = pk_order_interval(10, 0.99, 0.95);
	check_count(got.upper, 11, "no upper rank of the p99 of 10");
	check_count(got.lower, 9, "lower rank of the p99 of 10");
	got = pk_order_interval(1, 0.99, 0.95);
	check_count(got.lower, 1, "one value is a lower limit of the p99");
	got = pk_order_interval(1, 0.5, 0.95);
	check_count(got.lower, 0, "one value is no lower limit of the median");
	check_count(got.upper, 2, "one value is no upper limit of the median");
}

/* log(0.025) / log(p) values, all below the limit, make the largest of them an upper limit. */
static void
test_more_needed(void)
{
	check_count(pk_order_more_needed(10, 10, 0.99, 0.95), 368 - 10,
				"more for p99, none above the limit");
	check_count(pk_order_more_needed(10, 10, 0.95, 0.95), 72 - 10,
				"more for p95, none above the limit");
	check_count(pk_order_more_needed(1, 1, 0.5, 0.95), 6 - 1,
				"more for the median, none above the limit");
	check_count(pk_order_more_needed(1, 0, 0.5, 0.95), 6 - 1,
				"more for the median, none below the limit");
	check_count(pk_order_more_needed(368, 368, 0.99, 0.95), 0, "decided: passes");
	check_count(pk_order_more_needed(367, 367, 0.99, 0.95), 1, "one short");
	check_count(pk_order_more_needed(10, 0, 0.99, 0.95), 0, "decided: fails");
	check_count(pk_order_more_needed(100, 50, 0.5, 0.95), -1,
				"a share at the quantile itself never decides");
	check_count(pk_order_more_needed(0, 0, 0.5, 0.95), 6, "nothing seen, median");
	check_count(pk_order_more_needed(0, 0, 0.99, 0.95), 368, "nothing seen, p99");

	/* What is forecast is decided, and only just. */
	for (int64_t n = 50; n <= 5000; n += 450)
		for (int below = 90; below <= 99; below++)
		{
			int64_t seen = n * below / 100;
			double share = (double) seen / (double) n;
			int64_t more = pk_order_more_needed(n, seen, 0.95, 0.95);
			PkRankInterval then;
			int64_t then_below;

			if (more <= 0)
				continue;
			then = pk_order_interval(n + more, 0.95, 0.95);
			then_below = (int64_t) floor(share * (double) (n + more) + 0.5);
			check(then_below >= then.upper || then_below < then.lower, "decided when forecast",
				  (double) then_below, (double) then.upper);
			then = pk_order_interval(n + more - 1, 0.95, 0.95);
			then_below = (int64_t) floor(share * (double) (n + more - 1) + 0.5);
			check(then_below < then.upper && then_below >= then.lower, "undecided just before",
				  (double) then_below, (double) then.upper);
		}
}

static void
test_more_needed_for_a_share(void)
{
	/* (1 - limit)^n <= 2.5 % */
	check_count(pk_share_more_needed(0, 0, 0.01, 0.95), 368, "nothing seen, limit 1 %");
	check_count(pk_share_more_needed(10, 0, 0.01, 0.95), 358, "no error in 10, limit 1 %");
	check_count(pk_share_more_needed(368, 0, 0.01, 0.95), 0, "no error in 368, limit 1 %");
	check_count(pk_share_more_needed(10, 10, 0.01, 0.95), 0, "all errors");
	check_count(pk_share_more_needed(100, 1, 0.01, 0.95), -1, "a share at the limit never decides");
	check_count(pk_share_more_needed(10, 0, 0.0, 0.95), -1, "a limit of 0 is never proven");
	check(pk_share_more_needed(200, 1, 0.01, 0.95) > 200, "half the limit takes more", 0, 1);
}

int
main(void)
{
	test_probabilities_against_pascal();
	report("probabilities against pascal");
	test_ranks_against_direct_sums();
	report("ranks against direct sums");
	test_median_table();
	report("median table");
	test_wilks_table();
	report("wilks table");
	test_share_table();
	report("share table");
	test_large_samples();
	report("large samples");
	test_nearest_rank();
	report("nearest rank");
	test_small_samples_have_no_ranks();
	report("small samples have no ranks");
	test_more_needed();
	report("more needed");
	test_more_needed_for_a_share();
	report("more needed for a share");
	return tap_done();
}
