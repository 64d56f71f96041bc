-- Verdicts: what a run's transactions say, in numbers and against its budgets.

CREATE FUNCTION perfkit_run_stages(run_id bigint)
RETURNS TABLE (
    stage smallint,
    clients integer,
    seconds double precision,
    offered_tps double precision,
    connect_ms double precision)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    -- Time under load is what pgbench divides its counts by; a stage in which nothing succeeded has only the time it was given.
    SELECT coalesce((s.report ->> 'stage'::text)::smallint, s.position::smallint), (s.report ->> 'clients'::text)::integer,
           CASE WHEN (s.report ->> 'tps'::text)::double precision > '0' AND (s.report ->> 'transactions'::text)::double precision > '0'
                THEN (s.report ->> 'transactions'::text)::double precision / (s.report ->> 'tps'::text)::double precision
                ELSE (s.report ->> 'seconds'::text)::double precision END,
           (s.report ->> 'rate'::text)::double precision, (s.report ->> 'initial_connection_ms'::text)::double precision
    FROM perfkit_run(perfkit_run_stages.run_id) r
         CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(r.pgbench -> 'stages'::text) WITH ORDINALITY AS s (report, position);
END;

COMMENT ON FUNCTION perfkit_run_stages(bigint) IS
'The stages of a run, as pgbench reported them; no row without its report.
seconds: time under load, without connecting. offered_tps: transactions per second asked for, NULL without --rate. connect_ms: how long all clients took to connect. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_run_distribution(run_id bigint, part text)
RETURNS TABLE (
    scenario text,
    stage smallint,
    microseconds bigint,
    transactions bigint,
    cumulative bigint,
    total bigint,
    retries bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH counted AS (
        SELECT t.stage, t.scenario,
               CASE perfkit_run_distribution.part
                   WHEN 'latency' THEN t.latency_us
                   WHEN 'lag' THEN CASE WHEN t.latency_us IS NOT NULL THEN t.schedule_lag_us END
                   WHEN 'service' THEN t.latency_us - t.schedule_lag_us END AS microseconds,
               pg_catalog.count(*) AS transactions, pg_catalog.sum(t.retries) AS retries
        FROM perfkit_run_transactions t
        WHERE t.run_id = perfkit_run_distribution.run_id AND perfkit_run_distribution.part IN ('latency', 'lag', 'service')
        GROUP BY 1, 2, 3
    ), several AS (
        -- The report tells without a look at every row.
        SELECT CASE WHEN pg_catalog.count(*) > 0 THEN pg_catalog.count(*) > 1
                    ELSE coalesce((SELECT pg_catalog.min(c.stage) <> pg_catalog.max(c.stage) FROM counted c), false) END AS stages
        FROM perfkit_run_stages(perfkit_run_distribution.run_id) s
    ), with_all AS (
        -- Of a single stage, what was counted is the sum over all stages already.
        SELECT NULL::smallint AS stage, c.scenario, c.microseconds, c.transactions, c.retries
        FROM counted c WHERE NOT (SELECT v.stages FROM several v)
        UNION ALL
        SELECT NULL, c.scenario, c.microseconds, pg_catalog.sum(c.transactions)::bigint, pg_catalog.sum(c.retries)::bigint
        FROM counted c WHERE (SELECT v.stages FROM several v) GROUP BY c.scenario, c.microseconds
        UNION ALL
        SELECT NULL, NULL, c.microseconds, pg_catalog.sum(c.transactions)::bigint, pg_catalog.sum(c.retries)::bigint
        FROM counted c GROUP BY c.microseconds
        UNION ALL
        SELECT c.stage, c.scenario, c.microseconds, c.transactions, c.retries
        FROM counted c WHERE (SELECT v.stages FROM several v)
        UNION ALL
        SELECT c.stage, NULL, c.microseconds, pg_catalog.sum(c.transactions)::bigint, pg_catalog.sum(c.retries)::bigint
        FROM counted c WHERE (SELECT v.stages FROM several v) GROUP BY c.stage, c.microseconds
    ), summed AS (
        -- NULL sorts last, so what did not succeed is in no other row's sum
        SELECT w.scenario, w.stage, w.microseconds, w.transactions, w.retries,
               pg_catalog.sum(w.transactions) OVER (PARTITION BY w.scenario, w.stage ORDER BY w.microseconds) AS cumulative,
               pg_catalog.sum(w.transactions) FILTER (WHERE w.microseconds IS NOT NULL)
                   OVER (PARTITION BY w.scenario, w.stage) AS total
        FROM with_all w
    )
    -- Names come last: sorting a million rows with the run's row in each took most of the time.
    SELECT CASE WHEN w.scenario IS NULL THEN 'all' ELSE r.scenarios[w.scenario] END, w.stage, w.microseconds, w.transactions,
           CASE WHEN w.microseconds IS NOT NULL THEN w.cumulative::bigint END,
           CASE WHEN w.microseconds IS NOT NULL THEN w.total::bigint END, w.retries
    FROM perfkit_run(perfkit_run_distribution.run_id) r, summed w;
END;

COMMENT ON FUNCTION perfkit_run_distribution(bigint, text) IS
'The distribution of one part of the run''s times: latency, or with --rate the two that it consists of, lag and service.
lag is the time from the scheduled start to the real one, service the rest. Columns as perfkit_run_latencies has them; no row for another part. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_run_latencies(run_id bigint)
RETURNS TABLE (
    scenario text,
    stage smallint,
    latency_us bigint,
    transactions bigint,
    cumulative bigint,
    total bigint,
    retries bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT d.scenario, d.stage, d.microseconds, d.transactions, d.cumulative, d.total, d.retries
    FROM perfkit_run_distribution(perfkit_run_latencies.run_id, 'latency') d;
END;

COMMENT ON FUNCTION perfkit_run_latencies(bigint) IS
'The run''s distribution of latency, exact.
For each scenario and for all, and for each stage and all stages (stage NULL): each latency in microseconds, the number of transactions that took it, of those that took it or less, and of those that succeeded. A run of one stage has rows with stage NULL alone. Transactions that did not succeed are a row whose latency_us, cumulative and total are NULL. scenario is NULL for transactions of a number that the run has no scenario for. Error 42704 when there is no such run.';

-- Without JIT: to compile expressions took two thirds of the time in which these functions read a million transactions.

CREATE FUNCTION perfkit_run_summary(run_id bigint)
RETURNS TABLE (
    scenario text,
    stage smallint,
    transactions bigint,
    tps double precision,
    avg_ms double precision,
    p50_ms double precision,
    p90_ms double precision,
    p95_ms double precision,
    p99_ms double precision,
    max_ms double precision,
    errors bigint,
    retries bigint,
    lag_p95_ms double precision,
    service_p95_ms double precision)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    -- A quantile is the smallest latency that ceil(q n) transactions do not exceed: what percentile_disc() computes.
    WITH measured AS (
        SELECT d.scenario, d.stage, pg_catalog.max(d.total) AS n,
               pg_catalog.sum(d.latency_us::numeric * d.transactions::numeric) / pg_catalog.max(d.total)::numeric AS mean_us,
               pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.50::double precision * d.total::double precision)::bigint)
                   AS p50_us,
               pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.90::double precision * d.total::double precision)::bigint)
                   AS p90_us,
               pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.95::double precision * d.total::double precision)::bigint)
                   AS p95_us,
               pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.99::double precision * d.total::double precision)::bigint)
                   AS p99_us,
               pg_catalog.max(d.latency_us) AS max_us,
               pg_catalog.sum(d.transactions) FILTER (WHERE d.latency_us IS NULL)::bigint AS errors,
               pg_catalog.sum(d.retries)::bigint AS retries
        FROM perfkit_run_latencies(perfkit_run_summary.run_id) d
        GROUP BY d.scenario, d.stage
    ), parts AS (
        SELECT p.scenario, p.stage, n.part,
               pg_catalog.min(p.microseconds) FILTER (WHERE p.cumulative >= pg_catalog.ceil(0.95::double precision * p.total::double precision)::bigint)
                   AS p95_us
        FROM (VALUES ('lag'), ('service')) AS n (part)
             CROSS JOIN LATERAL perfkit_run_distribution(perfkit_run_summary.run_id, n.part) p
        -- A report that speaks of no rate saves the reading of all transactions once more.
        WHERE (SELECT pg_catalog.count(*) = 0 OR pg_catalog.bool_or(s.offered_tps IS NOT NULL)
               FROM perfkit_run_stages(perfkit_run_summary.run_id) s)
        GROUP BY p.scenario, p.stage, n.part
    ), stage AS (
        SELECT NULL::smallint AS stage, extract(epoch FROM r.duration)::double precision AS seconds
        FROM perfkit_run(perfkit_run_summary.run_id) r
        UNION ALL
        SELECT k.stage, s.seconds
        FROM (SELECT m.stage FROM measured m WHERE m.stage IS NOT NULL
              UNION SELECT s.stage FROM perfkit_run_stages(perfkit_run_summary.run_id) s
              WHERE EXISTS (SELECT FROM measured m WHERE m.stage IS NOT NULL)) AS k
             LEFT JOIN perfkit_run_stages(perfkit_run_summary.run_id) s ON s.stage = k.stage
    )
    SELECT s.scenario, g.stage, coalesce(m.n, 0), coalesce(m.n, 0)::double precision / g.seconds,
           (m.mean_us / 1000::numeric)::double precision, m.p50_us::double precision / 1000::double precision,
           m.p90_us::double precision / 1000::double precision, m.p95_us::double precision / 1000::double precision,
           m.p99_us::double precision / 1000::double precision, m.max_us::double precision / 1000::double precision,
           coalesce(m.errors, 0), coalesce(m.retries, 0), l.p95_us::double precision / 1000::double precision,
           v.p95_us::double precision / 1000::double precision
    FROM perfkit_run(perfkit_run_summary.run_id) r
         CROSS JOIN stage g
         CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.scenarios, 'all'::text))
             WITH ORDINALITY AS s (scenario, position)
         LEFT JOIN measured m ON m.scenario = s.scenario AND m.stage IS NOT DISTINCT FROM g.stage
         LEFT JOIN parts l ON l.scenario = s.scenario AND l.stage IS NOT DISTINCT FROM g.stage AND l.part = 'lag'
         LEFT JOIN parts v ON v.scenario = s.scenario AND v.stage IS NOT DISTINCT FROM g.stage AND v.part = 'service'
    ORDER BY g.stage, s.position;
