/*
 * events.c
 *	  Workload "events": a concert-listing API.
 *
 * One table of concerts in Stockholm over the twelve months after the anchor. Everything that
 * repeats (artists, names, venues, times, ticket sources) is made into Datums once, by begin(); a
 * row then costs a few multiplications and two UUIDs.
 *
 * A date is the anchor plus whole days plus a time of day, without any time zone's rules. So rows
 * are the same wherever they are generated, and "time" is the clock of the zone in which the anchor
 * is midnight.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "random/counter.h"
#include "random/distribution.h"
#include "random/words.h"
#include "seed/seed.h"
#include "workloads/events.h"
#include "workloads/registry.h"

/* Number of the table in pk_stream(); distinct over all workloads, never reused. */
#define EVENTS_TABLE 1

/* Streams, and thereby column numbers in pk_stream(): only add at the end. */
typedef enum EventsStream
{
	STREAM_ID,
	STREAM_ARTIST_ORDER,
	STREAM_ARTIST,
	STREAM_NAME_FORM,
	STREAM_VENUE,
	STREAM_DAY,
	STREAM_TIME,
	STREAM_SOURCES,
	STREAM_FREE,
	STREAM_PRICE,
	STREAM_SOURCE_ID,
	STREAM_CREATED,
	STREAM_UPDATED,
	NSTREAMS
} EventsStream;

/* Columns, in table order. */
enum
{
	COL_ID,
	COL_NAME,
	COL_ARTIST,
	COL_VENUE,
	COL_DATE,
	COL_TIME,
	COL_GENRE,
	COL_TICKET_SOURCES,
	COL_PRICE,
	COL_SOURCE_ID,
	COL_SOURCE_PLATFORM,
	COL_CREATED_AT,
	COL_UPDATED_AT,
	NCOLUMNS
};

static const PkColumn columns[NCOLUMNS] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"name", "text", "NOT NULL", false},
	{"artist", "text", "NOT NULL", false},
	{"venue", "text", "NOT NULL", false},
	{"date", "timestamptz", "NOT NULL", false},
	{"time", "text", "NOT NULL", false},
	{"genre", "text", "NOT NULL", false},
	{"ticket_sources", "jsonb", "NOT NULL", false},
	{"price", "int4", "", true},
	{"source_id", "uuid", "NOT NULL", false},
	{"source_platform", "text", "NOT NULL", false},
	{"created_at", "timestamptz", "NOT NULL", false},
	{"updated_at", "timestamptz", "NOT NULL", false},
};

static const char *const constraints[] = {"UNIQUE (source_platform, source_id)", NULL};

static const PkIndex indexes[] = {
	{"date_idx", "btree", "date", NULL},
	{"genre_idx", "btree", "genre", NULL},
	{"venue_idx", "btree", "venue", NULL},
	{"idx_events_date_id", "btree", "date, id", NULL}, /* cursor pagination */
	{"idx_events_artist_trgm", "gin", "artist", "gin_trgm_ops", "pg_trgm"},
	{"idx_events_name_trgm", "gin", "name", "gin_trgm_ops", "pg_trgm"},
};

static const char *const platforms[] = {"ticketmaster", "axs", "dice", "venue-direct"};
#define NPLATFORMS 4
/* ordered choices of one, two and three platforms without repeats: 4 + 12 + 24 */
#define NSOURCE_LISTS 40

/* Concerts start on the half hour from 18:00 to 23:00, most at 19 and 20. */
#define FIRST_START_MINUTE (18 * 60)
#define NSTARTS 11
static const uint16 start_weights[NSTARTS] = {2, 2, 8, 6, 7, 3, 4, 2, 2, 1, 1};

/* Monday to Sunday. */
static const uint16 weekday_weights[7] = {2, 2, 3, 4, 6, 7, 3};
static const uint16 venue_weights[PK_VENUES] = {14, 13, 12, 11, 10, 8, 7, 6, 5, 5, 4, 3, 2};

#define WEEKS 52

