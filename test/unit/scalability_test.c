/*
 * scalability_test.c
 *	  src/stats/scalability: known curves, noise, and what cannot be fitted.
 *
 * Published: the ray tracer on an SGI Origin 2000 of N. Gunther, "Guerrilla Capacity Planning",
 * which is data set raytracer of R's package usl. Fits of others, which do not weight the
 * measurements as this one does, give a = 0.050 and b = 1.1e-5.
 */
#include "tap.h"

#include "random/counter.h"
#include "stats/scalability.h"

static const double levels[] = {1, 2, 4, 8, 16, 32, 64, 128};

#define LEVELS ((int) (sizeof(levels) / sizeof(levels[0])))

static double
law(double g, double a, double b, double n)
{
	return g * n / (1 + a * (n - 1) + b * n * (n - 1));
}

static void
test_known(double g, double a, double b, const char *name)
{
	double throughput[LEVELS];
	PkScalability fit;
	double peak = b > 0 ? sqrt((1 - a) / b) : NAN;

	for (int i = 0; i < LEVELS; i++)
		throughput[i] = law(g, a, b, levels[i]);
	ok(pk_scalability_fit(levels, throughput, LEVELS, 0.95, &fit), "%s: fitted", name);
	is_near(fit.single.estimate / g, 1, 1e-6, "%s: throughput of one", name);
	is_near(fit.contention.estimate, a, 1e-6, "%s: contention", name);
	is_near(fit.coherency.estimate, b, 1e-8, "%s: coherency", name);
	is_near(fit.error, 0, 1e-6, "%s: no error", name);
	ok(fit.contention.lower <= fit.contention.estimate && fit.contention.estimate <= fit.contention.upper &&
		   fit.coherency.lower <= fit.coherency.estimate && fit.coherency.estimate <= fit.coherency.upper &&
		   fit.single.lower <= fit.single.estimate && fit.single.estimate <= fit.single.upper,
	   "%s: intervals contain the estimates", name);
	ok(fit.contention.upper - fit.contention.lower < 1e-4, "%s: intervals are narrow", name);
	if (peak <= levels[LEVELS - 1])
		is_near(fit.peak, peak, 1e-3 * peak, "%s: peak", name);
	else
		ok(isnan(fit.peak), "%s: no peak within the range", name);
	is_near(pk_scalability_throughput(&fit, 100) / law(g, a, b, 100), 1, 1e-5, "%s: the curve", name);
}

static void
test_published(void)
{
	static const double processors[] = {1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64};
	static const double rays[] = {20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310};
	PkScalability fit;

	ok(pk_scalability_fit(processors, rays, 11, 0.95, &fit), "ray tracer: fitted");
	is_near(fit.contention.estimate, 0.05, 0.01, "ray tracer: contention");
	ok(fit.contention.lower > 0.02 && fit.contention.upper < 0.08, "ray tracer: its interval");
	ok(fit.coherency.lower <= 1.1e-5 && 1.1e-5 <= fit.coherency.upper, "ray tracer: coherency");
	ok(fit.error > 0.01 && fit.error < 0.1, "ray tracer: a few percent of error");
	ok(isnan(fit.peak), "ray tracer: the peak is far beyond what was measured");
}

/* A sum of twelve uniform numbers is near enough to a normal one. */
static double
noise(uint64_t *number)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += (pk_mix64((*number)++) >> 11) * 0x1p-53;
	return sum;
}

/* How often the intervals contain the truth, with measurements that vary by 3 %. */
static void
test_coverage(double a, double b, const char *name)
{
	const int rounds = 600;
	int in_single = 0, in_contention = 0, in_coherency = 0;
	uint64_t number = 1;

	for (int round = 0; round < rounds; round++)
	{
		double throughput[LEVELS];
		PkScalability fit;

		for (int i = 0; i < LEVELS; i++)
			throughput[i] = law(500, a, b, levels[i]) * exp(0.03 * noise(&number));
		if (!pk_scalability_fit(levels, throughput, LEVELS, 0.95, &fit))
			break;
		in_single += fit.single.lower <= 500 && 500 <= fit.single.upper;
		in_contention += fit.contention.lower <= a && a <= fit.contention.upper;
		in_coherency += fit.coherency.lower <= b && b <= fit.coherency.upper;
	}
	/* 95 % of 600, less four standard deviations; at a border of the possible it may be more. */
	ok(in_single >= 548, "%s: intervals of the throughput of one (%d of %d)", name, in_single, rounds);
	ok(in_contention >= 548, "%s: intervals of contention (%d of %d)", name, in_contention, rounds);
	ok(in_coherency >= 548, "%s: intervals of coherency (%d of %d)", name, in_coherency, rounds);
}

