/*
 * marketplace_users.c
 *	  Tables users and sessions of workload "marketplace": logins with real bcrypt hashes.
 *
 * A hash takes milliseconds by design, so 10,000 different ones would take minutes. There are 16
 * passwords and one hash of each, made by pgcrypto when a load begins; logging in costs the same as
 * with hashes that all differ. Their salts are made from the seed, so that rows are the same bytes
 * everywhere.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "common/compat.h"
#include "common/extension.h"
#include "workloads/marketplace.h"

/* Users registered between these numbers of days before the end. */
#define USER_LATEST_DAYS 70
#define USER_OLDEST_DAYS 390

/* Sessions began at most this many days before the end, and are valid for SESSION_DAYS. */
#define SESSION_OLDEST_DAYS 28
#define SESSION_DAYS 14

/* User i's password is "perfkit-<i % PASSWORDS>". */
#define PASSWORDS 16

/* Characters of a salt, of six bits each, but of two bits for the last; and of a whole hash. */
#define SALT_LENGTH 22
#define HASH_LENGTH 60

enum
{
	USER_ID,
	USER_EMAIL,
	USER_PASSWORD_HASH,
	USER_FULL_NAME,
	USER_POSTCODE,
	USER_CREATED_AT,
	USER_COLUMNS
};

static const PkColumn user_columns[USER_COLUMNS] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"email", "text", "NOT NULL UNIQUE", false},
	{"password_hash", "text", "NOT NULL", false},
	{"full_name", "text", "NOT NULL", false},
	{"postcode", "text", "NOT NULL", false},
	{"created_at", "timestamptz", "NOT NULL", false},
};

/* Column numbers in pk_stream() that are no columns. */
#define STREAM_SALT 100

typedef struct UserState
{
	PkStream stream[USER_COLUMNS];
	TimestampTz end;
	Datum hashes[PASSWORDS];
	Datum *postcodes;
} UserState;

/* The hashes that this session made last: the INSERT way of the loader begins for every slice. */
static struct
{
	bool valid;
	int64 random_seed;
	int cost;
	char hash[PASSWORDS][HASH_LENGTH + 1];
} made;

int64
pk_market_users(const PkSeedParams *params)
{
	return ((const PkMarketParams *) params->own)->users;
}

static int64
count_sessions(const PkSeedParams *params)
{
	return (pk_market_users(params) * 3 + 1) / 2;
}

/* Every other user has two sessions. */
static int64
user_of_session(int64 session)
{
	return session * 2 / 3;
}

/* "$2a$08$" and 22 characters, in the alphabet of bcrypt. */
static char *
make_salt(PkStream stream, int password, int cost)
{
	static const char alphabet[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	char salt[SALT_LENGTH + 1];

	for (int i = 0; i < SALT_LENGTH; i++)
	{
		uint32 bits = pk_draw(stream, password * SALT_LENGTH + i) >> 58;

		salt[i] = alphabet[i < SALT_LENGTH - 1 ? bits : bits & 0x30];
	}
	salt[SALT_LENGTH] = '\0';
	return psprintf("$2a$%02d$%s", cost, salt);
}

static void
make_hashes(const PkSeedParams *params)
{
	int cost = ((const PkMarketParams *) params->own)->password_cost;
	Oid types[] = {TEXTOID, TEXTOID};
	/* also where the hashes are there already: whether it works must not depend on the session */
	Oid crypt = pk_extension_function("pgcrypto", "crypt", lengthof(types), types);
	PkStream stream = pk_market_stream(params, PK_MARKET_USERS, STREAM_SALT);

	if (made.valid && made.random_seed == params->random_seed && made.cost == cost)
		return;
	made.valid = false;
	for (int i = 0; i < PASSWORDS; i++)
	{
		Datum password = CStringGetTextDatum(psprintf("perfkit-%d", i));
		Datum salt = CStringGetTextDatum(make_salt(stream, i, cost));
		char *hash;

		CHECK_FOR_INTERRUPTS();
		hash = TextDatumGetCString(OidFunctionCall2(crypt, password, salt));
		if (strlen(hash) != HASH_LENGTH)
			elog(ERROR, "crypt() returned %d characters", (int) strlen(hash));
		strcpy(made.hash[i], hash);
	}
	made.random_seed = params->random_seed;
	made.cost = cost;
	made.valid = true;
}

static void *
users_begin(const PkTable *table, const PkSeedParams *params)
{
	UserState *state = palloc(sizeof(UserState));

	pk_market_check_end(params);
	for (int i = 0; i < USER_COLUMNS; i++)
		state->stream[i] = pk_market_stream(params, PK_MARKET_USERS, i);
	state->end = params->anchor;
	make_hashes(params);
	for (int i = 0; i < PASSWORDS; i++)
		state->hashes[i] = CStringGetTextDatum(made.hash[i]);
	state->postcodes = pk_market_texts(pk_postcodes, PK_POSTCODES);
	return state;
}

static void
users_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	const UserState *state = opaque;
	const PkStream *stream = state->stream;
	uint32 age = USER_LATEST_DAYS * SECS_PER_DAY +
				 pk_below(pk_draw(stream[USER_CREATED_AT], row), (USER_OLDEST_DAYS - USER_LATEST_DAYS) * SECS_PER_DAY);

	values[USER_ID] = pk_market_uuid(stream[USER_ID], row);
	values[USER_EMAIL] = pk_market_numbered("user", row, "@example.com");
	values[USER_PASSWORD_HASH] = state->hashes[row % PASSWORDS];
	values[USER_FULL_NAME] = pk_market_person(pk_draw(stream[USER_FULL_NAME], row));
	values[USER_POSTCODE] = state->postcodes[pk_market_postcode(pk_draw(stream[USER_POSTCODE], row))];
	values[USER_CREATED_AT] = TimestampTzGetDatum(state->end - age * USECS_PER_SEC);
}

