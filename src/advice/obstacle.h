/*
 * obstacle.h
 *	  What keeps an index that a table has from answering a query's conditions.
 */
#ifndef PK_ADVICE_OBSTACLE_H
#define PK_ADVICE_OBSTACLE_H

#include "postgres.h"

#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"

#include "advice/table_ref.h"

/* Texts are palloc'd. */
typedef struct PkObstacle
{
	Oid index;	   /* that could serve but for this, or invalid */
	char *what;	   /* about the index, to follow its name: 'is invalid'; or NULL when only the fact tells */
	char *fact;	   /* one sentence */
	char *remedy;  /* sentences, or NULL */
	bool decisive; /* the remedy is the one to take, and another index would be one too many */
} PkObstacle;

/*
 * Look for what stands between the conditions on "relid" (range table entry "rti") and its indexes, or those of "only" unless NIL. The
 * nearest to an answer is told. False when there is nothing to tell.
 */
extern bool pk_obstacle_find(List *conditions, PkTableRef table, List *only, PkObstacle *obstacle);

/* The same for a partial index that would serve, did the query imply its predicate. */
extern void pk_obstacle_partial(Oid index, PkObstacle *obstacle);

/* A condition whose column should rather be compared itself, with an index on it: what to write. */
extern bool pk_obstacle_rewrite(List *conditions, PkTableRef table, PkObstacle *obstacle);

/* Why no index whatever can answer any of the conditions: the fact, and what to write instead. */
extern void pk_obstacle_unanswerable(List *conditions, PkTableRef table, PkObstacle *obstacle);

#endif /* PK_ADVICE_OBSTACLE_H */
