/*
 * distribution.c
 *	  src/random/distribution: weights, choices by weight, and shares that are exact.
 */
#include <stdlib.h>

#include "random/distribution.h"
#include "tap.h"

static void
test_choice(void)
{
	static const uint16_t weights[] = {5, 0, 1, 14, 0, 80};
	enum
	{
		NITEMS = 6,
		TOTAL = 100,
		DRAWS = 1000000
	};
	uint16_t room[TOTAL + 1];
	uint32_t units[NITEMS] = {0};
	uint32_t drawn[NITEMS] = {0};
	PkStream stream = pk_stream(42, 1, 4);
	double chi_square = 0;
	PkChoice choice;

	room[TOTAL] = 0xabcd;
	is_int(pk_choice_total(weights, NITEMS), TOTAL, "sum of the weights");
	is_int(pk_choice_total(weights, 0), 0, "sum of no weights");
	pk_choice_init(&choice, weights, NITEMS, room);
	is_int(choice.total, TOTAL, "total of the choice");
	is_int(room[TOTAL], 0xabcd, "no more room is used than was asked for");
	for (uint32_t u = 0; u < choice.total; u++)
		units[choice.of[u]]++;
	for (int i = 0; i < NITEMS; i++)
		is_int(units[i], weights[i], "item %d has as many units as its weight", i);
	is_int(pk_choose(&choice, 0), 0, "the smallest draw takes the first item");
	is_int(pk_choose(&choice, UINT64_MAX), 5, "the largest draw takes the last item");

	for (uint32_t row = 0; row < DRAWS; row++)
		drawn[pk_choose(&choice, pk_draw(stream, row))]++;
	for (int i = 0; i < NITEMS; i++)
	{
		double expected = (double) DRAWS * weights[i] / TOTAL;

		if (weights[i] == 0)
			is_int(drawn[i], 0, "an item of weight 0 is never drawn");
		else
			chi_square += (drawn[i] - expected) * (drawn[i] - expected) / expected;
	}
	/* 99.9 % point for three degrees of freedom */
	ok(chi_square < 16.27, "items are drawn by their weights (%.1f)", chi_square);
}

/*
 * The table's entries are 16 bits wide, and so are the weights: neither may wrap at the largest
 * total.
 */
static void
test_largest_choice(void)
{
	uint16_t *weights = malloc(PK_MAX_TOTAL_WEIGHT * sizeof(uint16_t));
	uint16_t *room = malloc(PK_MAX_TOTAL_WEIGHT * sizeof(uint16_t));
	uint32_t wrong = 0;
	PkChoice choice;

	for (uint32_t i = 0; i < PK_MAX_TOTAL_WEIGHT; i++)
		weights[i] = 1;
	pk_choice_init(&choice, weights, PK_MAX_TOTAL_WEIGHT, room);
	is_int(choice.total, PK_MAX_TOTAL_WEIGHT, "as many items as a choice can have");
	for (uint32_t u = 0; u < PK_MAX_TOTAL_WEIGHT; u++)
		wrong += choice.of[u] != u;
	is_int(wrong, 0, "each has its unit");

	weights[0] = UINT16_MAX;
	pk_choice_init(&choice, weights, 2, room);
	is_int(choice.total, PK_MAX_TOTAL_WEIGHT, "the largest weight beside one of 1");
	is_int(choice.of[UINT16_MAX], 1, "the last unit is the second item's");
	is_int(choice.of[UINT16_MAX - 1], 0, "the one before is the first's");
	free(weights);
	free(room);
}

static void
test_zipf(void)
{
	uint16_t weights[500];
	uint32_t rising = 0;

	pk_zipf_weights(weights, 500, 3000, 15);
	is_int(weights[0], 200, "the first of 500 ranks: 3000 / 15");
	is_int(weights[1], 187, "the second: 3000 / 16");
	is_int(weights[15], 100, "half the weight of the first where the rank equals the flatness");
	is_int(weights[499], 5, "the last: 3000 / 514");
	for (int r = 1; r < 500; r++)
		rising += weights[r] > weights[r - 1];
	is_int(rising, 0, "weights never rise with the rank");
	ok(pk_choice_total(weights, 500) <= PK_MAX_TOTAL_WEIGHT, "they fit a choice");

	pk_zipf_weights(weights, 500, 100, 1);
	is_int(weights[0], 100, "flatness 1 is Zipf's law");
	is_int(weights[1], 50, "the second rank has half");
	is_int(weights[99], 1, "rank 100 has a hundredth");
	is_int(weights[499], 1, "and no rank has less than 1");

	pk_zipf_weights(weights, 2, UINT32_MAX, 1);
	is_int(weights[0], UINT16_MAX, "no weight is more than fits");
	is_int(weights[1], UINT16_MAX, "nor is the second");
}

static void
test_one_in(void)
{
	static const uint32_t periods[] = {1, 2, 5, 7, 100};
	PkStream stream = pk_stream(42, 1, 8);
	uint32_t place[5] = {0};
	uint32_t after[25] = {0};
	int last = -1;
	double places = 0;
	double pairs = 0;

	for (int p = 0; p < 5; p++)
	{
		uint32_t period = periods[p];
		uint32_t wrong = 0;

		for (uint64_t k = 0; k < 10000; k++)
		{
			int hits = 0;

			for (uint32_t i = 0; i < period; i++)
				hits += pk_one_in(stream, k * period + i, period) != 0;
			wrong += hits != 1;
		}
		is_int(wrong, 0, "exactly one in each %u rows", period);
	}

	/* a share that came at regular places would show up in every query plan */
	for (uint64_t row = 0; row < 500000; row++)
	{
		if (!pk_one_in(stream, row, 5))
			continue;
		place[row % 5]++;
		if (last >= 0)
			after[5 * last + row % 5]++;
		last = row % 5;
	}
	for (int i = 0; i < 5; i++)
		places += (place[i] - 20000.0) * (place[i] - 20000.0) / 20000.0;
	for (int i = 0; i < 25; i++)
		pairs += (after[i] - 4000.0) * (after[i] - 4000.0) / 4000.0;
	/* 99.9 % points for 4 and 24 degrees of freedom */
	ok(places < 18.47, "at each place equally often (%.1f)", places);
	ok(pairs < 51.18, "whatever the place before (%.1f)", pairs);
	ok(pk_one_in(stream, UINT64_C(999999999995), 5) + pk_one_in(stream, UINT64_C(999999999996), 5) +
			   pk_one_in(stream, UINT64_C(999999999997), 5) + pk_one_in(stream, UINT64_C(999999999998), 5) +
			   pk_one_in(stream, UINT64_C(999999999999), 5) ==
		   1,
	   "one of the last five rows that there can be");
}

int
main(void)
{
	test_choice();
	test_largest_choice();
	test_zipf();
	test_one_in();
	return tap_done();
}
