/*
 * hot_items.c
 *	  Rows of which most belong to a few hot items, by row number, for any number of items.
 */
#include "random/hot_items.h"

#define TURN_ROWS 20
#define TURN_HOT 13

void
pk_hot_items_init(PkHotItems *items, PkStream stream, uint32_t nitems)
{
	items->stream = stream;
	items->nitems = nitems;
	items->nhot = (nitems + PK_ITEMS_PER_HOT - 1) / PK_ITEMS_PER_HOT;
}

/* Which item of a group of ten is hot; the last group may be smaller. */
static uint32_t
hot_place(const PkHotItems *items, uint32_t group)
{
	uint32_t left = items->nitems - group * PK_ITEMS_PER_HOT;

	return pk_below(pk_draw(items->stream, group), left < PK_ITEMS_PER_HOT ? left : PK_ITEMS_PER_HOT);
}

uint32_t
pk_hot_item(const PkHotItems *items, PkStream turns, PkStream draws, uint64_t row)
{
	uint32_t turn = pk_below(pk_draw(turns, row / TURN_ROWS), TURN_ROWS);
	int is_hot = (row % TURN_ROWS * 7 + turn) % TURN_ROWS < TURN_HOT; /* 7 is coprime to 20 */
	uint64_t draw = pk_draw(draws, row);
	uint32_t ncold = items->nitems - items->nhot;
	uint32_t group;
	uint32_t place;

	if (is_hot || ncold == 0)
	{
		uint32_t a = pk_below(draw, items->nhot);
		uint32_t b = pk_below_low(draw, items->nhot);

		group = a < b ? a : b;
		return group * PK_ITEMS_PER_HOT + hot_place(items, group);
	}
	group = pk_below(draw, ncold) / (PK_ITEMS_PER_HOT - 1);
	place = pk_below(draw, ncold) % (PK_ITEMS_PER_HOT - 1);
	return group * PK_ITEMS_PER_HOT + place + (place >= hot_place(items, group));
}
