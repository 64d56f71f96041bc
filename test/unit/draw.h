/*
 * draw.h
 *	  Random numbers for simulations: perfkit's own generator, read in order from a fixed start.
 *
 * A program sets "stream" once; "position" is the number of draws so far.
 */
#ifndef DRAW_H
#define DRAW_H

#include <math.h>
#include <stdint.h>

#include "random/counter.h"

static PkStream stream;
static uint64_t position;

/* Between 0 and 1, neither included. */
static inline double
uniform(void)
{
	return ((double) (pk_draw(stream, position++) >> 11) + 0.5) / 9007199254740992.0;
}

/* Of mean 0 and standard deviation 1 (Box and Muller). */
static inline double
normal(void)
{
	double radius = sqrt(-2 * log(uniform()));

	return radius * cos(2 * M_PI * uniform());
}

/* Student's t of 3 degrees of freedom: heavy tails. */
static inline double
student_3(void)
{
	double a = normal();
	double b = normal();
	double c = normal();

	return normal() / sqrt((a * a + b * b + c * c) / 3);
}

#endif /* DRAW_H */
