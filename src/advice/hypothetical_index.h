/*
 * hypothetical_index.h
 *	  Whether the planner would use an index that does not exist yet, asked with hypopg.
 */
#ifndef PK_ADVICE_HYPOTHETICAL_INDEX_H
#define PK_ADVICE_HYPOTHETICAL_INDEX_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advice/replan.h"

typedef struct PkHypotheticalResult
{
	bool tried;	  /* if not, "reason" says why */
	char *reason; /* end of a sentence, without a period */
	bool chosen;  /* the plan uses one of the indexes and no sequential scan of the table */
	bool served;  /* it does so at least with sequential scans disabled */
	double cost;  /* total cost of that plan; -1 if it is unknown */
} PkHypotheticalResult;

/*
 * Plan the failed query as if the CREATE INDEX statements (C strings) had been run, and see how
 * it reads the table of its scan. Nothing is left behind, even after an error or a cancellation;
 * hypothetical indexes of the user are ignored, and kept. Raises only errors that must stop the
 * statement, such as a cancellation.
 */
extern void pk_hypothetical_try(const PkFailure *failure, List *statements, PkHypotheticalResult *result);

#endif /* PK_ADVICE_HYPOTHETICAL_INDEX_H */
