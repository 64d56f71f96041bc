/*
 * rank_sum.h
 *	  Two independent samples: whether, and how often, the values of one are larger.
 *
 * Pure C: no server header, so that unit tests compile it alone.
 */
#ifndef PK_STATS_RANK_SUM_H
#define PK_STATS_RANK_SUM_H

/* Most values of both samples together for which the test is exact. */
#define PK_RANK_SUM_EXACT 50

/*
 * Mann and Whitney's U: the number of pairs of a value of y and one of x in which that of y is
 * larger; ties count one half. NaN if a value is not a number. n, m >= 0.
 */
extern double pk_rank_sum_u(const double *x, int n, const double *y, int m);

/*
 * Cliff's delta, P(y > x) - P(y < x) in the samples: from -1 to 1; 0 says that neither side tends
 * to be larger. NaN if a sample is empty or a value is not a number.
 */
extern double pk_cliffs_delta(const double *x, int n, const double *y, int m);

/*
 * The test of Mann and Whitney, also known as Wilcoxon's rank-sum test, two-sided: the probability
 * of a U at least as far from n m / 2, given the ties, if all values are of one distribution. Exact
 * up to PK_RANK_SUM_EXACT values, and beyond a normal approximation with corrections for ties and
 * for continuity. sorted is room for n + m numbers. 1 if a sample is empty or all values are tied;
 * NaN if a value is not a number or memory is lacking.
 */
extern double pk_rank_sum_test(const double *x, int n, const double *y, int m, double *sorted);

#endif /* PK_STATS_RANK_SUM_H */
