/*
 * clone.c
 *	  Copies of some rows of tables, on which candidates are really built.
 *
 * Temporary tables of the caller, see advice/sample.h for what may be read and
 * advice/trial_built.h for what may be built. Of a partitioned table, the largest partition is
 * copied, and stands for all of them.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/twophase.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "executor/instrument.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lock.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "advice/sample.h"
#include "advice/trial_built.h"
#include "advisor/clone.h"
#include "common/own_statement.h"
#include "common/undo.h"
#include "plan/table_state.h"

/*
 * Candidates that are built, of one table and of all: those for the most expensive queries. Each
 * takes a place in the lock table, which all sessions share, so all of them together take no more
 * than an eighth of it.
 */
#define MAX_CANDIDATES 150
#define MAX_CANDIDATES_IN_ALL 1000
#define SHARE_OF_LOCKS 8

/* Rows of a copy, for sizes to be within a few percent. */
#define SAMPLE_ROWS 20000

/* Rows that are inserted to see what an index costs a writer. */
#define WRITTEN_ROWS 500

typedef struct PkCopying
{
	PkClone *clone;
	List *candidates; /* of the table */
	List *tables;	  /* as in PkWhatIfCopy */
	const char *name; /* of the copy */
	char *query;
	double rows; /* of the copy */
} PkCopying;

typedef struct PkBuild
{
	PkIndexCandidate *candidate;
	const char *copy;  /* name of the copy */
	const char *index; /* name of the index */
	bool built;
} PkBuild;

/* Some of many things to make. */
typedef struct PkBatch
{
	List *items;
	int from; /* the first one */
	int to;	  /* the one after the last */
	void (*make)(void *item);
	void (*refuse)(void *item, ErrorData *error); /* called where that raises an error */
} PkBatch;

static Oid
temporary(const char *name)
{
	return get_relname_relid(name, LookupNamespaceNoError("pg_temp"));
}

/* Does the caller have a temporary table or type of this name? */
static bool
is_taken(const char *name)
{
	Oid namespace = LookupNamespaceNoError("pg_temp");

	return OidIsValid(namespace) &&
		   (OidIsValid(get_relname_relid(name, namespace)) ||
			SearchSysCacheExists2(TYPENAMENSP, CStringGetDatum(name), ObjectIdGetDatum(namespace)));
}

/* A name like this that is not taken. */
static char *
free_name(const char *name)
{
	char *free = psprintf("%s", name);

	for (int i = 1; is_taken(free); i++)
		free = psprintf("%s_of_%d", name, i);
	return free;
}

static BlockNumber
pages_of(Oid relid)
{
	Relation relation = relation_open(relid, AccessShareLock);
	BlockNumber pages = RelationGetNumberOfBlocks(relation);

	relation_close(relation, AccessShareLock);
	return pages;
}

/* Keeps them if all goes well. */
static bool
make_batch(void *arg)
{
	const PkBatch *batch = (const PkBatch *) arg;

	for (int i = batch->from; i < batch->to; i++)
	{
		CHECK_FOR_INTERRUPTS();
		batch->make(list_nth(batch->items, i));
	}
	return true;
}

/*
 * Make all of them, in as few subtransactions as possible: the ids of those that are kept have to
 * be in every session's snapshots, and there is room for only 64 before all of them are slower.
 */
static void
make_all(const PkBatch *all)
{
	PkBatch half = *all;
	ErrorData *error;

	if (all->from >= all->to)
		return;
	error = pk_undo_unless_catching(make_batch, &half);
	if (error == NULL)
		return;
	if (all->to - all->from == 1)
	{
		all->refuse(list_nth(all->items, all->from), error);
		return;
	}
	half.to = (all->from + all->to) / 2;
	make_all(&half);
	half.from = half.to;
	half.to = all->to;
	make_all(&half);
}

/* The table's leaves; the largest of them first. */
static List *
leaves_of(Oid relid, double *rows, double *bytes)
{
	List *all = get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE
					? find_all_inheritors(relid, AccessShareLock, NULL)
					: list_make1_oid(relid);
	List *leaves = NIL;
	double most = -1;
	ListCell *cell;

	*rows = *bytes = 0;
	foreach (cell, all)
	{
		Oid leaf = lfirst_oid(cell);
		BlockNumber pages;
		double leaf_rows;

		if (get_rel_relkind(leaf) != RELKIND_RELATION && get_rel_relkind(leaf) != RELKIND_MATVIEW)
			continue;
		pk_table_state_size(leaf, &pages, &leaf_rows);
		*rows += leaf_rows;
		*bytes += (double) pages * BLCKSZ;
		leaves = leaf_rows > most ? lcons_oid(leaf, leaves) : lappend_oid(leaves, leaf);
		most = Max(most, leaf_rows);
	}
	return leaves;
}

