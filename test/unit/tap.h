/*
 * tap.h
 *	  The Test Anything Protocol for the unit tests, which are programs without a server.
 *
 * A test calls the checks below and ends with `return tap_done();`. The plan is printed last, so
 * that a program that dies halfway has none, and fails.
 */
#ifndef TAP_H
#define TAP_H

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count = 0;
static int tap_failures = 0;

/*
 * Report one check; its name is a printf format. Returns the condition, so that a caller can say
 * more.
 */
#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)

static inline bool tap_ok(bool cond, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static inline bool
tap_ok(bool cond, const char *file, int line, const char *format, ...)
{
	va_list args;

	printf("%sok %d - ", cond ? "" : "not ", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	if (!cond)
	{
		tap_failures++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout); /* what was found must survive a crash in the next check */
	return cond;
}

/* Report whether two integers are equal, and both of them when they are not. */
#define is_int(got, want, ...)                                                      \
	do                                                                              \
	{                                                                               \
		int64_t tap_got = (got),                                                    \
				tap_want = (want);                                                  \
		if (!ok(tap_got == tap_want, __VA_ARGS__))                                  \
			printf("# got %" PRId64 ", expected %" PRId64 "\n", tap_got, tap_want); \
	} while (0)

/*
 * Report whether two floating-point numbers differ by no more than the tolerance. NaN equals
 * nothing.
 */
#define is_near(got, want, tolerance, ...)                              \
	do                                                                  \
	{                                                                   \
		double tap_got = (got),                                         \
			   tap_want = (want);                                       \
		if (!ok(fabs(tap_got - tap_want) <= (tolerance), __VA_ARGS__))  \
			printf("# got %.17g, expected %.17g\n", tap_got, tap_want); \
	} while (0)

/* Report whether two strings are equal. */
#define is_str(got, want, ...)                                            \
	do                                                                    \
	{                                                                     \
		const char *tap_got = (got),                                      \
				   *tap_want = (want);                                    \
		if (!ok(strcmp(tap_got, tap_want) == 0, __VA_ARGS__))             \
			printf("# got \"%s\", expected \"%s\"\n", tap_got, tap_want); \
	} while (0)

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures > 0 ? 1 : 0;
}

#endif /* TAP_H */
