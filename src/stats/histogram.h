/*
 * histogram.h
 *	  Latency histograms: counts in log-linear buckets, and their coding.
 *
 * Below 1024 microseconds each value has a bucket of its own. Above, every power of two is divided
 * into 512 buckets of equal width, so a bucket's middle differs from any value in it by less than
 * 0.1 %. Buckets are the same for all histograms and only integers are involved. Therefore merging
 * is exact, does not depend on order, and gives the same bytes on every platform.
 *
 * Pure C: no server header, so that unit tests compile it alone.
 */
#ifndef PK_STATS_HISTOGRAM_H
#define PK_STATS_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Values are whole microseconds from 0 to PK_HISTOGRAM_MOST, which is 1 h 11 min 35 s. Larger ones
 * are counted in the last bucket.
 */
#define PK_HISTOGRAM_MOST INT64_C(4294967295)
#define PK_HISTOGRAM_BUCKETS 12288

/* 0 <= microseconds. */
extern int pk_histogram_bucket(int64_t microseconds);

/* The smallest and the largest value of a bucket, and the one that stands for all of them. */
extern int64_t pk_bucket_lowest(int bucket);
extern int64_t pk_bucket_highest(int bucket);
extern int64_t pk_bucket_middle(int bucket);

#define PK_HISTOGRAM_PAGE 64 /* buckets whose counters are allocated together */

/*
 * Counters. Pages are allocated when they are first needed, so that a histogram of few latencies
 * takes 2 kB, and one of any number takes at most 100 kB. allocate returns zeroed memory, and does
 * not return on failure; the memory belongs to the caller.
 */
typedef struct PkHistogram
{
	int64_t total; /* sum of all counts: it fits, so all partial sums do */
	void *(*allocate)(void *owner, size_t size);
	void *owner;
	int64_t *pages[PK_HISTOGRAM_BUCKETS / PK_HISTOGRAM_PAGE];
} PkHistogram;

/* An empty histogram. */
extern void pk_histogram_init(PkHistogram *histogram, void *(*allocate)(void *owner, size_t size), void *owner);

/*
 * Add 0 <= count values of a bucket, or all values of another histogram. false, and nothing is
 * added, when the total would exceed INT64_MAX.
 */
extern bool pk_histogram_add(PkHistogram *histogram, int bucket, int64_t count);
extern bool pk_histogram_merge(PkHistogram *histogram, const PkHistogram *other);

/*
 * The coding: a byte for the version, then for each bucket that is not empty, in ascending order,
 * the number of empty buckets before it and its count minus 1. Both are variable-length integers:
 * 7 bits a byte, the lowest first, the high bit set in all bytes but the last, and no superfluous
 * byte. So equal histograms have equal bytes.
 */
#define PK_HISTOGRAM_VERSION 1

extern size_t pk_histogram_coded_size(const PkHistogram *histogram);

/* Writes exactly pk_histogram_coded_size() bytes. */
extern void pk_histogram_encode(const PkHistogram *histogram, uint8_t *bytes);

/*
 * Reads coded buckets one by one. Bytes may be anything: no byte outside is read, and whatever
 * pk_histogram_encode() would not have written is an error.
 */
typedef struct PkBucketReader
{
	const uint8_t *next;
	const uint8_t *end;
	int bucket;	   /* of the last pk_bucket_read(): which bucket, */
	int64_t count; /* how many values are in it, at least 1, */
	int64_t total; /* and how many in all buckets up to it */
	bool malformed;
} PkBucketReader;

extern void pk_bucket_reader_init(PkBucketReader *reader, const uint8_t *bytes, size_t size);

/* false at the end, and when the bytes are malformed. */
extern bool pk_bucket_read(PkBucketReader *reader);

#endif /* PK_STATS_HISTOGRAM_H */
