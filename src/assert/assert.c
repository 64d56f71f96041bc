/*
 * assert.c
 *	  Checks of a query's plan.
 *
 * A check returns a verdict, which its caller raises or returns as a row. A check that passes walks
 * the nodes once and looks up nothing, so that it costs as much as the planning.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/arguments.h"
#include "common/catalog.h"
#include "assert/assert.h"
#include "advice/indexes.h"
#include "plan/shape.h"
#include "plan/table_state.h"

PG_FUNCTION_INFO_V1(perfkit_assert_index_scan);
PG_FUNCTION_INFO_V1(perfkit_assert_no_seq_scan);

/*
 * The scan of the largest table that is read sequentially and has at least min_rows rows at the
 * size in question; NULL if there is none.
 */
static const PkPlanNode *
find_seq_scan(const PkPlanTree *tree, const PkWhatIf *what_if, double min_rows)
{
	const PkPlanNode *largest = NULL;
	BlockNumber largest_pages = 0;

	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];
		BlockNumber pages;
		double rows;

		if (!IsA(node->plan, SeqScan))
			continue;
		pk_table_state_size(node->relid, &pages, &rows);
		if (pk_whatif_scaled(what_if, rows) < min_rows || (largest != NULL && pages <= largest_pages))
			continue;
		largest = node;
		largest_pages = pages;
	}
	return largest;
}

/*
 * Does the node read its input only as far as its own rows are requested? Not if it begins by
 * reading all of it.
 */
static bool
is_streaming(const PkPlanNode *node, const PkPlanNode *input)
{
	switch (nodeTag(node->plan))
	{
		case T_Result:
		case T_ProjectSet:
		case T_SubqueryScan:
		case T_LockRows:
		case T_Append:
		case T_MergeAppend:
		case T_Gather:
		case T_GatherMerge:
		case T_Group:
		case T_Unique:
		case T_IncrementalSort: /* by groups of equal rows, as the next two */
		case T_MergeJoin:
			return true;
		case T_Agg:
			return ((Agg *) node->plan)->aggstrategy == AGG_SORTED && ((Agg *) node->plan)->chain == NIL;
		case T_SetOp:
			return ((SetOp *) node->plan)->strategy == SETOP_SORTED;
		case T_NestLoop:
		case T_HashJoin:
			/* the inner side is read as a whole, or repeatedly */
			return outerPlan(node->plan) == input->plan;
		default:
			return false;
	}
}

/* May a LIMIT stop the scan before its end? */
static bool
is_limited(const PkPlanTree *tree, const PkPlanNode *scan)
{
	const PkPlanNode *node = scan;
	const PkPlanNode *above;

	/* A bitmap is complete before the first row is fetched. */
	if (IsA(scan->plan, BitmapHeapScan))
		return false;
	while (node->subplan == NULL && (above = pk_plan_parent(tree, node)) != NULL)
	{
		if (IsA(above->plan, Limit) && ((Limit *) above->plan)->limitCount != NULL)
			return true;
		if (!IsA(above->plan, Limit) && !is_streaming(above, node))
			return false;
		node = above;
	}
	return false;
}

/*
 * Does the bitmap below "node" (or the index scan "node") cover less than the table, or use an
 * expected index?
 */
static bool
narrows(const PkPlanTree *tree, const PkPlanNode *node, List *expected)
{
	bool any = false;
	bool all = true;

	if (OidIsValid(node->indexid))
		return list_member_oid(expected, node->indexid) || pk_indexes_narrowing(node);
	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *part = &tree->nodes[i];

		if (part->parent_id != node->node_id || part->subplan != NULL)
			continue;
		if (narrows(tree, part, expected))
			any = true;
		else
			all = false;
	}
	return IsA(node->plan, BitmapOr) ? all : any;
}

/*
 * A scan of a whole index that discards rows: with sequential scans disabled, the planner resorts
 * to it if no index answers the condition. An expected index serves nevertheless, as does one whose
 * order a LIMIT needs.
 */
