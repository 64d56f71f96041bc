/*
 * guard.c
 *	  Watches the statements of a session or server for sequential scans of large tables.
 *
 * Once the executor of a statement has started, the plan is known, permissions have been checked,
 * partitions have been pruned, and nothing has been read: the right moment to look at the plan and,
 * if so configured, to refuse it. A statement that EXPLAIN or perfkit only plans reads nothing and
 * is ignored; so is a parallel worker, which runs a part of its leader's plan.
 *
 * How the library is loaded determines who may turn the guard off. If it is in
 * shared_preload_libraries, only superusers and roles with GRANT SET ON PARAMETER may change the
 * settings, as with auto_explain and pg_stat_statements: a guard is useless if the guarded can
 * switch it off. A session that loads the library itself could as well not load it, so there any
 * user may change them.
 *
 * The plan is searched before its state, because it is smaller and most plans have no sequential
 * scan. That costs a few instructions per node, after starting the node has cost thousands.
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
#include "nodes/params.h"
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

/* The statement being looked at. */
typedef struct PkGuardLook
{
	QueryDesc *desc;
	List *reported; /* OIDs of tables: one read twice is one finding */
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

/*
 * Does not include subplans: PlannedStmt.subplans lists them, with NULL for those that are not
 * needed.
 */
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

/*
 * One of perfkit's own tables: the application does not query them, and reports on a run read all
 * rows.
 */
static bool
is_own_table(Oid relid)
{
	Oid extension = getExtensionOfObject(RelationRelationId, relid);
	char *name = OidIsValid(extension) ? get_extension_name(extension) : NULL;

	return name != NULL && strcmp(name, "perfkit") == 0;
}

/*
 * Report a finding. A table may be read on behalf of another role, in a SECURITY DEFINER function
 * or through a view. If the caller may not read it, its name and size go only to the log.
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
	/* The assertion cannot be given their values, which may be secret besides. */
	bool has_parameters = look->desc->params != NULL && look->desc->params->numParams > 0;

	if (pg_class_aclcheck(relid, caller, ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck_all(relid, caller, ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK)
		ereport(elevel, (errcode(elevel == ERROR ? ERRCODE_ASSERT_FAILURE : ERRCODE_WARNING),
						 errmsg("sequential scan of table \"%s\"", pk_relation_name(relid)),
						 errdetail("The plan's %s reads about %.0f rows; \"perfkit.guard_min_rows\" is %d. The query "
								   "identifier is " INT64_FORMAT ".",
								   node, rows, guard_min_rows, query_id),
						 errhint("Pass the statement to perfkit_assert_no_seq_scan() with min_rows => %d%s to see why, "
								 "or raise \"perfkit.guard_min_rows\".",
								 guard_min_rows, has_parameters ? " and generic => true" : "")));
	else
		ereport(elevel, (errcode(elevel == ERROR ? ERRCODE_ASSERT_FAILURE : ERRCODE_WARNING),
						 errmsg("sequential scan of a large table"),
						 errdetail("The server log has the name of the table, which role \"%s\" may not read.",
								   GetUserNameFromId(caller, false)),
						 errdetail_log("The table is \"%s\", and the plan's %s reads about %.0f rows; "
									   "\"perfkit.guard_min_rows\" is %d. The query identifier is " INT64_FORMAT ".",
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

/*
 * Allocates in the memory of the executor, so that the memory of a session does not grow with its
 * statements.
 */
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

/* Compute query identifiers as soon as somebody needs them, unless compute_query_id is off. */
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

	DefineCustomEnumVariable(
		"perfkit.guard", "Sets the action taken when a statement scans a large table sequentially.",
		"off: none. log: writes to the server log. warning: warns the client. error: the statement fails.",
		&guard_level, GUARD_OFF, guard_levels, context, 0, NULL, assign_level, NULL);
	DefineCustomIntVariable("perfkit.guard_min_rows",
							"Sets the number of rows from which perfkit.guard regards a table as large.",
							"The planner's estimate of the rows of the table is compared with it.", &guard_min_rows,
							10000, 0, INT_MAX, context, 0, NULL, NULL, NULL);
	pk_guard_shared_init();

	previous_executor_start = ExecutorStart_hook;
	ExecutorStart_hook = guard_executor_start;
}
