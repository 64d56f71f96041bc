/*
 * marketplace_programs.c
 *	  Table programs of workload "marketplace": what is searched for, by place and age.
 *
 * The column location is of PostGIS's type geography. A row's value is made by that type's binary
 * input function from well-known binary, which is a standard, so nothing here depends on how
 * PostGIS stores a point. The generator function gives longitude and latitude instead: it has to
 * exist where PostGIS does not.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "common/extension.h"
#include "workloads/marketplace.h"

/* Programs began between these numbers of days before the end. */
#define LATEST_DAYS 400
#define OLDEST_DAYS 1050

/* See count_providers() in marketplace.c. */
#define BLOCK_PROGRAMS 64
#define BLOCK_PROVIDERS 8

/* How many of a block's programs each of its providers has. */
static const uint8 provider_programs[BLOCK_PROVIDERS] = {24, 12, 8, 6, 5, 4, 3, 2};

/* Well-known binary of a point, as PostGIS extends it by the reference system. */
#define WKB_POINT_WITH_SRID 0x20000001
#define WGS84 4326

/* Columns of the table. The generator's are the same, but for two in place of location. */
enum
{
	COL_ID,
	COL_PROVIDER_ID,
	COL_TITLE,
	COL_DESCRIPTION,
	COL_LOCATION,
	COL_POSTCODE,
	COL_MIN_AGE,
	COL_MAX_AGE,
	COL_PRICE,
	COL_STATUS,
	COL_CREATED_AT,
	NCOLUMNS
};

static const PkColumn columns[NCOLUMNS] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"provider_id", "uuid", "NOT NULL", false},
	{"title", "text", "NOT NULL", false},
	{"description", "text", "NOT NULL", false},
	{"location", "geography(Point,4326)", "NOT NULL", false, "postgis",
	 "%1$s.geography(%1$s.st_setsrid(%1$s.st_makepoint(longitude, latitude), 4326))"},
	{"postcode", "text", "NOT NULL", false},
	{"min_age", "int4", "NOT NULL", false},
	{"max_age", "int4", "NOT NULL", false},
	{"price", "numeric(10,2)", "NOT NULL", false},
	{"status", "text", "NOT NULL", false},
	{"created_at", "timestamptz", "NOT NULL", false},
};

#define COL_LONGITUDE COL_LOCATION
#define COL_LATITUDE (COL_LOCATION + 1)
#define GENERATED_COLUMNS (NCOLUMNS + 1)

static const PkColumn generated_columns[GENERATED_COLUMNS] = {
	{"id", "uuid"},
	{"provider_id", "uuid"},
	{"title", "text"},
	{"description", "text"},
	{"longitude", "float8"},
	{"latitude", "float8"},
	{"postcode", "text"},
	{"min_age", "int4"},
	{"max_age", "int4"},
	{"price", "numeric"},
	{"status", "text"},
	{"created_at", "timestamptz"},
};

static const PkIndex indexes[] = {
	{"idx_programs_location", "gist", "location", NULL},
	{"idx_programs_provider_id", "btree", "provider_id", NULL},
};

static const PkForeignKey references[] = {
	{"provider_id", "providers", "id"},
};

static const char *const statuses[] = {"active", "full", "archived", "draft"};

/* Streams, and thereby column numbers in pk_stream(): only add at the end. */
typedef enum ProgramStream
{
	STREAM_ID = PK_MARKET_ID,
	STREAM_PROVIDER,
	STREAM_TITLE,
	STREAM_DESCRIPTION,
	STREAM_POSTCODE,
	STREAM_PLACE,
	STREAM_SKEW,
	STREAM_AGE,
	STREAM_PRICE,
	STREAM_STATUS,
	STREAM_CREATED,
	NSTREAMS
} ProgramStream;

typedef struct ProgramState
{
	PkStream stream[NSTREAMS];
	PkStream provider_id;
	PkProgramFacts facts;
	uint8 provider_of[BLOCK_PROGRAMS];
	Datum *postcodes;
	TimestampTz end;
	Datum *statuses;
	Datum prices[PK_PRICE_STEPS];

	/* of the table only: what makes a location */
	FmgrInfo receive;
	Oid receive_argument;
	int32 typmod;
	StringInfoData wkb;
} ProgramState;

