/*
 * sentences.h
 *	  Findings in English.
 */
#ifndef PK_ASSERT_SENTENCES_H
#define PK_ASSERT_SENTENCES_H

#include "postgres.h"

#include "advice/finding.h"

/* For whom the sentences are: they mention only arguments that their reader can use. */
typedef enum PkAssertion
{
	PK_ASSERTION_NONE,		  /* perfkit_diagnose() */
	PK_ASSERTION_INDEX_SCAN,  /* perfkit_assert_index_scan() */
	PK_ASSERTION_NO_SEQ_SCAN, /* perfkit_assert_no_seq_scan() */
	PK_ASSERTION_INDEX_CHECK, /* a row of perfkit_index_checks */
} PkAssertion;

/* All return palloc'd text, or NULL where there is nothing to say. */

/* What is wrong, as a primary message; NULL if the cause has no message of its own. */
extern char *pk_sentence_message(const PkFinding *finding);

/* The facts, in sentences; those that are new after another finding's if "alternative". */
extern char *pk_sentence_facts(const PkFinding *finding, bool alternative);

/* What to do, in sentences; after another remedy if "alternative". */
extern char *pk_sentence_remedy(const PkFinding *finding, PkAssertion assertion, bool alternative);

/* The last sentence of the remedy: when it changes the result. In sentence_proof.c. */
extern char *pk_sentence_changes(const PkFinding *finding);

/*
 * How it is known that the remedy helps, or why it is not, and whether the result stays the same.
 * In sentence_proof.c.
 */
extern char *pk_sentence_proof(const PkFinding *finding);

/*
 * The same as single words: how it was proven ("planned", "hypothetical", "built"), whether the
 * result stays the same ("by_rule", "on_sample", "no"), and the name of one of the changes.
 */
extern const char *pk_sentence_proof_word(PkProof proof);
extern const char *pk_sentence_same_word(PkSameResult same);
extern const char *pk_sentence_change_word(int change);

/* "index "a"", "indexes "a", "b" and "c"" */
extern char *pk_sentence_indexes(List *indexes);

#endif /* PK_ASSERT_SENTENCES_H */
