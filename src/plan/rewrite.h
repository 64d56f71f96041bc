/*
 * rewrite.h
 *	  A condition of a query replaced by another one while the query is planned.
 */
#ifndef PK_PLAN_REWRITE_H
#define PK_PLAN_REWRITE_H

#include "postgres.h"

#include "nodes/pathnodes.h"
#include "nodes/pg_list.h"

/* A condition on one table, as SQL on the table's columns. */
typedef struct PkRewrite
{
	Oid relid;		   /* the table, perhaps a partition */
	const char *alias; /* by which the query knows it, or any if NULL */
	/* as deparse_expression() shows it with implicit casts and without the table's name */
	const char *written;
	const char *instead;
	void (*check)(Node *instead); /* raises an error if that must not be planned; or NULL */
	int *replaced;				  /* counts replacements */
} PkRewrite;

/*
 * Replace the condition in the query being planned. To be called when the planner has asked for the
 * properties of a table, and not yet distributed the conditions. Raises an error if the new
 * condition is none.
 */
extern void pk_rewrite_apply(PlannerInfo *root, RelOptInfo *rel, Oid relid, const PkRewrite *rewrite);

/*
 * A condition on the table, as its range table entry number 1. Parameters have the types that they
 * have in "like", if that is not NULL. Raises what the parser raises.
 */
extern Node *pk_rewrite_parse(Oid relid, const char *text, Node *like);

#endif /* PK_PLAN_REWRITE_H */
