/*
 * pglz.h
 *	  Writing PostgreSQL's own compressed format, by one who knows already where the text repeats itself.
 *
 * What makes compression slow is looking for repetitions. A generator that composes text from pieces need not look: it knows where it has last
 * written the same piece. Here its notes of that are turned into a stream that pglz_decompress() reads; the format is
 * on disk in every PostgreSQL database, and so cannot change.
 */
#ifndef PK_RANDOM_PGLZ_H
#define PK_RANDOM_PGLZ_H

#include <stddef.h>
#include <stdint.h>

/* Limits of the format. */
#define PK_PGLZ_MAX_DISTANCE 4095
#define PK_PGLZ_MIN_MATCH 3
#define PK_PGLZ_MAX_MATCH 273

/* At "at" in the source, "length" bytes are the same as those "distance" before them. */
typedef struct PkMatch
{
	uint32_t at;
	uint16_t distance; /* 1 .. PK_PGLZ_MAX_DISTANCE */
	uint16_t length;   /* below PK_PGLZ_MIN_MATCH: not worth it, skipped */
} PkMatch;

/* Room that the result may need at most: nothing matches, and every eight bytes need a ninth. */
#define PK_PGLZ_ROOM(length) ((length) + (length) / 8 + 2)

/*
 * Compresses source[0 .. length - 1] to dest, which has PK_PGLZ_ROOM(length) bytes, and returns the size of the result. Matches are in order of
 * "at" and true: that is not checked. Where one ends and the bytes go on agreeing, it is taken further, and those it passes are cut.
 */
extern size_t pk_pglz_encode(const uint8_t *source, size_t length, const PkMatch *matches, size_t nmatches,
							 uint8_t *dest);

#endif /* PK_RANDOM_PGLZ_H */
