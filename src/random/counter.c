/*
 * counter.c
 *	  The parts of the counter-based generator that are too long to be inline.
 */
#include "random/counter.h"

static void
put_be64(unsigned char *to, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		to[i] = (unsigned char) (value >> (56 - 8 * i));
}

void
pk_uuid(PkStream stream, uint64_t row, PkUuid *result)
{
	uint64_t high = pk_draw(stream, row);
	uint64_t low = pk_permute_bits(stream.key, row, 62);

	/* version 4 in the four bits of byte 6, variant 10 in the two upper bits of byte 8 */
	high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
	low |= UINT64_C(1) << 63;
	put_be64(result->byte, high);
	put_be64(result->byte + 8, low);
}

void
pk_shuffle(PkStream stream, uint32_t n, uint32_t *order)
{
	/* Fisher-Yates, "inside-out": order[0..i] is a shuffle of [0, i] after step i. */
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t j = pk_below(pk_draw(stream, i), i + 1);

		if (j != i)
			order[i] = order[j];
		order[j] = i;
	}
}
