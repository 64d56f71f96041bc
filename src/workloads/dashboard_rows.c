/*
 * dashboard_rows.c
 *	  The tables of workload "dashboard" beside events: orders, tickets, reservations and scans.
 *
 * A row knows the rows that it refers to by number. The order of a ticket and the ticket of a scan
 * follow from random/sales_block.h. An order's event is drawn by
 * random/hot_items.h: thirteen of twenty orders are for one of the hot events, a tenth of all.
 *
 * Rows depend on their number, the seed, the number of events and the anchor. With another number
 * of events the same order would be for another event, so it has another id: the seed of all
 * streams here contains that number.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "random/counter.h"
#include "random/hot_items.h"
#include "random/sales_block.h"
#include "random/vocabulary.h"
#include "workloads/dashboard.h"
#include "workloads/events.h"

/* Number of these tables in pk_stream(). */
#define DASHBOARD_TABLE 11

/* Streams, and thereby column numbers in pk_stream(): only add at the end. */
typedef enum DashboardStream
{
	STREAM_BLOCK,
	STREAM_HOT_EVENT,
	STREAM_ORDER_TURN,
	STREAM_ORDER_EVENT,
	STREAM_ORDER_ID,
	STREAM_ORDER_CUSTOMER,
	STREAM_ORDER_CREATED,
	STREAM_TICKET_ID,
	STREAM_TICKET_TYPE,
	STREAM_VIP_TURN,
	STREAM_VIP_EVENT,
	STREAM_VIP_ID,
	STREAM_VIP_GUEST,
	STREAM_VIP_STATUS,
	STREAM_VIP_CREATED,
	STREAM_SCAN_ID,
	STREAM_SCAN_GATE,
	STREAM_SCAN_TIME,
	STREAM_SCAN_AGAIN,
	STREAM_SCAN_RESULT,
	NSTREAMS
} DashboardStream;

#define TICKETS_PER_RESERVATION 100

/* The latest sale, and how long before the anchor a ticket's first scan is the latest. */
#define LATEST_SALE SECS_PER_HOUR
#define EARLIEST_SCAN 60
#define LATEST_SCAN 1900
#define LONGEST_UNTIL_AGAIN 1800

/* Ticket types, with their price as a percentage of the event's, and their share. */
static const struct
{
	const char *name;
	int percent;
	int below; /* cumulative, of 100 */
} ticket_types[] = {{"standard", 100, 60}, {"early_bird", 80, 80}, {"student", 70, 92}, {"vip", 250, 100}};
#define NTICKET_TYPES 4
#define VIP_PERCENT 250

static const char *const order_statuses[PK_ORDER_STATUSES] = {"paid", "pending", "cancelled", "refunded"};

typedef enum TicketStatus
{
	TICKET_SOLD,
	TICKET_SCANNED,
	TICKET_RESERVED,
	TICKET_CANCELLED,
	NTICKET_STATUSES
} TicketStatus;
static const char *const ticket_statuses[NTICKET_STATUSES] = {"sold", "scanned", "reserved", "cancelled"};

static const char *const vip_statuses[] = {"requested", "confirmed", "cancelled"};
static const char *const gates[] = {"main", "north", "south", "vip"};

typedef enum ScanResult
{
	SCAN_ADMITTED,
	SCAN_DUPLICATE,
	SCAN_REJECTED,
	NSCAN_RESULTS
} ScanResult;
static const char *const scan_results[NSCAN_RESULTS] = {"admitted", "duplicate", "rejected"};

typedef struct DashboardState
{
	PkEventFacts facts;
	PkStream stream[NSTREAMS];
	PkHotItems events;
	bool has_block;
	PkSalesBlock block; /* the one used last */

	Datum ticket_type[NTICKET_TYPES];
	Datum order_status[PK_ORDER_STATUSES];
	Datum ticket_status[NTICKET_STATUSES];
	Datum vip_status[lengthof(vip_statuses)];
	Datum gate[lengthof(gates)];
	Datum scan_result[NSCAN_RESULTS];
	char *given_name[PK_GIVEN_NAMES]; /* in lower case */
	char *family_name[PK_FAMILY_NAMES];
} DashboardState;

static uint64
dashboard_seed(const PkSeedParams *params)
{
	return (uint64) params->random_seed ^ pk_mix64((uint64) ((const PkEventsParams *) params->own)->events);
}

static void
init_texts(Datum *datums, const char *const *texts, int n)
{
	for (int i = 0; i < n; i++)
		datums[i] = CStringGetTextDatum(texts[i]);
}