/* What stands in the way of any copy; NULL if nothing does. */
static char *
refusal(void)
{
	if (RecoveryInProgress())
		return "nothing can be built on a standby";
	if (XactReadOnly)
		return "nothing can be built in a read-only transaction";
	if (IsInParallelMode())
		return "nothing can be built during a parallel operation";
	return NULL;
}

static void
make_copy(void *item)
{
	PkCopying *copying = (PkCopying *) item;

	pk_own_run(psprintf("CREATE TEMPORARY TABLE %s USING heap AS %s", copying->name, copying->query));
	copying->rows = (double) SPI_processed;
}

static void
refuse_copy(void *item, ErrorData *error)
{
	((PkCopying *) item)->clone->refusal = error->message;
}

/* How to copy the columns that the candidates are about; if that may not be, the clone says why. */
static void
plan_copy(PkCopying *copying)
{
	PkClone *clone = copying->clone;
	PkFailure failure = {0};
	List *tables = leaves_of(clone->relid, &clone->rows, &clone->bytes);
	List *tails = NIL;
	char *columns;
	bool computed;
	ListCell *cell;

	copying->tables = tables;
	clone->refusal = refusal();
	if (clone->refusal == NULL && tables == NIL)
		clone->refusal = "it has no partitions";
	if (clone->refusal == NULL)
		clone->refusal = pk_sample_refusal(&failure, linitial_oid(tables));
	if (clone->refusal != NULL)
		return;
	foreach (cell, copying->candidates)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		if (candidate->left_out)
			continue;
		if (pk_trial_columns(linitial_oid(tables), list_make1(candidate->tail), &computed, &candidate->columns) != NULL)
			tails = lappend(tails, candidate->tail);
		else
			candidate->foreign_code = true;
	}
	columns = tails != NIL ? pk_trial_columns(linitial_oid(tables), tails, &computed, NULL) : NULL;
	if (columns == NULL)
		clone->refusal = "building the index could call functions that did not come with the server";
	else
		copying->query = pk_sample_query(linitial_oid(tables), columns, SAMPLE_ROWS);
}

/* The size that an index of the copy would have on the table. */
static double
size_on_table(const PkClone *clone, Oid index)
{
	double factor = Max(clone->rows, 1) / Max(clone->copy->rows, 1);

	/* the metapage does not multiply */
	return (1 + Max(pages_of(index) - 1.0, 1) * factor) * BLCKSZ;
}

static void
build_index(void *item)
{
	PkBuild *build = (PkBuild *) item;

	pk_own_run(psprintf("CREATE INDEX %s ON pg_temp.%s %s", build->index, build->copy, build->candidate->tail));
}

/* Some values may be too large for it; then it is left out. */
static void
refuse_index(void *item, ErrorData *error)
{
	((PkBuild *) item)->built = false;
}

static void
build_candidates(const PkCopying *copying)
{
	PkClone *clone = copying->clone;
	PkBatch batch = {.make = build_index, .refuse = refuse_index};
	ListCell *cell;

	foreach (cell, copying->candidates)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);
		PkBuild *build;

		if (candidate->foreign_code || candidate->left_out)
			continue;
		build = palloc(sizeof(PkBuild));
		build->candidate = candidate;
		build->copy = copying->name;
		build->index = free_name(psprintf("%s_%d", copying->name, foreach_current_index(cell)));
		build->built = true;
		batch.items = lappend(batch.items, build);
	}
	batch.to = list_length(batch.items);
	make_all(&batch);
	CommandCounterIncrement();
	foreach (cell, batch.items)
	{
		const PkBuild *build = (const PkBuild *) lfirst(cell);

		if (!build->built)
			continue;
		build->candidate->built = temporary(build->index);
		build->candidate->bytes = size_on_table(clone, build->candidate->built);
		clone->candidates = lappend(clone->candidates, build->candidate);
	}
	/* an index on an expression has statistics of its own */
	pk_own_run(psprintf("ANALYZE pg_temp.%s", copying->name));
	CommandCounterIncrement();
}

/* The table's candidates, and how they will be copied. */
static PkCopying *
start_copying(Oid relid, int number, List *candidates)
{
	PkCopying *copying = palloc0(sizeof(PkCopying));
	ListCell *cell;

	copying->clone = palloc0(sizeof(PkClone));
	copying->clone->relid = relid;
	copying->name = free_name(psprintf("perfkit_clone_%d", number));
	foreach (cell, candidates)
	{
		if (((PkIndexCandidate *) lfirst(cell))->relid == relid)
			copying->candidates = lappend(copying->candidates, lfirst(cell));
	}
	plan_copy(copying);
	return copying;
}

static int
compare_worth(const ListCell *a, const ListCell *b)
{
	const PkIndexCandidate *first = (const PkIndexCandidate *) lfirst(a);
	const PkIndexCandidate *second = (const PkIndexCandidate *) lfirst(b);

	if (first->worth != second->worth)
		return first->worth > second->worth ? -1 : 1;
	return first->number - second->number;
}