END;

COMMENT ON FUNCTION perfkit_run_summary(bigint) IS
'One row for each scenario of the run and one for all, by stage and for all stages together (stage NULL, last).
A run of one stage has rows with stage NULL alone. transactions: those that succeeded; tps: of them, per second under load of the stage (NULL where pgbench''s report of the stage is missing); avg_ms to max_ms: their latency in milliseconds, percentiles by nearest rank from every transaction, NULL when there is none; errors: transactions that failed or were skipped; retries: how often any was tried again. With --rate, latency is lag, from the scheduled start to the real one, and then service time: lag_p95_ms and service_p95_ms are the 95th percentiles of each, NULL without. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_run_load(run_id bigint)
RETURNS TABLE (
    stage smallint,
    clients integer,
    offered_tps double precision,
    achieved_tps double precision,
    connect_ms double precision,
    mean_lag_ms double precision,
    mean_service_ms double precision,
    clients_busy double precision,
    finding text)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH logged AS (
        SELECT t.stage, pg_catalog.count(*) AS tried, pg_catalog.count(t.latency_us) AS succeeded,
               pg_catalog.max(t.latency_us)::double precision / 1000000::double precision AS longest,
               pg_catalog.sum(t.latency_us)::double precision / 1000::double precision AS latencies,
               pg_catalog.sum(t.schedule_lag_us) FILTER (WHERE t.latency_us IS NOT NULL)::double precision
                   / 1000::double precision AS lags
        FROM perfkit_run_transactions t
        WHERE t.run_id = perfkit_run_load.run_id AND t.failure IS DISTINCT FROM 'skipped'
        GROUP BY t.stage
    ), load AS (
        SELECT s.stage, s.clients, s.seconds, s.offered_tps, coalesce(l.tried, 0)::double precision / s.seconds AS achieved_tps,
               s.connect_ms, m.lag, m.service, l.longest, coalesce(l.tried, 0) AS tried, l.succeeded,
               l.tried::double precision * m.service / 1000::double precision / s.seconds AS busy,
               pg_catalog.count(*) OVER () > 1 AS several
        FROM perfkit_run_stages(perfkit_run_load.run_id) s
             LEFT JOIN logged l ON l.stage = s.stage
             LEFT JOIN LATERAL (SELECT l.lags / nullif(l.succeeded, 0)::double precision AS lag,
                                       (l.latencies - coalesce(l.lags, 0::double precision))
                                           / nullif(l.succeeded, 0)::double precision AS service) AS m ON true
    )
    SELECT CASE WHEN o.several THEN o.stage END, o.clients, o.offered_tps, o.achieved_tps, o.connect_ms, o.lag, o.service, o.busy,
           CASE
               -- Starts are random, so as many as were offered come with a standard deviation of their square root.
               WHEN o.offered_tps IS NOT NULL
               THEN CASE WHEN o.achieved_tps < 0.95::double precision * o.offered_tps
                          AND o.tried::double precision < o.offered_tps * o.seconds
                              - 3::double precision * pg_catalog.sqrt(o.offered_tps * o.seconds)
                         THEN 'overloaded' END
               -- Little's law, N = X R. At the end clients wait for the last one; failures have no time in the log.
               WHEN o.succeeded::double precision >= 0.99::double precision * o.tried::double precision
                AND o.busy + o.longest * o.clients::double precision / o.seconds
                    < 0.95::double precision * o.clients::double precision
               THEN 'generator' END
    FROM load o
    ORDER BY o.stage;
