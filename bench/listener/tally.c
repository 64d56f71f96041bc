/*
 * tally.c
 *	  What the listeners received: lost, repeated and late notifications, and how long each took.
 *
 * Each sender numbers its notifications, one number after the other in the order of its commits.
 * A sender's notifications have to come in this order, so for each listener and sender it is
 * enough to know the first and the last number, how many different ones came, and which of the
 * last 64 did.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "stats/histogram.h"
#include "tally.h"

#define MAX_SENDERS 65536
#define MAX_NAME 63

/*
 * Sequence numbers and times above this are rejected. Below it, sums and differences cannot
 * overflow.
 */
#define MAX_NUMBER (INT64_C(1) << 53)

/* What one listener received from one sender. */
typedef struct Track
{
	int64_t distinct; /* different numbers; 0: none yet */
	int64_t first;	  /* the smallest */
	int64_t last;	  /* the largest */
	uint64_t seen;	  /* bit i: last - i was received */
} Track;

typedef struct Listener
{
	Track *tracks; /* by sender */
	int ntracks;
	int64_t received;
} Listener;

struct Tally
{
	int nlisteners;
	Listener *listeners;

	/* Names of senders in the order of their first notifications; a hash table of their numbers. */
	char (*senders)[MAX_NAME + 1];
	int nsenders;
	int *slots; /* number + 1; 0: empty */
	int nslots; /* a power of two */

	int64_t received;
	int64_t duplicates;
	int64_t out_of_order;
	int64_t unmeasured;
	int64_t early;
	int64_t max_us;
	int64_t buckets[PK_HISTOGRAM_BUCKETS]; /* of latencies, see stats/histogram.h */
};

static void *
allocate(void *old, size_t size)
{
	void *new = realloc(old, size);

	if (new == NULL)
	{
		fprintf(stderr, "perfkit_listen: out of memory\n");
		exit(1);
	}
	return new;
}

static void *
allocate_zeroed(size_t count, size_t size)
{
	return memset(allocate(NULL, count * size), 0, count * size);
}

Tally *
tally_new(int listeners)
{
	Tally *tally = allocate_zeroed(1, sizeof(Tally));

	tally->nlisteners = listeners;
	tally->listeners = allocate_zeroed(listeners, sizeof(Listener));
	tally->nslots = 1024;
	tally->slots = allocate_zeroed(tally->nslots, sizeof(int));
	return tally;
}

/* FNV-1a */
static uint32_t
hash_name(const char *name, int length)
{
	uint32_t hash = 2166136261u;

	for (int i = 0; i < length; i++)
		hash = (hash ^ (unsigned char) name[i]) * 16777619u;
	return hash;
}

/* The slot of the name, or the empty one where it belongs. */
static int *
find_slot(const Tally *tally, const char *name, int length)
{
	uint32_t i = hash_name(name, length);

	for (;; i++)
	{
		int *slot = &tally->slots[i & (tally->nslots - 1)];
		const char *known;

		if (*slot == 0)
			return slot;
		known = tally->senders[*slot - 1];
		if (strncmp(known, name, length) == 0 && known[length] == '\0')
			return slot;
	}
}

static void
grow_slots(Tally *tally)
{
	free(tally->slots);
	tally->nslots *= 2;
	tally->slots = allocate_zeroed(tally->nslots, sizeof(int));
	for (int i = 0; i < tally->nsenders; i++)
		*find_slot(tally, tally->senders[i], strlen(tally->senders[i])) = i + 1;
}

/* The sender's number; -1: there are too many. */
static int
find_sender(Tally *tally, const char *name, int length)
{
	int *slot = find_slot(tally, name, length);

	if (*slot != 0)
		return *slot - 1;
	if (tally->nsenders == MAX_SENDERS)
		return -1;
	/* grows at powers of two */
	if ((tally->nsenders & (tally->nsenders - 1)) == 0)
		tally->senders = allocate(tally->senders, (tally->nsenders * 2 + 1) * sizeof(*tally->senders));
	memcpy(tally->senders[tally->nsenders], name, length);
	tally->senders[tally->nsenders][length] = '\0';
	*slot = ++tally->nsenders;
	if (tally->nsenders * 2 > tally->nslots)
		grow_slots(tally);
	return tally->nsenders - 1;
}

static Track *
find_track(Listener *listener, int sender)
{
	if (sender >= listener->ntracks)
	{
		int ntracks = (sender + 1) * 2;

		listener->tracks = allocate(listener->tracks, ntracks * sizeof(Track));
		memset(listener->tracks + listener->ntracks, 0, (ntracks - listener->ntracks) * sizeof(Track));
		listener->ntracks = ntracks;
	}
	return &listener->tracks[sender];
}

