/*
 * whatif.c
 *	  What the planner is told about tables, only for statements that perfkit plans.
 *
 * The planner asks once for a table's properties (indexes, pages, tuples), and an extension can
 * edit the answer. That is the cheapest possible experiment: no catalog or data changes, and no
 * other session is affected. The hook does nothing unless pk_whatif_plan() is planning that very
 * statement: functions that the planner evaluates meanwhile, because their arguments are constant,
 * may plan statements of their own and keep those plans. The same applies to enable_seqscan, which
 * exists only as a setting: it is off while perfkit's statement is planned, and has the caller's
 * value again while any other statement is planned within.
 *
 * A table that is larger by a factor has that many times the pages and rows, as do its indexes, and
 * its B-trees are higher. Its statistics are those that ANALYZE would find in the larger table if
 * the data grew by more of the same; see growth.c. A GIN index stores its numbers of pages in
 * itself, where its cost function reads them; that function distrusts them once the index is four
 * times as large, and guesses.
 */
#include "postgres.h"

#include <math.h>

#include "access/attmap.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "storage/block.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"

#include "common/compat.h"
#include "plan/growth.h"
#include "plan/whatif.h"

/*
 * What the planner is told for the statement being planned, and for the one whose planning starts
 * next; NULL for statements that are not perfkit's.
 */
static const PkWhatIf *active = NULL;
static const PkWhatIf *next = NULL;

/* The planner's settings that a what-if may change. */
typedef struct PkScanSettings
{
	bool seqscan;
	bool indexscan;
	bool indexonlyscan;
	bool bitmapscan;
} PkScanSettings;

/* The settings of the caller of "active". */
static PkScanSettings callers;

static planner_hook_type previous_planner = NULL;
static pk_compat_relation_hook_type previous_hook = NULL;
static get_relation_stats_hook_type previous_relation_stats = NULL;
static get_index_stats_hook_type previous_index_stats = NULL;
static set_rel_pathlist_hook_type previous_pathlist = NULL;
static set_join_pathlist_hook_type previous_join_pathlist = NULL;

/* See pk_whatif_effort(). */
static double effort = 0;

/* What a relation, and an index of a copy, take, where a pair that is joined takes 1. */
#define EFFORT_OF_RELATION 5
#define EFFORT_OF_INDEX 1

/* If a table has one of the indexes, hide the others. */
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

/*
 * hypopg passes the expressions of an index to the planner as they were parsed, with table number
 * 1, and without copying them. In the query, the table may have another number.
 */
static void
renumber_expressions(IndexOptInfo *index)
{
	ListCell *expression;
	ListCell *cell;

	index->indexprs = copyObject(index->indexprs);
	ChangeVarNodes((Node *) index->indexprs, 1, index->rel->relid, 0);
	expression = list_head(index->indexprs);
	foreach (cell, index->indextlist)
	{
		if (index->indexkeys[foreach_current_index(cell)] != 0 || expression == NULL)
			continue;
		((TargetEntry *) lfirst(cell))->expr = lfirst(expression);
		expression = lnext(index->indexprs, expression);
	}
}

/*
 * Of the hypothetical indexes that another hook has added, keep only those being tried: others are
 * the user's and prove nothing about these. Without a trial there should be none, but hypopg keeps
 * showing them after an EXPLAIN that failed. Whichever of the two hooks was installed first, those
 * of the other are in the list by now.
 */
static void
keep_hypothetical(RelOptInfo *rel, const PkWhatIf *what_if)
{
	ListCell *cell;

	foreach (cell, rel->indexlist)
	{
		IndexOptInfo *index = (IndexOptInfo *) lfirst(cell);

		if (!index->hypothetical)
			continue;
		if (!list_member_oid(what_if->hypothetical, index->indexoid))
		{
			rel->indexlist = foreach_delete_current(rel->indexlist, cell);
			continue;
		}
		renumber_expressions(index);
		if (what_if->hypothetical_seen != NULL)
			(*what_if->hypothetical_seen)++;
	}
}

/* Take the predicates as proven, which the planner does not try again then. */
static void
imply_predicates(RelOptInfo *rel, List *implied)
{
	ListCell *cell;

	foreach (cell, rel->indexlist)
	{
		IndexOptInfo *index = (IndexOptInfo *) lfirst(cell);

		if (list_member_oid(implied, index->indexoid))
			index->predOK = true;
	}
}

/* Drop the predicates of partial indexes. */
static void
widen_indexes(RelOptInfo *rel, List *all_rows)
{
	ListCell *cell;

	foreach (cell, rel->indexlist)
	{
		IndexOptInfo *index = (IndexOptInfo *) lfirst(cell);

		if (list_member_oid(all_rows, index->indexoid))
			index->indpred = NIL;
	}
}

