/*
 * match.h
 *	  Whether a key of an index answers a condition, and if not, why.
 */
#ifndef PK_ADVICE_MATCH_H
#define PK_ADVICE_MATCH_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "nodes/primnodes.h"
#include "utils/relcache.h"

#include "advice/table_ref.h"

/* How a condition relates to a key, from nothing to a match. */
typedef enum PkMatchKind
{
	PK_MATCH_NONE,		/* the condition is on something else */
	PK_MATCH_OPERATOR,	/* on the key, by an operator that the operator class lacks */
	PK_MATCH_INSIDE,	/* on an expression that contains the key */
	PK_MATCH_COLLATION, /* on the key, by another collation */
	PK_MATCH_FULL,		/* the key answers it */
} PkMatchKind;

/*
 * The condition is read as "compared" OPERATOR "value". For conditions of another form, opno is
 * invalid and value NULL.
 */
typedef struct PkKeyMatch
{
	PkMatchKind kind;
	Node *key;		/* the index's key, with Vars of the query's table */
	Node *compared; /* the key, or an expression that contains it */
	Oid opno;
	Node *value;
	Oid collation; /* by which the condition compares */
} PkKeyMatch;

/* Match a key of the index (counted from 0) with a condition on the table. */
extern void pk_match_key(Relation index, int key, PkTableRef table, Node *condition, PkKeyMatch *match);

/*
 * Does the table have an index that answers the condition, for all rows and already in this
 * transaction?
 */
extern bool pk_match_served(PkTableRef table, Node *condition);

/* A key of the index, counted from 0, with Vars of the query's table. */
extern Node *pk_match_key_expression(Relation index, int key, PkTableRef table);

/* May plans of this transaction use the index, as far as its state is concerned? */
extern bool pk_match_is_valid(Relation index); /* its build has finished */
/* for the transaction's snapshots, see indcheckxmin */
extern bool pk_match_is_old_enough(Relation index);

/* Does the operator match text with a pattern, of which a fixed beginning would be a range? */
extern bool pk_match_is_pattern(Oid opno);

/*
 * The pattern of a LIKE, a regular expression or ^@ that begins with a fixed string; NULL for
 * anything else.
 */
extern const char *pk_match_prefix_pattern(Oid opno, Node *value);

/*
 * Can an operator family of B-trees answer such a pattern as a range of strings? It must compare
 * byte by byte.
 */
extern bool pk_match_family_has_prefixes(Oid family, Oid collation);

#endif /* PK_ADVICE_MATCH_H */