END;

COMMENT ON FUNCTION perfkit_run_load(bigint) IS
'Whether the load was what it was meant to be, stage by stage; no row without pgbench''s report.
stage is NULL for a run of one stage. offered_tps: transactions per second asked for, NULL without --rate; achieved_tps: those tried, whether they succeeded or not. connect_ms: how long all clients took to connect, which is no part of any other number. mean_lag_ms: from the scheduled start to the real one, NULL without --rate; mean_service_ms: from then to the end, with the script''s think times. clients_busy: number of clients within a transaction, on average (Little''s law).
finding: overloaded: fewer than 95 % of the transactions offered were tried, by more than chance; latency is then mostly lag, which grows with the duration. generator: without --rate, each client should be in a transaction all the time, and more than 5 % were not: the clients waited for pgbench, and the server could have done more. NULL: neither. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_run_verdicts(run_id bigint)
RETURNS TABLE (
    scenario text,
    stage smallint,
    metric text,
    limit_value double precision,
    observed double precision,
    lower double precision,
    upper double precision,
    verdict text,
    more_transactions bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH distribution AS MATERIALIZED (
        SELECT * FROM perfkit_run_latencies(perfkit_run_verdicts.run_id)
    ), sample AS (
        SELECT d.scenario, d.stage, coalesce(pg_catalog.max(d.total), 0) AS n, pg_catalog.max(d.latency_us) AS longest_us,
               coalesce(pg_catalog.sum(d.transactions) FILTER (WHERE d.latency_us IS NULL), 0)::bigint AS errors,
               pg_catalog.sum(d.latency_us::numeric * d.transactions::numeric) AS sum_us,
               pg_catalog.sum(d.latency_us::numeric * d.latency_us::numeric * d.transactions::numeric) AS sum_squares
        FROM distribution d
        GROUP BY d.scenario, d.stage
    ), stage AS (
        SELECT NULL::smallint AS stage, extract(epoch FROM r.duration)::double precision AS seconds
        FROM perfkit_run(perfkit_run_verdicts.run_id) r
        UNION ALL
        SELECT k.stage, s.seconds
        FROM (SELECT m.stage FROM sample m WHERE m.stage IS NOT NULL
              UNION SELECT s.stage FROM perfkit_run_stages(perfkit_run_verdicts.run_id) s
              WHERE EXISTS (SELECT FROM sample m WHERE m.stage IS NOT NULL)) AS k
             LEFT JOIN perfkit_run_stages(perfkit_run_verdicts.run_id) s ON s.stage = k.stage
    ), own AS (
        SELECT DISTINCT ON (1, 2) coalesce(o.budget ->> 'scenario'::text, 'all') AS scenario, o.budget ->> 'metric'::text AS metric,
               (o.budget ->> 'limit_value'::text)::double precision AS limit_value
        FROM perfkit_run(perfkit_run_verdicts.run_id) r
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(r.budgets) WITH ORDINALITY AS o (budget, position)
        ORDER BY 1, 2, o.position DESC
    ), given AS (
        SELECT o.scenario, o.metric, o.limit_value FROM own o
        UNION ALL
        -- What was not measured breaks no budget that nobody asked this run to keep.
        SELECT b.scenario, b.metric, b.limit_value
        FROM perfkit_run(perfkit_run_verdicts.run_id) r
             JOIN perfkit_budgets b ON b.workload = r.workload AND (b.max_rows IS NULL OR r.data_rows <= b.max_rows)
        WHERE b.limit_value IS NOT NULL AND (b.metric <> 'max_buffers' OR r.work IS NOT NULL)
          AND NOT EXISTS (SELECT FROM own o WHERE o.scenario = b.scenario AND o.metric = b.metric)
    ), work AS (
        SELECT w.scenario, (w.sample ->> 'blocks'::text)::double precision / nullif((w.sample ->> 'transactions'::text)::double precision, '0')
                   AS blocks
        FROM perfkit_run(perfkit_run_verdicts.run_id) r
             CROSS JOIN LATERAL pg_catalog.jsonb_each(r.work) AS w (scenario, sample)
        UNION ALL
        -- Of all: each scenario as often as it was run, and unknown unless each that was run is known.
        SELECT 'all', CASE WHEN pg_catalog.bool_and(r.work -> s.scenario IS NOT NULL)
                           THEN pg_catalog.sum((r.work -> s.scenario ->> 'blocks'::text)::double precision
                                               / nullif((r.work -> s.scenario ->> 'transactions'::text)::double precision, '0')
                                               * (s.n + s.errors)::double precision)
                                / nullif(pg_catalog.sum(s.n + s.errors)::double precision, '0') END
        FROM perfkit_run(perfkit_run_verdicts.run_id) r, sample s
        WHERE s.stage IS NULL AND s.scenario <> 'all'
    ), budget AS (
        SELECT s.scenario, s.position, g.stage, b.metric, b.limit_value, q.quantile, q.position AS metric_position, g.seconds, w.blocks
        FROM perfkit_run(perfkit_run_verdicts.run_id) r
             CROSS JOIN stage g
             CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.scenarios, 'all'::text))
                 WITH ORDINALITY AS s (scenario, position)
             JOIN given b ON b.scenario = s.scenario AND (g.stage IS NULL OR b.metric <> 'max_buffers')
             JOIN perfkit_budget_metrics() WITH ORDINALITY AS q (metric, quantile, unit, meaning, position) ON q.metric = b.metric
             LEFT JOIN work w ON w.scenario = s.scenario
    ), moments AS (
        -- sums of whole numbers, so exact: the difference may not be a small one of two rounded large ones
        SELECT s.scenario, s.stage, s.n, s.errors, s.longest_us::double precision / 1000::double precision AS longest,
               CASE WHEN s.n > 0 THEN (s.sum_us / s.n::numeric)::double precision / 1000::double precision END AS mean,
               CASE WHEN s.n > 1
                    THEN pg_catalog.sqrt((s.sum_squares - s.sum_us * s.sum_us / s.n::numeric) / (s.n - 1)::numeric)::double precision
                         / 1000::double precision * 1.959963984540054::double precision END AS spread
        FROM sample s
    ), ranked AS (
        SELECT b.scenario, b.position, b.stage, b.metric, b.metric_position, b.limit_value, b.quantile, b.seconds, b.blocks,
               coalesce(s.n, 0) AS n, coalesce(s.errors, 0) AS errors, s.longest, s.mean, s.spread,
               pg_catalog.ceil(b.quantile * s.n::double precision)::bigint AS own_rank, i.lower_rank, i.upper_rank
        FROM budget b
             LEFT JOIN moments s ON s.scenario = b.scenario AND s.stage IS NOT DISTINCT FROM b.stage
             LEFT JOIN LATERAL perfkit_quantile_interval(coalesce(s.n, 0), b.quantile, 0.95::double precision) i
                ON b.quantile IS NOT NULL
    ), quantiles AS MATERIALIZED (
        SELECT k.scenario, k.stage, k.metric,
               (pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= k.own_rank))::double precision / 1000::double precision AS observed,
               (pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= k.lower_rank))::double precision / 1000::double precision AS lower,
               (pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= k.upper_rank))::double precision / 1000::double precision AS upper,
               coalesce(pg_catalog.max(d.cumulative)
                        FILTER (WHERE d.latency_us::double precision / 1000::double precision < k.limit_value), 0) AS below
        FROM ranked k JOIN distribution d
             ON d.scenario = k.scenario AND coalesce(d.stage, '-1'::smallint) = coalesce(k.stage, '-1'::smallint)
        WHERE k.quantile IS NOT NULL
        GROUP BY k.scenario, k.stage, k.metric
    ), measured AS (
        SELECT k.scenario, k.position, k.stage, k.metric, k.metric_position, k.limit_value, k.quantile, k.n, k.errors, q.below,
               k.mean, k.spread,
               CASE k.metric
                   WHEN 'avg_ms' THEN k.mean
                   WHEN 'max_ms' THEN k.longest
                   WHEN 'min_tps' THEN CASE WHEN k.n + k.errors > 0 THEN k.n::double precision / k.seconds END
                   WHEN 'max_error_rate' THEN k.errors::double precision / nullif(k.n + k.errors, 0)::double precision
                   WHEN 'max_buffers' THEN k.blocks
                   ELSE q.observed END AS observed,
               CASE k.metric
                   WHEN 'avg_ms' THEN CASE WHEN k.n >= 30 THEN k.mean - k.spread / pg_catalog.sqrt(k.n::double precision) END
                   WHEN 'max_error_rate' THEN e.lower
                   ELSE q.lower END AS lower,
               CASE k.metric
                   WHEN 'avg_ms' THEN CASE WHEN k.n >= 30 THEN k.mean + k.spread / pg_catalog.sqrt(k.n::double precision) END
                   WHEN 'max_error_rate' THEN e.upper
                   ELSE q.upper END AS upper
        FROM ranked k
             LEFT JOIN quantiles q ON q.scenario = k.scenario AND q.stage IS NOT DISTINCT FROM k.stage AND q.metric = k.metric
             LEFT JOIN LATERAL perfkit_share_interval(k.errors, nullif(k.n + k.errors, 0), 0.95::double precision) e
                ON k.metric = 'max_error_rate' AND k.limit_value > '0'
    ), judged AS (
        SELECT m.*,
               CASE
                   WHEN m.metric = 'max_buffers'
                   THEN CASE WHEN m.observed <= m.limit_value THEN 'PASS' WHEN m.observed > m.limit_value THEN 'FAIL' ELSE 'INCONCLUSIVE' END
                   -- all failed, or were skipped: that tells enough, whatever else the metric
                   WHEN m.n = 0 AND m.errors > 0 AND (m.metric <> 'max_error_rate' OR m.limit_value < '1') THEN 'FAIL'
                   WHEN m.observed IS NULL THEN 'INCONCLUSIVE'
                   WHEN m.metric = 'max_ms' THEN CASE WHEN m.observed < m.limit_value THEN 'PASS' ELSE 'FAIL' END
                   WHEN m.metric = 'min_tps' THEN CASE WHEN m.observed >= m.limit_value THEN 'PASS' ELSE 'FAIL' END
                   WHEN m.metric = 'max_error_rate' AND m.limit_value = '0'
                   THEN CASE WHEN m.errors = 0 THEN 'PASS' ELSE 'FAIL' END
                   WHEN m.metric = 'max_error_rate' AND m.upper <= m.limit_value THEN 'PASS'
                   WHEN m.metric = 'max_error_rate' AND m.lower > m.limit_value THEN 'FAIL'
                   WHEN m.metric <> 'max_error_rate' AND m.upper < m.limit_value THEN 'PASS'
                   WHEN m.metric <> 'max_error_rate' AND m.lower >= m.limit_value THEN 'FAIL'
                   ELSE 'INCONCLUSIVE' END AS verdict
        FROM measured m
    )
    SELECT j.scenario, j.stage, j.metric, j.limit_value, j.observed, j.lower, j.upper, j.verdict,
           CASE
               WHEN j.verdict <> 'INCONCLUSIVE' THEN 0
               WHEN j.quantile IS NOT NULL
               THEN perfkit_more_for_quantile(j.n, coalesce(j.below, 0), j.quantile, 0.95::double precision)
               WHEN j.metric = 'max_error_rate' AND j.limit_value > '0'
               THEN perfkit_more_for_share(j.n + j.errors, j.errors, j.limit_value, 0.95::double precision)
               WHEN j.metric = 'max_buffers' THEN NULL
               WHEN j.metric <> 'avg_ms' THEN 1
               WHEN j.n < 2 THEN 30 - j.n
               WHEN j.mean <> j.limit_value
               THEN greatest(30, j.n + 1, least('1e15'::double precision,
                                           pg_catalog.floor((j.spread / (j.mean - j.limit_value)) ^ '2'::double precision))::bigint + 1) - j.n
           END
    FROM judged j
    ORDER BY j.stage, j.position, j.metric_position;
