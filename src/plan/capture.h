/*
 * capture.h
 *	  From query text to a plan that is ready to be walked and has not been run.
 */
#ifndef PK_PLAN_CAPTURE_H
#define PK_PLAN_CAPTURE_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "nodes/plannodes.h"

#include "common/statement.h"
#include "plan/whatif.h"

/* How to plan. All zero means: as the server would. */
typedef struct PkCaptureOptions
{
	bool disable_seqscan; /* plan with enable_seqscan = off */
	PkWhatIf what_if;	  /* what the planner is told about the tables */
} PkCaptureOptions;

typedef struct PkCapture
{
	const char *query;
	PlannedStmt *stmt;
	QueryDesc *desc;	   /* started with EXEC_FLAG_EXPLAIN_ONLY: desc->planstate is the tree to walk */
	MemoryContext context; /* owns all of the above; lives until pk_capture_end() */
} PkCapture;

/*
 * Plan the one statement in "query", which must outlive the capture, and start its executor as EXPLAIN does: the
 * caller's permissions are checked, partitions pruned, locks taken until the end of the transaction, nothing is run.
 * Raises what the parser, the planner and the executor raise, with the position inside the query; 22023 for anything
 * but one plannable statement; 42P02 for a parameter. After an error there is nothing to end.
 *
 * Captures nest, and each must be ended in the reverse order.
 */
extern void pk_capture_begin(PkCapture *capture, const char *query, const PkCaptureOptions *options);
extern void pk_capture_end(PkCapture *capture);

#endif /* PK_PLAN_CAPTURE_H */
