-- Summary: the distributions of a run's times, and whether its load was what it was meant to be.

CREATE FUNCTION perfkit_run_stages(run_id bigint)
RETURNS TABLE (
    stage smallint,
    clients integer,
    seconds double precision,
    offered_tps double precision,
    connect_ms double precision,
    thinking boolean)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    -- The time under load is the one by which pgbench divides its counts. If nothing succeeded,
    -- only the duration asked for is known.
    SELECT coalesce((s.report ->> 'stage'::text)::smallint, s.position::smallint),
           (s.report ->> 'clients'::text)::integer,
           -- What is left after the warm-up is never nothing.
           greatest(CASE WHEN (s.report ->> 'tps'::text)::double precision > '0'
                          AND (s.report ->> 'transactions'::text)::double precision > '0'
                         THEN (s.report ->> 'transactions'::text)::double precision
                              / (s.report ->> 'tps'::text)::double precision
                         ELSE (s.report ->> 'seconds'::text)::double precision END
                    - coalesce((SELECT pg_catalog.sum(w.seconds)
                                FROM pg_catalog.jsonb_to_recordset(r.warmup) AS w (stage smallint, seconds double precision)
                                WHERE w.stage = coalesce((s.report ->> 'stage'::text)::smallint, s.position::smallint)),
                               '0'::double precision), '1e-6'::double precision),
           (s.report ->> 'rate'::text)::double precision,
           (s.report ->> 'initial_connection_ms'::text)::double precision,
           s.report ? 'pauses'::text
    FROM perfkit_run(perfkit_run_stages.run_id) r
         CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(r.pgbench -> 'stages'::text)
             WITH ORDINALITY AS s (report, position);
END;

COMMENT ON FUNCTION perfkit_run_stages(bigint) IS
'The stages of a run, as pgbench reported them; no rows without its report.
seconds: time under load, without connecting and warm-up. offered_tps: transactions per second asked
for, NULL without --rate. connect_ms: how long it took all clients to connect. thinking: clients
paused between transactions.
Errors: 42704 no such run';

CREATE FUNCTION perfkit_run_warmups(run_id bigint)
RETURNS TABLE (stage smallint, began timestamptz, until timestamptz, seconds double precision)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT w.stage, pg_catalog.to_timestamp(w.began), pg_catalog.to_timestamp(w.until), w.seconds
    FROM perfkit_runs r
         CROSS JOIN LATERAL pg_catalog.jsonb_to_recordset(r.warmup)
             AS w (stage smallint, began double precision, until double precision, seconds double precision)
    WHERE r.run_id = perfkit_run_warmups.run_id;
END;

COMMENT ON FUNCTION perfkit_run_warmups(bigint) IS
'perfkit_runs.warmup as rows.
Transactions of the stage that ended from began on and before until do not count.';

CREATE FUNCTION perfkit_run_counts(run_id bigint)
RETURNS TABLE (
    stage smallint,
    scenario smallint,
    succeeded bigint,
    failed bigint,
    skipped bigint,
    retries bigint,
    latency_sum_us numeric,
    lag_sum_us numeric,
    longest_us bigint,
    warmup boolean)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH warmup AS MATERIALIZED (
        SELECT w.* FROM perfkit_run_warmups(perfkit_run_counts.run_id) w
    )
    SELECT s.stage, s.scenario, pg_catalog.sum(s.succeeded)::bigint, pg_catalog.sum(s.failed)::bigint,
           pg_catalog.sum(s.skipped)::bigint, pg_catalog.sum(s.retries)::bigint, pg_catalog.sum(s.latency_sum_us),
           pg_catalog.sum(s.lag_sum_us), pg_catalog.max(s.longest_us), o.warmup
    FROM perfkit_run_seconds s
         CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM warmup w WHERE w.stage = s.stage AND s.second >= w.began
                                                                   AND s.second < w.until) AS warmup) AS o
    WHERE s.run_id = perfkit_run_counts.run_id
    GROUP BY s.stage, s.scenario, o.warmup
    UNION ALL
    SELECT t.stage, t.scenario, pg_catalog.count(t.latency_us),
           pg_catalog.count(*) FILTER (WHERE t.latency_us IS NULL AND t.failure IS DISTINCT FROM 'skipped'),
           pg_catalog.count(*) FILTER (WHERE t.latency_us IS NULL AND t.failure = 'skipped'),
           pg_catalog.sum(t.retries)::bigint, pg_catalog.sum(t.latency_us),
           pg_catalog.sum(t.schedule_lag_us) FILTER (WHERE t.latency_us IS NOT NULL), pg_catalog.max(t.latency_us),
           o.warmup
    FROM perfkit_run_transactions t
         CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM warmup w WHERE w.stage = t.stage AND t.finished_at >= w.began
                                                                   AND t.finished_at < w.until) AS warmup) AS o
    WHERE t.run_id = perfkit_run_counts.run_id
      AND NOT EXISTS (SELECT FROM perfkit_run_seconds s WHERE s.run_id = perfkit_run_counts.run_id)
    GROUP BY t.stage, t.scenario, o.warmup;
