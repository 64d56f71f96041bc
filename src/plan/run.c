/*
 * run.c
 *	  Run a statement for what it can tell, and take back what it did.
 *
 * It is planned in the subtransaction too: the locks taken in planning last until it has run, and
 * what is done by functions that the planner evaluates is taken back with the rest.
 */
#include "postgres.h"

#include "common/undo.h"
#include "plan/run.h"

typedef struct PkRun
{
	const char *query;
	const PkCaptureOptions *options;
	PkRunCallback look;
	void *arg;
} PkRun;

static void
run_query(void *arg)
{
	PkRun *run = (PkRun *) arg;
	PkCapture capture;

	pk_capture_begin(&capture, run->query, run->options);
	pk_capture_run(&capture);
	run->look(&capture, run->arg);
	pk_capture_end(&capture);
}

void
pk_run(const char *query, const PkCaptureOptions *options, PkRunCallback look, void *arg)
{
	PkRun run = {.query = query, .options = options, .look = look, .arg = arg};

	pk_undo(run_query, &run);
}
