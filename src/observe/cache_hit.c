/*
 * cache_hit.c
 *	  Asserts the share of blocks found in shared buffers; which relations are in shared buffers.
 *
 * Signatures:
 *	  perfkit_assert_cache_hit(min_rate float8 = 0.9, target_schema name = NULL,
 *	      target_table regclass = NULL, min_reads bigint = 1000) -> void
 *	  perfkit_resident_blocks(wanted boolean) -> SETOF (relation oid, blocks bigint)
 *
 * The numbers are those of perfkit_cache_hit(), which is SQL. The hint says only what was counted:
 * whether the relations fit into shared buffers, and how often the worst table was read as a whole.
 * Which index would read less is for the functions that prove it.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "common/arguments.h"
#include "common/catalog.h"
#include "common/extension.h"
#include "common/own_statement.h"

PG_FUNCTION_INFO_V1(perfkit_assert_cache_hit);
PG_FUNCTION_INFO_V1(perfkit_resident_blocks);

/* How many relations a failed assertion names. */
#define MAX_NAMED 3

/* A relation, or with relid invalid all of them. */
typedef struct PkCounted
{
	Oid relid; /* the table */
	Oid indexid;
	char *kind;
	int64 hits;
	int64 reads;
	int64 bytes;
	int64 scans; /* sequential scans of a table */
} PkCounted;

static int64
read_int64(int row, int column)
{
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static Oid
read_oid(int row, int column)
{
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? InvalidOid : DatumGetObjectId(value);
}

/*
 * All of them first, then those that were read from outside of shared buffers the most. In SPI's
 * memory.
 */
static PkCounted *
read_counters(FunctionCallInfo fcinfo, int *count)
{
	Oid types[2] = {NAMEOID, REGCLASSOID};
	Datum values[2];
	char nulls[2];
	PkCounted *result;
	char *query = psprintf("SELECT h.relation, h.index, h.kind, h.hits, h.reads, h.size_bytes, "
						   "CASE WHEN h.kind OPERATOR(pg_catalog.=) 'table'::pg_catalog.text "
						   "THEN pg_catalog.pg_stat_get_numscans(h.relation::pg_catalog.oid) END "
						   "FROM %s($1, $2, false) h "
						   "ORDER BY h.kind OPERATOR(pg_catalog.=) 'all'::pg_catalog.text DESC, h.reads DESC LIMIT %d",
						   pk_own_name(fcinfo, "perfkit_cache_hit"), MAX_NAMED + 1);

	for (int i = 0; i < 2; i++)
	{
		values[i] = PG_ARGISNULL(i + 1) ? (Datum) 0 : PG_GETARG_DATUM(i + 1);
		nulls[i] = PG_ARGISNULL(i + 1) ? 'n' : ' ';
	}
	if (SPI_execute_with_args(query, 2, types, values, nulls, true, 0) != SPI_OK_SELECT || SPI_processed == 0)
		elog(ERROR, "could not read perfkit_cache_hit()");
	*count = (int) SPI_processed;
	result = palloc0(sizeof(PkCounted) * *count);
	for (int i = 0; i < *count; i++)
	{
		result[i].relid = read_oid(i, 1);
		result[i].indexid = read_oid(i, 2);
		result[i].kind = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 3);
		result[i].hits = read_int64(i, 4);
		result[i].reads = read_int64(i, 5);
		result[i].bytes = read_int64(i, 6);
		result[i].scans = read_int64(i, 7);
	}
	return result;
}

static char *
size_pretty(int64 bytes)
{
	return text_to_cstring(DatumGetTextPP(DirectFunctionCall1(pg_size_pretty, Int64GetDatum(bytes))));
}

/* Such as: index "t_pkey" (0.512: 61 of 125 blocks, 8192 bytes) */
static void
append_relation(StringInfo out, const PkCounted *counted)
{
	char *name = OidIsValid(counted->indexid) ? pk_index_name(counted->indexid) : pk_relation_name(counted->relid);
	const char *whose = strncmp(counted->kind, "toast", 5) == 0 ? " of table" : "";
	int64 blocks = counted->hits + counted->reads;

	appendStringInfo(out, "%s%s \"%s\" (%.3f; " INT64_FORMAT " of " INT64_FORMAT " blocks; %s)", counted->kind, whose, name,
					 (double) counted->hits / blocks, counted->reads, blocks, size_pretty(counted->bytes));
}

