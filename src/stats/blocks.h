/*
 * blocks.h
 *	  What the values of a run are worth where they depend on each other: blocks of its time.
 *
 * Pure C: no server header, so that unit tests compile it alone.
 */
#ifndef PK_STATS_BLOCKS_H
#define PK_STATS_BLOCKS_H

#include <stdbool.h>

/* A second of a run, or a longer piece. All pieces of a run have the same length. */
typedef struct PkPiece
{
	int period;		/* pieces of a period follow one another; between periods is a gap */
	double samples; /* number of values; 0 when nothing happened */
	double sum;		/* of the values; of a share, how many are hits */
	double guide;	/* hits of the share that tells correlation best; see pk_blocks_ratio() */
} PkPiece;

/* Blocks of time to aim for, and pieces from which on correlation can be estimated. */
#define PK_BLOCKS_WANTED 20
#define PK_BLOCKS_CORRELATED 7

typedef struct PkRatio
{
	double estimate;	/* sum / samples; NaN without samples */
	double deviation;	/* standard deviation of the estimate; NaN: too little time to know it */
	double degrees;		/* degrees of freedom of deviation, at least 1 */
	double correlation; /* of a block with the next one */
	double longer;		/* where deviation is NaN: about how many times as long it takes to know it */
} PkRatio;

/*
 * The mean of all values, and how much it varies from one such run to the next, without the
 * assumption that values are independent. Pieces of one period are contiguous and in order; n >= 0.
 *
 * The correlation of successive blocks is the larger one of that of the values and that of the
 * guide. The tail of a distribution shows little of what moves all of it, so the guide is best the
 * share of values up to the median.
 */
extern PkRatio pk_blocks_ratio(const PkPiece *pieces, int n);

/* The number by which to multiply deviation for an interval of this confidence. */
extern double pk_blocks_factor(PkRatio ratio, double confidence);

/*
 * How many independent values would tell a share as well as these do: at most "samples". 0: not
 * even one, or it is not known. ratio is that of the share.
 */
extern double pk_blocks_independent(PkRatio ratio, double samples, double confidence);

#endif /* PK_STATS_BLOCKS_H */
