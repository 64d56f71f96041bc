/*
 * hot_items_test.c
 *	  Unit tests of hot_items.c.
 */
#include <stdlib.h>

#include "random/hot_items.h"
#include "tap.h"

/* Draws rows for so many items; returns whether all items are in range. */
static int
draw(uint32_t nitems, uint32_t nrows, uint32_t *counts)
{
	PkHotItems items;
	int in_range = 1;

	pk_hot_items_init(&items, pk_stream(42, 11, 1), nitems);
	for (uint32_t row = 0; row < nrows; row++)
	{
		uint32_t item = pk_hot_item(&items, pk_stream(42, 11, 2), pk_stream(42, 11, 3), row);

		in_range &= item < nitems;
		if (item < nitems)
			counts[item]++;
	}
	return in_range;
}

static int
descending(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *) a;
	uint32_t right = *(const uint32_t *) b;

	return left < right ? 1 : (left > right ? -1 : 0);
}

int
main(void)
{
	static const uint32_t sizes[] = {1, 2, 9, 10, 11, 19, 20, 21, 99, 200, 1000};

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	{
		uint32_t nitems = sizes[i];
		uint32_t nrows = 200 * nitems;
		uint32_t *counts = calloc(nitems, sizeof(uint32_t));
		uint32_t nhot = (nitems + 9) / 10;
		uint64_t hot = 0;
		int all = 1;

		ok(draw(nitems, nrows, counts), "%u items: all rows are in range", nitems);
		for (uint32_t item = 0; item < nitems; item++)
			all &= counts[item] > 0;
		qsort(counts, nitems, sizeof(uint32_t), descending);
		for (uint32_t item = 0; item < nhot; item++)
			hot += counts[item];
		ok(hot * 100 >= (uint64_t) nrows * 60, "%u items: a tenth has 60 %% of the rows", nitems);
		/* of a hundred hot items the coolest may have none */
		ok(all || nitems == 1000, "%u items: each has rows", nitems);
		free(counts);
	}
	return tap_done();
}
