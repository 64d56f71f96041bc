/*
 * trial_built.c
 *	  Whether the planner would use an index that does not exist yet, asked with one that is built
 *	  on a sample of the table.
 *
 * hypopg knows neither GIN, GiST nor SP-GiST, and may be missing. An index that was really built
 * shows besides that its keys can be computed. A temporary table gets the columns concerned of some
 * rows, and the index; then the planner is shown the index as one of the table itself, and as much
 * larger as the table is (see plan/whatif.h). So the plan is that of the caller's own query on the
 * table as it is, with its statistics and its size; only an index on an expression has statistics
 * of the sample, as after its own ANALYZE.
 *
 * All of that is rolled back. What stays are dead rows in some catalogs, a transaction id, and the
 * session's temporary schema if the transaction had used it before; see common/undo.h for the rest.
 * No plan of other statements is invalidated: they know nothing of the copy. That takes a
 * transaction that may write, on a server that is no standby, and a caller who may create temporary
 * tables and read the columns; triggers and rules are not copied, and neither are defaults and
 * constraints.
 *
 * The copy belongs to the caller, so the index's expressions are evaluated as the caller. They come
 * from the query, which may be that of a view of another role, and that the caller has not asked
 * to be run. So none is built that could call a function which did not come with the server.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_utilcmd.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "advice/foreign_code.h"
#include "advice/sample.h"
#include "advice/trial_built.h"
#include "common/catalog.h"
#include "common/compat.h"
#include "common/own_statement.h"
#include "common/undo.h"

#define COPY_NAME "perfkit_copy_for_index"
#define COPY "pg_temp." COPY_NAME

/* GIN takes longest: for texts of 30 characters, about 0.1 ms a row. */
#define SAMPLE_ROWS 3000.0

typedef struct PkBuiltTrial
{
	const PkFailure *failure;
	List *tables;
	List *tails;
	PkTrialResult *result;
} PkBuiltTrial;

/* The names of columns in the raw parse tree of an index. */
static bool
collect_columns(Node *node, void *arg)
{
	List **names = (List **) arg;

	if (node == NULL)
		return false;
	if (IsA(node, IndexElem) && ((IndexElem *) node)->name != NULL)
		*names = list_append_unique(*names, makeString(((IndexElem *) node)->name));
	if (IsA(node, ColumnRef))
	{
		*names = list_append_unique(*names, linitial(((ColumnRef *) node)->fields));
		return false;
	}
	return raw_expression_tree_walker(node, collect_columns, arg);
}

/* Could building the index call a function that did not come with the server? */
static bool
calls_foreign_code(Oid relid, const IndexStmt *statement, List *names)
{
	ListCell *cell;

	foreach (cell, statement->indexParams)
	{
		if (pk_foreign_code_in_expression(lfirst_node(IndexElem, cell)->expr))
			return true;
	}
	if (pk_foreign_code_in_expression(statement->whereClause))
		return true;
	/* GiST asks for the distance of two ranges, which is a function that the type's owner chose. */
	foreach (cell, names)
	{
		AttrNumber column = get_attnum(relid, strVal(lfirst(cell)));
		Oid type = column != InvalidAttrNumber ? getBaseType(get_atttype(relid, column)) : InvalidOid;

		if (type >= FirstNormalObjectId && (type_is_range(type) || type_is_multirange(type)))
			return true;
	}
	return false;
}

char *
pk_trial_columns(Oid relid, List *tails, bool *computed, List **columns_named)
{
	List *names = NIL;
	StringInfoData columns;
	ListCell *cell;

	initStringInfo(&columns);
	*computed = false;
	foreach (cell, tails)
	{
		char *text = psprintf("CREATE INDEX ON %s %s", pk_quoted_relation_name(relid), (char *) lfirst(cell));
		IndexStmt *statement = castNode(IndexStmt, linitial_node(RawStmt, pg_parse_query(text))->stmt);
		ListCell *element;

		foreach (element, statement->indexParams)
		{
			(void) collect_columns(lfirst(element), &names);
			*computed |= lfirst_node(IndexElem, element)->expr != NULL;
		}
		foreach (element, statement->indexIncludingParams)
		{
			(void) collect_columns(lfirst(element), &names);
		}
		(void) collect_columns(statement->whereClause, &names);
		if (calls_foreign_code(relid, transformIndexStmt(relid, statement, text), names))
			return NULL;
	}
	foreach (cell, names)
	{
		appendStringInfo(&columns, "%s%s", columns.len > 0 ? ", " : "", quote_identifier(strVal(lfirst(cell))));
	}
	if (columns_named != NULL)
		*columns_named = names;
	return columns.data;
}

/* The copy with the indexes; false if it may not be made. */
static bool
make_copy(PkBuiltTrial *trial, PkWhatIfCopy *copy)
{
	Oid relid = linitial_oid(trial->tables);
	bool computed;
	char *columns = pk_trial_columns(relid, trial->tails, &computed, NULL);
	ListCell *cell;

	if (columns == NULL)
	{
		trial->result->reason = "building the index could call functions that did not come with the server";
		return false;
	}
	pk_own_run(psprintf("CREATE TEMPORARY TABLE " COPY_NAME " USING heap AS %s", pk_sample_query(relid, columns, SAMPLE_ROWS)));
	copy->rows = (double) SPI_processed;
	copy->tables = trial->tables;
	copy->relid = get_relname_relid(COPY_NAME, LookupNamespaceNoError("pg_temp"));
	foreach (cell, trial->tails)
	{
		pk_own_run(psprintf("CREATE INDEX ON " COPY " %s", (char *) lfirst(cell)));
	}
	if (computed)
		pk_own_run("ANALYZE " COPY);
	CommandCounterIncrement();
	return true;
}

static void
try_built(void *arg)
{
	PkBuiltTrial *trial = (PkBuiltTrial *) arg;
	PkWhatIfCopy copy = {0};

	trial->result->reason = pk_sample_refusal(trial->failure, linitial_oid(trial->tables));
	if (trial->result->reason != NULL)
		return;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (make_copy(trial, &copy))
	{
		Relation relation = relation_open(copy.relid, NoLock);
		List *indexes = RelationGetIndexList(relation);

		relation_close(relation, NoLock);
		pk_trial_plan(trial->failure, &(PkWhatIf){.copies = list_make1(&copy)}, indexes, trial->result);
		if (trial->result->tried && !trial->result->chosen)
			pk_trial_plan(trial->failure, &(PkWhatIf){.copies = list_make1(&copy)}, indexes, trial->result);
	}
	SPI_finish();
}

void
pk_trial_built(const PkFailure *failure, List *tables, List *tails, PkTrialResult *result)
{
	PkBuiltTrial trial = {failure, tables, tails, result};
	ErrorData *error;

	memset(result, 0, sizeof(*result));
	if (RecoveryInProgress())
		result->reason = pstrdup("nothing can be built on a standby");
	else if (XactReadOnly)
		result->reason = pstrdup("nothing can be built in a read-only transaction");
	else if (IsInParallelMode())
		result->reason = pstrdup("nothing can be built during a parallel operation");
	if (result->reason != NULL)
		return;
	result->proof = PK_PROOF_BUILT;
	error = pk_undo_catching(try_built, &trial);
	if (error != NULL)
	{
		memset(result, 0, sizeof(*result));
		result->reason = error->message;
	}
	else if (!result->tried && result->reason == NULL)
		result->reason = pstrdup("the planner does not look at the index");
}
