/*
 * pglz.h
 *	  Writing PostgreSQL's own compressed format for text whose repetitions are known.
 *
 * What makes compression slow is the search for repetitions. A generator that composes text from
 * pieces need not search: it knows where it last wrote the same piece. This turns its records into
 * a stream that pglz_decompress() reads; the format is on disk in every PostgreSQL database, so it
 * cannot change.
 */
#ifndef PK_RANDOM_PGLZ_H
#define PK_RANDOM_PGLZ_H

#include <stddef.h>
#include <stdint.h>

/* Limits of the format. */
#define PK_PGLZ_MAX_DISTANCE 4095
#define PK_PGLZ_MIN_MATCH 3
#define PK_PGLZ_MAX_MATCH 273

/* The "length" bytes at "at" in the source repeat those "distance" bytes before them. */
typedef struct PkMatch
{
	uint32_t at;
	uint16_t distance; /* 1 .. PK_PGLZ_MAX_DISTANCE */
	uint16_t length;   /* matches below PK_PGLZ_MIN_MATCH are ignored */
} PkMatch;

/* Maximum size of the result: nothing matches, and every eight bytes need a ninth. */
#define PK_PGLZ_ROOM(length) ((length) + (length) / 8 + 2)

/*
 * Compresses source[0 .. length - 1] to dest, which has room for PK_PGLZ_ROOM(length) bytes, and
 * returns the size of the result. Matches must be true, which is not checked, and in order of "at".
 * If the bytes after a match go on repeating, it is extended, and the matches it runs into are cut.
 */
extern size_t pk_pglz_encode(const uint8_t *source, size_t length, const PkMatch *matches, size_t nmatches,
							 uint8_t *dest);

#endif /* PK_RANDOM_PGLZ_H */
