/*
 * histogram_test.c
 *	  Buckets over the whole range, merging in any order, and coded bytes, whole and damaged.
 *
 * Sources: src/stats/histogram.c
 */
#include "tap.h"

#include <stdlib.h>

#include "random/counter.h"
#include "stats/histogram.h"

#define PAGES (PK_HISTOGRAM_BUCKETS / PK_HISTOGRAM_PAGE)

static void *
allocate(void *owner, size_t size)
{
	if (owner != NULL)
		++*(int *) owner;
	return calloc(1, size);
}

static void
start(PkHistogram *histogram)
{
	pk_histogram_init(histogram, allocate, NULL);
}

static void
finish(PkHistogram *histogram)
{
	for (int p = 0; p < PAGES; p++)
		free(histogram->pages[p]);
	start(histogram);
}

/* The coding in a block of exactly its size, so that the sanitizer sees a byte too many. */
static uint8_t *
coded(const PkHistogram *histogram, size_t *size)
{
	uint8_t *bytes;

	*size = pk_histogram_coded_size(histogram);
	bytes = malloc(*size);
	pk_histogram_encode(histogram, bytes);
	return bytes;
}

/* Adds all that can be read; false when the bytes are malformed. */
static bool
decode(PkHistogram *histogram, const uint8_t *bytes, size_t size)
{
	PkBucketReader reader;

	pk_bucket_reader_init(&reader, bytes, size);
	while (pk_bucket_read(&reader))
		if (!pk_histogram_add(histogram, reader.bucket, reader.count))
			return false;
	return !reader.malformed;
}

static bool
same(const PkHistogram *a, const PkHistogram *b)
{
	size_t a_size;
	size_t b_size;
	uint8_t *a_bytes = coded(a, &a_size);
	uint8_t *b_bytes = coded(b, &b_size);
	bool equal = a_size == b_size && memcmp(a_bytes, b_bytes, a_size) == 0 && a->total == b->total;

	free(a_bytes);
	free(b_bytes);
	return equal;
}

/*
 * Buckets are intervals without a gap, and both ends of each map to it. A number of low bits is
 * dropped that never falls as values grow, so all values between the ends map to it, too.
 */
static void
test_buckets_over_the_whole_range(void)
{
	int wrong = 0;
	int exact = 0;
	double worst = 0;

	for (int b = 0; b < PK_HISTOGRAM_BUCKETS; b++)
	{
		int64_t lowest = pk_bucket_lowest(b);
		int64_t highest = pk_bucket_highest(b);
		int64_t middle = pk_bucket_middle(b);

		wrong += lowest != (b == 0 ? 0 : pk_bucket_highest(b - 1) + 1);
		wrong += pk_histogram_bucket(lowest) != b || pk_histogram_bucket(highest) != b;
		wrong += middle < lowest || middle > highest;
		exact += lowest == highest;
		if (lowest > 0)
			worst = fmax(worst, fmax((double) (middle - lowest) / (double) lowest,
									 (double) (highest - middle) / (double) highest));
	}
	is_int(wrong, 0, "every bucket has the values from its lowest to its highest");
	is_int(exact, 1024, "values below 1024 have buckets of their own");
	is_int(pk_bucket_highest(1023), 1023, "which are the first");
	ok(worst <= 0.001 && worst > 0.0009, "no value differs from its bucket's middle by more than 0.1 %%: %.7f", worst);
	is_int(pk_bucket_highest(PK_HISTOGRAM_BUCKETS - 1), PK_HISTOGRAM_MOST, "the last bucket ends at the largest value");
	ok(PK_HISTOGRAM_MOST >= INT64_C(3600) * 1000000, "an hour is not clamped");
	is_int(pk_histogram_bucket(PK_HISTOGRAM_MOST + 1), PK_HISTOGRAM_BUCKETS - 1, "a larger value is in the last bucket");
	is_int(pk_histogram_bucket(INT64_MAX), PK_HISTOGRAM_BUCKETS - 1, "so is the largest integer");
}

/* Values with a heavy tail, from 1 microsecond to beyond the last bucket. */
static int64_t
some_latency(uint64_t row)
{
	uint64_t draw = pk_draw(pk_stream(7, 1, 1), row);

	return (int64_t) ((draw >> 8) % (UINT64_C(1) << (draw % 34 + 1)));
}

