/*
 * marketplace_payments.c
 *	  Tables subscriptions, payments and ledger_entries of workload "marketplace".
 *
 * A subscription is to a program at one of its prices, and is paid once. Every eighth one failed to
 * be paid at first, so that it has two payments. The payment that succeeds activates the
 * subscription, and has three ledger entries, which add up to 0: what the customer owes is what the
 * provider and the marketplace are owed.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "workloads/marketplace.h"

/* Subscriptions began between these numbers of days before the end, after all users registered. */
#define LATEST_DAYS 2
#define OLDEST_DAYS 62

/* Every so many subscriptions, one has two payments. */
#define FAILED_PERIOD 8

/* The marketplace keeps 3 % and 30 cents, rounded half up. */
#define FEE_CENTS(cents) (((cents) *3 + 50) / 100 + 30)

int64
pk_market_subscribers(const PkSeedParams *params)
{
	return Min(pk_market_users(params), (params->nrows + 4) / 5);
}

static int64
count_subscriptions(const PkSeedParams *params)
{
	return (pk_market_subscribers(params) * 5 + 1) / 2;
}

/* Users have three subscriptions and two in turn. */
static int64
user_of_subscription(int64 subscription)
{
	return subscription * 2 / 5;
}

static int64
count_payments(const PkSeedParams *params)
{
	return (count_subscriptions(params) * (FAILED_PERIOD + 1) + FAILED_PERIOD - 1) / FAILED_PERIOD;
}

/* ---- subscriptions, and what payments need to know of them ---- */

typedef enum SubscriptionStatus
{
	INCOMPLETE,
	ACTIVE,
	CANCELLED
} SubscriptionStatus;

static const char *const subscription_statuses[] = {"incomplete", "active", "cancelled"};

typedef enum PaymentStatus
{
	REQUIRES_CONFIRMATION,
	SUCCEEDED,
	FAILED
} PaymentStatus;

static const char *const payment_statuses[] = {"requires_confirmation", "succeeded", "failed"};

/* Streams of subscriptions, and thereby column numbers in pk_stream(): only add at the end. */
typedef enum SubscriptionStream
{
	STREAM_ID = PK_MARKET_ID,
	STREAM_PROGRAM,
	STREAM_PLAN,
	STREAM_STATUS,
	STREAM_CREATED,
	STREAM_TIMING,
	NSTREAMS
} SubscriptionStream;

typedef struct SubscriptionFacts
{
	PkStream stream[NSTREAMS];
	PkProgramFacts programs;
	TimestampTz end;
} SubscriptionFacts;

static void
init_facts(SubscriptionFacts *facts, const PkSeedParams *params)
{
	pk_market_check_end(params);
	for (int i = 0; i < NSTREAMS; i++)
		facts->stream[i] = pk_market_stream(params, PK_MARKET_SUBSCRIPTIONS, i);
	pk_program_facts_init(&facts->programs, params);
	facts->end = params->anchor;
}

/*
 * A program that exists as soon as there are five for each user up to this one. A draft stands back
 * for the program before it, which is none.
 */
static int64
program_of(const SubscriptionFacts *facts, int64 subscription)
{
	uint64 programs = (uint64) user_of_subscription(subscription) * 5 + 1;
	int64 program = (int64) (pk_draw(facts->stream[STREAM_PROGRAM], subscription) % programs);

	return pk_program_status(&facts->programs, program) == PK_PROGRAM_DRAFT ? program - 1 : program;
}

static uint32
plan_of(const SubscriptionFacts *facts, int64 subscription)
{
	return pk_below(pk_draw(facts->stream[STREAM_PLAN], subscription), PK_PLANS);
}

static int64
cents_of(const SubscriptionFacts *facts, int64 subscription)
{
	uint32 price = pk_program_price(&facts->programs, program_of(facts, subscription));

	return pk_plan_cents(price, plan_of(facts, subscription));
}

static SubscriptionStatus
status_of(const SubscriptionFacts *facts, int64 subscription)
{
	uint32 percent = pk_below(pk_draw(facts->stream[STREAM_STATUS], subscription), 100);

	return percent < 80 ? ACTIVE : percent < 90 ? CANCELLED
												: INCOMPLETE;
}

static TimestampTz
created_at(const SubscriptionFacts *facts, int64 subscription)
{
	uint64 draw = pk_draw(facts->stream[STREAM_CREATED], subscription);
	uint32 age = LATEST_DAYS * SECS_PER_DAY + pk_below(draw, (OLDEST_DAYS - LATEST_DAYS) * SECS_PER_DAY);

	return facts->end - age * USECS_PER_SEC;
}

