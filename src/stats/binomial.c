/*
 * binomial.c
 *	  The binomial distribution, exact, for up to PK_BINOMIAL_MAX_TRIALS trials.
 *
 * A run has anything from one transaction to hundreds of millions, and a verdict must be right at
 * both ends, so no normal approximation will do; and lgamma() differences lose six digits at a
 * billion trials. Hence:
 *
 * - A single probability comes from the saddle-point expansion of C. Loader, "Fast and Accurate
 *   Computation of Binomial Probabilities" (2000): Stirling's error terms and the deviance are
 *   computed apart, so that nothing large is ever subtracted from something large.
 * - A tail is the sum of its terms, from the largest outwards, each the previous one times a ratio.
 *   All terms are positive and shrink, so the sum is as exact as its first term, and ends when
 *   terms no longer count.
 */
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "stats/binomial.h"

#define TWO_PI 6.283185307179586476925286766559

/* log(n!) less Stirling's approximation of it. */
static double
stirling_error(double n)
{
	static const double small[16] = {
		0.0,
		0.0810614667953272582196703,
		0.0413406959554092940938221,
		0.0276779256849983391487893,
		0.0207906721037650931115228,
		0.0166446911898211921631949,
		0.0138761288230707479987457,
		0.0118967099458917700950557,
		0.0104112652619720964974786,
		0.0092554621827127329177286,
		0.0083305634333628712564693,
		0.0075736754879518407949720,
		0.0069428401072095298656642,
		0.0064089941880042070684396,
		0.0059513701127588477356244,
		0.0055547335519628013710387,
	};
	double square = n * n;

	if (n < 16)
		return small[(int) n];
	/* The asymptotic series in 1/n; its next term is below 1e-16 from n = 16 on. */
	return (1.0 / 12 -
			(1.0 / 360 - (1.0 / 1260 -
						  (1.0 / 1680 - (1.0 / 1188 - 691.0 / 360360 / square) / square) / square) /
							 square) /
				square) /
		   n;
}

/*
 * x log(x / mean) + mean - x: how far x deviates from its mean, without cancellation when they are
 * close.
 */
static double
deviance(double x, double mean)
{
	double ratio = (x - mean) / (x + mean);

	if (fabs(x - mean) < 0.1 * (x + mean))
	{
		double sum = (x - mean) * ratio;
		double term = 2 * x * ratio;

		for (int j = 3;; j += 2)
		{
			double next;

			term *= ratio * ratio;
			next = sum + term / j;
			if (next == sum)
				return sum;
			sum = next;
		}
	}
	return x * log(x / mean) + mean - x;
}

double
pk_binomial_probability(int64_t k, int64_t n, double p)
{
	double x = (double) k;
	double y = (double) (n - k);
	double trials = (double) n;
	double log_probability;

	if (k < 0 || k > n)
		return 0.0;
	if (p <= 0.0)
		return k == 0 ? 1.0 : 0.0;
	if (p >= 1.0)
		return k == n ? 1.0 : 0.0;
	if (k == 0)
		return exp(trials * log1p(-p));
	if (k == n)
		return exp(trials * log(p));

	log_probability = stirling_error(trials) - stirling_error(x) - stirling_error(y) -
					  deviance(x, trials * p) - deviance(y, trials * (1.0 - p));
	return exp(log_probability) * sqrt(trials / (TWO_PI * x * y));
}

/* P(B <= k) for k at or below the mode: terms shrink towards 0. */
static double
sum_down(int64_t k, int64_t n, double p)
{
	double odds = (1.0 - p) / p;
	double term = pk_binomial_probability(k, n, p);
	double sum = term;

	for (; k > 0 && term > sum * (DBL_EPSILON / 16); k--)
	{
		term *= odds * (double) k / (double) (n - k + 1);
		sum += term;
	}
	return sum;
}

