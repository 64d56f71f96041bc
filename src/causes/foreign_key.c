/*
 * foreign_key.c
 *	  Triggers of foreign keys that scan the referencing table for each row that is changed.
 *
 * The plan of a DELETE does not show them. But what such a trigger runs is known: a look for the
 * rows that refer to one row. So that query is planned, for an unknown value, as the trigger plans
 * it in the long run; whether an index serves it, and which one would, is then left to the planner.
 * The server runs it as the owner of the table, and perfkit plans it as the caller, so only tables
 * that the caller may read are planned for; of others the catalogs have to do.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "common/catalog.h"
#include "common/compat.h"
#include "common/undo.h"
#include "advice/clause.h"
#include "advice/indexes.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/foreign_key.h"
#include "causes/inquiry.h"
#include "causes/missing.h"
#include "plan/source.h"
#include "plan/table_state.h"

/* A scan that costs less than a few look-ups by an index is not worth telling, if it is untried. */
#define CHEAP_SCAN 25

/* How far cascades are followed. */
#define MAX_DEPTH 8

/* A foreign key as pg_constraint has it. */
typedef struct PkReference
{
	Oid id;
	char *name; /* of the constraint on the whole table, if this is a partition's */
	Oid child;
	Oid parent;
	int count;
	AttrNumber columns[INDEX_MAX_KEYS];	   /* of the child */
	AttrNumber referenced[INDEX_MAX_KEYS]; /* of the parent */
	Oid types[INDEX_MAX_KEYS];			   /* of the parent's columns */
	Oid operators[INDEX_MAX_KEYS];		   /* parent's column = child's column */
	char on_delete;
	char on_update;
} PkReference;

typedef struct PkSearch
{
	const PkFailure *failure;
	double min_rows;
	List *seen;		/* OIDs of constraints that were looked into */
	List *findings; /* PkFinding */
} PkSearch;

static int
constraint_array(HeapTuple tuple, AttrNumber column, void *elements, size_t size)
{
	bool isnull;
	Datum value = SysCacheGetAttr(CONSTROID, tuple, column, &isnull);
	ArrayType *array;
	int count;

	if (isnull)
		return 0;
	array = DatumGetArrayTypeP(value);
	count = Min(ARR_DIMS(array)[0], INDEX_MAX_KEYS);
	memcpy(elements, ARR_DATA_PTR(array), count * size);
	return count;
}

/* Read the foreign key; false if it is gone or none. */
static bool
read_reference(Oid id, PkReference *reference)
{
	HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(id));
	Form_pg_constraint form;
	Oid parent;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_constraint) GETSTRUCT(tuple);
	memset(reference, 0, sizeof(*reference));
	reference->id = id;
	reference->name = pstrdup(NameStr(form->conname));
	reference->child = form->conrelid;
	reference->parent = form->confrelid;
	reference->on_delete = form->confdeltype;
	reference->on_update = form->confupdtype;
	reference->count = constraint_array(tuple, Anum_pg_constraint_conkey, reference->columns, sizeof(AttrNumber));
	(void) constraint_array(tuple, Anum_pg_constraint_confkey, reference->referenced, sizeof(AttrNumber));
	(void) constraint_array(tuple, Anum_pg_constraint_conpfeqop, reference->operators, sizeof(Oid));
	for (int i = 0; i < reference->count; i++)
		reference->types[i] = get_atttype(reference->parent, reference->referenced[i]);
	parent = form->contype == CONSTRAINT_FOREIGN ? form->conparentid : InvalidOid;
	ReleaseSysCache(tuple);

	/* A partition's constraint refers to the same table as the whole one. */
	while (OidIsValid(parent) && HeapTupleIsValid(tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(parent))))
	{
		form = (Form_pg_constraint) GETSTRUCT(tuple);
		reference->name = pstrdup(NameStr(form->conname));
		reference->parent = form->confrelid;
		parent = form->conparentid;
		ReleaseSysCache(tuple);
	}
	return reference->count > 0;
}

/* May the caller plan a query on the table, and would it be the trigger's? */
static char *
refusal(Oid relid)
{
	if (!pk_compat_schema_allows(get_rel_namespace(relid), GetUserId(), ACL_USAGE) ||
		pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return psprintf("permission denied for table %s", pk_relation_name(relid));
	if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		return psprintf("row security of table %s, which does not apply to the trigger, would change the plan",
						pk_relation_name(relid));
	return NULL;
}

/* The parameter as a value of the type; SQL writes some types in a way that adds a length. */
static char *
parameter_text(int number, Oid type)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	char *text;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	text = psprintf("$%d::%s", number,
					quote_qualified_identifier(get_namespace_name(form->typnamespace), NameStr(form->typname)));
	ReleaseSysCache(tuple);
	return text;
}

