/*
 * sentence_table.h
 *	  The sentences for each cause, to be filled in.
 */
#ifndef PK_ASSERT_SENTENCE_TABLE_H
#define PK_ASSERT_SENTENCE_TABLE_H

#include "advice/cause.h"

/* NULL where there is nothing to say. For {name} and [[...]] see sentences.c. */
typedef struct PkSentences
{
	const char *message; /* primary message of a failed assertion */
	const char *facts;
	const char *remedy;
} PkSentences;

extern const PkSentences pk_sentence_table[PK_NUM_CAUSES];

#endif /* PK_ASSERT_SENTENCE_TABLE_H */
