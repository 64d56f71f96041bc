/*
 * domain_events.c
 *	  Workload "domain_events": a multi-tenant event store.
 *
 * The order of events is the order of rows: row i is the event with global_sequence_id i + 1. Its
 * block (random/stream_block.h) determines the stream that it belongs to, the calendar
 * (random/calendar.h) its time, and domain_events_payload.c its payload. So a row depends on its
 * number, the number of tenants, the seed and the end, and not on how many rows are requested.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "seed/seed.h"
#include "workloads/domain_events.h"
#include "workloads/registry.h"

/* Number of the table in pk_stream(); 2 is stream_block.c's. */
#define DOMAIN_EVENTS_TABLE 3

/* Streams, and thereby column numbers in pk_stream(): only add at the end. */
enum
{
	STREAM_EVENT_ID,
	STREAM_AGGREGATE_ID,
	STREAM_CALENDAR,
	STREAM_EVENT_TYPE,
	STREAM_LENGTH_BAND,
	STREAM_LENGTH,
	STREAM_PAYLOAD,
	STREAM_CORRELATION,
	STREAM_USER,
	NSTREAMS
};

enum
{
	COL_GLOBAL_SEQUENCE_ID,
	COL_EVENT_ID,
	COL_STREAM_ID,
	COL_AGGREGATE_ID,
	COL_AGGREGATE_TYPE,
	COL_EXPECTED_VERSION,
	COL_SEQUENCE_NUMBER,
	COL_TENANT_ID,
	COL_EVENT_TYPE,
	COL_PAYLOAD,
	COL_METADATA,
	COL_TIMESTAMP_UTC,
	NCOLUMNS
};

static const PkColumn columns[NCOLUMNS] = {
	{"global_sequence_id", "int8", "PRIMARY KEY", false},
	{"event_id", "uuid", "NOT NULL", false},
	{"stream_id", "varchar(255)", "NOT NULL", false},
	{"aggregate_id", "varchar(255)", "NOT NULL", false},
	{"aggregate_type", "varchar(255)", "NOT NULL", false},
	{"expected_version", "int8", "NOT NULL", false},
	{"sequence_number", "int8", "NOT NULL", false},
	{"tenant_id", "varchar(255)", "NOT NULL", false},
	{"event_type", "varchar(255)", "NOT NULL", false},
	{"payload", "jsonb", "NOT NULL", false},
	{"metadata", "jsonb", "NOT NULL", false},
	{"timestamp_utc", "timestamptz", "NOT NULL", false},
};

static const char *const constraints[] = {
	"CONSTRAINT domain_events_event_id_key UNIQUE (event_id)",
	"CONSTRAINT domain_events_version_key UNIQUE (tenant_id, aggregate_id, sequence_number)",
	NULL,
};

static const PkIndex indexes[] = {
	{"idx_domain_events_stream", "btree", "stream_id, sequence_number", NULL},
	{"idx_domain_events_tenant_type", "btree", "tenant_id, event_type", NULL},
	{"idx_domain_events_tenant_sequence", "btree", "tenant_id, global_sequence_id", NULL},
	{"idx_domain_events_timestamp", "btree", "timestamp_utc", NULL},
};

/* Tenants have few users, who do several things in a row. */
#define TENANT_USERS 50
#define EVENTS_OF_A_CORRELATION 4

/* Payload lengths: of 20 consecutive rows, 14 are small, 5 medium and 1 large. */
#define BAND_ROWS 20
#define SMALL_OF_BAND 14
#define MEDIUM_OF_BAND 5

/* A metadata object's three keys, and its two forms: with a cause and without. */
#define METADATA_KEYS "userIdcausationIdcorrelationId"
#define USER_TEXT 13 /* "user-" and eight hexadecimal digits */

typedef struct Metadata
{
	uint32 count;
	JEntry entries[6];
	char keys[sizeof(METADATA_KEYS) - 1];
	char user[USER_TEXT];
	char ids[2 * PK_UUID_TEXT]; /* the cause's, where there is one, and the correlation's */
} Metadata;

