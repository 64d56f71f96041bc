/*
 * perfkit_listen.c
 *	  Listens on a channel with many connections, and tells how the notifications arrived.
 *
 *	  perfkit_listen CONNINFO CHANNEL LISTENERS
 *
 * pgbench cannot do this: it never reads the notifications that its connections receive, and keeps
 * them all in memory.
 *
 * Prints "listening" when all connections listen. Then, when its standard input ends or on SIGTERM,
 * prints one JSON object and ends with status 0; see tally_write() for its members, and below for
 * the others. Any other end is a failure, with a message and status 1: a listener that lost its
 * connection has lost notifications.
 *
 * It counts what arrives between two notifications of its own, "perfkit begin ..." and "perfkit end
 * ...". The server delivers notifications in the order of commits, so once a listener has received
 * the end, it has received everything that was committed before.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libpq-fe.h"

#include "tally.h"

/* How long to wait for one of our own notifications while nothing at all arrives. */
#define PATIENCE_S 60

/*
 * The same, whatever arrives: others may notify the channel without end. It is long enough for what
 * a load has left in the queue.
 */
#ifndef DEADLINE_S
#define DEADLINE_S 300
#endif

/* Number of round trips, the shortest of which gives the difference between the clocks. */
#define CLOCK_ROUNDS 20

#define MARKER_BEGIN "perfkit begin "
#define MARKER_END "perfkit end "

enum phase
{
	WAITING, /* for the notification that begins the count */
	COUNTING,
	DONE
};

typedef struct Connection
{
	PGconn *pg;
	enum phase phase;
	char last_words[256]; /* what the server said of its own accord, as it does before it hangs up */
} Connection;

/* Server's clock minus ours, and half of the round trip in which it was read. */
typedef struct Clock
{
	int64_t offset_us;
	int64_t uncertainty_us;
} Clock;

static const char *channel;
static Connection *connections;
static int nconnections;
static char begin_marker[64];
static char end_marker[64];
static Tally *tally;
static int64_t offset_us; /* by which the server's clock is ahead */
static int stop_pipe[2];

static void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The message's own line end, if it has one, is libpq's. */
static void
fail(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "perfkit_listen: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(1);
}

static void
fail_connection(int number, const char *what)
{
	const char *message = connections[number].last_words;

	if (message[0] == '\0')
		message = PQerrorMessage(connections[number].pg);
	fail("listener %d %s: %.*s", number + 1, what, (int) strcspn(message, "\n"), message);
}

static void
keep_last_words(void *connection, const char *message)
{
	char *kept = ((Connection *) connection)->last_words;

	snprintf(kept, sizeof(connections->last_words), "%s", message);
}

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* For durations: it is never set. */
static int64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
stop_on_signal(int number)
{
	int saved_errno = errno;

	(void) number;
	if (write(stop_pipe[1], "", 1) < 0)
		_exit(1);
	errno = saved_errno;
}

/* Of other listeners on the same channel, too. */
static bool
is_marker(const char *payload)
{
	return strncmp(payload, MARKER_BEGIN, strlen(MARKER_BEGIN)) == 0 ||
		   strncmp(payload, MARKER_END, strlen(MARKER_END)) == 0;
}

/* Count the notifications that have arrived on a connection. */
static void
receive(int number)
{
	Connection *connection = &connections[number];
	int64_t received_us = now_us();
	PGnotify *notification;

	while ((notification = PQnotifies(connection->pg)) != NULL)
	{
		if (connection->phase == WAITING)
		{
			if (strcmp(notification->extra, begin_marker) == 0)
				connection->phase = COUNTING;
		}
		else if (connection->phase == COUNTING)
		{
			if (strcmp(notification->extra, end_marker) == 0)
				connection->phase = DONE;
			else if (!is_marker(notification->extra))
				tally_add(tally, number, notification->extra, received_us + offset_us);
		}
		PQfreemem(notification);
	}
}

static bool
all_in(enum phase phase)
{
	for (int i = 0; i < nconnections; i++)
		if (connections[i].phase < phase)
			return false;
	return true;
}

/*
 * Receive until all connections have reached a phase or, with watch_for_stop, until we are told to
 * stop. Without watch_for_stop, which follows a notification of our own, fails if nothing arrives
 * for too long, or if it does not.
 */
static void
receive_until(enum phase phase, bool watch_for_stop)
{
	struct pollfd *fds = calloc(nconnections + 2, sizeof(struct pollfd));
	int64_t deadline_ms = monotonic_ms() + DEADLINE_S * 1000;

	if (fds == NULL)
		fail("out of memory");
	for (int i = 0; i < nconnections; i++)
		fds[i] = (struct pollfd){.fd = PQsocket(connections[i].pg), .events = POLLIN};
	fds[nconnections] = (struct pollfd){.fd = watch_for_stop ? STDIN_FILENO : -1, .events = POLLIN};
	fds[nconnections + 1] = (struct pollfd){.fd = watch_for_stop ? stop_pipe[0] : -1, .events = POLLIN};

	/* Some may have arrived with the answer to a query. */
	for (int i = 0; i < nconnections; i++)
		receive(i);
	while (watch_for_stop || !all_in(phase))
	{
		char ignored[256];
		int64_t left_ms = deadline_ms - monotonic_ms();
		int ready;

		if (!watch_for_stop && left_ms <= 0)
			fail("a notification of its own did not arrive within %d s, although others did", DEADLINE_S);
		if (left_ms > PATIENCE_S * 1000)
			left_ms = PATIENCE_S * 1000;
		ready = poll(fds, nconnections + 2, watch_for_stop ? -1 : (int) left_ms);

		if (ready < 0 && errno != EINTR)
			fail("could not wait for notifications: %s", strerror(errno));
		if (ready == 0 && left_ms == PATIENCE_S * 1000)
			fail("a notification of its own did not arrive within %d s; a connection pooler that pools "
				 "transactions loses them",
				 PATIENCE_S);
		if (ready <= 0)
			continue;
		for (int i = 0; i < nconnections; i++)
		{
			if (fds[i].revents == 0)
				continue;
			if (PQconsumeInput(connections[i].pg) == 0)
				fail_connection(i, "lost its connection");
			receive(i);
		}
		if (fds[nconnections + 1].revents != 0 ||
			(fds[nconnections].revents != 0 && read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0))
			break;
	}
	free(fds);
}

