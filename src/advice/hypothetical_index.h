/*
 * hypothetical_index.h
 *	  Whether the planner would use an index that does not exist yet, asked with hypopg.
 */
#ifndef PK_ADVICE_HYPOTHETICAL_INDEX_H
#define PK_ADVICE_HYPOTHETICAL_INDEX_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advice/trial.h"

/*
 * Plan the failed query as if the CREATE INDEX statements (C strings) had been run, and see how
 * it reads the table of its scan. Nothing is left behind, even after an error or a cancellation;
 * hypothetical indexes of the user are ignored, and kept. Raises only errors that must stop the
 * statement, such as a cancellation.
 */
extern void pk_hypothetical_try(const PkFailure *failure, List *statements, PkTrialResult *result);

#endif /* PK_ADVICE_HYPOTHETICAL_INDEX_H */
