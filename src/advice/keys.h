/*
 * keys.h
 *	  What an index would need as keys to answer conditions on one table.
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
 * Zero but for the table, then add clauses. Lists are of C strings, each once. There may be several ways, of which one is enough:
 * equal, range and order as the keys of one b-tree; any of "separate"; all of "together".
 */
typedef struct PkKeys
{
	PkTableRef table;
	List *equal;		 /* b-tree keys compared for equality, as SQL */
	List *range;		 /* b-tree keys of one range or row comparison, as SQL */
	List *order;		 /* b-tree keys of the order that is wanted, as SQL */
	List *separate;		 /* for keys that want an index of their own, what follows CREATE INDEX ON table */
	List *together;		 /* the same for the arms of an OR that have no index yet */
	bool several_values; /* one of "equal" has a list of values: rows do not come in the order of later keys */
	Bitmapset *columns;	 /* columns concerned, as pull_varattnos() has them */
} PkKeys;

/* Add the keys of a condition that must hold. */
extern void pk_keys_add_clause(PkKeys *keys, Node *clause);

/* Add a b-tree key that is compared by the operator and collation (invalid: IS NULL and such): for equality, or else a range. */
extern bool pk_keys_add_btree(PkKeys *keys, Node *key, Oid opno, Oid collation, bool equal);

/* The key as CREATE INDEX has it, and what its index has to compare it by: NULL when no b-tree can. */
extern char *pk_keys_btree_text(const PkKeys *keys, Node *key, Oid opno, Oid collation);

/* Can an index have the expression as key? */
extern bool pk_keys_is_key(PkTableRef table, Node *node);

/* An expression on the table's columns as SQL, without a table's name. */
extern char *pk_keys_text(PkTableRef table, Node *node);

/* b-tree strategy of the operator, 0 when it has none. */
extern StrategyNumber pk_keys_btree_strategy(Oid opno);

/* The list with the text, once. */
extern List *pk_keys_append(List *texts, char *text);

#endif /* PK_ADVICE_KEYS_H */
