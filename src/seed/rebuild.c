/*
 * rebuild.c
 *	  Bringing all indexes of a table up to date after rows were stored without index entries.
 *
 * REINDEX TABLE builds one index after another. PostgreSQL can use several processes for one
 * B-tree, but not for one GIN index before version 18, and a trigram index takes longer than all
 * B-trees of a table together. So here the unit of parallelism is the index: this backend and its
 * parallel workers each take the next index from a list and run the access method's own build on
 * it, which writes and WAL-logs pages but changes no catalog. Everything that changes catalogs
 * (new, empty storage for each index) happens before the workers start, as parallel mode demands.
 *
 * Some indexes go through PostgreSQL's REINDEX instead: those that could run a user's code while
 * they are built (expressions, predicates), those that need more than a build (exclusion
 * constraints, unlogged tables' init forks, invalid indexes), and those whose access method is not
 * known to be suitable. So does everything if there is too little to gain.
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/genam.h"
#include "access/parallel.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_proc.h"
#include "commands/progress.h"
#include "commands/tablecmds.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "port/atomics.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/backend_progress.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "common/compat.h"
#include "seed/rebuild.h"

/* Our key in the parallel context's table of contents; PostgreSQL's own are larger. */
#define KEY_QUEUE UINT64CONST(1)

/* Each process gets at least this much of maintenance_work_mem, in kB. */
#define MIN_BUILD_MEMORY_KB 8192

/* The indexes to build, in shared memory. */
typedef struct BuildQueue
{
	Oid relid;
	uint32 nindexes;
	struct
	{
		Oid indexid;
		pg_atomic_flag taken;
	} items[FLEXIBLE_ARRAY_MEMBER]; /* longest build first */
} BuildQueue;

PGDLLEXPORT void pk_rebuild_worker(dsm_segment *segment, shm_toc *toc);

/* Whether all functions of the index's operator classes may run in a parallel worker. */
static bool
support_is_parallel_safe(Relation index)
{
	int nsupport = index->rd_index->indnkeyatts * index->rd_indam->amsupport;

	for (int i = 0; i < nsupport; i++)
	{
		if (RegProcedureIsValid(index->rd_support[i]) && func_parallel(index->rd_support[i]) != PROPARALLEL_SAFE)
			return false;
	}
	return true;
}

static bool
can_build_in_worker(Relation index)
{
	Form_pg_index form = index->rd_index;

	return (index->rd_rel->relam == BTREE_AM_OID || index->rd_rel->relam == GIN_AM_OID) &&
		   index->rd_rel->relpersistence == RELPERSISTENCE_PERMANENT && RelationGetIndexExpressions(index) == NIL &&
		   RelationGetIndexPredicate(index) == NIL && !form->indisexclusion && form->indisvalid && form->indisready &&
		   form->indislive && support_is_parallel_safe(index);
}

/* Longest build first, so that none is started on when the other processes are done. */
static int
compare_effort(const ListCell *a, const ListCell *b)
{
	Relation left = index_open(lfirst_oid(a), NoLock);
	Relation right = index_open(lfirst_oid(b), NoLock);
	int left_effort = (left->rd_rel->relam == GIN_AM_OID ? 100 : 0) + left->rd_index->indnkeyatts;
	int right_effort = (right->rd_rel->relam == GIN_AM_OID ? 100 : 0) + right->rd_index->indnkeyatts;

	index_close(left, NoLock);
	index_close(right, NoLock);
	return right_effort - left_effort;
}

/*
 * Builds indexes that no other process has taken until none is left, in each process. Workers start
 * with the longest build. This backend starts with the shortest, so that it gets to the trigram
 * indexes last, if at all, and needs only the memory to sort for B-trees whatever the size of the
 * table.
 */
static void
build_from_queue(BuildQueue *queue, bool longest_first)
{
	Relation heap = table_open(queue->relid, AccessShareLock);

	for (uint32 i = 0; i < queue->nindexes; i++)
	{
		uint32 item = longest_first ? i : queue->nindexes - 1 - i;
		Relation index;
		IndexInfo *info;

		if (!pg_atomic_test_set_flag(&queue->items[item].taken))
			continue;
		CHECK_FOR_INTERRUPTS();
		index = index_open(queue->items[item].indexid, AccessShareLock);
		info = BuildIndexInfo(index);
		index->rd_indam->ambuild(heap, index, info);
		index_close(index, NoLock);
	}
	table_close(heap, NoLock);
}

