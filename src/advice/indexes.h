/*
 * indexes.h
 *	  The indexes of a query's tables: which one a name means, and which a plan reads.
 *
 * "Indexes" below is a list of OIDs that stand for one index: the index itself or, if it is
 * partitioned, the index and all those under it, since a plan reads the leaves.
 */
#ifndef PK_ADVICE_INDEXES_H
#define PK_ADVICE_INDEXES_H

#include "postgres.h"

#include "plan/walk.h"

/* The index and, if it is partitioned, those under it. */
extern List *pk_indexes_of(Oid index);

/*
 * The same for a name in SQL syntax, looked up among the indexes of the plan's tables; NIL if none
 * has it.
 */
extern List *pk_indexes_named(const PkPlanTree *tree, const char *name);

/* The name without quotes, for a message. */
extern char *pk_indexes_plain_name(const char *name);

/* Is one of the indexes on a table of the query, or on a partition of one? */
extern bool pk_indexes_on_query(const PkPlanTree *tree, List *indexes);

/* Does the plan read one of the indexes? */
extern bool pk_indexes_used(const PkPlanTree *tree, List *indexes);

/* The conditions that the node passes to its index, on the index's columns (INDEX_VAR). */
extern List *pk_indexes_conditions(const PkPlanNode *node);

/* Does the node read only a part of its index? */
extern bool pk_indexes_narrowing(const PkPlanNode *node);

/* The indexes that the plan reads, without duplicates, in the order of its nodes. */
extern List *pk_indexes_read(const PkPlanTree *tree);

/* Their names, "a, b"; NULL if there are none. */
extern char *pk_indexes_describe_used(const PkPlanTree *tree);

/*
 * "events (date_idx, genre_idx); venues (none)" for the tables of the query; NULL if it has none.
 */
extern char *pk_indexes_describe_all(const PkPlanTree *tree);

#endif /* PK_ADVICE_INDEXES_H */
