/*
 * scan.h
 *	  Why a plan reads a table sequentially, or does not use the expected index.
 */
#ifndef PK_CAUSES_SCAN_H
#define PK_CAUSES_SCAN_H

#include "postgres.h"

#include "advice/finding.h"
#include "advice/replan.h"

/*
 * The findings (PkFinding), at least one, the most important first. Plans the query again, more
 * than once. In the current memory context; they point into the plan of the failure.
 */
extern List *pk_scan_findings(const PkFailure *failure);

#endif /* PK_CAUSES_SCAN_H */
