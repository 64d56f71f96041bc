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

/* What can be said of any condition that no index answers. */
#define PK_SENTENCE_REWRITE                                                                                      \
	"Rewrite the condition to compare a column, or an expression of columns of this table, with something that " \
	"does not depend on the table."

extern const PkSentences pk_sentence_table[PK_NUM_CAUSES];

#endif /* PK_ASSERT_SENTENCE_TABLE_H */
