/*
 * trial.h
 *	  Whether the planner would use an index that does not exist yet.
 */
#ifndef PK_ADVICE_TRIAL_H
#define PK_ADVICE_TRIAL_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advice/finding.h"
#include "advice/replan.h"

typedef struct PkTrialResult
{
	bool tried;	   /* if not, "reason" says why */
	char *reason;  /* end of a sentence, without a period */
	PkProof proof; /* how it was tried */
	bool chosen;   /* the plan uses one of the indexes and no sequential scan of the table */
	bool served;   /* it does so at least with sequential scans disabled */
	double cost;   /* total cost of that plan; -1 if it is unknown */
} PkTrialResult;

/*
 * Plan the failed query as told by "what_if", and see whether it reads the table of its scan by one
 * of the indexes: first as the planner likes, then, called again after a "tried" result, without
 * sequential scans. Sets "tried" if the planner was shown one of the indexes.
 */
extern void pk_trial_plan(const PkFailure *failure, const PkWhatIf *what_if, List *indexes, PkTrialResult *result);

/*
 * Does the table have an index, valid or not, that begins with these keys, has the same rows and
 * the columns of INCLUDE?
 */
extern bool pk_trial_exists(Oid relid, const char *tail);

#endif /* PK_ADVICE_TRIAL_H */
