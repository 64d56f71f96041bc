/*
 * marketplace.c
 *	  Workload "marketplace": classes for children in Sydney, with geographic search, logins and
 *	  payments. Here are the workload, its SQL functions, and tables providers and prices.
 *
 * Tables need types of PostGIS and hashes of pgcrypto, which perfkit can be installed without. Both
 * are found at run time; see common/extension.h.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "seed/seed.h"
#include "workloads/marketplace.h"
#include "workloads/registry.h"

/*
 * Days before the end: sessions belong to users, subscriptions to users and programs, programs to
 * providers, and in that order the intervals follow each other, so that nothing is older than what
 * it belongs to. Users registered from 390 to 70 days before the end.
 */
#define OLDEST_DAYS 1800
#define PROVIDER_LATEST_DAYS 1100
#define PROVIDER_DAYS (OLDEST_DAYS - PROVIDER_LATEST_DAYS)

/* How far rows reach beyond the end: a session that began just before it is valid for 14 days. */
#define LATEST_DAYS 15

/* Programs, and the providers that they belong to. */
#define BLOCK_PROGRAMS 64
#define BLOCK_PROVIDERS 8

PkStream
pk_market_stream(const PkSeedParams *params, PkMarketTable table, uint32 column)
{
	return pk_stream((uint64) params->random_seed, table, column);
}

void
pk_market_check_end(const PkSeedParams *params)
{
	TimestampTz earliest;
	TimestampTz latest;

	if (pg_sub_s64_overflow(params->anchor, (OLDEST_DAYS + 1) * USECS_PER_DAY, &earliest) ||
		pg_add_s64_overflow(params->anchor, LATEST_DAYS * USECS_PER_DAY, &latest) ||
		!IS_VALID_TIMESTAMP(earliest) || !IS_VALID_TIMESTAMP(latest))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"ends_at\" is out of range"),
						errdetail("Rows range from %d days before it to %d days after it.", OLDEST_DAYS + 1, LATEST_DAYS),
						errhint("Pass an instant that leaves room for both, such as date_trunc('day', now()).")));
}

Datum
pk_market_uuid(PkStream stream, int64 row)
{
	pg_uuid_t *uuid = palloc(sizeof(pg_uuid_t));

	StaticAssertStmt(sizeof(PkUuid) == UUID_LEN, "UUIDs are 16 bytes");
	pk_uuid(stream, (uint64) row, (PkUuid *) uuid);
	return UUIDPGetDatum(uuid);
}

int64
pk_market_uuid_row(PkStream stream, Datum uuid)
{
	return pk_uuid_row(stream, (const PkUuid *) DatumGetUUIDP(uuid));
}

static int64
count_providers(const PkSeedParams *params)
{
	return (params->nrows + BLOCK_PROGRAMS - 1) / BLOCK_PROGRAMS * BLOCK_PROVIDERS;
}

static int64
count_prices(const PkSeedParams *params)
{
	return params->nrows * PK_PLANS;
}

/* ---- providers ---- */

enum
{
	PROVIDER_ID,
	PROVIDER_NAME,
	PROVIDER_EMAIL,
	PROVIDER_POSTCODE,
	PROVIDER_CREATED_AT,
	PROVIDER_COLUMNS
};

static const PkColumn provider_columns[PROVIDER_COLUMNS] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"name", "text", "NOT NULL", false},
	{"email", "text", "NOT NULL", false},
	{"postcode", "text", "NOT NULL", false},
	{"created_at", "timestamptz", "NOT NULL", false},
};

typedef struct ProviderState
{
	PkStream stream[PROVIDER_COLUMNS];
	TimestampTz end;
	Datum *postcodes;
} ProviderState;

static void *
providers_begin(const PkTable *table, const PkSeedParams *params)
{
	ProviderState *state = palloc(sizeof(ProviderState));

	pk_market_check_end(params);
	for (int i = 0; i < PROVIDER_COLUMNS; i++)
		state->stream[i] = pk_market_stream(params, PK_MARKET_PROVIDERS, i);
	state->end = params->anchor;
	state->postcodes = pk_market_texts(pk_postcodes, PK_POSTCODES);
	return state;
}

static void
providers_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	const ProviderState *state = opaque;
	const PkStream *stream = state->stream;
	uint64 draw = pk_draw(stream[PROVIDER_CREATED_AT], row);
	uint32 age = PROVIDER_LATEST_DAYS * SECS_PER_DAY + pk_below(draw, PROVIDER_DAYS * SECS_PER_DAY);

	values[PROVIDER_ID] = pk_market_uuid(stream[PROVIDER_ID], row);
	values[PROVIDER_NAME] = pk_market_provider_name(pk_draw(stream[PROVIDER_NAME], row));
	values[PROVIDER_EMAIL] = pk_market_numbered("provider", row, "@example.com");
	values[PROVIDER_POSTCODE] = state->postcodes[pk_market_postcode(pk_draw(stream[PROVIDER_POSTCODE], row))];
	values[PROVIDER_CREATED_AT] = TimestampTzGetDatum(state->end - age * USECS_PER_SEC);
}