typedef struct EventsState
{
	PkEventFacts facts;
	PkStream stream[NSTREAMS];
	TimestampTz second_year; /* the first instant of the calendar year after the anchor's */
	int first_weekday;		 /* of the anchor; 0 is Monday */

	uint32 artist_order[PK_ARTISTS];
	PkChoice artists;
	PkChoice venues;
	PkChoice weekdays;
	PkChoice starts;

	Datum artist[PK_ARTISTS];
	Datum live_name[PK_ARTISTS];
	Datum tour_name[PK_ARTISTS][2]; /* for the anchor's calendar year and the next */
	Datum genre[PK_GENRES];
	Datum venue[PK_VENUES];
	Datum time[NSTARTS];
	Datum platform[NPLATFORMS];
	Datum sources[NSOURCE_LISTS];
	uint8 first_source[NSOURCE_LISTS];
} EventsState;

static void
init_choice(PkChoice *choice, const uint16 *weights, uint32 n)
{
	uint32 total = pk_choice_total(weights, n);

	pk_choice_init(choice, weights, n, palloc(sizeof(uint16) * total));
}

static void
init_names(EventsState *state, int year)
{
	for (uint32 i = 0; i < PK_ARTISTS; i++)
	{
		char artist[PK_ARTIST_MAX];

		pk_artist_name(i, artist);
		state->artist[i] = CStringGetTextDatum(artist);
		state->live_name[i] = CStringGetTextDatum(psprintf("%s Live in Stockholm", artist));
		for (int y = 0; y < 2; y++)
			state->tour_name[i][y] = CStringGetTextDatum(psprintf("%s %d Tour", artist, year + y));
	}
	for (int i = 0; i < PK_GENRES; i++)
		state->genre[i] = CStringGetTextDatum(pk_genres[i]);
	for (int i = 0; i < PK_VENUES; i++)
		state->venue[i] = CStringGetTextDatum(pk_venues[i]);
	for (int i = 0; i < NSTARTS; i++)
	{
		int minute = FIRST_START_MINUTE + 30 * i;

		state->time[i] = CStringGetTextDatum(psprintf("%02d:%02d", minute / 60, minute % 60));
	}
}

/*
 * All lists of one to three platforms: list number c (c < 4), 4 + c (c < 12) and 16 + c (c < 24),
 * where the digits of c in a mixed radix say which of the remaining platforms comes next.
 */
static void
init_sources(EventsState *state)
{
	int list = 0;

	for (int i = 0; i < NPLATFORMS; i++)
		state->platform[i] = CStringGetTextDatum(platforms[i]);
	for (int length = 1; length <= 3; length++)
	{
		int nlists = length == 1 ? 4 : (length == 2 ? 12 : 24);

		for (int c = 0; c < nlists; c++)
		{
			const char *left[NPLATFORMS];
			StringInfoData json;
			int rest = c;

			memcpy(left, platforms, sizeof(left));
			initStringInfo(&json);
			for (int i = 0; i < length; i++)
			{
				int nleft = NPLATFORMS - i;
				int pick = rest % nleft;

				if (i == 0)
					state->first_source[list] = pick;
				appendStringInfo(&json, "%c\"%s\"", i == 0 ? '[' : ',', left[pick]);
				left[pick] = left[nleft - 1];
				rest /= nleft;
			}
			appendStringInfoChar(&json, ']');
			state->sources[list++] =
				DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
		}
	}
	Assert(list == NSOURCE_LISTS);
}

/* Raises 22023 for an anchor that is too early or too late; returns its year. */
static int
check_anchor(TimestampTz anchor)
{
	TimestampTz earliest;
	TimestampTz latest;
	struct pg_tm tm;
	fsec_t fsec;

	if (pg_sub_s64_overflow(anchor, (PK_EVENT_LISTED_DAYS + 1) * USECS_PER_DAY, &earliest) ||
		pg_add_s64_overflow(anchor, 366 * USECS_PER_DAY, &latest) ||
		!IS_VALID_TIMESTAMP(earliest) || !IS_VALID_TIMESTAMP(latest) ||
		timestamp2tm(anchor, NULL, &tm, &fsec, NULL, NULL) != 0 || tm.tm_year < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"starts_at\" is out of range"),
						errdetail("Rows range from %d days before it to 12 months after it, and tours are named after its year, which must be 1 or later.",
								  PK_EVENT_LISTED_DAYS + 1),
						errhint("Pass an instant that leaves room for both, such as date_trunc('day', now()).")));
	return tm.tm_year;
}

