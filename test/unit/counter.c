/*
 * counter.c
 *	  src/random/counter: published values, bijections, UUIDs, and draws that look random.
 *
 * All seeds are fixed, so a statistical bound is met for ever or broken by a change: nothing here
 * can flake. The bounds are the 99.9 % points of chi-square, or more where many are looked at at
 * once.
 */
#include <stdlib.h>

#include "random/counter.h"
#include "tap.h"

#define UUID_ROWS 2000000

/* Chi-square statistic of counts that should all be equal. */
static double
chi_square(const uint32_t *counts, uint32_t ncounts, double total)
{
	double expected = total / ncounts;
	double sum = 0;

	for (uint32_t i = 0; i < ncounts; i++)
		sum += (counts[i] - expected) * (counts[i] - expected) / expected;
	return sum;
}

/*
 * The reference outputs of splitmix64.c (https://prng.di.unimi.it/splitmix64.c) for seed 0 and
 * 1234567; the latter are also those of
 * https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64. Row i of a stream is output i of
 * the generator seeded with the stream's key.
 */
static void
test_reference_outputs(void)
{
	static const uint64_t of_0[] = {UINT64_C(0xe220a8397b1dcdaf), UINT64_C(0x6e789e6aa1b965f4),
									UINT64_C(0x06c45d188009454f), UINT64_C(0xf88bb8a8724c81ec),
									UINT64_C(0x1b39896a51a8749b)};
	static const uint64_t of_1234567[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
										  UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
										  UINT64_C(16408922859458223821)};
	PkStream zero = {0};
	PkStream other = {1234567};

	for (int i = 0; i < 5; i++)
	{
		ok(pk_draw(zero, i) == of_0[i], "splitmix64 output %d for seed 0", i);
		ok(pk_draw(other, i) == of_1234567[i], "splitmix64 output %d for seed 1234567", i);
	}
}

static void
format_uuid(PkStream stream, uint64_t row, char text[37])
{
	PkUuid uuid;
	char *to = text;

	pk_uuid(stream, row, &uuid);
	for (int i = 0; i < 16; i++)
		to += sprintf(to, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid.byte[i]);
}

/*
 * Values that a second implementation, in another language and from the header's description, gave.
 * A difference here means that all data ever seeded is different.
 */
static void
test_streams(void)
{
	static const struct
	{
		uint64_t seed;
		uint32_t table;
		uint32_t column;
		uint64_t key;
		uint64_t row_0;
		uint64_t last_row;
		const char *uuid_1;
		const char *last_uuid;
	} known[] = {
		{42, 1, 0, UINT64_C(0xe0fc22120edee590), UINT64_C(0x4dc621c0888f4ae5), UINT64_C(0xc980db1b2a7603f0),
		 "80e16fab-3727-4156-bf2b-9b1d279166ac", "c980db1b-2a76-43f0-b056-805081e1067a"},
		{0, 1, 0, UINT64_C(0xc03e0508972d89bb), UINT64_C(0xfc9fb7b59a4790ea), UINT64_C(0x47c9347d767c4c79),
		 "0d1153b2-f70a-4d9f-8279-f1a93829c735", "47c9347d-767c-4c79-9bd6-4c8169691457"},
		{UINT64_MAX, 1, 12, UINT64_C(0x4f529406b2b82290), UINT64_C(0xae53f92253c69a8a),
		 UINT64_C(0x36aaa8ac13756f88), "74aebd18-3a8c-4344-992b-1f0f60eda75c",
		 "36aaa8ac-1375-4f88-a286-2cbb3b2e0a7f"},
		{UINT64_C(1) << 63, 7, 3, UINT64_C(0x0ea2e158d1e9d896), UINT64_C(0xead5315e110b3d4c),
		 UINT64_C(0x2d3dd9e141c5fac7), "3c9791c1-b892-49d7-9c4a-5437b102976c",
		 "2d3dd9e1-41c5-4ac7-b590-498ff29296cb"},
	};

	for (int i = 0; i < 4; i++)
	{
		PkStream stream = pk_stream(known[i].seed, known[i].table, known[i].column);
		uint64_t last = UINT64_C(999999999999);
		char uuid[37];

		ok(stream.key == known[i].key, "key of stream %d", i);
		ok(pk_draw(stream, 0) == known[i].row_0, "first draw of stream %d", i);
		ok(pk_draw(stream, last) == known[i].last_row, "last draw of stream %d", i);
		format_uuid(stream, 1, uuid);
		is_str(uuid, known[i].uuid_1, "second UUID of stream %d", i);
		format_uuid(stream, last, uuid);
		is_str(uuid, known[i].last_uuid, "last UUID of stream %d", i);
	}
	ok(pk_permute_bits(0, 0, 62) == 0, "permutation of 0 with key 0");
	ok(pk_permute_bits(UINT64_C(0x123456789abcdef0), 12345, 62) == UINT64_C(0x025de3a44d8ab0b7),
	   "permutation of 12345 among 62 bits");
	ok(pk_permute_bits(UINT64_MAX, (UINT64_C(1) << 62) - 1, 62) == UINT64_C(0x15730920ebda40bf),
	   "permutation of the largest number of 62 bits");
	ok(pk_permute_bits(UINT64_MAX, 5, 64) == UINT64_C(0xb7d9bedeeaa66ae1), "permutation among 64 bits");
}

