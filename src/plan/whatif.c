/*
 * whatif.c
 *	  What the planner is told about tables, for the statements that perfkit plans and no others.
 *
 * The planner asks for a table's facts (its indexes, pages, tuples) once, and lets an extension edit the answer. An
 * edited answer is the cheapest experiment there is: no catalog or data changes, and no other session can see it. The
 * hook does nothing unless pk_whatif_plan() is on the stack.
 */
#include "postgres.h"

#include "common/compat.h"
#include "plan/whatif.h"

/* What the statement being planned is to believe; NULL when perfkit is not planning. */
static const PkWhatIf *active = NULL;

static pk_compat_relation_hook_type previous_hook = NULL;

/* Where a table has one of the indexes, forget the others. */
static void
keep_indexes(RelOptInfo *rel, List *only)
{
	List *kept = NIL;
	ListCell *cell;

	foreach (cell, rel->indexlist)
	{
		IndexOptInfo *index = (IndexOptInfo *) lfirst(cell);

		if (list_member_oid(only, index->indexoid))
			kept = lappend(kept, index);
	}
	if (kept != NIL)
		rel->indexlist = kept;
}

static void
edit_relation(PK_COMPAT_RELATION_HOOK_ARGS)
{
	if (previous_hook)
		previous_hook(PK_COMPAT_RELATION_HOOK_PASS);

	if (active != NULL && active->only_indexes != NIL)
		keep_indexes(rel, active->only_indexes);
}

PlannedStmt *
pk_whatif_plan(Query *query, const char *text, const PkWhatIf *what_if)
{
	const PkWhatIf *outer = active;
	PlannedStmt *stmt = NULL;

	active = what_if;
	PG_TRY();
	{
		stmt = pk_compat_plan_query(query, text, CURSOR_OPT_PARALLEL_OK);
	}
	PG_FINALLY();
	{
		active = outer;
	}
	PG_END_TRY();
	return stmt;
}

void
pk_whatif_init(void)
{
	previous_hook = pk_compat_relation_hook;
	pk_compat_relation_hook = edit_relation;
}
