/*
 * run.h
 *	  Run a statement to observe it, and undo its effects.
 */
#ifndef PK_PLAN_RUN_H
#define PK_PLAN_RUN_H

#include "postgres.h"

#include "plan/capture.h"

/*
 * Look at a plan that was run. Its counters are complete; its memory is freed when the function
 * returns.
 */
typedef void (*PkRunCallback)(PkCapture *capture, void *arg);

/*
 * Plan the query as pk_capture_begin() does, run it to its end in a subtransaction, pass it to
 * "look", and roll the subtransaction back. "options" says what to count. Raises what the statement
 * raises, after the rollback.
 */
extern void pk_run(const char *query, const PkCaptureOptions *options, PkRunCallback look, void *arg);

#endif /* PK_PLAN_RUN_H */
