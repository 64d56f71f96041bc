/*
 * histogram_type.h
 *	  Histograms as values of SQL's type perfkit_histogram, which hold the coding of
 *	  stats/histogram.h.
 */
#ifndef PK_MEASURE_HISTOGRAM_TYPE_H
#define PK_MEASURE_HISTOGRAM_TYPE_H

#include "postgres.h"

#include "stats/histogram.h"

/* An empty histogram whose memory is that of the context. */
extern PkHistogram *pk_histogram_new(MemoryContext context);

/* Palloc'd. */
extern Datum pk_histogram_datum(const PkHistogram *histogram);

/*
 * A reader of the value's buckets, detoasted if need be. After pk_bucket_read() has returned false,
 * pk_histogram_check_read() raises XX001 if that was because the value is corrupt.
 */
extern PkBucketReader pk_histogram_reader(Datum value);
extern void pk_histogram_check_read(const PkBucketReader *reader);

/* Adds, or raises 22003 when the total would be too large. */
extern void pk_histogram_count(PkHistogram *histogram, int bucket, int64 count);
extern void pk_histogram_add_datum(PkHistogram *histogram, Datum value);
extern void pk_histogram_add_all(PkHistogram *histogram, const PkHistogram *other);

#endif /* PK_MEASURE_HISTOGRAM_TYPE_H */
