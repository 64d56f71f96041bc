/*
 * statistics_advice.c
 *	  The statistics that would correct an estimate for one table.
 *
 * Whether a statement corrects an estimate is tried rather than guessed: the planner is asked the
 * same question about a temporary copy of the table, first with fresh statistics, then with further
 * statistics objects, and its answer is compared with the actual number. The first statement that
 * corrects the estimate is the advice; the cheapest are tried first. A subtransaction is rolled
 * back to drop the copy and all that belongs to it.
 *
 * The copy is made with the privileges of the caller, and never where row security hides rows: the
 * copy would then differ from the table that the planner knows. ANALYZE runs functions as the owner
 * of what it reads, and the caller owns the copy: so none is made of a table whose owner, being
 * another role, could have functions run as the caller that way. If no copy can be made, or several
 * tables are concerned, the advice is limited to statistics that are missing or out of date.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "statistics/statistics.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "common/catalog.h"
#include "common/own_statement.h"
#include "common/undo.h"
#include "advice/foreign_code.h"
#include "advice/statistics_advice.h"
#include "advice/statistics_copy.h"
#include "plan/capture.h"
#include "plan/deparse.h"
#include "plan/table_state.h"

#define COPY PK_STATISTICS_COPY
#define CANDIDATE "pg_temp.perfkit_statistics"

/* Pages of a table that are copied, 1 GB at 8 kB each; of a larger table, a sample of that size. */
#define MAX_PAGES 131072

/* The trials for one question. All memory but that of the outcome belongs to the SPI connection. */
typedef struct PkTrial
{
	const PkEstimateQuery *question;
	double max_q_error;
	char *planned;	   /* the question as SQL, with parameters */
	char *counted;	   /* the same with their values */
	char *analyze;	   /* the statement that makes the statistics */
	Bitmapset *attnos; /* columns in clauses or keys */
	/* SQL of these in the table's order, then of expressions, without duplicates */
	List *columns;
	int nexpressions;
	double actual;
	double fresh;  /* estimate with fresh statistics */
	double latest; /* estimate with those tried last */
	bool unlike;   /* the copy has other rows than the table, so nothing was tried */
	/* the outcome, in the caller's memory; NULL if nothing corrects the estimate */
	char *statement;
	PkStatisticsKind kind;
} PkTrial;

/* Parameters renumbered from 1 without gaps, or replaced by their values. */
typedef struct PkParameters
{
	ParamListInfo values; /* or NULL to renumber them */
	List *seen;
} PkParameters;

static Node *
replace_parameters(Node *node, void *arg)
{
	PkParameters *parameters = (PkParameters *) arg;

	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && parameters->values != NULL)
	{
		Param *param = (Param *) node;
		ParamExternData *value = &parameters->values->params[param->paramid - 1];
		int16 length;
		bool by_value;

		get_typlenbyval(param->paramtype, &length, &by_value);
		return (Node *) makeConst(param->paramtype, param->paramtypmod, param->paramcollid, length, value->value,
								  value->isnull, by_value);
	}
	if (IsA(node, Param))
	{
		Param *param = copyObject((Param *) node);

		parameters->seen = list_append_unique_int(parameters->seen, param->paramid);
		for (int i = 0; i < list_length(parameters->seen); i++)
		{
			if (list_nth_int(parameters->seen, i) == ((Param *) node)->paramid)
				param->paramid = i + 1;
		}
		return (Node *) param;
	}
	return expression_tree_mutator(node, replace_parameters, arg);
}

static char *
deparse(const PkEstimateQuery *question, Node *expression)
{
	return pk_deparse_on_table(expression, question->relid, false);
}

/* SELECT ... FROM the copy, which asks the question. */
static char *
question_text(const PkEstimateQuery *question, const char *select, ParamListInfo values)
{
	PkParameters parameters = {.values = values};
	List *clauses = (List *) replace_parameters((Node *) question->clauses, &parameters);
	List *keys = (List *) replace_parameters((Node *) question->keys, &parameters);
	StringInfoData text;
	ListCell *cell;

	initStringInfo(&text);
	appendStringInfo(&text, "SELECT %s FROM " COPY, select);
	if (clauses != NIL)
		appendStringInfo(&text, " WHERE %s", deparse(question, (Node *) make_ands_explicit(clauses)));
	foreach (cell, keys)
	{
		appendStringInfo(&text, "%s(%s)", foreach_current_index(cell) == 0 ? " GROUP BY " : ", ",
						 deparse(question, lfirst(cell)));
	}
	return text.data;
}

