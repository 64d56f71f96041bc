/*
 * scan.c
 *	  Why a plan reads a table sequentially, or does not use the expected index.
 *
 * "No index can serve this" and "an index could, but the planner thinks that the scan is cheaper"
 * call for different actions, yet EXPLAIN shows the same plan for both. So a failed query is
 * planned again without the choice that was made, and the two plans show which it is. Only failures
 * pay for that.
 *
 * The caller learns nothing that EXPLAIN would not show: without the privilege to read the table,
 * capturing the plan has already failed, and all numbers are from plans of the caller's own query
 * or from catalogs that everyone may read.
 */
#include "postgres.h"

#include "catalog/catalog.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "utils/lsyscache.h"

#include "advice/candidate.h"
#include "advice/indexes.h"
#include "causes/better_index.h"
#include "causes/brin.h"
#include "causes/context.h"
#include "causes/disjunction.h"
#include "causes/fence.h"
#include "causes/inquiry.h"
#include "causes/invalid.h"
#include "causes/losing.h"
#include "causes/missing.h"
#include "causes/join_clause.h"
#include "causes/order.h"
#include "causes/obstacle.h"
#include "causes/proof.h"
#include "causes/range_columns.h"
#include "causes/pruning.h"
#include "causes/scan.h"
#include "causes/supported.h"
#include "causes/unanswerable.h"
#include "causes/wording.h"
#include "plan/table_state.h"

/* A percentage of rows that are read best without an index. */
#define MOST_ROWS 50

/* A condition of the scan that keeps a larger percentage of the rows is not all that is wanted. */
#define SMALL_SHARE 5

/*
 * Does a condition that stands above the scan explain it? If so, add that. A condition of the scan
 * itself comes first if it keeps few rows.
 */
static bool
add_condition_above(PkInquiry *inquiry)
{
	const PkPlanNode *scan = inquiry->failure->scan;
	PkFinding *finding;

	if (scan->plan->qual != NIL && pk_losing_share(inquiry->failure) < SMALL_SHARE)
		return false;
	finding = pk_disjunction_tables(inquiry, scan);
	if (finding == NULL)
		finding = pk_fence_find(inquiry, scan);
	/*
	 * Whether an index for the condition above would be used cannot be tried: it has to be there.
	 */
	if (finding == NULL || (scan->plan->qual != NIL && !OidIsValid(finding->index)))
		return false;
	pk_inquiry_add(inquiry, finding);
	return true;
}

/* Does the order or the join above the scan explain it? If so, add that. */
static bool
add_order(PkInquiry *inquiry)
{
	PkFinding *finding = pk_order_find(inquiry, inquiry->failure->scan);

	if (finding == NULL)
		finding = pk_join_clause_find(inquiry, inquiry->failure->scan);
	if (finding != NULL)
		(void) pk_order_add(inquiry, finding, inquiry->failure->scan);
	return finding != NULL;
}

/*
 * Does a LIMIT want only the first rows by an order that no index gives? If so, add that, whatever
 * index narrows the scan a little.
 */
static bool
add_limited_order(PkInquiry *inquiry)
{
	const PkPlanNode *scan = inquiry->failure->scan;
	List *others = inquiry->findings;
	PkFinding *finding;

	if (scan->plan->qual != NIL && pk_losing_share(inquiry->failure) < SMALL_SHARE)
		return false;
	finding = pk_order_find_limited(inquiry, scan);
	if (finding == NULL || pk_order_add(inquiry, finding, scan))
		return finding != NULL;
	inquiry->findings = others;
	return false;
}

/*
 * Does the query want less than all rows, although it says so elsewhere than in a condition of the
 * scan: one end of an index, its distinct values, the range of the table that it is joined with? If
 * so, add that, whatever index would serve otherwise.
 */
static bool
add_wanted_part(PkInquiry *inquiry)
{
	PkFinding *finding = pk_order_find(inquiry, inquiry->failure->scan);

	if (finding == NULL || finding->cause != PK_CAUSE_MIN_MAX)
		finding = pk_context_distinct(inquiry, inquiry->failure->scan);
	if (finding == NULL)
		finding = pk_context_range(inquiry, inquiry->failure->scan);
	if (finding == NULL)
		finding = pk_pruning_join(inquiry, inquiry->failure->scan);
	if (finding == NULL)
		return false;
	pk_inquiry_add(inquiry, finding);
	return true;
}

