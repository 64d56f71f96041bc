/*
 * calendar.h
 *	  When the events of a growing business happened: instants by row number that never go back.
 *
 * Traffic follows a week: busy on weekday mornings and afternoons, little at night and at weekends.
 * Row i's instant must depend on i alone, and yet no row may lie after a given end. So the rows
 * fill the time before the end in pieces of increasing rate: the first million takes 180 days, the
 * next nine million 45 days, the next ninety million 22.5 days, and so on by halves, up to 10^12
 * rows at the end. Days are in UTC.
 */
#ifndef PK_RANDOM_CALENDAR_H
#define PK_RANDOM_CALENDAR_H

#include <stdint.h>

#include "random/counter.h"

#define PK_CALENDAR_HOURS (7 * 24)

/* Sum of the weights of a week's hours, from Monday. */
#define PK_CALENDAR_WEIGHT 1138

/* Rows with an instant. */
#define PK_CALENDAR_ROWS INT64_C(1000000000000)

/* The first row's instant is not earlier than this before the end, in microseconds. */
#define PK_CALENDAR_SPAN (INT64_C(269) * 86400 * 1000000)

/* Rows per million that lie between Monday and Friday from 8 to 18 o'clock, in the long run. */
#define PK_CALENDAR_BUSINESS 808436

typedef struct PkCalendar
{
	PkStream stream;
	int64_t monday; /* a Monday's midnight before all rows, in microseconds from 2000-01-01 */
	int64_t start;	/* of the first row, counted from that Monday */

	uint32_t before[PK_CALENDAR_HOURS];		  /* weight of a week's hours before each one */
	uint8_t hour_of_unit[PK_CALENDAR_WEIGHT]; /* the hour that each unit of weight belongs to */

	/*
	 * the million of rows used last: its start, the interval of each row, and the remainder over
	 * all rows
	 */
	int64_t million;
	uint64_t base;
	uint64_t share;
	uint64_t rest;
} PkCalendar;

/* "end" in microseconds from 2000-01-01; end - PK_CALENDAR_SPAN minus a week must not overflow. */
extern void pk_calendar_init(PkCalendar *calendar, PkStream stream, int64_t end);

/*
 * Instant of a row (0 <= row < PK_CALENDAR_ROWS) in microseconds from 2000-01-01. Cheap when called
 * for neighboring rows.
 */
extern int64_t pk_calendar_instant(PkCalendar *calendar, int64_t row);

#endif /* PK_RANDOM_CALENDAR_H */
