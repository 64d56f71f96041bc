/*
 * change_points_test.c
 *	  src/stats/change_points: steps and slopes that are there, and none where there is none.
 *
 * The expected values of the trend were computed by an independent program from the definitions: S
 * = 50 and variance 210.67 for these values, which have four ties of two.
 */
#include "tap.h"

#include "stats/change_points.h"

static PkPoint points[PK_SERIES_MOST];
static PkTrend trend;

/* Noise of a few per cent without a pattern, the same each time. */
static double
noise(int i)
{
	return 0.004 * (i * 7 % 11) + 0.003 * (i * i % 7) - 0.03;
}

static void
test_steps(void)
{
	double values[40];
	int changes;

	for (int i = 0; i < 40; i++)
		values[i] = noise(i) + (i >= 20 ? 0.2 : 0);
	changes = pk_change_points(values, 40, 0.05, 0.99, points, &trend);
	is_int(changes, 1, "one step is one change");
	ok(points[20].starts && !points[19].starts && points[19].segment == 0 && points[20].segment == 1, "... where it is");
	is_near(points[20].change, 0.2, 0.01, "... of its size");
	is_near(points[20].p, 0.001, 1e-12, "... with the smallest p that so many shuffles can have");
	ok(isnan(points[19].change) && isnan(points[19].p), "other values have neither");
	ok(!trend.is_creep && trend.first == 20, "and nothing creeps since");

	is_int(pk_change_points(values, 40, 0.25, 0.99, points, &trend), 0, "a step below the margin is none");
	is_int(points[39].segment, 0, "... and all is one segment");
	for (int i = 0; i < 40; i++)
		values[i] = 5 - values[i];
	pk_change_points(values, 40, 0.05, 0.99, points, &trend);
	is_near(points[20].change, -0.2, 0.01, "downward it is negative");

	for (int i = 0; i < 40; i++)
		values[i] = noise(i) + (i >= 12 ? 0.2 : 0) - (i >= 26 ? 0.3 : 0);
	is_int(pk_change_points(values, 40, 0.05, 0.99, points, &trend), 2, "up and down are two changes");
	ok(points[12].starts && points[26].starts && points[39].segment == 2, "... where they are");
	is_near(points[26].change, -0.3, 0.015, "... each against the segment before");
	for (int i = 0; i < 40; i++)
		values[i] = noise(i) + (i >= 37 ? 0.3 : 0);
	is_int(pk_change_points(values, 40, 0.05, 0.99, points, &trend), 1, "the last three are enough");
	ok(points[37].starts, "... to be a segment");
	for (int i = 0; i < 40; i++)
		values[i] = i >= 17;
	is_int(pk_change_points(values, 40, 0.05, 0.99, points, &trend), 1, "a step without noise");
	ok(points[17].starts && points[17].change == 1, "... is exact");
	for (int i = 0; i < 40; i++)
		values[i] = i / 10;
	is_int(pk_change_points(values, 40, 0.05, 0.99, points, &trend), 3, "stairs are steps, not a slope");
}

static void
test_none(void)
{
	double values[PK_SERIES_MOST];
	int changes = 0;

	for (int i = 0; i < 40; i++)
		values[i] = noise(i);
	is_int(pk_change_points(values, 40, 0.001, 0.99, points, &trend), 0, "noise has no change");
	ok(!trend.is_creep && trend.p > 0.05, "... nor creep");
	values[20] += 1;
	values[33] += 2;
	is_int(pk_change_points(values, 40, 0.05, 0.99, points, &trend), 0, "outliers are none");
	for (int i = 0; i < 40; i++)
		values[i] = 3;
	is_int(pk_change_points(values, 40, 0.05, 0.99, points, &trend), 0, "equal values have no change");
	is_near(trend.p, 1, 0, "... nor a trend");
	is_near(trend.slope, 0, 0, "... which is flat");
	/* A state that lasts: what a wandering machine looks like. Its seeds are as they come. */
	for (uint32_t seed = 1; seed <= 20; seed++)
	{
		uint32_t random = seed * 12345;

		for (int i = 0; i < 40; i++)
		{
			random = random * 1664525 + 1013904223;
			values[i] = (i > 0 ? 0.5 * values[i - 1] : 0) + ((double) (random >> 8) / (1 << 24) - 0.5) / 10;
		}
		changes += pk_change_points(values, 40, 0.001, 0.99, points, &trend) > 0;
	}
	ok(changes <= 1, "of 20 wandering series, at most one has a change");
	for (int i = 0; i < 9; i++)
		values[i] = i >= 4;
	is_int(pk_change_points(values, 9, 0.05, 0.99, points, &trend), 0, "nine values tell nothing");
	ok(isnan(trend.p) && isnan(trend.slope), "... not even a trend");
	for (int n = 0; n < 3; n++)
		is_int(pk_change_points(values, n, 0.05, 0.99, points, &trend), 0, "%d values", n);
	for (int i = 0; i < PK_SERIES_MOST; i++)
		values[i] = noise(i) + (i >= 500 ? 0.1 : 0);
	is_int(pk_change_points(values, PK_SERIES_MOST, 0.05, 0.99, points, &trend), 1, "as many values as there may be");
}

static void
test_creep(void)
{
	static const double given[] = {0.0, 0.03, 0.01, 0.05, 0.02, 0.06, 0.05, 0.09, 0.06, 0.1, 0.08, 0.12};
	double values[60];

	pk_change_points(given, 12, 0.2, 0.95, points, &trend);
	is_near(trend.slope, 0.0095, 1e-12, "slope of Theil and Sen");
	is_near(trend.p, 0.0007355679222679377, 1e-12, "p of Mann and Kendall, with ties");
	is_near(trend.lower, 0.005, 1e-12, "lower end of the slope's interval");
	is_near(trend.upper, 0.012857142857142859, 1e-12, "upper end");
	ok(!trend.is_creep, "less than the margin in all is no creep");

	for (int i = 0; i < 60; i++)
		values[i] = noise(i) + 0.004 * i;
	is_int(pk_change_points(values, 60, 0.05, 0.99, points, &trend), 0, "a slope is not cut into steps");
	ok(trend.is_creep && trend.first == 0, "... but is creep");
	ok(trend.lower <= 0.004 && trend.upper >= 0.004 && trend.lower > 0.0035 && trend.upper < 0.0045, "... of its size");
	for (int i = 0; i < 60; i++)
		values[i] = noise(i) + (i >= 25 ? 0.5 + 0.01 * (i - 25) : 0);
	is_int(pk_change_points(values, 60, 0.05, 0.99, points, &trend) >= 1, 1, "a step, and creep since");
	ok(points[25].starts, "... the step is found");
}

int
main(void)
{
	test_steps();
	test_none();
	test_creep();
	return tap_done();
}
