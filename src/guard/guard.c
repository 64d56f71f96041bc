/*
 * guard.c
 *	  Watches every statement of a session or server for sequential scans of large tables.
 *
 * Once the executor of a statement has been started, its plan is known, its permissions have been checked, partitions that
 * it need not read are gone, and nothing has been read: the moment to look, and, if so set, to refuse. A statement that is only
 * explained or planned, by EXPLAIN or by perfkit itself, reads nothing and is left alone; so is a parallel worker, which runs a
 * part of what its leader was asked about.
 *
 * Who loads the library decides who may turn the guard off. From shared_preload_libraries it is the administrator's, and its
 * settings are, as auto_explain's and pg_stat_statements' are, for superusers and roles with GRANT SET ON PARAMETER: a guard that the guarded may
 * switch off guards nothing. A session that loads the library by itself could as well not load it; there the settings are the
 * session's own.
 *
 * The plan is walked before its state, for it is smaller and most plans have no sequential scan. That costs a few
 * instructions a node, where starting the node's executor has just cost thousands.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/rel.h"

#include "common/catalog.h"
#include "common/compat.h"
#include "common/own_statement.h"
#include "guard/guard.h"
#include "guard/guard_shared.h"
#include "plan/table_state.h"

typedef enum PkGuardLevel
{
	GUARD_OFF,
	GUARD_LOG,
	GUARD_WARNING,
	GUARD_ERROR,
} PkGuardLevel;

static const struct config_enum_entry guard_levels[] = {
	{"off", GUARD_OFF, false},
	{"log", GUARD_LOG, false},
	{"warning", GUARD_WARNING, false},
	{"error", GUARD_ERROR, false},
	{"false", GUARD_OFF, true},
	{NULL, 0, false},
};

static int guard_level = GUARD_OFF;
static int guard_min_rows = 10000;

static ExecutorStart_hook_type previous_executor_start = NULL;

/* What is known of the statement being looked at. */
typedef struct PkGuardLook
{
	QueryDesc *desc;
	List *reported; /* relations: a table read twice is one finding */
} PkGuardLook;

static bool plan_has_seq_scan(Plan *plan);

static bool
list_has_seq_scan(List *plans)
{
	ListCell *cell;

	foreach (cell, plans)
	{
		if (plan_has_seq_scan((Plan *) lfirst(cell)))
			return true;
	}
	return false;
}

/* Subplans are in a list of their own, PlannedStmt.subplans, in which those that were not needed are NULL. */
static bool
plan_has_seq_scan(Plan *plan)
{
	if (plan == NULL)
		return false;
	check_stack_depth();
	switch (nodeTag(plan))
	{
		case T_SeqScan:
			return true;
		case T_Append:
			return list_has_seq_scan(((Append *) plan)->appendplans);
		case T_MergeAppend:
			return list_has_seq_scan(((MergeAppend *) plan)->mergeplans);
		case T_SubqueryScan:
			return plan_has_seq_scan(((SubqueryScan *) plan)->subplan);
		case T_CustomScan:
			if (list_has_seq_scan(((CustomScan *) plan)->custom_plans))
				return true;
			break;
		default:
			break;
	}
	return plan_has_seq_scan(outerPlan(plan)) || plan_has_seq_scan(innerPlan(plan));
}

/* One of perfkit's own tables: their queries are not the application's, and reports on a run read all of it. */
static bool
is_own_table(Oid relid)
{
	Oid extension = getExtensionOfObject(RelationRelationId, relid);
	char *name = OidIsValid(extension) ? get_extension_name(extension) : NULL;

	return name != NULL && strcmp(name, "perfkit") == 0;
}

/*
 * Say what was found. Of a table that is read on behalf of somebody else, in a SECURITY DEFINER function or behind a view, its
 * name and size are for the log only: who called may not know either.
 */