/* An operand of a clause, as the planner would look it up in the statistics. */
static void
add_operand(PkTrial *trial, List **expressions, Node *node)
{
	String *text;

	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (node == NULL || !contain_var_clause(node))
		return;
	if (IsA(node, Var))
	{
		trial->attnos = bms_add_member(trial->attnos, ((Var *) node)->varattno);
		return;
	}
	text = makeString(psprintf("(%s)", deparse(trial->question, node)));
	if (!list_member(*expressions, text))
		*expressions = lappend(*expressions, text);
}

static void
add_operands(PkTrial *trial, List **expressions, Node *clause)
{
	List *args = NIL;
	ListCell *cell;

	if (IsA(clause, OpExpr))
		args = ((OpExpr *) clause)->args;
	else if (IsA(clause, ScalarArrayOpExpr))
		args = ((ScalarArrayOpExpr *) clause)->args;
	else if (IsA(clause, NullTest))
		args = list_make1(((NullTest *) clause)->arg);
	else if (IsA(clause, BooleanTest))
		args = list_make1(((BooleanTest *) clause)->arg);
	else if (IsA(clause, BoolExpr))
	{
		foreach (cell, ((BoolExpr *) clause)->args)
		{
			add_operands(trial, expressions, lfirst(cell));
		}
		return;
	}
	else if (IsA(clause, Var))
		args = list_make1(clause);
	foreach (cell, args)
	{
		add_operand(trial, expressions, lfirst(cell));
	}
}

static void
find_columns(PkTrial *trial)
{
	List *expressions = NIL;
	ListCell *cell;
	int attno = -1;

	foreach (cell, trial->question->clauses)
	{
		if (trial->question->keys == NIL)
			add_operands(trial, &expressions, lfirst(cell));
	}
	foreach (cell, trial->question->keys)
	{
		add_operand(trial, &expressions, lfirst(cell));
	}
	while ((attno = bms_next_member(trial->attnos, attno)) > 0)
	{
		const char *name = quote_identifier(get_attname(trial->question->relid, attno, false));

		trial->columns = lappend(trial->columns, makeString(pstrdup(name)));
	}
	trial->nexpressions = list_length(expressions);
	trial->columns = list_concat(trial->columns, expressions);
}

