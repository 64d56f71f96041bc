-- Monitoring: what the latest runs found, as OpenMetrics.

CREATE FUNCTION perfkit_metric_labels(pairs text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.string_agg(
               pg_catalog.format('%s="%s"'::text, l.name,
                                 pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(coalesce(l.value, ''),
                                     E'\\'::text, E'\\\\'::text), '"'::text, E'\\"'::text), E'\n'::text, E'\\n'::text)),
               ','::text ORDER BY l.place)
    FROM (SELECT p.pair AS name, pg_catalog.lead(p.pair) OVER (ORDER BY p.place) AS value, p.place
          FROM pg_catalog.unnest(perfkit_metric_labels.pairs) WITH ORDINALITY AS p (pair, place)) AS l
    WHERE l.place % '2'::bigint = '1'::bigint;
END;

COMMENT ON FUNCTION perfkit_metric_labels(text[]) IS
'Labels of an OpenMetrics sample: name, value, name, value ...
Values are escaped; NULL becomes an empty one.';

CREATE FUNCTION perfkit_openmetrics() RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH latest AS MATERIALIZED (
        SELECT DISTINCT ON (r.workload) r.run_id, r.workload, r.label, r.started_at, r.observed, r.index_checks,
               r.environment, v.verdict, v.budgets
        FROM perfkit_runs r CROSS JOIN LATERAL perfkit_run_verdict(r.run_id) v
        WHERE r.run_id IN (SELECT pg_catalog.max(o.run_id) FROM perfkit_runs o GROUP BY o.workload)
        ORDER BY r.workload
    ), state (name) AS (VALUES ('PASS'::text), ('FAIL'), ('INCONCLUSIVE')
    ), summary AS MATERIALIZED (
        SELECT l.workload, s.scenario, s.transactions, s.errors, s.tps, s.avg_ms
        FROM latest l CROSS JOIN LATERAL perfkit_run_summary(l.run_id) s
        WHERE s.stage IS NULL
    ), total AS MATERIALIZED (
        -- Exact, unlike a sum over buckets.
        SELECT l.workload, t.scenario, t.latency_sum_us
        FROM latest l CROSS JOIN LATERAL perfkit_run_totals(l.run_id) t
        WHERE t.stage IS NULL
    ), boundary AS (
        SELECT b.le, pg_catalog.round(b.le * '1000000'::numeric)::bigint AS microseconds
        FROM pg_catalog.unnest('{0.0001,0.00025,0.0005,0.001,0.0025,0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10,25,50,100}'::numeric[])
             AS b (le)
    ), distribution AS MATERIALIZED (
        SELECT l.workload, d.scenario, d.latency_us, d.transactions
        FROM latest l CROSS JOIN LATERAL perfkit_run_latencies(l.run_id) d
        WHERE d.stage IS NULL AND d.latency_us IS NOT NULL
    ), bucketed AS (
        SELECT d.workload, d.scenario,
               (SELECT pg_catalog.min(b.microseconds) FROM boundary b WHERE d.latency_us <= b.microseconds) AS microseconds,
               pg_catalog.sum(d.transactions) AS transactions
        FROM distribution d GROUP BY 1, 2, 3
    ), budget AS (
        SELECT l.workload, b.scenario, b.metric, b.limit_value, b.observed, b.verdict
        FROM latest l
             CROSS JOIN LATERAL pg_catalog.jsonb_to_recordset(l.budgets)
                 AS b (scenario text, stage smallint, metric text, limit_value double precision,
                       observed double precision, verdict text)
        WHERE b.stage IS NULL
    ), family (position, name, type, help) AS (VALUES
        (1, 'perfkit_run_info'::text, 'gauge'::text, 'The latest run of each workload.'::text),
        (2, 'perfkit_run_timestamp_seconds', 'gauge', 'When the latest run of the workload began.'),
        (3, 'perfkit_run_verdict', 'gauge', '1 for the verdict that the run has, 0 for the others.'),
        (4, 'perfkit_run_transactions', 'gauge', 'Transactions of the run that succeeded.'),
        (5, 'perfkit_run_errors', 'gauge', 'Transactions of the run that failed or were skipped.'),
        (6, 'perfkit_run_transactions_per_second', 'gauge', 'Rate of transactions that succeeded.'),
        (7, 'perfkit_run_latency_seconds', 'histogram', 'Latency of the transactions that succeeded.'),
        (8, 'perfkit_budget_limit', 'gauge', 'Limit of the budget, in the unit of its metric.'),
        (9, 'perfkit_budget_observed', 'gauge', 'What the run had, in the unit of the metric.'),
        (10, 'perfkit_budget_verdict', 'gauge', '1 for the verdict that the budget has, 0 for the others.'),
        (11, 'perfkit_index_check_passed', 'gauge', '1 if the index check passed before the run.'),
        (12, 'perfkit_invariant_holds', 'gauge', '1 if the invariant held after the run.'),
        (13, 'perfkit_run_cache_hit_ratio', 'gauge', 'Share of the blocks read that were in shared buffers.'),
        (14, 'perfkit_guard_findings', 'gauge', 'Statements and tables that the guard has seen with a sequential scan.'),
        (15, 'perfkit_run_passed', 'gauge', '1 if the verdict of the run is PASS.'),
        (16, 'perfkit_budget_missed', 'gauge', '1 if the verdict of the budget is FAIL.'),
        (17, 'perfkit_concurrency_check', 'gauge', '1, with the verdict of the check of several at once.')
    ), sample (position, suffix, labels, value, place, sub_place) AS (
        SELECT 1, ''::text,
               perfkit_metric_labels(ARRAY['workload', l.workload, 'run_id', l.run_id::text, 'label', l.label,
                                     'server_version', l.environment ->> 'server_version'::text]),
               '1'::text, l.workload, 0::double precision
        FROM latest l
        UNION ALL
        SELECT 2, '', perfkit_metric_labels(ARRAY['workload', l.workload]),
               pg_catalog.round(extract(epoch FROM l.started_at), 3)::text, l.workload, 0
        FROM latest l
        UNION ALL
        SELECT 3, '', perfkit_metric_labels(ARRAY['workload', l.workload, 'verdict', s.name]),
               (l.verdict = s.name)::integer::text, l.workload, 0
        FROM latest l, state s
        UNION ALL
        SELECT v.position, '', perfkit_metric_labels(ARRAY['workload', s.workload, 'scenario', s.scenario]), v.value,
               s.workload || E'\n'::text || s.scenario, 0
        FROM summary s
             CROSS JOIN LATERAL (VALUES (4, s.transactions::text), (5, s.errors::text), (6, s.tps::text)) AS v (position, value)
        WHERE v.value IS NOT NULL
        UNION ALL
        SELECT 7, '_bucket', perfkit_metric_labels(ARRAY['workload', s.workload, 'scenario', s.scenario, 'le', b.le::text]),
               coalesce((SELECT pg_catalog.sum(u.transactions) FROM bucketed u
                         WHERE u.workload = s.workload AND u.scenario = s.scenario AND u.microseconds <= b.microseconds),
                        '0'::numeric)::text,
               s.workload || E'\n'::text || s.scenario, b.le::double precision
        FROM summary s CROSS JOIN boundary b
        UNION ALL
        SELECT 7, v.suffix,
               perfkit_metric_labels(pg_catalog.array_cat(ARRAY['workload', s.workload, 'scenario', s.scenario], v.le)), v.value,
               s.workload || E'\n'::text || s.scenario, v.place
        FROM (SELECT s.workload, s.scenario, s.transactions,
                     coalesce((SELECT t.latency_sum_us FROM total t
                               WHERE t.workload = s.workload AND t.scenario = s.scenario), '0'::numeric) AS microseconds
              FROM summary s) AS s
             CROSS JOIN LATERAL (VALUES ('_bucket'::text, ARRAY['le', '+Inf'], s.transactions::text, 1000::double precision),
                                        ('_sum', '{}'::text[], pg_catalog.round(s.microseconds / '1000000'::numeric, 6)::text, 1001),
                                        ('_count', '{}', s.transactions::text, 1002)) AS v (suffix, le, value, place)
        UNION ALL
        SELECT v.position, '', perfkit_metric_labels(ARRAY['workload', b.workload, 'scenario', b.scenario, 'metric', b.metric]),
               pg_catalog.replace(v.value::text, 'Infinity'::text, '+Inf'::text),
               pg_catalog.concat_ws(E'\n'::text, b.workload, b.scenario, b.metric), 0
        FROM budget b CROSS JOIN LATERAL (VALUES (8, b.limit_value), (9, b.observed)) AS v (position, value)
        WHERE v.value IS NOT NULL
        UNION ALL
        SELECT 10, '',
               perfkit_metric_labels(ARRAY['workload', b.workload, 'scenario', b.scenario, 'metric', b.metric, 'verdict', s.name]),
               (b.verdict = s.name)::integer::text,
               pg_catalog.concat_ws(E'\n'::text, b.workload, b.scenario, b.metric), 0
        FROM budget b, state s
        UNION ALL
        SELECT 11, '', perfkit_metric_labels(ARRAY['workload', l.workload, 'check', c.value ->> 'check_name'::text]),
               coalesce(c.value ->> 'verdict'::text = 'PASS', false)::integer::text,
               l.workload || E'\n'::text || (c.value ->> 'check_name'::text), 0
        FROM latest l CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(coalesce(l.index_checks, '[]')) AS c (value)
        WHERE c.value ->> 'kind'::text IS NULL
        UNION ALL
        SELECT 17, '',
               perfkit_metric_labels(ARRAY['workload', l.workload, 'check', c.value ->> 'check_name'::text,
                                           'verdict', c.value ->> 'verdict'::text]), '1',
               l.workload || E'\n'::text || (c.value ->> 'check_name'::text), 0
        FROM latest l CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(coalesce(l.index_checks, '[]')) AS c (value)
        WHERE c.value ->> 'kind'::text IS NOT NULL
        UNION ALL
        SELECT 12, '', perfkit_metric_labels(ARRAY['workload', l.workload, 'invariant', i.invariant]), i.ok::integer::text,
               l.workload || E'\n'::text || i.invariant, 0
        FROM latest l JOIN perfkit_run_invariants i ON i.run_id = l.run_id
        UNION ALL
        SELECT 13, '', perfkit_metric_labels(ARRAY['workload', l.workload, 'scenario', h.scenario]),
               pg_catalog.round(h.hit_rate::numeric, 6)::text, l.workload || E'\n'::text || h.scenario, 0
        FROM latest l CROSS JOIN LATERAL perfkit_run_cache_hit(l.run_id) h
        UNION ALL
        SELECT 15, '', perfkit_metric_labels(ARRAY['workload', l.workload]), (l.verdict = 'PASS')::integer::text, l.workload, 0
        FROM latest l
        UNION ALL
        SELECT 16, '', perfkit_metric_labels(ARRAY['workload', b.workload, 'scenario', b.scenario, 'metric', b.metric]),
               (b.verdict = 'FAIL')::integer::text, pg_catalog.concat_ws(E'\n'::text, b.workload, b.scenario, b.metric), 0
        FROM budget b
        UNION ALL
        -- The setting exists where the guard's findings do.
        SELECT 14, '', NULL,
               CASE WHEN pg_catalog.current_setting('perfkit.guard_max'::text, true) IS NOT NULL
                    THEN (SELECT pg_catalog.count(*) FROM perfkit_guard_findings())::text END,
               '', 0
    )
    SELECT coalesce(pg_catalog.string_agg(f.text, ''::text ORDER BY f.position), '') || '# EOF'::text
    FROM (SELECT m.position,
                 pg_catalog.format(E'# TYPE %1$s %2$s\n# HELP %1$s %3$s\n%4$s'::text, m.name, m.type, m.help,
                     pg_catalog.string_agg(pg_catalog.format(E'%s%s%s %s\n'::text, m.name, s.suffix,
                                                             '{'::text || s.labels || '}'::text, s.value), ''::text
                                           ORDER BY s.place COLLATE "C", s.sub_place, s.labels COLLATE "C")) AS text
          FROM family m JOIN sample s ON s.position = m.position AND s.value IS NOT NULL
          GROUP BY m.position, m.name, m.type, m.help) AS f;
END;

COMMENT ON FUNCTION perfkit_openmetrics() IS
'The latest run of each workload, for Prometheus: OpenMetrics text.
It ends with "# EOF"; the newline after that is psql''s to add. node_exporter''s textfile collector
reads it, too. Verdicts of runs and budgets are gauges with a label verdict, of which one has the
value 1. perfkit_run_latency_seconds is a histogram of the successful transactions; its buckets are
exact at their bounds. perfkit_run_cache_hit_ratio has a sample for scenario all, and one for each
scenario whose blocks are known (see perfkit_run_cache_hit()). Values of budgets have the unit of
their metric (see perfkit_budget_metrics()). perfkit_guard_findings is left out unless perfkit is in
shared_preload_libraries. Reads what the caller may read.';