static char *
lower_case(const char *name)
{
	char *result = pstrdup(name);

	for (char *at = result; *at != '\0'; at++)
		*at = pg_ascii_tolower((unsigned char) *at);
	return result;
}

static void *
dashboard_begin(const PkTable *table, const PkSeedParams *params)
{
	DashboardState *state = palloc0(sizeof(DashboardState));

	pk_event_facts_begin(&state->facts, params);
	for (int i = 0; i < NSTREAMS; i++)
		state->stream[i] = pk_stream(dashboard_seed(params), DASHBOARD_TABLE, i);
	pk_hot_items_init(&state->events, state->stream[STREAM_HOT_EVENT],
					  (uint32) ((const PkEventsParams *) params->own)->events);
	for (int i = 0; i < NTICKET_TYPES; i++)
		state->ticket_type[i] = CStringGetTextDatum(ticket_types[i].name);
	init_texts(state->order_status, order_statuses, PK_ORDER_STATUSES);
	init_texts(state->ticket_status, ticket_statuses, NTICKET_STATUSES);
	init_texts(state->vip_status, vip_statuses, lengthof(vip_statuses));
	init_texts(state->gate, gates, lengthof(gates));
	init_texts(state->scan_result, scan_results, NSCAN_RESULTS);
	for (int i = 0; i < PK_GIVEN_NAMES; i++)
		state->given_name[i] = lower_case(pk_given_names[i]);
	for (int i = 0; i < PK_FAMILY_NAMES; i++)
		state->family_name[i] = lower_case(pk_family_names[i]);
	return state;
}

/* Makes a block the state's. */
static const PkSalesBlock *
enter_block(DashboardState *state, uint64 number)
{
	if (!state->has_block || state->block.number != number)
	{
		pk_sales_block_build(&state->block, state->stream[STREAM_BLOCK], number);
		state->has_block = true;
	}
	return &state->block;
}

static uint32
event_of_order(const DashboardState *state, uint64 order)
{
	return pk_hot_item(&state->events, state->stream[STREAM_ORDER_TURN], state->stream[STREAM_ORDER_EVENT], order);
}

/* Seconds from a sale to the anchor: after the event was listed. */
static uint32
sold_before(const DashboardState *state, uint64 draw, uint32 event)
{
	return LATEST_SALE + pk_below(draw, pk_event_listed(&state->facts, event) - LATEST_SALE);
}

static TimestampTz
sale_instant(const DashboardState *state, uint64 draw, uint32 event)
{
	return state->facts.anchor - sold_before(state, draw, event) * USECS_PER_SEC + pk_below_low(draw, USECS_PER_SEC);
}

static int
type_of_ticket(const DashboardState *state, uint64 ticket)
{
	uint32 share = pk_below(pk_draw(state->stream[STREAM_TICKET_TYPE], ticket), 100);
	int type = 0;

	while (share >= ticket_types[type].below)
		type++;
	return type;
}

/* In hundredths. */
static int64
price_of_ticket(const DashboardState *state, uint64 ticket, uint32 event)
{
	return (int64) pk_event_price(&state->facts, event) * ticket_types[type_of_ticket(state, ticket)].percent;
}

static Datum
amount_datum(int64 hundredths)
{
	return NumericGetDatum(int64_div_fast_to_numeric(hundredths, 2));
}

static Datum
uuid_datum(PkStream stream, uint64 row)
{
	pg_uuid_t *uuid = palloc(sizeof(pg_uuid_t));

	StaticAssertStmt(sizeof(PkUuid) == UUID_LEN, "UUIDs are 16 bytes");
	pk_uuid(stream, row, (PkUuid *) uuid);
	return UUIDPGetDatum(uuid);
}

static int64
identify_by(const DashboardState *state, DashboardStream ids, Datum key)
{
	return pk_uuid_row(state->stream[ids], (const PkUuid *) DatumGetUUIDP(key));
}

static PkStream
block_stream(const PkSeedParams *params)
{
	return pk_stream(dashboard_seed(params), DASHBOARD_TABLE, STREAM_BLOCK);
}

static Datum
argument_events(const PkSlice *slice)
{
	return Int32GetDatum((int32) ((const PkEventsParams *) slice->params->own)->events);
}

/* Of all four generators. */
static const PkArgument arguments[] = {
	{INT4OID, argument_events},
	{INT8OID, pk_slice_nrows},
	{INT8OID, pk_slice_first_row},
	{INT8OID, pk_slice_random_seed},
	{TIMESTAMPTZOID, pk_slice_anchor},
};

