/*
 * run.h
 *	  Run a statement for what it can tell, and take back what it did.
 */
#ifndef PK_PLAN_RUN_H
#define PK_PLAN_RUN_H

#include "postgres.h"

#include "plan/capture.h"

/* Look at a plan that was run: its counters are complete, its memory goes when the function returns. */
typedef void (*PkRunCallback)(PkCapture *capture, void *arg);

/*
 * Plan the query as pk_capture_begin() does, run it to its end inside a subtransaction, hand it to "look", and roll the
 * subtransaction back. "options" says what to count. Raises what the statement raises,
 * after the rollback.
 */
extern void pk_run(const char *query, const PkCaptureOptions *options, PkRunCallback look, void *arg);

#endif /* PK_PLAN_RUN_H */