static const PkPlanNode *
find_whole_index_scan(const PkPlanTree *tree, List *expected)
{
	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];
		bool conditional = node->plan->qual != NIL || pk_indexes_conditions(node) != NIL;

		if (IsA(node->plan, BitmapHeapScan) ||
			(conditional && (IsA(node->plan, IndexScan) || IsA(node->plan, IndexOnlyScan))))
		{
			if (!narrows(tree, node, expected) && !is_limited(tree, node))
				return node;
		}
	}
	return NULL;
}

/* The check names an index that the query can never use. */
static void
say_foreign_index(const PkPlanTree *tree, const char *name, PkVerdict *verdict)
{
	char *indexes = pk_indexes_describe_all(tree);

	verdict->sqlstate = ERRCODE_INVALID_PARAMETER_VALUE;
	verdict->message = psprintf("index \"%s\" is not on any table of the query", name);
	verdict->hint = indexes != NULL
						? psprintf("The query's tables and their indexes are: %s.", indexes)
						: pstrdup("The query has no tables.");
}

void
pk_assert_refuse_foreign_index(const PkPlanTree *tree, Oid index, List *indexes)
{
	PkVerdict verdict = {0};

	if (pk_indexes_on_query(tree, indexes))
		return;
	say_foreign_index(tree, pk_relation_name(index), &verdict);
	pk_assert_raise(&verdict);
}

/*
 * The indexes that satisfy the demand, NIL if any does; false if the query's tables lack the index.
 */
static bool
resolve_indexes(const PkPlanTree *tree, const PkIndexDemand *demand, List **indexes)
{
	ListCell *cell;

	*indexes = NIL;
	if (OidIsValid(demand->index))
		*indexes = pk_indexes_of(demand->index);
	foreach (cell, demand->index_names)
	{
		*indexes = list_concat(*indexes, pk_indexes_named(tree, lfirst(cell)));
	}
	return *indexes != NIL || demand->index_names == NIL;
}

void
pk_assert_index_scan(const char *query, const PkIndexDemand *demand, PkVerdict *verdict)
{
	PkCaptureOptions options = {
		.disable_seqscan = demand->usable,
		.generic = demand->generic,
		.what_if.size_factor = demand->size_factor,
	};
	PkCapture capture;
	PkPlanTree tree;
	PkFailure failure = {.query = query, .options = &options, .tree = &tree};

	memset(verdict, 0, sizeof(*verdict));
	verdict->assertion = demand->report_used ? PK_ASSERTION_INDEX_CHECK : PK_ASSERTION_INDEX_SCAN;
	pk_capture_begin(&capture, query, &options);
	pk_plan_walk(&capture, &tree);
	if (demand->report_used)
		verdict->used = pk_indexes_describe_used(&tree);

	failure.scan = find_seq_scan(&tree, &options.what_if, demand->min_rows);
	if (!resolve_indexes(&tree, demand, &failure.expected))
		say_foreign_index(&tree, pk_indexes_plain_name(linitial(demand->index_names)), verdict);
	else if (failure.scan == NULL && demand->usable &&
			 (failure.scan = find_whole_index_scan(&tree, failure.expected)) != NULL)
		pk_reason_explain(&failure, verdict);
	else if (failure.scan == NULL &&
			 (failure.expected == NIL || pk_indexes_used(&tree, failure.expected)))
		verdict->pass = true;
	else if (OidIsValid(demand->index) && !pk_indexes_on_query(&tree, failure.expected))
		say_foreign_index(&tree, pk_relation_name(demand->index), verdict);
	else
		pk_reason_explain(&failure, verdict);
	pk_capture_end(&capture);
}

