/*
 * undo.h
 *	  Call a function and take back whatever it did.
 *
 * Whether a statement writes cannot be told by looking at it: functions, triggers, aggregates and
 * CHECK constraints of domains write. So everything that perfkit runs on trial runs in a
 * subtransaction that is rolled back. One that wrote nothing has no transaction id, and its
 * rollback writes nothing either, so this works in read-only transactions and on standbys.
 *
 * What a rollback does not undo is not undone here:
 *
 *	  sequences
 *	  session-level advisory locks
 *	  the position of a cursor of the caller from which a function fetches
 *	  in a SERIALIZABLE transaction, SIREAD locks and conflicts with other transactions
 *	  the flag that the transaction used temporary objects, so that it cannot be prepared
 *	  one transaction id per execution that writes
 *	  the first use of a temporary table in the session, after which temp_buffers is fixed
 *	  the space of dead rows
 *	  what functions do outside the database or keep in the backend's memory
 *
 * Deferred triggers do not fire.
 *
 * Locks that the function took are released with the subtransaction, so nothing may be used
 * afterwards that relies on them, such as a plan that is still to be run.
 */
#ifndef PK_COMMON_UNDO_H
#define PK_COMMON_UNDO_H

#include "postgres.h"

/*
 * Runs in the caller's memory context, and has to leave SPI and the active snapshot as it found
 * them.
 */
typedef void (*PkUndoCallback)(void *arg);

/*
 * Call the function in a subtransaction, and roll that back. Afterwards the memory context, the
 * resource owner, settings, the current user and SPI are the caller's, also after an error, as
 * after a PL/pgSQL block with an EXCEPTION clause. Raises the function's error, if any, after the
 * rollback.
 */
extern void pk_undo(PkUndoCallback call, void *arg);

/*
 * The same, but what the function did is kept if it returns true. Then its locks are kept, too, and
 * it has to leave the settings, the current user and SPI as it found them.
 */
typedef bool (*PkUndoUnlessCallback)(void *arg);
extern void pk_undo_unless(PkUndoUnlessCallback call, void *arg);

/*
 * Like pk_undo(), but an error is returned, in the current memory context, where it can be about
 * the trial: NULL where there was none. Errors about the server, the session or the transaction are
 * raised all the same:
 *
 *	  class 57, operator intervention: cancellation, statement_timeout, shutdown
 *	  class 53, insufficient resources: out of memory, disk full
 *	  XX001 and XX002, corrupted data or indexes; not XX000, which any elog(ERROR) has
 *	  class 58, system errors such as a failed read, except 58P01, undefined_file: the library of a
 *	      function
 *	  class 40, serialization failures and deadlocks: the whole transaction has to be tried again
 *	  55P03, lock_not_available: lock_timeout
 *
 * FATAL and PANIC end the backend and reach no handler.
 */
extern ErrorData *pk_undo_catching(PkUndoCallback call, void *arg);

/* Like pk_undo_unless(), but an error is returned as by pk_undo_catching(). */
extern ErrorData *pk_undo_unless_catching(PkUndoUnlessCallback call, void *arg);

/*
 * Like pk_undo_catching(), but lock_timeout is returned, too: for work that only adds to a result
 * that there is already, and that must not be lost.
 */
extern ErrorData *pk_undo_catching_lock_timeout(PkUndoCallback call, void *arg);

/*
 * Like pk_undo_catching(), for a trial of another role's code, which can raise any SQLSTATE at
 * will: only class 57 is raised, since a cancellation cannot be told from an error that imitates
 * one.
 */
extern ErrorData *pk_undo_catching_foreign(PkUndoCallback call, void *arg);

/*
 * Like pk_undo_catching_foreign() if "foreign", otherwise like pk_undo_catching(), for one of many
 * trials: it waits for a lock at most "patience" ms, and then returns lock_not_available. The
 * time waited is taken off, so many trials of one locked table take about as long as one. If the
 * caller's own lock_timeout is shorter, that applies, and its error is raised unless "foreign".
 */
extern ErrorData *pk_undo_catching_briefly(PkUndoCallback call, void *arg, bool foreign, int *patience);

#endif /* PK_COMMON_UNDO_H */
