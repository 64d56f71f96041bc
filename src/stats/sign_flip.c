/*
 * sign_flip.c
 *	  Many paired series tested at once, with one risk of a false alarm for all of them.
 *
 * The series are the scenarios and metrics of runs in pairs; a difference is that of one pair. If
 * the sides do not differ, exchanging the two runs of a pair changes the sign of its difference in
 * all series at once, and leaves everything as likely as it was. So a pair is flipped as a whole:
 * that keeps however the series depend on one another, which a correction by their number alone
 * (Bonferroni, Holm) throws away. With five pairs and two scenarios, those can never reach 5 %.
 *
 * The statistic of a series with n differences and the sum of their squares Q is
 *
 *		r = |sum of differences| / sqrt(n (Q + n noise_floor^2))		0 <= r <= 1
 *
 * Flips leave Q as it is. With a noise floor of 0, r is therefore a growing function of Student's
 * |t|, and unlike t it exists when all differences are equal. A floor keeps the maximum from being
 * that of whichever series happened to have little noise in so few pairs, as the constant s0 does
 * in V. Tusher, R. Tibshirani and G. Chu, "Significance analysis of microarrays applied to the
 * ionizing radiation response", PNAS 98, 2001. What it buys is in test/perf/README.md. Since it
 * does not depend on the signs, the test remains exact.
 *
 * The adjusted p value is the share of flips in which the maximum over the series reaches the r
 * observed (P. Westfall and S. Young, "Resampling-Based Multiple Testing", 1993, algorithm 4.1,
 * step-down): the largest r is compared with the maximum over all series, the next with that over
 * all but the first, and so on, and no p is smaller than that of a larger r. All flips are
 * enumerated in the order of a Gray code, in which each differs from the one before by one pair.
 * Where there are too many, flips are drawn from a fixed seed, and the observed one counts as one
 * of them (B. Phipson and G. Smyth, "Permutation p-values should never be zero", 2010). A flip and
 * its opposite give the same r, so the last pair is never flipped.
 */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "random/counter.h"
#include "stats/sign_flip.h"

/* An r that differs only by rounding is a tie, which counts as reached. */
#define ROUNDING 1e-9

/* Sums are made from scratch this often, so that rounding does not add up. */
#define FLIPS_BETWEEN_SUMS 1024

#define FLIP_WORDS (PK_FLIPS_MOST / 64)

/* Fills in scale and observed. */
static void
prepare(PkFlipSeries *series, int pairs, double noise_floor)
{
	double largest = 0.0;
	double squares = 0.0;

	series->sum = 0.0;
	series->reached = 0.0;
	series->scale = 0.0;
	series->observed = 0.0;
	for (int i = 0; i < pairs; i++)
	{
		if (!isfinite(series->differences[i]))
		{
			series->observed = NAN;
			return;
		}
		largest = fmax(largest, fabs(series->differences[i]));
	}
	/* All 0, or nothing that could be told from it: no flip changes anything. */
	if (largest < DBL_MIN / DBL_EPSILON)
	{
		series->sum = 0.0;
		return;
	}
	/* Divided by the largest, neither squares nor sums can overflow or vanish. */
	for (int i = 0; i < pairs; i++)
	{
		double difference = series->differences[i] / largest;

		squares += difference * difference;
		series->sum += difference;
	}
	squares += pairs * (noise_floor / largest) * (noise_floor / largest);
	series->scale = 1.0 / (largest * sqrt(pairs * squares));
	series->observed = fabs(series->sum) / sqrt(pairs * squares);
}

/* Largest r first; those that take no part last. */
static int
compare_observed(const void *a, const void *b)
{
	const PkFlipSeries *x = a;
	const PkFlipSeries *y = b;

	if (isnan(x->observed) || isnan(y->observed))
		return (isnan(x->observed) != 0) - (isnan(y->observed) != 0);
	if (x->observed != y->observed)
		return x->observed < y->observed ? 1 : -1;
	return x->place - y->place;
}

static int
compare_places(const void *a, const void *b)
{
	return ((const PkFlipSeries *) a)->place - ((const PkFlipSeries *) b)->place;
}

/* Bit i of flips says whether pair i has its sign changed; the sums become those of r. */
static void
sum_up(PkFlipSeries *series, int count, int pairs, const uint64_t *flips)
{
	for (int j = 0; j < count; j++)
	{
		double sum = 0.0;

		for (int i = 0; i < pairs; i++)
		{
			double term = series[j].differences[i] * series[j].scale;

			sum += (flips[i / 64] >> (i % 64)) & 1 ? -term : term;
		}
		series[j].sum = sum;
	}
}

/* Counts one flip: from the smallest observed r upwards, the maximum so far. */
static void
count_flip(PkFlipSeries *series, int count)
{
	double most = 0.0;

	for (int j = count - 1; j >= 0; j--)
	{
		double r = fabs(series[j].sum);

		if (r > most)
			most = r;
		if (most >= series[j].observed - ROUNDING)
			series[j].reached += 1.0;
	}
}

/* The number of flips counted: all of them. */
static double
enumerate(PkFlipSeries *series, int count, int pairs, void (*between)(void))
{
	uint64_t all = UINT64_C(1) << (pairs - 1);

	for (uint64_t step = 0; step < all; step++)
	{
		uint64_t flips = step ^ (step >> 1);

		if (between != NULL)
			between();
		if (step % FLIPS_BETWEEN_SUMS == 0)
			sum_up(series, count, pairs, &flips);
		else
		{
			int changed = 0;
			double sign;

			while (!((step >> changed) & 1))
				changed++;
			sign = (flips >> changed) & 1 ? -2.0 : 2.0;
			for (int j = 0; j < count; j++)
				series[j].sum += sign * series[j].scale * series[j].differences[changed];
		}
		count_flip(series, count);
	}
	return (double) all;
}

/* The same for flips that are drawn, the first of which is the one observed. */
static double
sample(PkFlipSeries *series, int count, int pairs, void (*between)(void))
{
	PkStream stream = pk_stream(20260101, 0, 0);
	int words = (pairs + 63) / 64;
	uint64_t flips[FLIP_WORDS] = {0};

	for (int drawn = 0; drawn < PK_FLIPS_SAMPLED; drawn++)
	{
		if (between != NULL)
			between();
		for (int word = 0; drawn > 0 && word < words; word++)
			flips[word] = pk_draw(stream, (uint64_t) drawn * FLIP_WORDS + word);
		sum_up(series, count, pairs, flips);
		count_flip(series, count);
	}
	return PK_FLIPS_SAMPLED;
}

void
pk_sign_flip_test(PkFlipSeries *series, int count, int pairs, double noise_floor, void (*between)(void))
{
	int valid = 0;
	double flips = 1.0;
	double p = 0.0;

	for (int j = 0; j < count; j++)
	{
		series[j].place = j;
		prepare(&series[j], pairs, noise_floor);
	}
	qsort(series, (size_t) count, sizeof(PkFlipSeries), compare_observed);
	while (valid < count && !isnan(series[valid].observed))
		valid++;
	if (pairs > PK_FLIPS_EXACT)
		flips = sample(series, valid, pairs, between);
	else if (pairs > 0)
		flips = enumerate(series, valid, pairs, between);
	for (int j = 0; j < count; j++)
	{
		if (j < valid)
			p = pairs > 0 ? fmax(p, series[j].reached / flips) : 1.0;
		series[j].p = j < valid ? p : NAN;
	}
	qsort(series, (size_t) count, sizeof(PkFlipSeries), compare_places);
}
