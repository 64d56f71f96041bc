/*
 * events.h
 *	  Table events, for workloads whose other tables refer to it.
 *
 * A row of another table knows its event by the event's row number: the facts below are those of
 * the row that the number has in events.
 */
#ifndef PK_WORKLOADS_EVENTS_H
#define PK_WORKLOADS_EVENTS_H

#include "postgres.h"

#include "utils/timestamp.h"

#include "random/counter.h"
#include "random/distribution.h"
#include "seed/workload.h"

/* What PkSeedParams.own points to, or begins with, where events is not the main table. */
typedef struct PkEventsParams
{
	int64 events; /* rows of events */
} PkEventsParams;

extern const PkTable pk_events_table;

/* Concerts are listed one day before the anchor, or up to this many days earlier. */
#define PK_EVENT_LISTED_DAYS 120

typedef struct PkEventFacts
{
	TimestampTz anchor;
	PkStream id;
	PkStream free;
	PkStream price;
	PkStream created;
} PkEventFacts;

/* Raises 22023 for an anchor that events cannot have. */
extern void pk_event_facts_begin(PkEventFacts *facts, const PkSeedParams *params);

/*
 * 150 to 650 SEK in steps of 5, most in the middle; exactly one in five rows is free, and has 0
 * here and NULL in the table.
 */
static inline int32
pk_event_price(const PkEventFacts *facts, uint64 row)
{
	uint64 draw = pk_draw(facts->price, row);

	if (pk_one_in(facts->free, row, 5))
		return 0;
	return 150 + 5 * (int32) (pk_below(draw, 51) + pk_below_low(draw, 51));
}

/* Seconds from the event's listing (its created_at) to the anchor: at least a day's. */
static inline uint32
pk_event_listed(const PkEventFacts *facts, uint64 row)
{
	return SECS_PER_DAY + pk_below(pk_draw(facts->created, row), PK_EVENT_LISTED_DAYS * SECS_PER_DAY);
}

#endif /* PK_WORKLOADS_EVENTS_H */