static int
compare_u64(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *) a;
	uint64_t right = *(const uint64_t *) b;

	return left < right ? -1 : left > right;
}

/* Seeds, tables and columns next to each other must not share a stream. */
static void
test_stream_keys_differ(void)
{
	enum
	{
		SEEDS = 64,
		TABLES = 16,
		COLUMNS = 32,
		N = SEEDS * TABLES * COLUMNS
	};
	uint64_t *keys = malloc(N * sizeof(uint64_t));
	uint32_t n = 0;
	uint32_t repeats = 0;

	for (uint64_t seed = 0; seed < SEEDS; seed++)
		for (uint32_t table = 0; table < TABLES; table++)
			for (uint32_t column = 0; column < COLUMNS; column++)
				keys[n++] = pk_stream(seed - SEEDS / 2, table, column).key;
	qsort(keys, N, sizeof(uint64_t), compare_u64);
	for (uint32_t i = 1; i < N; i++)
		repeats += keys[i] == keys[i - 1];
	is_int(repeats, 0, "keys of %d streams all differ", N);
	free(keys);
}

/* Every number below 2^bits comes out once, for each width that can be tried in full. */
static void
test_permutation_exhaustive(void)
{
	static const uint64_t keys[] = {0, 1, UINT64_MAX, UINT64_C(0xe0fc22120edee590), UINT64_C(0x8000000080000001)};

	for (unsigned bits = 2; bits <= 18; bits++)
	{
		uint64_t size = UINT64_C(1) << bits;
		uint64_t wrong = 0;

		for (int k = 0; k < 5; k++)
		{
			unsigned char *seen = calloc(size, 1);

			for (uint64_t x = 0; x < size; x++)
			{
				uint64_t y = pk_permute_bits(keys[k], x, bits);

				if (y >= size || seen[y]++)
					wrong++;
			}
			free(seen);
		}
		is_int(wrong, 0, "bijection of %u bits", bits);
	}
}

static void
test_permutation_sampled(void)
{
	static const unsigned widths[] = {31, 32, 33, 61, 62, 63, 64};

	for (int w = 0; w < 7; w++)
	{
		unsigned bits = widths[w];
		uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
		PkStream samples = {bits};
		uint64_t wrong = 0;

		for (uint64_t i = 0; i < 200000; i++)
		{
			uint64_t key = pk_draw(samples, 2 * i);
			/* the numbers that rows have, and any */
			uint64_t x = (i % 2 == 0 ? i : pk_draw(samples, 2 * i + 1)) & mask;
			uint64_t y = pk_permute_bits(key, x, bits);

			wrong += y > mask || pk_unpermute_bits(key, y, bits) != x;
		}
		is_int(wrong, 0, "the permutation of %u bits can be undone", bits);
	}
}