static const char *const no_constraints[] = {NULL};

/* Orders. An order's total is that of all its tickets, also where n cuts it. */

static const PkColumn order_columns[] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"event_id", "uuid", "NOT NULL", false},
	{"customer_email", "text", "NOT NULL", false},
	{"total_amount", "numeric(10,2)", "NOT NULL", false},
	{"status", "text", "NOT NULL", false},
	{"created_at", "timestamptz", "NOT NULL", false},
};

static const PkIndex order_indexes[] = {
	{"idx_orders_event_id", "btree", "event_id", NULL},
	{"idx_orders_event_status_created", "btree", "event_id, status, created_at", NULL},
};

static const PkForeignKey order_keys[] = {{"event_id", "events", "id"}};

static int64
count_orders(const PkSeedParams *params)
{
	return pk_sales_orders(block_stream(params), params->nrows);
}

static Datum
customer_email(const DashboardState *state, uint64 order)
{
	uint64 draw = pk_draw(state->stream[STREAM_ORDER_CUSTOMER], order);

	return CStringGetTextDatum(psprintf("%s.%s%u@example.com", state->given_name[pk_below(draw, PK_GIVEN_NAMES)],
										state->family_name[pk_below_low(draw, PK_FAMILY_NAMES)],
										(uint32) (draw >> 8 & 0xff) % 20));
}

static void
order_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	DashboardState *state = opaque;
	uint64 number = (uint64) row / PK_BLOCK_ORDERS;
	uint32 place = (uint32) ((uint64) row % PK_BLOCK_ORDERS);
	const PkSalesBlock *block = enter_block(state, number);
	uint32 event = event_of_order(state, row);
	int64 total = 0;

	for (uint32 ticket = block->first_ticket[place]; ticket < block->first_ticket[place + 1]; ticket++)
		total += price_of_ticket(state, number * PK_BLOCK_TICKETS + ticket, event);
	values[0] = uuid_datum(state->stream[STREAM_ORDER_ID], row);
	values[1] = uuid_datum(state->facts.id, event);
	values[2] = customer_email(state, row);
	values[3] = amount_datum(total);
	values[4] = state->order_status[block->status[place]];
	values[5] = TimestampTzGetDatum(sale_instant(state, pk_draw(state->stream[STREAM_ORDER_CREATED], row), event));
}

static int64
identify_order(void *state, const Datum *key)
{
	return identify_by(state, STREAM_ORDER_ID, key[0]);
}

const PkTable pk_dashboard_orders = {
	.name = "orders",
	.columns = order_columns,
	.ncolumns = lengthof(order_columns),
	.key = "id",
	.anchored = "id, created_at",
	.constraints = no_constraints,
	.indexes = order_indexes,
	.nindexes = lengthof(order_indexes),
	.foreign_keys = order_keys,
	.nforeign_keys = lengthof(order_keys),
	.generator = "perfkit_generate_orders",
	.arguments = arguments,
	.narguments = lengthof(arguments),
	.count = count_orders,
	.begin = dashboard_begin,
	.row = order_row,
	.identify = identify_order,
};

/* Tickets. */

static const PkColumn ticket_columns[] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"order_id", "uuid", "NOT NULL", false},
	{"event_id", "uuid", "NOT NULL", false},
	{"ticket_type", "text", "NOT NULL", false},
	{"price", "numeric(10,2)", "NOT NULL", false},
	{"status", "text", "NOT NULL", false},
	{"created_at", "timestamptz", "NOT NULL", false},
};

static const PkIndex ticket_indexes[] = {
	{"idx_tickets_event_id", "btree", "event_id", NULL},
	{"idx_tickets_order_id", "btree", "order_id", NULL},
};

static const PkForeignKey ticket_keys[] = {{"order_id", "orders", "id"}, {"event_id", "events", "id"}};

static TicketStatus
status_of_ticket(const PkSalesBlock *block, uint32 place)
{
	switch (block->status[block->order[place]])
	{
		case PK_ORDER_PAID:
			return block->nscans[place] > 0 ? TICKET_SCANNED : TICKET_SOLD;
		case PK_ORDER_PENDING:
			return TICKET_RESERVED;
		default:
			return TICKET_CANCELLED;
	}
}

