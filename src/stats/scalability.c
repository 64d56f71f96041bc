/*
 * scalability.c
 *	  How throughput grows with the number of clients: the Universal Scalability Law, fitted.
 *
 * The time per transaction and client, y = N / X(N), is linear in 1/g, a/g and b/g:
 *
 *	  y = 1/g + (a/g) (N - 1) + (b/g) N (N - 1)
 *
 * so the fit is linear least squares with coefficients that may not be negative, and its optimum is
 * exact: no start values, no iteration. Throughput varies by a share of itself, so residuals are
 * taken relative to the measured y. With three coefficients there are four sets of those that may
 * differ from 0 (1/g must be positive); the best of the four that has no negative one is the
 * optimum (C. Lawson and R. Hanson, "Solving Least Squares Problems", 1974, chapter 23).
 *
 * Intervals are profiles: the values of a coefficient with which the best choice of the others
 * increases the sum of squares by no more than t^2 s^2. Unlike standard errors they hold where the
 * estimate is 0, the border of what is possible. The points with a smaller sum of squares are a
 * convex set, and a = (a/g) / (1/g) maps it to an interval, so its ends can be bisected for.
 */
#include <math.h>
#include <stddef.h>

#include "stats/change.h"
#include "stats/scalability.h"

/* The three terms of y. */
enum
{
	TERM_SINGLE,
	TERM_CONTENTION,
	TERM_COHERENCY,
	TERMS
};

/* Sums over all measurements, of terms and y divided by y: what least squares needs to know. */
typedef struct Sums
{
	double product[TERMS][TERMS];
	double with_y[TERMS];
	double y_y;
	double scale[TERMS]; /* by which terms were divided, so that their sums of squares are 1 */
} Sums;

/* A fixed ratio of the coefficient of one term to that of TERM_SINGLE, or none. */
typedef struct Fixed
{
	int term; /* TERM_SINGLE: its own coefficient is fixed, to "value"; TERMS: nothing is */
	double value;
} Fixed;

static void
term_values(double clients, double *terms)
{
	terms[TERM_SINGLE] = 1.0;
	terms[TERM_CONTENTION] = clients - 1.0;
	terms[TERM_COHERENCY] = clients * (clients - 1.0);
}

static void
sum_up(const double *clients, const double *throughput, int count, Sums *sums)
{
	*sums = (Sums){.y_y = count};
	for (int pass = 0; pass < 2; pass++)
	{
		for (int i = 0; i < count; i++)
		{
			double y = clients[i] / throughput[i];
			double terms[TERMS];

			term_values(clients[i], terms);
			for (int j = 0; j < TERMS; j++)
			{
				if (pass == 0)
				{
					sums->scale[j] += terms[j] / y * (terms[j] / y);
					continue;
				}
				sums->with_y[j] += terms[j] / y / sums->scale[j];
				for (int k = 0; k < TERMS; k++)
					sums->product[j][k] += terms[j] / y / sums->scale[j] * (terms[k] / y / sums->scale[k]);
			}
		}
		for (int j = 0; j < TERMS && pass == 0; j++)
			sums->scale[j] = sqrt(sums->scale[j]);
	}
}

/*
 * Least squares for at most three terms, of whom "used" are not 0, by Cholesky's decomposition. The
 * sum of squares, or INFINITY if the terms depend on each other or a coefficient is not positive.
 */
static double
solve(double product[TERMS][TERMS], const double *with_y, double y_y, unsigned used, double *coefficients)
{
	double lower[TERMS][TERMS] = {{0}};
	double half[TERMS] = {0};
	double left = y_y;

	for (int i = 0; i < TERMS; i++)
	{
		coefficients[i] = 0;
		if (!(used >> i & 1))
			continue;
		half[i] = with_y[i];
		for (int j = 0; j <= i; j++)
		{
			double sum = product[i][j];

			if (!(used >> j & 1))
				continue;
			for (int k = 0; k < j; k++)
				sum -= lower[i][k] * lower[j][k];
			if (i == j && !(sum > 1e-12 * product[i][i]))
				return INFINITY;
			lower[i][j] = i == j ? sqrt(sum) : sum / lower[j][j];
			if (j < i)
				half[i] -= lower[i][j] * half[j];
		}
		half[i] /= lower[i][i];
		left -= half[i] * half[i];
	}
	for (int i = TERMS - 1; i >= 0; i--)
	{
		double sum = half[i];

		if (!(used >> i & 1))
			continue;
		for (int k = i + 1; k < TERMS; k++)
			sum -= lower[k][i] * coefficients[k];
		coefficients[i] = sum / lower[i][i];
		if (!(coefficients[i] > 0))
			return INFINITY;
	}
	return fmax(left, 0);
}

/*
 * The best coefficients that are not negative, and their sum of squares; INFINITY if there are
 * none. What is fixed leaves fewer to be chosen: a fixed ratio adds its term to TERM_SINGLE, and a
 * fixed TERM_SINGLE is subtracted from y.
 */
