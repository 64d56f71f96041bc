/*
 * pruning.h
 *	  Partitions that are read although the query does not need them, or that need no index.
 */
#ifndef PK_CAUSES_PRUNING_H
#define PK_CAUSES_PRUNING_H

#include "postgres.h"

#include "causes/inquiry.h"

/*
 * Does the executor leave partitions out by the conditions of the scan, and do those concern the
 * partition key alone? Then what remains is wanted, and the plan's costs, which are for more
 * partitions than will be read, prove nothing.
 */
extern bool pk_pruning_done(const PkInquiry *inquiry, const PkPlanNode *scan);

/* One value of the partition key is joined, but only after all partitions are read; or NULL. */
extern PkFinding *pk_pruning_join(const PkInquiry *inquiry, const PkPlanNode *scan);

#endif /* PK_CAUSES_PRUNING_H */
