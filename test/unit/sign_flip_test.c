/*
 * sign_flip_test.c
 *	  src/stats/sign_flip and src/stats/change: against every flip there can be.
 *
 * A p value of the joint test is a count of flips, so a straightforward count must give the same.
 * Quantiles of Student's t are those of every table (M. Abramowitz and I. Stegun, "Handbook of
 * Mathematical Functions", 1964, table 26.10).
 */
#include "tap.h"

#include "random/counter.h"
#include "stats/change.h"
#include "stats/sign_flip.h"

#define SERIES 4
#define PAIRS 9

/* The statistic, straightforwardly: Student's t where there is no noise floor. */
static double
statistic(const double *values, int n, double noise_floor)
{
	double mean = 0, squares = 0;

	for (int i = 0; i < n; i++)
		mean += values[i] / n;
	for (int i = 0; i < n; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	if (noise_floor == 0)
		return fabs(mean) / sqrt(squares / (n - 1) / n);
	return fabs(mean) / sqrt(squares / n + mean * mean + noise_floor * noise_floor);
}

static double
noise(uint64_t seed, int series, int pair)
{
	PkStream stream = pk_stream(seed, 1, (uint32_t) series);
	double sum = 0;

	for (int i = 0; i < 12; i++)
		sum += pk_below(pk_draw(stream, (uint64_t) pair * 12 + i), 1000000) / 1e6;
	return sum - 6;
}

/*
 * The step-down p values by their definition, all 2^n flips, with t itself: in the order of the
 * observed t, each against the maximum over it and those after it.
 */
static void
by_definition(double values[SERIES][PAIRS], double noise_floor, double *p)
{
	double observed[SERIES];
	int order[SERIES] = {0, 1, 2, 3};
	int reached[SERIES] = {0};
	double floor_p = 0;

	for (int j = 0; j < SERIES; j++)
		observed[j] = statistic(values[j], PAIRS, noise_floor);
	for (int i = 0; i < SERIES; i++)
		for (int j = i + 1; j < SERIES; j++)
			if (observed[order[j]] > observed[order[i]])
			{
				int other = order[i];

				order[i] = order[j];
				order[j] = other;
			}
	for (unsigned flips = 0; flips < 1u << PAIRS; flips++)
	{
		double most = 0;

		for (int i = SERIES - 1; i >= 0; i--)
		{
			double flipped[PAIRS];

			for (int pair = 0; pair < PAIRS; pair++)
				flipped[pair] = (flips >> pair) & 1 ? -values[order[i]][pair] : values[order[i]][pair];
			most = fmax(most, statistic(flipped, PAIRS, noise_floor));
			reached[i] += most >= observed[order[i]] * (1 - 1e-9);
		}
	}
	for (int i = 0; i < SERIES; i++)
		p[order[i]] = floor_p = fmax(floor_p, ldexp(reached[i], -PAIRS));
}

static void
test_definition(double noise_floor)
{
	double worst = 0;

	for (uint64_t seed = 1; seed <= 20; seed++)
	{
		double values[SERIES][PAIRS];
		PkFlipSeries series[SERIES];
		double p[SERIES];

		for (int j = 0; j < SERIES; j++)
		{
			for (int i = 0; i < PAIRS; i++)
				values[j][i] = noise(seed, j, i) + 0.5 * j + noise(seed, 99, i) * (seed % 3);
			series[j].differences = values[j];
		}
		pk_sign_flip_test(series, SERIES, PAIRS, noise_floor, NULL);
		by_definition(values, noise_floor, p);
		for (int j = 0; j < SERIES; j++)
			worst = fmax(worst, fabs(series[j].p - p[j]));
	}
	is_near(worst, 0, 1e-12, "noise floor %g: p values are the counts of all flips", noise_floor);
}

/*
 * Fisher's paired data of Darwin's plants, for which the number of flips at least as extreme is
 * published: R. Fisher, "The Design of Experiments", 1935, section 21: 1,726 of 32,768.
 */
static void
test_published(void)
{
	static const double darwin[] = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
	PkFlipSeries series = {.differences = darwin};

	pk_sign_flip_test(&series, 1, 15, 0, NULL);
	is_near(series.p, 1726.0 / 32768, 1e-12, "Darwin's plants: Fisher's count of flips");
	is_near(pk_signed_rank_test(darwin, 15), 0.0413, 1e-4, "Darwin's plants: Wilcoxon");
}

static void
test_smallest(void)
{
	static const double ones[PK_FLIPS_MOST] = {1, 1, 1, 1, 1, 1, 1, 1};
	double zeros[PK_FLIPS_MOST] = {0};
	double many[PK_FLIPS_MOST];
	PkFlipSeries series[3] = {{.differences = ones}, {.differences = zeros}, {.differences = many}};

	for (int i = 0; i < PK_FLIPS_MOST; i++)
		many[i] = 1 + noise(3, 0, i) / 10;
	pk_sign_flip_test(series, 3, 6, 0, NULL);
	is_near(series[0].p, 2.0 / 64, 1e-15, "six equal differences: p is 2 of 64");
	is_near(series[1].p, 1, 0, "all 0: p is 1");
	is_near(series[2].p, 2.0 / 64, 1e-15, "six of one sign among two others: the same p");
	pk_sign_flip_test(series, 3, 5, 0, NULL);
	is_near(series[0].p, 2.0 / 32, 1e-15, "five pairs cannot reach 0.05");
	pk_sign_flip_test(series, 3, 0, 0, NULL);
	ok(series[0].p == 1 && series[1].p == 1, "no pairs: p is 1");
	pk_sign_flip_test(series, 3, 1, 0, NULL);
	ok(series[0].p == 1 && series[1].p == 1, "one pair: p is 1");
	pk_sign_flip_test(series + 2, 1, PK_FLIPS_MOST, 0, NULL);
	is_near(series[2].p, 1.0 / PK_FLIPS_SAMPLED, 1e-15, "flips that are drawn: p is never 0");
	pk_sign_flip_test(series, 0, 8, 0, NULL);

	zeros[2] = NAN;
	pk_sign_flip_test(series, 3, 6, 0, NULL);
	ok(isnan(series[1].p) && series[0].p == 2.0 / 64, "NaN: no p, and the others keep theirs");
	zeros[2] = -INFINITY;
	pk_sign_flip_test(series, 3, 6, 0, NULL);
	ok(isnan(series[1].p) && series[2].p == 2.0 / 64, "an infinity: the same");
	ok(series[1].differences == zeros, "series stay in their order");
	for (int i = 0; i < 8; i++)
		zeros[i] = i % 2 ? 1e308 : 1.7e308;
	pk_sign_flip_test(series, 3, 6, 0, NULL);
	is_near(series[1].p, 2.0 / 64, 1e-15, "values near the largest there are");
	for (int i = 0; i < 8; i++)
		zeros[i] = 1e-320;
	pk_sign_flip_test(series, 3, 6, 0, NULL);
	is_near(series[1].p, 1, 0, "values too small for arithmetic are no evidence");
}

/* Drawn flips agree with all flips. */
static void
test_drawn(void)
{
	double values[PK_FLIPS_EXACT + 1];
	PkFlipSeries series = {.differences = values};
	double exact;

	for (int i = 0; i < PK_FLIPS_EXACT; i++)
		values[i] = noise(11, 0, i) + 0.45;
	pk_sign_flip_test(&series, 1, PK_FLIPS_EXACT, 0, NULL);
	exact = series.p;
	ok(exact > 0.01 && exact < 0.3, "a p to compare with: %.4f", exact);
	/* One more difference, of 0, changes neither sums nor their distribution. */
	values[PK_FLIPS_EXACT] = 0;
	pk_sign_flip_test(&series, 1, PK_FLIPS_EXACT + 1, 0, NULL);
	is_near(series.p, exact, 4 * sqrt(exact / PK_FLIPS_SAMPLED), "drawn flips give the same");
}

static void
test_verdicts(void)
{
	double margin = log(1.05);
	PkShift slower = {0.10, 0.06, 0.14, 0.96};
	PkShift slightly = {0.02, 0.01, 0.03, 0.96};
	PkShift faster = {-0.10, -0.14, -0.06, 0.96};
	PkShift wide = {0.03, -0.10, 0.16, 0.96};
	PkShift between = {0.04, 0.01, 0.07, 0.96};
	PkShift none = {NAN, NAN, NAN, NAN};
	PkShift endless = {0.10, -INFINITY, INFINITY, 1};

	is_int(pk_change_verdict(slower, 0.01, margin, 0.95), PK_CHANGE_WORSE, "slower beyond doubt and margin");
	is_int(pk_change_verdict(slower, 0.06, margin, 0.95), PK_CHANGE_UNKNOWN, "slower, but not beyond doubt");
	is_int(pk_change_verdict(slower, 0.05, margin, 0.95), PK_CHANGE_WORSE, "p of just 0.05");
	is_int(pk_change_verdict(slightly, 0.01, margin, 0.95), PK_CHANGE_NOT_WORSE, "slower, but within the margin");
	is_int(pk_change_verdict(faster, 0.01, margin, 0.95), PK_CHANGE_BETTER, "faster");
	is_int(pk_change_verdict(faster, 0.2, margin, 0.95), PK_CHANGE_NOT_WORSE, "faster perhaps, not slower for certain");
	is_int(pk_change_verdict(wide, 0.5, margin, 0.95), PK_CHANGE_UNKNOWN, "nothing known");
	is_int(pk_change_verdict(between, 0.01, margin, 0.95), PK_CHANGE_UNKNOWN, "slower, perhaps by more than the margin");
	is_int(pk_change_verdict(none, 0.01, margin, 0.95), PK_CHANGE_UNKNOWN, "no shift");
	is_int(pk_change_verdict(slower, NAN, margin, 0.95), PK_CHANGE_UNKNOWN, "no p");
	is_int(pk_change_more_pairs(slower, 0.01, margin, 0.95, 8, 9), 0, "decided: no more pairs");
	is_int(pk_change_more_pairs(endless, 0.5, margin, 0.95, 4, 9), 2, "four pairs: two more at least");
	is_int(pk_change_more_pairs(none, NAN, margin, 0.95, 8, 9), -1, "no shift: none will do");
	is_int(pk_change_more_pairs(wide, 0.5, margin, 0.95, 8, 9), -1, "far too wide");
	ok(pk_change_more_pairs(between, 0.01, margin, 0.95, 8, 9) > 10, "close to the margin: many");
}

/* Differences of standard deviation s: the pairs asked for give the width that is needed. */
static void
test_more_pairs(void)
{
	double margin = log(1.05);
	double deviation = 0.06;
	PkShift shift = {0.01, 0, 0, 0.96};
	double half = pk_student_quantile(0.975, 7) * deviation / sqrt(8);
	int more;

	shift.lower = shift.estimate - half;
	shift.upper = shift.estimate + half;
	more = pk_change_more_pairs(shift, 0.6, margin, 0.95, 8, 9);
	ok(more > 0, "undecided: more pairs");
	ok(pk_student_quantile(0.975, 8 + more - 1) * deviation / sqrt(8 + more) < margin - shift.estimate &&
		   pk_student_quantile(0.975, 8 + more - 2) * deviation / sqrt(8 + more - 1) >= margin - shift.estimate,
	   "%d more are the fewest that put the interval below the margin", more);
	is_near(pk_student_quantile(0.975, 1), 12.706, 5e-4, "t of 1 degree");
	is_near(pk_student_quantile(0.975, 2), 4.303, 5e-4, "t of 2 degrees");
	is_near(pk_student_quantile(0.975, 7), 2.365, 5e-4, "t of 7 degrees");
	is_near(pk_student_quantile(0.995, 10), 3.169, 5e-4, "t of 10 degrees");
	is_near(pk_student_quantile(0.975, 120), 1.980, 5e-4, "t of 120 degrees");
	is_near(pk_student_quantile(0.5, 5), 0, 1e-9, "the median of t");
}

int
main(void)
{
	test_published();
	test_definition(0);
	test_definition(0.7);
	test_smallest();
	test_drawn();
	test_verdicts();
	test_more_pairs();
	return tap_done();
}