static void
ticket_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	DashboardState *state = opaque;
	uint64 number = (uint64) row / PK_BLOCK_TICKETS;
	uint32 place = (uint32) ((uint64) row % PK_BLOCK_TICKETS);
	const PkSalesBlock *block = enter_block(state, number);
	uint64 order = number * PK_BLOCK_ORDERS + block->order[place];
	uint32 event = event_of_order(state, order);

	values[0] = uuid_datum(state->stream[STREAM_TICKET_ID], row);
	values[1] = uuid_datum(state->stream[STREAM_ORDER_ID], order);
	values[2] = uuid_datum(state->facts.id, event);
	values[3] = state->ticket_type[type_of_ticket(state, row)];
	values[4] = amount_datum(price_of_ticket(state, row, event));
	values[5] = state->ticket_status[status_of_ticket(block, place)];
	values[6] = TimestampTzGetDatum(sale_instant(state, pk_draw(state->stream[STREAM_ORDER_CREATED], order), event));
}

static int64
identify_ticket(void *state, const Datum *key)
{
	return identify_by(state, STREAM_TICKET_ID, key[0]);
}

const PkTable pk_dashboard_tickets = {
	.name = "tickets",
	.columns = ticket_columns,
	.ncolumns = lengthof(ticket_columns),
	.key = "id",
	.anchored = "id, created_at",
	.constraints = no_constraints,
	.indexes = ticket_indexes,
	.nindexes = lengthof(ticket_indexes),
	.foreign_keys = ticket_keys,
	.nforeign_keys = lengthof(ticket_keys),
	.generator = "perfkit_generate_tickets",
	.arguments = arguments,
	.narguments = lengthof(arguments),
	.begin = dashboard_begin,
	.row = ticket_row,
	.identify = identify_ticket,
};

/* Reservations. */

static const PkColumn vip_columns[] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"event_id", "uuid", "NOT NULL", false},
	{"guest_name", "text", "NOT NULL", false},
	{"guests", "int4", "NOT NULL", false},
	{"status", "text", "NOT NULL", false},
	{"total_price", "numeric(10,2)", "NOT NULL", false},
	{"created_at", "timestamptz", "NOT NULL", false},
};

static const PkIndex vip_indexes[] = {
	{"idx_vip_reservations_event_id", "btree", "event_id", NULL},
};

static const PkForeignKey vip_keys[] = {{"event_id", "events", "id"}};

static int64
count_vip_reservations(const PkSeedParams *params)
{
	return (params->nrows + TICKETS_PER_RESERVATION - 1) / TICKETS_PER_RESERVATION;
}

static void
vip_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	DashboardState *state = opaque;
	uint32 event = pk_hot_item(&state->events, state->stream[STREAM_VIP_TURN], state->stream[STREAM_VIP_EVENT], row);
	uint64 guest = pk_draw(state->stream[STREAM_VIP_GUEST], row);
	uint64 draw = pk_draw(state->stream[STREAM_VIP_STATUS], row);
	uint32 status = pk_below(draw, 20);
	/* parties of 2 to 10 */
	int32 guests = 2 + (int32) Min(pk_below_low(draw, 9), pk_below_low(pk_mix64(draw), 9));

	values[0] = uuid_datum(state->stream[STREAM_VIP_ID], row);
	values[1] = uuid_datum(state->facts.id, event);
	values[2] = CStringGetTextDatum(psprintf("%s %s", pk_given_names[pk_below(guest, PK_GIVEN_NAMES)],
											 pk_family_names[pk_below_low(guest, PK_FAMILY_NAMES)]));
	values[3] = Int32GetDatum(guests);
	values[4] = state->vip_status[status < 4 ? 0 : (status < 17 ? 1 : 2)];
	values[5] = amount_datum((int64) pk_event_price(&state->facts, event) * VIP_PERCENT * guests);
	values[6] = TimestampTzGetDatum(sale_instant(state, pk_draw(state->stream[STREAM_VIP_CREATED], row), event));
}

static int64
identify_vip_reservation(void *state, const Datum *key)
{
	return identify_by(state, STREAM_VIP_ID, key[0]);
}

const PkTable pk_dashboard_vip_reservations = {
	.name = "vip_reservations",
	.columns = vip_columns,
	.ncolumns = lengthof(vip_columns),
	.key = "id",
	.anchored = "id, created_at",
	.constraints = no_constraints,
	.indexes = vip_indexes,
	.nindexes = lengthof(vip_indexes),
	.foreign_keys = vip_keys,
	.nforeign_keys = lengthof(vip_keys),
	.generator = "perfkit_generate_vip_reservations",
	.arguments = arguments,
	.narguments = lengthof(arguments),
	.count = count_vip_reservations,
	.begin = dashboard_begin,
	.row = vip_row,
	.identify = identify_vip_reservation,
};

