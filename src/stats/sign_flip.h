/*
 * sign_flip.h
 *	  Many paired series tested at once, with one risk of a false alarm for all of them.
 *
 * Pure C: no server header, so that unit tests compile it alone.
 */
#ifndef PK_STATS_SIGN_FLIP_H
#define PK_STATS_SIGN_FLIP_H

/* Up to so many pairs, all 2^n flips are enumerated; beyond, PK_FLIPS_SAMPLED are drawn. */
#define PK_FLIPS_EXACT 16
#define PK_FLIPS_SAMPLED 50000

/* Most pairs. */
#define PK_FLIPS_MOST 128

typedef struct PkFlipSeries
{
	const double *differences; /* one for each pair, in the order of the pairs */
	double p;				   /* result: adjusted for all series, two-sided; NaN: a difference is not finite */

	/* the rest is pk_sign_flip_test()'s own */
	double scale;
	double observed;
	double sum;
	double reached;
	int place;
} PkFlipSeries;

/*
 * For each series, the p value of the hypothesis that its differences are symmetric about 0,
 * adjusted so that for any number of series, however they depend on one another, the probability
 * that any true hypothesis gets a p of at most alpha is at most alpha. Series with a difference
 * that is not finite take no part. 0 <= pairs <= PK_FLIPS_MOST; without pairs, every p is 1. The
 * smallest p that n pairs can give is 2^(1 - n). noise_floor, in the unit of the differences, is
 * noise that all series are taken to have in addition to their own; 0 for none. between: called
 * before each flip, of which a thousand may take a second; it may leave by longjmp. NULL for none.
 */
extern void pk_sign_flip_test(PkFlipSeries *series, int count, int pairs, double noise_floor, void (*between)(void));

#endif /* PK_STATS_SIGN_FLIP_H */