static void
test_uuids(void)
{
	PkStream stream = pk_stream(42, 1, 0);
	uint64_t *low = malloc(UUID_ROWS * sizeof(uint64_t));
	uint32_t ones[128] = {0};
	uint32_t version_4 = 0;
	uint32_t variant_10 = 0;
	uint32_t repeats = 0;
	uint32_t misread = 0;
	double worst = 0;

	for (uint32_t row = 0; row < UUID_ROWS; row++)
	{
		PkUuid uuid;

		pk_uuid(stream, row, &uuid);
		misread += pk_uuid_row(stream, &uuid) != (int64_t) row;
		version_4 += uuid.byte[6] >> 4 == 4;
		variant_10 += uuid.byte[8] >> 6 == 2;
		low[row] = 0;
		for (int i = 8; i < 16; i++)
			low[row] = low[row] << 8 | uuid.byte[i];
		for (int i = 0; i < 128; i++)
			ones[i] += uuid.byte[i / 8] >> (7 - i % 8) & 1;
	}
	is_int(version_4, UUID_ROWS, "all UUIDs are of version 4");
	is_int(variant_10, UUID_ROWS, "all UUIDs are of RFC 9562's variant");

	qsort(low, UUID_ROWS, sizeof(uint64_t), compare_u64);
	for (uint32_t i = 1; i < UUID_ROWS; i++)
		repeats += low[i] == low[i - 1];
	is_int(repeats, 0, "%d UUIDs differ in their last eight bytes already", UUID_ROWS);
	is_int(misread, 0, "%d UUIDs tell their rows", UUID_ROWS);
	free(low);

	/*
	 * a fair bit's count of ones has a standard deviation of sqrt(n)/2; of 122 bits, none should be
	 * 5 away
	 */
	for (int i = 0; i < 128; i++)
	{
		double sigmas = fabs(ones[i] - UUID_ROWS / 2.0) / (sqrt(UUID_ROWS) / 2);

		if ((i < 48 || i > 51) && i != 64 && i != 65 && sigmas > worst)
			worst = sigmas;
	}
	ok(worst < 5, "each random bit of a UUID is set in half of them (worst: %.1f sigmas)", worst);
}

static void
test_below(void)
{
	static const uint32_t limits[] = {1, 2, 3, 13, 500, 65536, UINT32_MAX};

	for (int i = 0; i < 7; i++)
	{
		uint32_t n = limits[i];
		PkStream stream = {n};
		uint32_t outside = 0;

		for (uint32_t row = 0; row < 100000; row++)
			outside += pk_below(pk_draw(stream, row), n) >= n || pk_below_low(pk_draw(stream, row), n) >= n;
		is_int(outside, 0, "a number below %u is below it", n);
		is_int(pk_below(0, n), 0, "the smallest draw gives 0 of %u", n);
		is_int(pk_below(UINT64_MAX, n), n - 1, "the largest draw gives %u of %u", n - 1, n);
		is_int(pk_below_low(UINT64_C(0xffffffff00000000), n), 0, "only the lower half counts for pk_below_low() (0 of %u)", n);
		is_int(pk_below_low(UINT64_C(0x00000000ffffffff), n), n - 1, "only the lower half counts for pk_below_low() (of %u)",
			   n);
	}
}

/*
 * Draws are uniform, and neither the halves of one draw nor neighbouring rows or columns go
 * together.
 */
