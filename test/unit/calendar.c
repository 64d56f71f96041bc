/*
 * calendar.c
 *	  src/random/calendar: instants never run backwards, end in time, and follow the week.
 */
#include "random/calendar.h"
#include "tap.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define HOUR_US (INT64_C(3600) * 1000000)

/* Days since 2000-01-01, a Saturday; rounded down. */
static int64_t
day_of(int64_t instant)
{
	return (instant - ((instant % DAY_US) + DAY_US) % DAY_US) / DAY_US;
}

/* 0 is Monday. */
static int
weekday_of(int64_t instant)
{
	return (int) (((day_of(instant) + 5) % 7 + 7) % 7);
}

static void
test_order(int64_t end, const char *name)
{
	/* around each change of rate, and at both ends */
	static const int64_t places[] = {0, 999000, 9999000, 99999000, 999999000, INT64_C(99999999000),
									 PK_CALENDAR_ROWS - 2000};
	PkCalendar calendar;
	int64_t last = INT64_MIN;
	int backwards = 0;

	pk_calendar_init(&calendar, pk_stream(42, 3, 0), end);
	for (int i = 0; i < (int) (sizeof(places) / sizeof(places[0])); i++)
	{
		for (int64_t row = places[i]; row < places[i] + 2000; row++)
		{
			int64_t instant = pk_calendar_instant(&calendar, row);

			backwards += instant < last;
			last = instant;
		}
	}
	is_int(backwards, 0, "%s: never backwards", name);
	ok(last < end && end - last < HOUR_US, "%s: the last row of all is just before the end", name);
	ok(pk_calendar_instant(&calendar, 0) >= end - PK_CALENDAR_SPAN, "%s: the first is within the span", name);
}

static void
test_pieces(void)
{
	PkCalendar calendar;
	int64_t end = 9000 * DAY_US;
	int64_t first, million, ten_million, hundred_million;

	pk_calendar_init(&calendar, pk_stream(42, 3, 0), end);
	first = pk_calendar_instant(&calendar, 0);
	million = pk_calendar_instant(&calendar, 1000000);
	ten_million = pk_calendar_instant(&calendar, 10000000);
	hundred_million = pk_calendar_instant(&calendar, 100000000);
	is_near((double) (million - first) / DAY_US, 180, 2, "the first million takes 180 days");
	is_near((double) (ten_million - million) / DAY_US, 45, 1, "up to 10 million takes 45 more");
	is_near((double) (hundred_million - ten_million) / DAY_US, 22.5, 1, "up to 100 million half of that");
}

static void
test_week(void)
{
	PkCalendar calendar;
	uint32_t days[7] = {0};
	uint32_t business = 0;

	pk_calendar_init(&calendar, pk_stream(42, 3, 0), 9000 * DAY_US);
	for (int64_t row = 0; row < 1000000; row++)
	{
		int64_t instant = pk_calendar_instant(&calendar, row);
		int hour = (int) ((instant - day_of(instant) * DAY_US) / HOUR_US);
		int weekday = weekday_of(instant);

		days[weekday]++;
		business += weekday < 5 && hour >= 8 && hour < 18;
	}
	is_near(business / 1e6, PK_CALENDAR_BUSINESS / 1e6, 0.01, "four fifths lie in business hours");
	for (int weekday = 0; weekday < 5; weekday++)
		ok(days[weekday] > 4 * days[5] && days[weekday] > 4 * days[6], "weekday %d is busier than weekends", weekday);
}

/* A row's instant must not depend on which was asked for before. */
static void
test_random_access(void)
{
	PkCalendar forward, backward;
	int64_t instants[64];
	int differ = 0;

	pk_calendar_init(&forward, pk_stream(7, 3, 0), 0);
	pk_calendar_init(&backward, pk_stream(7, 3, 0), 0);
	for (int i = 0; i < 64; i++)
		instants[i] = pk_calendar_instant(&forward, (int64_t) i * 999983 * (i + 1));
	for (int i = 63; i >= 0; i--)
		differ += pk_calendar_instant(&backward, (int64_t) i * 999983 * (i + 1)) != instants[i];
	is_int(differ, 0, "the order of calls makes no difference");
}

int
main(void)
{
	test_order(9000 * DAY_US, "2024");
	test_order(9000 * DAY_US + 12345678901, "within a day");
	test_order(0, "2000-01-01");
	test_order(-700000 * DAY_US, "before the epoch");
	test_pieces();
	test_week();
	test_random_access();
	return tap_done();
}