typedef struct EventsState
{
	PkStore store;
	PkStream stream[NSTREAMS];
	Metadata caused;
	Metadata uncaused;
	Datum event_types[PK_AGGREGATE_TYPES][PK_EVENT_TYPES];
	Datum stream_prefixes[PK_AGGREGATE_TYPES]; /* "Order-" */
} EventsState;

/* What a row's Datums point to, in one piece of memory. */
typedef struct RowRoom
{
	pg_uuid_t event_id;
	char aggregate_id[VARHDRSZ_SHORT + PK_UUID_TEXT];
	char tenant_id[VARHDRSZ_SHORT + PK_TENANT_TEXT];
	char stream_id[VARHDRSZ_SHORT + NAMEDATALEN + PK_UUID_TEXT];
	int32 metadata_size;
	Metadata metadata;
} RowRoom;

static void
write_uuid(PkUuid uuid, char *to)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = hex[uuid.byte[i] >> 4];
		*to++ = hex[uuid.byte[i] & 15];
	}
}

Datum
pk_store_aggregate_id(const PkStore *store, uint32 stream, char room[VARHDRSZ_SHORT + PK_UUID_TEXT])
{
	PkUuid uuid;

	pk_uuid(store->aggregate_ids, store->block->number * PK_BLOCK_STREAMS + stream, &uuid);
	SET_VARSIZE_SHORT(room, VARHDRSZ_SHORT + PK_UUID_TEXT);
	write_uuid(uuid, VARDATA_SHORT(room));
	return PointerGetDatum(room);
}

Datum
pk_store_tenant_id(uint32 tenant, char room[VARHDRSZ_SHORT + PK_TENANT_TEXT])
{
	char *text = VARDATA_SHORT(room);
	uint32 number = tenant + 1;
	int ndigits = 4;

	for (uint32 rest = number / 10000; rest > 0; rest /= 10)
		ndigits++;
	memcpy(text, "tenant-", 7);
	for (int i = ndigits; i > 0; i--, number /= 10)
		text[6 + i] = (char) ('0' + number % 10);
	SET_VARSIZE_SHORT(room, VARHDRSZ_SHORT + 7 + ndigits);
	return PointerGetDatum(room);
}

int32
pk_store_day(TimestampTz instant)
{
	return (int32) (instant / USECS_PER_DAY - (instant % USECS_PER_DAY < 0 ? 1 : 0));
}

static uint32
tenants_of(const PkSeedParams *params)
{
	return ((const PkStoreParams *) params->own)->tenants;
}

/*
 * The seed of all of a store's random numbers. A different number of tenants gives a different
 * store: its events must not be taken for this one's.
 */
static uint64
store_seed(const PkSeedParams *params)
{
	return (uint64) params->random_seed ^ pk_mix64(tenants_of(params));
}

void
pk_store_begin(PkStore *store, const PkSeedParams *params)
{
	/* dates in payloads have a four-digit year */
	const TimestampTz earliest = -1999 * INT64CONST(365) * USECS_PER_DAY;
	const TimestampTz latest = 7999 * INT64CONST(365) * USECS_PER_DAY;
	int unit = 0;

	if (params->anchor < earliest || params->anchor > latest)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"ends_at\" is out of range"),
						errdetail("Rows lie in the nine months before it, between the years 1 and 9999."),
						errhint("Pass an instant such as date_trunc('day', now()).")));

	store->seed = store_seed(params);
	store->tenants = tenants_of(params);
	pk_calendar_init(&store->calendar, pk_stream(store->seed, DOMAIN_EVENTS_TABLE, STREAM_CALENDAR), params->anchor);
	store->block = palloc(sizeof(PkStreamBlock));
	store->has_block = false;
	store->aggregate_ids = pk_stream(store->seed, DOMAIN_EVENTS_TABLE, STREAM_AGGREGATE_ID);
	store->payloads = pk_payloads_begin();
	for (int a = 0; a < PK_AGGREGATE_TYPES; a++)
	{
		store->aggregate_types[a] = CStringGetTextDatum(pk_aggregate_types[a].name);
		for (int i = 0; i < pk_aggregate_types[a].weight; i++)
			store->type_of_draw[unit++] = (uint8) a;
	}
	Assert(unit == 256);
}

