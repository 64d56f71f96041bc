/*
 * stream_block.c
 *	  Drawing the streams of a block, and laying out their events.
 */
#include "random/stream_block.h"

#include <string.h>

/* Number of the table in pk_stream(); its columns must never change once released. */
#define BLOCK_TABLE 2

enum
{
	COLUMN_LENGTH,
	COLUMN_TENANT,
	COLUMN_KIND,
	COLUMN_SHUFFLE
};

/*
 * A heavy tail: of 10,000 streams, "share" have lengths from "from" to "to", uniformly distributed.
 * Half of the streams have at most 4 events, and the 4 % with more than 100 hold half of all
 * events.
 */
static const struct
{
	uint16_t share;
	uint16_t from;
	uint16_t to;
} length_classes[] = {
	{2000, 1, 1}, {4000, 2, 5}, {2500, 6, 15}, {1100, 16, 50}, {317, 51, 200}, {75, 201, 999}, {8, 1000, 1000}};

#define SHARES 10000

/*
 * About how many streams of a block go to tenants in turn; only spreads tenants evenly over blocks.
 */
#define HOT_TURNS 1542
#define COLD_TURNS 773

uint32_t
pk_stream_block_hot_tenants(uint32_t tenants)
{
	uint32_t hot = (uint32_t) (((uint64_t) tenants + 2) / 5);

	return hot > 0 ? hot : 1;
}

/* The length at a quantile given as 32 bits. */
static uint32_t
stream_length(uint32_t quantile)
{
	uint64_t scaled = (uint64_t) quantile * SHARES;
	uint32_t share = (uint32_t) (scaled >> 32);
	int k = 0;
	uint32_t width;

	while (share >= length_classes[k].share)
		share -= length_classes[k++].share;
	/* how far into the class, as a fraction of 2^32 */
	width = (uint32_t) (((((uint64_t) share << 32) | (scaled & UINT32_MAX)) / length_classes[k].share));
	return length_classes[k].from +
		   (uint32_t) (((uint64_t) width * (length_classes[k].to - length_classes[k].from + 1)) >> 32);
}

/*
 * Draws streams until they fill the block. Lengths follow a Weyl sequence (multiples of the golden
 * ratio, modulo 1) from a random start, so that each block has nearly the same mix of them. Giving
 * each stream to the group of tenants that is behind keeps their shares.
 */
static void
draw_streams(PkStreamBlock *block, uint64_t seed, uint32_t tenants)
{
	uint64_t number = block->number;
	uint32_t start = (uint32_t) pk_draw(pk_stream(seed, BLOCK_TABLE, COLUMN_LENGTH), number);
	PkStream tenant_stream = pk_stream(seed, BLOCK_TABLE, COLUMN_TENANT);
	PkStream kind_stream = pk_stream(seed, BLOCK_TABLE, COLUMN_KIND);
	uint32_t nhot = pk_stream_block_hot_tenants(tenants);
	uint32_t ncold = tenants - nhot;
	uint64_t hot_turn = number * HOT_TURNS;
	uint64_t cold_turn = number * COLD_TURNS;
	uint32_t hot_events = 0;
	uint32_t events = 0;
	uint32_t nstreams = 0;

	while (events < PK_BLOCK_ROWS)
	{
		PkBlockStream *stream = &block->streams[nstreams];
		uint64_t id = number * PK_BLOCK_STREAMS + nstreams;
		uint64_t kind = pk_draw(kind_stream, id);
		uint32_t length = stream_length(start + nstreams * UINT32_C(2654435769));

		/* cannot happen with these classes, but the loop must end within the array */
		if (nstreams >= PK_BLOCK_STREAMS - PK_BLOCK_ROWS / PK_MAX_STREAM_LENGTH - 1)
			length = PK_MAX_STREAM_LENGTH;
		if (length > PK_BLOCK_ROWS - events)
			length = PK_BLOCK_ROWS - events;

		if (ncold == 0 || (uint64_t) hot_events * 5 <= (uint64_t) events * 4)
		{
			uint64_t draw = pk_draw(tenant_stream, id);

			/*
			 * Every other stream goes to these tenants in turn, so that each has its part of every
			 * stretch of rows; of the rest, the first tenants get most.
			 */
			if (draw & 1)
				stream->tenant = (uint32_t) (hot_turn++ % nhot);
			else
			{
				uint32_t one = pk_below(draw, nhot);
				uint32_t other = pk_below_low(draw, nhot);

				stream->tenant = one < other ? one : other;
			}
			hot_events += length;
		}
		else
			stream->tenant = nhot + (uint32_t) (cold_turn++ % ncold);

		stream->length = (uint16_t) length;
		stream->draw = (uint8_t) kind;
		stream->finalized = length > 1 && pk_below(kind, 100) < 60;
		events += length;
		nstreams++;
	}
	block->nstreams = nstreams;
}

void
pk_stream_block_build(PkStreamBlock *block, uint64_t seed, uint64_t number, uint32_t tenants)
{
	uint16_t last[PK_BLOCK_STREAMS];  /* place of the stream's last event so far */
	uint16_t count[PK_BLOCK_STREAMS]; /* its events so far */
	PkStream shuffle = pk_stream(seed, BLOCK_TABLE, COLUMN_SHUFFLE);
	uint32_t place = 0;

	block->number = number;
	draw_streams(block, seed, tenants);

	memset(count, 0, sizeof(count));
	memset(last, 0, sizeof(last));

	/*
	 * Fisher-Yates, inside out: the events of one stream after another, each to a random place so
	 * far
	 */
	shuffle.key += pk_mix64(number);
	for (uint32_t s = 0; s < block->nstreams; s++)
	{
		for (uint32_t i = 0; i < block->streams[s].length; i++)
		{
			uint32_t other = pk_below(pk_draw(shuffle, place), place + 1);

			block->stream[place] = block->stream[other];
			block->stream[other] = (uint16_t) s;
			place++;
		}
	}

	for (place = 0; place < PK_BLOCK_ROWS; place++)
	{
		uint32_t s = block->stream[place];

		block->sequence[place] = count[s];
		block->previous[place] = (uint16_t) (count[s] > 0 ? last[s] : place);
		count[s]++;
		last[s] = (uint16_t) place;
	}
}