static char *
describe_worst(const PkCounted *counted, int count)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "Of " INT64_FORMAT " blocks, " INT64_FORMAT " were not in shared buffers.",
					 counted[0].hits + counted[0].reads, counted[0].reads);
	for (int i = 1; i < count && counted[i].reads > 0; i++)
	{
		appendStringInfoString(&out, i == 1 ? " Most were those of " : ", ");
		append_relation(&out, &counted[i]);
	}
	appendStringInfoChar(&out, '.');
	return out.data;
}

static char *
advise(FunctionCallInfo fcinfo, const PkCounted *counted, int count)
{
	int64 buffers = (int64) NBuffers * BLCKSZ;
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "The relations have %s, and shared_buffers is %s", size_pretty(counted[0].bytes), size_pretty(buffers));
	if (counted[0].bytes > buffers)
		appendStringInfoString(&out, ": make shared_buffers larger, or have statements read less.");
	else
		appendStringInfoString(&out, ", so they fit. To leave out that they were read for the first time, run pg_stat_reset() "
									 "and the load again.");
	for (int i = 1; i < count; i++)
	{
		if (counted[i].scans == 0 || counted[i].reads == 0)
			continue;
		appendStringInfo(&out,
						 " Table \"%s\" was read by " INT64_FORMAT " sequential scans: %s() has the statements, and %s() tells "
						 "what keeps one from an index.",
						 pk_relation_name(counted[i].relid), counted[i].scans, pk_own_name(fcinfo, "perfkit_slow_queries"),
						 pk_own_name(fcinfo, "perfkit_diagnose"));
		break;
	}
	return out.data;
}

/*
 * perfkit_assert_cache_hit(min_rate float8, target_schema name, target_table regclass,
 * min_reads bigint) -> void
 */
Datum
perfkit_assert_cache_hit(PG_FUNCTION_ARGS)
{
	double min_rate = pk_arg_float8(fcinfo, 0, "min_rate", "Pass a share, such as 0.9.");
	int64 min_reads = pk_arg_int64(fcinfo, 3, "min_reads", 1, PG_INT64_MAX, NULL);
	PkCounted *counted;
	int count;
	int64 blocks;

	if (!(min_rate >= 0 && min_rate <= 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"min_rate\" must be between 0 and 1"),
						errdetail("It is %g.", min_rate)));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	counted = read_counters(fcinfo, &count);
	blocks = counted[0].hits + counted[0].reads;
	if (blocks < min_reads)
		ereport(ERROR, (errcode(ERRCODE_ASSERT_FAILURE), errmsg("the cache hit rate cannot be judged"),
						errdetail("Only " INT64_FORMAT " blocks were read, and \"min_reads\" is " INT64_FORMAT ".", blocks, min_reads),
						errhint("Run the load first, or pass a smaller min_reads. Sessions hand in what they counted when they "
								"are idle or end.")));
	if ((double) counted[0].hits / blocks < min_rate)
		ereport(ERROR, (errcode(ERRCODE_ASSERT_FAILURE),
						errmsg("the cache hit rate is %.4f, less than %g", (double) counted[0].hits / blocks, min_rate),
						errdetail_internal("%s", describe_worst(counted, count)),
						errhint("%s", advise(fcinfo, counted, count))));
	SPI_finish();
	PG_RETURN_VOID();
}

/* perfkit_resident_blocks(wanted boolean) -> SETOF (relation oid, blocks bigint) */
Datum
perfkit_resident_blocks(PG_FUNCTION_ARGS)
{
	static const char *const columns[] = {"reldatabase", "reltablespace", "relfilenode", "relforknumber", NULL};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid view;
	Oid types[1] = {OIDOID};
	Datum database[1] = {ObjectIdGetDatum(MyDatabaseId)};
	char *query;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0) || !PG_GETARG_BOOL(0))
		return (Datum) 0;
	view = pk_extension_view("pg_buffercache", "pg_buffercache", columns);
	query = psprintf(
		"SELECT pg_catalog.pg_filenode_relation(f.reltablespace, f.relfilenode)::pg_catalog.oid, f.blocks "
		"FROM (SELECT b.reltablespace, b.relfilenode, pg_catalog.count(*) AS blocks FROM %s b "
		"WHERE b.reldatabase OPERATOR(pg_catalog.=) $1 AND b.relforknumber OPERATOR(pg_catalog.=) 0::pg_catalog.int2 "
		"GROUP BY b.reltablespace, b.relfilenode) f",
		quote_qualified_identifier(get_namespace_name(get_rel_namespace(view)), "pg_buffercache"));

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (pk_own_execute(query, 1, types, database, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read pg_buffercache");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum values[2];
		bool nulls[2];

		CHECK_FOR_INTERRUPTS();
		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, values, nulls);
		if (!nulls[0]) /* of a table that was dropped or rewritten */
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}
