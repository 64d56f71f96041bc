/*
 * stream_block.h
 *	  Blocks of an event store: which event of which stream is at which place in the global order.
 *
 * The events of a store depend on each other: an event has a place in its stream, a stream belongs
 * to a tenant, and streams interleave. To compute a row from its number alone nevertheless, the
 * rows are cut into blocks of a fixed size, and a stream lives within one block. A block is built
 * from its number: streams are drawn until they fill it, their events are shuffled over its places,
 * and each stream's events are numbered in the order of their places. So any prefix of a block is
 * consistent: it holds the first events of each of its streams. Building a block takes a third of a
 * millisecond, once for each pass through its rows.
 *
 * A block has 65,536 rows. It must be much longer than the longest stream, so that streams
 * interleave and each block has the right share of everything; and its 400 kB still fit into a
 * processor's second-level cache, which the scattered writes of the shuffle need.
 */
#ifndef PK_RANDOM_STREAM_BLOCK_H
#define PK_RANDOM_STREAM_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "random/counter.h"

#define PK_BLOCK_ROWS 65536

/* Lengths of streams are 1 .. PK_MAX_STREAM_LENGTH events, 17 in the mean. */
#define PK_MAX_STREAM_LENGTH 1000

/*
 * More streams than a block can have; it has about 3,900. Global stream numbers allow this many per
 * block.
 */
#define PK_BLOCK_STREAMS 8192

typedef struct PkBlockStream
{
	uint32_t tenant; /* 0 .. tenants - 1 */
	uint16_t length;
	uint8_t draw;	/* 8 random bits for anything else about the stream, such as its type */
	bool finalized; /* its last event ends it */
} PkBlockStream;

typedef struct PkStreamBlock
{
	uint64_t number;
	uint32_t nstreams;
	uint16_t stream[PK_BLOCK_ROWS];	  /* of the event at each place: an index into "streams" */
	uint16_t sequence[PK_BLOCK_ROWS]; /* the event's number in its stream, from 0 */
	uint16_t previous[PK_BLOCK_ROWS]; /* place of the stream's event before it; its own if it is the first */
	PkBlockStream streams[PK_BLOCK_STREAMS];
} PkStreamBlock;

/*
 * Builds block "number" of a store with so many tenants (at least 1). A fifth of the tenants, the
 * first ones, own four fifths of the events, to within a stream's length in every whole block; a
 * single tenant owns all, and of 2 to 4 tenants one owns four fifths. Every block has a stream of
 * PK_MAX_STREAM_LENGTH events.
 */
extern void pk_stream_block_build(PkStreamBlock *block, uint64_t seed, uint64_t number, uint32_t tenants);

/* Number of tenants that own four fifths of the events. */
extern uint32_t pk_stream_block_hot_tenants(uint32_t tenants);

#endif /* PK_RANDOM_STREAM_BLOCK_H */
