/*
 * rank_sum.c
 *	  Two independent samples: whether, and how often, the values of one are larger.
 *
 * H. Mann and D. Whitney, "On a test of whether one of two random variables is stochastically
 * larger than the other", Annals of Mathematical Statistics 18, 1947; the variance with ties is
 * that of Hollander and Wolfe, "Nonparametric Statistical Methods", 2nd ed. 1999, section 4.1; N.
 * Cliff, "Dominance statistics: ordinal analyses to answer ordinal questions", Psychological
 * Bulletin 114, 1993.
 *
 * Latencies are whole microseconds and often tied. Exact tables without ties would then be wrong,
 * so the distribution is worked out for the ties there are: among all ways to choose the m values
 * of y from the n + m ranks, each equally likely, it counts those with each sum.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "stats/rank_sum.h"

/* Ranks are doubled, so that those of ties are whole numbers. */
#define SUM_MAX (PK_RANK_SUM_EXACT * (PK_RANK_SUM_EXACT + 1))

static bool
has_nan(const double *values, int n)
{
	for (int i = 0; i < n; i++)
		if (isnan(values[i]))
			return true;
	return false;
}

double
pk_rank_sum_u(const double *x, int n, const double *y, int m)
{
	double u = 0.0;

	if (has_nan(x, n) || has_nan(y, m))
		return NAN;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < m; j++)
			u += y[j] > x[i] ? 1.0 : y[j] == x[i] ? 0.5
												  : 0.0;
	return u;
}

double
pk_cliffs_delta(const double *x, int n, const double *y, int m)
{
	if (n == 0 || m == 0)
		return NAN;
	return (2 * pk_rank_sum_u(x, n, y, m) - (double) n * m) / ((double) n * m);
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return (x > y) - (x < y);
}

/* End of the group of ties that begins at first. */
static int
end_of_ties(const double *sorted, int count, int first)
{
	int next = first + 1;

	while (next < count && sorted[next] == sorted[first])
		next++;
	return next;
}

/*
 * Probability that the doubled rank sum of m of the sorted values is at most "least", or at least
 * as far above the mean. Rank by rank, chosen[k][s] is the share of choices of k ranks that sum to
 * s, weighted such that at the end those of m ranks add up to 1.
 */
static double
exact_test(const double *sorted, int count, int m, int least)
{
	static const int width = SUM_MAX + 1;
	double *chosen = calloc((size_t) (m + 1) * width, sizeof(double));
	double total = 0.0;
	double tail = 0.0;
	int mean = m * (count + 1);

	if (chosen == NULL)
		return NAN;
	chosen[0] = 1.0;
	for (int first = 0, next; first < count; first = next)
	{
		next = end_of_ties(sorted, count, first);
		for (int i = first; i < next; i++)
		{
			int rank = first + 1 + next;

			for (int k = (i + 1 < m ? i + 1 : m); k > 0; k--)
				for (int sum = rank; sum <= SUM_MAX; sum++)
					chosen[k * width + sum] += chosen[(k - 1) * width + sum - rank];
		}
	}
	for (int sum = 0; sum <= SUM_MAX; sum++)
	{
		total += chosen[m * width + sum];
		if (sum <= least || sum >= 2 * mean - least)
			tail += chosen[m * width + sum];
	}
	free(chosen);
	return tail / total;
}

double
pk_rank_sum_test(const double *x, int n, const double *y, int m, double *sorted)
{
	int count = n + m;
	double u = pk_rank_sum_u(x, n, y, m);
	double distance = fabs(u - (double) n * m / 2);
	double ties = 0.0;
	double variance;

	if (isnan(u))
		return NAN;
	if (n == 0 || m == 0)
		return 1.0;
	memcpy(sorted, x, (size_t) n * sizeof(double));
	memcpy(sorted + n, y, (size_t) m * sizeof(double));
	qsort(sorted, (size_t) count, sizeof(double), compare_doubles);

	/* U is the rank sum less m (m + 1) / 2, so they have the same distance from their means. */
	if (count <= PK_RANK_SUM_EXACT)
		return exact_test(sorted, count, m, m * (count + 1) - (int) (2 * distance));

	for (int first = 0, next; first < count; first = next)
	{
		double tied;

		next = end_of_ties(sorted, count, first);
		tied = next - first;
		ties += tied * (tied * tied - 1);
	}
	variance = (double) n * m / 12 * (count + 1 - ties / ((double) count * (count - 1)));
	if (variance <= 0 || distance <= 0.5)
		return 1.0;
	return erfc((distance - 0.5) / sqrt(2 * variance));
}
