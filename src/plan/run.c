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

void
pk_run(const char *query, const PkCaptureOptions *options, PkRunCallback look, void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	PkCapture capture;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		pk_capture_begin(&capture, query, options);
		pk_capture_run(&capture);
		look(&capture, arg);
		pk_capture_end(&capture);
	}
	PG_CATCH();
	{
		ErrorData *error;

		/* An error must find the transaction nested as it was: whoever catches it ends his own subtransaction. */
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
		ReThrowError(error);
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
}
