/*
 * trial.c
 *	  Whether the planner would use an index that does not exist yet.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "commands/defrem.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/prep.h"
#include "parser/parse_utilcmd.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "advice/trial.h"
#include "common/catalog.h"
#include "common/undo.h"
#include "plan/walk.h"

/*
 * Does the plan use one of the indexes, and no sequential scan in the place of the failed one?
 * If so, "scans" tells whether it scans another table sequentially.
 */
static bool
reads_by(const PkPlanTree *tree, const PkFailure *failure, List *indexes, bool *scans)
{
	bool used = false;

	*scans = false;
	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];

		if (IsA(node->plan, SeqScan))
		{
			*scans = true;
			if (failure->scan != NULL && pk_plan_same_scan(failure->tree, failure->scan, tree, node))
				return false;
		}
		used |= list_member_oid(indexes, node->indexid);
	}
	return used;
}

void
pk_trial_plan(const PkFailure *failure, const PkWhatIf *what_if, List *indexes, PkTrialResult *result)
{
	PkCaptureOptions options = *failure->options;
	int seen = 0;
	bool again = result->tried;
	bool reads;
	bool scans;
	PkCapture capture;
	PkPlanTree tree;

	options.enable_indexes = true;
	options.disable_seqscan |= again;
	options.what_if.hypothetical = what_if->hypothetical;
	options.what_if.copies = what_if->copies;
	options.what_if.hypothetical_seen = &seen;
	pk_capture_begin(&capture, failure->query, &options);
	pk_plan_walk(&capture, &tree);
	reads = reads_by(&tree, failure, indexes, &scans);
	result->served = reads;
	result->chosen = reads && !again;
	/* Up to 17, a disabled scan adds 1e10 to the cost. */
	result->cost = options.disable_seqscan && scans ? -1 : tree.root->plan->total_cost;
	result->tried = seen > 0;
	pk_capture_end(&capture);
}

/* Is the key of the index what the element of CREATE INDEX says? */
static bool
is_key(Relation relation, Relation index, int key, const IndexElem *element, Node *expression, const char *method)
{
	AttrNumber column = index->rd_index->indkey.values[key];
	Oid type;
	Oid collation;

	if (element->name != NULL)
	{
		if (column == 0 || strcmp(get_attname(RelationGetRelid(relation), column, false), element->name) != 0)
			return false;
		type = TupleDescAttr(RelationGetDescr(relation), column - 1)->atttypid;
		collation = TupleDescAttr(RelationGetDescr(relation), column - 1)->attcollation;
	}
	else
	{
		if (column != 0 || !equal(expression, element->expr))
			return false;
		type = exprType(element->expr);
		collation = exprCollation(element->expr);
	}
	if (element->collation != NIL)
		collation = get_collation_oid(element->collation, false);
	return index->rd_indcollation[key] == collation &&
		   index->rd_opfamily[key] ==
			   get_opclass_family(ResolveOpClass(element->opclass, type, method, index->rd_rel->relam));
}

/* Is the index's predicate this one? NULL: has it none? */
static bool
has_predicate(Relation index, Node *predicate)
{
	List *wanted = NIL;

	/* As the relcache has it. */
	if (predicate != NULL)
		wanted =
			make_ands_implicit((Expr *) canonicalize_qual((Expr *) eval_const_expressions(NULL, predicate), false));
	return equal(RelationGetIndexPredicate(index), wanted);
}

static bool
begins_with(Relation relation, Relation index, const IndexStmt *wanted)
{
	List *expressions = RelationGetIndexExpressions(index);
	ListCell *expression = list_head(expressions);
	bool backwards = false;
	ListCell *cell;

	if (index->rd_rel->relam != get_index_am_oid(wanted->accessMethod, false) ||
		!has_predicate(index, wanted->whereClause) ||
		index->rd_index->indnkeyatts < list_length(wanted->indexParams))
		return false;
	foreach (cell, wanted->indexParams)
	{
		int key = foreach_current_index(cell);
		bool computed = index->rd_index->indkey.values[key] == 0;
		bool descending;
		bool nulls_first;

		if (!is_key(relation, index, key, lfirst_node(IndexElem, cell), computed ? lfirst(expression) : NULL,
					wanted->accessMethod))
			return false;
		descending = lfirst_node(IndexElem, cell)->ordering == SORTBY_DESC;
		nulls_first = lfirst_node(IndexElem, cell)->nulls_ordering == SORTBY_NULLS_DEFAULT
						  ? descending
						  : lfirst_node(IndexElem, cell)->nulls_ordering == SORTBY_NULLS_FIRST;
		descending ^= (index->rd_indoption[key] & INDOPTION_DESC) != 0;
		nulls_first ^= (index->rd_indoption[key] & INDOPTION_NULLS_FIRST) != 0;
		/* An index is read forwards or backwards, all keys alike. */
		if (key == 0)
			backwards = descending;
		if (descending != backwards || nulls_first != backwards)
			return false;
		if (computed)
			expression = lnext(expressions, expression);
	}
	return true;
}

/* Does the index have the columns of INCLUDE, wherever it has them? */
static bool
includes(Relation relation, Relation index, const IndexStmt *wanted)
{
	ListCell *cell;

	foreach (cell, wanted->indexIncludingParams)
	{
		AttrNumber column = get_attnum(RelationGetRelid(relation), lfirst_node(IndexElem, cell)->name);
		bool found = false;

		for (int i = 0; i < index->rd_index->indnatts; i++)
			found |= index->rd_index->indkey.values[i] == column;
		if (!found)
			return false;
	}
	return true;
}

/* Raises an error for what is no index. */
static bool
exists(Oid relid, const char *tail)
{
	char *text = psprintf("CREATE INDEX ON %s %s", pk_quoted_relation_name(relid), tail);
	RawStmt *raw = linitial_node(RawStmt, pg_parse_query(text));
	Relation relation = table_open(relid, AccessShareLock);
	IndexStmt *wanted = transformIndexStmt(relid, castNode(IndexStmt, raw->stmt), text);
	bool found = false;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		found |= begins_with(relation, index, wanted) && includes(relation, index, wanted);
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return found;
}

typedef struct PkExistence
{
	Oid relid;
	const char *tail;
	bool found;
} PkExistence;

static void
look_for(void *arg)
{
	PkExistence *existence = (PkExistence *) arg;

	existence->found = exists(existence->relid, existence->tail);
}

bool
pk_trial_exists(Oid relid, const char *tail)
{
	PkExistence existence = {relid, tail, false};

	return pk_undo_catching(look_for, &existence) == NULL && existence.found;
}