uint32
pk_store_enter(PkStore *store, int64 row)
{
	uint64 number = (uint64) row / PK_BLOCK_ROWS;

	if (!store->has_block || store->block->number != number)
	{
		pk_stream_block_build(store->block, store->seed, number, store->tenants);
		store->has_block = true;
	}
	return (uint32) ((uint64) row % PK_BLOCK_ROWS);
}

static void
init_metadata(Metadata *metadata, bool caused)
{
	/* a jsonb object: its keys by length, then the values */
	metadata->count = 3 | JB_FOBJECT;
	metadata->entries[0] = JENTRY_ISSTRING | JENTRY_HAS_OFF | strlen("userId");
	metadata->entries[1] = JENTRY_ISSTRING | strlen("causationId");
	metadata->entries[2] = JENTRY_ISSTRING | strlen("correlationId");
	metadata->entries[3] = JENTRY_ISSTRING | USER_TEXT;
	metadata->entries[4] = caused ? JENTRY_ISSTRING | PK_UUID_TEXT : JENTRY_ISNULL;
	metadata->entries[5] = JENTRY_ISSTRING | PK_UUID_TEXT;
	memcpy(metadata->keys, METADATA_KEYS, sizeof(metadata->keys));
	memcpy(metadata->user, "user-", 5);
}

static void *
events_begin(const PkTable *table, const PkSeedParams *params)
{
	EventsState *state = palloc0(sizeof(EventsState));

	pk_store_begin(&state->store, params);
	for (int i = 0; i < NSTREAMS; i++)
		state->stream[i] = pk_stream(state->store.seed, DOMAIN_EVENTS_TABLE, i);
	for (int a = 0; a < PK_AGGREGATE_TYPES; a++)
	{
		state->stream_prefixes[a] = CStringGetTextDatum(psprintf("%s-", pk_aggregate_types[a].name));
		for (int e = 0; e < PK_EVENT_TYPES; e++)
			state->event_types[a][e] = CStringGetTextDatum(pk_aggregate_types[a].events[e].name);
	}
	init_metadata(&state->caused, true);
	init_metadata(&state->uncaused, false);
	return state;
}

/*
 * The length of the row's text. Of any 20 aligned rows, exactly 14 are below 500 characters, 5 from
 * 1 to 5 KB, and 1 from 5 to 10 KB; 7 is coprime to 20, so that neighbors differ. Within the two
 * upper bands, short ones are more frequent, as in real stores.
 */
static uint32
payload_length(const EventsState *state, uint64 row)
{
	uint64 turn = pk_draw(state->stream[STREAM_LENGTH_BAND], row / BAND_ROWS);
	uint32 place = (uint32) ((row % BAND_ROWS * 7 + pk_below(turn, BAND_ROWS)) % BAND_ROWS);
	uint64 draw = pk_draw(state->stream[STREAM_LENGTH], row);

	if (place < SMALL_OF_BAND)
		return 110 + pk_below(draw, 360);
	if (place < SMALL_OF_BAND + MEDIUM_OF_BAND)
		return 1024 + Min(pk_below(draw, 3800), pk_below_low(draw, 3800));
	return 5120 + Min(pk_below(draw, 4500), pk_below_low(draw, 4500));
}