void
pk_event_facts_begin(PkEventFacts *facts, const PkSeedParams *params)
{
	(void) check_anchor(params->anchor);
	facts->anchor = params->anchor;
	facts->id = pk_stream((uint64) params->random_seed, EVENTS_TABLE, STREAM_ID);
	facts->free = pk_stream((uint64) params->random_seed, EVENTS_TABLE, STREAM_FREE);
	facts->price = pk_stream((uint64) params->random_seed, EVENTS_TABLE, STREAM_PRICE);
	facts->created = pk_stream((uint64) params->random_seed, EVENTS_TABLE, STREAM_CREATED);
}

static void *
events_begin(const PkTable *table, const PkSeedParams *params)
{
	EventsState *state = palloc0(sizeof(EventsState));
	uint16 artist_weights[PK_ARTISTS];
	int year = check_anchor(params->anchor);
	int64 day;

	pk_event_facts_begin(&state->facts, params);
	for (int i = 0; i < NSTREAMS; i++)
		state->stream[i] = pk_stream((uint64) params->random_seed, EVENTS_TABLE, i);
	state->second_year =
		(int64) (date2j(year + 1, 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;

	/*
	 * day 0 of the timestamp type is 2000-01-01, a Saturday; division must round down before it,
	 * too
	 */
	day = params->anchor / USECS_PER_DAY - (params->anchor % USECS_PER_DAY < 0 ? 1 : 0);
	state->first_weekday = (int) (((day + 5) % 7 + 7) % 7);

	pk_shuffle(state->stream[STREAM_ARTIST_ORDER], PK_ARTISTS, state->artist_order);
	pk_zipf_weights(artist_weights, PK_ARTISTS, 3000, 15);
	init_choice(&state->artists, artist_weights, PK_ARTISTS);
	init_choice(&state->venues, venue_weights, PK_VENUES);
	init_choice(&state->weekdays, weekday_weights, 7);
	init_choice(&state->starts, start_weights, NSTARTS);

	init_names(state, year);
	init_sources(state);
	return state;
}

/*
 * Every other row takes the artists in turn, so that each has a concert within any 1000 rows; the
 * others are chosen by popularity.
 */
static inline uint32
pick_artist(const EventsState *state, uint64 row)
{
	if (row % 2 == 0)
		return state->artist_order[(row / 2) % PK_ARTISTS];
	return pk_choose(&state->artists, pk_draw(state->stream[STREAM_ARTIST], row));
}

static inline int
pick_sources(uint64 draw)
{
	uint32 percent = pk_below(draw, 100);

	if (percent < 30)
		return pk_below_low(draw, 4);
	if (percent < 75)
		return 4 + pk_below_low(draw, 12);
	return 16 + pk_below_low(draw, 24);
}

static inline Datum
uuid_datum(PkStream stream, uint64 row)
{
	pg_uuid_t *uuid = palloc(sizeof(pg_uuid_t));

	StaticAssertStmt(sizeof(PkUuid) == UUID_LEN, "UUIDs are 16 bytes");
	pk_uuid(stream, row, (PkUuid *) uuid);
	return UUIDPGetDatum(uuid);
}

static void
events_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	const EventsState *state = opaque;
	const PkStream *stream = state->stream;
	uint32 artist = pick_artist(state, row);
	uint64 day_draw = pk_draw(stream[STREAM_DAY], row);
	uint32 weekday = pk_choose(&state->weekdays, day_draw);
	uint32 day = pk_below_low(day_draw, WEEKS) * 7 + (weekday + 7 - state->first_weekday) % 7;
	uint32 start = pk_choose(&state->starts, pk_draw(stream[STREAM_TIME], row));
	TimestampTz date =
		state->facts.anchor + day * USECS_PER_DAY + (FIRST_START_MINUTE + 30 * start) * USECS_PER_MINUTE;
	int sources = pick_sources(pk_draw(stream[STREAM_SOURCES], row));
	int32 price = pk_event_price(&state->facts, row);
	/* seconds from listing to the anchor, and the part of them until the last change */
	uint32 listed = pk_event_listed(&state->facts, row);
	uint32 changed = pk_below(pk_draw(stream[STREAM_UPDATED], row), listed);

	values[COL_ID] = uuid_datum(stream[STREAM_ID], row);
	values[COL_NAME] = pk_draw(stream[STREAM_NAME_FORM], row) >> 63
						   ? state->live_name[artist]
						   : state->tour_name[artist][date >= state->second_year];
	values[COL_ARTIST] = state->artist[artist];
	values[COL_VENUE] =
		state->venue[pk_choose(&state->venues, pk_draw(stream[STREAM_VENUE], row))];
	values[COL_DATE] = TimestampTzGetDatum(date);
	values[COL_TIME] = state->time[start];
	values[COL_GENRE] = state->genre[pk_artist_genre(artist)];
	values[COL_TICKET_SOURCES] = state->sources[sources];
	values[COL_PRICE] = Int32GetDatum(price);
	nulls[COL_PRICE] = price == 0;
	values[COL_SOURCE_ID] = uuid_datum(stream[STREAM_SOURCE_ID], row);
	values[COL_SOURCE_PLATFORM] = state->platform[state->first_source[sources]];
	values[COL_CREATED_AT] = TimestampTzGetDatum(state->facts.anchor - listed * USECS_PER_SEC);
	values[COL_UPDATED_AT] = TimestampTzGetDatum(state->facts.anchor - (listed - changed) * USECS_PER_SEC);
}

/* The row that has this id, or -1. */
static int64
events_identify(void *opaque, const Datum *key)
{
	const EventsState *state = opaque;

	return pk_uuid_row(state->stream[STREAM_ID], (const PkUuid *) DatumGetUUIDP(key[0]));
}

/* Of perfkit_generate_events(). */
static const PkArgument arguments[] = {
	{INT8OID, pk_slice_nrows},
	{INT8OID, pk_slice_first_row},
	{INT8OID, pk_slice_random_seed},
	{TIMESTAMPTZOID, pk_slice_anchor},
};

static int64
count_events(const PkSeedParams *params)
{
	return params->own == NULL ? params->nrows : ((const PkEventsParams *) params->own)->events;
}

const PkTable pk_events_table = {
	.name = "events",
	.columns = columns,
	.ncolumns = NCOLUMNS,
	.key = "id",
	.anchored = "id, created_at",
	.identify = events_identify,
	.constraints = constraints,
	.indexes = indexes,
	.nindexes = lengthof(indexes),
	.generator = "perfkit_generate_events",
	.arguments = arguments,
	.narguments = lengthof(arguments),
	.count = count_events,
	.begin = events_begin,
	.row = events_row,
};

static const PkTable *const tables[] = {&pk_events_table, NULL};
static const char *const requires[] = {"pg_trgm", NULL};

const PkWorkload pk_workload_events = {
	.name = "events",
	.description = "a concert-listing API: date, genre and venue filters, trigram search, cursor pagination",
	.seeder = "perfkit_seed_events",
	.requires = requires,
	.tables = tables,
};

PG_FUNCTION_INFO_V1(perfkit_seed_events);

/*
 * perfkit_seed_events(n bigint, random_seed bigint, starts_at timestamptz, target_schema name) ->
 * bigint
 */
Datum
perfkit_seed_events(PG_FUNCTION_ARGS)
{
	PkSeedParams params = {
		.nrows = pk_arg_nrows(fcinfo, 0, "n"),
		.random_seed = pk_arg_random_seed(fcinfo, 1, "random_seed"),
		.anchor = pk_arg_instant(fcinfo, 2, "starts_at"),
	};
	const char *schema = PG_ARGISNULL(3) ? NULL : NameStr(*PG_GETARG_NAME(3));

	PG_RETURN_INT64(pk_seed(fcinfo, &pk_workload_events, &params, schema));
}

PG_FUNCTION_INFO_V1(perfkit_generate_events);

/*
 * perfkit_generate_events(n bigint, first_row bigint, random_seed bigint, starts_at timestamptz) ->
 * SETOF row
 */
Datum
perfkit_generate_events(PG_FUNCTION_ARGS)
{
	PkSeedParams params = {
		.nrows = pk_arg_nrows(fcinfo, 0, "n"),
		.random_seed = pk_arg_random_seed(fcinfo, 2, "random_seed"),
		.anchor = pk_arg_instant(fcinfo, 3, "starts_at"),
	};
	int64 first_row = pk_arg_first_row(fcinfo, 1, "first_row", params.nrows);

	return pk_generate(fcinfo, &pk_events_table, &params, first_row, params.nrows);
}