void
pk_rebuild_worker(dsm_segment *segment, shm_toc *toc)
{
	build_from_queue(shm_toc_lookup(toc, KEY_QUEUE, false), true);
}

/*
 * Gives an index new, empty storage, as REINDEX does. The old storage is dropped on commit, and
 * restored on rollback.
 */
static void
renew_storage(Oid indexid)
{
	Relation index = index_open(indexid, AccessExclusiveLock);

	CheckTableNotInUse(index, "REINDEX INDEX");
	/* locks of serializable transactions on the index's pages become locks on the whole table */
	TransferPredicateLocksToHeapRelation(index);
	pk_compat_set_new_relfilenumber(index, index->rd_rel->relpersistence);
	index_close(index, NoLock);
}

static void
build_in_parallel(Oid relid, List *indexes, int nworkers, const char *library)
{
	BuildQueue *queue;
	Size size = offsetof(BuildQueue, items) + sizeof(queue->items[0]) * list_length(indexes);
	int memory_kb = Max(maintenance_work_mem / (nworkers + 1), Min(maintenance_work_mem, MIN_BUILD_MEMORY_KB));
	int nest_level = NewGUCNestLevel();
	ParallelContext *context;
	ListCell *cell;
	char memory[32];

	foreach (cell, indexes)
		renew_storage(lfirst_oid(cell));
	CommandCounterIncrement();

	/* workers start with our settings */
	snprintf(memory, sizeof(memory), "%d", memory_kb);
	(void) set_config_option("maintenance_work_mem", memory, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);

	EnterParallelMode();
	context = CreateParallelContext(library, "pk_rebuild_worker", nworkers);
	shm_toc_estimate_chunk(&context->estimator, size);
	shm_toc_estimate_keys(&context->estimator, 1);
	InitializeParallelDSM(context);

	queue = shm_toc_allocate(context->toc, size);
	queue->relid = relid;
	queue->nindexes = 0;
	foreach (cell, indexes)
	{
		queue->items[queue->nindexes].indexid = lfirst_oid(cell);
		pg_atomic_init_flag(&queue->items[queue->nindexes++].taken);
	}
	shm_toc_insert(context->toc, KEY_QUEUE, queue);

	/* if no worker is free, this backend builds them all */
	LaunchParallelWorkers(context);
	build_from_queue(queue, false);
	WaitForParallelWorkersToFinish(context);
	DestroyParallelContext(context);
	ExitParallelMode();
	AtEOXact_GUC(true, nest_level);
}

void
pk_rebuild_indexes(Oid relid, const char *library)
{
	Relation heap = table_open(relid, NoLock);
	List *parallel = NIL;
	List *serial = NIL;
	/*
	 * if old snapshots expire, pg_index must say since when an index is complete: that takes
	 * REINDEX
	 */
	bool serially = pk_compat_snapshots_expire() ||
					RelationGetNumberOfBlocks(heap) < (BlockNumber) min_parallel_table_scan_size;
	int nworkers;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(heap))
	{
		Relation index = index_open(lfirst_oid(cell), AccessExclusiveLock);

		if (!serially && can_build_in_worker(index))
			parallel = lappend_oid(parallel, lfirst_oid(cell));
		else
			serial = lappend_oid(serial, lfirst_oid(cell));
		index_close(index, NoLock);
	}
	table_close(heap, NoLock);

	pgstat_progress_start_command(PROGRESS_COMMAND_CREATE_INDEX, relid);
	pgstat_progress_update_param(PROGRESS_CREATEIDX_COMMAND, PROGRESS_CREATEIDX_COMMAND_REINDEX);
	pgstat_progress_update_param(PROGRESS_CREATEIDX_INDEX_OID, InvalidOid);

	/* a standalone backend has no workers, and parallel mode does not allow to start any */
	nworkers = IsUnderPostmaster && !IsInParallelMode()
				   ? Min(max_parallel_maintenance_workers, list_length(parallel) - 1)
				   : 0;
	if (nworkers > 0)
	{
		list_sort(parallel, compare_effort);
		build_in_parallel(relid, parallel, nworkers, library);
	}
	else
		serial = list_concat(parallel, serial);

	foreach (cell, serial)
	{
		ReindexParams params = {0};

		CHECK_FOR_INTERRUPTS();
		pk_compat_reindex_index(lfirst_oid(cell), &params);
		CommandCounterIncrement();
	}
	pgstat_progress_end_command();
	list_free(parallel);
}