/* Scans. */

static const PkColumn scan_columns[] = {
	{"id", "uuid", "PRIMARY KEY", false},
	{"ticket_id", "uuid", "NOT NULL", false},
	{"event_id", "uuid", "NOT NULL", false},
	{"gate", "text", "NOT NULL", false},
	{"result", "text", "NOT NULL", false},
	{"scanned_at", "timestamptz", "NOT NULL", false},
};

static const PkIndex scan_indexes[] = {
	{"idx_scan_logs_event_id", "btree", "event_id", NULL},
	{"idx_scan_logs_ticket_id", "btree", "ticket_id", NULL},
};

static const PkForeignKey scan_keys[] = {{"ticket_id", "tickets", "id"}, {"event_id", "events", "id"}};

static int64
count_scan_logs(const PkSeedParams *params)
{
	return pk_sales_scans(block_stream(params), params->nrows);
}

/*
 * After the sale; a second scan comes after the first, and both are before the anchor: the latest
 * sale is an hour before it.
 */
static TimestampTz
scan_instant(const DashboardState *state, uint64 ticket, uint64 order, uint32 event, bool again)
{
	uint64 sale = pk_draw(state->stream[STREAM_ORDER_CREATED], order);
	uint64 draw = pk_draw(state->stream[STREAM_SCAN_TIME], ticket);
	uint32 room = sold_before(state, sale, event) - EARLIEST_SCAN - LATEST_SCAN;
	TimestampTz instant = sale_instant(state, sale, event) + (EARLIEST_SCAN + pk_below(draw, room)) * USECS_PER_SEC;

	if (again)
	{
		draw = pk_draw(state->stream[STREAM_SCAN_AGAIN], ticket);
		instant += (1 + pk_below(draw, LONGEST_UNTIL_AGAIN)) * USECS_PER_SEC;
	}
	return instant;
}

/*
 * A ticket that was scanned twice was first admitted and then met again, or, once in five times,
 * turned away at a wrong gate before it was admitted.
 */
static ScanResult
result_of_scan(const DashboardState *state, const PkSalesBlock *block, uint32 place, uint64 ticket)
{
	bool again = block->again[place];
	bool turned_away = block->nscans[block->scanned[place]] > 1 &&
					   pk_below(pk_draw(state->stream[STREAM_SCAN_RESULT], ticket), 5) == 0;

	if (turned_away)
		return again ? SCAN_ADMITTED : SCAN_REJECTED;
	return again ? SCAN_DUPLICATE : SCAN_ADMITTED;
}

static void
scan_row(void *opaque, int64 row, Datum *values, bool *nulls)
{
	DashboardState *state = opaque;
	uint64 number = (uint64) row / PK_BLOCK_SCANS;
	uint32 place = (uint32) ((uint64) row % PK_BLOCK_SCANS);
	const PkSalesBlock *block = enter_block(state, number);
	uint32 scanned = block->scanned[place];
	uint64 ticket = number * PK_BLOCK_TICKETS + scanned;
	uint64 order = number * PK_BLOCK_ORDERS + block->order[scanned];
	uint32 event = event_of_order(state, order);

	values[0] = uuid_datum(state->stream[STREAM_SCAN_ID], row);
	values[1] = uuid_datum(state->stream[STREAM_TICKET_ID], ticket);
	values[2] = uuid_datum(state->facts.id, event);
	values[3] = state->gate[pk_below(pk_draw(state->stream[STREAM_SCAN_GATE], row), lengthof(gates))];
	values[4] = state->scan_result[result_of_scan(state, block, place, ticket)];
	values[5] = TimestampTzGetDatum(scan_instant(state, ticket, order, event, block->again[place]));
}

static int64
identify_scan(void *state, const Datum *key)
{
	return identify_by(state, STREAM_SCAN_ID, key[0]);
}

const PkTable pk_dashboard_scan_logs = {
	.name = "scan_logs",
	.columns = scan_columns,
	.ncolumns = lengthof(scan_columns),
	.key = "id",
	.anchored = "id, scanned_at",
	.constraints = no_constraints,
	.indexes = scan_indexes,
	.nindexes = lengthof(scan_indexes),
	.foreign_keys = scan_keys,
	.nforeign_keys = lengthof(scan_keys),
	.generator = "perfkit_generate_scan_logs",
	.arguments = arguments,
	.narguments = lengthof(arguments),
	.count = count_scan_logs,
	.begin = dashboard_begin,
	.row = scan_row,
	.identify = identify_scan,
};