void
pk_program_facts_init(PkProgramFacts *facts, const PkSeedParams *params)
{
	facts->status = pk_market_stream(params, PK_MARKET_PROGRAMS, STREAM_STATUS);
	facts->price = pk_market_stream(params, PK_MARKET_PROGRAMS, STREAM_PRICE);
}

PkProgramStatus
pk_program_status(const PkProgramFacts *facts, int64 program)
{
	uint32 percent;

	if (program % PK_MARKET_DRAFTS == PK_MARKET_DRAFTS - 1)
		return PK_PROGRAM_DRAFT;
	percent = pk_below(pk_draw(facts->status, program), 100);
	return percent < 86 ? PK_PROGRAM_ACTIVE : percent < 94 ? PK_PROGRAM_FULL
														   : PK_PROGRAM_ARCHIVED;
}

uint32
pk_program_price(const PkProgramFacts *facts, int64 program)
{
	uint64 draw = pk_draw(facts->price, program);

	/* the sum of two: most are in the middle */
	return pk_below(draw, PK_PRICE_STEPS / 2 + 1) + pk_below_low(draw, PK_PRICE_STEPS / 2 + 1);
}

static void *
generated_begin(const PkTable *table, const PkSeedParams *params)
{
	ProgramState *state = palloc0(sizeof(ProgramState));
	int program = 0;

	pk_market_check_end(params);
	for (int i = 0; i < NSTREAMS; i++)
		state->stream[i] = pk_market_stream(params, PK_MARKET_PROGRAMS, i);
	state->provider_id = pk_market_stream(params, PK_MARKET_PROVIDERS, PK_MARKET_ID);
	pk_program_facts_init(&state->facts, params);
	state->end = params->anchor;
	for (int i = 0; i < BLOCK_PROVIDERS; i++)
	{
		for (int j = 0; j < provider_programs[i]; j++)
			state->provider_of[program++] = i;
	}
	Assert(program == BLOCK_PROGRAMS);
	state->postcodes = pk_market_texts(pk_postcodes, PK_POSTCODES);
	state->statuses = pk_market_texts(statuses, lengthof(statuses));
	for (int i = 0; i < PK_PRICE_STEPS; i++)
	{
		int64 cents = PK_PRICE_CENTS(i);
		char *price = psprintf(INT64_FORMAT ".%02d", cents / 100, (int) (cents % 100));

		state->prices[i] = DirectFunctionCall3(numeric_in, CStringGetDatum(price), ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1));
	}
	return state;
}

static void *
programs_begin(const PkTable *table, const PkSeedParams *params)
{
	ProgramState *state = generated_begin(table, params);
	PkColumnType *types = pk_column_types(table);
	PkColumnType type = types[COL_LOCATION];
	Oid distance[] = {type.oid, type.oid, FLOAT8OID, BOOLOID};
	Oid receive;

	/* what the table is for */
	(void) pk_extension_function("postgis", "st_dwithin", lengthof(distance), distance);

	getTypeBinaryInputInfo(type.oid, &receive, &state->receive_argument);
	fmgr_info(receive, &state->receive);
	state->typmod = type.typmod;
	initStringInfo(&state->wkb);
	pfree(types);
	return state;
}

/* Providers of a block of programs are dealt out by a permutation of its own. */
static int64
provider_of(const ProgramState *state, int64 program)
{
	int64 block = program / BLOCK_PROGRAMS;
	uint64 place = pk_permute_bits(pk_draw(state->stream[STREAM_PROVIDER], block), program % BLOCK_PROGRAMS, 6);

	return block * BLOCK_PROVIDERS + state->provider_of[place];
}