/*
 * What the trigger looks for, with the casts that it adds: only where the operator takes another
 * type, which may be polymorphic.
 */
static char *
trigger_query(const PkReference *reference)
{
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT 1 FROM %s%s x",
					 get_rel_relkind(reference->child) == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(reference->child)),
												get_rel_name(reference->child)));
	for (int i = 0; i < reference->count; i++)
	{
		char *column = psprintf("x.%s", quote_identifier(get_attname(reference->child, reference->columns[i], false)));

		appendStringInfoString(&query, i == 0 ? " WHERE " : " AND ");
		generate_operator_clause(&query, parameter_text(i + 1, reference->types[i]), reference->types[i],
								 reference->operators[i], column, get_atttype(reference->child, reference->columns[i]));
	}
	return query.data;
}

static char *
column_list(const PkReference *reference)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < reference->count; i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(get_attname(reference->child, reference->columns[i], false)));
	return names.data;
}

/* As far as the catalogs tell: is there an index that begins with one of the columns? */
static bool
has_index(const PkReference *reference)
{
	Relation relation = table_open(reference->child, AccessShareLock);
	bool found = false;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		for (int i = 0; i < reference->count; i++)
			found |= index->rd_index->indkey.values[0] == reference->columns[i] && pk_match_is_valid(index) &&
					 RelationGetIndexPredicate(index) == NIL;
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return found;
}

/* The finding, without a remedy. */
static PkFinding *
make_finding(const PkSearch *search, const PkReference *reference, bool update)
{
	PkFinding *finding = pk_finding_make(PK_CAUSE_FOREIGN_KEY, reference->child);

	finding->node_id = search->failure->scan->node_id;
	finding->columns = column_list(reference);
	finding->constraint = reference->name;
	finding->referenced = pk_relation_name(reference->parent);
	finding->event = update ? "whose key changes in" : "that is deleted from";
	return finding;
}

/* Planning what one trigger runs. */
typedef struct PkTriggerTrial
{
	const PkSearch *search;
	const PkReference *reference;
	bool update;
	PkFinding *finding; /* NULL if an index serves the trigger or would not help */
} PkTriggerTrial;

static void
plan_trigger(void *arg)
{
	PkTriggerTrial *trial = (PkTriggerTrial *) arg;
	const PkFailure *changing = trial->search->failure;
	PkCaptureOptions options = {.generic = true, .what_if.size_factor = changing->options->what_if.size_factor};
	char *query = trigger_query(trial->reference);
	PkFinding *missing = NULL;
	PkFailure failure = {
		.query = query,
		.options = &options,
		.samples = changing->samples,
		.effort_end = changing->effort_end};
	PkCapture capture;
	PkPlanTree tree;

	pk_capture_begin(&capture, query, &options);
	pk_plan_walk(&capture, &tree);
	failure.tree = &tree;
	for (int i = 0; i < tree.count && failure.scan == NULL; i++)
	{
		if (IsA(tree.nodes[i].plan, SeqScan))
			failure.scan = &tree.nodes[i];
	}
	if (failure.scan != NULL)
	{
		PkInquiry inquiry;
		PkCandidate candidate;
		PkReplan present;

		/* An index that would serve, and is not chosen, is no missing one. */
		pk_replan_with_indexes(&failure, NIL, &present);
		if (!present.serves || present.whole)
		{
			pk_inquiry_begin(&inquiry, &failure, failure.scan);
			pk_candidate_find(&tree, failure.scan, &candidate);
			missing = pk_missing_find(&inquiry, &candidate);
		}
	}
	if (missing != NULL &&
		(missing->proof == PK_PROOF_NONE ? tree.root->plan->total_cost > CHEAP_SCAN : missing->chosen))
	{
		PkFinding *finding = make_finding(trial->search, trial->reference, trial->update);

		finding->remedy_sql = missing->remedy_sql;
		finding->proof = missing->proof;
		finding->chosen = missing->chosen;
		finding->unproven = missing->unproven;
		finding->cost = missing->cost;
		finding->cost_with_remedy = missing->cost_with_remedy;
		trial->finding = finding;
	}
	pk_capture_end(&capture);
}