static Datum
event_metadata(const EventsState *state, RowRoom *room, uint64 row, uint32 place)
{
	const PkStreamBlock *block = state->store.block;
	uint32 stream = block->stream[place];
	uint32 sequence = block->sequence[place];
	bool caused = sequence > 0;
	/* a stream has fewer than 1,024 of them */
	uint64 correlation = (block->number * PK_BLOCK_STREAMS + stream) * 1024 + sequence / EVENTS_OF_A_CORRELATION;
	uint64 draw = pk_draw(state->stream[STREAM_USER], correlation);
	uint32 number = block->streams[stream].tenant * TENANT_USERS + pk_below(draw, TENANT_USERS);
	uint32 user = (uint32) pk_permute_bits(state->stream[STREAM_USER].key, number, 32);
	PkUuid uuid;

	room->metadata = caused ? state->caused : state->uncaused;
	for (int i = USER_TEXT - 1; i >= USER_TEXT - 8; i--, user >>= 4)
		room->metadata.user[i] = "0123456789abcdef"[user & 15];
	if (caused)
	{
		pk_uuid(state->stream[STREAM_EVENT_ID], row - place + block->previous[place], &uuid);
		write_uuid(uuid, room->metadata.ids);
	}
	pk_uuid(state->stream[STREAM_CORRELATION], correlation, &uuid);
	write_uuid(uuid, room->metadata.ids + (caused ? PK_UUID_TEXT : 0));
	SET_VARSIZE(&room->metadata_size, VARHDRSZ + offsetof(Metadata, ids) + (caused ? 2 : 1) * PK_UUID_TEXT);
	return PointerGetDatum(&room->metadata_size);
}

static Datum
stream_id(const EventsState *state, RowRoom *room, uint8 type)
{
	struct varlena *prefix = (struct varlena *) DatumGetPointer(state->stream_prefixes[type]);
	Size prefix_length = VARSIZE_ANY_EXHDR(prefix);
	char *to = VARDATA_SHORT(room->stream_id);

	memcpy(to, VARDATA_ANY(prefix), prefix_length);
	memcpy(to + prefix_length, VARDATA_SHORT(room->aggregate_id), PK_UUID_TEXT);
	SET_VARSIZE_SHORT(room->stream_id, VARHDRSZ_SHORT + prefix_length + PK_UUID_TEXT);
	return PointerGetDatum(room->stream_id);
}

static void
events_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	EventsState *state = opaque;
	PkStore *store = &state->store;
	uint32 place = pk_store_enter(store, row);
	uint32 stream = store->block->stream[place];
	const PkBlockStream *properties = &store->block->streams[stream];
	uint32 sequence = store->block->sequence[place];
	uint8 type = store->type_of_draw[properties->draw];
	TimestampTz instant = pk_calendar_instant(&store->calendar, row);
	RowRoom *room = palloc(sizeof(RowRoom));
	uint32 event_type;

	StaticAssertStmt(sizeof(PkUuid) == UUID_LEN, "UUIDs are 16 bytes");
	StaticAssertStmt(offsetof(RowRoom, metadata) == offsetof(RowRoom, metadata_size) + VARHDRSZ,
					 "a varlena follows its header");

	if (sequence == 0)
		event_type = 0;
	else if (properties->finalized && sequence == properties->length - 1)
		event_type = PK_EVENT_TYPES - 1;
	else
		event_type = 1 + pk_below(pk_draw(state->stream[STREAM_EVENT_TYPE], row), PK_EVENT_TYPES - 2);

	pk_uuid(state->stream[STREAM_EVENT_ID], row, (PkUuid *) &room->event_id);

	values[COL_GLOBAL_SEQUENCE_ID] = Int64GetDatum(row + 1);
	values[COL_EVENT_ID] = UUIDPGetDatum(&room->event_id);
	values[COL_AGGREGATE_ID] = pk_store_aggregate_id(store, stream, room->aggregate_id);
	values[COL_STREAM_ID] = stream_id(state, room, type);
	values[COL_AGGREGATE_TYPE] = store->aggregate_types[type];
	/* the version that the writer saw: -1 if there was no stream */
	values[COL_EXPECTED_VERSION] = Int64GetDatum((int64) sequence - 1);
	values[COL_SEQUENCE_NUMBER] = Int64GetDatum(sequence);
	values[COL_TENANT_ID] = pk_store_tenant_id(properties->tenant, room->tenant_id);
	values[COL_EVENT_TYPE] = state->event_types[type][event_type];
	values[COL_PAYLOAD] = pk_payload(store->payloads, type, event_type, payload_length(state, row),
									 pk_store_day(instant), pk_draw(state->stream[STREAM_PAYLOAD], row));
	values[COL_METADATA] = event_metadata(state, room, row, place);
	values[COL_TIMESTAMP_UTC] = TimestampTzGetDatum(instant);
}