/* Is no table read sequentially that has at least min_rows rows by the planner's estimate? */
static void
check_no_seq_scan(const char *query, const PkCaptureOptions *options, double min_rows, PkVerdict *verdict)
{
	PkCapture capture;
	PkPlanTree tree;
	PkFailure failure = {.query = query, .options = options, .tree = &tree};

	memset(verdict, 0, sizeof(*verdict));
	verdict->assertion = PK_ASSERTION_NO_SEQ_SCAN;
	pk_capture_begin(&capture, query, options);
	pk_plan_walk(&capture, &tree);
	failure.scan = find_seq_scan(&tree, &options->what_if, min_rows);
	verdict->pass = failure.scan == NULL;
	if (!verdict->pass)
		pk_reason_explain(&failure, verdict);
	pk_capture_end(&capture);
}

bool
pk_demand_is_usable(const char *demand)
{
	if (strcmp(demand, "usable") == 0)
		return true;
	if (strcmp(demand, "chosen") == 0)
		return false;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown demand \"%s\"", demand),
			 errhint("Valid demands are \"chosen\" and \"usable\".")));
	return false; /* not reached */
}

Oid
pk_assert_arg_index(FunctionCallInfo fcinfo, int argno)
{
	Oid index;
	char kind;

	if (PG_ARGISNULL(argno))
		return InvalidOid;
	index = PG_GETARG_OID(argno);
	kind = get_rel_relkind(index);
	if (kind == '\0')
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("index with OID %u does not exist", index)));
	if (kind != RELKIND_INDEX && kind != RELKIND_PARTITIONED_INDEX)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not an index", pk_relation_name(index)),
						errhint("Pass the name of an index, or leave \"expected_index\" out to accept any.")));
	return index;
}

int64
pk_assert_arg_min_rows(FunctionCallInfo fcinfo, int argno)
{
	return pk_arg_int64(fcinfo, argno, "min_rows", 0, PG_INT64_MAX,
						"Pass the number of rows from which a table counts as large; 0 exempts none.");
}

void
pk_assert_raise(const PkVerdict *verdict)
{
	if (verdict->pass)
		return;
	ereport(ERROR, (errcode(verdict->sqlstate), errmsg_internal("%s", verdict->message),
					verdict->facts ? errdetail_internal("%s\nPlan:\n%s", verdict->facts, verdict->shape) : 0,
					verdict->hint ? errhint("%s", verdict->hint) : 0));
}

/*
 * perfkit_assert_index_scan(query text, expected_index regclass, demand text, generic boolean,
 * size_factor float8, min_rows bigint) -> void
 */
Datum
perfkit_assert_index_scan(PG_FUNCTION_ARGS)
{
	char *query = pk_arg_query(fcinfo, 0);
	PkIndexDemand demand = {0};
	PkVerdict verdict;

	demand.index = pk_assert_arg_index(fcinfo, 1);
	demand.usable = pk_demand_is_usable(
		pk_arg_text(fcinfo, 2, "demand", "Valid demands are \"chosen\" and \"usable\"."));
	demand.generic = pk_arg_flag(fcinfo, 3, "generic");
	demand.size_factor = pk_arg_factor(fcinfo, 4, "size_factor");
	demand.min_rows = (double) pk_assert_arg_min_rows(fcinfo, 5);

	pk_assert_index_scan(query, &demand, &verdict);
	pk_assert_raise(&verdict);
	PG_RETURN_VOID();
}

/*
 * perfkit_assert_no_seq_scan(query text, min_rows bigint, generic boolean, size_factor float8) ->
 * void
 */
Datum
perfkit_assert_no_seq_scan(PG_FUNCTION_ARGS)
{
	char *query = pk_arg_query(fcinfo, 0);
	PkCaptureOptions options = {0};
	PkVerdict verdict;
	int64 min_rows = pk_assert_arg_min_rows(fcinfo, 1);

	options.generic = pk_arg_flag(fcinfo, 2, "generic");
	options.what_if.size_factor = pk_arg_factor(fcinfo, 3, "size_factor");

	check_no_seq_scan(query, &options, (double) min_rows, &verdict);
	pk_assert_raise(&verdict);
	PG_RETURN_VOID();
}
