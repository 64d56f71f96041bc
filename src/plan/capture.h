/*
 * capture.h
 *	  From query text to a plan that is ready to be walked and has not been run.
 */
#ifndef PK_PLAN_CAPTURE_H
#define PK_PLAN_CAPTURE_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "executor/instrument.h"
#include "nodes/plannodes.h"
#include "utils/array.h"

#include "common/statement.h"
#include "plan/whatif.h"

/* How to plan. All zero means: as the server would. */
typedef struct PkCaptureOptions
{
	bool disable_seqscan;  /* plan with enable_seqscan = off */
	bool enable_indexes;   /* plan with enable_indexscan, enable_indexonlyscan and enable_bitmapscan = on */
	bool generic;		   /* plan $1, $2 ... for unknown values, with types inferred as EXPLAIN (GENERIC_PLAN) does */
	ArrayType *parameters; /* of text: their values, to run a generic plan with; or NULL */
	int instrument;		   /* InstrumentOption bits of what to count when the plan is run; 0 when it will not be */
	bool watch_completion; /* note which nodes are run to their end, see completion.h; with "instrument" */
	PkWhatIf what_if;	   /* what the planner is told about the tables */
} PkCaptureOptions;

typedef struct PkCapture
{
	const char *query;
	PlannedStmt *stmt;
	QueryDesc *desc;	 /* started, for explaining only unless "instrument": desc->planstate is the tree to walk */
	BufferUsage buffers; /* by pk_capture_run(): of the plan, its triggers and parallel workers */
	WalUsage wal;
	MemoryContext context; /* owns all of the above; lives until pk_capture_end() */
} PkCapture;

/*
 * Plan the one statement in "query", which must outlive the capture, and start its executor as EXPLAIN does: the
 * caller's permissions are checked, partitions pruned, locks taken until the end of the transaction, nothing is run.
 * Raises what the parser, the planner and the executor raise, with the position inside the query; 22023 for anything
 * but one plannable statement; 42P02 for a parameter, unless "generic"; with it, when the plan will
 * be run, 42P18 for one whose type nothing tells. To run a generic plan takes "parameters", see pk_parameters_make().
 * After an error there is nothing to end.
 *
 * Captures nest, and each must be ended in the reverse order.
 */
extern void pk_capture_begin(PkCapture *capture, const char *query, const PkCaptureOptions *options);
extern void pk_capture_end(PkCapture *capture);

/*
 * Run the plan to its end, triggers included, and throw the rows away. Only with "instrument", once; see also run.h.
 */
extern void pk_capture_run(PkCapture *capture);

#endif /* PK_PLAN_CAPTURE_H */
