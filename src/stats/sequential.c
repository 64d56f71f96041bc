/*
 * sequential.c
 *	  On which side of a limit a quantile lies, decided repeatedly while the sample grows.
 */
#include "stats/order_statistics.h"
#include "stats/sequential.h"

int64_t
pk_sequential_next(int64_t n, int64_t most)
{
	return n > most / 2 ? most : n * 2;
}

int
pk_sequential_looks(int64_t first, int64_t most)
{
	int looks = 1;

	for (int64_t n = first; n < most; n = pk_sequential_next(n, most))
		looks++;
	return looks;
}

PkQuantileSide
pk_sequential_side(int64_t n, int64_t within, double p, double confidence, int looks)
{
	PkRankInterval interval = pk_order_interval(n, p, 1.0 - (1.0 - confidence) / looks);

	/* The value of a rank is within the limit when at least that many values are. */
	if (within >= interval.upper)
		return PK_QUANTILE_WITHIN;
	if (within < interval.lower)
		return PK_QUANTILE_ABOVE;
	return PK_QUANTILE_UNKNOWN;
}
