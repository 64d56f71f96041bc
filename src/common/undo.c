/*
 * undo.c
 *	  Call a function and take back whatever it did.
 */
#include "postgres.h"

#include "access/xact.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "common/undo.h"

/* The error of the function, of whatever kind; NULL for none. */
static ErrorData *
call_in_subtransaction(PkUndoUnlessCallback call, void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile error = NULL;
	bool used_temporary = (MyXactFlags & XACT_FLAGS_ACCESSEDTEMPNAMESPACE) != 0;
	volatile bool keep = false;

	/* Switches to the subtransaction's memory context, which goes with it. */
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		keep = call(arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();

	/*
	 * A rollback ends what the function left open: snapshots, SPI connections, settings, a change
	 * of user.
	 */
	if (keep)
		ReleaseCurrentSubTransaction();
	else
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;

	/*
	 * A rollback to a savepoint leaves this flag set, and PREPARE TRANSACTION then fails. If only
	 * the subtransaction used temporary objects, nothing of them is left to prepare: what it
	 * created is dropped, the temporary schema included, and its locks are released. At commit the
	 * flag also makes ON COMMIT DELETE ROWS truncate; such a table is empty if only the
	 * subtransaction wrote to it.
	 */
	if (!keep && !used_temporary)
		MyXactFlags &= ~XACT_FLAGS_ACCESSEDTEMPNAMESPACE;
	return error;
}

typedef struct Trial
{
	PkUndoCallback call;
	void *arg;
} Trial;

static bool
keep_nothing(void *arg)
{
	Trial *trial = arg;

	trial->call(trial->arg);
	return false;
}

static ErrorData *
call_and_roll_back(PkUndoCallback call, void *arg)
{
	Trial trial = {.call = call, .arg = arg};

	return call_in_subtransaction(keep_nothing, &trial);
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

void
pk_undo_unless(PkUndoUnlessCallback call, void *arg)
{
	ErrorData *error = call_in_subtransaction(call, arg);

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
pk_undo_unless_catching(PkUndoUnlessCallback call, void *arg)
{
	ErrorData *error = call_in_subtransaction(call, arg);

	if (error != NULL && must_raise(error))
		ReThrowError(error);
	return error;
}

ErrorData *
pk_undo_catching_lock_timeout(PkUndoCallback call, void *arg)
{
	ErrorData *error = call_and_roll_back(call, arg);

	if (error != NULL && error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE && must_raise(error))
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

typedef struct BriefTrial
{
	PkUndoCallback call;
	void *arg;
	int lock_timeout; /* ms */
} BriefTrial;

/* The rollback restores the setting. */
static void
call_with_lock_timeout(void *arg)
{
	BriefTrial *trial = arg;
	char value[16];

	snprintf(value, sizeof(value), "%d", trial->lock_timeout);
	(void) set_config_option("lock_timeout", value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	trial->call(trial->arg);
}

ErrorData *
pk_undo_catching_briefly(PkUndoCallback call, void *arg, bool foreign, int *patience)
{
	BriefTrial trial = {call, arg, Max(*patience, 1)};
	ErrorData *error;

	if (LockTimeout > 0 && LockTimeout <= trial.lock_timeout)
		return foreign ? pk_undo_catching_foreign(call, arg) : pk_undo_catching(call, arg);
	error = call_and_roll_back(call_with_lock_timeout, &trial);
	if (error == NULL)
		return NULL;
	if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
		*patience -= trial.lock_timeout;
	else if (foreign ? ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION : must_raise(error))
		ReThrowError(error);
	return error;
}
