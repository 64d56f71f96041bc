/*
 * savings.h
 *	  What a change of the set saves, planned no further than a decision needs.
 */
#ifndef PK_ADVISOR_SAVINGS_H
#define PK_ADVISOR_SAVINGS_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advisor/search.h"

/* What is as good: costs that differ by less than this share of the workload's. */
#define PK_SAME_COST 0.001

/* The workload's cost with the present set. */
extern double pk_savings_present(const PkSearch *search);

/*
 * What the workload would cost less with the set than it does now, after a change of these
 * candidates. If that is "least" or less, the result may be too high, but not above "least".
 */
extern double pk_savings_with(const PkSearch *search, List *set, List *changed, double least);

/*
 * The same, but only what queries lose whose present plan the set does not allow. Others may save
 * something, which is not looked at.
 */
extern double pk_savings_of_losers(const PkSearch *search, List *set, List *changed, double least);

/* As pk_savings_with(), but only what these queries save: a list of numbers that is not empty. */
extern double pk_savings_of_queries(const PkSearch *search, List *set, List *changed, double least,
									const List *queries);

/* What it can be at most, by what is known. */
extern double pk_savings_bound(const PkSearch *search, List *set, List *changed);

/* Make the set the present one. */
extern void pk_savings_settle(PkSearch *search, List *set, List *changed);

/* The size of these indexes together. */
extern double pk_savings_bytes(List *set);

/* What these indexes together have to save: the share of the cost without them. */
extern double pk_savings_share_to_save(const PkSearch *search, List *indexes);

#endif /* PK_ADVISOR_SAVINGS_H */
