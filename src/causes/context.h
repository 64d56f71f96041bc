/*
 * context.h
 *	  Causes that lie around a scan: row security, partitions, the other side of a join, grouping.
 */
#ifndef PK_CAUSES_CONTEXT_H
#define PK_CAUSES_CONTEXT_H

#include "postgres.h"

#include "causes/inquiry.h"

/* All return NULL if the cause is not there. */

/* An index has one of the conditions, which waits until row security has checked its policies. */
extern PkFinding *pk_context_row_security(const PkInquiry *inquiry, List *waiting);

/* The obstacle is about the partition key, so that it keeps partitions from being pruned, too. */
extern PkFinding *pk_context_partition_key(const PkInquiry *inquiry, const PkFinding *obstacle);

/* The other side of an equality join has a range. */
extern PkFinding *pk_context_range(const PkInquiry *inquiry, const PkPlanNode *scan);

/*
 * Does any part of the query leave rows of its tables out, so that a table without a condition of
 * its own may be needed only in part?
 */
extern bool pk_context_restricted(const PkInquiry *inquiry);

/* Another table of the plan has no statistics. */
extern PkFinding *pk_context_statistics(const PkInquiry *inquiry);

/* Only the few distinct values of an index's first column are wanted. */
extern PkFinding *pk_context_distinct(const PkInquiry *inquiry, const PkPlanNode *scan);

#endif /* PK_CAUSES_CONTEXT_H */
