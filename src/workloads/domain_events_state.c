/*
 * domain_events_state.c
 *	  The other tables of workload "domain_events": aggregates' snapshots and processors' tokens.
 *
 * A snapshot has the number of the event after which it was taken; most numbers have none. So
 * slices of events and of their snapshots have the same bounds. Tokens are state rather than
 * history: they say how far processors have got in a store of so many events, and once stored they
 * are never changed.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "workloads/domain_events.h"
#include "seed/seed.h"

/* ---- aggregate_snapshots ---- */

/* Number of the table in pk_stream(). */
#define SNAPSHOTS_TABLE 4

enum
{
	STREAM_LENGTH,
	STREAM_PAYLOAD
};

enum
{
	COL_TENANT_ID,
	COL_AGGREGATE_ID,
	COL_AGGREGATE_TYPE,
	COL_LAST_SEQUENCE_NUMBER,
	COL_SNAPSHOT_PAYLOAD,
	COL_VERSION,
	COL_TIMESTAMP_UTC,
	NSNAPSHOT_COLUMNS
};

static const PkColumn snapshot_columns[NSNAPSHOT_COLUMNS] = {
	{"tenant_id", "varchar(255)", "NOT NULL", false},
	{"aggregate_id", "varchar(255)", "NOT NULL", false},
	{"aggregate_type", "varchar(255)", "NOT NULL", false},
	{"last_sequence_number", "int8", "NOT NULL", false},
	{"snapshot_payload", "jsonb", "NOT NULL", false},
	{"version", "int8", "NOT NULL", false},
	{"timestamp_utc", "timestamptz", "NOT NULL", false},
};

static const char *const snapshot_constraints[] = {
	"CONSTRAINT aggregate_snapshots_pkey PRIMARY KEY (tenant_id, aggregate_id, last_sequence_number)", NULL};

typedef struct SnapshotsState
{
	PkStore store;
	PkStream lengths;
	PkStream payloads;
} SnapshotsState;

typedef struct SnapshotRoom
{
	char aggregate_id[VARHDRSZ_SHORT + PK_UUID_TEXT];
	char tenant_id[VARHDRSZ_SHORT + PK_TENANT_TEXT];
} SnapshotRoom;

static void *
snapshots_begin(const PkTable *table, const PkSeedParams *params)
{
	SnapshotsState *state = palloc0(sizeof(SnapshotsState));

	pk_store_begin(&state->store, params);
	state->lengths = pk_stream(state->store.seed, SNAPSHOTS_TABLE, STREAM_LENGTH);
	state->payloads = pk_stream(state->store.seed, SNAPSHOTS_TABLE, STREAM_PAYLOAD);
	return state;
}

static int64
snapshots_next(void *opaque, int64 row, int64 end)
{
	SnapshotsState *state = opaque;

	for (; row < end; row++)
	{
		uint32 place = pk_store_enter(&state->store, row);

		if ((state->store.block->sequence[place] + 1) % PK_SNAPSHOT_EVENTS == 0)
			break;
	}
	return row;
}

static void
snapshots_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	SnapshotsState *state = opaque;
	PkStore *store = &state->store;
	uint32 place = pk_store_enter(store, row);
	uint32 stream = store->block->stream[place];
	uint32 sequence = store->block->sequence[place];
	const PkBlockStream *properties = &store->block->streams[stream];
	uint8 type = store->type_of_draw[properties->draw];
	TimestampTz instant = pk_calendar_instant(&store->calendar, row);
	SnapshotRoom *room = palloc(sizeof(SnapshotRoom));
	/*
	 * No wider than events: ANALYZE keeps 30,000 rows in memory, each rounded up to a power of two,
	 * and should need no more for these.
	 */
	uint32 length = 300 + pk_below(pk_draw(state->lengths, row), 600);

	values[COL_TENANT_ID] = pk_store_tenant_id(properties->tenant, room->tenant_id);
	values[COL_AGGREGATE_ID] = pk_store_aggregate_id(store, stream, room->aggregate_id);
	values[COL_AGGREGATE_TYPE] = store->aggregate_types[type];
	values[COL_LAST_SEQUENCE_NUMBER] = Int64GetDatum(sequence);
	/* an aggregate's state has the fields of its creation, and a list of its parts */
	values[COL_SNAPSHOT_PAYLOAD] =
		pk_payload(store->payloads, type, 0, length, pk_store_day(instant), pk_draw(state->payloads, row));
	/* the number of events that it covers */
	values[COL_VERSION] = Int64GetDatum((int64) sequence + 1);
	values[COL_TIMESTAMP_UTC] = TimestampTzGetDatum(instant);
}

