/*
 * sequential.h
 *	  On which side of a limit a quantile lies, decided repeatedly while the sample grows.
 *
 * A 95 % interval errs in one sample of twenty. Looked at whenever the sample has doubled, until it
 * lies on one side of the limit, it has that chance at every look, and the chances add up. Here the
 * risk of all looks together is what the caller asks for: it is spent in equal parts on the looks,
 * whose number is fixed before the first. Each look is the exact interval of order_statistics.h for
 * its part of the risk.
 *
 * That the parts may be added is Bonferroni's inequality, which holds for looks that depend on one
 * another as those at a growing sample do. Equal parts are Pocock's choice (S. Pocock, "Group
 * sequential methods in the design and analysis of clinical trials", Biometrika 64, 1977); see also
 * C. Jennison and B. Turnbull, "Group Sequential Methods with Applications to Clinical Trials",
 * 2000, chapters 2 and 12. The test is conservative: test/unit/sequential_test.c works out the risk
 * that is really run.
 *
 * Pure C: no server header, so that unit tests compile it alone.
 */
#ifndef PK_STATS_SEQUENTIAL_H
#define PK_STATS_SEQUENTIAL_H

#include <stdint.h>

typedef enum PkQuantileSide
{
	PK_QUANTILE_UNKNOWN, /* the interval contains the limit */
	PK_QUANTILE_WITHIN,	 /* at most the limit */
	PK_QUANTILE_ABOVE,
} PkQuantileSide;

/*
 * Looks at first values, twice as many, and so on, the last at exactly "most". 1 <= first <= most.
 */
extern int pk_sequential_looks(int64_t first, int64_t most);

/* Number of values for the look after the one at n values. */
extern int64_t pk_sequential_next(int64_t n, int64_t most);

/*
 * The verdict of one of so many looks: of n independent values, "within" do not exceed the limit.
 * Over all looks the probability of a wrong verdict is at most (1 - confidence) / 2, whether the
 * p-quantile is within the limit or above it. 0 < p < 1, 0 < confidence < 1, looks >= 1, 0 <=
 * within <= n <= PK_BINOMIAL_MAX_TRIALS.
 */
extern PkQuantileSide pk_sequential_side(int64_t n, int64_t within, double p, double confidence, int looks);

#endif /* PK_STATS_SEQUENTIAL_H */