/*
 * The finding about a table that the caller may read; or why there is none. The trigger runs as the
 * table's owner: the caller may lack privileges on the schema of an operator or type.
 */
static PkFinding *
find_planned(const PkSearch *search, const PkReference *reference, bool update, char **refused)
{
	PkTriggerTrial trial = {.search = search, .reference = reference, .update = update};
	ErrorData *error = pk_undo_catching(plan_trigger, &trial);

	if (error == NULL)
		return trial.finding;
	*refused = error->message;
	return NULL;
}

static void follow(PkSearch *search, Oid relid, bool deleted, Bitmapset *updated, int depth);

/* A trigger that is fired: does it scan, and what does it fire in turn? */
static void
look_into(PkSearch *search, Oid constraint, bool deleted, bool updated, int depth)
{
	PkReference reference;
	PkFinding *finding = NULL;
	BlockNumber pages;
	double rows;
	char *refused;
	Bitmapset *changed = NULL;

	if (list_member_oid(search->seen, constraint) || !read_reference(constraint, &reference))
		return;
	search->seen = lappend_oid(search->seen, constraint);
	refused = refusal(reference.child);
	if (get_rel_relkind(reference.child) == RELKIND_PARTITIONED_TABLE)
		rows = search->min_rows; /* its size is that of its partitions */
	else
		pk_table_state_size(reference.child, &pages, &rows);
	if (pk_whatif_scaled(&search->failure->options->what_if, rows) < search->min_rows)
		refused = NULL;
	else if (refused == NULL)
		finding = find_planned(search, &reference, !deleted, &refused);
	if (refused != NULL && !has_index(&reference))
	{
		finding = make_finding(search, &reference, !deleted);
		finding->remedy_sql =
			psprintf("CREATE INDEX ON %s (%s)", pk_quoted_relation_name(reference.child), finding->columns);
		finding->unproven = refused;
	}
	if (finding != NULL)
		search->findings = lappend(search->findings, finding);

	for (int i = 0; i < reference.count; i++)
		changed = bms_add_member(changed, reference.columns[i] - FirstLowInvalidHeapAttributeNumber);
	if (deleted && reference.on_delete == FKCONSTR_ACTION_CASCADE)
		follow(search, reference.child, true, NULL, depth + 1);
	else if ((deleted && (reference.on_delete == FKCONSTR_ACTION_SETNULL ||
						  reference.on_delete == FKCONSTR_ACTION_SETDEFAULT)) ||
			 (updated &&
			  (reference.on_update == FKCONSTR_ACTION_CASCADE || reference.on_update == FKCONSTR_ACTION_SETNULL ||
			   reference.on_update == FKCONSTR_ACTION_SETDEFAULT)))
		follow(search, reference.child, false, changed, depth + 1);
}

/* Does an update of these columns change the key that the constraint refers to? */
static bool
changes_key(Oid constraint, Bitmapset *updated)
{
	PkReference reference;

	if (updated == NULL || !read_reference(constraint, &reference))
		return false;
	for (int i = 0; i < reference.count; i++)
	{
		if (bms_is_member(reference.referenced[i] - FirstLowInvalidHeapAttributeNumber, updated))
			return true;
	}
	return false;
}

/* The triggers of foreign keys that refer to the table, if its rows are deleted or updated. */
static void
follow(PkSearch *search, Oid relid, bool deleted, Bitmapset *updated, int depth)
{
	Relation relation;
	TriggerDesc *triggers;
	List *fired = NIL;
	List *by_update = NIL;
	ListCell *cell;

	CHECK_FOR_INTERRUPTS();
	if (depth > MAX_DEPTH)
		return;
	relation = table_open(relid, AccessShareLock);
	triggers = relation->trigdesc;
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		Trigger *trigger = &triggers->triggers[i];
		char enabled = trigger->tgenabled;

		if (RI_FKey_trigger_type(trigger->tgfoid) != RI_TRIGGER_PK || enabled == TRIGGER_DISABLED ||
			enabled == (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA ? TRIGGER_FIRES_ON_ORIGIN
																				   : TRIGGER_FIRES_ON_REPLICA))
			continue;
		if (deleted && TRIGGER_FOR_DELETE(trigger->tgtype))
			fired = list_append_unique_oid(fired, trigger->tgconstraint);
		else if (TRIGGER_FOR_UPDATE(trigger->tgtype) && changes_key(trigger->tgconstraint, updated))
			by_update = list_append_unique_oid(by_update, trigger->tgconstraint);
	}
	/* It stays locked, as it would be by running the statement. */
	table_close(relation, NoLock);
	foreach (cell, fired)
	{
		look_into(search, lfirst_oid(cell), true, false, depth);
	}
	foreach (cell, by_update)
	{
		look_into(search, lfirst_oid(cell), false, true, depth);
	}
}