/* The row that has this key, if it is one of ours. */
static int64
events_identify(void *opaque, const Datum *key)
{
	const EventsState *state = opaque;
	int64 row = DatumGetInt64(key[0]) - 1;
	PkUuid uuid;

	if (row < 0 || row >= PK_MAX_ROWS)
		return -1;
	pk_uuid(state->stream[STREAM_EVENT_ID], row, &uuid);
	return memcmp(DatumGetUUIDP(key[1])->data, uuid.byte, UUID_LEN) == 0 ? row : -1;
}

/* How many tenants have an event among the first rows. */
static uint32
count_tenants(const PkSeedParams *params)
{
	PkStreamBlock *block = palloc(sizeof(PkStreamBlock));
	uint32 tenants = tenants_of(params);
	uint8 *seen = palloc0(tenants);
	uint32 result = 0;

	for (int64 row = 0; row < params->nrows; row++)
	{
		uint32 place = (uint32) (row % PK_BLOCK_ROWS);
		uint8 *tenant;

		CHECK_FOR_INTERRUPTS();
		if (place == 0)
			pk_stream_block_build(block, store_seed(params), row / PK_BLOCK_ROWS, tenants);
		tenant = &seen[block->streams[block->stream[place]].tenant];
		result += !*tenant;
		*tenant = 1;
	}
	pfree(block);
	pfree(seen);
	return result;
}

/* Reports what so few tenants or rows cannot provide. */
static void
events_remark(const PkSeedParams *params)
{
	uint32 tenants = tenants_of(params);
	uint32 nhot = pk_stream_block_hot_tenants(tenants);

	if (tenants < 5 && params->nrows > 0)
		ereport(NOTICE, (errmsg("%u %s cannot be divided into one fifth and four fifths", tenants,
								tenants == 1 ? "tenant" : "tenants"),
						 tenants == 1 ? errdetail("It owns all events.")
									  : errdetail("%u of them owns four fifths of the events.", nhot)));

	/* a tenant outside the busy fifth has an event at least every 400 rows per tenant */
	if (params->nrows > 0 && params->nrows < (int64) tenants * 512)
	{
		uint32 ntenants = count_tenants(params);

		if (ntenants < tenants)
			ereport(NOTICE, (errmsg("%u of %u tenants have events", ntenants, tenants),
							 errdetail(INT64_FORMAT " events are too few for so many tenants.", params->nrows),
							 errhint("Raise n, or lower tenants.")));
	}
}

static Datum
tenants_argument(const PkSlice *slice)
{
	return Int32GetDatum((int32) tenants_of(slice->params));
}

const PkArgument pk_store_arguments[PK_STORE_ARGUMENTS] = {
	{INT4OID, tenants_argument},
	{INT8OID, pk_slice_nrows},
	{INT8OID, pk_slice_first_row},
	{INT8OID, pk_slice_random_seed},
	{TIMESTAMPTZOID, pk_slice_anchor},
};

