/*
 * losing.h
 *	  Why the planner scans a table although an index would serve.
 */
#ifndef PK_CAUSES_LOSING_H
#define PK_CAUSES_LOSING_H

#include "postgres.h"

#include "causes/inquiry.h"

/* How many processes share the scan: its plan's rows are those of one of them. */
extern double pk_losing_processes(const PkFailure *failure);

/* The percentage of the table's rows that the condition is estimated to keep. */
extern double pk_losing_share(const PkFailure *failure);

/* Add the findings. "alternative" is the plan by an index. */
extern void pk_losing_find(PkInquiry *inquiry, const PkReplan *alternative);

/* Add the finding that the planner prefers another index to the expected one. */
extern void pk_losing_to_index(PkInquiry *inquiry, const PkReplan *alternative);

/* The percentage of the table's rows that the condition of the scan is estimated to keep. */
extern double pk_losing_share(const PkFailure *failure);

/* Is the table so small that it is read as a whole by any setting of costs? */
extern bool pk_losing_is_small(const PkFailure *failure);

#endif /* PK_CAUSES_LOSING_H */
