/*
 * diagnose.h
 *	  Everything that is found about a plan.
 */
#ifndef PK_CAUSES_DIAGNOSE_H
#define PK_CAUSES_DIAGNOSE_H

#include "postgres.h"

#include "advice/finding.h"
#include "advice/replan.h"

/*
 * The findings (PkFinding) about all nodes of the plan, worst first; NIL if there is nothing to
 * say. "failure" describes the plan, with no scan. Tables with fewer than min_rows rows, by the
 * planner's estimate, are exempt. Plans the query again, many times.
 */
extern List *pk_diagnose(const PkFailure *failure, double min_rows);

#endif /* PK_CAUSES_DIAGNOSE_H */