/*
 * What keeps the indexes of the table from serving, or all; NULL if none of that is known. "order"
 * is set to the same if it is about the order.
 */
static PkFinding *
find_obstacle(PkInquiry *inquiry, const PkCandidate *candidate, PkFinding **order)
{
	PkFinding *obstacle = pk_context_row_security(inquiry, inquiry->conditions);

	if (obstacle == NULL)
		obstacle = pk_invalid_partitioned(inquiry);
	if (obstacle == NULL)
		obstacle = pk_obstacle_find(inquiry);
	if (obstacle == NULL || !obstacle->decisive)
	{
		PkFinding *wording = pk_wording_find(inquiry);

		if (wording != NULL && (obstacle == NULL || OidIsValid(wording->index)))
		{
			obstacle = wording;
			obstacle->decisive = OidIsValid(obstacle->index);
		}
	}
	if (obstacle == NULL && inquiry->conditions == NIL)
		obstacle = *order = pk_order_find(inquiry, inquiry->failure->scan);
	if (obstacle == NULL && candidate->use != PK_CANDIDATE_FILTER)
		obstacle = pk_join_clause_find(inquiry, inquiry->failure->scan);
	if (obstacle == NULL)
		obstacle = pk_unanswerable_rewrite(inquiry);
	return obstacle;
}

/* A join of all rows of its tables gains a little by an index that gives them in order. */
static bool
saves_little(const PkFinding *missing)
{
	return !missing->chosen || (missing->cost_with_remedy > 0 && missing->cost_with_remedy > 0.5 * missing->cost);
}

/* Where no cause fits, the facts alone. */
static void
add_unknown(PkInquiry *inquiry)
{
	const PkFailure *failure = inquiry->failure;
	PkFinding *finding = pk_inquiry_add(inquiry, pk_inquiry_make(inquiry, PK_CAUSE_UNKNOWN));
	BlockNumber pages;

	pk_replan_size_told(failure, &pages, &finding->rows_estimated);
	finding->rows_found = failure->scan->plan->plan_rows * pk_losing_processes(failure);
	finding->share = pk_losing_share(failure);
}

/* Does the condition keep so many rows that an index on it would not be chosen? */
static bool
keeps_most(const PkInquiry *inquiry, const PkFinding *missing)
{
	/* Asked whether an index could serve, the answer is which one. */
	if (inquiry->failure->options->disable_seqscan)
		return false;
	if (missing->use != PK_CANDIDATE_FILTER || missing->proof == PK_PROOF_NONE || missing->chosen ||
		missing->cause != PK_CAUSE_NO_INDEX)
		return false;
	for (const PkPlanNode *node = inquiry->failure->scan; node != NULL;
		 node = pk_plan_parent(inquiry->failure->tree, node))
	{
		if (IsA(node->plan, Limit))
			return false; /* only a few of them */
	}
	return pk_losing_share(inquiry->failure) >= MOST_ROWS && pk_table_state_has_statistics(inquiry->table.relid);
}

