/*
 * guard_shared.c
 *	  Findings of the guard, collected from all sessions in shared memory.
 *
 * There is a fixed number of entries of fixed size, so memory is bounded and a finding allocates
 * none. The single lock is held in shared mode to find an entry and count with atomics, and
 * exclusively only to add and remove entries. If all entries are in use, the twentieth of them that
 * has not been seen for the longest time is removed. A restart loses all findings.
 *
 * The text of a statement and the table that it reads are shown to the same users as in
 * pg_stat_statements: the user that ran it, and members of pg_read_all_stats.
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "common/compat.h"
#include "guard/guard_shared.h"
#include "guard/sample.h"

PG_FUNCTION_INFO_V1(perfkit_guard_findings);
PG_FUNCTION_INFO_V1(perfkit_guard_reset);

#define NAME "perfkit guard"
#define SAMPLE_SIZE 1024

/* Must not have padding, since it is hashed and compared as bytes. */
typedef struct PkFindingKey
{
	int64 query_id;
	Oid user;
	Oid database;
	Oid relation;
	uint32 parallel;
} PkFindingKey;

typedef struct PkFinding
{
	PkFindingKey key;
	TimestampTz first_seen;
	pg_atomic_uint64 last_seen;
	pg_atomic_uint64 calls;
	char schema[NAMEDATALEN];
	char table[NAMEDATALEN];
	char sample[SAMPLE_SIZE]; /* of the first call */
	int encoding;			  /* encoding of the database, for the three texts */
} PkFinding;

typedef struct PkGuardShared
{
	LWLock *lock;
} PkGuardShared;

static int guard_max = 1000;
static PkGuardShared *shared = NULL;
static HTAB *findings = NULL;

static shmem_request_hook_type previous_request = NULL;
static shmem_startup_hook_type previous_startup = NULL;

static void
request_memory(void)
{
	if (previous_request)
		previous_request();
	RequestAddinShmemSpace(add_size(MAXALIGN(sizeof(PkGuardShared)), hash_estimate_size(guard_max, sizeof(PkFinding))));
	RequestNamedLWLockTranche(NAME, 1);
}

static void
start_memory(void)
{
	HASHCTL info = {.keysize = sizeof(PkFindingKey), .entrysize = sizeof(PkFinding)};
	bool found;

	if (previous_startup)
		previous_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct(NAME, sizeof(PkGuardShared), &found);
	if (!found)
		shared->lock = &(GetNamedLWLockTranche(NAME))->lock;
	findings = pk_compat_shmem_hash(NAME " findings", guard_max, &info, HASH_ELEM | HASH_BLOBS);
	LWLockRelease(AddinShmemInitLock);
}

void
pk_guard_shared_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	DefineCustomIntVariable("perfkit.guard_max", "Sets the maximum number of findings that perfkit.guard keeps.",
							"If there are more, those not seen for the longest time are dropped.", &guard_max, 1000,
							100, 1000000, PGC_POSTMASTER, 0, NULL, NULL, NULL);
	pk_sample_init();
	previous_request = shmem_request_hook;
	shmem_request_hook = request_memory;
	previous_startup = shmem_startup_hook;
	shmem_startup_hook = start_memory;
}

/* Count one more call of an existing finding. */
static void
count_call(PkFinding *finding, TimestampTz now)
{
	pg_atomic_fetch_add_u64(&finding->calls, 1);
	pg_atomic_write_u64(&finding->last_seen, (uint64) now);
}

static int
compare_last_seen(const void *a, const void *b)
{
	uint64 x = pg_atomic_read_u64(&(*(PkFinding *const *) a)->last_seen);
	uint64 y = pg_atomic_read_u64(&(*(PkFinding *const *) b)->last_seen);

	return x < y ? -1 : x > y;
}

/*
 * Remove the twentieth of all findings that has not been seen for the longest time. The lock is
 * held exclusively.
 */
static void
make_room(void)
{
	PkFinding **all = palloc(guard_max * sizeof(PkFinding *));
	HASH_SEQ_STATUS scan;
	PkFinding *finding;
	int count = 0;

	hash_seq_init(&scan, findings);
	while ((finding = hash_seq_search(&scan)) != NULL && count < guard_max)
		all[count++] = finding;
	if (finding != NULL)
		hash_seq_term(&scan);
	qsort(all, count, sizeof(PkFinding *), compare_last_seen);
	for (int i = 0; i < Max(count / 20, 1) && i < count; i++)
		hash_search(findings, &all[i]->key, HASH_REMOVE, NULL);
	pfree(all);
}

/* Cut at the end of a character. */
static void
copy_sample(PkFinding *finding, const char *text, int length)
{
	length = pg_mbcliplen(text, length, SAMPLE_SIZE - 1);
	memcpy(finding->sample, text, length);
	finding->sample[length] = '\0';
	finding->encoding = GetDatabaseEncoding();
}