/* P(B >= k) for k above the mode: terms shrink towards n. */
static double
sum_up(int64_t k, int64_t n, double p)
{
	double odds = p / (1.0 - p);
	double term = pk_binomial_probability(k, n, p);
	double sum = term;

	for (; k < n && term > sum * (DBL_EPSILON / 16); k++)
	{
		term *= odds * (double) (n - k) / (double) (k + 1);
		sum += term;
	}
	return sum;
}

/* Whether the tail P(B <= k) starts at or below the mode, and so is the one to sum. */
static bool
is_below_mode(int64_t k, int64_t n, double p)
{
	return (double) k < (double) (n + 1) * p;
}

double
pk_binomial_lower_tail(int64_t k, int64_t n, double p)
{
	if (k < 0)
		return 0.0;
	if (k >= n || p <= 0.0)
		return 1.0;
	if (p >= 1.0)
		return 0.0;
	return is_below_mode(k, n, p) ? sum_down(k, n, p) : 1.0 - sum_up(k + 1, n, p);
}

double
pk_binomial_upper_tail(int64_t k, int64_t n, double p)
{
	if (k < 0)
		return 1.0;
	if (k >= n || p <= 0.0)
		return 0.0;
	if (p >= 1.0)
		return 1.0;
	return is_below_mode(k, n, p) ? 1.0 - sum_down(k, n, p) : sum_up(k + 1, n, p);
}

int64_t
pk_binomial_upper_quantile(int64_t n, double p, double tail)
{
	int64_t low = -1; /* P(B > low) > tail */
	int64_t high = n; /* P(B > high) <= tail */
	double deviation = sqrt((double) n * p * (1.0 - p));
	int64_t reach = 1;
	int64_t probe = (int64_t) ((double) n * p + deviation);

	/*
	 * Stride outwards from a standard deviation above the mean until both sides are known, then
	 * halve.
	 */
	while (high - low > 1)
	{
		if (probe <= low)
			probe = low + 1;
		if (probe >= high)
			probe = high - 1;
		if (pk_binomial_upper_tail(probe, n, p) <= tail)
			high = probe;
		else
			low = probe;
		if (low >= 0 && high < n)
			probe = low + (high - low) / 2;
		else
		{
			reach += 1 + (int64_t) deviation;
			probe = high < n ? high - reach : low + reach;
		}
	}
	return high;
}

int64_t
pk_binomial_lower_quantile(int64_t n, double p, double tail)
{
	/* n - B counts the failures, and P(B < k) = P(n - B > n - k). */
	return n - pk_binomial_upper_quantile(n, 1.0 - p, tail);
}

/*
 * The p at which a tail that grows with p reaches the given probability; k is the sample, upper
 * says which tail.
 */
static double
solve_share(int64_t k, int64_t n, double probability, bool upper_end)
{
	double low = 0.0;
	double high = 1.0;

	/* Halving to the last bit: relative precision even for shares as small as 1e-9. */
	for (int i = 0; i < 200; i++)
	{
		double p = low > 0.0 ? sqrt(low * high) : high / 1024;
		bool too_small;

		if (low > 0.5)
			p = low + (high - low) / 2;
		if (p <= low || p >= high)
			break;
		if (upper_end)
			too_small = pk_binomial_lower_tail(k, n, p) > probability;
		else
			too_small = pk_binomial_upper_tail(k - 1, n, p) < probability;
		if (too_small)
			low = p;
		else
			high = p;
	}
	return upper_end ? high : low;
}

void
pk_binomial_share_interval(int64_t k, int64_t n, double confidence, double *lower, double *upper)
{
	double tail = (1.0 - confidence) / 2;

	/* At the edges one end is known and the other has a closed form. */
	if (k == 0)
		*lower = 0.0;
	else if (k == n)
		*lower = exp(log(tail) / (double) n);
	else
		*lower = solve_share(k, n, tail, false);

	if (k == n)
		*upper = 1.0;
	else if (k == 0)
		*upper = -expm1(log(tail) / (double) n);
	else
		*upper = solve_share(k, n, tail, true);
}
