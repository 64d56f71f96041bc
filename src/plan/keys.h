/*
 * keys.h
 *	  What an index would need as keys to answer conditions on one table.
 */
#ifndef PK_PLAN_KEYS_H
#define PK_PLAN_KEYS_H

#include "postgres.h"

#include "access/stratnum.h"
#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

/* Zero but for the first two, then add clauses. Lists are of C strings, each once. */
typedef struct PkKeys
{
	Index rti;				/* the table, as Vars know it */
	Oid relid;				/* and the catalog */
	List *equal;			/* b-tree keys compared for equality, as SQL */
	List *range;			/* b-tree keys of one range or row comparison, as SQL */
	List *separate;			/* for keys that want an index of their own, what follows CREATE INDEX ON table */
	AttrNumber first_equal; /* column of the first key of "equal", 0 when an expression */
	AttrNumber first_range; /* and of "range" */
	Bitmapset *columns;		/* columns concerned, as pull_varattnos() has them */
	Oid existing;			/* an index that the table has for a key that wants one of its own */
} PkKeys;

/* Add the keys of a condition that must hold. */
extern void pk_keys_add_clause(PkKeys *keys, Node *clause);

/* Add a b-tree key that is compared for equality, or else a range. */
extern void pk_keys_add_btree(PkKeys *keys, Node *key, bool equal);

/* b-tree strategy of the operator, 0 when it has none. */
extern StrategyNumber pk_keys_btree_strategy(Oid operator);

/* An index of the table by the access method that starts with the column. */
extern Oid pk_keys_find_index(Oid relid, AttrNumber column, Oid method);

/* The list with the text, once. */
extern List *pk_keys_append(List *texts, char *text);

/* The expression without casts that change nothing. */
extern Node *pk_keys_strip_relabel(Node *node);

#endif /* PK_PLAN_KEYS_H */