void
pk_guard_shared_count(const QueryDesc *desc, Oid relid, bool parallel)
{
	PkFindingKey key = {(int64) desc->plannedstmt->queryId, GetUserId(), MyDatabaseId, relid, parallel};
	TimestampTz now = GetCurrentStatementStartTimestamp();
	char *schema;
	char *table;
	const char *sample;
	int length;
	PkFinding *finding;
	bool found;

	if (shared == NULL)
		return;
	LWLockAcquire(shared->lock, LW_SHARED);
	finding = hash_search(findings, &key, HASH_FIND, NULL);
	if (finding != NULL)
		count_call(finding, now);
	LWLockRelease(shared->lock);
	if (finding != NULL)
		return;

	/* anything that may raise an error must come before the lock */
	table = get_rel_name(relid);
	schema = get_namespace_name_or_temp(get_rel_namespace(relid));
	sample = pk_sample_text(desc, &length);

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	if (hash_get_num_entries(findings) >= guard_max && hash_search(findings, &key, HASH_FIND, NULL) == NULL)
		make_room();
	finding = hash_search(findings, &key, HASH_ENTER_NULL, &found);
	if (finding != NULL && !found)
	{
		finding->first_seen = now;
		pg_atomic_init_u64(&finding->last_seen, 0);
		pg_atomic_init_u64(&finding->calls, 0);
		strlcpy(finding->schema, schema ? schema : "", NAMEDATALEN);
		strlcpy(finding->table, table ? table : "", NAMEDATALEN);
		copy_sample(finding, sample, length);
	}
	if (finding != NULL)
		count_call(finding, now);
	LWLockRelease(shared->lock);
}

static void
require_memory(void)
{
	if (shared == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("findings are collected only when perfkit is loaded via shared_preload_libraries"),
				 errhint("Add perfkit to \"shared_preload_libraries\" in postgresql.conf and restart the server.")));
}

static void
put_finding(const PkFinding *finding, bool visible, ReturnSetInfo *result)
{
	Datum values[9] = {0};
	bool nulls[9] = {0};
	int column = 0;

	nulls[column] = !visible || finding->key.query_id == 0;
	values[column++] = Int64GetDatum(finding->key.query_id);
	values[column++] = ObjectIdGetDatum(finding->key.user);
	values[column++] = ObjectIdGetDatum(finding->key.database);
	nulls[column] = !visible;
	values[column++] =
		visible ? CStringGetTextDatum(quote_qualified_identifier(pk_sample_recode(finding->schema, finding->encoding),
																 pk_sample_recode(finding->table, finding->encoding)))
				: (Datum) 0;
	values[column++] = CStringGetTextDatum(finding->key.parallel ? "Parallel Seq Scan" : "Seq Scan");
	values[column++] = Int64GetDatum((int64) pg_atomic_read_u64(unconstify(pg_atomic_uint64 *, &finding->calls)));
	values[column++] = TimestampTzGetDatum(finding->first_seen);
	values[column++] =
		TimestampTzGetDatum((TimestampTz) pg_atomic_read_u64(unconstify(pg_atomic_uint64 *, &finding->last_seen)));
	values[column++] = CStringGetTextDatum(visible ? pk_sample_recode(finding->sample, finding->encoding)
												   : "<insufficient privilege>");
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* perfkit_guard_findings() -> SETOF record */
Datum
perfkit_guard_findings(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	bool all_visible = has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
	PkFinding *copies;
	HASH_SEQ_STATUS scan;
	PkFinding *finding;
	int count = 0;

	require_memory();
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);

	/* Copy them first, since the rest may be slow. */
	LWLockAcquire(shared->lock, LW_SHARED);
	copies = palloc_extended((hash_get_num_entries(findings) + 1) * sizeof(PkFinding), MCXT_ALLOC_HUGE);
	hash_seq_init(&scan, findings);
	while ((finding = hash_seq_search(&scan)) != NULL)
		copies[count++] = *finding;
	LWLockRelease(shared->lock);

	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_finding(&copies[i], all_visible || copies[i].key.user == GetUserId(), result);
	}
	pfree(copies);
	return (Datum) 0;
}

/* perfkit_guard_reset() -> void */
Datum
perfkit_guard_reset(PG_FUNCTION_ARGS)
{
	HASH_SEQ_STATUS scan;
	PkFinding *finding;

	require_memory();
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	hash_seq_init(&scan, findings);
	while ((finding = hash_seq_search(&scan)) != NULL)
		hash_search(findings, &finding->key, HASH_REMOVE, NULL);
	LWLockRelease(shared->lock);
	PG_RETURN_VOID();
}
