/*
 * change_points.c
 *	  A series of measurements in order of time: where its level has changed, and whether it creeps.
 *
 * Change points: the split with the largest difference of means, in standard errors, is looked for;
 * if it is larger than chance explains, both halves are searched in turn (A. Scott and M. Knott,
 * "A cluster analysis method for grouping means", Biometrics 30, 1974). What chance explains is
 * found by shuffling (J. Antoch and M. Huskova, "Permutation tests in change point analysis",
 * Statistics and Probability Letters 53, 2001), which is exact for independent values of any
 * distribution. Runs are not independent: the machine's state lasts for a while. So it is not the
 * values that are shuffled but the innovations of an autoregressive series of first order, as far
 * as the values look like one. (C. Kirch, "Block permutation principles for the change analysis of
 * dependent data", Journal of Statistical Planning and Inference 137, 2007, shuffles blocks.) The
 * shuffles are drawn from a fixed seed.
 *
 * Creep: the test of Mann and Kendall with the slope of Theil and Sen, its variance inflated for
 * the same autocorrelation (S. Yue and C. Wang, "The Mann-Kendall test modified by effective sample
 * size to detect trend in serially correlated hydrological series", Water Resources Management 18,
 * 2004).
 *
 * Steps that follow one another look like a slope and a slope can be cut into steps, so both are
 * fitted, and the better one is reported, by Schwarz's criterion for errors of Laplace's
 * distribution.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random/counter.h"
#include "stats/change_points.h"

#define SHUFFLES 999

/* Values further than so many median deviations from the median are moved there for the search. */
#define OUTLIER 4.0

/* Autocorrelation beyond this would make everything chance. */
#define CORRELATION_MOST 0.8

typedef struct Search
{
	const double *values;
	double margin;
	double risk;
	double *room; /* for 4 n numbers */
	PkPoint *points;
	int changes;
} Search;

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return (x > y) - (x < y);
}

/* room: for n numbers */
static double
median(const double *values, int n, double *room)
{
	memcpy(room, values, (size_t) n * sizeof(double));
	qsort(room, (size_t) n, sizeof(double), compare_doubles);
	return (room[(n - 1) / 2] + room[n / 2]) / 2;
}

/* Sum of absolute deviations from the median. */
static double
deviations(const double *values, int n, double *room)
{
	double middle = median(values, n, room);
	double sum = 0.0;

	for (int i = 0; i < n; i++)
		sum += fabs(values[i] - middle);
	return sum;
}

/* Brings outliers nearer: one of them must not hide a change, nor look like one. */
static void
clip(const double *values, int n, double *clipped, double *room)
{
	double middle = median(values, n, room);
	double spread;

	for (int i = 0; i < n; i++)
		clipped[i] = fabs(values[i] - middle);
	spread = OUTLIER * 1.4826 * median(clipped, n, room);
	for (int i = 0; i < n; i++)
		clipped[i] = spread > 0 ? fmax(middle - spread, fmin(middle + spread, values[i])) : values[i];
}

/*
 * The largest difference of means over all splits, in units that a series of the same values in
 * another order shares; "split" is the number of values before it. 0: all are equal.
 */
