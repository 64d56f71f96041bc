/*
 * join_clause.c
 *	  Why a join's condition keeps an index of its table from being used.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

#include "advice/candidate.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "causes/join_clause.h"
#include "causes/wording.h"
#include "plan/source.h"

/* IS NOT DISTINCT FROM between two tables: neither an index condition nor one to hash by. */
static PkFinding *
find_not_distinct(const PkInquiry *inquiry, const PkPlanNode *join, Node *clause)
{
	DistinctExpr *distinct = (DistinctExpr *) linitial(((BoolExpr *) clause)->args);

	if (!IsA(distinct, DistinctExpr))
		return NULL;
	for (int i = 0; i < 2; i++)
	{
		Node *source =
			pk_source_of(inquiry->failure->tree, join->plan, list_nth(distinct->args, i), inquiry->table.rti);
		char *mine = pk_inquiry_clause(inquiry, join, list_nth(distinct->args, i));
		char *other = pk_inquiry_clause(inquiry, join, list_nth(distinct->args, 1 - i));
		PkFinding *finding;

		source = pk_clause_strip(source);
		if (source == NULL || !pk_keys_is_key(inquiry->table, source))
			continue;
		finding = pk_inquiry_make(inquiry, PK_CAUSE_NOT_DISTINCT_FROM);
		finding->column = pk_keys_text(inquiry->table, source);
		finding->index = pk_wording_index(inquiry, source, InvalidOid);
		finding->condition = pk_inquiry_clause(inquiry, join, clause);
		finding->remedy_sql = psprintf("%s = %s OR (%s IS NULL AND %s IS NULL)", mine, other, mine, other);
		finding->decisive = true;
		return finding;
	}
	return NULL;
}

static PkFinding *
find_join_clause(const PkInquiry *inquiry, Plan *join, OpExpr *op)
{
	for (int i = 0; i < 2; i++)
	{
		Node *source = pk_source_of(inquiry->failure->tree, join, list_nth(op->args, i), inquiry->table.rti);
		Node *compared = pk_clause_strip(source);
		List *columns;
		PkFinding *finding;
		Oid index;

		if (compared == NULL || !bms_equal(pull_varnos(NULL, compared), bms_make_singleton(inquiry->table.rti)))
			continue;
		columns = pull_var_clause(compared, 0);
		if (list_length(columns) != 1)
			continue;
		index = pk_wording_index(inquiry, linitial(columns), InvalidOid);
		if (!OidIsValid(index))
			continue;
		if (IsA(compared, Var) && OidIsValid(op->inputcollid) && exprCollation(compared) != op->inputcollid)
		{
			finding = pk_inquiry_make(inquiry, PK_CAUSE_COLLATION);
			finding->collation = generate_collation_name(exprCollation(compared));
			finding->other_collation = generate_collation_name(op->inputcollid);
		}
		else if (pk_clause_is_cast(compared))
		{
			finding = pk_inquiry_make(inquiry, PK_CAUSE_JOIN_TYPE);
			finding->decisive = true;
		}
		else
			continue;
		finding->index = index;
		finding->column = pk_keys_text(inquiry->table, linitial(columns));
		finding->type = format_type_be(exprType(linitial(columns)));
		finding->expression = pk_keys_text(inquiry->table, compared);
		finding->expression_type = format_type_be(exprType(compared));
		return finding;
	}
	return NULL;
}

PkFinding *
pk_join_clause_find(const PkInquiry *inquiry, const PkPlanNode *scan)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	const PkPlanNode *node = scan;
	const PkPlanNode *above;

	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL)
	{
		ListCell *cell;

		foreach (cell, pk_candidate_join_clauses(above->plan))
		{
			PkFinding *finding = NULL;

			if (IsA(lfirst(cell), OpExpr) && list_length(((OpExpr *) lfirst(cell))->args) == 2)
				finding = find_join_clause(inquiry, above->plan, lfirst(cell));
			else if (IsA(above->plan, NestLoop) && is_notclause(lfirst(cell)))
				finding = find_not_distinct(inquiry, above, lfirst(cell));
			if (finding != NULL)
				return finding;
		}
		node = above;
	}
	return NULL;
}
