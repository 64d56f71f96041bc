/*
 * wishes.h
 *	  What the planner could use of an index, for each table of a query.
 *
 * The planner itself has worked out which conditions and which order belong to which table when it
 * begins to look for paths: views are expanded, subqueries pulled up, constants carried over joins,
 * outer joins reduced. So that is where wishes are collected, rather than from the text or from a
 * plan, which shows only what the planner could do with the indexes that exist.
 */
#ifndef PK_ADVISOR_WISHES_H
#define PK_ADVISOR_WISHES_H

#include "postgres.h"

#include "nodes/pathnodes.h"
#include "nodes/pg_list.h"

/* A key of an index as SQL, with what is known of its condition. */
typedef struct PkWishKey
{
	char *text;		   /* as CREATE INDEX takes it */
	double share;	   /* of the rows that its condition keeps, from 0 to 1 */
	char *column;	   /* quoted name, if the key is a column; or NULL */
	bool several;	   /* compared with a list: later keys do not order the rows */
	bool correlated;   /* the column is in the order of the table's blocks */
	char *predicate;   /* the condition as SQL, if it compares with a constant; or NULL */
	bool is_predicate; /* the condition can only be a predicate: IS NOT NULL, <> */
} PkWishKey;

/* One table, as one part of a query asks for it. All lists are NIL where there is nothing. */
typedef struct PkWish
{
	int query;		/* number of the query, from 0 */
	Oid relid;		/* of a partitioned table, the root of the tree that the query names */
	List *equal;	/* PkWishKey, compared with values, the most selective first */
	List *range;	/* PkWishKey */
	List *join;		/* PkWishKey, compared for equality with other tables' columns */
	List *order;	/* C strings: the keys of the order that is wanted, with directions */
	List *separate; /* C strings: what follows CREATE INDEX ON table; each an index of its own */
	List *together; /* C strings: the same for the arms of an OR */
	List *columns;	/* C strings: all columns that the query needs; NIL if too many */
} PkWish;

typedef struct PkWishes
{
	int query;			   /* the number to give to what is collected now */
	MemoryContext context; /* of the wishes */
	List *wishes;		   /* PkWish */
} PkWishes;

/*
 * The observer of pk_whatif_plan(), see plan/whatif.h; the argument is a PkWishes, to which it adds
 * the wishes for one table.
 */
extern void pk_wishes_observe(PlannerInfo *root, RelOptInfo *rel, void *wishes);

#endif /* PK_ADVISOR_WISHES_H */
