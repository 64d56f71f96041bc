/*
 * compat.h
 *	  Differences between PostgreSQL versions: the only file that names PG_VERSION_NUM.
 *
 * Each difference is a small inline function or macro with one meaning on every server, so that no
 * call site has to know which server it is compiled for. Add the newest spelling's name with the
 * prefix pk_compat_, and state which major changed what.
 */
#ifndef PK_COMMON_COMPAT_H
#define PK_COMMON_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "perfkit needs PostgreSQL 15 or newer"
#endif

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "miscadmin.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#endif
#include "nodes/parsenodes.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/queryjumble.h"
#endif
#include "optimizer/pathnode.h"
#include "optimizer/plancat.h"
#include "optimizer/planner.h"
#include "parser/parse_type.h"
#include "storage/shmem.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#if PG_VERSION_NUM < 160000
#include "utils/queryjumble.h" /* 16 moved it */
#endif
#include "utils/relcache.h"

/*
 * 16 moved the layout of variable-length values out of postgres.h; 19 no longer includes it there.
 */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
#include "utils/snapmgr.h"

/* 18 lets a module name itself and its version for pg_get_loaded_modules(). */
#if PG_VERSION_NUM >= 180000
#define PK_MODULE_MAGIC(name_, version_) PG_MODULE_MAGIC_EXT(.name = (name_), .version = (version_))
#else
#define PK_MODULE_MAGIC(name_, version_) PG_MODULE_MAGIC
#endif

/*
 * 16 replaced parseTypeString()'s missing_ok by an error context. Raises an error for what is no
 * type.
 */
static inline void
pk_compat_parse_type(const char *name, Oid *type, int32 *typmod)
{
#if PG_VERSION_NUM >= 160000
	(void) parseTypeString(name, type, typmod, NULL);
#else
	parseTypeString(name, type, typmod, false);
#endif
}

/*
 * An input function's error for bad input, with which it returns "dummy". From 16 on, a caller such
 * as pg_input_is_valid() can ask for the error not to be raised.
 */
#if PG_VERSION_NUM >= 160000
#define pk_compat_soft_error(context, dummy, ...) ereturn(context, dummy, __VA_ARGS__)
#else
#define pk_compat_soft_error(context, dummy, ...) ereport(ERROR, __VA_ARGS__)
#endif

/*
 * 16 folded the pg_xxx_aclcheck and pg_xxx_ownercheck families into object_aclcheck and
 * object_ownercheck.
 */
static inline bool
pk_compat_schema_allows(Oid schema, Oid role, AclMode mode)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(NamespaceRelationId, schema, role, mode) == ACLCHECK_OK;
#else
	return pg_namespace_aclcheck(schema, role, mode) == ACLCHECK_OK;
#endif
}

static inline bool
pk_compat_function_allows(Oid function, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK;
#else
	return pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

static inline bool
pk_compat_owns_relation(Oid relid, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, relid, role);
#else
	return pg_class_ownercheck(relid, role);
#endif
}

/*
 * 17 added the statement, for event triggers, as first argument; there is none here. Constraints
 * are always checked.
 */
static inline void
pk_compat_reindex_index(Oid indexid, ReindexParams *params)
{
	char persistence = get_rel_persistence(indexid);

#if PG_VERSION_NUM >= 170000
	reindex_index(NULL, indexid, false, persistence, params);
#else
	reindex_index(indexid, false, persistence, params);
#endif
}

/* 18 brought foreign keys over periods. */
static inline bool
pk_compat_foreign_key_has_period(HeapTuple constraint)
{
#if PG_VERSION_NUM >= 180000
	return ((Form_pg_constraint) GETSTRUCT(constraint))->conperiod;
#else
	return false;
#endif
}

/* 16 renamed relfilenodes to relfilenumbers. */
static inline void
pk_compat_set_new_relfilenumber(Relation relation, char persistence)
{
#if PG_VERSION_NUM >= 160000
	RelationSetNewRelfilenumber(relation, persistence);
#else
	RelationSetNewRelfilenode(relation, persistence);
#endif
}

/*
 * 17 removed old_snapshot_threshold, after which vacuum takes rows away from snapshots that still
 * see them.
 */
static inline bool
pk_compat_snapshots_expire(void)
{
#if PG_VERSION_NUM >= 170000
	return false;
#else
	return old_snapshot_threshold >= 0;
#endif
}

/* 19 added flags as a last argument; none are wanted here. */
static inline TableScanDesc
pk_compat_table_beginscan(Relation relation, Snapshot snapshot)
{
#if PG_VERSION_NUM >= 190000
	return table_beginscan(relation, snapshot, 0, NULL, SO_NONE);
#else
	return table_beginscan(relation, snapshot, 0, NULL);
#endif
}

