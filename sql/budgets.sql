-- Budgets: what a load run must keep to pass.

CREATE FUNCTION perfkit_budget_metrics()
RETURNS TABLE (metric text, quantile double precision, unit text, meaning text)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 11
AS 'MODULE_PATHNAME', 'perfkit_budget_metrics';

COMMENT ON FUNCTION perfkit_budget_metrics() IS
'The metrics that a budget can limit, in the order of perfkit_run_verdicts().
quantile is NULL for a metric that is not a percentile; unit is the unit of the limit.';

CREATE FUNCTION perfkit_check_budget(
    metric text,
    limit_value double precision,
    waivable boolean DEFAULT true)
RETURNS boolean
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_check_budget';

COMMENT ON FUNCTION perfkit_check_budget(text, double precision, boolean) IS
'Returns true for a metric and a limit that a budget can have, and raises an error for any other.
A limit of NULL (no limit) is accepted only if waivable.
Errors: 42704 unknown metric (the hint lists them), 22023 limit out of range, 22004 null';

CREATE FUNCTION perfkit_check_budgets(budgets jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.bool_and(perfkit_check_budget(b.metric, b.limit_value, false))
    FROM pg_catalog.jsonb_to_recordset(perfkit_check_budgets.budgets) AS b (metric text, limit_value double precision);
END;

COMMENT ON FUNCTION perfkit_check_budgets(jsonb) IS
'Calls perfkit_check_budget() for an array of objects such as perfkit_runs.budgets.
NULL for NULL or an empty array.
Errors: as perfkit_check_budget(), and 22023 not an array of objects';

CREATE TABLE perfkit_budgets (
    workload text NOT NULL,
    scenario text NOT NULL DEFAULT 'all',
    metric text NOT NULL,
    limit_value double precision,
    shipped boolean NOT NULL DEFAULT false,
    replaces_shipped boolean NOT NULL DEFAULT false,
    max_rows bigint,
    PRIMARY KEY (workload, scenario, metric),
    CHECK (perfkit_check_budget(metric, limit_value))
);
COMMENT ON TABLE perfkit_budgets IS
'The limits that a load run must meet to pass.
Insert rows of your own; inserting the key of a shipped row replaces that row, even with ON
CONFLICT DO NOTHING, since the shipped row is deleted before the server looks for a conflict. So
inserting takes the privileges INSERT, SELECT and DELETE.
Your rows and your edits survive dump, restore and upgrade. A shipped row that was deleted returns
with a restore; set limit_value to NULL instead. For the same reason the key of a shipped row
cannot be changed, edited or not (55000).
A data-only restore must fire the table''s trigger, or edited rows collide with the shipped ones of
the new database: do not use pg_dump --data-only --disable-triggers.';
COMMENT ON COLUMN perfkit_budgets.workload IS
'Workload of the run, such as events.';
COMMENT ON COLUMN perfkit_budgets.scenario IS
'Scenario of the run; all: all transactions of the run together.';
COMMENT ON COLUMN perfkit_budgets.metric IS
'What is limited; perfkit_budget_metrics() lists the metrics.
avg_ms, p50_ms, p90_ms, p95_ms, p99_ms, max_ms: latency, which must stay below limit_value, in
milliseconds.
min_tps: transactions per second, at least limit_value.
max_error_rate: failed and skipped transactions as a share of those tried, 0 to 1, at most
limit_value.
max_buffers: shared blocks that a transaction touches on average (perfkit_runs.work), at most
limit_value.
min_cache_hit: of the blocks that were read during the load, the share that was found in shared
buffers, 0 to 1, at least limit_value. For scenario all they are those of all sessions of the
database, for a single scenario those of its statements (see perfkit_run_cache_hit()).
notify_p95_ms: for scenario all: the 95th percentile of the time that notifications take to arrive
at those who listen (perfkit run --listen), which must stay below limit_value, in milliseconds.
An unknown metric is error 42704.';
COMMENT ON COLUMN perfkit_budgets.limit_value IS
'The limit, in the metric''s unit. NULL: no limit.';
COMMENT ON COLUMN perfkit_budgets.shipped IS
'true: the row ships with perfkit and was not changed. Maintained by a trigger.';
COMMENT ON COLUMN perfkit_budgets.max_rows IS
'The budget applies to runs with at most this many data_rows.
NULL: to runs of any size, known or not.';
COMMENT ON COLUMN perfkit_budgets.replaces_shipped IS
'true: the row is a shipped row that was edited, or replaced one. Maintained by a trigger.';
