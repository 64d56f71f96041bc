/*
 * capture.h
 *	  From the text of a query to a plan that is ready to be walked, but has not been run.
 */
#ifndef PK_PLAN_CAPTURE_H
#define PK_PLAN_CAPTURE_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "executor/instrument.h"
#include "nodes/plannodes.h"
#include "utils/array.h"

#include "common/statement.h"
#include "plan/trigger_work.h"
#include "plan/whatif.h"

/* How to plan. All zero means: as the server would. */
typedef struct PkCaptureOptions
{
	bool disable_seqscan; /* plan with enable_seqscan = off */
	/* plan with enable_indexscan, enable_indexonlyscan and enable_bitmapscan = on */
	bool enable_indexes;
	/* plan $1, $2 ... for unknown values, with types inferred as by EXPLAIN (GENERIC_PLAN) */
	bool generic;
	ArrayType *parameters; /* text array of their values, to run a generic plan with; or NULL */
	/* InstrumentOption bits of what to count when the plan is run; 0 if it will not be */
	int instrument;
	/* record which nodes are run to their end, see completion.h; needs "instrument" */
	bool watch_completion;
	PkWhatIf what_if; /* what the planner is told about the tables */
	/* raises an error if the plan must not be run; NULL: any may be. See pk_run(). */
	void (*admit)(const PlannedStmt *stmt);
} PkCaptureOptions;

typedef struct PkCapture
{
	const char *query;
	PlannedStmt *stmt;
	/* started, only to explain unless "instrument"; desc->planstate is the tree to walk */
	QueryDesc *desc;
	/* set by pk_capture_run(): of the plan, its triggers and parallel workers */
	BufferUsage buffers;
	WalUsage wal;
	PkTriggerWork triggers; /* what statements of triggers discard */
	double effort;			/* of the planner, see pk_whatif_effort() */
	MemoryContext context;	/* owns all of the above; lives until pk_capture_end() */
} PkCapture;

/*
 * Plan the one statement in "query", which must outlive the capture, and start its executor as
 * EXPLAIN does: the permissions of the caller are checked, partitions pruned, locks taken until the
 * end of the transaction, but nothing is run. Raises what the parser, the planner and the executor
 * raise, with the position inside the query; 22023 for anything but one plannable statement; 42P02
 * for a parameter, unless "generic"; with "generic", if the plan will be run, 42P18 for a parameter
 * whose type cannot be determined. Running a generic plan needs "parameters", see
 * pk_parameters_make(). After an error there is nothing to end.
 *
 * Captures nest, and must be ended in reverse order.
 */
extern void pk_capture_begin(PkCapture *capture, const char *query, const PkCaptureOptions *options);
extern void pk_capture_end(PkCapture *capture);

/*
 * Run the plan to its end, including triggers, and discard the rows. Only once, and only with
 * "instrument"; see also run.h.
 */
extern void pk_capture_run(PkCapture *capture);

#endif /* PK_PLAN_CAPTURE_H */
