/*
 * match.h
 *	  How a condition and a key of an index meet: whether the one can be answered by the other, and if not, for what.
 */
#ifndef PK_ADVICE_MATCH_H
#define PK_ADVICE_MATCH_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "nodes/primnodes.h"
#include "utils/relcache.h"

#include "advice/table_ref.h"

/* What a condition is to a key, the nearer to an answer the later. */
typedef enum PkMatchKind
{
	PK_MATCH_NONE,		/* it is about something else */
	PK_MATCH_OPERATOR,	/* on the key, by an operator that the operator class has not */
	PK_MATCH_INSIDE,	/* on an expression of the key */
	PK_MATCH_COLLATION, /* on the key, by another collation */
	PK_MATCH_FULL,		/* the key answers it */
} PkMatchKind;

/* The condition is read as "compared" OPERATOR "value"; the latter two are invalid and NULL for another form. */
typedef struct PkKeyMatch
{
	PkMatchKind kind;
	Node *key;		/* the index's key, with Vars of the query's relation */
	Node *compared; /* the key, or the expression around it */
	Oid opno;
	Node *value;
	Oid collation; /* that the condition compares by */
} PkKeyMatch;

/* Meet the index's key (from 0) with a condition on the table. */
extern void pk_match_key(Relation index, int key, PkTableRef table, Node *condition, PkKeyMatch *match);

/* Does the table have an index that answers the condition, for all of its rows and at once? */
extern bool pk_match_served(PkTableRef table, Node *condition);

/* May plans of this transaction use the index, as far as its state goes? */
extern bool pk_match_is_valid(Relation index);		/* it was built to its end */
extern bool pk_match_is_old_enough(Relation index); /* for the transaction's snapshots */

/* The expression without casts that change nothing. */
extern Node *pk_match_strip(Node *node);

/* Is it a cast that the query does not show, and that changes something? */
extern bool pk_match_is_implicit_cast(Node *node);

/* Does the expression occur in the other? */
extern bool pk_match_contains(Node *whole, Node *part);

/* The pattern of a LIKE that begins with something definite, or NULL. */
extern const char *pk_match_prefix_pattern(Oid opno, Node *value);

/* Does an operator family of b-trees know such a pattern as a range of strings? It must compare them byte by byte. */
extern bool pk_match_family_has_prefixes(Oid family, Oid collation);

#endif /* PK_ADVICE_MATCH_H */
