/*
 * keys.h
 *	  The keys that an index would need to answer conditions on one table.
 */
#ifndef PK_ADVICE_KEYS_H
#define PK_ADVICE_KEYS_H

#include "postgres.h"

#include "access/stratnum.h"
#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

#include "advice/table_ref.h"

/*
 * Zero except for the table, then add clauses. The lists are of distinct C strings. There may be
 * several alternatives, one of which is enough: equal, range and order as the keys of one B-tree;
 * any of "separate"; all of "together".
 */
typedef struct PkKeys
{
	PkTableRef table;
	List *equal;	/* B-tree keys compared for equality, as SQL */
	List *range;	/* B-tree keys of one range or row comparison, as SQL */
	List *order;	/* B-tree keys of the order that is wanted, as SQL */
	List *separate; /* for keys that need an index each: what follows CREATE INDEX ON table */
	List *together; /* the same for those arms of an OR that lack an index */
	/* one of "equal" is compared with a list: later keys do not order the rows */
	bool several_values;
	Bitmapset *columns; /* columns concerned, as pull_varattnos() has them */
} PkKeys;

/* Add the keys of a condition that must hold. */
extern void pk_keys_add_clause(PkKeys *keys, Node *clause);

/*
 * Add a B-tree key that is compared by the operator and collation (invalid: IS NULL and the like),
 * for equality or else as a range. False if no B-tree can have it.
 */
extern bool pk_keys_add_btree(PkKeys *keys, Node *key, Oid opno, Oid collation, bool equal);

/*
 * The key as CREATE INDEX takes it, with collation and operator class; NULL if no B-tree can have
 * it.
 */
extern char *pk_keys_btree_text(const PkKeys *keys, Node *key, Oid opno, Oid collation);

/* "USING gist (key)": an index that orders by the operator on the key; NULL if there is none. */
extern char *pk_keys_order_text(PkTableRef table, Node *key, Oid opno);

/* Can the expression be the key of an index? */
extern bool pk_keys_is_key(PkTableRef table, Node *node);

/* An expression on the table's columns as SQL, without the name of the table. */
extern char *pk_keys_text(PkTableRef table, Node *node);

/* B-tree strategy of the operator; 0 if it has none. */
extern StrategyNumber pk_keys_btree_strategy(Oid opno);

/* The list with the text added unless it is there. */
extern List *pk_keys_append(List *texts, char *text);

#endif /* PK_ADVICE_KEYS_H */
