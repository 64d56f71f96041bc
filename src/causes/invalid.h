/*
 * invalid.h
 *	  Indexes whose build was not completed.
 */
#ifndef PK_CAUSES_INVALID_H
#define PK_CAUSES_INVALID_H

#include "postgres.h"

#include "utils/relcache.h"

#include "causes/inquiry.h"

/* The finding that the index would answer a condition, but is invalid. */
extern PkFinding *pk_invalid_of_index(const PkInquiry *inquiry, Relation index);

/*
 * The table is a partition that lacks its part of an index of the partitioned table, which is
 * invalid until all partitions have theirs. NULL if that is not so.
 */
extern PkFinding *pk_invalid_partitioned(const PkInquiry *inquiry);

#endif /* PK_CAUSES_INVALID_H */
