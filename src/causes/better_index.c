/*
 * better_index.c
 *	  An index is used, or could be, but another one with more of the conditions as its keys, or
 *	  in another order, would read much less.
 *
 * There is nearly always an index that fits a query a little better. So one is advised only if the
 * plan with it costs at most half; and without hypopg, only if what the scan costs for each row
 * that it returns shows that it discards most of what it reads.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "catalog/pg_am.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "advice/page_sample.h"
#include "causes/better_index.h"
#include "causes/missing.h"

/* A plan with the better index costs at most this share. */
#define MUCH_BETTER 0.5

/* A filter that keeps no more of a sample than this share discards most rows. */
#define MOST_DISCARDED 0.1

/*
 * Scans below this cost are not worth an index, nor are those that return most of what they read.
 */
#define CHEAP_SCAN 100
#define COST_PER_ROW 20
#define FOUND_PER_ROW 10

static bool
try_candidate(PkInquiry *inquiry, PkFinding *finding, bool *chosen)
{
	PkInquiry scratch = *inquiry;
	PkCandidate candidate;
	PkFinding *missing;

	scratch.findings = NIL;
	pk_candidate_find(inquiry->failure->tree, inquiry->failure->scan, &candidate);
	missing = pk_missing_find(&scratch, &candidate);
	if (missing == NULL)
		return false;
	*chosen = missing->chosen;
	finding->use = missing->use;
	finding->columns = missing->columns;
	finding->remedy_sql = missing->remedy_sql;
	finding->proof = missing->proof;
	finding->chosen = missing->chosen;
	finding->unproven = missing->unproven;
	finding->cost_with_remedy = missing->cost_with_remedy;
	return true;
}

bool
pk_better_index_try(PkInquiry *inquiry, PkFinding *finding)
{
	bool chosen;

	return try_candidate(inquiry, finding, &chosen);
}

/* Does the scan discard most of the rows that it reads? */
static bool
discards(const Plan *plan)
{
	double rows = Max(plan->plan_rows, 1);
	/* What comes before the scan is mostly the cost of subqueries that it waits for. */
	double cost = plan->initPlan != NIL ? plan->total_cost - plan->startup_cost : plan->total_cost;

	if (cost < CHEAP_SCAN)
		return false;
	if (IsA(plan, BitmapHeapScan) && IsA(outerPlan(plan), BitmapIndexScan) &&
		outerPlan(plan)->plan_rows >= FOUND_PER_ROW * rows)
		return true;
	return cost >= COST_PER_ROW * rows;
}

/* The same if it would do much better. */
static bool
try_much_better(PkInquiry *inquiry, PkFinding *finding)
{
	bool chosen;

	if (!discards(inquiry->failure->scan->plan) || !try_candidate(inquiry, finding, &chosen))
		return false;
	if (finding->proof == PK_PROOF_NONE)
		return true;
	return chosen && (finding->cost_with_remedy < 0 ||
					  finding->cost_with_remedy <= MUCH_BETTER * inquiry->failure->tree->root->plan->total_cost);
}

/* Is a condition on the key of the index for equality, or else is one on it at all? */
static bool
has_condition(const PkInquiry *inquiry, Relation index, int key, bool equality)
{
	Node *expression = pk_match_key_expression(index, key, inquiry->table);
	ListCell *cell;

	foreach (cell, inquiry->conditions)
	{
		PkClause clause;

		pk_clause_take(lfirst(cell), inquiry->table, &clause);
		if (clause.compared == NULL || clause.both_sides || !equal(clause.compared, expression))
			continue;
		if (!equality || clause.form == PK_CLAUSE_TRUTH || (clause.form == PK_CLAUSE_NULL_TEST && !clause.negated) ||
			((clause.form == PK_CLAUSE_COMPARISON || clause.form == PK_CLAUSE_ANY) &&
			 pk_keys_btree_strategy(clause.opno) == BTEqualStrategyNumber))
			return true;
	}
	return false;
}

bool
pk_better_index_range_first(PkInquiry *inquiry, Oid indexid)
{
	Relation index = index_open(indexid, AccessShareLock);
	PkFinding *finding = NULL;

	if (index->rd_rel->relam == BTREE_AM_OID && has_condition(inquiry, index, 0, false) &&
		!has_condition(inquiry, index, 0, true))
	{
		for (int key = 1; key < index->rd_index->indnkeyatts; key++)
		{
			if (!has_condition(inquiry, index, key, true))
				continue;
			finding = pk_inquiry_make(inquiry, PK_CAUSE_KEY_POSITION);
			finding->index = indexid;
			finding->column = pk_keys_text(inquiry->table, pk_match_key_expression(index, key, inquiry->table));
			finding->range = pk_keys_text(inquiry->table, pk_match_key_expression(index, 0, inquiry->table));
			break;
		}
	}
	index_close(index, NoLock);
	if (finding == NULL || !try_much_better(inquiry, finding))
		return false;
	pk_inquiry_add(inquiry, finding);
	return true;
}

/* The columns of the filter that the index lacks, "a, b"; NULL if it has all. */
static char *
lacking_columns(const PkInquiry *inquiry, Relation index, List *filter)
{
	Bitmapset *columns = NULL;
	int column = -1;
	StringInfoData names;

	pull_varattnos((Node *) filter, inquiry->table.rti, &columns);
	for (int i = 0; i < index->rd_index->indnatts; i++)
		columns = bms_del_member(columns, index->rd_index->indkey.values[i] - FirstLowInvalidHeapAttributeNumber);
	initStringInfo(&names);
	while ((column = bms_next_member(columns, column)) >= 0)
	{
		char *name = get_attname(inquiry->table.relid, column + FirstLowInvalidHeapAttributeNumber, true);

		if (name != NULL)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", quote_identifier(name));
	}
	return names.len > 0 ? names.data : NULL;
}

/*
 * Is it known that the filter discards most rows? The planner's estimate tells for conditions that
 * compare a column itself; of expressions without statistics it knows nothing, so a sample is
 * asked.
 */
static bool
is_selective(const PkInquiry *inquiry, List *filter)
{
	List *clauses;
	PkSample sample;
	ListCell *cell;

	foreach (cell, filter)
	{
		PkClause clause;

		pk_clause_take(lfirst(cell), inquiry->table, &clause);
		if (clause.compared != NULL && IsA(clause.compared, Var))
			return true;
	}
	clauses = copyObject(filter);
	ChangeVarNodes((Node *) clauses, inquiry->table.rti, 1, 0);
	return pk_sample_take(inquiry->table.relid, clauses, NIL, &sample) && sample.rows > 0 &&
		   sample.matching <= MOST_DISCARDED * sample.rows;
}

bool
pk_better_index_lacking(PkInquiry *inquiry, Oid indexid, List *filter)
{
	Relation index = index_open(indexid, AccessShareLock);
	char *columns = lacking_columns(inquiry, index, filter);
	PkFinding *finding;

	index_close(index, NoLock);
	if (columns == NULL || !is_selective(inquiry, filter))
		return false;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_FILTER_ABOVE_INDEX);
	finding->index = indexid;
	finding->expression = columns;
	finding->condition = pk_inquiry_condition(inquiry, (Node *) make_ands_explicit(list_copy(filter)));
	if (!try_much_better(inquiry, finding))
		return false;
	pk_inquiry_add(inquiry, finding);
	return true;
}
