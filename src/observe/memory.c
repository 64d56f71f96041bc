/*
 * memory.c
 *	  The memory of the server's processes.
 *
 * Signature:
 *	  perfkit_memory()
 *	      -> SETOF (pid, backend_type, database, role, application_name, state, private_bytes,
 *	         contexts_bytes, unknown_because)
 *
 * Only a backend itself can tell what it has allocated. Of the others, the kernel knows how much
 * memory is theirs alone: on Linux, RssAnon in /proc, which leaves out shared buffers. The runner
 * samples the same number during a load (bench/lib/Perfkit/Observer.pm).
 *
 * Anyone can read /proc on the server's machine, but not through the server. Here the rule is that
 * of pg_stat_activity: a role sees its own processes, and members of pg_read_all_stats see all.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "common/own_statement.h"

PG_FUNCTION_INFO_V1(perfkit_memory);

/* Columns of perfkit_memory(), in order. The query returns those up to COL_STATE and the role. */
enum
{
	COL_PID,
	COL_BACKEND_TYPE,
	COL_DATABASE,
	COL_ROLE,
	COL_APPLICATION_NAME,
	COL_STATE,
	COL_PRIVATE_BYTES,
	COL_CONTEXTS_BYTES,
	COL_UNKNOWN_BECAUSE,
	NUM_COLUMNS
};
#define COL_USERID COL_PRIVATE_BYTES

/* The process's private memory in bytes; false where the kernel does not tell. */
static bool
read_private_bytes(int pid, int64 *bytes)
{
	char path[64];
	char line[256];
	FILE *file;
	bool found = false;
	long kilobytes;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = AllocateFile(path, "r");
	if (file == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = sscanf(line, "RssAnon: %ld kB", &kilobytes) == 1;
	FreeFile(file);
	if (found)
		*bytes = (int64) kilobytes * 1024;
	return found;
}

static void
put_process(HeapTuple tuple, TupleDesc desc, ReturnSetInfo *result)
{
	Datum values[NUM_COLUMNS];
	bool nulls[NUM_COLUMNS];
	const char *reason = NULL;
	int pid;
	int64 bytes;
	bool allowed;

	heap_deform_tuple(tuple, desc, values, nulls);
	pid = DatumGetInt32(values[COL_PID]);
	allowed = pid == MyProcPid || has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
			  (!nulls[COL_USERID] && has_privs_of_role(GetUserId(), DatumGetObjectId(values[COL_USERID])));

	if (!allowed)
		reason = "only members of pg_read_all_stats see the memory of other roles' processes";
	else if (!read_private_bytes(pid, &bytes))
		reason = "the operating system does not show it in /proc";
	nulls[COL_PRIVATE_BYTES] = reason != NULL;
	if (reason == NULL)
		values[COL_PRIVATE_BYTES] = Int64GetDatum(bytes);
	nulls[COL_CONTEXTS_BYTES] = pid != MyProcPid;
	if (pid == MyProcPid)
		values[COL_CONTEXTS_BYTES] = Int64GetDatum((int64) MemoryContextMemAllocated(TopMemoryContext, true));
	nulls[COL_UNKNOWN_BECAUSE] = reason == NULL;
	if (reason != NULL)
		values[COL_UNKNOWN_BECAUSE] = CStringGetTextDatum(reason);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* perfkit_memory() -> SETOF record */
Datum
perfkit_memory(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (pk_own_execute("SELECT a.pid, a.backend_type, a.datname, a.usename, a.application_name, a.state, a.usesysid "
					   "FROM pg_catalog.pg_stat_activity a",
					   0, NULL, NULL, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read pg_stat_activity");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_process(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, result);
	}
	SPI_finish();
	return (Datum) 0;
}