static const PkTable events_table = {
	.name = "domain_events",
	.columns = columns,
	.ncolumns = NCOLUMNS,
	.key = "global_sequence_id, event_id",
	.constraints = constraints,
	.indexes = indexes,
	.nindexes = lengthof(indexes),
	.generator = "perfkit_generate_domain_events",
	.arguments = pk_store_arguments,
	.narguments = PK_STORE_ARGUMENTS,
	.serial = "global_sequence_id",
	.whole = true,
	.begin = events_begin,
	.row = events_row,
	.identify = events_identify,
};

static const PkTable *const tables[] = {
	&events_table, &pk_table_aggregate_snapshots, &pk_table_tracking_tokens, NULL};
static const char *const requires[] = {NULL};

const PkWorkload pk_workload_domain_events = {
	.name = "domain_events",
	.description = "a multi-tenant event store: appends, aggregate loads, streaming by token, snapshots",
	.seeder = "perfkit_seed_domain_events",
	.requires = requires,
	.tables = tables,
	.remark = events_remark,
};

static uint32
arg_tenants(FunctionCallInfo fcinfo, int argno)
{
	pk_arg_refuse_null(fcinfo, argno, "tenants", "Leave the argument out to use its default.");
	return (uint32) pk_arg_int32(fcinfo, argno, "tenants", 1, PK_MAX_TENANTS,
								 "Pass the number of tenants that share the store, such as 10.");
}

/* "own" is where the workload's own parameters are put. */
static PkSeedParams
generator_params(FunctionCallInfo fcinfo, PkStoreParams *own)
{
	PkSeedParams params = {
		.own = own,
		.nrows = pk_arg_nrows(fcinfo, 1, "n"),
		.random_seed = pk_arg_random_seed(fcinfo, 3, "random_seed"),
		.anchor = pk_arg_instant(fcinfo, 4, "ends_at"),
	};

	own->tenants = arg_tenants(fcinfo, 0);
	return params;
}

PG_FUNCTION_INFO_V1(perfkit_seed_domain_events);

/*
 * perfkit_seed_domain_events(tenants int, n bigint, random_seed bigint, ends_at timestamptz,
 * target_schema name) -> bigint
 */
Datum
perfkit_seed_domain_events(PG_FUNCTION_ARGS)
{
	PkStoreParams own = {.tenants = arg_tenants(fcinfo, 0)};
	PkSeedParams params = {
		.own = &own,
		.nrows = pk_arg_nrows(fcinfo, 1, "n"),
		.random_seed = pk_arg_random_seed(fcinfo, 2, "random_seed"),
		.anchor = pk_arg_instant(fcinfo, 3, "ends_at"),
	};
	const char *schema = PG_ARGISNULL(4) ? NULL : NameStr(*PG_GETARG_NAME(4));

	PG_RETURN_INT64(pk_seed(fcinfo, &pk_workload_domain_events, &params, schema));
}

PG_FUNCTION_INFO_V1(perfkit_generate_domain_events);

/*
 * perfkit_generate_domain_events(tenants int, n bigint, first_row bigint, random_seed bigint,
 * ends_at timestamptz) -> SETOF row
 */
Datum
perfkit_generate_domain_events(PG_FUNCTION_ARGS)
{
	PkStoreParams own;
	PkSeedParams params = generator_params(fcinfo, &own);
	int64 first_row = pk_arg_first_row(fcinfo, 2, "first_row", params.nrows);

	return pk_generate(fcinfo, &events_table, &params, first_row, params.nrows);
}

PG_FUNCTION_INFO_V1(perfkit_generate_aggregate_snapshots);

/*
 * perfkit_generate_aggregate_snapshots(tenants int, n bigint, first_row bigint, random_seed bigint,
 * ends_at timestamptz) -> SETOF row
 */
Datum
perfkit_generate_aggregate_snapshots(PG_FUNCTION_ARGS)
{
	PkStoreParams own;
	PkSeedParams params = generator_params(fcinfo, &own);
	int64 first_row = pk_arg_first_row(fcinfo, 2, "first_row", params.nrows);

	return pk_generate(fcinfo, &pk_table_aggregate_snapshots, &params, first_row, params.nrows);
}
