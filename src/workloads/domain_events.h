/*
 * domain_events.h
 *	  What the files of workload "domain_events" share: types of aggregates, payloads, and the
 *	  store.
 */
#ifndef PK_WORKLOADS_DOMAIN_EVENTS_H
#define PK_WORKLOADS_DOMAIN_EVENTS_H

#include "postgres.h"

#include "common/compat.h"
#include "random/calendar.h"
#include "random/counter.h"
#include "random/stream_block.h"
#include "seed/workload.h"

/* ---- domain_events_types.c: what kinds of aggregates there are and what happens to them ---- */

/* What a payload's field holds. */
typedef enum PkFieldKind
{
	PK_FIELD_WORD,
	PK_FIELD_PHRASE, /* three words */
	PK_FIELD_NAME,
	PK_FIELD_CITY,
	PK_FIELD_EMAIL,
	PK_FIELD_CODE,	/* eight letters and digits in two groups */
	PK_FIELD_DATE,	/* up to four weeks after the event */
	PK_FIELD_COUNT, /* 1 to 100 */
	PK_FIELD_PRICE,
	PK_FIELD_FLAG,
	PK_FIELD_LIST, /* of the aggregate's items; set by the payload, not by the tables of types */
	PK_FIELD_TEXT  /* as many words as the payload's length asks for */
} PkFieldKind;

typedef struct PkField
{
	const char *key; /* shorter than PK_TEXT_KEY; NULL ends a list */
	PkFieldKind kind;
} PkField;

/*
 * The key of every payload's free text, which brings the payload up to its length. It is longer
 * than all other keys, since jsonb sorts by length first.
 */
#define PK_TEXT_KEY "description"

#define PK_MAX_FIELDS 6
#define PK_EVENT_TYPES 8 /* of an aggregate: the creation first, the finalization last */

typedef struct PkEventType
{
	const char *name;
	PkField fields[PK_MAX_FIELDS];
} PkEventType;

typedef struct PkAggregateType
{
	const char *name;
	int weight; /* share of the streams, of 256 */
	PkEventType events[PK_EVENT_TYPES];
	const char *list; /* the key of larger payloads' array */
	PkField item[PK_MAX_FIELDS];
} PkAggregateType;

#define PK_AGGREGATE_TYPES 5
extern const PkAggregateType pk_aggregate_types[PK_AGGREGATE_TYPES];

/* ---- domain_events_payload.c: jsonb by type and length ---- */

typedef struct PkPayloads PkPayloads;

/* Prepares all pieces of payloads, in the current memory context. */
extern PkPayloads *pk_payloads_begin(void);

/*
 * The payload of an event: a jsonb Datum in the current memory context. Its text has at least
 * "length" characters (100 to 9,800), and at most 120 more; the 64 random bits determine everything
 * else about it. "day" is the event's, counted from 2000-01-01.
 */
extern Datum pk_payload(PkPayloads *payloads, int aggregate_type, int event_type, uint32 length, int32 day,
						uint64 draw);

/* ---- domain_events.c: the events, and with them the store ---- */

/* The workload's own parameters: PkSeedParams.own. */
typedef struct PkStoreParams
{
	uint32 tenants; /* 1 to PK_MAX_TENANTS */
} PkStoreParams;

/* The arguments of perfkit_generate_domain_events() and perfkit_generate_aggregate_snapshots(). */
#define PK_STORE_ARGUMENTS 5
extern const PkArgument pk_store_arguments[PK_STORE_ARGUMENTS];

/* Enough for any store, and few enough to count which of them have events. */
#define PK_MAX_TENANTS 1000000

/*
 * What is needed to find a row's stream. The block is built when a row is in another one than the
 * last.
 */
typedef struct PkStore
{
	uint64 seed;
	uint32 tenants;
	PkCalendar calendar;
	PkStreamBlock *block;
	bool has_block;
	uint8 type_of_draw[256]; /* aggregate types by PkBlockStream.draw */
	PkStream aggregate_ids;
	PkPayloads *payloads;
	Datum aggregate_types[PK_AGGREGATE_TYPES];
} PkStore;

/*
 * Raises 22023 if the anchor leaves no room for the rows' timestamps. Allocates in the current
 * memory context.
 */
extern void pk_store_begin(PkStore *store, const PkSeedParams *params);

/* Makes store->block the row's block, and returns the row's place in it. */
extern uint32 pk_store_enter(PkStore *store, int64 row);

/* Texts of a stream, as varlena Datums in memory provided by the caller. */
#define PK_UUID_TEXT 36
#define PK_TENANT_TEXT 17 /* "tenant-" and up to ten digits */
extern Datum pk_store_aggregate_id(const PkStore *store, uint32 stream, char room[VARHDRSZ_SHORT + PK_UUID_TEXT]);
extern Datum pk_store_tenant_id(uint32 tenant, char room[VARHDRSZ_SHORT + PK_TENANT_TEXT]);

/* Day of a timestamp, counted from 2000-01-01. */
extern int32 pk_store_day(TimestampTz instant);

/* ---- domain_events_state.c: snapshots and tokens ---- */

extern const PkTable pk_table_aggregate_snapshots;
extern const PkTable pk_table_tracking_tokens;

/* A snapshot is taken after each multiple of this many events of a stream. */
#define PK_SNAPSHOT_EVENTS 100

#endif /* PK_WORKLOADS_DOMAIN_EVENTS_H */
