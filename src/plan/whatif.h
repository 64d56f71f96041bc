/*
 * whatif.h
 *	  What the planner is told about tables, for the statements that perfkit plans and no others.
 */
#ifndef PK_PLAN_WHATIF_H
#define PK_PLAN_WHATIF_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "nodes/plannodes.h"

/* All zero means: the truth. */
typedef struct PkWhatIf
{
	List *only_indexes; /* OIDs; where a table has one of them, its other indexes do not exist */
} PkWhatIf;

/* pg_plan_query() for a planner that believes "what_if". */
extern PlannedStmt *pk_whatif_plan(Query *query, const char *text, const PkWhatIf *what_if);

/* Install the hook; from _PG_init(). */
extern void pk_whatif_init(void);

#endif /* PK_PLAN_WHATIF_H */