static int64
users_identify(void *opaque, const Datum *key)
{
	const UserState *state = opaque;

	return pk_market_uuid_row(state->stream[USER_ID], key[0]);
}

/* ---- sessions ---- */

enum
{
	SESSION_ID,
	SESSION_USER_ID,
	SESSION_TOKEN,
	SESSION_CREATED_AT,
	SESSION_EXPIRES_AT,
	SESSION_COLUMNS
};

static const PkColumn session_columns[SESSION_COLUMNS] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"user_id", "uuid", "NOT NULL", false},
	{"token", "text", "NOT NULL UNIQUE", false},
	{"created_at", "timestamptz", "NOT NULL", false},
	{"expires_at", "timestamptz", "NOT NULL", false},
};

static const PkIndex session_indexes[] = {
	{"idx_sessions_user_id", "btree", "user_id", NULL},
};

static const PkForeignKey session_references[] = {
	{"user_id", "users", "id"},
};

typedef struct SessionState
{
	PkStream stream[SESSION_COLUMNS];
	PkStream user_id;
	TimestampTz end;
} SessionState;

static void *
sessions_begin(const PkTable *table, const PkSeedParams *params)
{
	SessionState *state = palloc(sizeof(SessionState));

	pk_market_check_end(params);
	for (int i = 0; i < SESSION_COLUMNS; i++)
		state->stream[i] = pk_market_stream(params, PK_MARKET_SESSIONS, i);
	state->user_id = pk_market_stream(params, PK_MARKET_USERS, PK_MARKET_ID);
	state->end = params->anchor;
	return state;
}

/* 32 hexadecimal digits; no two rows have the same. */
static Datum
token(PkStream stream, int64 row)
{
	static const char digits[] = "0123456789abcdef";
	PkUuid uuid;
	text *result = palloc(VARHDRSZ + 2 * UUID_LEN);
	char *at = VARDATA(result);

	pk_uuid(stream, row, &uuid);
	SET_VARSIZE(result, VARHDRSZ + 2 * UUID_LEN);
	for (int i = 0; i < UUID_LEN; i++)
	{
		*at++ = digits[uuid.byte[i] >> 4];
		*at++ = digits[uuid.byte[i] & 15];
	}
	return PointerGetDatum(result);
}

static void
sessions_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	const SessionState *state = opaque;
	const PkStream *stream = state->stream;
	uint32 age = pk_below(pk_draw(stream[SESSION_CREATED_AT], row), SESSION_OLDEST_DAYS * SECS_PER_DAY);
	TimestampTz created = state->end - (age + 1) * USECS_PER_SEC;

	values[SESSION_ID] = pk_market_uuid(stream[SESSION_ID], row);
	values[SESSION_USER_ID] = pk_market_uuid(state->user_id, user_of_session(row));
	values[SESSION_TOKEN] = token(stream[SESSION_TOKEN], row);
	values[SESSION_CREATED_AT] = TimestampTzGetDatum(created);
	values[SESSION_EXPIRES_AT] = TimestampTzGetDatum(created + SESSION_DAYS * USECS_PER_DAY);
}

static int64
sessions_identify(void *opaque, const Datum *key)
{
	const SessionState *state = opaque;

	return pk_market_uuid_row(state->stream[SESSION_ID], key[0]);
}

/* ---- descriptions ---- */

static const char *const no_constraints[] = {NULL};

static Datum
cost_argument(const PkSlice *slice)
{
	return Int32GetDatum(((const PkMarketParams *) slice->params->own)->password_cost);
}

/* The last one is that of perfkit_generate_users() only. */
static const PkArgument arguments[] = {
	{INT8OID, pk_slice_nrows},
	{INT8OID, pk_slice_first_row},
	{INT8OID, pk_slice_random_seed},
	{TIMESTAMPTZOID, pk_slice_anchor},
	{INT4OID, cost_argument},
};

const PkTable pk_table_users = {
	.name = "users",
	.columns = user_columns,
	.ncolumns = USER_COLUMNS,
	.key = "id",
	.anchored = "id, created_at",
	.constraints = no_constraints,
	.generator = "perfkit_generate_users",
	.arguments = arguments,
	.narguments = lengthof(arguments),
	.count = pk_market_users,
	.begin = users_begin,
	.row = users_row,
	.identify = users_identify,
};

const PkTable pk_table_sessions = {
	.name = "sessions",
	.columns = session_columns,
	.ncolumns = SESSION_COLUMNS,
	.key = "id",
	.anchored = "id, created_at",
	.constraints = no_constraints,
	.indexes = session_indexes,
	.nindexes = lengthof(session_indexes),
	.foreign_keys = session_references,
	.nforeign_keys = lengthof(session_references),
	.generator = "perfkit_generate_sessions",
	.arguments = arguments,
	.narguments = lengthof(arguments) - 1,
	.count = count_sessions,
	.begin = sessions_begin,
	.row = sessions_row,
	.identify = sessions_identify,
};