static int64
providers_identify(void *opaque, const Datum *key)
{
	const ProviderState *state = opaque;

	return pk_market_uuid_row(state->stream[PROVIDER_ID], key[0]);
}

/* ---- prices ---- */

enum
{
	PRICE_ID,
	PRICE_PROGRAM_ID,
	PRICE_PLAN,
	PRICE_AMOUNT_CENTS,
	PRICE_CURRENCY,
	PRICE_ACTIVE,
	PRICE_COLUMNS
};

static const PkColumn price_columns[PRICE_COLUMNS] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"program_id", "uuid", "NOT NULL", false},
	{"plan", "text", "NOT NULL", false},
	{"amount_cents", "int8", "NOT NULL", false},
	{"currency", "text", "NOT NULL", false},
	{"active", "bool", "NOT NULL", false},
};

static const PkIndex price_indexes[] = {
	{"idx_prices_program_id", "btree", "program_id", NULL},
};

static const PkForeignKey price_references[] = {
	{"program_id", "programs", "id"},
};

static const char *const plans[PK_PLANS] = {"casual", "monthly", "term"};

typedef struct PriceState
{
	PkStream id;
	PkStream program_id;
	PkProgramFacts facts;
	Datum *plans;
	Datum currency;
} PriceState;

/* What a lesson, a month of four at 10 % less, or a term of ten at 20 % less costs. */
int64
pk_plan_cents(uint32 price_step, uint32 plan)
{
	static const int64 tenths[PK_PLANS] = {10, 36, 80};

	return PK_PRICE_CENTS(price_step) * tenths[plan] / 10;
}

static void *
prices_begin(const PkTable *table, const PkSeedParams *params)
{
	PriceState *state = palloc(sizeof(PriceState));

	pk_market_check_end(params);
	state->id = pk_market_stream(params, PK_MARKET_PRICES, PK_MARKET_ID);
	state->program_id = pk_market_stream(params, PK_MARKET_PROGRAMS, PK_MARKET_ID);
	pk_program_facts_init(&state->facts, params);
	state->plans = pk_market_texts(plans, PK_PLANS);
	state->currency = CStringGetTextDatum("AUD");
	return state;
}

static void
prices_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	const PriceState *state = opaque;
	int64 program = row / PK_PLANS;
	uint32 plan = row % PK_PLANS;

	values[PRICE_ID] = pk_market_uuid(state->id, row);
	values[PRICE_PROGRAM_ID] = pk_market_uuid(state->program_id, program);
	values[PRICE_PLAN] = state->plans[plan];
	values[PRICE_AMOUNT_CENTS] = Int64GetDatum(pk_plan_cents(pk_program_price(&state->facts, program), plan));
	values[PRICE_CURRENCY] = state->currency;
	/* drafts and archived programs are not for sale */
	values[PRICE_ACTIVE] = BoolGetDatum(pk_program_status(&state->facts, program) < PK_PROGRAM_ARCHIVED);
}

static int64
prices_identify(void *opaque, const Datum *key)
{
	const PriceState *state = opaque;

	return pk_market_uuid_row(state->id, key[0]);
}

/* ---- the workload ---- */

static const char *const no_constraints[] = {NULL};

/* Of most generators. */
static const PkArgument arguments[] = {
	{INT8OID, pk_slice_nrows},
	{INT8OID, pk_slice_first_row},
	{INT8OID, pk_slice_random_seed},
	{TIMESTAMPTZOID, pk_slice_anchor},
};

static const PkTable table_providers = {
	.name = "providers",
	.columns = provider_columns,
	.ncolumns = PROVIDER_COLUMNS,
	.key = "id",
	.anchored = "id, created_at",
	.constraints = no_constraints,
	.generator = "perfkit_generate_providers",
	.arguments = arguments,
	.narguments = lengthof(arguments),
	.count = count_providers,
	.begin = providers_begin,
	.row = providers_row,
	.identify = providers_identify,
};

static const PkTable table_prices = {
	.name = "prices",
	.columns = price_columns,
	.ncolumns = PRICE_COLUMNS,
	.key = "id",
	.constraints = no_constraints,
	.indexes = price_indexes,
	.nindexes = lengthof(price_indexes),
	.foreign_keys = price_references,
	.nforeign_keys = lengthof(price_references),
	.generator = "perfkit_generate_prices",
	.arguments = arguments,
	.narguments = lengthof(arguments) - 1,
	.count = count_prices,
	.begin = prices_begin,
	.row = prices_row,
	.identify = prices_identify,
};