END;

COMMENT ON FUNCTION perfkit_run_verdicts(bigint) IS
'One row for each budget that applies to the run''s scenarios and is not waived, by stage and for all stages (stage NULL, last).
Budgets are the run''s own (perfkit_runs.budgets), and the rows of perfkit_budgets for its workload where it has none of the same scenario and metric. A run of one stage has rows with stage NULL alone; max_buffers always has. lower and upper: 95 % confidence interval of observed, in the metric''s unit. Percentiles: distribution-free, from order statistics; avg_ms: normal theory, from 30 transactions on; max_error_rate: exact binomial (Clopper-Pearson); max_ms, min_tps and max_buffers: none, they are compared as they are, as is max_error_rate with the limit 0. Where perfkit_runs.work is NULL, a max_buffers of perfkit_budgets is left out, and one of the run''s own INCONCLUSIVE; for all, it is the mean over the scenarios as often as they were run. verdict: PASS when all of the interval is within the limit, FAIL when none of it is, or when transactions were tried and none succeeded, else, and where none was tried, INCONCLUSIVE; then more_transactions is about how many more it takes to tell if what was seen persists, NULL when no number will do. Intervals take transactions as independent: they speak for this run, not for the next one. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_run_verdict(
    run_id bigint,
    OUT verdict text,
    OUT reason text,
    OUT findings text,
    OUT budgets jsonb)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
