/*
 * tally.h
 *	  What the listeners received: lost, repeated and late notifications, and how long each took.
 *
 * Memory depends on the numbers of listeners and senders, not on the number of notifications.
 */
#ifndef PERFKIT_TALLY_H
#define PERFKIT_TALLY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct Tally Tally;

/* For listeners numbered from 0. Exits when there is no memory. */
extern Tally *tally_new(int listeners);

/*
 * Counts a notification. payload: SENDER SEQUENCE MICROSECONDS, and whatever follows a blank.
 * received_us: when it came, in microseconds since 1970 by the clock that MICROSECONDS are of. A
 * payload of any other form is only counted.
 */
extern void tally_add(Tally *tally, int listener, const char *payload, int64_t received_us);

/*
 * Writes what has been counted, as members of a JSON object, without its braces:
 *
 *	  senders, sent (by all of them, as far as any listener can tell), received, lost, duplicates,
 *	  out_of_order, unmeasured: summed over listeners, but for senders and sent
 *	  by_listener: an array of the numbers received
 *	  early: notifications that came before they were sent, by the clocks
 *	  max_us, latencies: an array of [microseconds, count]; the former is the longest that falls
 *	  into the histogram's bucket, exact below 1024 and at most 0.2 % too long above
 */
extern void tally_write(const Tally *tally, FILE *out);

#endif