static void
report(const PkGuardLook *look, Relation relation, bool parallel, double rows)
{
	int elevel = guard_level == GUARD_LOG ? LOG : guard_level == GUARD_WARNING ? WARNING
																			   : ERROR;
	Oid relid = RelationGetRelid(relation);
	const char *node = parallel ? "Parallel Seq Scan" : "Seq Scan";
	int64 query_id = (int64) look->desc->plannedstmt->queryId;
	Oid caller = GetOuterUserId();

	if (pg_class_aclcheck(relid, caller, ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck_all(relid, caller, ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK)
		ereport(elevel,
				(errcode(elevel == ERROR ? ERRCODE_ASSERT_FAILURE : ERRCODE_WARNING),
				 errmsg("sequential scan of table \"%s\"", pk_relation_name(relid)),
				 errdetail("The plan's %s reads about %.0f rows; \"perfkit.guard_min_rows\" is %d. The query identifier is " INT64_FORMAT ".",
						   node, rows, guard_min_rows, query_id),
				 errhint("Pass the statement to perfkit_assert_no_seq_scan() to see why, or raise \"perfkit.guard_min_rows\".")));
	else
		ereport(elevel,
				(errcode(elevel == ERROR ? ERRCODE_ASSERT_FAILURE : ERRCODE_WARNING),
				 errmsg("sequential scan of a large table"),
				 errdetail("The name of the table is in the server's log, since role \"%s\" may not read it.",
						   GetUserNameFromId(caller, false)),
				 errdetail_log("The table is \"%s\", and the plan's %s reads about %.0f rows; \"perfkit.guard_min_rows\" is %d. The query identifier is " INT64_FORMAT ".",
							   pk_relation_name(relid), node, rows, guard_min_rows, query_id)));
}

static bool
look_at_node(PlanState *state, PkGuardLook *look)
{
	if (IsA(state->plan, SeqScan) && ((ScanState *) state)->ss_currentRelation != NULL)
	{
		Relation relation = ((ScanState *) state)->ss_currentRelation;
		Oid relid = RelationGetRelid(relation);
		BlockNumber pages;
		double rows;

		if (list_member_oid(look->reported, relid))
			return false;
		pk_table_state_size(relid, &pages, &rows);
		if (rows >= guard_min_rows && !is_own_table(relid))
		{
			look->reported = lappend_oid(look->reported, relid);
			pk_guard_shared_count(look->desc, relid, state->plan->parallel_aware);
			report(look, relation, state->plan->parallel_aware, rows);
		}
	}
	return planstate_tree_walker(state, look_at_node, look);
}

/* In memory that ends with the statement's executor, so that a session's memory does not grow with its statements. */
static void
look_at_statement(QueryDesc *desc)
{
	PkGuardLook look = {.desc = desc};
	MemoryContext caller;

	if (!plan_has_seq_scan(desc->plannedstmt->planTree) && !list_has_seq_scan(desc->plannedstmt->subplans))
		return;
	caller = MemoryContextSwitchTo(desc->estate->es_query_cxt);
	look_at_node(desc->planstate, &look);
	MemoryContextSwitchTo(caller);
}

static void
guard_executor_start(QueryDesc *desc, int eflags)
{
	bool own;

	if (previous_executor_start)
		previous_executor_start(desc, eflags);
	else
		standard_ExecutorStart(desc, eflags);

	own = pk_own_statement_starts(desc->sourceText);
	if (unlikely(guard_level != GUARD_OFF) && !own && (eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0 && !IsParallelWorker() &&
		desc->planstate != NULL)
		look_at_statement(desc);
}

/* Statements get identifiers from the moment that somebody wants to see them; with compute_query_id = off, never. */
static void
assign_level(int level, void *extra)
{
	if (level != GUARD_OFF)
		EnableQueryId();
}

void
pk_guard_init(void)
{
	GucContext context = process_shared_preload_libraries_in_progress ? PGC_SUSET : PGC_USERSET;

	DefineCustomEnumVariable("perfkit.guard", "What happens when a statement reads a large table sequentially.",
							 "off: nothing. log: a line in the server's log. warning: a warning to the client. error: the "
							 "statement fails.",
							 &guard_level, GUARD_OFF, guard_levels, context, 0, NULL, assign_level, NULL);
	DefineCustomIntVariable("perfkit.guard_min_rows", "Number of rows from which perfkit.guard counts a table as large.",
							"Compared with the planner's estimate of the table's rows.", &guard_min_rows, 10000, 0,
							INT_MAX, context, 0, NULL, NULL, NULL);
	pk_guard_shared_init();

	previous_executor_start = ExecutorStart_hook;
	ExecutorStart_hook = guard_executor_start;
}