/* 19 can plan on behalf of an EXPLAIN, and asks for whose. */
static inline PlannedStmt *
pk_compat_plan_query(Query *query, const char *text, int cursor_options)
{
#if PG_VERSION_NUM >= 190000
	return pg_plan_query(query, text, cursor_options, NULL, NULL);
#else
	return pg_plan_query(query, text, cursor_options, NULL);
#endif
}

/* Run a started executor to its end, once; 18 took the promise of "once" out of the arguments. */
static inline void
pk_compat_run_executor(QueryDesc *desc)
{
#if PG_VERSION_NUM >= 180000
	ExecutorRun(desc, ForwardScanDirection, 0);
#else
	ExecutorRun(desc, ForwardScanDirection, 0, true);
#endif
}

/*
 * Starting the executor for a plan whose parameters have no values. 16 has a flag that leaves out
 * what would need them: pruning of partitions at executor start. On 15 the same comes of a plan
 * that has no such steps; they are dropped from "stmt", which must therefore be the caller's own,
 * and all partitions show as they do on 16.
 */
#if PG_VERSION_NUM >= 160000
#define PK_COMPAT_EXEC_FLAG_GENERIC EXEC_FLAG_EXPLAIN_GENERIC

static inline void
pk_compat_forget_pruning(PlannedStmt *stmt)
{
}
#else
#define PK_COMPAT_EXEC_FLAG_GENERIC 0

static inline void
pk_compat_forget_pruning_below(Plan *plan)
{
	PartitionPruneInfo *pruning = NULL;
	List *children = NIL;
	ListCell *cell;

	if (plan == NULL)
		return;
	check_stack_depth();
	if (IsA(plan, Append))
	{
		pruning = ((Append *) plan)->part_prune_info;
		children = ((Append *) plan)->appendplans;
	}
	else if (IsA(plan, MergeAppend))
	{
		pruning = ((MergeAppend *) plan)->part_prune_info;
		children = ((MergeAppend *) plan)->mergeplans;
	}
	else if (IsA(plan, SubqueryScan))
		children = list_make1(((SubqueryScan *) plan)->subplan);
	else if (IsA(plan, CustomScan))
		children = ((CustomScan *) plan)->custom_plans;

	if (pruning != NULL)
	{
		foreach (cell, pruning->prune_infos)
		{
			ListCell *level;

			foreach (level, (List *) lfirst(cell))
			{
				((PartitionedRelPruneInfo *) lfirst(level))->initial_pruning_steps = NIL;
			}
		}
	}
	foreach (cell, children)
	{
		pk_compat_forget_pruning_below((Plan *) lfirst(cell));
	}
	pk_compat_forget_pruning_below(plan->lefttree);
	pk_compat_forget_pruning_below(plan->righttree);
}

static inline void
pk_compat_forget_pruning(PlannedStmt *stmt)
{
	ListCell *cell;

	pk_compat_forget_pruning_below(stmt->planTree);
	foreach (cell, stmt->subplans)
	{
		pk_compat_forget_pruning_below((Plan *) lfirst(cell));
	}
}
#endif

/* What a node counts with: 19 gave it a type of its own. */
#if PG_VERSION_NUM >= 190000
typedef NodeInstrumentation PkCompatInstrumentation;
#else
typedef Instrumentation PkCompatInstrumentation;
#endif

/*
 * What the executor counted for a node, over all loops and processes; 19 moved time and buffers
 * into a part of their own.
 */
typedef struct PkCompatNodeWork
{
	double loops;
	double rows;
	double rows_removed; /* by filters, join conditions and rechecks */
	double ms;
	BufferUsage buffers; /* of the node and those below it */
} PkCompatNodeWork;

static inline bool
pk_compat_node_work(PlanState *state, PkCompatNodeWork *work)
{
	if (state->instrument == NULL)
		return false;
	InstrEndLoop(state->instrument);
	work->loops = state->instrument->nloops;
	work->rows = state->instrument->ntuples;
	work->rows_removed = state->instrument->nfiltered1 + state->instrument->nfiltered2;
#if PG_VERSION_NUM >= 190000
	work->ms = INSTR_TIME_GET_MILLISEC(state->instrument->instr.total);
	work->buffers = state->instrument->instr.bufusage;
#else
	work->ms = state->instrument->total * 1000.0;
	work->buffers = state->instrument->bufusage;
#endif
	return true;
}

/* A scan of an index for its bitmap; 18 added what to count. */
static inline IndexScanDesc
pk_compat_bitmap_scan(Relation index, Snapshot snapshot, int keys)
{
#if PG_VERSION_NUM >= 180000
	return index_beginscan_bitmap(index, snapshot, NULL, keys);
#else
	return index_beginscan_bitmap(index, snapshot, keys);
#endif
}

