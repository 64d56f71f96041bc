/*
 * load_direct.c
 *	  The direct way: tuples into the table access method in batches, then one REINDEX.
 *
 * COPY does more for each row than store it: it parses, calls input functions, checks constraints
 * and triggers, and descends each index. None of that is needed if the rows are our own and
 * distinct, the table holds no others, and has nothing but indexes attached to it, which
 * pk_load_direct_obstacle() ensures. Everything is WAL-logged and belongs to the transaction: after
 * a crash or ROLLBACK there are no rows, and the old, empty indexes are back. Rows are never frozen
 * here, since frozen rows would survive a ROLLBACK.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "catalog/pg_trigger.h"
#include "commands/tablecmds.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"

#include "common/compat.h"
#include "seed/foreign_keys.h"
#include "seed/load_parts.h"
#include "seed/rebuild.h"
#include "seed/table.h"

/*
 * Rows formed at a time, as many as in COPY: enough to fill pages in one go, and few enough for the
 * CPU's cache.
 */
#define BATCH_ROWS 1000

/*
 * Whether a trigger fires on INSERT. Those of deferrable unique and exclusion constraints do not
 * count: they recheck keys that met an equal one, and the index build checks all keys. Those of
 * foreign keys are for pk_foreign_keys_obstacle().
 */
static bool
has_insert_triggers(const TriggerDesc *triggers)
{
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (TRIGGER_FOR_INSERT(trigger->tgtype) && trigger->tgfoid != F_UNIQUE_KEY_RECHECK &&
			!pk_is_foreign_key_trigger(trigger))
			return true;
	}
	return false;
}

/*
 * Columns must be the workload's own, of exactly its types, so that row()'s Datums can be stored as
 * they are.
 */
static const char *
column_obstacle(Relation rel, const PkTable *table, const PkColumnType *types)
{
	TupleDesc desc = RelationGetDescr(rel);
	int nlive = 0;

	for (int i = 0; i < desc->natts; i++)
		nlive += !TupleDescAttr(desc, i)->attisdropped;
	if (nlive != table->ncolumns)
		return "the table has other columns too";

	for (int i = 0; i < table->ncolumns; i++)
	{
		const PkColumn *column = &table->columns[i];
		AttrNumber attnum = get_attnum(RelationGetRelid(rel), column->name);
		Form_pg_attribute attribute;

		if (attnum <= 0)
			return "the table lacks a column";
		attribute = TupleDescAttr(desc, attnum - 1);
		if (attribute->atttypid != types[i].oid || attribute->atttypmod != types[i].typmod)
			return "a column's type is not the workload's";
		if (attribute->attnotnull && column->nullable)
			return "a column that may be null is declared NOT NULL";
	}
	return NULL;
}

const char *
pk_load_direct_obstacle(Relation rel, const PkTable *table, const PkColumnType *types)
{
	const TupleConstr *constraints = RelationGetDescr(rel)->constr;
	const char *obstacle;

	if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		return "the table is partitioned";
	if (rel->rd_rel->relkind != RELKIND_RELATION || rel->rd_rel->relam != HEAP_TABLE_AM_OID)
		return "the table is not a plain heap";
	if (rel->rd_rel->relispartition)
		return "the table is a partition";
	if (has_insert_triggers(rel->trigdesc))
		return "the table has triggers";
	if (rel->rd_rules != NULL)
		return "the table has rules";
	if (check_enable_rls(RelationGetRelid(rel), InvalidOid, true) == RLS_ENABLED)
		return "row security applies to the table";
	/* only the owner may REINDEX, and here a check of the table stands for one of each column */
	if (!pk_compat_owns_relation(RelationGetRelid(rel), GetUserId()) ||
		pg_class_aclcheck(RelationGetRelid(rel), GetUserId(), ACL_INSERT) != ACLCHECK_OK)
		return "the table belongs to another role";
	if (constraints != NULL && constraints->num_check > 0)
		return "the table has CHECK constraints";
	if (constraints != NULL && constraints->has_generated_stored)
		return "the table has generated columns";
	obstacle = pk_foreign_keys_obstacle(rel);
	return obstacle != NULL ? obstacle : column_obstacle(rel, table, types);
}

