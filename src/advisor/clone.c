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
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "advice/sample.h"
#include "advice/trial_built.h"
#include "advisor/clone.h"
#include "common/own_statement.h"
#include "common/undo.h"
#include "plan/table_state.h"

/* Candidates of one table that are built; their order is that of the queries. */
#define MAX_CANDIDATES 150

/* Rows of a copy, for sizes to be within a few percent. */
#define SAMPLE_ROWS 20000

/* Rows that are inserted to see what an index costs a writer. */
#define WRITTEN_ROWS 500

typedef struct PkBuild
{
	PkClone *clone;
	PkIndexCandidate *candidate;
	const char *copy;  /* name of the copy */
	const char *index; /* name of the index */
} PkBuild;

static void
run_sql(const char *text)
{
	int result = pk_own_execute(text, 0, NULL, NULL, 0);

	if (result < 0)
		elog(ERROR, "pk_own_execute failed: %s", SPI_result_code_string(result));
}

static Oid
temporary(const char *name)
{
	return get_relname_relid(name, LookupNamespaceNoError("pg_temp"));
}

/* A name like this that no temporary table of the caller has. */
static char *
free_name(const char *name)
{
	char *free = psprintf("%s", name);

	for (int i = 1; OidIsValid(temporary(free)); i++)
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

/* Keeps the index if all goes well. */
static bool
build(void *arg)
{
	PkBuild *build = (PkBuild *) arg;

	run_sql(psprintf("CREATE INDEX %s ON pg_temp.%s %s", build->index, build->copy, build->candidate->tail));
	return true;
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

typedef struct PkCopying
{
	const char *name;
	char *query;
} PkCopying;

static bool
copy_rows(void *arg)
{
	PkCopying *copying = (PkCopying *) arg;

	run_sql(psprintf("CREATE TEMPORARY TABLE %s USING heap AS %s", copying->name, copying->query));
	return true;
}

/* The copy of the columns that the candidates are about; without, the clone says why. */
static void
make_copy(PkClone *clone, const char *name, List *candidates)
{
	PkFailure failure = {0};
	PkCopying copying = {.name = name};
	List *tables = leaves_of(clone->relid, &clone->rows, &clone->bytes);
	List *tails = NIL;
	ErrorData *error;
	char *columns;
	bool computed;
	ListCell *cell;

	clone->refusal = refusal();
	if (clone->refusal == NULL && tables == NIL)
		clone->refusal = "it has no partitions";
	if (clone->refusal == NULL)
		clone->refusal = pk_sample_refusal(&failure, linitial_oid(tables));
	if (clone->refusal != NULL)
		return;
	foreach (cell, candidates)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);

		if (pk_trial_columns(linitial_oid(tables), list_make1(candidate->tail), &computed, &candidate->columns) != NULL)
			tails = lappend(tails, candidate->tail);
		else
			candidate->foreign_code = true;
	}
	columns = tails != NIL ? pk_trial_columns(linitial_oid(tables), tails, &computed, NULL) : NULL;
	if (columns == NULL)
	{
		clone->refusal = "building the index could call functions that did not come with the server";
		return;
	}
	copying.query = pk_sample_query(linitial_oid(tables), columns, SAMPLE_ROWS);
	error = pk_undo_unless_catching(copy_rows, &copying);
	if (error != NULL)
	{
		clone->refusal = error->message;
		return;
	}
	CommandCounterIncrement();
	clone->copy = palloc0(sizeof(PkWhatIfCopy));
	clone->copy->relid = temporary(name);
	clone->copy->tables = tables;
	clone->copy->rows = (double) SPI_processed;
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
build_candidates(PkClone *clone, const char *copy, List *candidates)
{
	ListCell *cell;

	foreach (cell, candidates)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);
		PkBuild build_it = {clone, candidate, copy,
							psprintf("%s_%d", copy, foreach_current_index(cell))};
		ErrorData *error;

		CHECK_FOR_INTERRUPTS();
		if (candidate->foreign_code || list_length(clone->candidates) >= MAX_CANDIDATES)
			continue;
		error = pk_undo_unless_catching(build, &build_it);
		if (error != NULL)
			continue;
		candidate->built = temporary(build_it.index);
		candidate->bytes = size_on_table(clone, candidate->built);
		clone->candidates = lappend(clone->candidates, candidate);
	}
	/* an index on an expression has statistics of its own */
	run_sql(psprintf("ANALYZE pg_temp.%s", copy));
	CommandCounterIncrement();
}

List *
pk_clones_make(List *candidates)
{
	List *clones = NIL;
	List *relids = NIL;
	ListCell *cell;

	foreach (cell, candidates)
	{
		relids = list_append_unique_oid(relids, ((PkIndexCandidate *) lfirst(cell))->relid);
	}
	foreach (cell, relids)
	{
		PkClone *clone = palloc0(sizeof(PkClone));
		char *name = free_name(psprintf("perfkit_clone_%d", foreach_current_index(cell)));
		List *own = NIL;
		ListCell *other;

		clone->relid = lfirst_oid(cell);
		foreach (other, candidates)
		{
			if (((PkIndexCandidate *) lfirst(other))->relid == clone->relid)
				own = lappend(own, lfirst(other));
		}
		make_copy(clone, name, own);
		if (clone->copy != NULL)
			build_candidates(clone, name, own);
		clones = lappend(clones, clone);
	}
	return clones;
}

/* Pages accessed by an insertion of so many rows of the copy into its twin. */
static int64
insert_accesses(const char *twin, Oid copy)
{
	BufferUsage before = pgBufferUsage;

	run_sql(psprintf("INSERT INTO pg_temp.%s SELECT * FROM pg_temp.%s LIMIT %d", twin, get_rel_name(copy),
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
	double rows = Min(WRITTEN_ROWS, Max(measurement->clone->copy->rows, 1));
	int64 bare;
	ListCell *cell;

	run_sql(psprintf("CREATE TEMPORARY TABLE %s USING heap AS SELECT * FROM pg_temp.%s", twin, get_rel_name(copy)));
	bare = insert_accesses(twin, copy);
	foreach (cell, measurement->candidates)
	{
		PkIndexCandidate *candidate = (PkIndexCandidate *) lfirst(cell);
		int64 with;

		CHECK_FOR_INTERRUPTS();
		if (candidate->relid != measurement->clone->relid || !OidIsValid(candidate->built))
			continue;
		/* a predicate follows the storage parameters */
		run_sql(psprintf("CREATE INDEX %s_index ON pg_temp.%s %s%s", twin, twin, candidate->tail,
						 without_delay(candidate->tail)));
		with = insert_accesses(twin, copy);
		candidate->write = Max(with - bare, 0) / rows;
		run_sql(psprintf("DROP INDEX pg_temp.%s_index", twin));
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
