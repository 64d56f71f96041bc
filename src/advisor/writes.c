/*
 * writes.c
 *	  The tables that a planned statement writes to.
 *
 * The statement as a whole may write, and so may each part of its WITH clause, which is a subplan.
 */
#include "postgres.h"

#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "advisor/costs.h"
#include "advisor/writes.h"

/* The columns that an UPDATE, or an action of a MERGE, sets. */
static void
note_updated(PkWrite *write, const ModifyTable *modify, const PlannedStmt *stmt, List *columns)
{
	Oid relid = rt_fetch(linitial_int(modify->resultRelations), stmt->rtable)->relid;
	ListCell *cell;

	foreach (cell, columns)
	{
		char *name = get_attname(relid, lfirst_int(cell), true);

		if (name != NULL)
			write->updated = lappend(write->updated, makeString(name));
	}
}

/* The table that a node writes to, its number of rows and the columns that it updates. */
static List *
add_write(List *writes, const PlannedStmt *stmt, const ModifyTable *modify)
{
	PkWrite *write = palloc0(sizeof(PkWrite));

	write->relid = rt_fetch(modify->nominalRelation, stmt->rtable)->relid;
	write->rows = outerPlan(modify)->plan_rows;
	write->inserts = modify->operation == CMD_INSERT;
	if (modify->updateColnosLists != NIL)
		note_updated(write, modify, stmt, (List *) linitial(modify->updateColnosLists));
	if (modify->mergeActionLists != NIL)
	{
		ListCell *cell;

		foreach (cell, (List *) linitial(modify->mergeActionLists))
		{
			const MergeAction *action = lfirst_node(MergeAction, cell);

			write->inserts |= action->commandType == CMD_INSERT;
			if (action->commandType == CMD_UPDATE)
				note_updated(write, modify, stmt, action->updateColnos);
		}
	}
	/* a deleted row leaves its entries where they are */
	if (!write->inserts && write->updated == NIL)
		return writes;
	return lappend(writes, write);
}

List *
pk_writes_of(const PlannedStmt *stmt)
{
	List *writes = NIL;
	ListCell *cell;

	if (IsA(stmt->planTree, ModifyTable))
		writes = add_write(writes, stmt, (const ModifyTable *) stmt->planTree);
	foreach (cell, stmt->subplans)
	{
		if (lfirst(cell) != NULL && IsA(lfirst(cell), ModifyTable))
			writes = add_write(writes, stmt, (const ModifyTable *) lfirst(cell));
	}
	return writes;
}
