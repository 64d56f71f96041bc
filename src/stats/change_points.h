/*
 * change_points.h
 *	  A series of measurements in order of time: where its level has changed, and whether it creeps.
 *
 * Pure C: no server header, so that unit tests compile it alone.
 */
#ifndef PK_STATS_CHANGE_POINTS_H
#define PK_STATS_CHANGE_POINTS_H

#include <stdbool.h>

/* Fewest values of a series in which changes are looked for, and most that it may have. */
#define PK_SERIES_LEAST 10
#define PK_SERIES_MOST 1000

/* Fewest values of a segment. */
#define PK_SEGMENT_LEAST 3

/* One value of a series. */
typedef struct PkPoint
{
	int segment;   /* from 0 */
	bool starts;   /* the level has changed here: first of a segment that is not the first one */
	double change; /* where it starts: median of the segment less that of the one before */
	double p;	   /* where it starts: probability of such a difference without a change */
} PkPoint;

typedef struct PkTrend
{
	int first;	  /* first value of the segment that is looked at, which is the last one */
	double slope; /* by how much a value is more than the one before it: Theil and Sen */
	double lower; /* ends of the slope's interval */
	double upper;
	double p;	   /* probability of such a trend without one; NaN: too few values */
	bool is_creep; /* p is small, and the segment's ends differ by at least the margin */
} PkTrend;

/*
 * Fills "points" for the values, which must be finite, and returns the number of changes; -1:
 * memory is lacking. A change is called if it reaches "margin" and its p is at most 1 - confidence.
 * Series of fewer than PK_SERIES_LEAST values have none. The same values give the same result
 * everywhere. 0 <= n <= PK_SERIES_MOST, 0.5 <= confidence <= 0.99.
 */
extern int pk_change_points(const double *values, int n, double margin, double confidence, PkPoint *points,
							PkTrend *trend);

#endif /* PK_STATS_CHANGE_POINTS_H */
