/*
 * change.c
 *	  Whether something has become worse, from the shift between its pairs of runs.
 *
 * Two questions are asked, and neither answer is the absence of the other.
 *
 * - Is it slower? The test against no change says so when its adjusted p value is at most 1 -
 *   confidence. A change below the margin matters to nobody, however certain it is, so the estimate
 *   must reach the margin too: then it is WORSE, or BETTER where it is faster.
 * - Is it no slower than by the margin? That is a claim of its own (non-inferiority; see G.
 *   Piaggio and others, "Reporting of noninferiority and equivalence randomized trials", JAMA 308,
 *   2012), and is made when all of the shift's interval lies below the margin: NOT WORSE. To claim
 *   it of all scenarios needs no correction for their number, since every single one has to pass
 *   (R. Berger, "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24,
 *   1982).
 *
 * If neither can be said, more pairs are needed.
 */
#include <math.h>
#include <stdbool.h>

#include "stats/change.h"

double
pk_change_noise_floor(double margin)
{
	return margin / 2;
}

static bool
is_significant(double p, double confidence)
{
	/* 1 - 0.95 is a little above 0.05, and a p of exactly 0.05 shall count. */
	return p <= (1.0 - confidence) * (1.0 + 1e-9);
}

PkChange
pk_change_verdict(PkShift shift, double p, double margin, double confidence)
{
	if (isnan(shift.estimate) || isnan(p))
		return PK_CHANGE_UNKNOWN;
	if (shift.upper < margin)
		return is_significant(p, confidence) && shift.estimate <= -margin ? PK_CHANGE_BETTER : PK_CHANGE_NOT_WORSE;
	return is_significant(p, confidence) && shift.estimate >= margin ? PK_CHANGE_WORSE : PK_CHANGE_UNKNOWN;
}

/*
 * P(T <= t) of Student's t with whole degrees of freedom, t >= 0: the finite sums of M. Abramowitz
 * and I. Stegun, "Handbook of Mathematical Functions", 1964, 26.7.3 and 26.7.4.
 */
static double
student_probability(double t, int degrees)
{
	double angle = atan(t / sqrt(degrees));
	double cosine = cos(angle);
	double term = degrees % 2 == 0 ? 1.0 : cosine;
	double sum = degrees == 1 ? 0.0 : term;
	double within;

	for (int k = degrees % 2 == 0 ? 2 : 3; k < degrees; k += 2)
	{
		term *= cosine * cosine * (k - 1) / k;
		sum += term;
	}
	within = degrees % 2 == 0 ? sin(angle) * sum : (angle + sin(angle) * sum) * M_2_PI;
	return 0.5 + within / 2;
}

double
pk_student_quantile(double probability, int degrees)
{
	double low = 0.0;
	double high = 1.0;

	while (student_probability(high, degrees) < probability && high < 1e12)
		high *= 2;
	for (int i = 0; i < 100; i++)
	{
		double middle = low + (high - low) / 2;

		if (student_probability(middle, degrees) < probability)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/*
 * The distribution-free interval and the flips are planned for as if by Student's t, whose
 * intervals have almost the same width: the standard deviation that would give the interval seen,
 * and from it what n' pairs would give.
 */
int
pk_change_more_pairs(PkShift shift, double p, double margin, double confidence, int n, int compared)
{
	int least = pk_shift_least(confidence);
	double alpha = 1.0 - confidence;
	bool is_worse = shift.estimate >= margin;
	double deviation;

	if (pk_change_verdict(shift, p, margin, confidence) != PK_CHANGE_UNKNOWN)
		return 0;
	if (n < least)
		return least - n;
	if (!isfinite(shift.upper - shift.lower) || isnan(p))
		return -1;
	/* The wider half: it is the one that counts, or may come to count. */
	deviation = fmax(shift.upper - shift.estimate, shift.estimate - shift.lower) * sqrt(n) /
				pk_student_quantile(1.0 - alpha / 2, n - 1);
	for (int next = n + 1; next <= PK_PAIRS_MAX; next++)
	{
		double risk = is_worse ? alpha / 2 / compared : alpha / 2;
		double half = pk_student_quantile(1.0 - risk, next - 1) * deviation / sqrt(next);

		if (is_worse ? half < shift.estimate : half < margin - shift.estimate)
			return next - n;
	}
	return -1;
}