static void
connect_all(const char *conninfo)
{
	const char *keywords[] = {"dbname", "fallback_application_name", NULL};
	const char *values[] = {conninfo, "perfkit_listen", NULL};

	connections = calloc(nconnections, sizeof(Connection));
	if (connections == NULL)
		fail("out of memory");
	for (int i = 0; i < nconnections; i++)
	{
		connections[i].pg = PQconnectdbParams(keywords, values, 1);
		if (connections[i].pg == NULL)
			fail("out of memory");
		if (PQstatus(connections[i].pg) != CONNECTION_OK)
			fail_connection(i, "could not connect");
		PQsetNoticeProcessor(connections[i].pg, keep_last_words, &connections[i]);
	}
}

static void
listen_all(void)
{
	for (int i = 0; i < nconnections; i++)
	{
		PGconn *pg = connections[i].pg;
		char command[512];
		char *name = PQescapeIdentifier(pg, channel, strlen(channel));
		PGresult *result;

		if (name == NULL)
			fail_connection(i, "could not quote the channel's name");
		snprintf(command, sizeof(command), "LISTEN %s", name);
		PQfreemem(name);
		result = PQexec(pg, command);
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			fail_connection(i, "could not listen");
		PQclear(result);
	}
}

static void
notify(const char *payload)
{
	const char *values[2] = {channel, payload};
	PGresult *result =
		PQexecParams(connections[0].pg, "SELECT pg_catalog.pg_notify($1::pg_catalog.text, $2::pg_catalog.text)",
					 2, NULL, values, NULL, NULL, 0);

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_connection(0, "could not notify");
	PQclear(result);
}

/* Names and types are qualified, since the session's search path is the application's. */
static Clock
compare_clocks(void)
{
	Clock best = {0, INT64_MAX};

	for (int i = 0; i < CLOCK_ROUNDS; i++)
	{
		int64_t before = now_us();
		PGresult *result =
			PQexec(connections[0].pg,
				   "SELECT pg_catalog.int8(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())"
				   " OPERATOR(pg_catalog.*) 1000000::pg_catalog.float8)");
		int64_t after = now_us();

		if (PQresultStatus(result) != PGRES_TUPLES_OK)
			fail_connection(0, "could not read the server's clock");
		if (after >= before && (after - before + 1) / 2 < best.uncertainty_us)
		{
			best.uncertainty_us = (after - before + 1) / 2;
			best.offset_us = strtoll(PQgetvalue(result, 0, 0), NULL, 10) - (before + (after - before) / 2);
		}
		PQclear(result);
	}
	return best;
}

/*
 * The clocks may have drifted apart, or one of them was set: the part of the change that the two
 * round trips do not explain adds to the uncertainty.
 */
static int64_t
clock_uncertainty(Clock at_begin, Clock at_end)
{
	int64_t drift = llabs(at_end.offset_us - at_begin.offset_us) - at_begin.uncertainty_us - at_end.uncertainty_us;
	int64_t larger = at_begin.uncertainty_us > at_end.uncertainty_us ? at_begin.uncertainty_us : at_end.uncertainty_us;

	return larger + (drift > 0 ? drift : 0);
}

int
main(int argc, char **argv)
{
	Clock at_begin;
	Clock at_end;

	if (argc != 4 || argv[2][0] == '\0' || strlen(argv[2]) > 63 || (nconnections = atoi(argv[3])) < 1)
	{
		fprintf(stderr, "usage: perfkit_listen CONNINFO CHANNEL LISTENERS\n");
		return 1;
	}
	channel = argv[2];
	if (pipe(stop_pipe) != 0)
		fail("could not make a pipe: %s", strerror(errno));
	signal(SIGTERM, stop_on_signal);
	signal(SIGPIPE, SIG_IGN);
	snprintf(begin_marker, sizeof(begin_marker), MARKER_BEGIN "%ld-%" PRId64, (long) getpid(), now_us());
	snprintf(end_marker, sizeof(end_marker), MARKER_END "%ld-%" PRId64, (long) getpid(), now_us());
	tally = tally_new(nconnections);

	connect_all(argv[1]);
	at_begin = compare_clocks();
	/* Do not correct for a difference that is within the uncertainty. */
	if (llabs(at_begin.offset_us) > at_begin.uncertainty_us)
		offset_us = at_begin.offset_us;
	listen_all();
	notify(begin_marker);
	receive_until(COUNTING, false);
	printf("listening\n");
	fflush(stdout);
	receive_until(COUNTING, true);
	notify(end_marker);
	receive_until(DONE, false);
	at_end = compare_clocks();

	printf("{\"listeners\": %d, \"clock_offset_us\": %" PRId64 ", \"clock_uncertainty_us\": %" PRId64 ", ",
		   nconnections, offset_us, clock_uncertainty(at_begin, at_end));
	tally_write(tally, stdout);
	printf("}\n");
	for (int i = 0; i < nconnections; i++)
		PQfinish(connections[i].pg);
	return fflush(stdout) == 0 ? 0 : 1;
}
