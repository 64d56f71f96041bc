/*
 * change.h
 *	  Whether something has become worse, from the shift between its pairs of runs.
 *
 * Pure C: no server header, so that unit tests compile it alone.
 */
#ifndef PK_STATS_CHANGE_H
#define PK_STATS_CHANGE_H

#include "stats/signed_rank.h"

typedef enum PkChange
{
	PK_CHANGE_UNKNOWN,
	PK_CHANGE_WORSE,
	PK_CHANGE_NOT_WORSE,
	PK_CHANGE_BETTER,
} PkChange;

/*
 * The noise floor with which pk_sign_flip_test() makes the p values for this margin: half of it.
 * Differences far below the margin matter to nobody, so little noise earns no more weight.
 */
extern double pk_change_noise_floor(double margin);

/*
 * The verdict on differences of which a positive one is worse. p is that of the test against no
 * change, adjusted for everything that is compared at once; margin, the largest change that does
 * not matter, is in the differences' unit and above 0. NaN in shift or p: unknown.
 */
extern PkChange pk_change_verdict(PkShift shift, double p, double margin, double confidence);

/*
 * About how many more pairs it takes until the verdict is known, if what n pairs have shown
 * persists. 0: it is known. -1: more than PK_PAIRS_MAX pairs in all. "compared" is the number of
 * series that are tested at once.
 */
extern int pk_change_more_pairs(PkShift shift, double p, double margin, double confidence, int n, int compared);

/*
 * The quantile of Student's t distribution. degrees >= 1, 0.5 <= probability < 1.
 */
extern double pk_student_quantile(double probability, int degrees);

#endif /* PK_STATS_CHANGE_H */