BEGIN ATOMIC
    WITH judged AS MATERIALIZED (
        SELECT v.*,
               pg_catalog.concat_ws(''::text,
                   CASE WHEN v.several THEN coalesce('stage '::text || v.stage::text, 'all stages') || ', '::text END,
                   pg_catalog.format('%s: %s is %s'::text, v.scenario, v.metric,
                                     coalesce(pg_catalog.round(v.observed::numeric, 3)::text, 'unknown')),
                   CASE WHEN v.lower IS NOT NULL OR v.upper IS NOT NULL
                        THEN pg_catalog.format(' (95 %% interval %s to %s)'::text,
                                               coalesce(pg_catalog.round(v.lower::numeric, 3)::text, 'unknown'),
                                               coalesce(pg_catalog.round(v.upper::numeric, 3)::text, 'unknown')) END,
                   pg_catalog.format(', limit %s.'::text, v.limit_value),
                   CASE WHEN v.more_transactions > 0
                        THEN pg_catalog.format(' About %s more transactions would tell.'::text, v.more_transactions) END) AS finding
        FROM (SELECT d.*, pg_catalog.max(d.stage) OVER () IS NOT NULL AS several
              FROM perfkit_run_verdicts(perfkit_run_verdict.run_id) WITH ORDINALITY
                   AS d (scenario, stage, metric, limit_value, observed, lower, upper, verdict, more_transactions, position)) AS v
    ), stage AS (
        -- Which stages the verdicts of a kind are about; NULL for a run of one.
        SELECT f.verdict, CASE WHEN pg_catalog.bool_or(f.several)
                               THEN pg_catalog.format(' (stage %s)'::text, pg_catalog.string_agg(coalesce(f.stage::text, 'all'), ', '::text
                                                                                         ORDER BY f.stage)) END AS names
        FROM (SELECT DISTINCT j.verdict, j.stage, j.several FROM judged j) AS f
        GROUP BY f.verdict
    ), load AS (
        SELECT pg_catalog.string_agg(
                   pg_catalog.concat_ws(' '::text, pg_catalog.round(l.achieved_tps::numeric, 1)::text, 'of',
                                        pg_catalog.round(l.offered_tps::numeric, 1)::text, '(stage '::text || l.stage::text || ')'::text),
                   ', '::text ORDER BY l.stage) FILTER (WHERE l.finding = 'overloaded') AS overloaded,
               pg_catalog.string_agg(
                   pg_catalog.concat_ws(' '::text, pg_catalog.round(l.clients_busy::numeric, 1)::text, 'of', l.clients::text,
                                        '(stage '::text || l.stage::text || ')'::text),
                   ', '::text ORDER BY l.stage) FILTER (WHERE l.finding = 'generator') AS generator
        FROM perfkit_run_load(perfkit_run_verdict.run_id) l
    ), unmeasured AS (
        SELECT pg_catalog.count(*) AS budgets
        FROM perfkit_run(perfkit_run_verdict.run_id) r
             JOIN perfkit_budgets b ON b.workload = r.workload AND (b.max_rows IS NULL OR r.data_rows <= b.max_rows)
                  AND b.scenario = ANY (pg_catalog.array_append(r.scenarios, 'all'::text))
        WHERE r.work IS NULL AND b.metric = 'max_buffers' AND b.limit_value IS NOT NULL
          AND NOT EXISTS (SELECT FROM judged j WHERE j.scenario = b.scenario AND j.metric = b.metric)
    ), budget AS (
        SELECT pg_catalog.count(*) AS all_of_them,
               pg_catalog.count(*) FILTER (WHERE j.verdict = 'FAIL') AS failed,
               pg_catalog.count(*) FILTER (WHERE j.verdict = 'FAIL' AND j.metric <> 'max_buffers') AS slow,
               pg_catalog.count(*) FILTER (WHERE j.verdict = 'INCONCLUSIVE' AND j.metric <> 'max_buffers') AS untold,
               pg_catalog.count(*) FILTER (WHERE j.verdict = 'INCONCLUSIVE' AND j.metric = 'max_buffers') AS unknown,
               pg_catalog.string_agg(j.finding, E'\n'::text ORDER BY j.position) FILTER (WHERE j.verdict = 'FAIL') AS broken,
               pg_catalog.string_agg(j.finding, E'\n'::text ORDER BY j.position) FILTER (WHERE j.verdict = 'INCONCLUSIVE') AS open,
               pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'scenario', j.scenario, 'stage', j.stage, 'metric', j.metric, 'limit_value', j.limit_value, 'observed', j.observed, 'lower', j.lower,
                   'upper', j.upper, 'verdict', j.verdict, 'more_transactions', j.more_transactions) ORDER BY j.position) AS rows
        FROM judged j
    ), index_check AS (
        SELECT pg_catalog.count(*) AS all_of_them,
               pg_catalog.count(*) FILTER (WHERE c.value ->> 'verdict'::text = 'FAIL') AS failed,
               pg_catalog.string_agg(pg_catalog.format('index check %s: %s'::text, c.value ->> 'check_name'::text,
                                                       coalesce(c.value ->> 'reason'::text, 'failed')), E'\n'::text ORDER BY c.position)
                   FILTER (WHERE c.value ->> 'verdict'::text = 'FAIL') AS broken
        FROM perfkit_run(perfkit_run_verdict.run_id) r
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(coalesce(r.index_checks, '[]'))
                 WITH ORDINALITY AS c (value, position)
    ), invariant AS (
        SELECT pg_catalog.count(*) AS all_of_them, pg_catalog.count(*) FILTER (WHERE NOT n.ok) AS failed,
               pg_catalog.string_agg(pg_catalog.concat_ws(': '::text, n.invariant, n.detail), E'\n'::text ORDER BY n.invariant)
                   FILTER (WHERE NOT n.ok) AS broken
        FROM perfkit_run_invariants n
        WHERE n.run_id = perfkit_run_verdict.run_id
    ), overall AS (
        SELECT CASE WHEN b.failed + i.failed + n.failed > 0 THEN 'FAIL'
                    WHEN b.untold + b.unknown > 0 OR b.all_of_them = 0 THEN 'INCONCLUSIVE'
                    ELSE 'PASS' END AS verdict
        FROM budget b, index_check i, invariant n
    )
    SELECT o.verdict,
           pg_catalog.concat_ws(', '::text,
               'overloaded: '::text || l.overloaded || ' transactions per second offered were achieved'::text,
               CASE WHEN n.failed > 0 THEN pg_catalog.format('%s of %s invariants broken'::text, n.failed, n.all_of_them) END,
               CASE WHEN b.failed > 0 THEN pg_catalog.format('%s of %s budgets broken%s'::text, b.failed, b.all_of_them,
                                                                   (SELECT g.names FROM stage g WHERE g.verdict = 'FAIL')) END,
               CASE WHEN i.failed > 0 THEN pg_catalog.format('%s of %s index checks failed'::text, i.failed, i.all_of_them) END,
               CASE WHEN b.untold > 0
                    THEN pg_catalog.format('%s of %s budgets cannot be told from so few transactions%s'::text, b.untold, b.all_of_them,
                                           (SELECT g.names FROM stage g WHERE g.verdict = 'INCONCLUSIVE')) END,
               CASE WHEN b.unknown > 0
                    THEN pg_catalog.format('%s of %s budgets were not measured'::text, b.unknown, b.all_of_them) END,
               CASE WHEN b.all_of_them = 0 THEN 'no budget applies (rows of perfkit_budgets do)' END,
               CASE WHEN o.verdict = 'PASS' THEN pg_catalog.format('%s budgets kept'::text, b.all_of_them) END,
               CASE WHEN o.verdict = 'PASS' AND i.all_of_them > 0
                    THEN pg_catalog.format('%s index checks passed'::text, i.all_of_them) END,
               CASE WHEN o.verdict = 'PASS' AND n.all_of_them > 0
                    THEN pg_catalog.format('%s invariants hold'::text, n.all_of_them) END,
               CASE WHEN u.budgets > 0
                    THEN pg_catalog.format('max_buffers was not measured (%s budgets left out)'::text, u.budgets) END,
               CASE WHEN b.slow + b.untold > 0
                    THEN 'the load generator was a bottleneck: '::text || l.generator || ' clients were busy on average'::text END),
           CASE o.verdict WHEN 'FAIL' THEN pg_catalog.concat_ws(E'\n'::text, n.broken, b.broken, i.broken)
                          WHEN 'INCONCLUSIVE' THEN b.open END,
           coalesce(b.rows, '[]')
    FROM overall o, budget b, index_check i, invariant n, load l, unmeasured u;
END;

COMMENT ON FUNCTION perfkit_run_verdict(bigint) IS
'The run''s verdict as a whole, which bench/run exits by and perfkit_assert_run raises.
FAIL: a budget, an index check or an invariant failed. INCONCLUSIVE: none did, but some budget cannot be told, or none applies. PASS: all of them passed. reason: the counts, in words, and which stages they are about; that the run was overloaded, and where budgets were not kept, that the load generator was a bottleneck, as perfkit_run_load finds. findings: a line for each budget, check and invariant behind a FAIL or INCONCLUSIVE; budgets: the rows of perfkit_run_verdicts. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_assert_run(run_id bigint) RETURNS void
LANGUAGE C STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'perfkit_assert_run';

COMMENT ON FUNCTION perfkit_assert_run(bigint) IS
'Does nothing when perfkit_run_verdict says PASS. Else error P0004, with the invariants that do not hold, or the budgets and index checks that fail, or when none fails the budgets that cannot be told, in its detail; 55000 when no budget applies and nothing failed; 42704 when there is no such run.';
