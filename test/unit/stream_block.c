/*
 * stream_block.c
 *	  src/random/stream_block: what every block promises, and that prefixes keep it.
 */
#include <stdlib.h>

#include "random/stream_block.h"
#include "tap.h"

static PkStreamBlock block;
static PkStreamBlock other;

/* Numbers each stream's events again, from the places alone, and compares. */
static int
count_wrong_places(const PkStreamBlock *b)
{
	static uint32_t count[PK_BLOCK_STREAMS];
	static uint32_t last[PK_BLOCK_STREAMS];
	int wrong = 0;

	memset(count, 0, sizeof(count));
	for (uint32_t place = 0; place < PK_BLOCK_ROWS; place++)
	{
		uint32_t s = b->stream[place];

		if (s >= b->nstreams)
			return PK_BLOCK_ROWS;
		wrong += b->sequence[place] != count[s];
		wrong += b->previous[place] != (count[s] > 0 ? last[s] : place);
		count[s]++;
		last[s] = place;
	}
	for (uint32_t s = 0; s < b->nstreams; s++)
		wrong += count[s] != b->streams[s].length;
	return wrong;
}

static void
test_block(uint64_t number, uint32_t tenants)
{
	uint32_t nhot = pk_stream_block_hot_tenants(tenants);
	uint32_t hot_events = 0;
	uint32_t longest = 0;
	uint32_t singles = 0;
	uint32_t long_events = 0;
	uint32_t neighbours = 0;
	int strangers = 0;
	int finalized_creations = 0;

	pk_stream_block_build(&block, 42, number, tenants);
	is_int(count_wrong_places(&block), 0, "block %d, %u tenants: places, numbers and predecessors", (int) number, tenants);
	for (uint32_t s = 0; s < block.nstreams; s++)
	{
		const PkBlockStream *stream = &block.streams[s];

		strangers += stream->tenant >= tenants;
		finalized_creations += stream->finalized && stream->length == 1;
		hot_events += stream->tenant < nhot ? stream->length : 0;
		longest = stream->length > longest ? stream->length : longest;
		singles += stream->length == 1;
		long_events += stream->length > 100 ? stream->length : 0;
	}
	for (uint32_t place = 1; place < PK_BLOCK_ROWS; place++)
		neighbours += block.stream[place] == block.stream[place - 1];
	is_int(strangers, 0, "... tenants there are");
	is_int(finalized_creations, 0, "... no creation finalizes");
	is_int(longest, PK_MAX_STREAM_LENGTH, "... a stream of the greatest length");
	ok(singles * 5.0 > 0.9 * block.nstreams && singles * 5.0 < 1.1 * block.nstreams, "... a fifth are single events");
	is_near((double) PK_BLOCK_ROWS / block.nstreams, 17, 1.5, "... 17 events in the mean");
	ok(long_events > PK_BLOCK_ROWS / 3, "... the tail is heavy");
	ok(neighbours < PK_BLOCK_ROWS / 100, "... neighbours seldom share a stream");
	if (tenants == 1)
		is_int(hot_events, PK_BLOCK_ROWS, "... one tenant owns all");
	else
		is_near((double) hot_events / PK_BLOCK_ROWS, 0.8, 0.02, "... a fifth owns four fifths");
}

/* At the default size, every tenant has its thousand aggregates. */
static void
test_aggregates_of_tenants(void)
{
	uint32_t count[10] = {0};

	for (uint64_t number = 0; number * PK_BLOCK_ROWS < 1000000; number++)
	{
		pk_stream_block_build(&block, 42, number, 10);
		for (uint32_t place = 0; place < PK_BLOCK_ROWS && number * PK_BLOCK_ROWS + place < 1000000; place++)
			count[block.streams[block.stream[place]].tenant] += block.sequence[place] == 0;
	}
	for (int tenant = 0; tenant < 10; tenant++)
		ok(count[tenant] >= 1000, "tenant %d has %u aggregates among a million events", tenant, count[tenant]);
}

static void
test_determinism(void)
{
	pk_stream_block_build(&block, 42, 5, 10);
	pk_stream_block_build(&other, 42, 6, 10);
	ok(memcmp(block.stream, other.stream, sizeof(block.stream)) != 0, "blocks differ");
	pk_stream_block_build(&other, 43, 5, 10);
	ok(memcmp(block.stream, other.stream, sizeof(block.stream)) != 0, "seeds differ");
	pk_stream_block_build(&other, 42, 5, 10);
	ok(memcmp(block.stream, other.stream, sizeof(block.stream)) == 0 && block.nstreams == other.nstreams &&
		   memcmp(block.sequence, other.sequence, sizeof(block.sequence)) == 0,
	   "a block is the same whatever was built before");
}

/*
 * Event ids are pk_uuid() of the row. Their lower halves alone are distinct: 62 random bits, sorted
 * by their first 20 and then each with its like.
 */
static void
test_ids(void)
{
	const uint32_t n = 10000000;
	uint64_t *ids = malloc(sizeof(uint64_t) * n);
	uint32_t *ends = calloc((1 << 20) + 1, sizeof(uint32_t));
	PkStream stream = pk_stream(42, 3, 0);
	uint32_t same = 0;

	for (int pass = 0; pass < 2; pass++)
	{
		for (uint32_t row = 0; row < n; row++)
		{
			PkUuid uuid;
			uint64_t low = 0;

			pk_uuid(stream, row, &uuid);
			for (int i = 8; i < 16; i++)
				low = low << 8 | uuid.byte[i];
			if (pass == 0)
				ends[(low >> 42 & 0xfffff) + 1]++;
			else
				ids[ends[low >> 42 & 0xfffff]++] = low;
		}
		if (pass == 0)
		{
			for (uint32_t i = 1; i <= 1 << 20; i++)
				ends[i] += ends[i - 1];
		}
	}
	for (uint32_t group = 0; group < 1 << 20; group++)
	{
		for (uint32_t i = group == 0 ? 0 : ends[group - 1]; i < ends[group]; i++)
		{
			for (uint32_t j = i + 1; j < ends[group]; j++)
				same += ids[i] == ids[j];
		}
	}
	is_int(ends[(1 << 20) - 1], n, "all ids are looked at");
	is_int(same, 0, "10 million event ids are distinct");
	free(ends);
	free(ids);
}

int
main(void)
{
	static const uint32_t tenants[] = {1, 2, 4, 10, 10000, 1000000};

	for (int i = 0; i < 6; i++)
		test_block((uint64_t) i * 1000, tenants[i]);
	for (int i = 0; i < 10; i++)
		test_block((uint64_t) i, 10);
	test_aggregates_of_tenants();
	test_determinism();
	test_ids();
	is_int(pk_stream_block_hot_tenants(1), 1, "of 1 tenant, 1");
	is_int(pk_stream_block_hot_tenants(4), 1, "of 4 tenants, 1");
	is_int(pk_stream_block_hot_tenants(10), 2, "of 10 tenants, 2");
	is_int(pk_stream_block_hot_tenants(10000), 2000, "of 10000 tenants, 2000");
	return tap_done();
}
