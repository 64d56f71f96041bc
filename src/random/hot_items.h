/*
 * hot_items.h
 *	  Rows of which most belong to a few hot items, by row number, for any number of items.
 *
 * One of ten consecutive items is hot, at a random place among them. Of any 20 aligned rows, 13
 * belong to hot items, so that the share is exact in small tables, too. Among the hot items, the
 * first ones are the hottest; the rows of the others are spread evenly.
 */
#ifndef PK_RANDOM_HOT_ITEMS_H
#define PK_RANDOM_HOT_ITEMS_H

#include <stdint.h>

#include "random/counter.h"

#define PK_ITEMS_PER_HOT 10

typedef struct PkHotItems
{
	PkStream stream; /* which items are hot */
	uint32_t nitems; /* 1 .. 2^31 */
	uint32_t nhot;
} PkHotItems;

extern void pk_hot_items_init(PkHotItems *items, PkStream stream, uint32_t nitems);

/* The item of a row. Two streams of the caller's say which rows are for hot items, and which. */
extern uint32_t pk_hot_item(const PkHotItems *items, PkStream turns, PkStream draws, uint64_t row);

#endif /* PK_RANDOM_HOT_ITEMS_H */