/* When the subscription's last payment was created; a second one follows within minutes. */
static TimestampTz
paid_at(const SubscriptionFacts *facts, int64 subscription)
{
	uint64 draw = pk_draw(facts->stream[STREAM_TIMING], subscription);
	int64 milliseconds = 200 + pk_below(draw, 5000);

	if (subscription % FAILED_PERIOD == 0)
		milliseconds += 60000 + pk_below_low(draw, 600000);
	return created_at(facts, subscription) + milliseconds * 1000;
}

static TimestampTz
confirmed_at(const SubscriptionFacts *facts, int64 subscription)
{
	uint64 draw = pk_draw(facts->stream[STREAM_TIMING], subscription);

	return paid_at(facts, subscription) + (3000 + pk_below_low(draw, 60000)) * INT64CONST(1000);
}

enum
{
	SUB_ID,
	SUB_USER_ID,
	SUB_PROGRAM_ID,
	SUB_PRICE_ID,
	SUB_STATUS,
	SUB_CREATED_AT,
	SUB_ACTIVATED_AT,
	SUB_COLUMNS
};

static const PkColumn subscription_columns[SUB_COLUMNS] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"user_id", "uuid", "NOT NULL", false},
	{"program_id", "uuid", "NOT NULL", false},
	{"price_id", "uuid", "NOT NULL", false},
	{"status", "text", "NOT NULL", false},
	{"created_at", "timestamptz", "NOT NULL", false},
	{"activated_at", "timestamptz", "", true},
};

static const PkIndex subscription_indexes[] = {
	{"idx_subscriptions_user_id", "btree", "user_id", NULL},
	{"idx_subscriptions_program_id", "btree", "program_id", NULL},
	{"idx_subscriptions_price_id", "btree", "price_id", NULL},
};

static const PkForeignKey subscription_references[] = {
	{"user_id", "users", "id"},
	{"program_id", "programs", "id"},
	{"price_id", "prices", "id"},
};

typedef struct SubscriptionState
{
	SubscriptionFacts facts;
	PkStream user_id;
	PkStream program_id;
	PkStream price_id;
	Datum *statuses;
} SubscriptionState;

static void *
subscriptions_begin(const PkTable *table, const PkSeedParams *params)
{
	SubscriptionState *state = palloc(sizeof(SubscriptionState));

	init_facts(&state->facts, params);
	state->user_id = pk_market_stream(params, PK_MARKET_USERS, PK_MARKET_ID);
	state->program_id = pk_market_stream(params, PK_MARKET_PROGRAMS, PK_MARKET_ID);
	state->price_id = pk_market_stream(params, PK_MARKET_PRICES, PK_MARKET_ID);
	state->statuses = pk_market_texts(subscription_statuses, lengthof(subscription_statuses));
	return state;
}

static void
subscriptions_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	const SubscriptionState *state = opaque;
	const SubscriptionFacts *facts = &state->facts;
	int64 program = program_of(facts, row);
	SubscriptionStatus status = status_of(facts, row);

	values[SUB_ID] = pk_market_uuid(facts->stream[STREAM_ID], row);
	values[SUB_USER_ID] = pk_market_uuid(state->user_id, user_of_subscription(row));
	values[SUB_PROGRAM_ID] = pk_market_uuid(state->program_id, program);
	values[SUB_PRICE_ID] = pk_market_uuid(state->price_id, program * PK_PLANS + plan_of(facts, row));
	values[SUB_STATUS] = state->statuses[status];
	values[SUB_CREATED_AT] = TimestampTzGetDatum(created_at(facts, row));
	values[SUB_ACTIVATED_AT] = TimestampTzGetDatum(confirmed_at(facts, row));
	nulls[SUB_ACTIVATED_AT] = status == INCOMPLETE;
}

static int64
subscriptions_identify(void *opaque, const Datum *key)
{
	const SubscriptionState *state = opaque;

	return pk_market_uuid_row(state->facts.stream[STREAM_ID], key[0]);
}

/* ---- payments ---- */

enum
{
	PAY_ID,
	PAY_SUBSCRIPTION_ID,
	PAY_USER_ID,
	PAY_AMOUNT_CENTS,
	PAY_CURRENCY,
	PAY_STATUS,
	PAY_IDEMPOTENCY_KEY,
	PAY_CREATED_AT,
	PAY_CONFIRMED_AT,
	PAY_COLUMNS
};