double
pk_whatif_scaled(const PkWhatIf *what_if, double number)
{
	return what_if->size_factor == 0 ? number : rint(number * what_if->size_factor);
}

/* Levels above the leaves of a B-tree whose inner pages have about "fanout" downlinks. */
static int
btree_levels(double pages, double fanout)
{
	return pages > 1 ? (int) ceil(log(pages) / log(fanout)) : 0;
}

static void
scale_index(IndexOptInfo *index, double factor)
{
	double pages = index->pages;

	/* The metapage does not multiply. */
	if (index->pages > 1)
		index->pages = (BlockNumber) (1 + Max(rint((pages - 1) * factor), 1));
	if (index->relam == BTREE_AM_OID && index->tree_height >= 0 && pages > 0)
	{
		/*
		 * An inner page has as many downlinks as a leaf has entries, but it is less full, and
		 * duplicates, which only leaves have, do not count. The present height is known, so only
		 * the difference is computed.
		 */
		double fanout = Min(Max(0.75 * index->tuples / pages, 40), 290);

		index->tree_height += btree_levels(index->pages, fanout) - btree_levels(pages, fanout);
		index->tree_height = Max(index->tree_height, 0);
	}
	if (index->tuples > 0)
		index->tuples = Max(rint(index->tuples * factor), 1);
}

static void
scale_relation(RelOptInfo *rel, double factor)
{
	ListCell *cell;

	/* A partitioned table has no size of its own. */
	if (rel->pages == 0)
		return;

	/*
	 * No table can have more pages. The factor is limited silently, since the caller may not be
	 * allowed to know the size.
	 */
	factor = Min(factor, (double) MaxBlockNumber / rel->pages);
	foreach (cell, rel->indexlist)
	{
		scale_index((IndexOptInfo *) lfirst(cell), Min(factor, (double) MaxBlockNumber /
																   Max(((IndexOptInfo *) lfirst(cell))->pages, 1)));
	}
	rel->pages = (BlockNumber) Max(rint(rel->pages * factor), 1);
	if (rel->tuples > 0)
		rel->tuples = Max(rint(rel->tuples * factor), 1);
}

/* The number that each column of the copy has in the table. */
static AttrMap *
columns_of_copy(Oid copy, Oid relid)
{
	Relation relation = table_open(copy, NoLock);
	TupleDesc columns = RelationGetDescr(relation);
	AttrMap *map = make_attrmap(columns->natts);

	for (int i = 0; i < columns->natts; i++)
		map->attnums[i] = get_attnum(relid, NameStr(TupleDescAttr(columns, i)->attname));
	table_close(relation, NoLock);
	return map;
}

/*
 * Show the indexes of the copy as the table's. The planner itself describes them, as those of
 * another relation with the same number in the query; then its columns are renumbered.
 */
static void
show_copy(PlannerInfo *root, RelOptInfo *rel, Oid relid, const PkWhatIfCopy *shown,
		  const PkWhatIf *what_if)
{
	RelOptInfo *copy = makeNode(RelOptInfo);
	AttrMap *map = columns_of_copy(shown->relid, relid);
	RangeTblEntry *entry = planner_rt_fetch(rel->relid, root);
	Oid table = entry->relid;
	double factor = Max(rel->tuples, 1) / Max(shown->rows, 1);
	ListCell *cell;

	copy->relid = rel->relid;
	copy->reloptkind = RELOPT_OTHER_MEMBER_REL; /* without foreign keys */
	active = NULL;								/* the hook is called for the copy, too */
	/* From 19 on, index expressions are simplified by what is known of the entry's columns. */
	entry->relid = shown->relid;
	get_relation_info(root, shown->relid, false, copy);
	entry->relid = table;
	active = what_if;
	foreach (cell, copy->indexlist)
	{
		IndexOptInfo *index = (IndexOptInfo *) lfirst(cell);
		bool whole_row;

		if (shown->shown != NIL && !list_member_oid(shown->shown, index->indexoid))
			continue;
		index->rel = rel;
		for (int i = 0; i < index->ncolumns; i++)
		{
			if (index->indexkeys[i] > 0)
				index->indexkeys[i] = map->attnums[index->indexkeys[i] - 1];
		}
		index->indexprs =
			(List *) map_variable_attnos((Node *) index->indexprs, rel->relid, 0, map, InvalidOid, &whole_row);
		index->indpred =
			(List *) map_variable_attnos((Node *) index->indpred, rel->relid, 0, map, InvalidOid, &whole_row);
		index->indextlist =
			(List *) map_variable_attnos((Node *) index->indextlist, rel->relid, 0, map, InvalidOid, &whole_row);
		if (index->indpred == NIL)
			index->tuples = shown->rows;
		scale_index(index, factor);
		/* Nobody may look up the ends of the table's values in an index that has others. */
		index->hypothetical = index->sortopfamily != NULL;
		rel->indexlist = lappend(rel->indexlist, index);
		effort += EFFORT_OF_INDEX;
		if (what_if->hypothetical_seen != NULL)
			(*what_if->hypothetical_seen)++;
	}
}

