/*
 * counter.c
 *	  The parts of the counter-based generator that are too long to be inline.
 */
#include "random/counter.h"

#include <string.h>

static void
put_be64(unsigned char *to, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		to[i] = (unsigned char) (value >> (56 - 8 * i));
}

/*
 * Inverse of an odd number modulo 2^64, by Newton's iteration: each step doubles the correct bits.
 */
static uint64_t
inverse(uint64_t odd)
{
	uint64_t x = odd;

	for (int i = 0; i < 6; i++)
		x *= 2 - odd * x;
	return x;
}

static uint64_t
undo_xor_shift(uint64_t y, unsigned shift)
{
	uint64_t x = y;

	for (unsigned done = shift; done < 64; done += shift)
		x = y ^ (x >> shift);
	return x;
}

uint64_t
pk_unpermute_bits(uint64_t key, uint64_t y, unsigned bits)
{
	uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	unsigned half = bits / 2;

	y = undo_xor_shift(y, half);
	y = (y * inverse(UINT64_C(0xd6e8feb86659fd93))) & mask;
	y = undo_xor_shift(y, half);
	y = (y * inverse(UINT64_C(0x94d049bb133111eb))) & mask;
	y = (y - (key >> 32)) & mask;
	y = undo_xor_shift(y, half);
	y = (y * inverse(UINT64_C(0xbf58476d1ce4e5b9))) & mask;
	return (y - key) & mask;
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

int64_t
pk_uuid_row(PkStream stream, const PkUuid *uuid)
{
	uint64_t low = 0;
	uint64_t row;
	PkUuid expected;

	for (int i = 8; i < 16; i++)
		low = low << 8 | uuid->byte[i];
	row = pk_unpermute_bits(stream.key, low & ((UINT64_C(1) << 62) - 1), 62);
	pk_uuid(stream, row, &expected);
	return memcmp(expected.byte, uuid->byte, sizeof(expected.byte)) == 0 ? (int64_t) row : -1;
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
