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
 * A scan has one finding as a rule, which says what to do first:
 *
 *	  - An index would serve if the condition were written otherwise: how to write it. Another index
 *	    would answer the query as it is, but is maintained for a wording, so it is not advised.
 *	  - An index has the columns, but cannot serve however the condition is written: why, with the
 *	    index to be created as the remedy.
 *	  - There is no index: the one to be created.
 *
 * What else is found about the scan is left for when that is done. Only conditions without an index
 * that are worded so that none could serve have no statement as a remedy.
 *
 * The findings (PkFinding), at least one, the most important first. Plans the query again, more
 * than once. In the current memory context; they point into the plan of the failure.
 */
extern List *pk_scan_findings(const PkFailure *failure);

#endif /* PK_CAUSES_SCAN_H */