static void
generated_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	const ProgramState *state = opaque;
	const PkStream *stream = state->stream;
	uint32 postcode = pk_market_postcode(pk_draw(stream[STREAM_POSTCODE], row));
	PkPlace place = pk_market_place(postcode, pk_draw(stream[STREAM_PLACE], row), pk_draw(stream[STREAM_SKEW], row));
	uint64 title = pk_draw(stream[STREAM_TITLE], row);
	uint64 age = pk_draw(stream[STREAM_AGE], row);
	uint32 group = pk_below(age, PK_AGE_GROUPS);
	/* one in four is for the next group, too */
	uint32 oldest = Min(group + (pk_below_low(age, 4) == 0), PK_AGE_GROUPS - 1);
	uint32 created = LATEST_DAYS * SECS_PER_DAY +
					 pk_below(pk_draw(stream[STREAM_CREATED], row), (OLDEST_DAYS - LATEST_DAYS) * SECS_PER_DAY);

	values[COL_ID] = pk_market_uuid(stream[STREAM_ID], row);
	values[COL_PROVIDER_ID] = pk_market_uuid(state->provider_id, provider_of(state, row));
	values[COL_TITLE] = pk_market_title(title, group);
	values[COL_DESCRIPTION] = pk_market_description(title, pk_draw(stream[STREAM_DESCRIPTION], row));
	values[COL_LONGITUDE] = Float8GetDatum(PK_DEGREES(place.longitude));
	values[COL_LATITUDE] = Float8GetDatum(PK_DEGREES(place.latitude));
	values[COL_POSTCODE + 1] = state->postcodes[postcode];
	values[COL_MIN_AGE + 1] = Int32GetDatum(pk_age_groups[group][0]);
	values[COL_MAX_AGE + 1] = Int32GetDatum(pk_age_groups[oldest][1]);
	values[COL_PRICE + 1] = state->prices[pk_program_price(&state->facts, row)];
	values[COL_STATUS + 1] = state->statuses[pk_program_status(&state->facts, row)];
	values[COL_CREATED_AT + 1] = TimestampTzGetDatum(state->end - created * USECS_PER_SEC);
}

static Datum
location(ProgramState *state, double longitude, double latitude)
{
	resetStringInfo(&state->wkb);
	pq_sendbyte(&state->wkb, 0); /* big-endian */
	pq_sendint32(&state->wkb, WKB_POINT_WITH_SRID);
	pq_sendint32(&state->wkb, WGS84);
	pq_sendfloat8(&state->wkb, longitude);
	pq_sendfloat8(&state->wkb, latitude);
	return ReceiveFunctionCall(&state->receive, &state->wkb, state->receive_argument, state->typmod);
}

static void
programs_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	ProgramState *state = opaque;
	Datum generated[GENERATED_COLUMNS];

	generated_row(state, row, generated, nulls);
	memcpy(values, generated, sizeof(Datum) * COL_LOCATION);
	memcpy(values + COL_LOCATION + 1, generated + COL_LATITUDE + 1, sizeof(Datum) * (NCOLUMNS - COL_LOCATION - 1));
	values[COL_LOCATION] =
		location(state, DatumGetFloat8(generated[COL_LONGITUDE]), DatumGetFloat8(generated[COL_LATITUDE]));
}

static int64
programs_identify(void *opaque, const Datum *key)
{
	const ProgramState *state = opaque;

	return pk_market_uuid_row(state->stream[STREAM_ID], key[0]);
}

static const char *const no_constraints[] = {NULL};

static const PkArgument arguments[] = {
	{INT8OID, pk_slice_nrows},
	{INT8OID, pk_slice_first_row},
	{INT8OID, pk_slice_random_seed},
	{TIMESTAMPTZOID, pk_slice_anchor},
};

const PkTable pk_table_programs = {
	.name = "programs",
	.columns = columns,
	.ncolumns = NCOLUMNS,
	.key = "id",
	.anchored = "id, created_at",
	.constraints = no_constraints,
	.indexes = indexes,
	.nindexes = lengthof(indexes),
	.foreign_keys = references,
	.nforeign_keys = lengthof(references),
	.generator = "perfkit_generate_programs",
	.arguments = arguments,
	.narguments = lengthof(arguments),
	.begin = programs_begin,
	.row = programs_row,
	.identify = programs_identify,
};

const PkTable pk_table_generated_programs = {
	.name = "programs",
	.columns = generated_columns,
	.ncolumns = GENERATED_COLUMNS,
	.begin = generated_begin,
	.row = generated_row,
};
