/*
 * undo.c
 *	  Call a function and take back whatever it did.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "common/undo.h"

/* The error of the function, of whatever kind; NULL for none. */
static ErrorData *
call_and_roll_back(PkUndoCallback call, void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile error = NULL;

	/* Switches to the subtransaction's memory context, which goes with it. */
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

	/* Ends what the function left open: snapshots, SPI connections, settings, a change of user. */
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return error;
}

/*
 * Is the error about the server, the session or the transaction, rather than about what was tried?
 */
static bool
must_raise(const ErrorData *error)
{
	switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
	{
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_TRANSACTION_ROLLBACK:
			return true;
		case ERRCODE_INTERNAL_ERROR:
			return error->sqlerrcode == ERRCODE_DATA_CORRUPTED || error->sqlerrcode == ERRCODE_INDEX_CORRUPTED;
		case ERRCODE_SYSTEM_ERROR:
			return error->sqlerrcode != ERRCODE_UNDEFINED_FILE;
		default:
			return error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
	}
}

void
pk_undo(PkUndoCallback call, void *arg)
{
	ErrorData *error = call_and_roll_back(call, arg);

	/* Only now, when the transaction is nested as the caller's own handler expects. */
	if (error != NULL)
		ReThrowError(error);
}

ErrorData *
pk_undo_catching(PkUndoCallback call, void *arg)
{
	ErrorData *error = call_and_roll_back(call, arg);

	if (error != NULL && must_raise(error))
		ReThrowError(error);
	return error;
}

ErrorData *
pk_undo_catching_foreign(PkUndoCallback call, void *arg)
{
	ErrorData *error = call_and_roll_back(call, arg);

	if (error != NULL && ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION)
		ReThrowError(error);
	return error;
}
