/*
 * run.c
 *	  Run a statement to observe it, and undo its effects.
 *
 * The statement is also planned in the subtransaction: the locks taken in planning last until it
 * has run, and effects of functions that the planner evaluates are undone with the rest.
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
	if (run->options->admit != NULL)
		run->options->admit(capture.stmt);
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
