/*
 * signed_rank.h
 *	  Paired differences: by how much two sides differ, and whether they do.
 *
 * Pure C: no server header, so that unit tests compile it alone.
 */
#ifndef PK_STATS_SIGNED_RANK_H
#define PK_STATS_SIGNED_RANK_H

#include <stdbool.h>

/* Most pairs that the functions below take. */
#define PK_PAIRS_MAX 100

/* How many Walsh averages n values have: the room that pk_shift() needs. */
#define PK_WALSH_AVERAGES(n) ((n) * ((n) + 1) / 2)

typedef struct PkShift
{
	double estimate; /* Hodges-Lehmann; NaN if n is 0 or a value is not finite */
	double lower;	 /* -Infinity: too few values for a lower end; NaN as above */
	double upper;	 /* Infinity: too few values for an upper end */
	double coverage; /* probability that the interval contains the shift */
} PkShift;

/*
 * P(W <= w) for the signed-rank statistic W of n values: the sum of the ranks of those above 0,
 * when each is as likely to be above as below. Exact. 0 <= n <= PK_PAIRS_MAX.
 */
extern double pk_signed_rank_lower_tail(int w, int n);

/*
 * The shift of values that are distributed symmetrically about it, with a distribution-free
 * interval of at least this confidence. 0 <= n <= PK_PAIRS_MAX, 0 < confidence < 1; walsh is room
 * for PK_WALSH_AVERAGES(n) numbers.
 */
extern PkShift pk_shift(const double *values, int n, double confidence, double *walsh);

/* Fewest values for which the interval has two ends: 6 for a confidence of 95 %. */
extern int pk_shift_least(double confidence);

/*
 * Wilcoxon's signed-rank test of the hypothesis that the values are symmetric about 0: the
 * probability of a sum of ranks at least as far from its mean, on both sides. Exact, also with
 * ties, which share their mean rank. Values of 0 are left out. 1 if none is left, NaN if a value is
 * not finite. 0 <= n <= PK_PAIRS_MAX.
 */
extern double pk_signed_rank_test(const double *values, int n);

#endif /* PK_STATS_SIGNED_RANK_H */
