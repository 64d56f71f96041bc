/*
 * work.h
 *	  What makes a node that uses an index work too much, and triggers that scan.
 */
#ifndef PK_CAUSES_WORK_H
#define PK_CAUSES_WORK_H

#include "postgres.h"

#include "advice/finding.h"
#include "advice/replan.h"

/*
 * Findings about a node of the plan, in failure->scan, that is no sequential scan; NIL for none.
 * Tables with fewer than min_rows rows that its triggers scan are exempt.
 */
extern List *pk_work_find(const PkFailure *failure, double min_rows);

#endif /* PK_CAUSES_WORK_H */