static void
test_uniform(void)
{
	enum
	{
		N = 1000000
	};
	PkStream stream = pk_stream(42, 1, 4);
	PkStream neighbour = pk_stream(42, 1, 5);
	PkStream next_seed = pk_stream(43, 1, 4);
	uint32_t high[13] = {0};
	uint32_t low[13] = {0};
	uint32_t halves[64] = {0};
	uint32_t rows[64] = {0};
	uint32_t columns[64] = {0};
	uint32_t seeds[64] = {0};

	for (uint32_t row = 0; row < N; row++)
	{
		uint64_t draw = pk_draw(stream, row);
		uint32_t eighth = pk_below(draw, 8);

		high[pk_below(draw, 13)]++;
		low[pk_below_low(draw, 13)]++;
		halves[8 * eighth + pk_below_low(draw, 8)]++;
		rows[8 * eighth + pk_below(pk_draw(stream, row + 1), 8)]++;
		columns[8 * eighth + pk_below(pk_draw(neighbour, row), 8)]++;
		seeds[8 * eighth + pk_below(pk_draw(next_seed, row), 8)]++;
	}
	/* 99.9 % points: 32.9 for 12 degrees of freedom, 103.4 for 63 */
	ok(chi_square(high, 13, N) < 32.9, "the upper half is uniform (%.1f)", chi_square(high, 13, N));
	ok(chi_square(low, 13, N) < 32.9, "the lower half is uniform (%.1f)", chi_square(low, 13, N));
	ok(chi_square(halves, 64, N) < 103.4, "the halves of a draw are independent (%.1f)", chi_square(halves, 64, N));
	ok(chi_square(rows, 64, N) < 103.4, "neighbouring rows are independent (%.1f)", chi_square(rows, 64, N));
	ok(chi_square(columns, 64, N) < 103.4, "neighbouring columns are independent (%.1f)", chi_square(columns, 64, N));
	ok(chi_square(seeds, 64, N) < 103.4, "neighbouring seeds are independent (%.1f)", chi_square(seeds, 64, N));
}

static void
test_shuffle(void)
{
	static const uint32_t sizes[] = {1, 2, 3, 500, 5000};
	uint32_t orders[6] = {0};
	uint32_t first[10] = {0};
	uint32_t untouched = 12345;
	uint32_t order[5000];
	uint32_t again[5000];

	pk_shuffle((PkStream){1}, 0, &untouched);
	is_int(untouched, 12345, "a shuffle of nothing writes nothing");

	for (int s = 0; s < 5; s++)
	{
		unsigned char seen[5000] = {0};
		uint32_t distinct = 0;

		pk_shuffle((PkStream){sizes[s]}, sizes[s], order);
		pk_shuffle((PkStream){sizes[s]}, sizes[s], again);
		for (uint32_t i = 0; i < sizes[s]; i++)
			distinct += order[i] < sizes[s] && !seen[order[i]]++;
		is_int(distinct, sizes[s], "a shuffle of %u is a permutation", sizes[s]);
		ok(memcmp(order, again, sizes[s] * sizeof(uint32_t)) == 0, "and the same each time");
	}

	for (uint64_t key = 0; key < 60000; key++)
	{
		PkStream stream = pk_stream(key, 1, 1);

		pk_shuffle(stream, 3, order);
		orders[2 * order[0] + (order[1] > order[2])]++;
		pk_shuffle(stream, 10, order);
		first[order[0]]++;
	}
	/* 99.9 % points: 20.5 for 5 degrees of freedom, 27.9 for 9 */
	ok(chi_square(orders, 6, 60000) < 20.5, "the six orders of three are equally likely (%.1f)", chi_square(orders, 6, 60000));
	ok(chi_square(first, 10, 60000) < 27.9, "each of ten is first equally often (%.1f)", chi_square(first, 10, 60000));
}

int
main(void)
{
	test_reference_outputs();
	test_streams();
	test_stream_keys_differ();
	test_permutation_exhaustive();
	test_permutation_sampled();
	test_uuids();
	test_below();
	test_uniform();
	test_shuffle();
	return tap_done();
}