static void
count_sequence(Tally *tally, Track *track, int64_t sequence)
{
	int64_t ahead = sequence - track->last;

	if (track->distinct == 0)
	{
		track->first = track->last = sequence;
		track->seen = 1;
		track->distinct = 1;
	}
	else if (ahead > 0)
	{
		track->seen = ahead < 64 ? track->seen << ahead | 1 : 1;
		track->last = sequence;
		track->distinct++;
	}
	else if (ahead > -64 && (track->seen >> -ahead & 1))
		tally->duplicates++;
	else
	{
		/* If it is too far back to tell whether it is new, it does not fill a gap. */
		tally->out_of_order++;
		if (ahead > -64 || sequence < track->first)
			track->distinct++;
		if (ahead > -64)
			track->seen |= UINT64_C(1) << -ahead;
		if (sequence < track->first)
			track->first = sequence;
	}
}

static void
count_latency(Tally *tally, int64_t latency_us)
{
	if (latency_us < 0)
	{
		tally->early++;
		latency_us = 0;
	}
	if (latency_us > tally->max_us)
		tally->max_us = latency_us;
	tally->buckets[pk_histogram_bucket(latency_us)]++;
}

/* Digits up to a blank or the end; NULL when it is no such number. */
static const char *
read_number(const char *text, int64_t *number)
{
	*number = 0;
	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++)
	{
		*number = *number * 10 + (*text - '0');
		if (*number > MAX_NUMBER)
			return NULL;
	}
	return *text == ' ' || *text == '\0' ? text : NULL;
}

void
tally_add(Tally *tally, int listener, const char *payload, int64_t received_us)
{
	int length = strcspn(payload, " ");
	const char *rest = payload + length;
	int64_t sequence;
	int64_t sent_us;
	int sender;

	if (length == 0 || length > MAX_NAME || *rest != ' ' ||
		(rest = read_number(rest + 1, &sequence)) == NULL || *rest != ' ' ||
		read_number(rest + 1, &sent_us) == NULL ||
		(sender = find_sender(tally, payload, length)) < 0)
	{
		tally->unmeasured++;
		return;
	}
	tally->received++;
	tally->listeners[listener].received++;
	count_sequence(tally, find_track(&tally->listeners[listener], sender), sequence);
	count_latency(tally, received_us - sent_us);
}

/* What a sender is known to have sent: all numbers between the first and the last that any got. */
static int64_t
sent_by(const Tally *tally, int sender)
{
	int64_t first = 0;
	int64_t last = -1;

	for (int i = 0; i < tally->nlisteners; i++)
	{
		const Listener *listener = &tally->listeners[i];
		const Track *track;

		if (sender >= listener->ntracks || listener->tracks[sender].distinct == 0)
			continue;
		track = &listener->tracks[sender];
		if (last < first || track->first < first)
			first = track->first;
		if (track->last > last)
			last = track->last;
	}
	return last - first + 1;
}

void
tally_write(const Tally *tally, FILE *out)
{
	int64_t sent = 0;
	int64_t distinct = 0;
	const char *comma = "";

	for (int i = 0; i < tally->nsenders; i++)
		sent += sent_by(tally, i);
	fprintf(out, "\"by_listener\": [");
	for (int i = 0; i < tally->nlisteners; i++)
	{
		const Listener *listener = &tally->listeners[i];

		for (int j = 0; j < listener->ntracks; j++)
			distinct += listener->tracks[j].distinct;
		fprintf(out, "%s%" PRId64, i > 0 ? ", " : "", listener->received);
	}
	fprintf(out, "], \"senders\": %d, \"sent\": %" PRId64 ", \"received\": %" PRId64 ", \"lost\": %" PRId64,
			tally->nsenders, sent, tally->received, sent * tally->nlisteners - distinct);
	fprintf(out, ", \"duplicates\": %" PRId64 ", \"out_of_order\": %" PRId64 ", \"unmeasured\": %" PRId64,
			tally->duplicates, tally->out_of_order, tally->unmeasured);
	fprintf(out, ", \"early\": %" PRId64 ", \"max_us\": %" PRId64 ", \"latencies\": [", tally->early, tally->max_us);
	for (int i = 0; i < PK_HISTOGRAM_BUCKETS; i++)
	{
		int64_t longest_us = pk_bucket_highest(i);

		if (tally->buckets[i] == 0)
			continue;
		if (longest_us > tally->max_us)
			longest_us = tally->max_us;
		fprintf(out, "%s[%" PRId64 ", %" PRId64 "]", comma, longest_us, tally->buckets[i]);
		comma = ", ";
	}
	fprintf(out, "]");
}