END;

COMMENT ON FUNCTION perfkit_run_counts(bigint) IS
'The number of transactions of each scenario in each stage, and what their times add up to.
scenario is a position in perfkit_runs.scenarios. Columns as in perfkit_run_seconds. Those of the
warm-up, which do not count, have rows of their own (warmup is true). There is no row of a stage in
which the scenario was not run.';

CREATE FUNCTION perfkit_run_totals(run_id bigint)
RETURNS TABLE (
    scenario text,
    stage smallint,
    transactions bigint,
    errors bigint,
    retries bigint,
    latency_sum_us numeric,
    longest_us bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH counted AS MATERIALIZED (
        SELECT c.* FROM perfkit_run_counts(perfkit_run_totals.run_id) c WHERE NOT c.warmup
    ), several AS (
        SELECT CASE WHEN pg_catalog.count(*) > 0 THEN pg_catalog.count(*) > 1
                    ELSE coalesce((SELECT pg_catalog.min(c.stage) <> pg_catalog.max(c.stage) FROM counted c), false)
                    END AS stages
        FROM perfkit_run_stages(perfkit_run_totals.run_id) s
    ), placed AS (
        SELECT p.scenario, p.stage, pg_catalog.sum(c.succeeded)::bigint AS transactions,
               pg_catalog.sum(c.failed + c.skipped)::bigint AS errors, pg_catalog.sum(c.retries)::bigint AS retries,
               pg_catalog.sum(c.latency_sum_us) AS latency_sum_us, pg_catalog.max(c.longest_us) AS longest_us
        FROM counted c
             CROSS JOIN LATERAL (VALUES (c.scenario, NULL::smallint), (NULL, NULL), (c.scenario, c.stage), (NULL, c.stage))
                 AS p (scenario, stage)
        WHERE p.stage IS NULL OR (SELECT v.stages FROM several v)
        GROUP BY p.scenario, p.stage
    )
    SELECT CASE WHEN p.scenario IS NULL THEN 'all' ELSE r.scenarios[p.scenario] END, p.stage, p.transactions, p.errors,
           p.retries, p.latency_sum_us, p.longest_us
    FROM perfkit_run(perfkit_run_totals.run_id) r CROSS JOIN placed p;
END;

COMMENT ON FUNCTION perfkit_run_totals(bigint) IS
'perfkit_run_counts() by name, with rows for scenario all and for all stages (stage NULL).
The warm-up is not part of it. A run of one stage has only rows with stage NULL. errors: transactions
that failed or were skipped.
Errors: 42704 no such run';

CREATE FUNCTION perfkit_run_distribution(run_id bigint, part text)
RETURNS TABLE (
    scenario text,
    stage smallint,
    microseconds bigint,
    transactions bigint,
    cumulative bigint,
    total bigint,
    retries bigint,
    lowest_us bigint,
    highest_us bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    -- place is stage and scenario in one number, 0 in either half for all of them: one key to hash
    -- and sort a million rows by, instead of two.
    WITH warmup AS MATERIALIZED (
        SELECT w.* FROM perfkit_run_warmups(perfkit_run_distribution.run_id) w
    ), merged AS (
        SELECT s.stage::integer * 65536 + s.scenario::integer AS place,
               perfkit_histogram_agg(CASE perfkit_run_distribution.part
                                         WHEN 'latency' THEN s.latencies
                                         WHEN 'lag' THEN s.lags
                                         WHEN 'service' THEN s.services END) AS histogram,
               pg_catalog.sum(s.succeeded + s.failed + s.skipped) AS transactions,
               pg_catalog.sum(s.retries)::bigint AS retries
        FROM perfkit_run_seconds s
        WHERE s.run_id = perfkit_run_distribution.run_id
          AND perfkit_run_distribution.part IN ('latency', 'lag', 'service')
          AND NOT EXISTS (SELECT FROM warmup w WHERE w.stage = s.stage AND s.second >= w.began AND s.second < w.until)
        GROUP BY 1
    ), counted AS (
        -- A bucket is told by its middle and its width, which is a power of two.
        SELECT m.place, (b.lowest_us + b.highest_us + 1) / 2 AS microseconds, b.latencies AS transactions,
               0::bigint AS retries, b.highest_us - b.lowest_us + 1 AS width
        FROM merged m CROSS JOIN LATERAL perfkit_histogram_buckets(m.histogram) b
        UNION ALL
        -- Failures, and all retries: histograms do not know which latencies had some.
        SELECT m.place, NULL, o.transactions::bigint, m.retries, NULL
        FROM merged m
             CROSS JOIN LATERAL (SELECT m.transactions - coalesce(perfkit_count(m.histogram, NULL::bigint, NULL::bigint),
                                                                  0)::numeric AS transactions) AS o
        WHERE o.transactions > '0' OR m.retries > 0
        UNION ALL
        SELECT t.stage::integer * 65536 + t.scenario::integer,
               CASE perfkit_run_distribution.part
                   WHEN 'latency' THEN t.latency_us
                   WHEN 'lag' THEN CASE WHEN t.latency_us IS NOT NULL THEN t.schedule_lag_us END
                   WHEN 'service' THEN t.latency_us - t.schedule_lag_us END,
               pg_catalog.count(*), pg_catalog.sum(t.retries), 1
        FROM perfkit_run_transactions t
        WHERE t.run_id = perfkit_run_distribution.run_id
          AND perfkit_run_distribution.part IN ('latency', 'lag', 'service')
          AND NOT EXISTS (SELECT FROM perfkit_run_seconds s WHERE s.run_id = perfkit_run_distribution.run_id)
          AND NOT EXISTS (SELECT FROM warmup w
                          WHERE w.stage = t.stage AND t.finished_at >= w.began AND t.finished_at < w.until)
        GROUP BY 1, 2
    ), several AS (
        -- With a report, there is no need to look at every row.
        SELECT CASE WHEN pg_catalog.count(*) > 0 THEN pg_catalog.count(*) > 1
                    ELSE coalesce((SELECT pg_catalog.min(c.place / 65536) <> pg_catalog.max(c.place / 65536)
                                   FROM counted c), false) END AS stages
        FROM perfkit_run_stages(perfkit_run_distribution.run_id) s
    ), with_all AS (
        -- For a single stage, the counts are the sums over all stages already.
        SELECT c.place % 65536 AS place, c.microseconds, c.transactions, c.retries, c.width
        FROM counted c WHERE NOT (SELECT v.stages FROM several v)
        UNION ALL
        SELECT c.place % 65536, c.microseconds, pg_catalog.sum(c.transactions)::bigint,
               pg_catalog.sum(c.retries)::bigint, pg_catalog.min(c.width)
        FROM counted c WHERE (SELECT v.stages FROM several v) GROUP BY 1, 2
        UNION ALL
        SELECT 0, c.microseconds, pg_catalog.sum(c.transactions)::bigint, pg_catalog.sum(c.retries)::bigint,
               pg_catalog.min(c.width)
        FROM counted c GROUP BY 2
        UNION ALL
        SELECT c.place, c.microseconds, c.transactions, c.retries, c.width
        FROM counted c WHERE (SELECT v.stages FROM several v)
        UNION ALL
        SELECT c.place / 65536 * 65536, c.microseconds, pg_catalog.sum(c.transactions)::bigint,
               pg_catalog.sum(c.retries)::bigint, pg_catalog.min(c.width)
        FROM counted c WHERE (SELECT v.stages FROM several v) GROUP BY 1, 2
    ), summed AS (
        -- NULL sorts last, so failures are in no other row's sum.
        SELECT w.place, w.microseconds, w.transactions, w.retries, w.width,
               pg_catalog.sum(w.transactions) OVER (PARTITION BY w.place ORDER BY w.microseconds) AS cumulative
        FROM with_all w
    ), succeeded AS (
        SELECT c.place, pg_catalog.sum(c.transactions) AS transactions
        FROM counted c
        WHERE c.microseconds IS NOT NULL
        GROUP BY c.place
    ), total AS (
        -- Not by a second window over all rows, which takes several times as long.
        SELECT p.place, pg_catalog.sum(s.transactions)::bigint AS transactions
        FROM succeeded s
             CROSS JOIN LATERAL (SELECT 0 UNION SELECT s.place % 65536 UNION SELECT s.place / 65536 * 65536
                                 UNION SELECT s.place) AS p (place)
        GROUP BY p.place
    )
    -- Names come last: sorting a million rows that each contain the run's row took most of the
    -- time.
    SELECT CASE WHEN w.place % 65536 = 0 THEN 'all' ELSE r.scenarios[w.place % 65536] END,
           nullif(w.place / 65536, 0)::smallint, w.microseconds, w.transactions,
           CASE WHEN w.microseconds IS NOT NULL THEN w.cumulative::bigint END,
           t.transactions, w.retries, w.microseconds - w.width / 2, w.microseconds - w.width / 2 + w.width - 1
    FROM perfkit_run(perfkit_run_distribution.run_id) r
         CROSS JOIN summed w
         LEFT JOIN total t ON t.place = w.place AND w.microseconds IS NOT NULL;
END;

COMMENT ON FUNCTION perfkit_run_distribution(bigint, text) IS
'The distribution of latency or, with --rate, of one of its two parts, without the warm-up.
part: latency, lag (from the scheduled to the actual start) or service (the rest); no rows for any
other. Columns as in perfkit_run_latencies().
Errors: 42704 no such run';

CREATE FUNCTION perfkit_run_latencies(run_id bigint)
RETURNS TABLE (
    scenario text,
    stage smallint,
    latency_us bigint,
    transactions bigint,
    cumulative bigint,
    total bigint,
    retries bigint,
    lowest_us bigint,
    highest_us bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT d.scenario, d.stage, d.microseconds, d.transactions, d.cumulative, d.total, d.retries,
           d.lowest_us, d.highest_us
    FROM perfkit_run_distribution(perfkit_run_latencies.run_id, 'latency') d;
END;

COMMENT ON FUNCTION perfkit_run_latencies(bigint) IS
'The run''s distribution of latency, without the warm-up.
One row for each bucket of perfkit_histogram in each scenario and in all, by stage and for all
stages together (stage NULL): the number of transactions whose latency was from lowest_us to
highest_us, latency_us being the middle; that were no slower (cumulative); and that succeeded
(total). A run that has only perfkit_run_transactions has a row for each latency instead. A run of
one stage has only rows with stage NULL.
Transactions that did not succeed are a row whose latency_us, cumulative and total are NULL. Of a
run that has histograms, this row has all retries.
scenario is NULL for transactions of a scenario that the run does not have.
Errors: 42704 no such run';

-- Without JIT: compiling expressions took two thirds of the time in which these functions read a
-- million transactions.

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
    -- A quantile is the smallest latency that ceil(q n) transactions do not exceed, as in
    -- percentile_disc().
    WITH total AS MATERIALIZED (
        SELECT t.* FROM perfkit_run_totals(perfkit_run_summary.run_id) t
    ), measured AS (
        SELECT d.scenario, d.stage,
               pg_catalog.min(d.latency_us)
                   FILTER (WHERE d.cumulative
                               >= pg_catalog.ceil(0.50::double precision * d.total::double precision)::bigint)
                   AS p50_us,
               pg_catalog.min(d.latency_us)
                   FILTER (WHERE d.cumulative
                               >= pg_catalog.ceil(0.90::double precision * d.total::double precision)::bigint)
                   AS p90_us,
               pg_catalog.min(d.latency_us)
                   FILTER (WHERE d.cumulative
                               >= pg_catalog.ceil(0.95::double precision * d.total::double precision)::bigint)
                   AS p95_us,
               pg_catalog.min(d.latency_us)
                   FILTER (WHERE d.cumulative
                               >= pg_catalog.ceil(0.99::double precision * d.total::double precision)::bigint)
                   AS p99_us
        FROM perfkit_run_latencies(perfkit_run_summary.run_id) d
        GROUP BY d.scenario, d.stage
    ), parts AS (
        SELECT p.scenario, p.stage, n.part,
               pg_catalog.min(p.microseconds)
                   FILTER (WHERE p.cumulative
                               >= pg_catalog.ceil(0.95::double precision * p.total::double precision)::bigint)
                   AS p95_us
        FROM (VALUES ('lag'), ('service')) AS n (part)
             CROSS JOIN LATERAL perfkit_run_distribution(perfkit_run_summary.run_id, n.part) p
        -- If the report says that there was no rate, do not read all transactions twice more.
        WHERE (SELECT pg_catalog.count(*) = 0 OR pg_catalog.bool_or(s.offered_tps IS NOT NULL)
               FROM perfkit_run_stages(perfkit_run_summary.run_id) s)
        GROUP BY p.scenario, p.stage, n.part
    ), stage AS (
        SELECT NULL::smallint AS stage, extract(epoch FROM r.duration)::double precision AS seconds
        FROM perfkit_run(perfkit_run_summary.run_id) r
        UNION ALL
        SELECT k.stage, s.seconds
        FROM (SELECT t.stage FROM total t WHERE t.stage IS NOT NULL
              UNION SELECT s.stage FROM perfkit_run_stages(perfkit_run_summary.run_id) s
              WHERE EXISTS (SELECT FROM total t WHERE t.stage IS NOT NULL)) AS k
             LEFT JOIN perfkit_run_stages(perfkit_run_summary.run_id) s ON s.stage = k.stage
    )
    SELECT s.scenario, g.stage, coalesce(t.transactions, 0), coalesce(t.transactions, 0)::double precision / g.seconds,
           (t.latency_sum_us / t.transactions::numeric / 1000::numeric)::double precision,
           -- A bucket's middle may be above all that is in it.
           least(m.p50_us, t.longest_us)::double precision / 1000::double precision,
           least(m.p90_us, t.longest_us)::double precision / 1000::double precision,
           least(m.p95_us, t.longest_us)::double precision / 1000::double precision,
           least(m.p99_us, t.longest_us)::double precision / 1000::double precision, t.longest_us::double precision / 1000::double precision,
           coalesce(t.errors, 0), coalesce(t.retries, 0), l.p95_us::double precision / 1000::double precision,
           v.p95_us::double precision / 1000::double precision
    FROM perfkit_run(perfkit_run_summary.run_id) r
         CROSS JOIN stage g
         CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.scenarios, 'all'::text))
             WITH ORDINALITY AS s (scenario, position)
         LEFT JOIN total t ON t.scenario = s.scenario AND t.stage IS NOT DISTINCT FROM g.stage
         LEFT JOIN measured m ON m.scenario = s.scenario AND m.stage IS NOT DISTINCT FROM g.stage
         LEFT JOIN parts l ON l.scenario = s.scenario AND l.stage IS NOT DISTINCT FROM g.stage AND l.part = 'lag'
         LEFT JOIN parts v ON v.scenario = s.scenario AND v.stage IS NOT DISTINCT FROM g.stage AND v.part = 'service'
    ORDER BY g.stage, s.position;
END;

COMMENT ON FUNCTION perfkit_run_summary(bigint) IS
'One row per scenario and one for all, by stage and for all stages together (stage NULL, last).
A run of one stage has only rows with stage NULL. The warm-up is left out; perfkit_run_warmup() has
it.
transactions: those that succeeded. tps: these per second under load of the stage; NULL where
pgbench''s report of the stage is missing. avg_ms to max_ms: their latency in milliseconds; NULL
when there are none. avg_ms and max_ms are exact; percentiles are by nearest rank, to within 0.1 %
(see perfkit_histogram). errors: transactions that failed or were skipped. retries: number of
retries.
lag_p95_ms and service_p95_ms: with --rate, the 95th percentiles of the two parts of latency: lag,
from the scheduled to the actual start, and service time, from then on; NULL without --rate.
Errors: 42704 no such run';

CREATE FUNCTION perfkit_run_warmup(run_id bigint)
RETURNS TABLE (
    stage smallint,
    seconds double precision,
    transactions bigint,
    tps double precision,
    avg_ms double precision,
    p95_ms double precision,
    errors bigint,
    tps_then double precision)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH warmup AS MATERIALIZED (
        SELECT w.* FROM perfkit_run_warmups(perfkit_run_warmup.run_id) w
    ), took AS (
        SELECT w.stage, pg_catalog.sum(w.seconds) AS seconds FROM warmup w GROUP BY w.stage
    ), counted AS (
        SELECT c.stage, c.warmup, pg_catalog.sum(c.succeeded)::bigint AS transactions,
               pg_catalog.sum(c.failed + c.skipped)::bigint AS errors, pg_catalog.sum(c.latency_sum_us) AS latency_sum_us
        FROM perfkit_run_counts(perfkit_run_warmup.run_id) c
        GROUP BY c.stage, c.warmup
    ), latency AS (
        SELECT s.stage, perfkit_histogram_agg(s.latencies) AS latencies
        FROM perfkit_run_seconds s JOIN warmup w ON w.stage = s.stage AND s.second >= w.began AND s.second < w.until
        WHERE s.run_id = perfkit_run_warmup.run_id
        GROUP BY s.stage
    )
    SELECT t.stage, t.seconds, coalesce(c.transactions, 0::bigint),
           coalesce(c.transactions, 0::bigint)::double precision / nullif(t.seconds, '0'::double precision),
           (c.latency_sum_us / nullif(c.transactions, 0::bigint)::numeric / 1000::numeric)::double precision,
           perfkit_quantile(l.latencies, 0.95::double precision)::double precision / 1000::double precision,
           coalesce(c.errors, 0::bigint), o.transactions::double precision / g.seconds
    FROM perfkit_run(perfkit_run_warmup.run_id) r
         CROSS JOIN took t
         LEFT JOIN counted c ON c.stage = t.stage AND c.warmup
         LEFT JOIN counted o ON o.stage = t.stage AND NOT o.warmup
         LEFT JOIN latency l ON l.stage = t.stage
         LEFT JOIN perfkit_run_stages(perfkit_run_warmup.run_id) g ON g.stage = t.stage
    WHERE t.seconds > '0'::double precision
    ORDER BY t.stage;
END;

COMMENT ON FUNCTION perfkit_run_warmup(bigint) IS
'The beginning of each stage, which summary, verdicts and comparisons leave out.
No rows where all counts. seconds: how long it took. The other columns are as in
perfkit_run_summary(); tps_then is the rate of the rest of the stage.
Errors: 42704 no such run';

CREATE FUNCTION perfkit_run_measured_seconds(run_id bigint)
RETURNS TABLE (
    stage smallint,
    scenario smallint,
    period integer,
    second bigint,
    succeeded bigint,
    errors bigint,
    latency_sum_us bigint,
    latencies perfkit_histogram)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH warmup AS MATERIALIZED (
        SELECT w.* FROM perfkit_run_warmups(perfkit_run_measured_seconds.run_id) w
    ), timed AS (
        SELECT s.stage, s.scenario, s.second, s.succeeded, s.failed + s.skipped AS errors, s.latency_sum_us, s.latencies
        FROM perfkit_run_seconds s
        WHERE s.run_id = perfkit_run_measured_seconds.run_id
        UNION ALL
        SELECT t.stage, t.scenario, pg_catalog.to_timestamp(pg_catalog.floor(extract(epoch FROM t.finished_at))::double precision),
               pg_catalog.count(t.latency_us), pg_catalog.count(*) - pg_catalog.count(t.latency_us),
               pg_catalog.sum(t.latency_us)::bigint, perfkit_histogram_agg(t.latency_us)
        FROM perfkit_run_transactions t
        WHERE t.run_id = perfkit_run_measured_seconds.run_id
          AND NOT EXISTS (SELECT FROM perfkit_run_seconds s WHERE s.run_id = perfkit_run_measured_seconds.run_id)
        GROUP BY 1, 2, 3
    )
    -- Stages differ, and so may the parts of one: each begins with a warm-up, even of no length.
    SELECT t.stage, t.scenario,
           t.stage::integer * 1000
           + (SELECT pg_catalog.count(*) FROM warmup w WHERE w.stage = t.stage AND w.until <= t.second)::integer,
           pg_catalog.floor(extract(epoch FROM t.second))::bigint, t.succeeded, t.errors,
           coalesce(t.latency_sum_us, 0::bigint), t.latencies
    FROM timed t
    WHERE NOT EXISTS (SELECT FROM warmup w WHERE w.stage = t.stage AND t.second >= w.began AND t.second < w.until);
END;

COMMENT ON FUNCTION perfkit_run_measured_seconds(bigint) IS
'The run by stage, scenario and second, without the warm-up.
period: seconds of the same period followed one another under the same load. second: since 1970.
errors: failed and skipped. Other columns as in perfkit_run_seconds.';

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
        SELECT c.stage, pg_catalog.sum(c.succeeded + c.failed)::bigint AS tried,
               pg_catalog.sum(c.succeeded)::bigint AS succeeded,
               pg_catalog.max(c.longest_us)::double precision / 1000000::double precision AS longest,
               pg_catalog.sum(c.latency_sum_us)::double precision / 1000::double precision AS latencies,
               pg_catalog.sum(c.lag_sum_us)::double precision / 1000::double precision AS lags
        FROM perfkit_run_counts(perfkit_run_load.run_id) c
        WHERE c.succeeded + c.failed > 0 AND NOT c.warmup
        GROUP BY c.stage
    ), load AS (
        SELECT s.stage, s.clients, s.seconds, s.offered_tps,
               coalesce(l.tried, 0)::double precision / s.seconds AS achieved_tps, s.connect_ms, s.thinking,
               m.lag, m.service, l.longest, coalesce(l.tried, 0) AS tried, l.succeeded,
               l.tried::double precision * m.service / 1000::double precision / s.seconds AS busy,
               pg_catalog.count(*) OVER () > 1 AS several
        FROM perfkit_run_stages(perfkit_run_load.run_id) s
             LEFT JOIN logged l ON l.stage = s.stage
             LEFT JOIN LATERAL (SELECT l.lags / nullif(l.succeeded, 0)::double precision AS lag,
                                       (l.latencies - coalesce(l.lags, 0::double precision))
                                           / nullif(l.succeeded, 0)::double precision AS service) AS m ON true
    )
    SELECT CASE WHEN o.several THEN o.stage END, o.clients, o.offered_tps, o.achieved_tps, o.connect_ms, o.lag,
           o.service, o.busy,
           CASE
               -- Starts are random: the standard deviation of their number is its square root.
               WHEN o.offered_tps IS NOT NULL
               THEN CASE WHEN o.achieved_tps < 0.95::double precision * o.offered_tps
                          AND o.tried::double precision < o.offered_tps * o.seconds
                              - 3::double precision * pg_catalog.sqrt(o.offered_tps * o.seconds)
                         THEN 'overloaded' END
               -- Little's law, N = X R. At the end, clients wait for the last one. The log has no
               -- latency of failures.
               WHEN NOT o.thinking
                AND o.succeeded::double precision >= 0.99::double precision * o.tried::double precision
                AND o.busy + o.longest * o.clients::double precision / o.seconds
                    < 0.95::double precision * o.clients::double precision
               THEN 'generator' END
    FROM load o
    ORDER BY o.stage;
END;

COMMENT ON FUNCTION perfkit_run_load(bigint) IS
'Whether the run produced the load it was meant to, by stage; no rows without pgbench''s report.
stage is NULL for a run of one stage. offered_tps: transactions per second asked for, NULL without
--rate. achieved_tps: transactions tried per second, whether they succeeded or not. connect_ms:
how long it took all clients to connect; part of no other number. mean_lag_ms: from the scheduled
to the actual start, NULL without --rate. mean_service_ms: from then to the end. clients_busy:
number of clients within a transaction, on average (Little''s law).
finding: overloaded: fewer than 95 % of the transactions offered were tried, by more than chance;
latency is then mostly lag, which grows with the duration. generator: without --rate and pauses,
each client should be in a transaction all the time, but more than 5 % were not: the clients waited
for pgbench, and the server could have done more. NULL: neither.
Errors: 42704 no such run';