static void
market_remark(const PkSeedParams *params)
{
	int64 users = pk_market_users(params);
	int64 subscribers = pk_market_subscribers(params);

	if (subscribers < users)
		ereport(NOTICE, (errmsg(INT64_FORMAT " of " INT64_FORMAT " users have subscriptions", subscribers, users),
						 errdetail("Each user with subscriptions takes five programs, and there are " INT64_FORMAT ".",
								   params->nrows),
						 errhint("Raise programs, or lower users.")));
}

static const PkTable *const tables[] = {&table_providers, &pk_table_programs, &pk_table_users,
										&pk_table_sessions, &table_prices, &pk_table_subscriptions,
										&pk_table_payments, &pk_table_ledger_entries, NULL};
static const char *const requires[] = {"postgis", "pgcrypto", NULL};

const PkWorkload pk_workload_marketplace = {
	.name = "marketplace",
	.description = "classes for children: search by distance, logins checked with bcrypt, payments with a ledger",
	.seeder = "perfkit_seed_marketplace",
	.requires = requires,
	.tables = tables,
	.main = &pk_table_programs,
	.remark = market_remark,
};

/* ---- SQL functions ---- */

static int64
arg_count(FunctionCallInfo fcinfo, int argno, const char *name, const char *hint)
{
	pk_arg_refuse_null(fcinfo, argno, name, "Leave the argument out to use its default.");
	return pk_arg_int64(fcinfo, argno, name, 0, PK_MARKET_MAX, hint);
}

static int
arg_cost(FunctionCallInfo fcinfo, int argno)
{
	return pk_arg_int32(fcinfo, argno, "password_cost", PK_MARKET_MIN_COST, PK_MARKET_MAX_COST,
						"Each step doubles the time that a login takes; the default is 8.");
}

PG_FUNCTION_INFO_V1(perfkit_seed_marketplace);

/*
 * perfkit_seed_marketplace(programs bigint, users bigint, random_seed bigint, target_schema name,
 * password_cost int, ends_at timestamptz) -> bigint
 */
Datum
perfkit_seed_marketplace(PG_FUNCTION_ARGS)
{
	PkMarketParams own = {
		.users = arg_count(fcinfo, 1, "users", "Pass the number of users to make, such as 10000."),
		.password_cost = arg_cost(fcinfo, 4),
	};
	PkSeedParams params = {
		.own = &own,
		.nrows = arg_count(fcinfo, 0, "programs", "Pass the number of programs to make, such as 50000."),
		.random_seed = pk_arg_random_seed(fcinfo, 2, "random_seed"),
		.anchor = pk_arg_instant(fcinfo, 5, "ends_at"),
	};
	const char *schema = PG_ARGISNULL(3) ? NULL : NameStr(*PG_GETARG_NAME(3));

	PG_RETURN_INT64(pk_seed(fcinfo, &pk_workload_marketplace, &params, schema));
}

/*
 * The body of the generators: arguments n, first_row, random_seed, and where they exist ends_at and
 * password_cost.
 */
static Datum
generate(FunctionCallInfo fcinfo, const PkTable *table)
{
	PkMarketParams own = {.password_cost = PG_NARGS() > 4 ? arg_cost(fcinfo, 4) : PK_MARKET_MIN_COST};
	PkSeedParams params = {
		.own = &own,
		.nrows = pk_arg_nrows(fcinfo, 0, "n"),
		.random_seed = pk_arg_random_seed(fcinfo, 2, "random_seed"),
		.anchor = PG_NARGS() > 3 ? pk_arg_instant(fcinfo, 3, "ends_at") : 0,
	};
	int64 first_row = pk_arg_first_row(fcinfo, 1, "first_row", params.nrows);

	return pk_generate(fcinfo, table, &params, first_row, params.nrows);
}

/*
 * perfkit_generate_providers(n bigint, first_row bigint, random_seed bigint, ends_at timestamptz)
 * -> SETOF row, and the others. perfkit_generate_prices(), whose rows have no dates, lacks ends_at;
 * perfkit_generate_users() also takes password_cost int.
 */
#define GENERATOR(function, table)         \
	PG_FUNCTION_INFO_V1(function);         \
	Datum function(PG_FUNCTION_ARGS)       \
	{                                      \
		return generate(fcinfo, &(table)); \
	}                                      \
	extern Datum function(PG_FUNCTION_ARGS)

GENERATOR(perfkit_generate_providers, table_providers);
GENERATOR(perfkit_generate_programs, pk_table_generated_programs);
GENERATOR(perfkit_generate_users, pk_table_users);
GENERATOR(perfkit_generate_sessions, pk_table_sessions);
GENERATOR(perfkit_generate_prices, table_prices);
GENERATOR(perfkit_generate_subscriptions, pk_table_subscriptions);
GENERATOR(perfkit_generate_payments, pk_table_payments);
GENERATOR(perfkit_generate_ledger_entries, pk_table_ledger_entries);