static double
count_of(const char *query)
{
	bool isnull;

	pk_own_run(psprintf("SELECT pg_catalog.count(*) FROM (%s) q", query));
	return (double) DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* The planner's answer to the question, with the statistics that the copy has now. */
static double
ask(PkTrial *trial)
{
	PkCaptureOptions options = {.generic = true};
	PkCapture capture;
	double rows;

	pk_own_run(trial->analyze);
	CommandCounterIncrement();
	pk_capture_begin(&capture, trial->planned, &options);
	rows = capture.stmt->planTree->plan_rows;
	pk_capture_end(&capture);
	return rows;
}

double
pk_q_error(double expected, double actual)
{
	expected = Max(expected, 1);
	actual = Max(actual, 1);
	return Max(expected / actual, actual / expected);
}

static bool
is_right(PkTrial *trial, double expected)
{
	trial->latest = expected;
	return pk_q_error(expected, trial->actual) <= trial->max_q_error;
}

/* A name for the statistics object that is free in the schema of the table. */
static char *
free_name(Oid relid, List *columns)
{
	StringInfoData names;
	ListCell *cell;

	initStringInfo(&names);
	foreach (cell, columns)
	{
		char *text = strVal(lfirst(cell));

		appendStringInfo(&names, "%s%s", names.len > 0 ? "_" : "", *text == '(' ? "expr" : *text == '"' ? "column"
																										: text);
	}
	for (int i = 0;; i++)
	{
		char *label = i == 0 ? pstrdup("stat") : psprintf("stat%d", i);
		char *name = makeObjectName(get_rel_name(relid), names.data, label);

		if (!SearchSysCacheExists2(STATEXTNAMENSP, CStringGetDatum(name), ObjectIdGetDatum(get_rel_namespace(relid))))
			return name;
	}
}

static char *
join_columns(List *columns)
{
	StringInfoData text;
	ListCell *cell;

	initStringInfo(&text);
	foreach (cell, columns)
	{
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", strVal(lfirst(cell)));
	}
	return text.data;
}

/*
 * Does a statistics object of this kind ("" for that of one expression) on the columns correct the
 * estimate? The statement, or NULL.
 */
static char *
try_statistics(PkTrial *trial, const char *kind, List *columns)
{
	Oid relid = trial->question->relid;
	char *on = join_columns(columns);
	char *schema;
	bool right;

	pk_own_run(psprintf("CREATE STATISTICS " CANDIDATE " %sON %s FROM " COPY, kind, on));
	right = is_right(trial, ask(trial));
	pk_own_run("DROP STATISTICS " CANDIDATE);
	if (!right)
		return NULL;
	schema = get_namespace_name_or_temp(get_rel_namespace(relid));
	return psprintf("CREATE STATISTICS %s %sON %s FROM %s; ANALYZE %s",
					quote_qualified_identifier(schema, free_name(relid, columns)), kind, on,
					pk_quoted_relation_name(relid), pk_quoted_relation_name(relid));
}

/* Does a higher statistics target for the column? The statement, or NULL. */
static char *
try_column(PkTrial *trial, const char *column)
{
	static const int targets[] = {1000, 10000};
	char *table = pk_quoted_relation_name(trial->question->relid);

	for (size_t i = 0; i < lengthof(targets); i++)
	{
		pk_own_run(psprintf("ALTER TABLE " COPY " ALTER COLUMN %s SET STATISTICS %d", column, targets[i]));
		if (is_right(trial, ask(trial)))
			return psprintf("ALTER TABLE %s ALTER COLUMN %s SET STATISTICS %d; ANALYZE %s", table, column, targets[i],
							table);
	}
	return NULL;
}

/* The statement that corrects the estimate, or NULL. Runs within a rolled back subtransaction. */
static char *
find_statement(PkTrial *trial)
{
	const PkEstimateQuery *question = trial->question;
	char *statement = NULL;
	double share;
	int ncolumns;

	share = pk_statistics_copy_make(question->relid, question->max_pages > 0 ? question->max_pages : MAX_PAGES);
	trial->analyze = pk_statistics_copy_analyze(question->relid, question->clauses, question->keys);
	trial->planned = question_text(question, "1", NULL);
	trial->counted = question->params != NULL ? question_text(question, "1", question->params) : trial->planned;
	trial->actual = count_of(trial->counted);
	/* Equal rows lie together: a sample that lacks them, or has too many, proves nothing. */
	trial->unlike =
		share < 1 && question->rows > 0 && pk_q_error(trial->actual / share, question->rows) > trial->max_q_error;
	if (trial->unlike)
		return NULL;
	trial->fresh = ask(trial);
	trial->kind = PK_STATISTICS_ANALYZE;
	if (is_right(trial, trial->fresh))
		return psprintf("ANALYZE %s", pk_quoted_relation_name(question->relid));
	if (IsCatalogRelationOid(question->relid))
		return NULL;

	find_columns(trial);
	ncolumns = list_length(trial->columns) - trial->nexpressions;
	trial->kind = PK_STATISTICS_EXPRESSION;
	for (int i = ncolumns; i < list_length(trial->columns) && statement == NULL; i++)
		statement = try_statistics(trial, "", list_make1(list_nth(trial->columns, i)));

	/* An object takes at most eight columns. Functional dependencies can only raise an estimate. */
	if (statement == NULL && list_length(trial->columns) > 1 && list_length(trial->columns) <= STATS_MAX_DIMENSIONS)
	{
		trial->kind = PK_STATISTICS_COLUMNS;
		if (question->keys != NIL)
			statement = try_statistics(trial, "(ndistinct) ", trial->columns);
		else
		{
			if (trial->actual > trial->fresh)
				statement = try_statistics(trial, "(dependencies) ", trial->columns);
			if (statement == NULL)
				statement = try_statistics(trial, "(mcv) ", trial->columns);
		}
	}
	if (statement == NULL)
		trial->kind = PK_STATISTICS_TARGET;
	/* Higher targets take long to try, so not where the sample has to be small. */
	for (int i = 0; i < ncolumns && statement == NULL && question->max_pages == 0; i++)
		statement = try_column(trial, strVal(list_nth(trial->columns, i)));
	return statement;
}

static void
try_on_copy(void *arg)
{
	PkTrial *trial = (PkTrial *) arg;
	MemoryContext caller = CurrentMemoryContext;
	char *statement;

	SPI_connect();
	statement = find_statement(trial);
	MemoryContextSwitchTo(caller);
	if (statement != NULL)
		trial->statement = pstrdup(statement);
	SPI_finish();
}

/* Could filling and analyzing a copy run code of the owner with privileges that the owner lacks? */
static bool
runs_code_of_owner(const PkEstimateQuery *question, Relation relation)
{
	Oid owner = relation->rd_rel->relowner;

	if (owner == GetUserId() || superuser_arg(owner))
		return false;
	return pk_foreign_code_in_analyze(relation) || pk_foreign_code_in_expression((Node *) question->clauses) ||
		   pk_foreign_code_in_expression((Node *) question->keys);
}

/* May the table be copied? If not, "facts" says why, if that can be said. */
static bool
may_copy(const PkEstimateQuery *question, char **facts)
{
	/*
	 * The query's own lock was released with its subtransaction, and the table may have been
	 * dropped since. This lock is kept to the end of the (sub)transaction: until the copy is made,
	 * neither columns, owner nor row security can change.
	 */
	Relation relation = OidIsValid(question->relid) ? try_relation_open(question->relid, AccessShareLock) : NULL;
	bool allowed = false;

	if (relation == NULL)
		return false;
	if (check_enable_rls(question->relid, InvalidOid, true) == RLS_ENABLED)
		*facts =
			pstrdup("Row security applies to the table, so the planner uses its statistics for leakproof conditions "
					"only.");
	else if (runs_code_of_owner(question, relation))
		*facts =
			pstrdup("No statistics were tried on a copy of the table, since functions of its owner would have run as "
					"the current user.");
	else
		allowed = relation->rd_rel->relkind == RELKIND_RELATION || relation->rd_rel->relkind == RELKIND_MATVIEW;
	relation_close(relation, NoLock);
	return allowed;
}

/* Find the statement by trying; false if that is not possible. */
static bool
can_try(PkTrial *trial)
{
	ErrorData *error;

	if (!trial->question->askable || XactReadOnly || RecoveryInProgress() || IsInParallelMode())
		return false;
	/*
	 * A missing privilege, a trigger on DDL, a function that fails for rows that the query would
	 * not read: in such cases there is no advice.
	 */
	error = pk_undo_catching(try_on_copy, trial);
	return error == NULL;
}

/* Are the table's statistics missing or out of date? */
static bool
is_stale(Oid relid)
{
	Relation relation = try_relation_open(relid, AccessShareLock);
	bool stored;
	bool known = false;

	if (relation == NULL)
		return false;
	stored = RELKIND_HAS_STORAGE(relation->rd_rel->relkind);
	for (int i = 1; i <= RelationGetNumberOfAttributes(relation) && !known; i++)
		known = SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(i), BoolGetDatum(false));
	relation_close(relation, NoLock);
	return !known || (stored && pk_table_state_stale(relid) != NULL);
}

