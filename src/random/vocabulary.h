/*
 * vocabulary.h
 *	  Words for the texts of business software, by decreasing frequency.
 *
 * Texts made of them compress as real ones do, because they repeat words as real ones do. All words
 * are ASCII. Positions determine the rows: changing a list changes the data, and with it every
 * digest.
 */
#ifndef PK_RANDOM_VOCABULARY_H
#define PK_RANDOM_VOCABULARY_H

#define PK_VOCABULARY 512
#define PK_VOCABULARY_LONGEST 14 /* characters */

extern const char *const pk_vocabulary[PK_VOCABULARY];

/* Names of people and places, each below 15 characters. */
#define PK_GIVEN_NAMES 64
#define PK_FAMILY_NAMES 64
#define PK_CITIES 32

extern const char *const pk_given_names[PK_GIVEN_NAMES];
extern const char *const pk_family_names[PK_FAMILY_NAMES];
extern const char *const pk_cities[PK_CITIES];

#endif /* PK_RANDOM_VOCABULARY_H */