/* Mark those that are too many. */
static void
leave_out(List *candidates, List *relids)
{
	List *sorted = list_copy(candidates);
	int *counts = palloc0(sizeof(int) * Max(list_length(relids), 1));
	int64 locks = (int64) max_locks_per_xact * (MaxBackends + max_prepared_xacts);
	int64 room = Min(MAX_CANDIDATES_IN_ALL, locks / SHARE_OF_LOCKS);
	ListCell *cell;

	foreach (cell, candidates)
	{
		((PkIndexCandidate *) lfirst(cell))->number = foreach_current_index(cell);
	}
	list_sort(sorted, compare_worth);
	foreach (cell, sorted)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);
		int table = 0;

		while (list_nth_oid(relids, table) != candidate->relid)
			table++;
		candidate->left_out = room <= 0 || counts[table] >= MAX_CANDIDATES;
		room -= !candidate->left_out;
		counts[table] += !candidate->left_out;
	}
}

List *
pk_clones_make(List *candidates)
{
	PkBatch batch = {.make = make_copy, .refuse = refuse_copy};
	List *clones = NIL;
	List *relids = NIL;
	ListCell *cell;

	foreach (cell, candidates)
	{
		relids = list_append_unique_oid(relids, ((PkIndexCandidate *) lfirst(cell))->relid);
	}
	leave_out(candidates, relids);
	foreach (cell, relids)
	{
		PkCopying *copying = start_copying(lfirst_oid(cell), foreach_current_index(cell), candidates);

		clones = lappend(clones, copying->clone);
		if (copying->clone->refusal == NULL)
			batch.items = lappend(batch.items, copying);
	}
	batch.to = list_length(batch.items);
	make_all(&batch);
	CommandCounterIncrement();
	foreach (cell, batch.items)
	{
		PkCopying *copying = (PkCopying *) lfirst(cell);
		PkClone *clone = copying->clone;

		if (clone->refusal == NULL && copying->rows == 0)
			clone->refusal = "no rows were found to build it on";
		if (clone->refusal != NULL)
			continue;
		clone->copy = palloc0(sizeof(PkWhatIfCopy));
		clone->copy->relid = temporary(copying->name);
		clone->copy->tables = copying->tables;
		clone->copy->rows = copying->rows;
		build_candidates(copying);
	}
	return clones;
}

/* Pages accessed by an insertion of so many rows of the copy into its twin. */
static int64
insert_accesses(const char *twin, Oid copy)
{
	BufferUsage before = pgBufferUsage;

	pk_own_run(psprintf("INSERT INTO pg_temp.%s SELECT * FROM pg_temp.%s LIMIT %d", twin, get_rel_name(copy),
						WRITTEN_ROWS));
	return (pgBufferUsage.local_blks_hit - before.local_blks_hit) +
		   (pgBufferUsage.local_blks_read - before.local_blks_read);
}

/* GIN would put off the work by its list of pending entries. */
static const char *
without_delay(const char *tail)
{
	return strncmp(tail, "USING gin", 9) == 0 ? " WITH (fastupdate = off)" : "";
}

typedef struct PkMeasurement
{
	PkClone *clone;
	List *candidates;
} PkMeasurement;

/* Runs in a subtransaction that is rolled back. */
static void
measure(void *arg)
{
	PkMeasurement *measurement = (PkMeasurement *) arg;
	Oid copy = measurement->clone->copy->relid;
	char *twin = free_name("perfkit_twin");
	char *index = free_name("perfkit_twin_index");
	double rows = Min(WRITTEN_ROWS, Max(measurement->clone->copy->rows, 1));
	int64 bare;
	ListCell *cell;

	pk_own_run(psprintf("CREATE TEMPORARY TABLE %s USING heap AS SELECT * FROM pg_temp.%s", twin, get_rel_name(copy)));
	bare = insert_accesses(twin, copy);
	foreach (cell, measurement->candidates)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);
		int64 with;

		CHECK_FOR_INTERRUPTS();
		if (candidate->relid != measurement->clone->relid || !OidIsValid(candidate->built))
			continue;
		/* a predicate follows the storage parameters */
		pk_own_run(psprintf("CREATE INDEX %s ON pg_temp.%s %s%s", index, twin, candidate->tail,
							without_delay(candidate->tail)));
		with = insert_accesses(twin, copy);
		candidate->write = Max(with - bare, 0) / rows;
		pk_own_run(psprintf("DROP INDEX pg_temp.%s", index));
	}
}

void
pk_clones_measure_writes(List *clones, List *candidates)
{
	ListCell *cell;

	foreach (cell, clones)
	{
		PkMeasurement measurement = {lfirst(cell), candidates};

		if (measurement.clone->copy != NULL)
			(void) pk_undo_catching(measure, &measurement);
	}
}
