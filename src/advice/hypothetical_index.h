/*
 * hypothetical_index.h
 *	  Advice tried before it is given: hypothetical indexes of the extension hypopg.
 */
#ifndef PK_ADVICE_HYPOTHETICAL_INDEX_H
#define PK_ADVICE_HYPOTHETICAL_INDEX_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "plan/capture.h"

typedef struct PkHypotheticalResult
{
	bool tried;	  /* else "reason" says why not */
	char *reason; /* the end of a sentence, no full stop */
	bool chosen;  /* the plan reads the table by one of the indexes, and nowhere sequentially */
	bool served;  /* or so it does with sequential scans disabled */
	double cost;  /* of the whole plan by the indexes, if chosen or served; -1 when it cannot be told */
} PkHypotheticalResult;

/*
 * Plan the query as if the CREATE INDEX statements (C strings) had been run, for what it reads of "relid". Nothing is left
 * behind, also if it fails or is cancelled, and hypothetical indexes of the user's own take no part and stay. Raises
 * nothing but what must stop the statement, such as a cancellation.
 */
extern void pk_hypothetical_try(const char *query, const PkCaptureOptions *options, Oid relid, List *statements,
								PkHypotheticalResult *result);

#endif /* PK_ADVICE_HYPOTHETICAL_INDEX_H */
