/*
 * load_tools.c
 *	  What the parts of the loader share: progress, the call of the generator, the clock.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/progress.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "lib/stringinfo.h"
#include "utils/backend_progress.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "common/compat.h"
#include "common/own_statement.h"
#include "seed/load_parts.h"

/* Interval between NOTICEs while rows are being loaded, in milliseconds. */
#define NOTICE_INTERVAL_MS 5000.0

/* How many times, 10 ms apart, a lock must be seen before its holder counts as maintaining. */
#define MAINTENANCE_ATTEMPTS 20

double
pk_elapsed_ms(instr_time since)
{
	instr_time now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, since);
	return INSTR_TIME_GET_MILLISEC(now);
}

void
pk_load_progress_begin(PkLoad *load)
{
	const int params[] = {PROGRESS_COPY_COMMAND, PROGRESS_COPY_TYPE};
	const int64 values[] = {PROGRESS_COPY_COMMAND_FROM, PROGRESS_COPY_TYPE_CALLBACK};

	pgstat_progress_start_command(PROGRESS_COMMAND_COPY, load->relid);
	pgstat_progress_update_multi_param(lengthof(params), params, values);
	INSTR_TIME_SET_CURRENT(load->started);
	load->notice_ms = 0;
}

void
pk_load_progress(PkLoad *load, int64 rows_done)
{
	double elapsed;

	pgstat_progress_update_param(PROGRESS_COPY_TUPLES_PROCESSED, rows_done);
	elapsed = pk_elapsed_ms(load->started);
	if (elapsed - load->notice_ms < NOTICE_INTERVAL_MS)
		return;
	load->notice_ms = elapsed;
	ereport(NOTICE, (errmsg("%s: " INT64_FORMAT " of " INT64_FORMAT " rows (%d %%), %.0f rows/s", load->relation_name,
							rows_done, load->nrows, (int) (100.0 * rows_done / load->nrows),
							(rows_done - load->first_row) / elapsed * 1000.0)));
}

void
pk_load_progress_end(PkLoad *load)
{
	pgstat_progress_end_command();
	load->rows_ms = pk_elapsed_ms(load->started);
}

char *
pk_load_generator(const PkLoad *load)
{
	StringInfoData call;

	initStringInfo(&call);
	appendStringInfo(&call, "%s.%s(", load->generator_schema, quote_identifier(load->table->generator));
	for (int i = 0; i < load->table->narguments; i++)
		appendStringInfo(&call, "%s$%d", i == 0 ? "" : ", ", i + 1);
	appendStringInfoString(&call, ") AS generated");
	return call.data;
}

Oid *
pk_load_generator_types(const PkLoad *load)
{
	Oid *types = palloc(sizeof(Oid) * load->table->narguments);

	for (int i = 0; i < load->table->narguments; i++)
		types[i] = load->table->arguments[i].type;
	return types;
}

Datum *
pk_load_generator_values(const PkLoad *load, int64 first_row, int64 nrows)
{
	PkSlice slice = {.table = load->table, .params = load->params, .first_row = first_row, .nrows = nrows};
	Datum *values = palloc(sizeof(Datum) * load->table->narguments);

	for (int i = 0; i < load->table->narguments; i++)
		values[i] = load->table->arguments[i].value(&slice);
	return values;
}

/* Whether this is what CREATE TABLE names one of the workload's foreign keys. */
static bool
is_own_foreign_key(const PkTable *table, const char *constraint)
{
	for (int i = 0; i < table->nforeign_keys; i++)
	{
		StringInfoData columns;

		initStringInfo(&columns);
		for (const char *c = table->foreign_keys[i].columns; *c != '\0'; c++)
		{
			if (*c != ' ')
				appendStringInfoChar(&columns, *c == ',' ? '_' : *c);
		}
		if (strcmp(constraint, makeObjectName(table->name, columns.data, "fkey")) == 0)
			return true;
	}
	return false;
}

/* Looks at no catalog, as the transaction is about to be aborted. */
void
pk_load_explain_violation(void *arg)
{
	const PkLoad *load = arg;
	MemoryContext caller;
	ErrorData *error;

	if (geterrcode() != ERRCODE_FOREIGN_KEY_VIOLATION || load->table->nforeign_keys == 0)
		return;
	/* the copy must not be made in ErrorContext */
	caller = MemoryContextSwitchTo(CurTransactionContext);
	error = CopyErrorData();
	MemoryContextSwitchTo(caller);
	if (error->hint == NULL && error->constraint_name != NULL &&
		is_own_foreign_key(load->table, error->constraint_name))
		errhint("The referenced table may hold rows of another random_seed, or rows that keep this seed's out. Pass the random_seed that it was seeded with, empty it with TRUNCATE, or pass another target_schema.");
}

bool
pk_load_is_maintained(Oid relid)
{
	/*
	 * VACUUM and ANALYZE do not wait for other transactions, and can be waited for. The few other
	 * holders of this lock either wait for older transactions, as all commands with CONCURRENTLY
	 * do, or belong to a transaction that may do anything before it ends.
	 */
	const char *query =
		"SELECT FROM pg_catalog.pg_locks l WHERE l.locktype OPERATOR(pg_catalog.=) 'relation' "
		"AND l.database OPERATOR(pg_catalog.=) $1 AND l.relation OPERATOR(pg_catalog.=) $2 "
		"AND l.mode OPERATOR(pg_catalog.=) 'ShareUpdateExclusiveLock' "
		"AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() "
		"AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.pid OPERATOR(pg_catalog.=) l.pid) "
		"AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_analyze a WHERE a.pid OPERATOR(pg_catalog.=) l.pid)";
	Oid types[] = {OIDOID, OIDOID};
	Datum values[] = {ObjectIdGetDatum(MyDatabaseId), ObjectIdGetDatum(relid)};

	/*
	 * A transaction that is just ending releases its locks one after the other: this session may
	 * have been waiting for another one of them. So look again until it would have released all.
	 */
	for (int attempt = 0; attempt < MAINTENANCE_ATTEMPTS; attempt++)
	{
		if (attempt > 0)
			pg_usleep(10000L);
		CHECK_FOR_INTERRUPTS();
		if (pk_own_execute(query, lengthof(types), types, values, 1) != SPI_OK_SELECT)
			elog(ERROR, "\"%s\" failed", query);
		if (SPI_processed == 0)
			return false;
	}
	return true;
}
