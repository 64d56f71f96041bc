/*
 * signed_rank_test.c
 *	  src/stats/signed_rank: against published values and against every sign there can be.
 *
 * Published: Hamilton's depression scale before and after therapy, M. Hollander and D. Wolfe,
 * "Nonparametric Statistical Methods", examples 3.1, 3.3 and 3.4 (V = 40, one-sided p = 0.0195,
 * shift 0.46 with the 96.1 % interval 0.010 to 0.786), also the example of R's wilcox.test; and
 * their table A.4.
 */
#include "tap.h"

#include <stdlib.h>

#include "stats/signed_rank.h"

static const double before[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
static const double after[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};

static double walsh[PK_WALSH_AVERAGES(PK_PAIRS_MAX)];

static void
test_published(void)
{
	double differences[9];
	PkShift shift;

	for (int i = 0; i < 9; i++)
		differences[i] = before[i] - after[i];
	/* P(W >= 40) = P(W <= 5) */
	is_near(pk_signed_rank_lower_tail(5, 9), 0.01953125, 1e-15, "depression scale: one-sided p");
	is_near(pk_signed_rank_test(differences, 9), 0.0390625, 1e-15, "depression scale: two-sided p");
	shift = pk_shift(differences, 9, 0.95, walsh);
	is_near(shift.estimate, 0.46, 5e-4, "depression scale: shift");
	is_near(shift.lower, 0.010, 5e-4, "depression scale: lower end");
	is_near(shift.upper, 0.786, 5e-4, "depression scale: upper end");
	is_near(shift.coverage, 0.961, 5e-4, "depression scale: coverage");
}

static void
test_tails(void)
{
	/* Hollander and Wolfe, table A.4: P(W <= n (n + 1) / 2 - t) */
	is_near(pk_signed_rank_lower_tail(3, 8), 5.0 / 256, 1e-15, "n = 8: P(W <= 3)");
	is_near(pk_signed_rank_lower_tail(4, 8), 7.0 / 256, 1e-15, "n = 8: P(W <= 4)");
	is_near(pk_signed_rank_lower_tail(52, 20), 0.0242, 1e-4, "n = 20: P(W <= 52)");
	is_near(pk_signed_rank_lower_tail(-1, 8), 0, 0, "below 0");
	is_near(pk_signed_rank_lower_tail(36, 8), 1, 0, "all of it");
	is_near(pk_signed_rank_lower_tail(0, 0), 1, 0, "no values");
	for (int n = 1; n <= PK_PAIRS_MAX; n += 9)
	{
		int most = PK_WALSH_AVERAGES(n);

		is_near(pk_signed_rank_lower_tail((most - 1) / 2, n) + pk_signed_rank_lower_tail(most / 2, n), 1, 1e-12,
				"n = %d: symmetric about the mean", n);
	}
	is_int(pk_shift_least(0.95), 6, "95 %% need six pairs");
	is_int(pk_shift_least(0.99), 8, "99 %% need eight");
	is_int(pk_shift_least(0.5), 2, "50 %% need two");
}

/* The interval covers what it says it does: over all signs of distinct sizes, 0 lies within. */
static void
test_coverage(void)
{
	for (int n = 1; n <= 12; n++)
	{
		int covered = 0;
		double claimed = 0;

		for (unsigned signs = 0; signs < 1u << n; signs++)
		{
			double values[12];
			PkShift shift;

			for (int i = 0; i < n; i++)
				values[i] = ((signs >> i) & 1 ? -1 : 1) * pow(1.7, i);
			shift = pk_shift(values, n, 0.95, walsh);
			claimed = shift.coverage;
			covered += shift.lower < 0 && shift.upper > 0;
		}
		is_near(ldexp(covered, -n), claimed, 1e-12, "n = %d: coverage over all signs", n);
		ok(claimed >= 0.95 && (n < 6 ? claimed == 1 : claimed <= 0.97), "n = %d: at least 95 %%, and not much more", n);
	}
}

/* The test is exact with ties and zeros: over all signs, p <= alpha in at most alpha of them. */
static void
test_ties(void)
{
	static const double sizes[] = {1, 1, 1, 2, 2, 3, 0, 5, 5, 5};
	int n = 10;

	for (double alpha = 0.01; alpha < 0.2; alpha *= 2)
	{
		int rejected = 0;

		for (unsigned signs = 0; signs < 1u << n; signs++)
		{
			double values[10];

			for (int i = 0; i < n; i++)
				values[i] = (signs >> i) & 1 ? -sizes[i] : sizes[i];
			rejected += pk_signed_rank_test(values, n) <= alpha;
		}
		ok(ldexp(rejected, -n) <= alpha && rejected > 0, "ties: level %g is kept (%.4f)", alpha, ldexp(rejected, -n));
	}
}

static void
test_hostile(void)
{
	double values[PK_PAIRS_MAX] = {0};
	PkShift shift = pk_shift(values, 0, 0.95, walsh);

	ok(isnan(shift.estimate) && isinf(shift.lower) && isinf(shift.upper), "no values: neither shift nor ends");
	is_near(pk_signed_rank_test(values, 0), 1, 0, "no values: p is 1");
	is_near(pk_signed_rank_test(values, 8), 1, 0, "all 0: p is 1");
	shift = pk_shift(values, PK_PAIRS_MAX, 0.95, walsh);
	ok(shift.estimate == 0 && shift.lower == 0 && shift.upper == 0, "all 0: so is the shift");
	for (int i = 0; i < 8; i++)
		values[i] = 7;
	shift = pk_shift(values, 8, 0.95, walsh);
	ok(shift.estimate == 7 && shift.lower == 7 && shift.upper == 7, "all equal: so is the shift");
	is_near(pk_signed_rank_test(values, 8), 2.0 / 256, 1e-15, "all equal: p is the smallest there is");
	shift = pk_shift(values, 5, 0.95, walsh);
	ok(shift.estimate == 7 && isinf(shift.lower) && isinf(shift.upper), "five pairs: a shift without ends");
	for (int kind = 0; kind < 3; kind++)
	{
		values[3] = kind == 0 ? NAN : kind == 1 ? INFINITY
												: -INFINITY;
		shift = pk_shift(values, 8, 0.95, walsh);
		ok(isnan(shift.estimate) && isnan(shift.lower) && isnan(shift.upper), "%g: no shift", values[3]);
		ok(isnan(pk_signed_rank_test(values, 8)), "%g: no p", values[3]);
	}
	values[3] = 1e308;
	values[4] = 1.5e308;
	shift = pk_shift(values, 8, 0.95, walsh);
	ok(isfinite(shift.estimate) && isfinite(shift.upper), "values near the largest there are do not overflow");
	shift = pk_shift(values, 1, 0.95, walsh);
	ok(shift.estimate == 7, "one value is its own shift");
}

int
main(void)
{
	test_published();
	test_tails();
	test_coverage();
	test_ties();
	test_hostile();
	return tap_done();
}
