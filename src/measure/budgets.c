/*
 * budgets.c
 *	  The metrics that a load run's budgets can limit, and the range of each limit.
 *
 * Signatures:
 *	  perfkit_budget_metrics() -> SETOF (metric, quantile, unit, meaning)
 *	  perfkit_check_budget(metric text, limit_value float8, waivable boolean = true) -> boolean
 *
 * Verdicts, constraints and messages share this list. CHECK constraints of perfkit_budgets and
 * perfkit_runs call perfkit_check_budget(), whose error can list the metrics; the violation of a
 * plain constraint would show only the constraint's name and the row.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(perfkit_budget_metrics);
PG_FUNCTION_INFO_V1(perfkit_check_budget);

typedef struct PkMetric
{
	const char *name;
	double quantile; /* of the latencies; 0: none */
	const char *unit;
	const char *meaning;
	bool is_share; /* the limit is at most 1 */
} PkMetric;

/* In the order of verdicts. */
static const PkMetric metrics[] = {
	{"avg_ms", 0, "milliseconds", "mean latency, less than the limit", false},
	{"p50_ms", 0.50, "milliseconds", "median of the latencies, less than the limit", false},
	{"p90_ms", 0.90, "milliseconds", "90th percentile of the latencies, less than the limit", false},
	{"p95_ms", 0.95, "milliseconds", "95th percentile of the latencies, less than the limit", false},
	{"p99_ms", 0.99, "milliseconds", "99th percentile of the latencies, less than the limit", false},
	{"max_ms", 0, "milliseconds", "largest latency, less than the limit", false},
	{"min_tps", 0, "transactions per second", "rate of transactions that succeed, at least the limit", false},
	{"max_error_rate", 0, "share", "failed or skipped share of the transactions tried, at most the limit", true},
	{"max_buffers", 0, "blocks", "shared blocks a transaction touches on average, at most the limit", false},
	{"min_cache_hit", 0, "share", "share of the blocks read that were in shared buffers, at least the limit", true},
	{"notify_p95_ms", 0, "milliseconds", "95th percentile of the time notifications take, less than the limit", false},
};

Datum
perfkit_budget_metrics(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < lengthof(metrics); i++)
	{
		Datum values[4];
		bool nulls[4] = {false, metrics[i].quantile == 0, false, false};

		values[0] = CStringGetTextDatum(metrics[i].name);
		values[1] = Float8GetDatum(metrics[i].quantile);
		values[2] = CStringGetTextDatum(metrics[i].unit);
		values[3] = CStringGetTextDatum(metrics[i].meaning);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static const PkMetric *
find_metric(const char *name)
{
	StringInfoData known;

	for (int i = 0; i < lengthof(metrics); i++)
		if (strcmp(metrics[i].name, name) == 0)
			return &metrics[i];
	initStringInfo(&known);
	for (int i = 0; i < lengthof(metrics); i++)
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", metrics[i].name);
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("metric \"%s\" does not exist", name),
					errhint("The metrics are %s.", known.data)));
}

/* Not STRICT, or a budget without a metric would pass. */
Datum
perfkit_check_budget(PG_FUNCTION_ARGS)
{
	bool waivable = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	const PkMetric *metric;
	double limit;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the metric of a budget must not be null")));
	metric = find_metric(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (PG_ARGISNULL(1))
	{
		if (waivable)
			PG_RETURN_BOOL(true);
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the limit of \"%s\" must not be null", metric->name)));
	}
	limit = PG_GETARG_FLOAT8(1);
	if (isnan(limit) || isinf(limit) || limit < 0 || (metric->is_share && limit > 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						metric->is_share
							? errmsg("the limit of \"%s\" must be between 0 and 1", metric->name)
							: errmsg("the limit of \"%s\" must be at least 0, and finite", metric->name),
						errdetail("The limit given is %g.", limit)));
	PG_RETURN_BOOL(true);
}
