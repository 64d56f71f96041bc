/*
 * histogram.c
 *	  Latency histograms: counts in log-linear buckets, and their coding.
 *
 * The buckets are those of G. Tene's HdrHistogram with 9 bits below the leading one. A value v of
 * 1024 or more keeps its 10 leading bits: with e bits dropped, its bucket is
 *
 *		512 e + (v >> e),	512 <= v >> e < 1024
 *
 * which continues the numbers of the values below 1024, where e is 0. The bucket is 2^e wide and
 * begins at 512 * 2^e or above, so its middle is off by at most 1/1024 of the value.
 */
#include <string.h>

#include "stats/histogram.h"

#define SUB_BUCKET_BITS 9
#define SUB_BUCKETS (1 << SUB_BUCKET_BITS)
#define PAGES (PK_HISTOGRAM_BUCKETS / PK_HISTOGRAM_PAGE)

/* A number below 2^63 in groups of 7 bits. */
#define VARINT_BYTES 9

int
pk_histogram_bucket(int64_t microseconds)
{
	int dropped = 0;

	if (microseconds > PK_HISTOGRAM_MOST)
		microseconds = PK_HISTOGRAM_MOST;
	while (microseconds >> dropped >= 2 * SUB_BUCKETS)
		dropped++;
	return SUB_BUCKETS * dropped + (int) (microseconds >> dropped);
}

/* Number of low bits that values of the bucket have dropped. */
static int
dropped_bits(int bucket)
{
	return bucket < 2 * SUB_BUCKETS ? 0 : bucket / SUB_BUCKETS - 1;
}

int64_t
pk_bucket_lowest(int bucket)
{
	int dropped = dropped_bits(bucket);

	return (int64_t) (bucket - SUB_BUCKETS * dropped) << dropped;
}

int64_t
pk_bucket_highest(int bucket)
{
	return pk_bucket_lowest(bucket) + (INT64_C(1) << dropped_bits(bucket)) - 1;
}

int64_t
pk_bucket_middle(int bucket)
{
	return pk_bucket_lowest(bucket) + (INT64_C(1) << dropped_bits(bucket)) / 2;
}

void
pk_histogram_init(PkHistogram *histogram, void *(*allocate)(void *owner, size_t size), void *owner)
{
	memset(histogram, 0, sizeof(*histogram));
	histogram->allocate = allocate;
	histogram->owner = owner;
}

bool
pk_histogram_add(PkHistogram *histogram, int bucket, int64_t count)
{
	int64_t **page = &histogram->pages[bucket / PK_HISTOGRAM_PAGE];

	if (count > INT64_MAX - histogram->total)
		return false;
	if (*page == NULL)
		*page = histogram->allocate(histogram->owner, PK_HISTOGRAM_PAGE * sizeof(int64_t));
	(*page)[bucket % PK_HISTOGRAM_PAGE] += count;
	histogram->total += count;
	return true;
}

bool
pk_histogram_merge(PkHistogram *histogram, const PkHistogram *other)
{
	if (other->total > INT64_MAX - histogram->total)
		return false;
	for (int p = 0; p < PAGES; p++)
		for (int i = 0; other->pages[p] != NULL && i < PK_HISTOGRAM_PAGE; i++)
			if (other->pages[p][i] > 0)
				(void) pk_histogram_add(histogram, p * PK_HISTOGRAM_PAGE + i, other->pages[p][i]);
	return true;
}

/* Returns the number of bytes. */
static int
write_varint(uint8_t *bytes, uint64_t value)
{
	int size = 0;

	while (value >= 0x80)
	{
		bytes[size++] = (uint8_t) (0x80 | (value & 0x7f));
		value >>= 7;
	}
	bytes[size++] = (uint8_t) value;
	return size;
}

/* bytes is NULL for the size alone. */
static size_t
write_buckets(const PkHistogram *histogram, uint8_t *bytes)
{
	uint8_t pair[2 * VARINT_BYTES];
	int expected = 0; /* the bucket that would need no gap */
	size_t size = 1;

	if (bytes != NULL)
		bytes[0] = PK_HISTOGRAM_VERSION;
	for (int bucket = 0; bucket < PK_HISTOGRAM_BUCKETS; bucket++)
	{
		const int64_t *page = histogram->pages[bucket / PK_HISTOGRAM_PAGE];
		int pair_size;

		if (page == NULL)
		{
			bucket += PK_HISTOGRAM_PAGE - 1;
			continue;
		}
		if (page[bucket % PK_HISTOGRAM_PAGE] == 0)
			continue;
		pair_size = write_varint(pair, (uint64_t) (bucket - expected));
		pair_size += write_varint(pair + pair_size, (uint64_t) (page[bucket % PK_HISTOGRAM_PAGE] - 1));
		if (bytes != NULL)
			memcpy(bytes + size, pair, pair_size);
		size += pair_size;
		expected = bucket + 1;
	}
	return size;
}

size_t
pk_histogram_coded_size(const PkHistogram *histogram)
{
	return write_buckets(histogram, NULL);
}

void
pk_histogram_encode(const PkHistogram *histogram, uint8_t *bytes)
{
	(void) write_buckets(histogram, bytes);
}

void
pk_bucket_reader_init(PkBucketReader *reader, const uint8_t *bytes, size_t size)
{
	memset(reader, 0, sizeof(*reader));
	reader->bucket = -1;
	reader->malformed = size < 1 || bytes[0] != PK_HISTOGRAM_VERSION;
	reader->end = bytes + size;
	reader->next = reader->malformed ? reader->end : bytes + 1;
}

/* A number of at most "most", in as few bytes as it takes. */
static bool
read_varint(PkBucketReader *reader, uint64_t most, uint64_t *value)
{
	*value = 0;
	for (int i = 0; i < VARINT_BYTES && reader->next < reader->end; i++)
	{
		uint8_t byte = *reader->next++;

		*value |= (uint64_t) (byte & 0x7f) << (7 * i);
		if (byte < 0x80)
			return *value <= most && (byte > 0 || i == 0);
	}
	return false;
}

bool
pk_bucket_read(PkBucketReader *reader)
{
	uint64_t gap;
	uint64_t more; /* than one */

	if (reader->malformed || reader->next == reader->end)
		return false;
	if (reader->bucket == PK_HISTOGRAM_BUCKETS - 1 || reader->total == INT64_MAX ||
		!read_varint(reader, (uint64_t) (PK_HISTOGRAM_BUCKETS - 2 - reader->bucket), &gap) ||
		!read_varint(reader, (uint64_t) (INT64_MAX - reader->total - 1), &more))
	{
		reader->malformed = true;
		return false;
	}
	reader->bucket += 1 + (int) gap;
	reader->count = 1 + (int64_t) more;
	reader->total += reader->count;
	return true;
}
