/*
 * duplicates.h
 *	  Rows that keep a unique index from being built.
 */
#ifndef PK_CAUSES_DUPLICATES_H
#define PK_CAUSES_DUPLICATES_H

#include "postgres.h"

#include "utils/relcache.h"

#include "advice/replan.h"
#include "advice/finding.h"

/*
 * Set the finding's fields on duplicates: the query for them and, if the caller may read the table,
 * how many there are in it, or in its first pages, with an example.
 */
extern void pk_duplicates_find(const PkFailure *failure, Relation index, PkFinding *finding);

#endif /* PK_CAUSES_DUPLICATES_H */