/* Stores all rows without index entries, which are left to the REINDEX. */
static void
store_rows(PkLoad *load, Relation rel)
{
	const PkTable *table = load->table;
	MemoryContext batch_context = AllocSetContextCreate(CurrentMemoryContext, "perfkit batch", ALLOCSET_DEFAULT_SIZES);
	BulkInsertState bulk = GetBulkInsertState();
	CommandId command = GetCurrentCommandId(true);
	/* a file without pages has no free space to look for; one with dead rows may have some */
	int options = RelationGetNumberOfBlocks(rel) == 0 ? TABLE_INSERT_SKIP_FSM : 0;
	AttrNumber *attnums = palloc(sizeof(AttrNumber) * table->ncolumns);
	Datum *values = palloc(sizeof(Datum) * table->ncolumns);
	bool *nulls = palloc0(sizeof(bool) * table->ncolumns);
	TupleTableSlot **slots = palloc0(sizeof(TupleTableSlot *) * BATCH_ROWS);
	void *state = table->begin(table, load->params);
	int64 row = load->first_row;

	pk_table_attnums(rel, table, attnums);
	while (row < load->nrows)
	{
		int nrows = 0;
		MemoryContext caller;

		CHECK_FOR_INTERRUPTS();
		while (nrows < BATCH_ROWS)
		{
			TupleTableSlot *slot = slots[nrows];

			if (table->next != NULL)
				row = table->next(state, row, load->nrows);
			if (row >= load->nrows)
				break;
			if (slot == NULL)
			{
				slot = slots[nrows] = table_slot_create(rel, NULL);
				/* dropped columns stay null: ExecClearTuple leaves this array alone */
				memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
			}
			caller = MemoryContextSwitchTo(batch_context);
			table->row(state, row, values, nulls);
			MemoryContextSwitchTo(caller);
			for (int c = 0; c < table->ncolumns; c++)
			{
				slot->tts_values[attnums[c] - 1] = values[c];
				slot->tts_isnull[attnums[c] - 1] = nulls[c];
			}
			ExecStoreVirtualTuple(slot);
			nrows++;
			row++;
		}

		caller = MemoryContextSwitchTo(batch_context);
		table_multi_insert(rel, slots, nrows, command, options, bulk);
		MemoryContextSwitchTo(caller);
		for (int i = 0; i < nrows; i++)
			ExecClearTuple(slots[i]);
		MemoryContextReset(batch_context);
		load->inserted += nrows;
		pk_load_progress(load, row);
	}

	table_finish_bulk_insert(rel, options);
	FreeBulkInsertState(bulk);
	for (int i = 0; i < BATCH_ROWS && slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(slots[i]);
	MemoryContextDelete(batch_context);
}

/*
 * Tells serializable transactions that have read the table that rows are about to be added to it
 * (40001 if that closes a cycle).
 *
 * Storing a row checks predicate locks on the heap. Those of an index scan are on the pages of the
 * index, where inserting an entry would find them, but no entry is inserted here. So all locks on
 * the indexes are first turned into locks on the table, as REINDEX does. This backend holds
 * AccessExclusiveLock, so no one takes further predicate locks before the rows are stored, and
 * later readers find the rows themselves.
 */
static void
check_serializable_readers(Relation rel, List *indexes)
{
	ListCell *cell;

	foreach (cell, indexes)
	{
		Relation index = index_open(lfirst_oid(cell), AccessExclusiveLock);

		TransferPredicateLocksToHeapRelation(index);
		index_close(index, NoLock);
	}
	CheckTableForSerializableConflictIn(rel);
}

/* Each foreign key by one join over the whole table, as ALTER TABLE ... ADD FOREIGN KEY does. */
static void
validate_foreign_keys(PkLoad *load)
{
	Relation rel = table_open(load->relid, NoLock);
	ErrorContextCallback context = {.callback = pk_load_explain_violation, .arg = load};
	instr_time started;

	load->nforeign_keys = pk_foreign_keys_count(rel);
	if (load->notice_ms > 0 && load->nforeign_keys > 0)
		ereport(NOTICE, (errmsg("%s: validating %d foreign keys", load->relation_name, load->nforeign_keys)));
	INSTR_TIME_SET_CURRENT(started);
	context.previous = error_context_stack;
	error_context_stack = &context;
	pk_foreign_keys_validate(rel);
	error_context_stack = context.previous;
	load->foreign_key_ms = pk_elapsed_ms(started);
	table_close(rel, NoLock);
}

void
pk_load_direct(PkLoad *load, Relation rel)
{
	List *indexes;
	instr_time reindex_started;

	/* an open cursor would use indexes that lag behind the table, and REINDEX would fail later */
	CheckTableNotInUse(rel, "seed");

	indexes = RelationGetIndexList(rel);
	load->nindexes = list_length(indexes);
	check_serializable_readers(rel, indexes);
	list_free(indexes);

	pk_load_progress_begin(load);
	store_rows(load, rel);
	pk_load_progress_end(load);
	table_close(rel, NoLock);
	CommandCounterIncrement();

	INSTR_TIME_SET_CURRENT(reindex_started);
	if (load->notice_ms > 0)
		ereport(NOTICE, (errmsg("%s: building %d indexes", load->relation_name, load->nindexes)));
	/* unique and exclusion constraints are checked while their indexes are built */
	pk_rebuild_indexes(load->relid, load->library);
	load->index_ms = pk_elapsed_ms(reindex_started);
	validate_foreign_keys(load);
}
