/*
 * order_statistics.c
 *	  Confidence intervals for a quantile of any distribution, from ranks of the sorted sample.
 *
 * Latencies follow no textbook distribution, so the interval must not assume one. The number B of
 * sample values that do not exceed the true p-quantile is Binomial(n, p). The l-th smallest value
 * is at most the quantile when B >= l, and the u-th is above it when B < u, so
 *
 *		P(X(l) <= quantile < X(u)) = P(l <= B <= u - 1)
 *
 * whatever the distribution of X (G. Hahn and W. Meeker, "Statistical Intervals", 1991, section
 * 5.2; W. Conover, "Practical Nonparametric Statistics", 3rd ed. 1999, section 3.2). Where X has
 * ties the closed interval [X(l), X(u)] holds the quantile with at least that probability. The risk
 * is split evenly, because both ends are used: a verdict looks at one of them.
 *
 * What the formula does assume is that values are independent. Transactions of one run share a
 * server, a cache and a minute, so the interval describes this run, not tomorrow's: comparing runs
 * takes several runs.
 */
#include <math.h>
#include <stdbool.h>

#include "stats/binomial.h"
#include "stats/order_statistics.h"

/* Answers "is it decided at n values?" for the two searches below. */
typedef bool (*DecidedAt)(int64_t n, double share, double target, double confidence);

int64_t
pk_order_rank(int64_t n, double p)
{
	int64_t rank = (int64_t) ceil(p * (double) n);

	if (rank < 1)
		return 1;
	return rank > n ? n : rank;
}

PkRankInterval
pk_order_interval(int64_t n, double p, double confidence)
{
	double tail = (1.0 - confidence) / 2;
	PkRankInterval interval = {0, n + 1, 1.0};

	if (n > 0)
	{
		/*
		 * Largest l with P(B < l) <= tail, smallest u with P(B >= u) <= tail; l = 0 and u = n + 1
		 * mean that there is none.
		 */
		interval.lower = pk_binomial_lower_quantile(n, p, tail);
		interval.upper = pk_binomial_upper_quantile(n, p, tail) + 1;
		interval.coverage = 1.0 - pk_binomial_lower_tail(interval.lower - 1, n, p) -
							pk_binomial_upper_tail(interval.upper - 1, n, p);
	}
	return interval;
}

/*
 * Smallest n' > n at which the answer turns to yes. Since the binomial is discrete, the answer may
 * alternate over a few values near there, which does not matter for a forecast. -1 when it is still
 * no at the largest n' there is.
 */
static int64_t
search_decided(int64_t n, DecidedAt decided, double share, double target, double confidence)
{
	int64_t no = n;
	int64_t yes = n > 0 ? n : 1;

	for (;;)
	{
		if (yes >= PK_BINOMIAL_MAX_TRIALS)
			return -1;
		yes = yes > PK_BINOMIAL_MAX_TRIALS / 2 ? PK_BINOMIAL_MAX_TRIALS : yes * 2;
		if (decided(yes, share, target, confidence))
			break;
		no = yes;
	}
	while (yes - no > 1)
	{
		int64_t middle = no + (yes - no) / 2;

		if (decided(middle, share, target, confidence))
			yes = middle;
		else
			no = middle;
	}
	return yes - n;
}

/*
 * All of the interval is below the limit when its upper rank is, above it when its lower rank is.
 */
static bool
is_order_decided(int64_t n, int64_t below, double p, double confidence)
{
	PkRankInterval interval = pk_order_interval(n, p, confidence);

	return below >= interval.upper || below < interval.lower;
}

/* The whole number nearest to share of n; exact for the shares 0 and 1. */
static int64_t
persisting_count(int64_t n, double share)
{
	return (int64_t) floor(share * (double) n + 0.5);
}

static bool
is_order_decided_at(int64_t n, double share, double p, double confidence)
{
	return is_order_decided(n, persisting_count(n, share), p, confidence);
}

int64_t
pk_order_more_needed(int64_t n, int64_t below, double p, double confidence)
{
	double share = n > 0 ? (double) below / (double) n : 1.0;

	if (n > 0 && is_order_decided(n, below, p, confidence))
		return 0;
	if (n > 0 && share == p)
		return -1;
	return search_decided(n, is_order_decided_at, share, p, confidence);
}

static bool
is_share_decided(int64_t n, int64_t k, double limit, double confidence)
{
	double tail = (1.0 - confidence) / 2;

	/*
	 * The ends of the interval need not be solved for: the tail at the limit says on which side of
	 * it they are.
	 */
	if (k < n && pk_binomial_lower_tail(k, n, limit) <= tail)
		return true;
	return k > 0 && pk_binomial_upper_tail(k - 1, n, limit) < tail;
}

static bool
is_share_decided_at(int64_t n, double share, double limit, double confidence)
{
	return is_share_decided(n, persisting_count(n, share), limit, confidence);
}

int64_t
pk_share_more_needed(int64_t n, int64_t k, double limit, double confidence)
{
	if (n > 0 && is_share_decided(n, k, limit, confidence))
		return 0;
	if (n > 0 && (double) k / (double) n == limit)
		return -1;
	return search_decided(n, is_share_decided_at, n > 0 ? (double) k / (double) n : 0.0, limit,
						  confidence);
}
