/*
 * proof.c
 *	  Remedies that are another wording: planned that way, and run both ways.
 *
 * Where no rule says that both conditions keep the same rows, they are compared on a sample of the
 * table. Conditions are evaluated as the caller, so only if all that they call came with the server
 * and is not volatile: the query has not been run, and it may be that of a view of another role.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "advice/candidate.h"
#include "advice/foreign_code.h"
#include "advice/keys.h"
#include "advice/sample.h"
#include "causes/proof.h"
#include "common/own_statement.h"
#include "common/undo.h"
#include "plan/rewrite.h"

/* Rows on which both conditions are evaluated. */
#define SAMPLE_ROWS 5000.0

typedef struct PkRewriteTrial
{
	const PkFailure *failure;
	PkFinding *finding;
	bool replaced;
	bool served; /* the rewritten query is planned with an index in place of the scan */
	bool chosen;
	double cost;
	char *refusal; /* why the conditions were not compared */
	double rows;
	double both;
	double one;
} PkRewriteTrial;

/*
 * The remedy is a text, whose operators are looked up in the caller's search path: not all need be
 * those of the condition. And in a CASE, constants may be compared that the query as it is does not
 * compare before it runs.
 */
static void
check_remedy(Node *instead)
{
	if (pk_foreign_code_of_others(instead))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("planning it could call functions of another role")));
}

/* Plan the query with the remedy in place of the condition. */
static void
plan_rewritten(PkRewriteTrial *trial, bool by_force)
{
	const PkFailure *failure = trial->failure;
	PkCaptureOptions options = *failure->options;
	int replaced = 0;
	PkRewrite rewrite = {.relid = trial->finding->relid,
						 .alias = trial->finding->alias,
						 .written = trial->finding->condition,
						 .instead = trial->finding->remedy_sql,
						 .check = check_remedy,
						 .replaced = &replaced};
	bool scans = false;
	PkCapture capture;
	PkPlanTree tree;

	options.enable_indexes = true;
	options.disable_seqscan |= by_force;
	options.what_if.rewrite = &rewrite;
	pk_capture_begin(&capture, failure->query, &options);
	pk_plan_walk(&capture, &tree);
	trial->served = true;
	for (int i = 0; i < tree.count; i++)
	{
		if (!IsA(tree.nodes[i].plan, SeqScan))
			continue;
		scans = true;
		if (pk_plan_same_scan(failure->tree, failure->scan, &tree, &tree.nodes[i]))
			trial->served = false;
	}
	/* Up to 17, a disabled scan adds 1e10 to the cost. */
	trial->cost = options.disable_seqscan && scans ? -1 : tree.root->plan->total_cost;
	/* In place of another index scan, it has to save something. */
	if (!IsA(failure->scan->plan, SeqScan))
		trial->served = trial->cost >= 0 && trial->cost < failure->tree->root->plan->total_cost;
	trial->chosen = trial->served && !by_force;
	trial->replaced = replaced > 0;
	pk_capture_end(&capture);
}

static void
try_plan(void *arg)
{
	PkRewriteTrial *trial = (PkRewriteTrial *) arg;

	plan_rewritten(trial, false);
	if (trial->replaced && !trial->served)
		plan_rewritten(trial, true);
}

static bool
has_parameters(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	return IsA(node, Param) || expression_tree_walker(node, has_parameters, arg);
}

/* May the condition be evaluated? If not, say why. */
static char *
refuse(Node *condition)
{
	if (has_parameters(condition, NULL))
		return "a value is not known";
	if (contain_volatile_functions(condition))
		return "the condition is volatile";
	if (pk_foreign_code_in_expression(condition))
		return "evaluating the conditions would call functions that did not come with the server";
	return NULL;
}

static bool
find_collations(Node *node, void *arg)
{
	List **collations = (List **) arg;

	if (node == NULL)
		return false;
	if (OidIsValid(exprInputCollation(node)))
		*collations = list_append_unique_oid(*collations, exprInputCollation(node));
	if (IsA(node, RowCompareExpr))
		*collations = list_concat_unique_oid(*collations, ((RowCompareExpr *) node)->inputcollids);
	return expression_tree_walker(node, find_collations, arg);
}

static List *
collations_of(Node *node)
{
	List *collations = NIL;

	(void) find_collations(node, &collations);
	return list_delete_oid(collations, InvalidOid);
}

typedef struct PkConditionSearch
{
	PkTableRef table;
	const char *text;
	Node *found;
} PkConditionSearch;

static bool
find_condition(Node *node, void *arg)
{
	PkConditionSearch *search = (PkConditionSearch *) arg;

	if (node == NULL)
		return false;
	if (!IsA(node, List) && exprType(node) == BOOLOID && strcmp(pk_keys_text(search->table, node), search->text) == 0)
		search->found = node;
	return search->found != NULL || expression_tree_walker(node, find_condition, arg);
}

/* Does the condition in the plan compare by a collation that its text does not name? */
static bool
loses_collation(const PkFailure *failure, const PkFinding *finding, Node *parsed)
{
	const PkPlanNode *scan = failure->scan;
	PkConditionSearch search = {.text = finding->condition};

	if (scan == NULL)
		return false;
	search.table = (PkTableRef){scan->rti, scan->relid};
	(void) find_condition((Node *) pk_candidate_conditions(scan), &search);
	return search.found != NULL && (list_difference_oid(collations_of(search.found), collations_of(parsed)) != NIL ||
									list_difference_oid(collations_of(parsed), collations_of(search.found)) != NIL);
}

