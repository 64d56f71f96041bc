/*
 * distribution.c
 *	  Weight tables behind the skewed choices.
 */
#include "random/distribution.h"

uint32_t
pk_choice_total(const uint16_t *weights, uint32_t n)
{
	uint32_t total = 0;

	for (uint32_t i = 0; i < n; i++)
		total += weights[i];
	return total;
}

void
pk_choice_init(PkChoice *choice, const uint16_t *weights, uint32_t n, uint16_t *room)
{
	uint32_t unit = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		for (uint16_t w = 0; w < weights[i]; w++)
			room[unit++] = (uint16_t) i;
	}
	choice->total = unit;
	choice->of = room;
}

void
pk_zipf_weights(uint16_t *weights, uint32_t n, uint32_t scale, uint32_t flatness)
{
	for (uint32_t r = 0; r < n; r++)
	{
		uint32_t weight = scale / (r + flatness);

		weights[r] = (uint16_t) (weight < 1 ? 1 : (weight > UINT16_MAX ? UINT16_MAX : weight));
	}
}