const PkTable pk_table_aggregate_snapshots = {
	.name = "aggregate_snapshots",
	.columns = snapshot_columns,
	.ncolumns = NSNAPSHOT_COLUMNS,
	.key = "tenant_id, aggregate_id, last_sequence_number",
	.constraints = snapshot_constraints,
	.generator = "perfkit_generate_aggregate_snapshots",
	.arguments = pk_store_arguments,
	.narguments = PK_STORE_ARGUMENTS,
	.begin = snapshots_begin,
	.next = snapshots_next,
	.row = snapshots_row,
};

/* ---- tracking_tokens ---- */

enum
{
	COL_PROCESSOR_NAME,
	COL_SEGMENT,
	COL_TOKEN_POSITION,
	COL_UPDATED_AT,
	NTOKEN_COLUMNS
};

static const PkColumn token_columns[NTOKEN_COLUMNS] = {
	{"processor_name", "varchar(255)", "NOT NULL", false},
	{"segment", "int4", "NOT NULL", false},
	{"token_position", "int8", "NOT NULL", false},
	{"updated_at", "timestamptz", "NOT NULL", false},
};

static const char *const token_constraints[] = {
	"CONSTRAINT tracking_tokens_pkey PRIMARY KEY (processor_name, segment)", NULL};

/* Two processors that keep up, one that is a tenth behind, and one that has not begun. */
static const struct
{
	const char *name;
	int tenths; /* of the events that it has handled */
} processors[] = {{"account-projection", 10}, {"search-index", 10}, {"reporting", 9}, {"archive", 0}};

#define NSEGMENTS 4
#define NTOKENS ((int) lengthof(processors) * NSEGMENTS)

typedef struct TokensState
{
	int64 nevents;
	TimestampTz anchor;
	Datum names[lengthof(processors)];
} TokensState;

static void *
tokens_begin(const PkTable *table, const PkSeedParams *params)
{
	TokensState *state = palloc(sizeof(TokensState));

	state->nevents = params->nrows;
	state->anchor = params->anchor;
	for (int i = 0; i < lengthof(processors); i++)
		state->names[i] = CStringGetTextDatum(processors[i].name);
	return state;
}

static int64
tokens_count(const PkSeedParams *params)
{
	return params->nrows > 0 ? NTOKENS : 0;
}

static int64
tokens_next(void *opaque, int64 row, int64 end)
{
	return row < NTOKENS ? row : end;
}

static void
tokens_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	const TokensState *state = opaque;
	int processor = (int) row / NSEGMENTS;
	int tenths = processors[processor].tenths;

	values[COL_PROCESSOR_NAME] = state->names[processor];
	values[COL_SEGMENT] = Int32GetDatum((int) row % NSEGMENTS);
	/* global_sequence_id of the last event handled, 0 for none */
	values[COL_TOKEN_POSITION] = Int64GetDatum(state->nevents * tenths / 10);
	values[COL_UPDATED_AT] = TimestampTzGetDatum(state->anchor);
}

static Datum
events_argument(const PkSlice *slice)
{
	return Int64GetDatum(slice->params->nrows);
}

/* Of perfkit_generate_tracking_tokens(). */
static const PkArgument token_arguments[] = {
	{INT8OID, events_argument},
	{INT8OID, pk_slice_nrows},
	{INT8OID, pk_slice_first_row},
	{TIMESTAMPTZOID, pk_slice_anchor},
};

const PkTable pk_table_tracking_tokens = {
	.name = "tracking_tokens",
	.columns = token_columns,
	.ncolumns = NTOKEN_COLUMNS,
	.key = "processor_name, segment",
	.constraints = token_constraints,
	.generator = "perfkit_generate_tracking_tokens",
	.arguments = token_arguments,
	.narguments = lengthof(token_arguments),
	.count = tokens_count,
	.begin = tokens_begin,
	.next = tokens_next,
	.row = tokens_row,
};

PG_FUNCTION_INFO_V1(perfkit_generate_tracking_tokens);

/*
 * perfkit_generate_tracking_tokens(events bigint, n bigint, first_row bigint, ends_at timestamptz)
 * -> SETOF row
 */
Datum
perfkit_generate_tracking_tokens(PG_FUNCTION_ARGS)
{
	PkSeedParams params = {
		.nrows = pk_arg_nrows(fcinfo, 0, "events"),
		.anchor = pk_arg_instant(fcinfo, 3, "ends_at"),
	};
	int64 nrows = pk_arg_nrows(fcinfo, 1, "n");
	int64 first_row = pk_arg_first_row(fcinfo, 2, "first_row", nrows);

	return pk_generate(fcinfo, &pk_table_tracking_tokens, &params, first_row, nrows);
}
