/*
 * better_index.h
 *	  An index is used, or could be, but another one with more of the conditions as its keys, or
 *	  in another order, would read much less.
 */
#ifndef PK_CAUSES_BETTER_INDEX_H
#define PK_CAUSES_BETTER_INDEX_H

#include "postgres.h"

#include "causes/inquiry.h"

/*
 * Try the index that all conditions of the scan in question ask for, and make it the remedy of the
 * finding. False if it would be of no use.
 */
extern bool pk_better_index_try(PkInquiry *inquiry, PkFinding *finding);

/*
 * The B-tree begins with a column that has only a range, while a later one is compared for
 * equality, so that all entries within the range are read. Adds the finding if another order of the
 * columns would do much better.
 */
extern bool pk_better_index_range_first(PkInquiry *inquiry, Oid indexid);

/*
 * The index lacks a column of the filter, which discards most of the rows that it finds. Adds the
 * finding if an index that has it would do much better.
 */
extern bool pk_better_index_lacking(PkInquiry *inquiry, Oid indexid, List *filter);

#endif /* PK_CAUSES_BETTER_INDEX_H */