/* Random values between bucket edges, against the definition: 10 leading bits are kept. */
static void
test_values_keep_their_leading_bits(void)
{
	int wrong = 0;

	for (uint64_t row = 0; row < 1000000; row++)
	{
		int64_t value = some_latency(row);
		int64_t kept = value > PK_HISTOGRAM_MOST ? PK_HISTOGRAM_MOST : value;
		int64_t unit = 1;

		while (kept / unit >= 1024)
			unit *= 2;
		wrong += pk_bucket_lowest(pk_histogram_bucket(value)) != kept / unit * unit;
	}
	is_int(wrong, 0, "a million values are where their leading bits say");
}

/* The same 100,000 values in parts that are merged forwards, backwards and as a tree. */
static void
test_merge_in_any_order(void)
{
	enum
	{
		parts = 64
	};
	PkHistogram whole;
	PkHistogram part[parts];
	PkHistogram forwards;
	PkHistogram backwards;

	start(&whole);
	start(&forwards);
	start(&backwards);
	for (int p = 0; p < parts; p++)
		start(&part[p]);
	for (uint64_t row = 0; row < 100000; row++)
	{
		int bucket = pk_histogram_bucket(some_latency(row));

		(void) pk_histogram_add(&whole, bucket, 1);
		(void) pk_histogram_add(&part[pk_draw(pk_stream(7, 1, 2), row) % parts], bucket, 1);
	}
	for (int p = 0; p < parts; p++)
	{
		(void) pk_histogram_merge(&forwards, &part[p]);
		(void) pk_histogram_merge(&backwards, &part[parts - 1 - p]);
	}
	is_int(whole.total, 100000, "all values are counted");
	ok(same(&whole, &forwards), "merging parts gives the bytes of the whole");
	ok(same(&whole, &backwards), "so does merging them in the opposite order");
	for (int step = 1; step < parts; step *= 2)
		for (int p = 0; p + step < parts; p += 2 * step)
			(void) pk_histogram_merge(&part[p], &part[p + step]);
	ok(same(&whole, &part[0]), "and merging them pairwise");
	for (int p = 0; p < parts; p++)
		finish(&part[p]);
	finish(&whole);
	finish(&forwards);
	finish(&backwards);
}

/* These bytes are stored in databases: they may never change. */
static void
test_known_bytes(void)
{
	static const uint8_t known[] = {1, 0, 0, 4, 0x95, 1, 0xfa, 0x07, 1, 0xfe, 0x57, 0xff, 0xff, 3};
	PkHistogram histogram;
	size_t size;
	uint8_t *bytes;

	start(&histogram);
	bytes = coded(&histogram, &size);
	ok(size == 1 && bytes[0] == 1, "an empty histogram is its version");
	free(bytes);
	(void) pk_histogram_add(&histogram, 0, 1);
	(void) pk_histogram_add(&histogram, 5, 150);
	(void) pk_histogram_add(&histogram, pk_histogram_bucket(1025), 2);
	(void) pk_histogram_add(&histogram, PK_HISTOGRAM_BUCKETS - 1, 65536);
	bytes = coded(&histogram, &size);
	ok(size == sizeof(known) && memcmp(bytes, known, size) == 0, "the bytes are the known ones");
	free(bytes);
	finish(&histogram);
}

static void
test_round_trip_and_size(void)
{
	PkHistogram histogram;
	PkHistogram again;
	size_t size;
	uint8_t *bytes;
	int pages = 0;

	pk_histogram_init(&histogram, allocate, &pages);
	start(&again);
	(void) pk_histogram_add(&histogram, 3, 1);
	is_int(pages, 1, "one value takes one page");
	for (uint64_t row = 0; row < 3000000; row++)
		(void) pk_histogram_add(&histogram, pk_histogram_bucket(some_latency(row)), 1);
	is_int(pages, PAGES, "three million take all pages, and no more");
	bytes = coded(&histogram, &size);
	ok(decode(&again, bytes, size) && same(&histogram, &again), "what is coded can be read again");
	ok(size < 3 * PK_HISTOGRAM_BUCKETS, "three million values are %zu bytes", size);
	free(bytes);
	finish(&histogram);
	finish(&again);
}

