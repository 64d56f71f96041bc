/*
 * inquiry.c
 *	  One scan of a plan, the question why it is as it is, and the findings so far.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "parser/parsetree.h"

#include "advice/candidate.h"
#include "advice/keys.h"
#include "causes/inquiry.h"
#include "plan/deparse.h"

void
pk_inquiry_begin(PkInquiry *inquiry, const PkFailure *failure, const PkPlanNode *reader)
{
	memset(inquiry, 0, sizeof(*inquiry));
	inquiry->failure = failure;
	inquiry->table = (PkTableRef){reader->rti, reader->relid};
	inquiry->expected = failure->expected;
	inquiry->conditions = pk_candidate_conditions(reader);
	inquiry->settings = !enable_indexscan || !enable_indexonlyscan || !enable_bitmapscan;
}

/* The cost of the plan; -1 if it is meaningless, since a disabled scan adds to it up to 17. */
static double
plan_cost(const PkFailure *failure)
{
	const PkPlanTree *tree = failure->tree;

	for (int i = 0; i < tree->count && failure->options->disable_seqscan; i++)
	{
		if (IsA(tree->nodes[i].plan, SeqScan))
			return -1;
	}
	return tree->root->plan->total_cost;
}

PkFinding *
pk_inquiry_make(const PkInquiry *inquiry, PkCause cause)
{
	const PkPlanTree *tree = inquiry->failure->tree;
	PkFinding *finding = pk_finding_make(cause, inquiry->table.relid);

	if (inquiry->failure->scan != NULL)
		finding->node_id = inquiry->failure->scan->node_id;
	finding->alias = rt_fetch(inquiry->table.rti, tree->stmt->rtable)->eref->aliasname;
	if (inquiry->conditions != NIL)
		finding->condition = pk_inquiry_condition(inquiry, (Node *) make_ands_explicit(inquiry->conditions));
	finding->cost = plan_cost(inquiry->failure);
	return finding;
}

PkFinding *
pk_inquiry_add(PkInquiry *inquiry, PkFinding *finding)
{
	inquiry->findings = lappend(inquiry->findings, finding);
	return finding;
}

void
pk_inquiry_adopt(PkInquiry *inquiry, PkFinding *finding, PkFinding *missing)
{
	inquiry->findings = list_delete_ptr(inquiry->findings, missing);
	finding->use = missing->use;
	finding->columns = missing->columns;
	finding->remedy_sql = missing->remedy_sql;
	finding->remedy_kind = missing->remedy_kind;
	finding->same_result = missing->same_result;
	finding->changes = missing->changes;
	finding->chosen = missing->chosen;
	finding->proof = missing->proof;
	finding->unproven = missing->unproven;
	finding->cost_with_remedy = missing->cost_with_remedy;
}

char *
pk_inquiry_condition(const PkInquiry *inquiry, Node *condition)
{
	return pk_keys_text(inquiry->table, condition);
}

char *
pk_inquiry_filter(const PkInquiry *inquiry, const PkPlanNode *node)
{
	PkDeparser deparser;

	pk_deparse_begin(&deparser, inquiry->failure->tree);
	return pk_deparse_filter(&deparser, node);
}

char *
pk_inquiry_clause(const PkInquiry *inquiry, const PkPlanNode *node, Node *clause)
{
	PkDeparser deparser;

	pk_deparse_begin(&deparser, inquiry->failure->tree);
	return pk_deparse_clause(&deparser, node, clause);
}
