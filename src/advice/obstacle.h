/*
 * obstacle.h
 *	  What keeps an existing index from answering a query's conditions.
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
	Oid index; /* that could serve otherwise, or invalid */
	/* about the index, to follow its name: "is invalid"; NULL if only the fact says it */
	char *what;
	char *fact;	   /* one sentence */
	char *remedy;  /* sentences, or NULL */
	bool decisive; /* the remedy is the right one, and another index would be superfluous */
} PkObstacle;

/*
 * Look for what keeps the indexes of the table, or those in "only" unless it is NIL, from answering
 * the conditions. Of several obstacles the one is reported that comes closest to an answer. False
 * if there is none to report.
 */
extern bool pk_obstacle_find(List *conditions, PkTableRef table, List *only, PkObstacle *obstacle);

/* The obstacle of a partial index that could serve if the query implied its predicate. */
extern void pk_obstacle_partial(Oid index, PkObstacle *obstacle);

/*
 * A condition to be rewritten so that a column is compared by itself, for which an index would do.
 * False if there is none.
 */
extern bool pk_obstacle_rewrite(List *conditions, PkTableRef table, PkObstacle *obstacle);

/*
 * Why no possible index can answer any of the conditions: the fact, if known, and what to write
 * instead.
 */
extern void pk_obstacle_unanswerable(List *conditions, PkTableRef table, PkObstacle *obstacle);

#endif /* PK_ADVICE_OBSTACLE_H */
