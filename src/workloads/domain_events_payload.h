/*
 * domain_events_payload.h
 *	  The pieces of payloads; private to domain_events_payload.c and domain_events_pieces.c.
 */
#ifndef PK_WORKLOADS_DOMAIN_EVENTS_PAYLOAD_H
#define PK_WORKLOADS_DOMAIN_EVENTS_PAYLOAD_H

#include "random/pglz.h"
#include "random/vocabulary.h"
#include "workloads/domain_events.h"

/*
 * Room for a container: the longest text, at most as many bytes of headers, and the excess of
 * words, which are copied whole.
 */
#define MAX_PAYLOAD 20000
#define MAX_MATCHES 8000
#define MAX_ITEMS 200

#define NCOUNTS 100
#define NPRICES 1024

/* Entries of strings and numbers shorter than this are remembered like pieces. */
#define NENTRIES 64

/* Dates are less than this many days after the event. */
#define DATE_DAYS 29

/* A sequence of bytes that occurs repeatedly. */
typedef struct Piece
{
	uint64 last; /* where it was written last */
	const char *bytes;
	uint16 length;
	uint16 text; /* how many characters it stands for in the text */
} Piece;

/* Words are copied 16 bytes at a time, so each has that many; they start with a space. */
typedef struct Word
{
	uint64 last; /* where it was written last with its space, and where its letters were */
	uint64 last_letters;
	uint32 length;
	char bytes[PK_VOCABULARY_LONGEST + 2];
} Word;

/* What is the same in every object with the same keys. */
typedef struct Shape
{
	Piece head; /* number of pairs, entries of the keys */
	Piece keys;
	int nfields;
	PkFieldKind kinds[PK_MAX_FIELDS + 2];
	uint32 text; /* braces, keys, and what stands between */
} Shape;

typedef struct AggregateShapes
{
	Shape small[PK_EVENT_TYPES]; /* the event's fields and the text */
	Shape large[PK_EVENT_TYPES]; /* the list too */
	Shape item;
	uint32 item_text; /* mean length of an item's text, with the comma after it */
} AggregateShapes;

struct PkPayloads
{
	AggregateShapes aggregates[PK_AGGREGATE_TYPES];
	Word words[PK_VOCABULARY];
	Word given[PK_GIVEN_NAMES];
	Word family[PK_FAMILY_NAMES];
	Word cities[PK_CITIES];
	Word domain;
	Piece counts[NCOUNTS];
	Piece prices[NPRICES];
	uint64 string_entries[NENTRIES]; /* where such an entry was written last */
	uint64 number_entries[NENTRIES];
	uint64 number_heads[NENTRIES]; /* and a number of such a length */
	uint64 dates[DATE_DAYS];
	uint64 months[12];
	uint64 code_head;

	/* the payload being made */
	uint64 origin; /* position of data[0] over all payloads, with gaps longer than a match can reach */
	uint32 used;
	uint32 text;
	uint32 wanted; /* length of text to reach */
	int32 day;
	uint32 own_word; /* the first of the payload's own words */
	uint32 own_name;
	uint32 own_price;
	char code[4];			 /* that its codes begin with */
	AggregateShapes *shapes; /* of its aggregate */
	uint64 random;			 /* state of the generator */
	uint64 bits;			 /* drawn and not used yet, 16 at a time */
	int nbits;
	uint32 nmatches;
	PkMatch matches[MAX_MATCHES];
	union
	{
		uint8 data[MAX_PAYLOAD];
		uint64 alignment;
	};
	uint8 packed[PK_PGLZ_ROOM(MAX_PAYLOAD)];
};

/* Mean length of an object's text with the comma after it, from a few of them. */
extern uint32 pk_payload_mean_text(PkPayloads *p, Shape *shape);

#endif /* PK_WORKLOADS_DOMAIN_EVENTS_PAYLOAD_H */
