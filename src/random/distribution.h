/*
 * distribution.h
 *	  Skewed choices from integer weights, without floating point.
 *
 * The results of libm differ between platforms in the last bit, and one such bit would change a
 * row. So a skew is a table of integer weights, expanded once into a look-up table: a choice then
 * costs one multiplication and one load.
 */
#ifndef PK_RANDOM_DISTRIBUTION_H
#define PK_RANDOM_DISTRIBUTION_H

#include <stdint.h>

#include "random/counter.h"

/* Largest sum of weights; the look-up table takes two bytes per unit of weight. */
#define PK_MAX_TOTAL_WEIGHT 65536

typedef struct PkChoice
{
	uint32_t total;		/* sum of the weights, 1 .. PK_MAX_TOTAL_WEIGHT */
	const uint16_t *of; /* of[u] for u in [0, total): the item that unit u belongs to */
} PkChoice;

/* Sum of n weights: the number of entries that pk_choice_init() needs room for. */
extern uint32_t pk_choice_total(const uint16_t *weights, uint32_t n);

/*
 * Prepares choices among n items (n <= 65536) with P(item) = weight / total. "room" is the caller's
 * and must outlive the choice; it holds pk_choice_total() entries.
 */
extern void pk_choice_init(PkChoice *choice, const uint16_t *weights, uint32_t n, uint16_t *room);

/* The item for a draw; uses the draw's upper half. */
static inline uint32_t
pk_choose(const PkChoice *choice, uint64_t draw)
{
	return choice->of[pk_below(draw, choice->total)];
}

/*
 * Zipf-like weights for popularity by rank: weight(r) = scale / (r + flatness), at least 1. A
 * larger flatness makes the head less heavy. flatness >= 1.
 */
extern void pk_zipf_weights(uint16_t *weights, uint32_t n, uint32_t scale, uint32_t flatness);

/*
 * True for one of every "period" consecutive rows, counted from 0, at a random place among them.
 * This is for a share that has to be exact even in small tables, where independent draws would not
 * do.
 */
static inline int
pk_one_in(PkStream stream, uint64_t row, uint32_t period)
{
	return row % period == pk_below(pk_draw(stream, row / period), period);
}

#endif /* PK_RANDOM_DISTRIBUTION_H */