static void
test_overflow(void)
{
	PkHistogram full;
	PkHistogram one;
	PkHistogram again;
	size_t size;
	uint8_t *bytes;

	start(&full);
	start(&one);
	start(&again);
	(void) pk_histogram_add(&one, 9, 1);
	ok(pk_histogram_add(&full, 7, INT64_MAX), "a count may be the largest integer");
	ok(!pk_histogram_add(&full, 7, 1), "but not more, in the same bucket");
	ok(!pk_histogram_add(&full, 8, 1), "nor in another");
	ok(!pk_histogram_merge(&full, &one) && !pk_histogram_merge(&one, &full), "nor by merging");
	bytes = coded(&full, &size);
	ok(decode(&again, bytes, size) && again.total == INT64_MAX, "the largest count can be read again");
	ok(one.total == 1 && full.total == INT64_MAX && same(&full, &again), "what failed has added nothing");
	free(bytes);
	finish(&full);
	finish(&one);
	finish(&again);
}

static bool
is_malformed(const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size > 0 ? size : 1);
	PkHistogram histogram;
	bool good;

	memcpy(exact, bytes, size);
	start(&histogram);
	good = decode(&histogram, exact, size);
	finish(&histogram);
	free(exact);
	return !good;
}

static void
test_malformed(void)
{
	ok(is_malformed((const uint8_t *) "", 0), "no byte at all");
	ok(is_malformed((const uint8_t *) "\0", 1), "version 0");
	ok(is_malformed((const uint8_t *) "\2", 1), "a future version");
	ok(is_malformed((const uint8_t *) "\1\5", 2), "a bucket without a count");
	ok(is_malformed((const uint8_t *) "\1\5\x80", 3), "half a count");
	ok(is_malformed((const uint8_t *) "\1\x85\0\0", 4), "a gap that is longer than it has to be");
	ok(is_malformed((const uint8_t *) "\1\5\x80\0", 4), "a count that is longer than it has to be");
	ok(is_malformed((const uint8_t *) "\1\x80\x60\0", 4), "a bucket after the last");
	ok(!is_malformed((const uint8_t *) "\1\xff\x5f\0", 4), "the last bucket is none");
	ok(is_malformed((const uint8_t *) "\1\xff\x5f\0\0\0", 6), "a bucket after the last, which was there");
	ok(is_malformed((const uint8_t *) "\1\0\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11), "a count of 2^63");
	ok(!is_malformed((const uint8_t *) "\1\0\xfe\xff\xff\xff\xff\xff\xff\xff\x7f", 11), "2^63 - 1 is none");
	ok(is_malformed((const uint8_t *) "\1\0\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\0\0", 13), "a total of 2^63");
	ok(is_malformed((const uint8_t *) "\1\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 14), "a number of 12 bytes");
}

/*
 * Whatever the bytes are: either they are refused, or they are those of the histogram that was
 * read. The sanitizer sees what is read outside.
 */
static void
test_any_bytes(void)
{
	PkStream stream = pk_stream(7, 1, 3);
	uint64_t row = 0;
	int accepted = 0;
	int different = 0;

	for (int attempt = 0; attempt < 200000; attempt++)
	{
		size_t size = pk_draw(stream, row++) % 40;
		uint8_t *bytes = malloc(size > 0 ? size : 1);
		PkHistogram histogram;

		for (size_t i = 0; i < size; i++)
		{
			uint64_t draw = pk_draw(stream, row++);

			/* Small numbers, so that many are sound. */
			bytes[i] = (uint8_t) (draw % 4 == 0 ? draw >> 32 : (draw >> 32) % 128);
		}
		if (size > 0)
			bytes[0] = PK_HISTOGRAM_VERSION;
		start(&histogram);
		if (decode(&histogram, bytes, size))
		{
			size_t again_size;
			uint8_t *again = coded(&histogram, &again_size);

			accepted++;
			different += again_size != size || memcmp(again, bytes, size) != 0;
			free(again);
		}
		finish(&histogram);
		free(bytes);
	}
	is_int(different, 0, "random bytes that are read are the coding of what was read");
	ok(accepted > 1000 && accepted < 199000, "some are, some are not: %d of 200000", accepted);
}

int
main(void)
{
	test_buckets_over_the_whole_range();
	test_values_keep_their_leading_bits();
	test_merge_in_any_order();
	test_known_bytes();
	test_round_trip_and_size();
	test_overflow();
	test_malformed();
	test_any_bytes();
	return tap_done();
}