static double
scan(const double *values, int n, int *split)
{
	double mean = 0.0;
	double squares = 0.0;
	double sum = 0.0;
	double best = 0.0;

	*split = PK_SEGMENT_LEAST;
	for (int i = 0; i < n; i++)
		mean += values[i] / n;
	for (int i = 0; i < n; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	if (!(squares > 0.0))
		return 0.0;
	for (int k = 1; k <= n - PK_SEGMENT_LEAST; k++)
	{
		double distance;

		sum += values[k - 1] - mean;
		distance = sum * sum / ((double) k * (n - k));
		if (k >= PK_SEGMENT_LEAST && distance > best)
		{
			best = distance;
			*split = k;
		}
	}
	return best / squares;
}

/*
 * Correlation of neighbours in residuals of a fit with so many parameters, which makes it look
 * smaller than it is (M. Kendall, "Note on bias in the estimation of autocorrelation", Biometrika
 * 41, 1954). Never below 0.
 */
static double
correlation(const double *residuals, int n, int parameters)
{
	double product = 0.0;
	double squares = 0.0;
	double r;

	for (int i = 0; i < n; i++)
		squares += residuals[i] * residuals[i];
	for (int i = 1; i < n; i++)
		product += residuals[i] * residuals[i - 1];
	if (!(squares > 0.0))
		return 0.0;
	r = product / squares;
	r += parameters * (1 + 3 * r) / n;
	return fmax(0.0, fmin(CORRELATION_MOST, r));
}

/*
 * The same, estimated from differences, on most of which changes of the level have no bearing. In
 * residuals of a single split, further changes look like correlation. (S. Chakar, E. Lebarbier, C.
 * Levy-Leduc and S. Robin, "A robust approach for estimating change-points in the mean of an AR(1)
 * process", Bernoulli 23, 2017.) It is less precise, so one standard error or so is added. room:
 * for 2 n numbers.
 */
static double
robust_correlation(const double *values, int n, double *room)
{
	double near, far;

	for (int i = 0; i < n - 1; i++)
		room[i] = fabs(values[i + 1] - values[i]);
	near = median(room, n - 1, room + n);
	for (int i = 0; i < n - 2; i++)
		room[i] = fabs(values[i + 2] - values[i]);
	far = median(room, n - 2, room + n);
	if (!(near > 0.0))
		return 0.0;
	return fmax(0.0, far * far / (near * near) - 1 + 1 / sqrt(n));
}

/* Shuffles values in place, the same way for the same number. */
static void
shuffle(double *values, int n, int number)
{
	PkStream stream = pk_stream(20261128, (uint32_t) n, (uint32_t) number);

	for (int i = n - 1; i > 0; i--)
	{
		int j = (int) pk_below(pk_draw(stream, (uint64_t) i), (uint32_t) i + 1);
		double value = values[i];

		values[i] = values[j];
		values[j] = value;
	}
}

/*
 * Probability of a scan at least as large without a change. room: for 2 n numbers.
 */
static double
shuffled(const double *values, int n, double observed, double r, double *room)
{
	double *innovations = room;
	double *series = room + n;
	int reached = 1;

	/* The first one has the variance of the whole series, so it is made as small as the others. */
	innovations[0] = values[0] * sqrt(1 - r * r);
	for (int i = 1; i < n; i++)
		innovations[i] = values[i] - r * values[i - 1];
	for (int number = 0; number < SHUFFLES; number++)
	{
		int split;

		shuffle(innovations, n, number);
		series[0] = innovations[0] / sqrt(1 - r * r);
		for (int i = 1; i < n; i++)
			series[i] = innovations[i] + r * series[i - 1];
		reached += scan(series, n, &split) >= observed * (1 - 1e-9);
	}
	return reached / (SHUFFLES + 1.0);
}

/* Looks for a change in the values from "first" to before "end", and then on both sides of it. */
static void
search(Search *s, int first, int end)
{
	const double *values = s->values + first;
	int n = end - first;
	double *clipped = s->room;
	double *room = s->room + n;
	double left, right, observed, r, p;
	int split;

	if (n < 2 * PK_SEGMENT_LEAST)
		return;
	clip(values, n, clipped, room);
	/* around 0, so that a series of innovations is, too */
	left = median(clipped, n, room);
	for (int i = 0; i < n; i++)
		clipped[i] -= left;
	observed = scan(clipped, n, &split);
	if (observed == 0.0)
		return;
	left = median(clipped, split, room);
	right = median(clipped + split, n - split, room);
	for (int i = 0; i < n; i++)
		room[i] = clipped[i] - (i < split ? left : right);
	r = correlation(room, n, 2);
	r = fmin(r, robust_correlation(clipped, n, room));
	p = shuffled(clipped, n, observed, r, room);
	left = median(values, split, room);
	right = median(values + split, n - split, room);
	if (p > s->risk || fabs(right - left) < s->margin)
		return;

	s->points[first + split].starts = true;
	s->points[first + split].p = p;
	s->changes++;
	search(s, first, first + split);
	search(s, first + split, end);
}

/* Numbers the segments, and puts the size of each change. */
static void
number_segments(const double *values, int n, PkPoint *points, double *room)
{
	int segment = 0;
	int before = 0; /* where the segment before begins */

	for (int i = 0; i < n; i++)
	{
		if (points[i].starts)
		{
			int end = i + 1;

			while (end < n && !points[end].starts)
				end++;
			points[i].change = median(values + i, end - i, room) - median(values + before, i - before, room);
			before = i;
			segment++;
		}
		points[i].segment = segment;
	}
}

/* How well the levels of all segments fit; smaller is better. */
static double
fit_of_steps(const double *values, int n, const PkPoint *points, int changes, double *room)
{
	double sum = 0.0;

	for (int first = 0, end; first < n; first = end)
	{
		for (end = first + 1; end < n && !points[end].starts; end++)
			;
		sum += deviations(values + first, end - first, room);
	}
	return 2 * n * log(fmax(sum / n, 1e-9)) + (2 * changes + 1) * log(n);
}

static double
fit_of_slope(const double *values, int n, double slope, double *residuals, double *room)
{
	for (int i = 0; i < n; i++)
		residuals[i] = values[i] - slope * i;
	return 2 * n * log(fmax(deviations(residuals, n, room) / n, 1e-9)) + 2 * log(n);
}

/* The quantile of the normal distribution, by bisection: it is needed once. */
static double
normal_quantile(double probability)
{
	double low = -10.0;
	double high = 10.0;

	for (int i = 0; i < 80; i++)
	{
		double middle = (low + high) / 2;

		if (erfc(-middle / sqrt(2)) / 2 < probability)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/*
 * The trend of all n values. slopes: room for n (n - 1) / 2 numbers, room: for 2 n.
 */
static void
find_trend(const double *values, int n, double margin, double risk, double *slopes, double *room, PkTrend *trend)
{
	int count = 0;
	long s = 0;
	double variance = n * (n - 1.0) * (2.0 * n + 5) / 18;
	double inflation = 1.0;
	double r, width;
	int low, high;

	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++)
		{
			s += (values[j] > values[i]) - (values[j] < values[i]);
			slopes[count++] = (values[j] - values[i]) / (j - i);
		}
	qsort(slopes, (size_t) count, sizeof(double), compare_doubles);
	trend->slope = (slopes[(count - 1) / 2] + slopes[count / 2]) / 2;

	memcpy(room, values, (size_t) n * sizeof(double));
	qsort(room, (size_t) n, sizeof(double), compare_doubles);
	for (int first = 0, end; first < n; first = end)
	{
		double tied;

		for (end = first + 1; end < n && room[end] == room[first]; end++)
			;
		tied = end - first;
		variance -= tied * (tied - 1) * (2 * tied + 5) / 18;
	}

	for (int i = 0; i < n; i++)
		room[i] = values[i] - trend->slope * i;
	r = median(room, n, room + n);
	for (int i = 0; i < n; i++)
		room[i] -= r;
	r = correlation(room, n, 2);
	for (int k = 1; k < n; k++)
		inflation += 2 * (1 - (double) k / n) * pow(r, k);
	width = sqrt(fmax(variance, 0.0) * inflation);
	trend->p = s == 0 || !(width > 0) ? 1.0 : erfc((labs(s) - 1) / width / sqrt(2));

	width *= normal_quantile(1 - risk / 2);
	low = (int) floor((count - width) / 2) - 1;
	high = (int) ceil((count + width) / 2);
	trend->lower = low < 0 ? -INFINITY : slopes[low];
	trend->upper = high >= count ? INFINITY : slopes[high];
	trend->is_creep = trend->p <= risk && fabs(trend->slope) * (n - 1) >= margin;
}

int
pk_change_points(const double *values, int n, double margin, double confidence, PkPoint *points, PkTrend *trend)
{
	double risk = 1 - confidence;
	double *room = malloc(((size_t) n * (n + 7) / 2 + 1) * sizeof(double));
	double *slopes;
	Search s = {values, margin, risk, room, points, 0};

	if (room == NULL)
		return -1;
	slopes = room + (size_t) 4 * n;
	for (int i = 0; i < n; i++)
		points[i] = (PkPoint){0, false, NAN, NAN};
	*trend = (PkTrend){0, NAN, NAN, NAN, NAN, false};
	if (n >= PK_SERIES_LEAST)
	{
		search(&s, 0, n);
		find_trend(values, n, margin, risk, slopes, room, trend);
		/* Rather one slope than several steps, if it fits better. */
		if (s.changes > 0 && trend->is_creep &&
			fit_of_slope(values, n, trend->slope, room, room + n) <
				fit_of_steps(values, n, points, s.changes, room + n))
		{
			for (int i = 0; i < n; i++)
				points[i].starts = false;
			s.changes = 0;
		}
		number_segments(values, n, points, room);
	}
	if (s.changes > 0)
	{
		/* Creep since the last change. */
		int first = n - 1;

		while (!points[first].starts)
			first--;
		*trend = (PkTrend){first, NAN, NAN, NAN, NAN, false};
		if (n - first >= PK_SERIES_LEAST)
			find_trend(values + first, n - first, margin, risk, slopes, room, trend);
	}
	free(room);
	return s.changes;
}
