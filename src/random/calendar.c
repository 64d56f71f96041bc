/*
 * calendar.c
 *	  Instants by row number, by inverting the cumulative traffic.
 *
 * The cumulative traffic by time t is a piecewise linear function of t: each hour of a week has a
 * weight, and traffic is measured in weight times microseconds. Rows are spread at equal intervals
 * of traffic, each at a random place within its interval; the instant is the value of the inverse
 * function there. Everything is in 64-bit integers: products of two large numbers are avoided by
 * first splitting a division into quotient and remainder.
 */
#include "random/calendar.h"

#define HOUR_US (INT64_C(3600) * 1000000)
#define DAY_US (24 * HOUR_US)
#define WEEK_US (7 * DAY_US)
#define MILLION 1000000

/* Pieces: rows below 10^6, 10^7 .. 10^12. */
#define NPIECES 7
#define FIRST_PIECE_US (180 * DAY_US)
#define SECOND_PIECE_US (45 * DAY_US)

/* clang-format off */
static const uint8_t weekday_weights[24] = {
	1, 1, 1, 1, 1, 1, 2, 5, 14, 20, 22, 21, 15, 19, 22, 21, 18, 12, 6, 4, 3, 2, 1, 1};
static const uint8_t weekend_weights[24] = {
	1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 2, 1, 1, 1};
/* clang-format on */

static inline uint64_t
hour_weight(uint32_t hour)
{
	return hour < 5 * 24 ? weekday_weights[hour % 24] : weekend_weights[hour % 24];
}

/* Cumulative traffic by an instant, counted from the calendar's Monday. */
static uint64_t
traffic_by(const PkCalendar *calendar, int64_t instant)
{
	uint64_t week = (uint64_t) instant / WEEK_US;
	uint64_t in_week = (uint64_t) instant % WEEK_US;
	uint32_t hour = (uint32_t) (in_week / HOUR_US);

	return (week * PK_CALENDAR_WEIGHT + calendar->before[hour]) * HOUR_US + in_week % HOUR_US * hour_weight(hour);
}

void
pk_calendar_init(PkCalendar *calendar, PkStream stream, int64_t end)
{
	int64_t span = FIRST_PIECE_US;
	int64_t first;
	int64_t since_monday;
	uint32_t weight = 0;

	for (int i = 0; i < NPIECES - 1; i++)
		span += SECOND_PIECE_US >> i;
	first = end - span;

	/* 2000-01-03 was a Monday; a remainder has the sign of its dividend */
	since_monday = (first - 2 * DAY_US) % WEEK_US;
	if (since_monday < 0)
		since_monday += WEEK_US;

	calendar->stream = stream;
	calendar->monday = first - since_monday;
	calendar->start = since_monday;
	calendar->million = -1;
	for (uint32_t hour = 0; hour < PK_CALENDAR_HOURS; hour++)
	{
		calendar->before[hour] = weight;
		for (uint32_t i = 0; i < hour_weight(hour); i++)
			calendar->hour_of_unit[weight++] = (uint8_t) hour;
	}
}

/* Computes where this million of rows begins and ends in traffic. */
static void
enter_million(PkCalendar *calendar, int64_t million)
{
	int64_t from = calendar->start;
	int64_t to = from + FIRST_PIECE_US;
	uint64_t first = 0;	 /* of the piece's millions */
	uint64_t nparts = 1; /* how many it has */
	uint64_t begin, each, rest, part, end;

	for (int i = 0; (uint64_t) million >= first + nparts; i++)
	{
		first += nparts;
		nparts = first * 9;
		from = to;
		to += SECOND_PIECE_US >> i;
	}
	begin = traffic_by(calendar, from);
	each = (traffic_by(calendar, to) - begin) / nparts;
	rest = (traffic_by(calendar, to) - begin) % nparts;
	part = (uint64_t) million - first;
	end = begin + each * (part + 1) + rest * (part + 1) / nparts;
	calendar->million = million;
	calendar->base = begin + each * part + rest * part / nparts;
	calendar->share = (end - calendar->base) / MILLION;
	calendar->rest = (end - calendar->base) % MILLION;
}

int64_t
pk_calendar_instant(PkCalendar *calendar, int64_t row)
{
	int64_t million = row / MILLION;
	uint64_t in_million = (uint64_t) (row % MILLION);
	uint64_t traffic;
	uint64_t next;
	uint64_t in_week;
	uint32_t hour;

	if (million != calendar->million)
		enter_million(calendar, million);
	traffic = calendar->share * in_million + calendar->rest * in_million / MILLION;
	next = calendar->share * (in_million + 1) + calendar->rest * (in_million + 1) / MILLION;
	/* a row's interval is below 2^32: the largest is a millionth of 180 days' traffic */
	traffic += calendar->base + pk_below(pk_draw(calendar->stream, (uint64_t) row), (uint32_t) (next - traffic));

	in_week = traffic % (PK_CALENDAR_WEIGHT * HOUR_US);
	hour = calendar->hour_of_unit[in_week / HOUR_US];
	return calendar->monday + (int64_t) (traffic / (PK_CALENDAR_WEIGHT * HOUR_US)) * WEEK_US + hour * HOUR_US +
		   (int64_t) ((in_week - calendar->before[hour] * HOUR_US) / hour_weight(hour));
}
