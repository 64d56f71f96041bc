/*
 * signed_rank.c
 *	  Paired differences: by how much two sides differ, and whether they do.
 *
 * The shift is Hodges and Lehmann's (J. Hodges and E. Lehmann, "Estimates of location based on rank
 * tests", Annals of Mathematical Statistics 34, 1963): the median of all Walsh averages (x[i] +
 * x[j]) / 2, i <= j. One run that was disturbed moves it little. Its interval inverts Wilcoxon's
 * signed-rank test (J. Tukey 1949; M. Hollander and D. Wolfe, "Nonparametric Statistical Methods",
 * 2nd ed. 1999, sections 3.2 and 3.3): the number of Walsh averages above the true shift is
 * distributed as W, so the k-th smallest is at most the shift unless W <= k - 1 averages lie above
 * it, and likewise from the other end.
 *
 * Nothing but symmetry is assumed, and the logarithm of a ratio B / A is symmetric about its shift
 * when only that distinguishes the sides.
 */
#include <math.h>
#include <stdlib.h>

#include "stats/signed_rank.h"

#define WALSH_MAX PK_WALSH_AVERAGES(PK_PAIRS_MAX)

/*
 * The number of subsets of the ranks that sum to each value, divided by 2^n: multiply out the
 * product of (1 + x^rank) / 2. Dividing as we go keeps the numbers within range.
 */
static void
multiply_out(const int *ranks, int n, double *probability, int most)
{
	probability[0] = 1.0;
	for (int sum = 1; sum <= most; sum++)
		probability[sum] = 0.0;
	for (int i = 0; i < n; i++)
		for (int sum = most; sum >= 0; sum--)
			probability[sum] =
				(probability[sum] + (sum >= ranks[i] ? probability[sum - ranks[i]] : 0.0)) / 2;
}

/* The null distribution of W: n values without ties. Returns the largest W. */
static int
distribution(int n, double *probability)
{
	int ranks[PK_PAIRS_MAX] = {0};

	for (int i = 0; i < n; i++)
		ranks[i] = i + 1;
	multiply_out(ranks, n, probability, PK_WALSH_AVERAGES(n));
	return PK_WALSH_AVERAGES(n);
}

double
pk_signed_rank_lower_tail(int w, int n)
{
	double probability[WALSH_MAX + 1];
	int most = distribution(n, probability);
	double tail = 0.0;

	if (w >= most)
		return 1.0;
	for (int sum = 0; sum <= w; sum++)
		tail += probability[sum];
	return tail;
}

/* Largest k with P(W < k) <= tail, and that probability; 0 when there is none above. */
static int
lower_rank(int n, double tail, double *below)
{
	double probability[WALSH_MAX + 1];
	int most = distribution(n, probability);
	int k = 0;

	*below = 0.0;
	while (k < most && *below + probability[k] <= tail)
		*below += probability[k++];
	return k;
}

int
pk_shift_least(double confidence)
{
	int n = 1;

	/* The smallest sum, 0, has probability 2^-n. */
	while (n < PK_PAIRS_MAX && ldexp(1.0, -n) > (1.0 - confidence) / 2)
		n++;
	return n;
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return (x > y) - (x < y);
}

static bool
are_finite(const double *values, int n)
{
	for (int i = 0; i < n; i++)
		if (!isfinite(values[i]))
			return false;
	return true;
}

PkShift
pk_shift(const double *values, int n, double confidence, double *walsh)
{
	PkShift shift = {NAN, NAN, NAN, NAN};
	double below;
	int count = 0;
	int rank;

	if (!are_finite(values, n))
		return shift;
	shift.lower = -INFINITY;
	shift.upper = INFINITY;
	shift.coverage = 1.0;
	if (n == 0)
		return shift;
	for (int i = 0; i < n; i++)
		for (int j = i; j < n; j++)
			walsh[count++] = values[i] / 2 + values[j] / 2;
	qsort(walsh, (size_t) count, sizeof(double), compare_doubles);
	shift.estimate = walsh[(count - 1) / 2] / 2 + walsh[count / 2] / 2;

	rank = lower_rank(n, (1.0 - confidence) / 2, &below);
	if (rank > 0)
	{
		shift.lower = walsh[rank - 1];
		shift.upper = walsh[count - rank];
		shift.coverage = 1.0 - 2 * below;
	}
	return shift;
}

static int
compare_sizes(const void *a, const void *b)
{
	double x = fabs(*(const double *) a);
	double y = fabs(*(const double *) b);

	return (x > y) - (x < y);
}

double
pk_signed_rank_test(const double *values, int n)
{
	double sorted[PK_PAIRS_MAX];
	int ranks[PK_PAIRS_MAX] = {0};
	double probability[2 * WALSH_MAX + 1];
	int count = 0;
	int most;
	int above = 0;
	double tail = 0.0;

	if (!are_finite(values, n))
		return NAN;
	for (int i = 0; i < n; i++)
		if (values[i] != 0)
			sorted[count++] = values[i];
	qsort(sorted, (size_t) count, sizeof(double), compare_sizes);

	/* Ranks are doubled, because the mean of tied ones may end in a half. */
	for (int first = 0, next; first < count; first = next)
	{
		for (next = first + 1; next < count && fabs(sorted[next]) == fabs(sorted[first]); next++)
			;
		for (int i = first; i < next; i++)
			ranks[i] = first + 1 + next;
	}
	for (int i = 0; i < count; i++)
		if (sorted[i] > 0)
			above += ranks[i];

	most = 2 * PK_WALSH_AVERAGES(count);
	multiply_out(ranks, count, probability, most);
	if (above > most - above)
		above = most - above;
	for (int sum = 0; sum <= above; sum++)
		tail += probability[sum];
	return fmin(1.0, 2 * tail);
}