void
pk_statistics_advice_find(const PkEstimateQuery *question, double max_q_error, PkStatisticsAdvice *advice)
{
	PkTrial trial = {.question = question, .max_q_error = max_q_error};
	StringInfoData stale;
	ListCell *cell;

	memset(advice, 0, sizeof(*advice));
	if (may_copy(question, &advice->facts) && can_try(&trial))
	{
		advice->statement = trial.statement;
		advice->kind = trial.statement != NULL ? trial.kind : PK_STATISTICS_NONE;
		if (trial.unlike)
			return;
		initStringInfo(&stale);
		appendStringInfo(&stale,
						 "On a copy of the table with fresh statistics, the estimate is %.0f and the actual "
						 "number %.0f",
						 trial.fresh, trial.actual);
		if (advice->statement == NULL)
			appendStringInfoString(&stale, ". No statistics tried there correct the estimate.");
		else if (trial.latest == trial.fresh)
			appendStringInfoChar(&stale, '.');
		else
			appendStringInfo(&stale, ". With the statistics of the hint, the estimate is %.0f.", trial.latest);
		advice->facts = stale.data;
		return;
	}

	initStringInfo(&stale);
	foreach (cell, question->tables)
	{
		if (is_stale(lfirst_oid(cell)))
			appendStringInfo(&stale, "%s%s", stale.len > 0 ? ", " : "ANALYZE ",
							 pk_quoted_relation_name(lfirst_oid(cell)));
	}
	if (stale.len > 0)
		advice->statement = stale.data;
}
