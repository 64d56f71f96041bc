/*
 * words.h
 *	  Word pools for the workloads: names that look real.
 *
 * All words are ASCII, so that rows are the same bytes in every server encoding. Positions
 * determine the rows: changing a list changes the data, and with it every digest.
 */
#ifndef PK_RANDOM_WORDS_H
#define PK_RANDOM_WORDS_H

#include <stddef.h>
#include <stdint.h>

#define PK_GENRES 11
#define PK_VENUES 13
#define PK_ARTISTS 500
#define PK_ARTIST_MAX 64 /* room for an artist's name with its terminating zero byte */

extern const char *const pk_genres[PK_GENRES];

/* Concert venues in Stockholm, the busiest first. */
extern const char *const pk_venues[PK_VENUES];

/*
 * Name of artist 0 .. PK_ARTISTS - 1, by decreasing popularity: real bands first, then invented
 * ones ("Velvet Harbour"). All names differ.
 */
extern void pk_artist_name(uint32_t artist, char name[PK_ARTIST_MAX]);

/* The artist's genre, as an index into pk_genres. */
extern uint32_t pk_artist_genre(uint32_t artist);

#endif /* PK_RANDOM_WORDS_H */
