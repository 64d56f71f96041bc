-- History: runs in order of time, where they have changed, and whether they creep.

CREATE FUNCTION perfkit_change_points(
    series double precision[],
    margin double precision DEFAULT 0.05,
    confidence double precision DEFAULT 0.99)
RETURNS TABLE (
    "position" integer,
    segment integer,
    change_point boolean,
    change double precision,
    p double precision,
    slope double precision,
    slope_lower double precision,
    slope_upper double precision,
    slope_p double precision,
    creep boolean)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 100
AS 'MODULE_PATHNAME', 'perfkit_change_points';

COMMENT ON FUNCTION perfkit_change_points(double precision[], double precision, double precision) IS
'Where the level of a series of numbers has changed, and whether it creeps; a row for each number.
series: up to 1000 numbers in order of time; often logarithms. margin: the smallest change that
matters, above 0, in the same unit. confidence: 0.5 to 0.99.
segment: from 1. change_point: the level has changed with this number. change: the median of its
segment less that of the one before. p: of such a difference without a change. At least 10 numbers,
and 3 in a segment. A change is called if p is at most 1 - confidence and change reaches margin.
Found by splitting where the means differ most (binary segmentation), with p from 999 shuffles of a
fixed seed, which respect that neighbours resemble each other.
slope: since the last change, by how much a number is more than the one before it (Theil and Sen),
with its interval and the p of Mann and Kendall''s test, corrected for the same; NULL for fewer
than 10 numbers.
creep: slope_p is at most 1 - confidence, and the slope adds up to margin. A steady slope is
not cut into changes.
Errors: 22023 an argument is out of range or a number is missing, 22004 an argument is null';

CREATE FUNCTION perfkit_check_history(
    workload text,
    scenario text,
    metric text,
    most_runs integer)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF workload IS NULL OR scenario IS NULL OR metric IS NULL OR most_runs IS NULL THEN
        RAISE '"%" must not be null', CASE WHEN workload IS NULL THEN 'workload' WHEN scenario IS NULL THEN 'scenario'
                                           WHEN metric IS NULL THEN 'metric' ELSE 'most_runs' END
            USING ERRCODE = 'null_value_not_allowed';
    ELSIF metric NOT IN ('avg_ms', 'p50_ms', 'p90_ms', 'p95_ms', 'p99_ms', 'max_ms', 'tps', 'buffers') THEN
        RAISE 'metric "%" has no history', metric
            USING ERRCODE = 'undefined_object', HINT = 'Metrics are avg_ms, p50_ms, p90_ms, p95_ms, p99_ms, max_ms, tps and buffers.';
    ELSIF most_runs NOT BETWEEN 1 AND 1000 THEN
        RAISE '"most_runs" must be between 1 and 1000'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', most_runs);
    END IF;
    RETURN true;
END
$$;

COMMENT ON FUNCTION perfkit_check_history(text, text, text, integer) IS
'Raises an error unless perfkit_history() takes these arguments.
Errors: 42704 unknown metric, 22023 most_runs is out of range, 22004 null';

CREATE FUNCTION perfkit_history(
    workload text,
    scenario text DEFAULT 'all',
    metric text DEFAULT 'p95_ms',
    margin double precision DEFAULT 0.05,
    confidence double precision DEFAULT 0.99,
    most_runs integer DEFAULT 200,
    intervals boolean DEFAULT false)
