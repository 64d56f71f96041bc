/*
 * pglz.c
 *	  src/random/pglz: what is written decompresses to the source, whatever matches are noted.
 *
 * The decoder here is written from the description of the format; that the server's own one agrees
 * is in test/sql/domain_events.sql.
 */
#include <stdlib.h>

#include "random/counter.h"
#include "random/pglz.h"
#include "tap.h"

#define LONGEST 20000

/* Returns the number of bytes, or -1 if the input is not what it should be. */
static long
decode(const uint8_t *from, size_t size, uint8_t *to, size_t room)
{
	const uint8_t *end = from + size;
	size_t n = 0;

	while (from < end)
	{
		uint8_t control = *from++;

		for (int bit = 0; bit < 8 && from < end; bit++, control >>= 1)
		{
			if (control & 1)
			{
				uint32_t length, distance;

				if (end - from < 2)
					return -1;
				length = (from[0] & 15) + 3;
				distance = (uint32_t) (from[0] & 0xf0) << 4 | from[1];
				from += 2;
				if (length == 18)
				{
					if (from == end)
						return -1;
					length += *from++;
				}
				if (distance == 0 || distance > n || n + length > room)
					return -1;
				while (length-- > 0)
				{
					to[n] = to[n - distance];
					n++;
				}
			}
			else
			{
				if (n == room)
					return -1;
				to[n++] = *from++;
			}
		}
		if (from == end && control != 0)
			return -1; /* an item that is announced and missing */
	}
	return (long) n;
}

static uint8_t source[LONGEST];
static uint8_t unpacked[LONGEST];

static bool
round_trips(size_t length, const PkMatch *matches, size_t nmatches, size_t *size)
{
	/* in a buffer of its own, so that the sanitizer sees a byte too many */
	uint8_t *exact = malloc(PK_PGLZ_ROOM(length));
	bool same;

	*size = pk_pglz_encode(source, length, matches, nmatches, exact);
	same = *size <= PK_PGLZ_ROOM(length) && decode(exact, *size, unpacked, LONGEST) == (long) length &&
		   memcmp(source, unpacked, length) == 0;
	free(exact);
	return same;
}

static void
test_literals(void)
{
	size_t size;
	int failed = 0;

	for (size_t i = 0; i < LONGEST; i++)
		source[i] = (uint8_t) (i * 31 + i / 7);
	for (size_t length = 0; length < 100; length++)
		failed += !round_trips(length, NULL, 0, &size) || size != length + (length + 7) / 8;
	is_int(failed, 0, "without matches, eight bytes take nine");
}

static void
test_long_matches(void)
{
	PkMatch match = {.distance = 1};
	size_t size;
	int failed = 0;

	memset(source, 'x', LONGEST);
	for (uint32_t length = 1; length < 3000; length++)
	{
		match.at = 1;
		match.length = (uint16_t) (length - 1);
		failed += !round_trips(length, &match, 1, &size);
	}
	is_int(failed, 0, "matches of every length, overlapping themselves");
	ok(size < 50, "3000 equal bytes take few");

	for (uint32_t i = 0; i < LONGEST; i++)
		source[i] = (uint8_t) pk_mix64(i % 4095);
	match = (PkMatch){4095, 4095, 4095};
	ok(round_trips(8190, &match, 1, &size) && size < 4095 * 9 / 8 + 60, "the greatest distance");
}

/*
 * Texts of repeated pieces with notes as payloads have them: true ones, of all lengths, some within
 * others, some left out.
 */
static void
test_random_texts(void)
{
	static PkMatch matches[LONGEST];
	int failed = 0;
	size_t longest_text = 0;

	for (uint64_t text = 0; text < 2000; text++)
	{
		PkStream stream = pk_stream(text, 0, 0);
		uint64_t draw = 0;
		size_t length = 0;
		size_t nmatches = 0;
		size_t wanted = pk_below(pk_draw(stream, draw++), 8000);
		size_t size;

		while (length < wanted)
		{
			uint64_t d = pk_draw(stream, draw++);
			uint32_t part = 1 + pk_below(d, pk_below_low(d, 40) == 0 ? 600 : 20);
			uint32_t reach = length < 4095 ? (uint32_t) length : 4095;

			d = pk_draw(stream, draw++);
			if (reach > 0 && (d & 3) != 0)
			{
				uint32_t distance = 1 + pk_below(d, reach);

				/* sometimes the note is of a part only */
				matches[nmatches].at = (uint32_t) length;
				matches[nmatches].distance = (uint16_t) distance;
				matches[nmatches].length = (uint16_t) (d & 4 ? part : part / 2);
				nmatches += (d & 8) != 0;
				for (uint32_t i = 0; i < part; i++, length++)
					source[length] = source[length - distance];
			}
			else
			{
				for (uint32_t i = 0; i < part; i++)
					source[length++] = (uint8_t) ('a' + pk_draw(stream, draw++) % 6);
			}
		}
		failed += !round_trips(length, matches, nmatches, &size);
		longest_text = length > longest_text ? length : longest_text;
	}
	is_int(failed, 0, "2000 texts survive");
	ok(longest_text > 7000, "long ones among them");
}

int
main(void)
{
	test_literals();
	test_long_matches();
	test_random_texts();
	return tap_done();
}