/* What the law forbids: its nearest neighbour is at the border. */
static void
test_borders(void)
{
	double throughput[LEVELS];
	PkScalability fit;

	for (int i = 0; i < LEVELS; i++)
		throughput[i] = 10 * pow(levels[i], 1.2);
	ok(pk_scalability_fit(levels, throughput, LEVELS, 0.95, &fit), "faster than proportional: fitted");
	ok(fit.contention.estimate == 0 && fit.coherency.estimate == 0, "as proportional");
	ok(fit.contention.lower == 0 && fit.coherency.lower == 0 && isnan(fit.peak) && isnan(fit.limit),
	   "with nothing that ends it");
	/* a is 1: one at a time, whatever the number of clients */
	for (int i = 0; i < LEVELS; i++)
		throughput[i] = 50 * (i % 2 ? 1.01 : 0.99);
	ok(pk_scalability_fit(levels, throughput, LEVELS, 0.95, &fit), "a single server: fitted");
	is_near(fit.contention.estimate, 1, 0.03, "contention is 1");
	ok(fit.contention.lower < 1 && fit.contention.upper > 1, "within its interval");
	/* every client makes it slower */
	for (int i = 0; i < LEVELS; i++)
		throughput[i] = 1000 / levels[i];
	ok(pk_scalability_fit(levels, throughput, LEVELS, 0.95, &fit), "each client makes it slower: fitted");
	ok(fit.peak >= 1 && fit.peak < 2, "the peak is one client");
}

static void
test_refused(void)
{
	double clients[LEVELS] = {1, 2, 4, 8, 16, 32, 64, 128};
	double throughput[LEVELS] = {1, 2, 3, 4, 5, 6, 7, 8};
	static const double equal[8] = {4, 4, 4, 4, 4, 4, 4, 4};
	static const double five[8] = {1, 2, 3, 4, 5, 5, 5, 5};
	static const double wrong[] = {0, -1, NAN, INFINITY};
	PkScalability fit;

	ok(!pk_scalability_fit(clients, throughput, 0, 0.95, &fit), "nothing cannot be fitted");
	ok(!pk_scalability_fit(clients, throughput, 1, 0.95, &fit), "nor can one level");
	ok(!pk_scalability_fit(clients, throughput, 5, 0.95, &fit), "nor can five");
	ok(pk_scalability_fit(clients, throughput, 6, 0.95, &fit), "six can");
	ok(!pk_scalability_fit(equal, throughput, 8, 0.95, &fit), "equal levels cannot");
	ok(!pk_scalability_fit(five, throughput, 8, 0.95, &fit), "nor can five levels in eight measurements");
	for (int i = 0; i < 4; i++)
	{
		clients[3] = wrong[i];
		ok(!pk_scalability_fit(clients, throughput, LEVELS, 0.95, &fit), "%g clients cannot be", wrong[i]);
		clients[3] = 8;
		throughput[3] = wrong[i];
		ok(!pk_scalability_fit(clients, throughput, LEVELS, 0.95, &fit), "nor can a throughput of %g", wrong[i]);
		throughput[3] = 4;
	}
}

/* Units far from each other leave the result as it is. */
static void
test_units(void)
{
	double throughput[LEVELS], clients[LEVELS];
	PkScalability fit;

	for (int i = 0; i < LEVELS; i++)
	{
		clients[i] = levels[i] * 700;
		throughput[i] = 1e9 * law(1, 1e-4, 1e-10, clients[i]);
	}
	ok(pk_scalability_fit(clients, throughput, LEVELS, 0.95, &fit), "large numbers: fitted");
	is_near(fit.contention.estimate / 1e-4, 1, 1e-4, "large numbers: contention");
	is_near(fit.coherency.estimate / 1e-10, 1, 1e-3, "large numbers: coherency");
}

int
main(void)
{
	test_known(900, 0.05, 0.0005, "a peak at 43");
	test_known(3, 0.4, 0, "Amdahl's law");
	test_known(100, 0, 0.0001, "coherency alone");
	test_known(7, 0, 0, "proportional");
	test_published();
	test_coverage(0.05, 0.0005, "a peak");
	test_coverage(0.2, 0, "no coherency");
	test_coverage(0, 0, "proportional");
	test_borders();
	test_refused();
	test_units();
	return tap_done();
}