/*
 * Is the column given the value that it has: its own, or one that the statement looks it up by? The
 * trigger then sees that the key stays.
 */
static bool
keeps_value(const PkFailure *failure, AttrNumber column, Node *value)
{
	const PkPlanTree *tree = failure->tree;
	Index rti = failure->scan->rti;

	if (IsA(value, Var) && ((Var *) value)->varno == rti && ((Var *) value)->varattno == column)
		return true;
	for (int i = 0; i < tree->count; i++)
	{
		ListCell *cell;

		if (tree->nodes[i].rti != rti || IsA(tree->nodes[i].plan, ModifyTable) ||
			IsA(tree->nodes[i].plan, BitmapIndexScan))
			continue;
		foreach (cell, pk_candidate_conditions(&tree->nodes[i]))
		{
			PkClause clause;

			pk_clause_take(lfirst(cell), (PkTableRef){rti, tree->nodes[i].relid}, &clause);
			if (clause.form == PK_CLAUSE_COMPARISON && IsA(clause.compared, Var) &&
				((Var *) clause.compared)->varattno == column && equal(clause.value, value) &&
				pk_keys_btree_strategy(clause.opno) == BTEqualStrategyNumber)
				return true;
		}
	}
	return false;
}

/* The columns of the table that the statement gives another value. */
static Bitmapset *
updated_columns(const PkFailure *failure, List *numbers)
{
	ModifyTable *modify = castNode(ModifyTable, failure->scan->plan);
	Oid target =
		((RangeTblEntry *) list_nth(failure->tree->stmt->rtable, linitial_int(modify->resultRelations) - 1))->relid;
	Bitmapset *columns = NULL;
	ListCell *cell;

	foreach (cell, numbers)
	{
		/* A partition may have other numbers than the table that the statement names. */
		char *name = get_attname(target, lfirst_int(cell), true);
		AttrNumber column = name != NULL ? get_attnum(failure->scan->relid, name) : InvalidAttrNumber;
		Node *value = NULL;

		if (column <= 0)
			continue;
		if (modify->operation == CMD_UPDATE)
			value = pk_source_of_output(failure->tree, outerPlan(modify), foreach_current_index(cell) + 1,
										failure->scan->rti);
		if (value == NULL || !keeps_value(failure, column, pk_clause_strip(value)))
			columns = bms_add_member(columns, column - FirstLowInvalidHeapAttributeNumber);
	}
	return columns;
}

static int
compare_costs(const ListCell *a, const ListCell *b)
{
	double cost_a = ((PkFinding *) lfirst(a))->cost;
	double cost_b = ((PkFinding *) lfirst(b))->cost;

	return cost_a > cost_b ? -1 : cost_a < cost_b;
}

List *
pk_foreign_key_find(const PkFailure *failure, double min_rows)
{
	ModifyTable *modify = castNode(ModifyTable, failure->scan->plan);
	PkSearch search = {.failure = failure, .min_rows = min_rows};
	Bitmapset *updated = NULL;
	bool deleted = modify->operation == CMD_DELETE;
	ListCell *cell;

	if (modify->operation == CMD_UPDATE && modify->updateColnosLists != NIL)
		updated = updated_columns(failure, linitial(modify->updateColnosLists));
	if (modify->operation == CMD_MERGE && modify->mergeActionLists != NIL)
	{
		foreach (cell, (List *) linitial(modify->mergeActionLists))
		{
			MergeAction *action = lfirst_node(MergeAction, cell);

			deleted |= action->commandType == CMD_DELETE;
			if (action->commandType == CMD_UPDATE)
				updated = bms_add_members(updated, updated_columns(failure, action->updateColnos));
		}
	}
	if (modify->operation == CMD_INSERT && modify->onConflictSet != NIL)
		updated = updated_columns(failure, modify->onConflictCols);
	if (deleted || updated != NULL)
		follow(&search, failure->scan->relid, deleted, updated, 0);
	list_sort(search.findings, compare_costs);
	return search.findings;
}
