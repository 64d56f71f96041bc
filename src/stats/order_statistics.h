/*
 * order_statistics.h
 *	  Confidence intervals for a quantile of any distribution, from ranks of the sorted sample.
 *
 * Pure C: no server header, so that unit tests compile it alone.
 */
#ifndef PK_STATS_ORDER_STATISTICS_H
#define PK_STATS_ORDER_STATISTICS_H

#include <stdint.h>

typedef struct PkRankInterval
{
	int64_t
		lower;	   /* rank of the lower end, 1 is the smallest value; 0: the sample is too small to have one */
	int64_t upper; /* rank of the upper end; n + 1: the sample is too small to have one */
	double
		coverage; /* probability that the interval contains the quantile: at least the confidence asked for */
} PkRankInterval;

/*
 * Rank of the sample's own quantile, by nearest rank: ceil(p n), at least 1, as percentile_disc()
 * has it. n >= 1.
 */
extern int64_t pk_order_rank(int64_t n, double p);

/*
 * Ranks of the interval that contains the p-quantile with at least this confidence, at most (1 -
 * confidence) / 2 of the risk on either side. 0 <= n <= PK_BINOMIAL_MAX_TRIALS, 0 < p < 1, 0 <
 * confidence < 1.
 */
extern PkRankInterval pk_order_interval(int64_t n, double p, double confidence);

/*
 * How many more values it takes until the interval lies on one side of a limit, if the share seen
 * below the limit (below of n) persists. 0: it does already. -1: never, as that share is p itself,
 * or not before PK_BINOMIAL_MAX_TRIALS values. n = 0 says nothing about the share: then as if all
 * values will be below the limit.
 */
extern int64_t pk_order_more_needed(int64_t n, int64_t below, double p, double confidence);

/*
 * The same for a share: how many more trials until the exact interval for it lies on one side of
 * the limit, if the share seen (k of n) persists. Within the limit the interval may touch it. n =
 * 0: as if no trial will be a hit.
 */
extern int64_t pk_share_more_needed(int64_t n, int64_t k, double limit, double confidence);

#endif /* PK_STATS_ORDER_STATISTICS_H */
