/*
 * trigger_work.h
 *	  The rows that statements of triggers discard, while a captured plan is run.
 */
#ifndef PK_PLAN_TRIGGER_WORK_H
#define PK_PLAN_TRIGGER_WORK_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* What the statements of all triggers discard of one table. */
typedef struct PkTriggerScan
{
	Oid relid; /* invalid: by a node that reads no table, such as a join */
	double rows_removed;
} PkTriggerScan;

typedef struct PkTriggerWork
{
	List *scans;		   /* PkTriggerScan, one for each table, in the context */
	double rows_removed;   /* sum */
	MemoryContext context; /* the current one at the beginning */
	List *statements;	   /* that were started, and are counted when they end */
	Oid role;			   /* current user at the beginning */
	int depth;			   /* of triggers at the beginning */
	struct PkTriggerWork *outer;
} PkTriggerWork;

/*
 * From now on, statements that triggers start are counted, also those that they start in turn, but
 * not what runs with privileges of a role that the current user lacks; of foreign keys' triggers,
 * what they discard of tables that the current user may read counts nevertheless. Ends must be
 * reached in any case, also after an error, in reverse order.
 */
extern void pk_trigger_work_begin(PkTriggerWork *work);
extern void pk_trigger_work_end(PkTriggerWork *work);

/* Install the hooks; from _PG_init(). */
extern void pk_trigger_work_init(void);

#endif /* PK_PLAN_TRIGGER_WORK_H */
