-- Report: the sections about each run: verdicts, stages, the server, the environment.

CREATE FUNCTION perfkit_report_unit(metric text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN perfkit_report_unit.metric LIKE '%\_ms' THEN ' ms' WHEN perfkit_report_unit.metric = 'min_tps'
        THEN ' tps'
                WHEN perfkit_report_unit.metric = 'max_buffers' THEN ' blocks' ELSE '' END;
END;

COMMENT ON FUNCTION perfkit_report_unit(text) IS
'The unit of a budget''s metric, as a report has it behind a number.';

CREATE FUNCTION perfkit_report_place(value_ms double precision, low double precision, high double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.round((2::double precision + 196::double precision
               * (pg_catalog.log(greatest('0.001', perfkit_report_place.value_ms)) - perfkit_report_place.low)
               / (perfkit_report_place.high - perfkit_report_place.low))::numeric, 1)::text;
END;

COMMENT ON FUNCTION perfkit_report_place(double precision, double precision, double precision) IS
'Where a latency is on a logarithmic axis of 200 units. low, high: its ends, as logarithms.';

CREATE FUNCTION perfkit_report_bar(lower double precision, observed double precision, upper double precision, is_minimum boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Shares of the limit, which is in the middle. What is beyond twice the limit is an arrow.
    SELECT pg_catalog.format('<svg class="bar" viewBox="0 0 200 12" aria-hidden="true"><path class="out" d="M%s 0h100v12h-100z"/>%s%s<path class="limit" d="M100 0v12"/></svg>',
               CASE WHEN perfkit_report_bar.is_minimum THEN 0 ELSE 100 END,
               CASE WHEN perfkit_report_bar.lower < '2' AND perfkit_report_bar.upper > perfkit_report_bar.lower
                    THEN pg_catalog.format('<path class="interval" d="M%s 6H%s"/>',
                        pg_catalog.round(('100' * perfkit_report_bar.lower)::numeric, 1),
                                           pg_catalog.round(('100' * least('2', perfkit_report_bar.upper))::numeric,
                                               1)) END,
               CASE WHEN perfkit_report_bar.observed <= '2'
                    THEN pg_catalog.format('<circle cx="%s" cy="6" r="3.5"/>',
                                           greatest('3.5', least('196.5', pg_catalog.round(('100' * perfkit_report_bar.observed)::numeric, 1))))
                    ELSE '<path class="arrow" d="M190 1l9 5l-9 5z"/>' END)
    WHERE perfkit_report_bar.observed >= '0';
END;

COMMENT ON FUNCTION perfkit_report_bar(double precision, double precision, double precision, boolean) IS
'A report''s picture of a value and its interval, as shares of a limit.';

CREATE FUNCTION perfkit_report_budgets(run_id bigint, budgets jsonb, only_open boolean) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH budget AS (
        SELECT b.scenario, b.stage, b.metric, b.limit_value, b.observed, b.lower, b.upper, b.verdict, b.more_transactions,
            b.errors,
               b.metric LIKE 'min\_%' AS is_minimum, m.unit, o.place,
               CASE WHEN b.metric IN ('max_error_rate', 'min_cache_hit') THEN 4
                    WHEN greatest(b.limit_value, nullif(b.observed, 'Infinity')) < '1' THEN 3
                    WHEN greatest(b.limit_value, nullif(b.observed, 'Infinity')) < '1000' THEN 2 ELSE 1 END AS digits,
               CASE WHEN b.limit_value > '0' THEN b.observed / b.limit_value END AS share,
               pg_catalog.max(b.stage) OVER () IS NOT NULL AS several,
               CASE b.verdict WHEN 'FAIL' THEN 1 WHEN 'PASS' THEN 3 ELSE 2 END AS rank
        FROM pg_catalog.jsonb_array_elements(perfkit_report_budgets.budgets) WITH ORDINALITY AS o (budget, place)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(o.budget)
                 AS b (scenario text, stage smallint, metric text, limit_value double precision,
                     observed double precision,
                       lower double precision, upper double precision, verdict text, more_transactions bigint,
                           errors bigint)
             LEFT JOIN perfkit_budget_metrics() m ON m.metric = b.metric
        WHERE b.verdict <> 'PASS' OR (b.stage IS NULL AND NOT perfkit_report_budgets.only_open)
    ), ranked AS (
        -- Not only all that is not kept, but what is nearest to its limit, too.
        SELECT p.*, CASE WHEN p.rank < 3 OR p.number <= 8 OR p.budgets <= 12 THEN 1 ELSE 2 END AS part
        FROM (SELECT o.*, pg_catalog.count(*) OVER () AS budgets,
                     pg_catalog.row_number() OVER (ORDER BY o.rank, CASE WHEN o.is_minimum THEN - o.share
                         ELSE o.share END DESC NULLS LAST, o.place) AS number
              FROM budget o) AS p
        WHERE p.number <= 200
    ), listed AS (
    SELECT b.part, pg_catalog.count(*) AS budgets, perfkit_report_table(
               pg_catalog.concat('Budgets of run ', perfkit_report_budgets.run_id, CASE WHEN b.part = 2
                   THEN ': the others' END),
               ARRAY['Scenario'] OPERATOR(pg_catalog.||) CASE WHEN pg_catalog.bool_or(b.several) THEN '{">Stage"}'::text[] ELSE '{}' END
               OPERATOR(pg_catalog.||) '{Verdict,Metric,">Limit",">Observed",">95 % interval",">Of the limit","Interval, limit in the middle"}',
               pg_catalog.array_agg(
                   ARRAY[pg_catalog.format('<bdi>%s</bdi>', perfkit_html(b.scenario))]
                   OPERATOR(pg_catalog.||) CASE WHEN b.several THEN ARRAY[coalesce(b.stage::text, 'all')] ELSE '{}'::text[] END
                   OPERATOR(pg_catalog.||) ARRAY[pg_catalog.concat(perfkit_report_badge(b.verdict),
                                CASE WHEN b.verdict = 'INCONCLUSIVE'
                                     THEN pg_catalog.format('<span class="more">%s</span>',
                                              CASE WHEN b.more_transactions > 0
                                                   THEN pg_catalog.format('about %s more transactions would tell',
                                                            perfkit_report_number(b.more_transactions::double precision, 0))
                                                   ELSE 'cannot be told' END) END),
                            perfkit_html(b.metric),
                            pg_catalog.concat(CASE WHEN b.is_minimum THEN '&#8805; ' ELSE CASE WHEN b.metric LIKE 'max\_%'
                                AND b.metric <> 'max_ms' THEN '&#8804; ' ELSE '&lt; ' END END,
                                              pg_catalog.trim_scale(b.limit_value::numeric),
                                                  perfkit_report_unit(b.metric)),
                            pg_catalog.concat(perfkit_report_number(b.observed, b.digits), CASE
                                WHEN b.observed IS NOT NULL THEN perfkit_report_unit(b.metric) END),
                            CASE WHEN b.lower IS NULL AND b.upper IS NULL THEN '&#8211;'
                                 WHEN b.upper IS NULL OR b.upper = 'Infinity'
                                 THEN pg_catalog.concat('&#8805; ', perfkit_report_number(b.lower, b.digits))
                                 WHEN b.lower IS NULL
                                 THEN pg_catalog.concat('&#8804; ', perfkit_report_number(b.upper, b.digits))
                                 ELSE pg_catalog.format('%s to %s', perfkit_report_number(b.lower, b.digits),
                                          perfkit_report_number(b.upper, b.digits)) END,
                            CASE WHEN b.share = 'Infinity' THEN '&#8734;' WHEN b.share < '2'
                                THEN pg_catalog.concat(perfkit_report_number(b.share * '100', 0), ' %')
                                 WHEN b.share IS NOT NULL THEN pg_catalog.concat(perfkit_report_number(b.share, 1),
                                     ' &#215;') ELSE '&#8211;' END,
                            coalesce(perfkit_report_bar(b.lower / nullif(b.limit_value, '0'), b.share,
                                b.upper / nullif(b.limit_value, '0'), b.is_minimum), '')]
                   ORDER BY b.rank, CASE WHEN b.is_minimum THEN - b.share ELSE b.share END DESC NULLS LAST,
                       b.place)) AS html
    FROM ranked b
    GROUP BY b.part
    )
    SELECT pg_catalog.concat(pg_catalog.max(l.html) FILTER (WHERE l.part = 1),
               perfkit_report_details(pg_catalog.format('%s more budgets that are kept', pg_catalog.max(l.budgets)
                   FILTER (WHERE l.part = 2)),
                                      pg_catalog.max(l.html) FILTER (WHERE l.part = 2)))
    FROM listed l
    HAVING pg_catalog.count(*) > 0;
END;

COMMENT ON FUNCTION perfkit_report_budgets(bigint, jsonb, boolean) IS
'A report''s table of a run''s budgets, the worst first; NULL if there are none.
budgets: those of perfkit_run_verdict(). Single stages are listed only where they do not pass.
only_open: leave out all that pass. At most 200.';

CREATE FUNCTION perfkit_report_checks(run_id bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH item AS (
        SELECT coalesce(c.value ->> 'kind'::text, 'index check') AS kind, c.value ->> 'check_name'::text AS name,
               CASE c.value ->> 'verdict'::text WHEN 'PASS' THEN 'PASS' WHEN 'FAIL' THEN 'FAIL'
                   ELSE coalesce(c.value ->> 'verdict'::text, 'unknown') END AS verdict,
               coalesce(c.value ->> 'reason'::text, 'uses ' OPERATOR(pg_catalog.||) (c.value ->> 'used_index'::text), '') AS found
        FROM perfkit_run(perfkit_report_checks.run_id) r
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(CASE pg_catalog.jsonb_typeof(r.index_checks) WHEN 'array'
                 THEN r.index_checks END) AS c (value)
        UNION ALL
        SELECT 'invariant', i.invariant, CASE WHEN i.ok THEN 'PASS' ELSE 'FAIL' END,
            coalesce(i.detail, CASE WHEN i.ok THEN 'holds' ELSE 'does not hold' END)
        FROM perfkit_run_invariants i WHERE i.run_id = perfkit_report_checks.run_id
    ), listed AS (
        SELECT i.verdict = 'PASS' AS passed, pg_catalog.count(*) AS items,
               perfkit_report_table(CASE WHEN i.verdict = 'PASS' THEN 'Checks and invariants that passed'
                   ELSE 'Checks and invariants that did not pass' END,
                   '{Name,Verdict,Kind,Found}',
                   pg_catalog.array_agg(ARRAY[pg_catalog.format('<bdi>%s</bdi>', perfkit_html(i.name)),
                       perfkit_report_badge(i.verdict), perfkit_html(i.kind),
                                              pg_catalog.format('<bdi>%s</bdi>', perfkit_html(i.found))]
                                        ORDER BY i.verdict <> 'FAIL', i.kind DESC, i.name COLLATE "C")) AS html
        FROM item i
        GROUP BY 1
    )
    SELECT pg_catalog.string_agg(CASE WHEN l.passed
        THEN perfkit_report_details(pg_catalog.format('%s checks and invariants passed', l.items), l.html)
        ELSE l.html END,
                                 '' ORDER BY l.passed)
    FROM listed l;
END;

COMMENT ON FUNCTION perfkit_report_checks(bigint) IS
'A report''s tables of a run''s index checks, concurrency checks and invariants; NULL without any.';

CREATE FUNCTION perfkit_report_stages(run_id bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH summary AS MATERIALIZED (
        SELECT s.*, pg_catalog.row_number() OVER () AS place FROM perfkit_run_summary(perfkit_report_stages.run_id) s
    ), extent AS (
        SELECT pg_catalog.bool_or(s.stage IS NOT NULL) AS several, pg_catalog.bool_or(s.lag_p95_ms IS NOT NULL) AS lags,
               pg_catalog.log(greatest('0.001', pg_catalog.min(s.p50_ms))) AS low,
                   pg_catalog.log(greatest('0.001', pg_catalog.max(s.max_ms))) AS high,
               CASE WHEN pg_catalog.max(s.max_ms) < '10' THEN 3 WHEN pg_catalog.max(s.max_ms) < '1000' THEN 2
                   ELSE 1 END AS digits
        FROM summary s
    ), load AS (
        SELECT l.*, pg_catalog.bool_or(l.offered_tps IS NOT NULL) OVER () AS offered
            FROM perfkit_run_load(perfkit_report_stages.run_id) l
    )
    SELECT pg_catalog.concat(
        perfkit_report_table(pg_catalog.format('Run %s. Range, on a logarithmic axis: bar from p50 to p99, tick at p95, line to the maximum', perfkit_report_stages.run_id),
            ARRAY['Scenario'] OPERATOR(pg_catalog.||) CASE WHEN e.several THEN '{">Stage"}'::text[] ELSE '{}' END
            OPERATOR(pg_catalog.||) '{">Transactions",">tps",">avg ms",">p50 ms",">p90 ms",">p95 ms",">p99 ms",">max ms",Range}'
            OPERATOR(pg_catalog.||) CASE WHEN e.lags THEN '{">lag p95 ms",">service p95 ms"}'::text[] ELSE '{}' END
                OPERATOR(pg_catalog.||) '{">Errors",">Retries"}',
            (SELECT pg_catalog.array_agg(
                        ARRAY[pg_catalog.format(CASE WHEN s.scenario = 'all' THEN '<strong>%s</strong>'
                            ELSE '<bdi>%s</bdi>' END, perfkit_html(s.scenario))]
                        OPERATOR(pg_catalog.||) CASE WHEN e.several THEN ARRAY[coalesce(s.stage::text, 'all')] ELSE '{}'::text[] END
                        OPERATOR(pg_catalog.||) ARRAY[perfkit_report_number(s.transactions::double precision, 0),
                            perfkit_report_number(s.tps, 1),
                                 perfkit_report_number(s.avg_ms, e.digits), perfkit_report_number(s.p50_ms, e.digits),
                                     perfkit_report_number(s.p90_ms, e.digits),
                                 perfkit_report_number(s.p95_ms, e.digits), perfkit_report_number(s.p99_ms, e.digits),
                                     perfkit_report_number(s.max_ms, e.digits),
                                 coalesce(CASE WHEN e.high > e.low AND s.p50_ms > '0'
                                               THEN pg_catalog.format('<svg class="range" viewBox="0 0 200 12" aria-hidden="true"><path class="whole" d="M%1$s 6H%4$s"/><path class="most" d="M%1$s 6H%3$s"/><path class="tick" d="M%2$s 1v10"/></svg>',
                                                        perfkit_report_place(s.p50_ms, e.low, e.high),
                                                            perfkit_report_place(s.p95_ms, e.low, e.high),
                                                        perfkit_report_place(s.p99_ms, e.low, e.high),
                                                            perfkit_report_place(s.max_ms, e.low, e.high)) END, '')]
                        OPERATOR(pg_catalog.||) CASE WHEN e.lags THEN ARRAY[perfkit_report_number(s.lag_p95_ms, e.digits),
                            perfkit_report_number(s.service_p95_ms, e.digits)] ELSE '{}'::text[] END
                        OPERATOR(pg_catalog.||) ARRAY[perfkit_report_number(s.errors::double precision, 0),
                            perfkit_report_number(s.retries::double precision, 0)]
                        ORDER BY s.stage IS NOT NULL, s.place)
             FROM summary s)),
        (SELECT perfkit_report_table('The load: what was asked for, and what came of it',
                    ARRAY['Stage', '>Clients', '>Busy on average', '>Connecting, ms'] OPERATOR(pg_catalog.||) CASE
                        WHEN pg_catalog.bool_or(l.offered) THEN '{">Offered tps",">Mean lag, ms"}'::text[] ELSE '{}' END
                    OPERATOR(pg_catalog.||) '{">Achieved tps",">Mean service, ms",Finding}',
                    pg_catalog.array_agg(
                        ARRAY[coalesce(l.stage::text, 'all'), perfkit_report_number(l.clients::double precision, 0),
                            perfkit_report_number(l.clients_busy, 1), perfkit_report_number(l.connect_ms, 1)]
                        OPERATOR(pg_catalog.||) CASE WHEN l.offered THEN ARRAY[perfkit_report_number(l.offered_tps, 1),
                            perfkit_report_number(l.mean_lag_ms, 2)] ELSE '{}'::text[] END
                        OPERATOR(pg_catalog.||) ARRAY[perfkit_report_number(l.achieved_tps, 1), perfkit_report_number(l.mean_service_ms, 2),
                                 CASE l.finding WHEN 'overloaded' THEN 'overloaded: the rate offered was not achieved'
                                                WHEN 'generator' THEN 'clients waited for pgbench: it was a bottleneck'
                                                    ELSE '' END]
                        ORDER BY l.stage))
         FROM load l))
    FROM extent e
    WHERE e.several IS NOT NULL;
END;

COMMENT ON FUNCTION perfkit_report_stages(bigint) IS
'A report''s tables of a run''s scenarios and stages, and of its load; NULL without transactions.
Errors: 42704 no such run';

CREATE FUNCTION perfkit_report_server(run_ids bigint[], baseline_runs bigint[]) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    -- Shares of the samples, since sides may have been sampled for different times.
    WITH sampled AS (
        SELECT s.side, w.wait ->> 'event_type'::text AS event_type, w.wait ->> 'event'::text AS event,
            w.wait ->> 'scenario'::text AS scenario,
               pg_catalog.sum((w.wait ->> 'samples'::text)::numeric) AS samples
        FROM (SELECT 1 AS side, pg_catalog.unnest(perfkit_report_server.baseline_runs) AS run_id
              UNION ALL SELECT 2, pg_catalog.unnest(perfkit_report_server.run_ids)) AS s
             CROSS JOIN LATERAL perfkit_run(s.run_id) r
             -- running: those that waited for nothing
             CROSS JOIN (VALUES ('waits'), ('running')) AS k (key)
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(CASE pg_catalog.jsonb_typeof(r.observed -> k.key)
                 WHEN 'array' THEN r.observed -> k.key END) AS w (wait)
        GROUP BY 1, 2, 3, 4
    ), total AS (
        SELECT s.side, pg_catalog.sum((r.observed ->> 'wait_samples'::text)::numeric) AS samples
        FROM (SELECT 1 AS side, pg_catalog.unnest(perfkit_report_server.baseline_runs) AS run_id
              UNION ALL SELECT 2, pg_catalog.unnest(perfkit_report_server.run_ids)) AS s
             CROSS JOIN LATERAL perfkit_run(s.run_id) r
        GROUP BY s.side
    ), event AS (
        SELECT s.event_type, s.event, s.scenario, pg_catalog.bool_or(s.scenario IS NOT NULL) OVER () AS scenarios,
               100::numeric * pg_catalog.sum(s.samples)
                   FILTER (WHERE s.side = 1) / nullif((SELECT t.samples FROM total t WHERE t.side = 1),
                   '0') AS baseline_share,
               100::numeric * pg_catalog.sum(s.samples)
                   FILTER (WHERE s.side = 2) / nullif((SELECT t.samples FROM total t WHERE t.side = 2), '0') AS share,
               pg_catalog.sum(s.samples) FILTER (WHERE s.side = 2) AS samples
        FROM sampled s
        GROUP BY s.event_type, s.event, s.scenario
    ), waits AS (
        SELECT perfkit_report_table(
                   pg_catalog.format('Waits: shares of %s samples of working sessions',
                       perfkit_report_number((SELECT t.samples FROM total t WHERE t.side = 2)::double precision, 0)),
                   ARRAY['Event', 'Type'] OPERATOR(pg_catalog.||) CASE WHEN pg_catalog.bool_or(e.scenarios) THEN '{Scenario}'::text[]
                       ELSE '{}' END
                   OPERATOR(pg_catalog.||) CASE WHEN perfkit_report_server.baseline_runs IS NOT NULL THEN '{">Baseline, %"}'::text[]
                       ELSE '{}' END OPERATOR(pg_catalog.||) '{">Share, %",">Samples",Share}',
                   pg_catalog.array_agg(
                       ARRAY[perfkit_html(coalesce(e.event, 'none: running, or ready to')),
                           perfkit_html(coalesce(e.event_type, ''))]
                       OPERATOR(pg_catalog.||) CASE WHEN e.scenarios THEN ARRAY[pg_catalog.format('<bdi>%s</bdi>',
                           coalesce(perfkit_html(e.scenario), '&#8211;'))] ELSE '{}'::text[] END
                       OPERATOR(pg_catalog.||) CASE WHEN perfkit_report_server.baseline_runs IS NOT NULL
                           THEN ARRAY[perfkit_report_number(coalesce(e.baseline_share, '0')::double precision, 1)]
                           ELSE '{}'::text[] END
                       OPERATOR(pg_catalog.||) ARRAY[perfkit_report_number(coalesce(e.share, '0')::double precision, 1),
                           perfkit_report_number(coalesce(e.samples, '0')::double precision, 0),
                                pg_catalog.format('<svg class="share" viewBox="0 0 100 12" aria-hidden="true"><path d="M0 2h%sv8H0z"/></svg>',
                                                  pg_catalog.round(least('100', coalesce(e.share, '0')), 1))]
                       ORDER BY e.share DESC NULLS LAST, e.baseline_share DESC NULLS LAST, e.event_type COLLATE "C",
                           e.event COLLATE "C", e.scenario COLLATE "C")) AS html
        FROM (SELECT o.* FROM event o ORDER BY greatest(o.share, o.baseline_share) DESC NULLS LAST,
            o.event_type COLLATE "C", o.event COLLATE "C", o.scenario COLLATE "C" LIMIT 30) AS e
        HAVING pg_catalog.count(*) > 0
    ), fact AS (
        SELECT r.run_id, s.place, v.position, v.what, v.value
        FROM pg_catalog.unnest(perfkit_report_server.baseline_runs OPERATOR(pg_catalog.||) perfkit_report_server.run_ids)
            WITH ORDINALITY AS s (run_id, place)
             CROSS JOIN LATERAL perfkit_run(s.run_id) r
             CROSS JOIN LATERAL (VALUES
                 (1, 'Sessions waiting for a lock, on average', r.observed #>> '{lock_waits,mean_sessions_waiting}'::text[]),
                 (2, 'Longest wait for a lock seen, ms', r.observed #>> '{lock_waits,longest_wait_ms}'::text[]),
                 (3, 'Deadlocks', r.observed ->> 'deadlocks'::text),
                 (4, 'Buffers hit per transaction', r.observed #>> '{buffers,hit_per_transaction}'::text[]),
                 (5, 'Buffers read per transaction', r.observed #>> '{buffers,read_per_transaction}'::text[]),
                 (6, 'WAL per transaction, bytes', r.observed #>> '{wal,bytes_per_transaction}'::text[]),
                 (7, 'Temporary files', pg_catalog.pg_size_pretty((r.observed ->> 'temp_bytes'::text)::bigint)),
                 (8, 'Most memory of a backend',
                     pg_catalog.pg_size_pretty((r.observed #>> '{backend_memory,peak_bytes}'::text[])::bigint)),
                 (9, 'Memory of the largest backend, over time',
                     (SELECT pg_catalog.string_agg(m.finding, '; '::text ORDER BY m.turn)
                      FROM perfkit_run_memory(s.run_id, '65536'::double precision, '0.95'::double precision) m
                      WHERE m.lower IS NOT NULL AND m.upper IS NOT NULL)),
                 (10, 'Cache hit rate, %',
                     (SELECT pg_catalog.string_agg(pg_catalog.format('%s %s', h.scenario,
                                                                     pg_catalog.round((h.hit_rate * '100'::double precision)::numeric, 2)),
                                                   ', '::text ORDER BY h.scenario = 'all', h.hit_rate)
                      FROM perfkit_run_cache_hit(s.run_id) h WHERE h.hit_rate IS NOT NULL))) AS v (position, what, value)
        WHERE r.observed IS NOT NULL
    )
    SELECT pg_catalog.concat(
        coalesce((SELECT w.html FROM waits w),
                 CASE WHEN EXISTS (SELECT FROM total t WHERE t.samples > '0') THEN '<p>No session was seen to wait.</p>'
                      ELSE '<p class="muted">Wait events were not sampled.</p>' END),
        (SELECT perfkit_report_table('Settings that do not fit', ARRAY['>Run', 'Setting', '>Now', '>Try', 'Evidence'],
                    pg_catalog.array_agg(ARRAY[f.run_id::text, perfkit_html(f.setting), perfkit_html(f.current_value),
                        coalesce(perfkit_html(f.advised_value), '&#8211;'), pg_catalog.format('<bdi>%s</bdi>', perfkit_html(f.evidence))]
                        ORDER BY f.place, f.position))
         FROM (SELECT s.run_id, s.place, t.*
               FROM pg_catalog.unnest(perfkit_report_server.run_ids) WITH ORDINALITY AS s (run_id, place)
                    CROSS JOIN LATERAL perfkit_run_settings(s.run_id)
                        WITH ORDINALITY AS t (setting, current_value, advised_value, evidence, position)
               WHERE s.place <= 12) AS f
         HAVING pg_catalog.count(*) > 0),
        (SELECT perfkit_report_details('What else the server counted',
                    perfkit_report_table('The server during the load',
                        (SELECT ARRAY['Counter'] OPERATOR(pg_catalog.||) pg_catalog.array_agg(h.head ORDER BY h.place)
                                                                         FROM (SELECT DISTINCT f.place, pg_catalog.concat('>run ', f.run_id) AS head FROM fact f WHERE f.place <= 12) AS h),
                        pg_catalog.array_agg(t.cells ORDER BY t.position)))
         FROM (SELECT f.position, ARRAY[f.what] OPERATOR(pg_catalog.||) pg_catalog.array_agg(coalesce(perfkit_html(f.value), '&#8211;')
             ORDER BY f.place) AS cells
               FROM fact f WHERE f.place <= 12 GROUP BY f.position, f.what) AS t
         HAVING pg_catalog.count(*) > 0));
END;

COMMENT ON FUNCTION perfkit_report_server(bigint[], bigint[]) IS
'A report''s tables of what the server did during the load: waits, settings, counters.
Of waits, the 30 with the largest shares; of runs, the first 12.';

CREATE FUNCTION perfkit_report_environment(run_ids bigint[], baseline_runs bigint[]) RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    -- Runs of one environment share a column: it is named by the first of them.
    WITH given AS (
        SELECT s.place, r.run_id, r.environment, r.data_rows, r.clients, r.duration,
               pg_catalog.array_agg(r.run_id) OVER w AS same, pg_catalog.min(s.place) OVER w = s.place AS is_first
        FROM pg_catalog.unnest(perfkit_report_environment.baseline_runs OPERATOR(pg_catalog.||) perfkit_report_environment.run_ids)
            WITH ORDINALITY AS s (run_id, place)
             CROSS JOIN LATERAL perfkit_run(s.run_id) r
        WINDOW w AS (PARTITION BY r.environment -> 'settings'::text, r.environment -> 'server_version'::text,
            r.environment -> 'client'::text, r.environment -> 'scripts'::text,
                                  r.environment -> 'database'::text, r.environment -> 'pgbench_version'::text, r.data_rows, r.clients)
    ), shown AS (
        SELECT g.*, pg_catalog.row_number() OVER (ORDER BY g.place) AS number,
               CASE WHEN pg_catalog.cardinality(g.same) = 1 THEN pg_catalog.concat('Run ', g.run_id)
                    ELSE pg_catalog.format('Run %s and %s more', g.run_id, pg_catalog.cardinality(g.same) - 1) END AS head
        FROM given g WHERE g.is_first ORDER BY g.place LIMIT 8
    ), heads AS (
        SELECT pg_catalog.array_agg(s.head ORDER BY s.number) AS names FROM shown s
    ), fact AS (
        SELECT s.number, v.position, v.what, v.value
        FROM shown s
             CROSS JOIN LATERAL (VALUES
                 (1, 'PostgreSQL', s.environment ->> 'server_version'::text),
                     (2, 'perfkit', s.environment ->> 'perfkit_version'::text),
                 (3, 'Database', s.environment ->> 'database'::text),
                 (4, 'Size of the database', pg_catalog.pg_size_pretty((s.environment ->> 'database_bytes'::text)::bigint)),
                 (5, 'Rows seeded', s.data_rows::text), (6, 'Most clients', s.clients::text),
                 (7, 'Time under load', pg_catalog.concat(pg_catalog.round(extract(epoch FROM s.duration), 1), ' s')),
                 (8, 'Client: system', s.environment #>> '{client,system}'::text[]),
                     (9, 'Client: cores', s.environment #>> '{client,cores}'::text[]),
                 (10, 'Client: memory', pg_catalog.pg_size_pretty((s.environment #>> '{client,memory_bytes}'::text[])::bigint)),
                 (11, 'Load from', s.environment ->> 'pgbench_version'::text),
                 (12, 'Mixes', (SELECT pg_catalog.string_agg(m.name, ', ')
                     FROM pg_catalog.jsonb_array_elements_text(CASE pg_catalog.jsonb_typeof(s.environment -> 'mixes'::text)
                     WHEN 'array' THEN s.environment -> 'mixes'::text END) AS m (name)))) AS v (position, what, value)
    ), setting AS (
        SELECT k.key, (SELECT pg_catalog.array_agg(coalesce(s.environment -> 'settings'::text ->> k.key, 'default')
            ORDER BY s.number) FROM shown s) AS values
        FROM (SELECT DISTINCT o.key FROM shown s
                     CROSS JOIN LATERAL pg_catalog.jsonb_object_keys(CASE pg_catalog.jsonb_typeof(s.environment -> 'settings'::text) WHEN 'object' THEN s.environment -> 'settings'::text END) AS o (key)) AS k
    ), script AS (
        SELECT k.key, (SELECT pg_catalog.array_agg(coalesce('weight ' OPERATOR(pg_catalog.||) (s.environment #>> ARRAY['scripts', k.key, 'weight']) OPERATOR(pg_catalog.||) ', sha256 '
                                                           OPERATOR(pg_catalog.||) pg_catalog.left(s.environment #>> ARRAY['scripts', k.key, 'sha256'], 12), '&#8211;') ORDER BY s.number) FROM shown s) AS values
        FROM (SELECT DISTINCT o.key FROM shown s
                     CROSS JOIN LATERAL pg_catalog.jsonb_object_keys(CASE pg_catalog.jsonb_typeof(s.environment -> 'scripts'::text) WHEN 'object' THEN s.environment -> 'scripts'::text END) AS o (key)) AS k
    )
    SELECT pg_catalog.concat(
        (SELECT perfkit_report_table('Versions, machine and data', ARRAY['Fact'] OPERATOR(pg_catalog.||) h.names,
            pg_catalog.array_agg(t.cells ORDER BY t.position))
         FROM (SELECT f.position, ARRAY[f.what] OPERATOR(pg_catalog.||) pg_catalog.array_agg(coalesce('<bdi>' OPERATOR(pg_catalog.||) perfkit_html(f.value) OPERATOR(pg_catalog.||) '</bdi>', '&#8211;') ORDER BY f.number) AS cells
               FROM fact f GROUP BY f.position, f.what HAVING pg_catalog.bool_or(f.value <> '')) AS t),
        (SELECT CASE WHEN pg_catalog.bool_or(s.differs)
                     THEN perfkit_report_table('Settings that differ between the runs', ARRAY['Setting'] OPERATOR(pg_catalog.||) h.names,
                              pg_catalog.array_agg(s.cells ORDER BY s.key COLLATE "C") FILTER (WHERE s.differs)) END
                OPERATOR(pg_catalog.||) perfkit_report_details(pg_catalog.format('%s settings that differ from PostgreSQL&#8217;s defaults',
                    pg_catalog.count(*)),
                       perfkit_report_table('Settings that differ from the defaults', ARRAY['Setting'] OPERATOR(pg_catalog.||) h.names,
                           pg_catalog.array_agg(s.cells ORDER BY s.key COLLATE "C")))
         FROM (SELECT t.key, ARRAY[perfkit_html(t.key)]
             OPERATOR(pg_catalog.||) (SELECT pg_catalog.array_agg(pg_catalog.format('<bdi>%s</bdi>', perfkit_html(v.value)) ORDER BY v.place)
                                                            FROM pg_catalog.unnest(t.values)
                                                                WITH ORDINALITY AS v (value, place)) AS cells,
                      (SELECT pg_catalog.count(DISTINCT v.value) > 1
                          FROM pg_catalog.unnest(t.values) AS v (value)) AS differs
               FROM setting t) AS s
         HAVING pg_catalog.count(*) > 0),
        (SELECT perfkit_report_details('Scripts', perfkit_report_table('Scripts', ARRAY['Script'] OPERATOR(pg_catalog.||) h.names,
                    pg_catalog.array_agg(ARRAY[pg_catalog.format('<bdi>%s</bdi>', perfkit_html(t.key))]
                        OPERATOR(pg_catalog.||) (SELECT pg_catalog.array_agg(CASE WHEN v.value = '&#8211;' THEN v.value ELSE perfkit_html(v.value) END ORDER BY v.place)
                            FROM pg_catalog.unnest(t.values) WITH ORDINALITY AS v (value, place)) ORDER BY t.key COLLATE "C")))
         FROM script t HAVING pg_catalog.count(*) > 0),
        (SELECT pg_catalog.string_agg(perfkit_report_details(pg_catalog.format('%s: command lines and notes', s.head),
                    pg_catalog.concat('<pre tabindex="0">', perfkit_html(pg_catalog.left(c.text, 20000)), '</pre>')), ''
                        ORDER BY s.number)
         FROM shown s
              CROSS JOIN LATERAL (SELECT pg_catalog.string_agg(l.line, E'\n' ORDER BY l.part, l.place) AS text
                                  FROM (SELECT 1 AS part, a.place, a.line
                                      FROM pg_catalog.jsonb_array_elements_text(CASE pg_catalog.jsonb_typeof(s.environment -> 'pgbench_commands'::text) WHEN 'array' THEN s.environment -> 'pgbench_commands'::text END) WITH ORDINALITY AS a (line, place)
                                        UNION ALL
                                        SELECT 2, b.place, b.line FROM pg_catalog.jsonb_array_elements_text(CASE pg_catalog.jsonb_typeof(s.environment -> 'notes'::text) WHEN 'array' THEN s.environment -> 'notes'::text END) WITH ORDINALITY AS b (line, place)) AS l) AS c
         WHERE c.text IS NOT NULL))
    FROM heads h;
END;

COMMENT ON FUNCTION perfkit_report_environment(bigint[], bigint[]) IS
'A report''s tables of where and how runs were made. Runs alike share a column; at most 8 columns.
Errors: 42704 no such run';