static bool
grows(const PkWhatIf *what_if)
{
	return what_if != NULL && what_if->size_factor != 0 && what_if->size_factor != 1;
}

static void
edit_relation(PK_COMPAT_RELATION_HOOK_ARGS)
{
	ListCell *cell;

	if (previous_hook)
		previous_hook(PK_COMPAT_RELATION_HOOK_PASS);

	if (active == NULL || rel->rtekind != RTE_RELATION)
		return;
	effort += EFFORT_OF_RELATION;
	if (active->only_indexes != NIL)
		keep_indexes(rel, active->only_indexes);
	keep_hypothetical(rel, active);
	foreach (cell, active->copies)
	{
		const PkWhatIfCopy *copy = (const PkWhatIfCopy *) lfirst(cell);

		if (list_member_oid(copy->tables, PK_COMPAT_RELATION_HOOK_OID))
			show_copy(root, rel, PK_COMPAT_RELATION_HOOK_OID, copy, active);
	}
	if (active->rewrite != NULL)
		pk_rewrite_apply(root, rel, PK_COMPAT_RELATION_HOOK_OID, active->rewrite);
	if (active->all_rows != NIL)
		widen_indexes(rel, active->all_rows);
	if (active->implied != NIL)
		imply_predicates(rel, active->implied);
	if (grows(active))
	{
		scale_relation(rel, active->size_factor);
		pk_growth_extended_statistics(rel, PK_COMPAT_RELATION_HOOK_OID);
	}
	if (active->largest_rows != NULL)
		*active->largest_rows = Max(*active->largest_rows, rel->tuples);
}

static bool
column_statistics(PlannerInfo *root, RangeTblEntry *rte, AttrNumber column, VariableStatData *vardata)
{
	if (grows(active) && !pk_growth_asking() && rte->rtekind == RTE_RELATION &&
		pk_growth_of_column(root, rte, column, active->size_factor, vardata))
		return true;
	return previous_relation_stats != NULL && previous_relation_stats(root, rte, column, vardata);
}

static bool
index_statistics(PlannerInfo *root, Oid index, AttrNumber column, VariableStatData *vardata)
{
	if (grows(active) && !pk_growth_asking() && pk_growth_of_expression(root, active->size_factor, vardata))
		return true;
	return previous_index_stats != NULL && previous_index_stats(root, index, column, vardata);
}

/* The number of rows to be told of the relation; NULL for the planner's own. */
static const PkRowsTold *
find_told(const RangeTblEntry *rte)
{
	Oid function = InvalidOid;
	ListCell *cell;

	if (rte->rtekind == RTE_FUNCTION && list_length(rte->functions) == 1)
	{
		Node *call = linitial_node(RangeTblFunction, rte->functions)->funcexpr;

		function = IsA(call, FuncExpr) ? ((FuncExpr *) call)->funcid : InvalidOid;
	}
	else if (rte->rtekind != RTE_RELATION)
		return NULL;
	foreach (cell, active->rows_told)
	{
		const PkRowsTold *told = (const PkRowsTold *) lfirst(cell);

		if ((OidIsValid(told->relid) ? told->relid == rte->relid
									 : function == told->function && OidIsValid(function)) &&
			strcmp(told->alias, rte->eref->aliasname) == 0)
			return told;
	}
	return NULL;
}

/*
 * The paths of the relation have their costs by now. What is planned above them has its costs from
 * their numbers of rows, which are told here.
 */
static void
edit_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	const PkRowsTold *told;
	double ratio;
	ListCell *cell;

	if (previous_pathlist != NULL)
		previous_pathlist(root, rel, rti, rte);
	if (active != NULL && active->observe != NULL)
		active->observe(root, rel, active->observer);
	if (active == NULL || active->rows_told == NIL || rel->rows <= 0 || (told = find_told(rte)) == NULL)
		return;
	ratio = Max(told->rows, 1) / rel->rows;
	rel->rows *= ratio;
	foreach (cell, list_concat_copy(rel->pathlist, rel->partial_pathlist))
	{
		Path *path = (Path *) lfirst(cell);

		path->rows = clamp_row_est(path->rows * ratio);
	}
	foreach (cell, rel->ppilist)
	{
		ParamPathInfo *parameters = (ParamPathInfo *) lfirst(cell);

		parameters->ppi_rows = clamp_row_est(parameters->ppi_rows * ratio);
	}
}

