/*
 * binomial.h
 *	  The binomial distribution, exact, for up to PK_BINOMIAL_MAX_TRIALS trials.
 *
 * Pure C: no server header, so that unit tests compile it alone.
 */
#ifndef PK_STATS_BINOMIAL_H
#define PK_STATS_BINOMIAL_H

#include <stdint.h>

/* The sums below take time in proportion to sqrt(n): about a millisecond at this size. */
#define PK_BINOMIAL_MAX_TRIALS INT64_C(1000000000)

/*
 * P(B = k), B ~ Binomial(n, p). 0 <= n <= PK_BINOMIAL_MAX_TRIALS, 0 <= p <= 1; 0 for k outside
 * 0..n.
 */
extern double pk_binomial_probability(int64_t k, int64_t n, double p);

/*
 * P(B <= k) and P(B > k). Each is summed directly when it is the smaller, so that a small tail
 * keeps its digits.
 */
extern double pk_binomial_lower_tail(int64_t k, int64_t n, double p);
extern double pk_binomial_upper_tail(int64_t k, int64_t n, double p);

/*
 * Smallest k with P(B > k) <= tail, and largest k with P(B < k) <= tail. 0 < tail <= 0.5; k is in
 * 0..n.
 */
extern int64_t pk_binomial_upper_quantile(int64_t n, double p, double tail);
extern int64_t pk_binomial_lower_quantile(int64_t n, double p, double tail);

/*
 * Exact (Clopper-Pearson) confidence interval for a share of which k of n trials is the sample. n
 * >= 1, 0 <= k <= n, 0 < confidence < 1. The ends are those p for which the sample, or one further
 * out, has probability (1 - confidence) / 2: its coverage is never less than asked for.
 */
extern void pk_binomial_share_interval(int64_t k, int64_t n, double confidence, double *lower,
									   double *upper);

#endif /* PK_STATS_BINOMIAL_H */