static const PkColumn payment_columns[PAY_COLUMNS] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"subscription_id", "uuid", "NOT NULL", false},
	{"user_id", "uuid", "NOT NULL", false},
	{"amount_cents", "int8", "NOT NULL", false},
	{"currency", "text", "NOT NULL", false},
	{"status", "text", "NOT NULL", false},
	{"idempotency_key", "text", "NOT NULL UNIQUE", false},
	{"created_at", "timestamptz", "NOT NULL", false},
	{"confirmed_at", "timestamptz", "", true},
};

static const PkIndex payment_indexes[] = {
	{"idx_payments_subscription_id", "btree", "subscription_id", NULL},
	{"idx_payments_user_id", "btree", "user_id", NULL},
};

static const PkForeignKey payment_references[] = {
	{"subscription_id", "subscriptions", "id"},
	{"user_id", "users", "id"},
};

typedef struct PaymentState
{
	SubscriptionFacts facts;
	PkStream id;
	PkStream user_id;
	Datum *statuses;
	Datum currency;
} PaymentState;

/* Payment numbers 9k and 9k + 1 are of subscription 8k, the next seven of one each. */
static int64
subscription_of(int64 payment)
{
	return payment * FAILED_PERIOD / (FAILED_PERIOD + 1);
}

/* Is it the first of two? */
static bool
is_failed_attempt(int64 payment)
{
	return payment % (FAILED_PERIOD + 1) == 0;
}

static PaymentStatus
payment_status(const SubscriptionFacts *facts, int64 payment)
{
	int64 subscription = subscription_of(payment);

	if (is_failed_attempt(payment))
		return FAILED;
	if (status_of(facts, subscription) != INCOMPLETE)
		return SUCCEEDED;
	return (pk_draw(facts->stream[STREAM_STATUS], subscription) & 1) != 0 ? FAILED : REQUIRES_CONFIRMATION;
}

static void *
payments_begin(const PkTable *table, const PkSeedParams *params)
{
	PaymentState *state = palloc(sizeof(PaymentState));

	init_facts(&state->facts, params);
	state->id = pk_market_stream(params, PK_MARKET_PAYMENTS, PK_MARKET_ID);
	state->user_id = pk_market_stream(params, PK_MARKET_USERS, PK_MARKET_ID);
	state->statuses = pk_market_texts(payment_statuses, lengthof(payment_statuses));
	state->currency = CStringGetTextDatum("AUD");
	return state;
}

static void
payments_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	const PaymentState *state = opaque;
	const SubscriptionFacts *facts = &state->facts;
	int64 subscription = subscription_of(row);
	PaymentStatus status = payment_status(facts, row);
	/* a second after the subscription, and before its second payment */
	TimestampTz created =
		is_failed_attempt(row) ? created_at(facts, subscription) + USECS_PER_SEC : paid_at(facts, subscription);

	values[PAY_ID] = pk_market_uuid(state->id, row);
	values[PAY_SUBSCRIPTION_ID] = pk_market_uuid(facts->stream[STREAM_ID], subscription);
	values[PAY_USER_ID] = pk_market_uuid(state->user_id, user_of_subscription(subscription));
	values[PAY_AMOUNT_CENTS] = Int64GetDatum(cents_of(facts, subscription));
	values[PAY_CURRENCY] = state->currency;
	values[PAY_STATUS] = state->statuses[status];
	values[PAY_IDEMPOTENCY_KEY] = pk_market_numbered("seed-", row, "");
	values[PAY_CREATED_AT] = TimestampTzGetDatum(created);
	values[PAY_CONFIRMED_AT] = TimestampTzGetDatum(confirmed_at(facts, subscription));
	nulls[PAY_CONFIRMED_AT] = status != SUCCEEDED;
}

static int64
payments_identify(void *opaque, const Datum *key)
{
	const PaymentState *state = opaque;

	return pk_market_uuid_row(state->id, key[0]);
}

/* ---- ledger entries: numbers 3k to 3k + 2 are of payment k, and have rows if it succeeded ---- */

enum
{
	ENTRY_PAYMENT_ID,
	ENTRY_ACCOUNT,
	ENTRY_AMOUNT_CENTS,
	ENTRY_CREATED_AT,
	ENTRY_COLUMNS
};

static const PkColumn entry_columns[ENTRY_COLUMNS] = {
	{"payment_id", "uuid", "NOT NULL", false},
	{"account", "text", "NOT NULL", false},
	{"amount_cents", "int8", "NOT NULL", false},
	{"created_at", "timestamptz", "NOT NULL", false},
};

static const char *const entry_constraints[] = {"PRIMARY KEY (payment_id, account)", NULL};

static const PkForeignKey entry_references[] = {
	{"payment_id", "payments", "id"},
};

typedef enum Account
{
	CUSTOMER,
	PROVIDER,
	FEES,
	NACCOUNTS
} Account;