static void
count_join(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outer, RelOptInfo *inner, JoinType type,
		   JoinPathExtraData *extra)
{
	if (previous_join_pathlist != NULL)
		previous_join_pathlist(root, joinrel, outer, inner, type, extra);
	if (active != NULL)
		effort++;
}

double
pk_whatif_effort(void)
{
	return effort;
}

static PlannedStmt *
call_planner(PK_COMPAT_PLANNER_ARGS)
{
	if (previous_planner)
		return previous_planner(PK_COMPAT_PLANNER_PASS);
	return standard_planner(PK_COMPAT_PLANNER_PASS);
}

/* Lasts until the GUC nest level ends. */
static void
set_setting(const char *name, bool on)
{
	(void) set_config_option(name, on ? "on" : "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

static PkScanSettings
scan_settings(void)
{
	PkScanSettings settings = {enable_seqscan, enable_indexscan, enable_indexonlyscan, enable_bitmapscan};

	return settings;
}

/*
 * Give a statement planned within that of "outer" the settings that the caller of "outer" had. A
 * function may have changed a setting in the same way itself: that is indistinguishable from our
 * change, and gets the caller's value too.
 */
static void
restore_settings(const PkWhatIf *outer)
{
	if (outer->disable_seqscan && !enable_seqscan)
		set_setting("enable_seqscan", callers.seqscan);
	if (!outer->enable_indexes)
		return;
	if (enable_indexscan)
		set_setting("enable_indexscan", callers.indexscan);
	if (enable_indexonlyscan)
		set_setting("enable_indexonlyscan", callers.indexonlyscan);
	if (enable_bitmapscan)
		set_setting("enable_bitmapscan", callers.bitmapscan);
}

static void
apply_settings(const PkWhatIf *what_if)
{
	if (what_if->disable_seqscan)
		set_setting("enable_seqscan", false);
	if (!what_if->enable_indexes)
		return;
	set_setting("enable_indexscan", true);
	set_setting("enable_indexonlyscan", true);
	set_setting("enable_bitmapscan", true);
}

/* Planner hook: starts planning the statement of pk_whatif_plan(), one within it, or any other. */
static PlannedStmt *
enter_planner(PK_COMPAT_PLANNER_ARGS)
{
	const PkWhatIf *outer = active;
	PkScanSettings outer_callers = callers;
	int nest_level;
	PlannedStmt *stmt = NULL;

	if (active == NULL && next == NULL)
		return call_planner(PK_COMPAT_PLANNER_PASS);

	active = next;
	next = NULL;
	PG_TRY();
	{
		/* After an error, the abort of the transaction restores the settings. */
		nest_level = NewGUCNestLevel();

		if (outer != NULL)
			restore_settings(outer);
		callers = scan_settings();
		if (active != NULL)
			apply_settings(active);
		stmt = call_planner(PK_COMPAT_PLANNER_PASS);
		AtEOXact_GUC(true, nest_level);
	}
	PG_FINALLY();
	{
		active = outer;
		callers = outer_callers;
	}
	PG_END_TRY();
	return stmt;
}

PlannedStmt *
pk_whatif_plan(Query *query, const char *text, const PkWhatIf *what_if)
{
	PlannedStmt *stmt = NULL;

	next = what_if;
	PG_TRY();
	{
		stmt = pk_compat_plan_query(query, text, CURSOR_OPT_PARALLEL_OK);
	}
	PG_FINALLY();
	{
		next = NULL; /* if the planner was not reached */
	}
	PG_END_TRY();
	return stmt;
}

void
pk_whatif_init(void)
{
	previous_hook = pk_compat_relation_hook;
	pk_compat_relation_hook = edit_relation;
	previous_planner = planner_hook;
	planner_hook = enter_planner;
	previous_relation_stats = get_relation_stats_hook;
	get_relation_stats_hook = column_statistics;
	previous_index_stats = get_index_stats_hook;
	get_index_stats_hook = index_statistics;
	previous_pathlist = set_rel_pathlist_hook;
	set_rel_pathlist_hook = edit_paths;
	previous_join_pathlist = set_join_pathlist_hook;
	set_join_pathlist_hook = count_join;
}
