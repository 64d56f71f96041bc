/*
 * blocks_test.c
 *	  Blocks of time: against a straightforward calculation, and how often intervals are right.
 *
 * Sources: src/stats/blocks.c src/stats/change.c src/stats/signed_rank.c src/random/counter.c
 *
 * The coverage of many kinds of runs is counted by test/perf/intervals; here it is that of a few.
 */
#include "tap.h"

#include "draw.h"
#include "stats/blocks.h"
#include "stats/change.h"

static bool
near(double got, double wanted)
{
	return fabs(got - wanted) <= 1e-9 * fabs(wanted);
}

/*
 * How many of 1000 intervals hold the mean of pieces with one value each, an autoregression with
 * this correlation. Those that are not given count as holding it; *given is how many are.
 */
static int
holding(double correlation, int n, int *given)
{
	int holds = 0;

	*given = 0;
	for (int run = 0; run < 1000; run++)
	{
		PkPiece pieces[300];
		double state = normal();
		PkRatio ratio;

		for (int i = 0; i < n; i++)
		{
			if (i > 0)
				state = correlation * state + sqrt(1 - correlation * correlation) * normal();
			pieces[i] = (PkPiece){.samples = 1, .sum = 100 + state, .guide = 100 + state};
		}
		ratio = pk_blocks_ratio(pieces, n);
		*given += !isnan(ratio.deviation);
		holds += isnan(ratio.deviation) ||
				 fabs(ratio.estimate - 100) <= ratio.deviation * pk_blocks_factor(ratio, 0.95);
	}
	return holds;
}

static void
test_few_blocks(void)
{
	static const double sums[] = {3, 5, 1, 4, 7};
	static const double samples[] = {10, 10, 5, 10, 15};
	PkPiece pieces[5];
	PkRatio ratio;
	double squares = 0, f = 1;

	for (int i = 0; i < 5; i++)
	{
		pieces[i] = (PkPiece){.samples = samples[i], .sum = sums[i], .guide = sums[i]};
		squares += pow(sums[i] - 0.4 * samples[i], 2);
	}
	for (int j = 1; j < 5; j++)
		f += 2 * (1 - j / 5.0) * pow(0.5, j);
	ratio = pk_blocks_ratio(pieces, 5);
	ok(near(ratio.estimate, 0.4) && ratio.degrees == 4 && ratio.correlation == 0.5, "five blocks: mean, degrees, correlation assumed");
	ok(near(ratio.deviation, sqrt(5 * squares / 4 * f / (1 - (f - 1) / 4)) / 50), "and the deviation of a ratio");
	ok(near(pk_blocks_factor(ratio, 0.95), pk_student_quantile(0.975, 4)), "Student's t");
	ok(pk_blocks_independent(ratio, 50, 0.95) < 50 && pk_blocks_independent(ratio, 50, 0.95) > 1, "worth fewer values");

	ratio = pk_blocks_ratio(pieces, 1);
	ok(isnan(ratio.deviation) && ratio.longer > 1 && ratio.estimate == 0.3, "one block tells no deviation");
	ok(pk_blocks_independent(ratio, 10, 0.95) == 0, "so its values are worth nothing");
	ok(isnan(pk_blocks_ratio(pieces, 0).estimate), "no block tells nothing");
}

static void
test_alike(void)
{
	PkPiece pieces[300];
	PkRatio ratio;

	for (int i = 0; i < 300; i++)
		pieces[i] = (PkPiece){.samples = 10, .sum = 5, .guide = 5};
	ratio = pk_blocks_ratio(pieces, 300);
	ok(ratio.deviation == 0 && pk_blocks_independent(ratio, 3000, 0.95) == 3000, "pieces alike are worth no more than their values");

	/* Two levels: noise within one period, none where each has its own. */
	for (int i = 0; i < 300; i++)
		pieces[i].sum = pieces[i].guide = i < 150 ? 2 : 8;
	ok(isnan(pk_blocks_ratio(pieces, 300).deviation), "two levels in one period: hardly more than one state was seen");
	for (int i = 0; i < 300; i++)
		pieces[i].period = i < 150 ? 1 : 2;
	ratio = pk_blocks_ratio(pieces, 300);
	ok(ratio.deviation == 0 && ratio.estimate == 0.5, "in two periods they are no noise");

	/* Many short periods, more than there are blocks. */
	for (int i = 0; i < 300; i++)
		pieces[i].period = i / 3;
	ok(near(pk_blocks_ratio(pieces, 300).estimate, 0.5), "a hundred periods lose no value");
	for (int i = 0; i < 300; i++)
		pieces[i] = (PkPiece){.samples = i % 2 ? 0 : 10, .sum = i % 2 ? 0 : 5};
	ok(pk_blocks_ratio(pieces, 300).estimate == 0.5, "pieces without values");
}

static void
test_trend(void)
{
	PkPiece pieces[100];
	PkRatio ratio;
	double noise = 0;

	for (int i = 0; i < 100; i++)
	{
		double value = normal();

		noise += value * value / 100;
		pieces[i] = (PkPiece){.samples = 1, .sum = 100 + 0.5 * i + value, .guide = 100 + 0.5 * i + value};
	}
	ratio = pk_blocks_ratio(pieces, 100);
	ok(ratio.deviation > 0.4 * sqrt(noise / 100) && ratio.deviation < 2.5 * sqrt(noise / 100), "a trend beyond doubt is not noise");
}

static void
test_coverage(void)
{
	int given;
	int holds = holding(0, 60, &given);

	ok(holds >= 930 && holds <= 975 && given > 960, "independent pieces: %d of 1000 hold the mean, %d given", holds, given);
	holds = holding(0.8, 300, &given);
	ok(holds >= 920 && holds <= 980 && given > 900, "correlation 0.8, 300 pieces: %d hold it, %d given", holds, given);
	holds = holding(0.98, 60, &given);
	ok(given < 400, "correlation 0.98, 60 pieces: few intervals are given, %d", given);
}

int
main(void)
{
	stream = pk_stream(20261128, 1, 1);
	test_few_blocks();
	test_alike();
	test_trend();
	test_coverage();
	return tap_done();
}
