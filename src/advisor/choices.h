/*
 * choices.h
 *	  What each index of a set saves, and the set without those that save too little.
 */
#ifndef PK_ADVISOR_CHOICES_H
#define PK_ADVISOR_CHOICES_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advisor/search.h"

/*
 * The set as a list of PkChoice, planned with all of it, without those whose gain is less than it
 * has to be. "effort": after this much more of pk_whatif_effort(), what saves too little is no
 * longer dropped with care for what the others then save, but all at once. Sets "after" of the
 * queries.
 */
extern List *pk_choices_make(PkSearch *search, List *set, double effort);

#endif /* PK_ADVISOR_CHOICES_H */
