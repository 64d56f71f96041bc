/*
 * stream_block.h
 *	  Blocks of an event store: which event of which stream stands at which place of the global order.
 *
 * The events of a store are rows that know each other: an event has a place in its stream, a stream belongs to a tenant, and streams
 * interleave. So that a row can still be computed from its number alone, the rows are cut into blocks of a fixed size, and a stream
 * lives within one block. A block is built from its number: streams are drawn until they fill it, their events are shuffled over its
 * places, and each stream's events are numbered in the order of their places. Any prefix of a block is then sound in itself: it holds the first
 * events of each of its streams. Building a block costs a third of a millisecond, once for each run through its rows.
 *
 * 65,536 rows, because a block must be much longer than the longest stream for streams to interleave and for each block to
 * have the right share of everything, and because its 400 kB then stay in a processor's second-level cache, which the
 * shuffle's scattered writes need.
 */
#ifndef PK_RANDOM_STREAM_BLOCK_H
#define PK_RANDOM_STREAM_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "random/counter.h"

#define PK_BLOCK_ROWS 65536

/* Lengths of streams are 1 .. PK_MAX_STREAM_LENGTH events, 17 in the mean. */
#define PK_MAX_STREAM_LENGTH 1000

/* More streams than a block can have: it has about 3,900. Stream numbers, which are global, count this many to a block. */
#define PK_BLOCK_STREAMS 8192

typedef struct PkBlockStream
{
	uint32_t tenant; /* 0 .. tenants - 1 */
	uint16_t length;
	uint8_t draw;	/* 8 random bits for whatever else a stream has to be: its type */
	bool finalised; /* its last event ends it */
} PkBlockStream;

typedef struct PkStreamBlock
{
	uint64_t number;
	uint32_t nstreams;
	uint16_t stream[PK_BLOCK_ROWS];	  /* of the event at each place: an index into "streams" */
	uint16_t sequence[PK_BLOCK_ROWS]; /* the event's number in its stream, from 0 */
	uint16_t previous[PK_BLOCK_ROWS]; /* place of the event before it in its stream; its own where it is the first */
	PkBlockStream streams[PK_BLOCK_STREAMS];
} PkStreamBlock;

/*
 * Builds block "number" of a store with so many tenants (at least 1). A fifth of the tenants, the first ones, own four fifths of the events, to within
 * a stream's length in every whole block; with 1 tenant it owns all, and with 2 to 4 one of them owns four fifths. Every block
 * has a stream of PK_MAX_STREAM_LENGTH events.
 */
extern void pk_stream_block_build(PkStreamBlock *block, uint64_t seed, uint64_t number, uint32_t tenants);

/* Number of the tenants that own four fifths of the events. */
extern uint32_t pk_stream_block_hot_tenants(uint32_t tenants);

#endif /* PK_RANDOM_STREAM_BLOCK_H */