RETURNS TABLE (
    run_id bigint,
    started_at timestamptz,
    label text,
    value double precision,
    lower double precision,
    upper double precision,
    segment integer,
    change_point boolean,
    change double precision,
    p double precision,
    creep double precision,
    creep_lower double precision,
    creep_upper double precision,
    series integer,
    note text)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH checked AS MATERIALIZED (
        SELECT perfkit_check_history(perfkit_history.workload, perfkit_history.scenario, perfkit_history.metric,
                                     perfkit_history.most_runs) AS ok,
               -- (it raises an error only if it is called)
               greatest(1, perfkit_history.most_runs) AS most
    ), latest AS MATERIALIZED (
        SELECT r.*
        FROM checked k CROSS JOIN perfkit_runs r
        WHERE k.ok AND r.workload = perfkit_history.workload
          AND perfkit_history.scenario = ANY (pg_catalog.array_append(r.scenarios, 'all'::text))
        ORDER BY r.started_at DESC, r.run_id DESC
        LIMIT (SELECT k.most FROM checked k)
    ), measured AS MATERIALIZED (
        -- What is compared over time must be one and the same load, on one machine. Settings and
        -- the server's version may change: a history is to show what that does.
        SELECT l.run_id, l.started_at, l.label, i.lower, i.upper,
               CASE WHEN perfkit_history.metric = 'buffers'
                    THEN (l.work #>> ARRAY[perfkit_history.scenario, 'blocks'])::double precision
                         / nullif((l.work #>> ARRAY[perfkit_history.scenario, 'transactions'])::double precision, '0')
                    ELSE s.value END AS value,
               pg_catalog.jsonb_build_array(
                   pg_catalog.to_jsonb(l.scenarios), l.data_rows, l.environment -> 'scripts'::text,
                   l.environment #> '{client,cores}'::text[], l.environment #> '{client,system}'::text[],
                   coalesce((SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(g.clients, g.offered_tps, p.stage -> 'seconds'::text)
                                                         ORDER BY p.place)
                             FROM pg_catalog.jsonb_array_elements(l.pgbench -> 'stages'::text) WITH ORDINALITY AS p (stage, place)
                                  CROSS JOIN LATERAL (SELECT (p.stage ->> 'clients'::text)::integer AS clients,
                                                             (p.stage ->> 'rate'::text)::double precision AS offered_tps) AS g),
                            pg_catalog.to_jsonb(l.clients))) AS kind
        FROM latest l
             LEFT JOIN LATERAL (SELECT (pg_catalog.to_jsonb(m) ->> perfkit_history.metric)::double precision AS value
                                FROM perfkit_run_summary(l.run_id) m
                                WHERE perfkit_history.metric <> 'buffers' AND m.stage IS NULL AND m.scenario = perfkit_history.scenario) AS s
                ON true
             LEFT JOIN LATERAL (SELECT v.lower, v.upper FROM perfkit_run_verdicts(l.run_id) v
                                WHERE perfkit_history.intervals AND v.stage IS NULL AND v.scenario = perfkit_history.scenario
                                  AND v.metric = perfkit_history.metric) AS i ON true
    ), numbered AS (
        SELECT m.*, k.series,
               CASE WHEN m.value > '0' AND m.value < 'Infinity'
                    THEN pg_catalog.row_number() OVER (PARTITION BY k.series, m.value > '0' AND m.value < 'Infinity'
                                                       ORDER BY m.started_at, m.run_id) END AS place
        FROM measured m
             JOIN (SELECT o.kind, pg_catalog.row_number() OVER (ORDER BY pg_catalog.min(o.started_at), pg_catalog.min(o.run_id))::integer AS series
                   FROM measured o GROUP BY o.kind) AS k ON k.kind = m.kind
    ), found AS (
        SELECT g.series, c.*, g.runs
        FROM (SELECT n.series, pg_catalog.count(*) AS runs, pg_catalog.array_agg(pg_catalog.ln(n.value) ORDER BY n.place) AS logs
              FROM numbered n WHERE n.place IS NOT NULL GROUP BY n.series) AS g
             CROSS JOIN LATERAL perfkit_change_points(g.logs, pg_catalog.ln(1::double precision + perfkit_history.margin),
                                                      perfkit_history.confidence) c
    )
    SELECT n.run_id, n.started_at, n.label, n.value, n.lower, n.upper, f.segment, coalesce(f.change_point, false),
           pg_catalog.exp(f.change) - 1::double precision, f.p,
           CASE WHEN f.creep THEN pg_catalog.exp(f.slope) - 1::double precision END,
           CASE WHEN f.creep THEN pg_catalog.exp(f.slope_lower) - 1::double precision END,
           CASE WHEN f.creep THEN pg_catalog.exp(f.slope_upper) - 1::double precision END, n.series,
           nullif(pg_catalog.concat_ws('; '::text,
               CASE WHEN n.place IS NULL THEN 'no value' END,
               CASE WHEN f.runs < 10 THEN pg_catalog.format('changes take 10 runs, and there are %s'::text, f.runs) END), '')
    FROM numbered n
         LEFT JOIN found f ON f.series = n.series AND f."position"::bigint = n.place
    ORDER BY n.series, n.started_at, n.run_id;
END;

COMMENT ON FUNCTION perfkit_history(text, text, text, double precision, double precision, integer, boolean) IS
'A workload''s runs in order of time: where a metric has changed, and whether it creeps.
metric: avg_ms, p50_ms, p90_ms, p95_ms, p99_ms, max_ms, tps, or buffers (of a scenario; see
perfkit_runs.work). margin: the smallest relative change that matters. most_runs: the latest so many,
up to 1000. intervals: lower and upper, which take longer, where a budget has the run judged; else
they are NULL.
series: runs with the same scenarios, scripts, load, rows and machine belong together, and each
series is looked at by itself. Settings and server versions may differ within one.
segment, change_point, p: as in perfkit_change_points(), of logarithms. change: the relative change
from the segment before: 0.1 is 10 % more.
creep: relative change from one run to the next since the last
change, where that is a creep, with its interval; else NULL.
note: what keeps the row from being looked at.
Errors: 42704 unknown metric, 22023 an argument is out of range, 22004 an argument is null';
