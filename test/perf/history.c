/*
 * history.c
 *	  How often changes in a history of runs are called without one, and found where there is one.
 *
 * test/perf/history compiles and runs this. Histories are drawn whose truth is known, and judged by
 * src/stats/change_points.c just as perfkit_history() does. The seed is fixed, so the table is the
 * same each time.
 *
 * A value is the log of a run's latency. The noise of a run is 3 %: normal, with heavy tails
 * (Student's t of 3 degrees with the same scale, which has 1.7 times the standard deviation; one
 * run in twenty takes 10 to 50 % longer), or autocorrelated from run to run.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "draw.h"
#include "stats/change_points.h"

#define RUNS_MOST 60
#define MARGIN 0.05
#define CONFIDENCE 0.99

typedef struct Model
{
	const char *name;
	bool heavy_tails;
	double correlation;
} Model;

static double
noise(const Model *model)
{
	return model->heavy_tails ? student_3() : normal();
}

static void
draw_history(const Model *model, int n, double *values)
{
	double state = 0;

	for (int i = 0; i < n; i++)
	{
		double fresh = noise(model);
		double r = i == 0 ? 0 : model->correlation;

		state = r * state + sqrt(1 - r * r) * fresh;
		values[i] = 0.03 * state;
		if (model->heavy_tails && uniform() < 0.05)
			values[i] += log(1.1 + 0.4 * uniform());
	}
}

typedef struct Counts
{
	int changes; /* histories without a change in which one is called */
	int creeps;	 /* histories without creep in which it is called */
	int middle;	 /* a step of 10 % in the middle, called within two runs of it */
	int late;	 /* one that only the last three runs have */
	int slope;	 /* a creep of 20 % over the history, called as creep and not as steps */
	int apart;	 /* a step of 10 % that is called creep */
} Counts;

static Counts
simulate(const Model *model, int number, int n, int histories)
{
	Counts counts = {0};
	PkPoint points[RUNS_MOST];
	PkTrend trend;

	for (int i = 0; i < histories; i++)
	{
		double values[RUNS_MOST], moved[RUNS_MOST];
		int changes;

		stream = pk_stream(20261128, (uint32_t) number * 100 + (uint32_t) n, (uint32_t) i);
		position = 0;
		draw_history(model, n, values);
		counts.changes += pk_change_points(values, n, log1p(MARGIN), CONFIDENCE, points, &trend) > 0;
		counts.creeps += trend.is_creep;

		for (int j = 0; j < n; j++)
			moved[j] = values[j] + (j >= n / 2 ? log(1.10) : 0);
		changes = pk_change_points(moved, n, log1p(MARGIN), CONFIDENCE, points, &trend);
		for (int j = n / 2 - 2; j <= n / 2 + 2; j++)
			if (points[j].starts)
			{
				counts.middle++;
				break;
			}
		counts.apart += changes == 0 && trend.is_creep;

		for (int j = 0; j < n; j++)
			moved[j] = values[j] + (j >= n - 3 ? log(1.10) : 0);
		pk_change_points(moved, n, log1p(MARGIN), CONFIDENCE, points, &trend);
		counts.late += points[n - 3].starts || points[n - 4].starts;

		for (int j = 0; j < n; j++)
			moved[j] = values[j] + log(1.20) * j / (n - 1);
		changes = pk_change_points(moved, n, log1p(MARGIN), CONFIDENCE, points, &trend);
		counts.slope += changes == 0 && trend.is_creep;
	}
	return counts;
}

int
main(int argc, char **argv)
{
	static const Model models[] = {
		{"normal", false, 0},
		{"heavy tails", true, 0},
		{"autocorrelated, 0.3", false, 0.3},
		{"autocorrelated, 0.6", false, 0.6},
	};
	static const int sizes[] = {10, 15, 30, 60};
	int histories = argc > 1 ? atoi(argv[1]) : 2000;

	if (histories < 1)
	{
		fprintf(stderr, "usage: history [HISTORIES]\n");
		return 2;
	}
	printf("%d histories each\n\n", histories);
	printf("| Noise | Runs | False change | False creep | Step found | Step taken for creep | Last three found | Creep found |\n");
	printf("|---|---|---|---|---|---|---|---|\n");
	for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++)
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
		{
			Counts c = simulate(&models[m], (int) m, sizes[s], histories);

			printf("| %s | %d | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% |\n", models[m].name, sizes[s],
				   100.0 * c.changes / histories, 100.0 * c.creeps / histories, 100.0 * c.middle / histories,
				   100.0 * c.apart / histories, 100.0 * c.late / histories, 100.0 * c.slope / histories);
			fflush(stdout);
		}
	return 0;
}
