/*
 * trial_built.h
 *	  Whether the planner would use an index that does not exist yet, asked with one that is built
 *	  on a sample of the table.
 */
#ifndef PK_ADVICE_TRIAL_BUILT_H
#define PK_ADVICE_TRIAL_BUILT_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advice/trial.h"

/*
 * Build indexes ("USING gin (key)", C strings) on a sample of the first of the tables, plan the
 * failed query as if all of the tables had them, and roll that back. Raises only errors that must
 * stop the statement, such as a cancellation.
 */
extern void pk_trial_built(const PkFailure *failure, List *tables, List *tails, PkTrialResult *result);

/*
 * The columns that the indexes are about, as "a, b", and their names as String nodes in "names",
 * unless that is NULL. NULL if building them could call functions that did not come with the
 * server. Sets "computed" if one of them is on an expression.
 */
extern char *pk_trial_columns(Oid relid, List *tails, bool *computed, List **names);

#endif /* PK_ADVICE_TRIAL_BUILT_H */