/* No index can replace the scan; with expected ones, none of these. */
static void
find_no_index(PkInquiry *inquiry)
{
	PkCandidate candidate;
	PkFinding *obstacle;
	PkFinding *order = NULL;
	PkFinding *missing = NULL;
	PkFinding *unanswerable;

	pk_candidate_find(inquiry->failure->tree, inquiry->failure->scan, &candidate);
	if (candidate.use == PK_CANDIDATE_NONE && !add_order(inquiry))
		pk_inquiry_add(inquiry, pk_inquiry_make(inquiry, PK_CAUSE_WHOLE_TABLE));
	if (candidate.use == PK_CANDIDATE_NONE)
		return;
	if (IsCatalogRelationOid(inquiry->table.relid) ||
		get_rel_relkind(inquiry->table.relid) == RELKIND_TOASTVALUE)
	{
		pk_inquiry_add(inquiry, pk_inquiry_make(inquiry, PK_CAUSE_SYSTEM_CATALOG));
		return;
	}

	obstacle = find_obstacle(inquiry, &candidate, &order);
	if (obstacle != NULL)
	{
		PkFinding *pruning = pk_context_partition_key(inquiry, obstacle);

		/* It says the same, and more. */
		if (pruning != NULL)
			obstacle = pruning;
		if (obstacle == order)
			(void) pk_order_add(inquiry, obstacle, inquiry->failure->scan);
		else
			pk_inquiry_add(inquiry, obstacle);
	}
	/* The index that is missing is the remedy for one with the columns in another order. */
	if (obstacle != NULL && obstacle->cause == PK_CAUSE_KEY_POSITION)
	{
		if (pk_better_index_try(inquiry, obstacle))
			return;
	}
	else if (obstacle == NULL || (!obstacle->decisive && obstacle->remedy_sql == NULL))
		missing = pk_missing_find(inquiry, &candidate);
	if (missing != NULL && keeps_most(inquiry, missing))
	{
		/* The index that was tried is no answer. */
		missing->cause = PK_CAUSE_LARGE_SHARE;
		missing->share = pk_losing_share(inquiry->failure);
		missing->remedy_sql = NULL;
		missing->unproven = NULL;
		missing->proof = PK_PROOF_NONE;
		missing->cost_with_remedy = -1;
	}
	else if (obstacle != NULL && missing != NULL)
		pk_inquiry_adopt(inquiry, obstacle, missing);
	/* An index for another part of the condition, unless it is chosen, explains less. */
	if (obstacle == NULL && (missing == NULL || (missing->proof != PK_PROOF_NONE && !missing->chosen)) &&
		(obstacle = pk_disjunction_subquery(inquiry)) != NULL)
		inquiry->findings = list_make1(obstacle);
	if (obstacle == NULL && missing != NULL && missing->use == PK_CANDIDATE_JOIN && inquiry->expected == NIL &&
		missing->proof != PK_PROOF_NONE && saves_little(missing) && !pk_context_restricted(inquiry))
		inquiry->findings = list_make1(pk_inquiry_make(inquiry, PK_CAUSE_WHOLE_TABLE));
	if (missing != NULL || (obstacle != NULL && obstacle->cause != PK_CAUSE_UNRELATED_INDEX))
		return;

	/* What no index answers explains more than which column the expected index is on. */
	unanswerable = obstacle == NULL ? pk_supported_find(inquiry) : NULL;
	if (unanswerable == NULL)
		unanswerable = pk_unanswerable_find(inquiry);
	if (unanswerable != NULL)
		inquiry->findings = list_make1(unanswerable);
	else if (obstacle == NULL)
		add_unknown(inquiry);
}

/*
 * Few rows are wanted, but the index would be read for many of them, since a condition on one of
 * its later keys is only a filter there?
 */
static bool
is_filtered(const PkInquiry *inquiry, const PkReplan *alternative)
{
	const PkFailure *failure = inquiry->failure;
	PkInquiry narrowed = *inquiry;
	PkFinding *obstacle;

	if (failure->scan->plan->qual == NIL || inquiry->expected != NIL || inquiry->settings ||
		list_length(alternative->index_oids) != 1 || pk_losing_share(failure) >= SMALL_SHARE ||
		!pk_table_state_has_statistics(inquiry->table.relid) || pk_table_state_stale(inquiry->table.relid) != NULL ||
		pk_losing_is_small(failure))
		return false;
	narrowed.expected = alternative->index_oids;
	narrowed.all_keys = true;
	obstacle = pk_obstacle_nearest(&narrowed);
	return obstacle != NULL && obstacle->cause != PK_CAUSE_NEGATION;
}

