/*
 * rank_sum_test.c
 *	  src/stats/rank_sum: against R's documented examples and against every choice there can be.
 *
 * Published, both from the examples of R's wilcox.test: the permeability of the chorioamnion (M.
 * Hollander and D. Wolfe, "Nonparametric Statistical Methods", example 4.1: W = 35, one-sided p =
 * 0.1272), and Ozone of the data set airquality in May and August, with ties (W = 127.5, p =
 * 0.0001208, by the normal approximation).
 */
#include "tap.h"

#include "stats/rank_sum.h"

static double room[200];

static void
test_published(void)
{
	static const double x[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
	static const double y[] = {1.15, 0.88, 0.90, 0.74, 1.21};
	static const double may[] = {41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18,
								 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37};
	static const double august[] = {39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22,
									59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85};

	is_near(pk_rank_sum_u(y, 5, x, 10), 35, 0, "permeability: U");
	/* continuous and without ties: twice the one-sided p */
	is_near(pk_rank_sum_test(x, 10, y, 5, room), 2 * 0.1272, 1e-4, "permeability: p");
	is_near(pk_cliffs_delta(y, 5, x, 10), 2 * 35.0 / 50 - 1, 1e-15, "permeability: Cliff's delta");
	is_near(pk_rank_sum_u(august, 26, may, 26), 127.5, 0, "ozone: U, with ties");
	is_near(pk_rank_sum_test(may, 26, august, 26, room), 0.0001208, 5e-8, "ozone: p");
}

/* The p value of every choice of m of the values, by counting the choices at least as far out. */
static void
test_enumeration(const double *values, int count, int m, const char *name)
{
	static double distances[1 << 12];
	static double p[1 << 12];
	int choices = 0;
	double worst = 0;

	for (unsigned chosen = 0; chosen < 1u << count; chosen++)
	{
		double x[12], y[12];
		int n = 0, k = 0;

		for (int i = 0; i < count; i++)
		{
			if ((chosen >> i) & 1)
				y[k++] = values[i];
			else
				x[n++] = values[i];
		}
		if (k != m)
			continue;
		distances[choices] = fabs(pk_rank_sum_u(x, n, y, m) - n * m / 2.0);
		p[choices++] = pk_rank_sum_test(x, n, y, m, room);
	}
	for (int i = 0; i < choices; i++)
	{
		int further = 0;

		for (int j = 0; j < choices; j++)
			further += distances[j] >= distances[i];
		worst = fmax(worst, fabs(p[i] - further / (double) choices));
	}
	is_near(worst, 0, 1e-12, "%s: p of all %d choices", name, choices);
}

static void
test_hostile(void)
{
	static const double ones[60] = {1, 1, 1, 1, 1, 1};
	double values[] = {1, NAN, 3};
	double ends[] = {-INFINITY, INFINITY, 2};
	double many[60];

	ok(isnan(pk_rank_sum_u(values, 3, ones, 3)) && isnan(pk_cliffs_delta(ones, 3, values, 3)) &&
		   isnan(pk_rank_sum_test(values, 3, ones, 3, room)),
	   "NaN gives NaN");
	is_near(pk_rank_sum_test(ones, 6, ones, 6, room), 1, 1e-15, "all tied: p is 1");
	is_near(pk_rank_sum_test(many, 0, ones, 6, room), 1, 0, "an empty sample: p is 1");
	ok(isnan(pk_cliffs_delta(ones, 6, many, 0)), "an empty sample has no delta");
	is_near(pk_cliffs_delta(ones, 6, ones, 6), 0, 0, "all tied: delta is 0");
	is_near(pk_rank_sum_u(ones, 1, ends, 3), 2, 0, "infinities are larger and smaller than all else");
	ok(pk_rank_sum_test(ones, 1, ends, 3, room) <= 1, "and have ranks");
	for (int i = 0; i < 60; i++)
		many[i] = 5;
	is_near(pk_rank_sum_test(many, 60, many, 60, room), 1, 0, "all of many tied: p is 1");
	for (int i = 0; i < 60; i++)
		many[i] = i;
	/* At the border between the two ways they agree. */
	is_near(pk_rank_sum_test(many, 25, many + 10, 25, room), pk_rank_sum_test(many, 26, many + 10, 25, room), 0.004,
			"the exact p and the approximation agree");
}

int
main(void)
{
	static const double distinct[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
	static const double tied[] = {1, 1, 1, 2, 2, 3, 4, 4, 4, 4, 9};

	test_published();
	test_enumeration(distinct, 11, 5, "without ties");
	test_enumeration(tied, 11, 5, "with ties");
	test_enumeration(tied, 11, 1, "a single value");
	test_hostile();
	return tap_done();
}
