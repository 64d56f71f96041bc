/*
 * run.c
 *	  Run a statement for what it can tell, and take back what it did.
 *
 * Whether a statement writes cannot be told by looking at it: functions, triggers and CTEs write. So every one of them runs in
 * a subtransaction that is rolled back; one that wrote nothing has no transaction id, and costs nothing to roll back.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "common/compat.h"
#include "plan/run.h"

ErrorData *
pk_run_undone(void (*call)(void *), void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		call(arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return error;
}

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
	ErrorData *error = pk_run_undone(run_query, &run);

	/* An error finds the transaction nested as it was: whoever catches it ends his own subtransaction. */
	if (error != NULL)
		ReThrowError(error);
}