/*
 * The hook through which an extension edits what the planner knows of a relation: 19 calls it for
 * every kind of relation, later and under another name. A hook function declares
 * PK_COMPAT_RELATION_HOOK_ARGS, uses of them only "rel" and, for a table, its OID as
 * PK_COMPAT_RELATION_HOOK_OID, and calls the hook it replaced with PK_COMPAT_RELATION_HOOK_PASS.
 */
#if PG_VERSION_NUM >= 190000
typedef build_simple_rel_hook_type pk_compat_relation_hook_type;
#define pk_compat_relation_hook build_simple_rel_hook
#define PK_COMPAT_RELATION_HOOK_ARGS PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte
#define PK_COMPAT_RELATION_HOOK_PASS root, rel, rte
#define PK_COMPAT_RELATION_HOOK_OID rte->relid
#else
typedef get_relation_info_hook_type pk_compat_relation_hook_type;
#define pk_compat_relation_hook get_relation_info_hook
#define PK_COMPAT_RELATION_HOOK_ARGS PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel
#define PK_COMPAT_RELATION_HOOK_PASS root, relid, inhparent, rel
#define PK_COMPAT_RELATION_HOOK_OID relid
#endif

/* 18 made the B-tree's meanings of an operator those of any ordered access method. */
#if PG_VERSION_NUM >= 180000
typedef OpIndexInterpretation PkCompatOpMeaning;
#define pk_compat_op_meanings(opno) get_op_index_interpretation(opno)
#else
typedef OpBtreeInterpretation PkCompatOpMeaning;
#define pk_compat_op_meanings(opno) get_op_btree_interpretation(opno)
#endif

/* 18 replaced the strategy number of a path's key by a comparison that is no B-tree's. */
static inline bool
pk_compat_pathkey_descends(const PathKey *key)
{
#if PG_VERSION_NUM >= 180000
	return key->pk_cmptype == COMPARE_GT;
#else
	return key->pk_strategy == BTGreaterStrategyNumber;
#endif
}

/* 19 dropped the initial size from the arguments. */
static inline HTAB *
pk_compat_shmem_hash(const char *name, int64 max_entries, HASHCTL *info, int flags)
{
#if PG_VERSION_NUM >= 190000
	return ShmemInitHash(name, max_entries, info, flags);
#else
	return ShmemInitHash(name, max_entries, max_entries, info, flags);
#endif
}

/* The planner's hook: 19 passes on whose EXPLAIN it plans for, as a last argument. */
#if PG_VERSION_NUM >= 190000
#define PK_COMPAT_PLANNER_ARGS \
	Query *parse, const char *query_string, int cursor_options, ParamListInfo params, ExplainState *es
#define PK_COMPAT_PLANNER_PASS parse, query_string, cursor_options, params, es
#else
#define PK_COMPAT_PLANNER_ARGS Query *parse, const char *query_string, int cursor_options, ParamListInfo params
#define PK_COMPAT_PLANNER_PASS parse, query_string, cursor_options, params
#endif

/*
 * EXPLAIN's name of a join type that 15 does not have, or NULL: 16 brought right anti joins, 18
 * right semi joins.
 */
static inline const char *
pk_compat_new_join_type_name(JoinType type)
{
#if PG_VERSION_NUM >= 160000
	if (type == JOIN_RIGHT_ANTI)
		return "Right Anti";
#endif
#if PG_VERSION_NUM >= 180000
	if (type == JOIN_RIGHT_SEMI)
		return "Right Semi";
#endif
	return NULL;
}

/* Base relations behind a foreign scan: 16 put outer joins beside them in fs_relids. */
static inline Bitmapset *
pk_compat_foreign_scan_relids(const ForeignScan *scan)
{
#if PG_VERSION_NUM >= 160000
	return scan->fs_base_relids;
#else
	return scan->fs_relids;
#endif
}

/* Relations that a Result node stands for: remembered from 19 on. */
static inline Bitmapset *
pk_compat_result_relids(const Result *result)
{
#if PG_VERSION_NUM >= 190000
	return result->relids;
#else
	return NULL;
#endif
}

/*
 * Entries of a plan's range table that EXPLAIN counts: 18 added one for GROUP BY, which names no
 * relation.
 */
static inline int
pk_compat_rtable_size(List *rtable)
{
	int size = list_length(rtable);

#if PG_VERSION_NUM >= 180000
	ListCell *cell;

	foreach (cell, rtable)
	{
		if (((RangeTblEntry *) lfirst(cell))->rtekind == RTE_GROUP)
			size--;
	}
#endif
	return size;
}

#endif /* PK_COMMON_COMPAT_H */
