/*
 * flips.c
 *	  perfkit_plan_flips(): the table sizes at which a query's plan changes.
 *
 * The cost of a plan is not a smooth function of size, and a shape may recur, so bisecting the
 * whole range would miss changes. Sizes on a logarithmic grid are planned first, and only between
 * neighbors that differ is the change searched for by bisection. Sizes are rounded to four digits,
 * so that a user can type them.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "common/arguments.h"
#include "plan/shape.h"

PG_FUNCTION_INFO_V1(perfkit_plan_flips);

#define SIZES_PER_DECADE 8
#define PRECISION 1.01 /* ratio of two sizes that are close enough */

typedef struct PkSizedPlan
{
	double factor;
	double largest_rows;
	char *shape;
} PkSizedPlan;

typedef struct PkFlipSearch
{
	const char *query;
	PkCaptureOptions options;
	ReturnSetInfo *result;
} PkFlipSearch;

static PkSizedPlan
plan_at(PkFlipSearch *search, double factor)
{
	PkSizedPlan plan = {.factor = factor};
	PkCapture capture;
	PkPlanTree tree;

	CHECK_FOR_INTERRUPTS();
	search->options.what_if.size_factor = factor;
	search->options.what_if.largest_rows = &plan.largest_rows;
	pk_capture_begin(&capture, search->query, &search->options);
	pk_plan_walk(&capture, &tree);
	plan.shape = pk_shape_of_plan(&tree, 0);
	pk_capture_end(&capture);
	return plan;
}

static void
put_shape(const PkFlipSearch *search, const PkSizedPlan *plan)
{
	Datum values[3];
	bool nulls[3] = {0};

	values[0] = Float8GetDatum(plan->factor);
	values[1] = Float8GetDatum(plan->largest_rows);
	values[2] = CStringGetTextDatum(plan->shape);
	tuplestore_putvalues(search->result->setResult, search->result->setDesc, values, nulls);
}

/* Four significant digits. */
static double
rounded(double factor)
{
	char text[32];

	snprintf(text, sizeof(text), "%.4g", factor);
	return strtod(text, NULL);
}

/* Return the shapes that begin above "low", up to and including that of "high". */
static void
search_between(PkFlipSearch *search, const PkSizedPlan *low, const PkSizedPlan *high)
{
	double factor = rounded(sqrt(low->factor) * sqrt(high->factor));
	PkSizedPlan middle;

	if (strcmp(low->shape, high->shape) == 0)
		return;
	if (high->factor / low->factor <= PRECISION || factor <= low->factor || factor >= high->factor)
	{
		put_shape(search, high);
		return;
	}
	middle = plan_at(search, factor);
	search_between(search, low, &middle);
	search_between(search, &middle, high);
}

/*
 * perfkit_plan_flips(query text, from_factor float8, to_factor float8, generic boolean) -> SETOF
 * record
 */
Datum
perfkit_plan_flips(PG_FUNCTION_ARGS)
{
	PkFlipSearch search = {.query = pk_arg_query(fcinfo, 0), .result = (ReturnSetInfo *) fcinfo->resultinfo};
	double from = pk_arg_factor(fcinfo, 1, "from_factor");
	double to = pk_arg_factor(fcinfo, 2, "to_factor");
	double decades = log10(to) - log10(from);
	int steps = Max((int) ceil(decades * SIZES_PER_DECADE), 1);
	PkSizedPlan low;

	if (from > to)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"from_factor\" must not be greater than \"to_factor\""),
						errdetail("They are %g and %g.", from, to)));
	search.options.generic = pk_arg_flag(fcinfo, 3, "generic");

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	low = plan_at(&search, from);
	put_shape(&search, &low);
	for (int step = 1; step <= steps && low.factor < to; step++)
	{
		double factor = step == steps ? to : rounded(pow(10, log10(from) + decades * step / steps));
		PkSizedPlan high;

		if (factor <= low.factor)
			continue;
		high = plan_at(&search, Min(factor, to));
		search_between(&search, &low, &high);
		low = high;
	}
	return (Datum) 0;
}