static double
best(const Sums *sums, Fixed fixed, double *coefficients)
{
	Sums left = *sums;
	unsigned free_terms = (1u << TERM_CONTENTION) | (1u << TERM_COHERENCY);
	double least = INFINITY;
	/* In units of the scaled terms. */
	double value = fixed.term == TERM_SINGLE ? fixed.value * sums->scale[TERM_SINGLE]
				   : fixed.term < TERMS		 ? fixed.value * sums->scale[fixed.term] / sums->scale[TERM_SINGLE]
											 : 0;

	if (fixed.term == TERM_SINGLE)
	{
		left.y_y += value * value * sums->product[TERM_SINGLE][TERM_SINGLE] - 2 * value * sums->with_y[TERM_SINGLE];
		for (int i = 0; i < TERMS; i++)
			left.with_y[i] -= value * sums->product[TERM_SINGLE][i];
	}
	else if (fixed.term < TERMS)
	{
		free_terms &= ~(1u << fixed.term);
		left.with_y[TERM_SINGLE] += value * sums->with_y[fixed.term];
		for (int i = 0; i < TERMS; i++)
			left.product[TERM_SINGLE][i] = left.product[i][TERM_SINGLE] =
				sums->product[TERM_SINGLE][i] + value * sums->product[fixed.term][i];
		left.product[TERM_SINGLE][TERM_SINGLE] = sums->product[TERM_SINGLE][TERM_SINGLE] +
												 2 * value * sums->product[TERM_SINGLE][fixed.term] +
												 value * value * sums->product[fixed.term][fixed.term];
	}
	for (unsigned chosen = 0; chosen < 1u << TERMS; chosen++)
	{
		unsigned used = chosen | (fixed.term == TERM_SINGLE ? 0 : 1u << TERM_SINGLE);
		double tried[TERMS];
		double squares;

		if ((chosen & ~free_terms) != 0)
			continue;
		squares = solve(left.product, left.with_y, left.y_y, used, tried);
		if (squares >= least)
			continue;
		least = squares;
		for (int i = 0; i < TERMS && coefficients; i++)
			coefficients[i] = tried[i] / sums->scale[i];
	}
	return least;
}

/*
 * The end of an interval: how far from its estimate the fixed value can move, up or down, while the
 * sum of squares stays below the bound. unit: about how large it can be. Upwards INFINITY if
 * nothing ends it.
 */
static double
interval_end(const Sums *sums, int term, double estimate, double unit, double bound, bool up)
{
	double inside = estimate;
	double outside = 0;

	if (up)
	{
		double step = fmax(estimate, unit) * 1e-6;

		while (step < 1e12 * unit && best(sums, (Fixed){term, estimate + step}, NULL) <= bound)
			step *= 2;
		if (!(step < 1e12 * unit))
			return INFINITY;
		outside = estimate + step;
	}
	else if (best(sums, (Fixed){term, 0}, NULL) <= bound)
		return 0;
	for (int i = 0; i < 100; i++)
	{
		double middle = inside + (outside - inside) / 2;

		if (best(sums, (Fixed){term, middle}, NULL) <= bound)
			inside = middle;
		else
			outside = middle;
	}
	return inside;
}

static bool
can_fit(const double *clients, const double *throughput, int count, double *most)
{
	int levels = 0;

	*most = 0;
	for (int i = 0; i < count; i++)
	{
		bool is_new = true;

		if (!(clients[i] >= 1 && isfinite(clients[i]) && throughput[i] > 0 && isfinite(throughput[i])))
			return false;
		for (int j = 0; j < i && is_new; j++)
			is_new = clients[j] != clients[i];
		levels += is_new;
		*most = fmax(*most, clients[i]);
	}
	return levels >= PK_SCALABILITY_LEVELS;
}

/* The interval of 1/g, as one of g. */
static PkCoefficient
of_single(const Sums *sums, double y, double bound)
{
	double lower = interval_end(sums, TERM_SINGLE, y, y, bound, false);

	return (PkCoefficient){.estimate = 1 / y,
						   .lower = 1 / interval_end(sums, TERM_SINGLE, y, y, bound, true),
						   .upper = lower > 0 ? 1 / lower : INFINITY};
}

bool
pk_scalability_fit(const double *clients, const double *throughput, int count, double confidence, PkScalability *fit)
{
	Sums sums;
	double y[TERMS];
	double most, squares, student, bound;
	double a, b;

	if (!can_fit(clients, throughput, count, &most))
		return false;
	sum_up(clients, throughput, count, &sums);
	squares = best(&sums, (Fixed){TERMS, 0}, y);
	if (!isfinite(squares))
		return false;
	student = pk_student_quantile(0.5 + confidence / 2, count - TERMS);
	/* Rounding leaves a little even where the law holds exactly. */
	bound = squares * (1 + student * student / (count - TERMS)) + 1e-13 * count;
	a = y[TERM_CONTENTION] / y[TERM_SINGLE];
	b = y[TERM_COHERENCY] / y[TERM_SINGLE];
	fit->single = of_single(&sums, y[TERM_SINGLE], bound);
	fit->contention = (PkCoefficient){.estimate = a,
									  .lower = interval_end(&sums, TERM_CONTENTION, a, 1 / most, bound, false),
									  .upper = interval_end(&sums, TERM_CONTENTION, a, 1 / most, bound, true)};
	fit->coherency = (PkCoefficient){.estimate = b,
									 .lower = interval_end(&sums, TERM_COHERENCY, b, 1 / most / most, bound, false),
									 .upper = interval_end(&sums, TERM_COHERENCY, b, 1 / most / most, bound, true)};
	fit->error = sqrt(squares / (count - TERMS));
	/* The law's derivative is 0 there; with a of 1 or more, each client makes it slower. */
	fit->peak = b > 0 ? sqrt(fmax(0, 1 - a) / b) : INFINITY;
	fit->peak = fmax(1, fit->peak);
	if (fit->peak > most)
		fit->peak = NAN;
	fit->limit = b == 0 && a > 0 ? fit->single.estimate / a : NAN;
	return true;
}

double
pk_scalability_throughput(const PkScalability *fit, double clients)
{
	return fit->single.estimate * clients /
		   (1 + fit->contention.estimate * (clients - 1) + fit->coherency.estimate * clients * (clients - 1));
}
