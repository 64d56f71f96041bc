/*
 * comparisons.c
 *	  How often comparisons of runs are wrong: false alarms, coverage and power, by simulation.
 *
 * test/perf/comparisons compiles and runs this. Pairs of runs are drawn from a model in which the
 * truth is known, and judged by src/stats just as perfkit_compare_runs() does. The seed is fixed,
 * so the table is the same each time.
 *
 * The model: the log latency of a scenario and metric in one run is the sum of
 *
 * - the machine's state, common to all scenarios (sd 2.1 %),
 * - the scenario's own state, common to its metrics (sd 1.8 %),
 * - the metric's own noise (sd 1.1 %): 3 % in all,
 *
 * each of them normal, or with heavy tails (Student's t of 3 degrees with the same scale, which has
 * 1.7 times the standard deviation), or autocorrelated from run to run, and of a drift over the
 * whole comparison. In addition, with heavy tails one run in twenty is disturbed: all scenarios
 * take a tenth to a half longer.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "draw.h"
#include "stats/change.h"
#include "stats/sign_flip.h"

#define SCENARIOS 9
#define METRICS 3
#define SERIES (SCENARIOS * METRICS)
#define PAIRS_MOST 16
#define MARGIN 0.05
#define CONFIDENCE 0.95

typedef struct Model
{
	const char *name;
	bool heavy_tails;
	double correlation; /* from one run to the next */
	double drift;		/* from the first run to the last */
} Model;

typedef enum Order
{
	ABBA,  /* in each pair the other way round than in the one before */
	DRAWN, /* for each pair a coin says which side is first */
} Order;

static const char *const order_names[] = {"A B B A", "drawn"};

static double
noise(const Model *model)
{
	return model->heavy_tails ? student_3() : normal();
}

/* The next value of a state that keeps its variance. */
static double
next_state(const Model *model, double state, bool first)
{
	double fresh = noise(model);

	return first ? fresh : model->correlation * state + sqrt(1 - model->correlation * model->correlation) * fresh;
}

/* Log differences B - A of all series; in the first scenario B is slower by "effect". */
static void
draw_comparison(const Model *model, Order order, int pairs, double effect, double differences[SERIES][PAIRS_MOST])
{
	double machine = 0;
	double own[SCENARIOS] = {0};

	for (int pair = 0; pair < pairs; pair++)
	{
		bool b_first = order == ABBA ? pair % 2 == 1 : uniform() < 0.5;

		for (int run = 0; run < 2; run++)
		{
			bool is_first = pair == 0 && run == 0;
			bool is_b = (run == 0) == b_first;
			double time = (2 * pair + run) / (2.0 * pairs - 1);
			double disturbed =
				model->heavy_tails && uniform() < 0.05 ? log(1.1 + 0.4 * uniform()) : 0;

			machine = next_state(model, machine, is_first);
			for (int scenario = 0; scenario < SCENARIOS; scenario++)
			{
				own[scenario] = next_state(model, own[scenario], is_first);
				for (int metric = 0; metric < METRICS; metric++)
				{
					double value = 0.021 * machine + 0.018 * own[scenario] + 0.011 * noise(model) + disturbed +
								   model->drift * time + (is_b && scenario == 0 ? effect : 0);
					double *difference = &differences[scenario * METRICS + metric][pair];

					*difference = (run == 0 ? 0 : *difference) + (is_b ? value : -value);
				}
			}
		}
	}
}

typedef struct Counts
{
	int comparisons;
	int rejected; /* comparisons with an adjusted p of at most 5 % where there is no effect */
	int alarms;	  /* comparisons with a wrong WORSE or BETTER */
	int alone;	  /* comparisons that testing each series by itself would have called different */
	int found;	  /* comparisons that call the slower scenario WORSE */
	int64_t covered;
	int64_t intervals;
	int64_t undecided;
} Counts;

static void
judge(double differences[SERIES][PAIRS_MOST], int pairs, double effect, Counts *counts)
{
	PkFlipSeries series[SERIES];
	double walsh[PK_WALSH_AVERAGES(PAIRS_MOST)];
	bool rejected = false, alarm = false, alone = false, found = false;

	for (int j = 0; j < SERIES; j++)
		series[j].differences = differences[j];
	pk_sign_flip_test(series, SERIES, pairs, pk_change_noise_floor(log1p(MARGIN)), NULL);
	for (int j = 0; j < SERIES; j++)
	{
		bool is_slower = j < METRICS && effect > 0;
		double truth = is_slower ? effect : 0;
		PkShift shift = pk_shift(differences[j], pairs, CONFIDENCE, walsh);
		PkChange change = pk_change_verdict(shift, series[j].p, log1p(MARGIN), CONFIDENCE);
		bool is_called = change == PK_CHANGE_WORSE || change == PK_CHANGE_BETTER;

		counts->intervals++;
		counts->covered += shift.lower <= truth && truth <= shift.upper;
		counts->undecided += change == PK_CHANGE_UNKNOWN;
		if (is_slower)
			found |= change == PK_CHANGE_WORSE;
		else
		{
			rejected |= series[j].p <= 1 - CONFIDENCE;
			alarm |= is_called;
			alone |= pk_signed_rank_test(differences[j], pairs) <= 1 - CONFIDENCE;
		}
	}
	counts->comparisons++;
	counts->rejected += rejected;
	counts->alarms += alarm;
	counts->alone += alone;
	counts->found += found;
}

static Counts
simulate(const Model *model, int number, Order order, int pairs, double effect, int comparisons)
{
	Counts counts = {0};

	for (int i = 0; i < comparisons; i++)
	{
		double differences[SERIES][PAIRS_MOST];

		stream = pk_stream(20260101, (uint32_t) (number * 2 + order) * 32 + pairs, (uint32_t) i);
		position = 0;
		draw_comparison(model, order, pairs, effect, differences);
		judge(differences, pairs, effect, &counts);
	}
	return counts;
}

int
main(int argc, char **argv)
{
	static const Model models[] = {
		{"normal", false, 0, 0},
		{"heavy tails", true, 0, 0},
		{"autocorrelated", false, 0.6, 0},
		{"drift", false, 0, 0.2},
		{"all three", true, 0.6, 0.2},
	};
	static const int sizes[] = {6, 8, 12};
	int comparisons = argc > 1 ? atoi(argv[1]) : 4000;
	double effect = log(1.10);

	if (comparisons < 1)
	{
		fprintf(stderr, "usage: comparisons [COMPARISONS]\n");
		return 2;
	}
	printf("%d comparisons each; 9 scenarios, 3 metrics, 27 series tested at once\n\n", comparisons);
	printf("| Noise | Order | Pairs | Joint test | WORSE or BETTER | Each by itself | Coverage | INCONCLUSIVE | 10 %% found |\n");
	printf("|---|---|---|---|---|---|---|---|---|\n");
	for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++)
		for (Order order = ABBA; order <= DRAWN; order++)
			for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
			{
				Counts same = simulate(&models[m], (int) m, order, sizes[s], 0, comparisons);
				Counts slower = simulate(&models[m], (int) m, order, sizes[s], effect, comparisons);

				printf("| %s | %s | %d | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% |\n", models[m].name,
					   order_names[order], sizes[s], 100.0 * same.rejected / same.comparisons,
					   100.0 * same.alarms / same.comparisons, 100.0 * same.alone / same.comparisons,
					   100.0 * same.covered / same.intervals, 100.0 * same.undecided / same.intervals,
					   100.0 * slower.found / slower.comparisons);
				fflush(stdout);
			}
	return 0;
}