static void
find_scan(PkInquiry *inquiry)
{
	const PkFailure *failure = inquiry->failure;
	PkReplan alternative = {0};

	/* An index of another table is irrelevant to this scan. */
	if (list_length(inquiry->expected) == 1 &&
		IndexGetRelation(llast_oid(inquiry->expected), true) != inquiry->table.relid)
		inquiry->expected = NIL;

	/*
	 * The plan made for 'usable' could not avoid the scan, so another attempt is pointless unless
	 * settings are turned on.
	 */
	if (!failure->options->disable_seqscan || inquiry->expected != NIL || inquiry->settings)
		pk_replan_with_indexes(failure, inquiry->expected, &alternative);
	if (inquiry->expected == NIL && !inquiry->settings)
	{
		PkFinding *between = pk_range_columns_find(inquiry);

		if (between != NULL)
		{
			pk_inquiry_add(inquiry, between);
			return;
		}
	}
	/* An index that gives only the order is no answer to a condition elsewhere. */
	if (add_condition_above(inquiry) || add_limited_order(inquiry) ||
		(failure->scan->plan->qual == NIL && add_wanted_part(inquiry)))
		return;
	/* A query that wants all rows gains nothing from an index. */
	if (alternative.serves && failure->scan->plan->qual == NIL && inquiry->expected == NIL && !inquiry->settings &&
		pk_table_state_has_statistics(inquiry->table.relid) && pk_context_statistics(inquiry) == NULL &&
		!pk_context_restricted(inquiry))
	{
		pk_inquiry_add(inquiry, pk_inquiry_make(inquiry, PK_CAUSE_WHOLE_TABLE));
		return;
	}
	if (alternative.serves && !alternative.whole)
	{
		PkFinding *unknown = failure->scan->plan->qual == NIL ? pk_context_statistics(inquiry) : NULL;

		if (unknown != NULL)
			pk_inquiry_add(inquiry, unknown);
		else if (is_filtered(inquiry, &alternative))
		{
			inquiry->all_keys = true;
			find_no_index(inquiry);
		}
		else if (list_length(alternative.index_oids) != 1 || inquiry->settings ||
				 (!pk_brin_find(inquiry, linitial_oid(alternative.index_oids)) &&
				  !pk_better_index_range_first(inquiry, linitial_oid(alternative.index_oids))))
			pk_losing_find(inquiry, &alternative);
		return;
	}
	if (inquiry->expected == NIL)
	{
		find_no_index(inquiry);
		return;
	}

	/* The expected index does not serve, but another one may. */
	pk_replan_with_indexes(failure, NIL, &alternative);
	if (alternative.serves && !alternative.whole)
	{
		PkFinding *obstacle = pk_obstacle_find(inquiry);
		PkFinding *other = pk_inquiry_make(inquiry, PK_CAUSE_OTHER_INDEX);

		if (obstacle != NULL)
			pk_inquiry_add(inquiry, obstacle);
		other->index = linitial_oid(inquiry->expected);
		other->indexes = alternative.index_oids;
		pk_inquiry_add(inquiry, other);
	}
	else
		find_no_index(inquiry);
}

/* A node of the plan that reads the table; NULL if there is none. */
static const PkPlanNode *
find_reader(const PkPlanTree *tree, Oid relid)
{
	for (int i = 0; i < tree->count; i++)
	{
		if (tree->nodes[i].relid == relid && tree->nodes[i].rti != 0 && !IsA(tree->nodes[i].plan, ModifyTable) &&
			!IsA(tree->nodes[i].plan, BitmapIndexScan))
			return &tree->nodes[i];
	}
	return NULL;
}

/* The plan has no sequential scan, but does not use the expected index. */
static List *
find_wrong_index(const PkFailure *failure)
{
	Oid index = llast_oid(failure->expected);
	Oid relid = IndexGetRelation(index, false);
	const PkPlanNode *reader = find_reader(failure->tree, relid);
	PkInquiry inquiry;
	PkReplan alternative;
	PkFinding *finding = NULL;

	pk_replan_with_indexes(failure, failure->expected, &alternative);
	if (reader == NULL)
	{
		/* Pruned, or proven to return nothing. */
		finding = pk_finding_make(alternative.serves ? PK_CAUSE_OTHER_INDEX : PK_CAUSE_UNKNOWN, relid);
		finding->index = index;
		return list_make1(finding);
	}
	pk_inquiry_begin(&inquiry, failure, reader);
	if (alternative.serves)
		pk_losing_to_index(&inquiry, &alternative);
	else
	{
		finding = pk_obstacle_find(&inquiry);
		if (finding == NULL)
			finding = pk_fence_find(&inquiry, reader);
		if (finding == NULL)
			finding = pk_inquiry_make(&inquiry, PK_CAUSE_UNKNOWN);
		if (!OidIsValid(finding->index))
			finding->index = index;
		pk_inquiry_add(&inquiry, finding);
	}
	return inquiry.findings;
}

List *
pk_scan_findings(const PkFailure *failure)
{
	PkInquiry inquiry;

	if (failure->scan == NULL)
		return find_wrong_index(failure);
	pk_inquiry_begin(&inquiry, failure, failure->scan);
	find_scan(&inquiry);
	pk_proof_of_rewrites(failure, inquiry.findings);
	return inquiry.findings;
}
