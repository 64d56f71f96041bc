/*
 * relax.h
 *	  Less of a set of indexes, for almost the same costs.
 */
#ifndef PK_ADVISOR_RELAX_H
#define PK_ADVISOR_RELAX_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advisor/search.h"

/*
 * Drop the index of the present set whose loss matters least, if it does not matter, or if the set
 * is larger than it may be; or replace it by one of the options (PkIndexCandidate) that is smaller
 * and begins alike, if that is better.
 */
extern bool pk_relax_one(PkSearch *search, List **set, List *options);

/* Replace indexes of the present set by smaller options that begin alike and are worth more. */
extern void pk_relax_shrink(PkSearch *search, List **set, List *options);

/* What the index has to save beside the others of the set: the share of the cost without it. */
extern double pk_relax_share_to_save(const PkSearch *search, List *set, PkIndexCandidate *candidate);

#endif /* PK_ADVISOR_RELAX_H */