static const char *const accounts[NACCOUNTS] = {"customer", "provider", "fees"};

typedef struct EntryState
{
	SubscriptionFacts facts;
	PkStream payment_id;
	Datum *accounts;
} EntryState;

static int64
count_ledger_entries(const PkSeedParams *params)
{
	return count_payments(params) * NACCOUNTS;
}

static void *
entries_begin(const PkTable *table, const PkSeedParams *params)
{
	EntryState *state = palloc(sizeof(EntryState));

	init_facts(&state->facts, params);
	state->payment_id = pk_market_stream(params, PK_MARKET_PAYMENTS, PK_MARKET_ID);
	state->accounts = pk_market_texts(accounts, NACCOUNTS);
	return state;
}

static int64
entries_next(void *opaque, int64 row, int64 end)
{
	const EntryState *state = opaque;

	while (row < end && payment_status(&state->facts, row / NACCOUNTS) != SUCCEEDED)
		row = (row / NACCOUNTS + 1) * NACCOUNTS;
	return Min(row, end);
}

static void
entries_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	const EntryState *state = opaque;
	int64 payment = row / NACCOUNTS;
	Account account = row % NACCOUNTS;
	int64 subscription = subscription_of(payment);
	int64 cents = cents_of(&state->facts, subscription);
	int64 fee = FEE_CENTS(cents);
	int64 amounts[NACCOUNTS] = {cents, -(cents - fee), -fee};

	values[ENTRY_PAYMENT_ID] = pk_market_uuid(state->payment_id, payment);
	values[ENTRY_ACCOUNT] = state->accounts[account];
	values[ENTRY_AMOUNT_CENTS] = Int64GetDatum(amounts[account]);
	values[ENTRY_CREATED_AT] = TimestampTzGetDatum(confirmed_at(&state->facts, subscription));
}

static int64
entries_identify(void *opaque, const Datum *key)
{
	const EntryState *state = opaque;
	int64 payment = pk_market_uuid_row(state->payment_id, key[0]);
	const char *account = TextDatumGetCString(key[1]);

	if (payment < 0 || payment_status(&state->facts, payment) != SUCCEEDED)
		return -1;
	for (int i = 0; i < NACCOUNTS; i++)
	{
		if (strcmp(account, accounts[i]) == 0)
			return payment * NACCOUNTS + i;
	}
	return -1;
}

/* ---- descriptions ---- */

static const char *const no_constraints[] = {NULL};

static const PkArgument arguments[] = {
	{INT8OID, pk_slice_nrows},
	{INT8OID, pk_slice_first_row},
	{INT8OID, pk_slice_random_seed},
	{TIMESTAMPTZOID, pk_slice_anchor},
};

const PkTable pk_table_subscriptions = {
	.name = "subscriptions",
	.columns = subscription_columns,
	.ncolumns = SUB_COLUMNS,
	.key = "id",
	.anchored = "id, created_at",
	.constraints = no_constraints,
	.indexes = subscription_indexes,
	.nindexes = lengthof(subscription_indexes),
	.foreign_keys = subscription_references,
	.nforeign_keys = lengthof(subscription_references),
	.generator = "perfkit_generate_subscriptions",
	.arguments = arguments,
	.narguments = lengthof(arguments),
	.count = count_subscriptions,
	.begin = subscriptions_begin,
	.row = subscriptions_row,
	.identify = subscriptions_identify,
};

const PkTable pk_table_payments = {
	.name = "payments",
	.columns = payment_columns,
	.ncolumns = PAY_COLUMNS,
	.key = "id",
	.anchored = "id, created_at",
	.constraints = no_constraints,
	.indexes = payment_indexes,
	.nindexes = lengthof(payment_indexes),
	.foreign_keys = payment_references,
	.nforeign_keys = lengthof(payment_references),
	.generator = "perfkit_generate_payments",
	.arguments = arguments,
	.narguments = lengthof(arguments),
	.count = count_payments,
	.begin = payments_begin,
	.row = payments_row,
	.identify = payments_identify,
};

const PkTable pk_table_ledger_entries = {
	.name = "ledger_entries",
	.columns = entry_columns,
	.ncolumns = ENTRY_COLUMNS,
	.key = "payment_id, account",
	.anchored = "payment_id, account, created_at",
	.constraints = entry_constraints,
	.foreign_keys = entry_references,
	.nforeign_keys = lengthof(entry_references),
	.generator = "perfkit_generate_ledger_entries",
	.arguments = arguments,
	.narguments = lengthof(arguments),
	.count = count_ledger_entries,
	.begin = entries_begin,
	.next = entries_next,
	.row = entries_row,
	.identify = entries_identify,
};