/* The names of the columns in both conditions, "a, b". */
static char *
columns_of(Oid relid, Node *conditions)
{
	Bitmapset *columns = NULL;
	int column = -1;
	char *names = NULL;

	pull_varattnos(conditions, 1, &columns);
	while ((column = bms_next_member(columns, column)) >= 0)
	{
		AttrNumber attno = column + FirstLowInvalidHeapAttributeNumber;
		const char *name;

		if (attno <= 0)
			return NULL;
		name = quote_identifier(get_attname(relid, attno, false));
		names = names == NULL ? pstrdup(name) : psprintf("%s, %s", names, name);
	}
	return names;
}

static double
result_column(int column)
{
	bool isnull;

	return (double) DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull));
}

/* Count the rows of a sample that both conditions keep, and those that only one does. */
static void
compare(void *arg)
{
	PkRewriteTrial *trial = (PkRewriteTrial *) arg;
	PkFinding *finding = trial->finding;
	Oid relid = finding->relid;
	Node *written = pk_rewrite_parse(relid, finding->condition, NULL);
	Node *instead = pk_rewrite_parse(relid, finding->remedy_sql, NULL);
	char *columns = columns_of(relid, (Node *) list_make2(written, instead));

	trial->refusal = columns == NULL ? "the condition is on no column" : refuse(written);
	if (trial->refusal == NULL && loses_collation(trial->failure, finding, written))
		trial->refusal = "the condition compares by a collation that its text does not name";
	if (trial->refusal == NULL)
		trial->refusal = refuse(instead);
	if (trial->refusal == NULL)
		trial->refusal = pk_sample_refusal(trial->failure, relid);
	if (trial->refusal != NULL)
		return;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (pk_own_execute(psprintf("SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE a AND b), "
								"pg_catalog.count(*) FILTER (WHERE a AND NOT b OR b AND NOT a) "
								"FROM (SELECT (%s) IS TRUE, (%s) IS TRUE FROM (%s) %s) q (a, b)",
								finding->condition, finding->remedy_sql, pk_sample_query(relid, columns, SAMPLE_ROWS),
								quote_identifier(get_rel_name(relid))),
					   0, NULL, NULL, 0) != SPI_OK_SELECT)
		elog(ERROR, "conditions were not compared");
	trial->rows = result_column(1);
	trial->both = result_column(2);
	trial->one = result_column(3);
	SPI_finish();
}

/* Whatever a rule says, rows that only one of the conditions keeps show that it does not apply. */
static void
prove_same_result(PkRewriteTrial *trial)
{
	PkFinding *finding = trial->finding;

	if (pk_undo_catching(compare, trial) != NULL || trial->refusal != NULL || trial->both + trial->one == 0)
		return; /* where no row is kept, nothing can be seen */
	if (finding->same_result == PK_SAME_BY_RULE && trial->one == 0)
		return;
	finding->same_result = trial->one > 0 ? PK_SAME_NOT : PK_SAME_ON_SAMPLE;
	finding->compared_rows = trial->rows;
	finding->same_rows = trial->one > 0 ? trial->one : trial->both;
}

typedef struct PkRule
{
	const PkFailure *failure;
	const PkFinding *finding;
	bool applies;
} PkRule;

static void
check_rule(void *arg)
{
	PkRule *rule = (PkRule *) arg;
	const PkFinding *finding = rule->finding;
	const PkPlanNode *scan = rule->failure->scan;
	Node *like = scan != NULL ? (Node *) pk_candidate_conditions(scan) : NULL;
	Node *written = pk_rewrite_parse(finding->relid, finding->condition, like);
	Node *instead = pk_rewrite_parse(finding->relid, finding->remedy_sql, like);

	if (loses_collation(rule->failure, finding, written))
		return;
	rule->applies = !pk_foreign_code_in_expression(written) && !pk_foreign_code_in_expression(instead) &&
					!contain_volatile_functions(written) &&
					list_difference_oid(collations_of(instead), collations_of(written)) == NIL;
}

/*
 * Rules are about what comes with the server, and about what the remedy says when it is typed: its
 * operators are looked up in the search path, and it may name no collation where the condition
 * does.
 */
static bool
rule_applies(const PkFailure *failure, const PkFinding *finding)
{
	PkRule rule = {.failure = failure, .finding = finding};

	return finding->remedy_sql != NULL && finding->condition != NULL && OidIsValid(finding->relid) &&
		   pk_undo_catching(check_rule, &rule) == NULL && rule.applies;
}

static void
prove(const PkFailure *failure, PkFinding *finding)
{
	PkRewriteTrial trial = {.failure = failure, .finding = finding};
	bool affordable = pk_replan_affordable(failure, 1);
	ErrorData *error = affordable ? pk_undo_catching(try_plan, &trial) : NULL;

	if (!affordable)
		finding->unproven = pstrdup(PK_REPLAN_REFUSAL);
	else if (error != NULL)
		finding->unproven = error->message;
	else if (!trial.replaced)
		finding->unproven = pstrdup("the condition was not found again when the query was planned with another");
	else if (!trial.served)
		finding->unproven = pstrdup("no index that exists would be used for it");
	else
	{
		finding->proof = PK_PROOF_PLANNED;
		finding->chosen = trial.chosen;
		finding->cost_with_remedy = trial.cost;
	}
	prove_same_result(&trial);
}

void
pk_proof_of_rewrites(const PkFailure *failure, List *findings)
{
	ListCell *cell;

	foreach (cell, findings)
	{
		PkFinding *finding = (PkFinding *) lfirst(cell);

		if (finding->same_result == PK_SAME_BY_RULE && !rule_applies(failure, finding))
			finding->same_result = PK_SAME_UNKNOWN;
		if (finding->remedy_kind == PK_REMEDY_CONDITION && finding->remedy_sql != NULL && finding->condition != NULL &&
			finding->proof == PK_PROOF_NONE && failure->scan != NULL && finding->relid == failure->scan->relid)
			prove(failure, finding);
	}
}
