-- Verdicts: a run against its budgets.

CREATE FUNCTION perfkit_run_verdicts(run_id bigint, budgets jsonb DEFAULT NULL)
RETURNS TABLE (
    scenario text,
    stage smallint,
    metric text,
    limit_value double precision,
    observed double precision,
    lower double precision,
    upper double precision,
    verdict text,
    more_transactions bigint,
    transactions bigint,
    errors bigint,
    more_seconds bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET jit = off
-- The planner expects a few rows where there are fifty thousand, and would sort them.
SET enable_sort = off
BEGIN ATOMIC
    WITH distribution AS MATERIALIZED (
        SELECT * FROM perfkit_run_latencies(perfkit_run_verdicts.run_id)
    ), sample AS MATERIALIZED (
        SELECT t.scenario, t.stage, t.transactions AS n, t.longest_us, t.errors, pg_catalog.row_number() OVER () AS place,
               CASE WHEN t.transactions > 0 THEN (t.latency_sum_us / t.transactions::numeric)::double precision END
                   AS mean_us
        FROM perfkit_run_totals(perfkit_run_verdicts.run_id) t
    ), spread AS (
        -- Deviations rather than squares of latencies: a small difference of large rounded numbers
        -- would be useless. A transaction may be half a bucket away from its middle.
        SELECT s.place,
               pg_catalog.sqrt(pg_catalog.sum((d.latency_us::double precision - s.mean_us)
                                              * (d.latency_us::double precision - s.mean_us)
                                              * d.transactions::double precision))
               + pg_catalog.sqrt(pg_catalog.sum((d.highest_us - d.lowest_us)::double precision
                                                * (d.highest_us - d.lowest_us)::double precision
                                                * d.transactions::double precision)) / 2::double precision AS deviation_us
        FROM sample s JOIN distribution d
             ON d.scenario = s.scenario AND coalesce(d.stage, '-1'::smallint) = coalesce(s.stage, '-1'::smallint)
        WHERE d.latency_us IS NOT NULL
        -- A number, since texts take longer to sort.
        GROUP BY s.place
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
        SELECT DISTINCT ON (1, 2) coalesce(o.budget ->> 'scenario'::text, 'all') AS scenario,
               o.budget ->> 'metric'::text AS metric,
               (o.budget ->> 'limit_value'::text)::double precision AS limit_value
        FROM perfkit_run(perfkit_run_verdicts.run_id) r
             CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(coalesce(perfkit_run_verdicts.budgets, r.budgets))
                 WITH ORDINALITY AS o (budget, position)
        ORDER BY 1, 2, o.position DESC
    ), given AS (
        SELECT o.scenario, o.metric, o.limit_value FROM own o
        UNION ALL
        -- What was not measured does not fail a budget that this run was not given.
        SELECT b.scenario, b.metric, b.limit_value
        FROM perfkit_run(perfkit_run_verdicts.run_id) r
             JOIN perfkit_budgets b ON b.workload = r.workload AND (b.max_rows IS NULL OR r.data_rows <= b.max_rows)
        WHERE perfkit_run_verdicts.budgets IS NULL
          AND b.limit_value IS NOT NULL AND (b.metric <> 'max_buffers' OR r.work IS NOT NULL)
          AND (b.metric <> 'notify_p95_ms' OR r.notifications IS NOT NULL)
          AND NOT EXISTS (SELECT FROM own o WHERE o.scenario = b.scenario AND o.metric = b.metric)
    ), tolerated AS (
        -- The scenarios whose failures a budget judges; for all, a budget of each scenario will do.
        SELECT s.scenario
        FROM perfkit_run(perfkit_run_verdicts.run_id) r
             CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.scenarios, 'all'::text)) AS s (scenario)
        WHERE EXISTS (SELECT FROM given g WHERE g.metric = 'max_error_rate' AND g.scenario IN (s.scenario, 'all'))
           OR (s.scenario = 'all'
               AND NOT EXISTS (SELECT FROM pg_catalog.unnest(r.scenarios) AS o (scenario)
                               WHERE NOT EXISTS (SELECT FROM given g
                                                 WHERE g.metric = 'max_error_rate' AND g.scenario = o.scenario)))
    ), work AS (
        SELECT w.scenario,
               (w.sample ->> 'blocks'::text)::double precision
               / nullif((w.sample ->> 'transactions'::text)::double precision, '0') AS blocks
        FROM perfkit_run(perfkit_run_verdicts.run_id) r
             CROSS JOIN LATERAL pg_catalog.jsonb_each(r.work) AS w (scenario, sample)
        UNION ALL
        -- For all: each scenario weighted by how often it was run; unknown if any of those is.
        SELECT 'all', CASE WHEN pg_catalog.bool_and(r.work -> s.scenario IS NOT NULL)
                           THEN pg_catalog.sum(
                                    (r.work -> s.scenario ->> 'blocks'::text)::double precision
                                    / nullif((r.work -> s.scenario ->> 'transactions'::text)::double precision, '0')
                                    * (s.n + s.errors)::double precision)
                                / nullif(pg_catalog.sum(s.n + s.errors)::double precision, '0') END
        FROM perfkit_run(perfkit_run_verdicts.run_id) r, sample s
        WHERE s.stage IS NULL AND s.scenario <> 'all'
    ), budget AS (
        SELECT s.scenario, s.position, g.stage, b.metric, b.limit_value, q.quantile, q.position AS metric_position,
               g.seconds, w.blocks,
               -- Counters of the database do not know scenarios; those of pg_stat_statements do.
               (SELECT h.hit_rate FROM perfkit_run_cache_hit(perfkit_run_verdicts.run_id) h
                WHERE h.scenario = s.scenario AND b.metric = 'min_cache_hit') AS cache_hit,
               NOT EXISTS (SELECT FROM tolerated t WHERE t.scenario = s.scenario) AS counts_errors
        FROM perfkit_run(perfkit_run_verdicts.run_id) r
             CROSS JOIN stage g
             CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.scenarios, 'all'::text))
                 WITH ORDINALITY AS s (scenario, position)
             JOIN given b ON b.scenario = s.scenario AND (g.stage IS NULL OR b.metric NOT IN ('max_buffers', 'min_cache_hit'))
             JOIN perfkit_budget_metrics() WITH ORDINALITY AS q (metric, quantile, unit, meaning, position)
                ON q.metric = b.metric
             LEFT JOIN work w ON w.scenario = s.scenario
    ), delivery AS MATERIALIZED (
        SELECT * FROM perfkit_run_delivery(perfkit_run_verdicts.run_id)
    ), notified AS (
        -- The deliveries of a notification are not independent, so an interval's sample is that of
        -- the notifications: its ranks are shares of all deliveries.
        SELECT d.stage, b.limit_value, m.notifications,
               pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative::numeric >= 0.95 * d.total::numeric) AS own_us,
               pg_catalog.min(d.latency_us)
                   FILTER (WHERE d.cumulative::numeric * m.notifications::numeric
                                 > (i.lower_rank - 1)::numeric * d.total::numeric) AS lower_us,
               pg_catalog.min(d.latency_us)
                   FILTER (WHERE d.cumulative::numeric * m.notifications::numeric
                                 >= i.upper_rank::numeric * d.total::numeric) AS upper_us,
               pg_catalog.max(d.total) AS deliveries,
               coalesce(pg_catalog.max(d.cumulative)
                            FILTER (WHERE d.latency_us::double precision / 1000::double precision < b.limit_value),
                        0) AS below
        FROM budget b
             JOIN delivery d ON d.stage IS NOT DISTINCT FROM b.stage
             CROSS JOIN LATERAL (SELECT greatest(1::bigint, d.total / d.listeners::bigint) AS notifications) m
             LEFT JOIN LATERAL perfkit_quantile_interval(m.notifications, 0.95::double precision,
                                                         0.95::double precision) i ON true
        WHERE b.metric = 'notify_p95_ms' AND b.scenario = 'all'
        GROUP BY d.stage, b.limit_value, m.notifications
    ), moments AS (
        SELECT s.scenario, s.stage, s.n, s.errors, s.longest_us::double precision / 1000::double precision AS longest,
               s.mean_us / 1000::double precision AS mean,
               CASE WHEN s.n > 1
                    THEN d.deviation_us / pg_catalog.sqrt((s.n - 1)::double precision) / 1000::double precision
                         * 1.959963984540054::double precision END AS spread
        FROM sample s
             LEFT JOIN spread d ON d.place = s.place
    ), ranked AS (
        SELECT b.scenario, b.position, b.stage, b.metric, b.metric_position, b.limit_value, b.quantile,
               b.seconds, b.blocks, b.cache_hit,
               coalesce(s.n, 0) AS n, coalesce(s.errors, 0) AS errors, s.longest, s.mean, s.spread,
               f.infinite, coalesce(s.n, 0) + f.infinite AS ranks,
               pg_catalog.ceil(b.quantile * (s.n + f.infinite)::double precision)::bigint AS own_rank
        FROM budget b
             LEFT JOIN moments s ON s.scenario = b.scenario AND s.stage IS NOT DISTINCT FROM b.stage
             -- The ranks behind the slowest success: those of failures that no other budget judges.
             CROSS JOIN LATERAL (SELECT CASE WHEN b.counts_errors THEN coalesce(s.errors, 0) ELSE 0 END AS infinite) f
    ), timeline AS MATERIALIZED (
        SELECT t.* FROM perfkit_run_measured_seconds(perfkit_run_verdicts.run_id) t
    ), merged AS MATERIALIZED (
        SELECT p.position, p.stage, perfkit_histogram_agg(m.latencies) AS latencies
        FROM (SELECT t.scenario, t.stage, perfkit_histogram_agg(t.latencies) AS latencies
              FROM timeline t GROUP BY t.scenario, t.stage) AS m
             CROSS JOIN perfkit_run(perfkit_run_verdicts.run_id) r
             CROSS JOIN LATERAL (VALUES (m.scenario::integer, m.stage), (m.scenario::integer, NULL::smallint),
                                        (pg_catalog.cardinality(r.scenarios) + 1, m.stage),
                                        (pg_catalog.cardinality(r.scenarios) + 1, NULL)) AS p (position, stage)
        GROUP BY p.position, p.stage
    ), latency AS MATERIALIZED (
        -- The latencies whose shares tell how much a percentile varies: its own, and the median.
        SELECT k.position, k.stage, k.metric_position, k.scenario, k.metric, k.infinite > 0 AS of_all,
               k.own_rank > k.n AS is_infinite,
               CASE WHEN k.own_rank <= k.n AND k.n > 0
                    THEN perfkit_quantile(m.latencies, k.own_rank::double precision / k.n::double precision) END AS own_us,
               perfkit_quantile(m.latencies, 0.5::double precision) AS median_us
        FROM ranked k
             JOIN merged m ON m.position = k.position AND m.stage IS NOT DISTINCT FROM k.stage
        WHERE k.quantile IS NOT NULL OR k.metric IN ('avg_ms', 'max_error_rate')
    ), piece AS (
        SELECT l.position, l.stage, l.metric_position, t.period, t.second,
               pg_catalog.sum(CASE WHEN l.metric = 'max_error_rate' OR l.of_all AND l.metric <> 'avg_ms'
                                   THEN t.succeeded + t.errors ELSE t.succeeded END)::double precision AS samples,
               pg_catalog.sum(CASE WHEN l.metric = 'avg_ms' THEN t.latency_sum_us
                                   WHEN l.metric = 'max_error_rate' THEN t.errors
                                   WHEN l.is_infinite THEN t.succeeded
                                   ELSE coalesce(perfkit_count(t.latencies, NULL::bigint, l.own_us), 0::bigint) END)::double precision
                   AS sum,
               pg_catalog.sum(CASE WHEN l.metric = 'max_error_rate' THEN t.errors
                                   ELSE coalesce(perfkit_count(t.latencies, NULL::bigint, l.median_us), 0::bigint) END
                              )::double precision AS guide
        FROM latency l
             JOIN timeline t ON (l.scenario = 'all' OR t.scenario = l.position) AND (l.stage IS NULL OR t.stage = l.stage)
        GROUP BY l.position, l.stage, l.metric_position, t.period, t.second
    ), known AS MATERIALIZED (
        -- What all these transactions are worth, as they depend on each other.
        SELECT p.position, p.stage, p.metric_position, b.half_width, b.independent::bigint AS independent, b.longer
        FROM (SELECT c.position, c.stage, c.metric_position, pg_catalog.array_agg(c.period) AS periods,
                     pg_catalog.array_agg(c.second) AS seconds, pg_catalog.array_agg(c.samples) AS samples,
                     pg_catalog.array_agg(c.sum) AS sums, pg_catalog.array_agg(c.guide) AS guides
              FROM piece c GROUP BY c.position, c.stage, c.metric_position) AS p
             CROSS JOIN LATERAL perfkit_blocks_of_time(p.periods, p.seconds, p.samples, p.sums, p.guides,
                                                       0.95::double precision) b
    ), bounded AS (
        SELECT k.*, w.independent, w.half_width, w.longer,
               -- A rank of independent values is a group of as many transactions as one of them is
               -- worth: an end is the group's own, on the side away from the quantile. The
               -- extremes, where transactions are worth too few for a rank, but are ten times as
               -- many as independent ones would have to be.
               CASE WHEN i.lower_rank IS NULL AND x.lower_rank IS NOT NULL THEN 1::bigint
                    ELSE 1 + pg_catalog.floor((i.lower_rank - 1)::numeric * k.ranks::numeric / w.independent::numeric)::bigint END
                   AS lower_rank,
               CASE WHEN i.upper_rank IS NULL AND x.upper_rank IS NOT NULL THEN k.ranks
                    ELSE pg_catalog.ceil(i.upper_rank::numeric * k.ranks::numeric / w.independent::numeric)::bigint END
                   AS upper_rank
        FROM ranked k
             LEFT JOIN known w ON w.position = k.position AND w.metric_position = k.metric_position
                                  AND w.stage IS NOT DISTINCT FROM k.stage
             LEFT JOIN LATERAL perfkit_quantile_interval(w.independent, k.quantile, 0.95::double precision) i
                ON k.quantile IS NOT NULL AND w.independent > 0
             LEFT JOIN LATERAL perfkit_quantile_interval(k.ranks / 10::bigint, k.quantile, 0.95::double precision) x
                ON k.quantile IS NOT NULL
    ), quantiles AS MATERIALIZED (
        SELECT k.position, k.stage, k.metric_position,
               (pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= k.own_rank))::double precision
                   / 1000::double precision AS observed,
               (pg_catalog.min(d.lowest_us) FILTER (WHERE d.cumulative >= k.lower_rank))::double precision
                   / 1000::double precision AS lower,
               (pg_catalog.min(d.highest_us) FILTER (WHERE d.cumulative >= k.upper_rank))::double precision
                   / 1000::double precision AS upper,
               coalesce(pg_catalog.max(d.cumulative)
                            FILTER (WHERE d.highest_us::double precision / 1000::double precision < k.limit_value),
                        0) AS below
        FROM bounded k JOIN distribution d
             ON d.scenario = k.scenario AND coalesce(d.stage, '-1'::smallint) = coalesce(k.stage, '-1'::smallint)
        WHERE k.quantile IS NOT NULL
        GROUP BY k.position, k.stage, k.metric_position
    ), measured AS (
        SELECT k.scenario, k.position, k.stage, k.metric, k.metric_position, k.limit_value, k.quantile, k.n, k.errors,
               k.infinite, k.ranks, k.seconds, k.independent, k.longer, coalesce(q.below, 0) AS below, k.mean,
               h.half,
               CASE k.metric
                   WHEN 'avg_ms' THEN k.mean
                   WHEN 'max_ms'
                   THEN CASE WHEN k.infinite > 0 THEN 'Infinity'::double precision ELSE k.longest END
                   -- A stage without transactions has a rate: none in so many seconds.
                   WHEN 'min_tps'
                   THEN CASE WHEN k.n + k.errors > 0 OR k.stage IS NOT NULL THEN k.n::double precision / k.seconds END
                   WHEN 'max_error_rate' THEN k.errors::double precision / nullif(k.n + k.errors, 0)::double precision
                   WHEN 'max_buffers' THEN k.blocks
                   WHEN 'min_cache_hit' THEN k.cache_hit
                   WHEN 'notify_p95_ms' THEN v.own_us::double precision / 1000::double precision
                   ELSE CASE WHEN k.own_rank > k.n THEN 'Infinity'::double precision ELSE least(q.observed, k.longest) END
                   END AS observed,
               CASE k.metric
                   WHEN 'avg_ms'
                   THEN CASE WHEN k.n >= 30 AND k.half_width IS NOT NULL THEN k.mean - h.half END
                   WHEN 'max_error_rate' THEN e.lower
                   WHEN 'notify_p95_ms' THEN v.lower_us::double precision / 1000::double precision
                   ELSE CASE WHEN k.lower_rank > k.n THEN 'Infinity'::double precision ELSE q.lower END
                   END AS lower,
               CASE k.metric
                   WHEN 'avg_ms'
                   THEN CASE WHEN k.n >= 30 AND k.half_width IS NOT NULL THEN k.mean + h.half
                             -- No mean is above all that was seen.
                             WHEN k.n >= 300 THEN k.longest END
                   WHEN 'max_error_rate' THEN e.upper
                   WHEN 'notify_p95_ms' THEN v.upper_us::double precision / 1000::double precision
                   ELSE CASE WHEN k.upper_rank > k.n THEN 'Infinity'::double precision
                             -- The last bucket has no upper end.
                             WHEN q.upper < '4294967'::double precision THEN least(q.upper, k.longest)
                             WHEN q.upper IS NOT NULL THEN k.longest END
                   END AS upper,
               v.notifications,
               -- (as with quantiles below)
               CASE WHEN v.below::numeric < 0.95 * v.deliveries::numeric
                    THEN pg_catalog.ceil(v.below::numeric * v.notifications::numeric / v.deliveries::numeric)
                    ELSE pg_catalog.floor(v.below::numeric * v.notifications::numeric / v.deliveries::numeric) END::bigint
                   AS notified_below
        FROM bounded k
             CROSS JOIN LATERAL (SELECT greatest(k.spread / pg_catalog.sqrt(nullif(k.n, 0)::double precision),
                                                 k.half_width / 1000::double precision) AS half) AS h
             LEFT JOIN quantiles q
                ON q.position = k.position AND q.stage IS NOT DISTINCT FROM k.stage
                   AND q.metric_position = k.metric_position
             LEFT JOIN notified v
                ON k.metric = 'notify_p95_ms' AND k.scenario = 'all' AND v.stage IS NOT DISTINCT FROM k.stage
             -- Whole numbers of hits, rounded so that the interval can only become wider.
             LEFT JOIN LATERAL (SELECT o.lower, u.upper
                                FROM (SELECT k.errors::numeric * k.independent::numeric
                                             / nullif(k.n + k.errors, 0)::numeric AS errors,
                                             CASE WHEN k.metric = 'max_error_rate' AND k.limit_value > '0'
                                                  THEN nullif(k.independent, 0) END AS samples) AS x
                                     CROSS JOIN LATERAL perfkit_share_interval(pg_catalog.floor(x.errors)::bigint, x.samples,
                                                                               0.95::double precision) o
                                     CROSS JOIN LATERAL perfkit_share_interval(pg_catalog.ceil(x.errors)::bigint, x.samples,
                                                                               0.95::double precision) u) AS e
                ON true
    ), judged AS (
        SELECT m.*,
               CASE
                   WHEN m.metric = 'max_buffers'
                   THEN CASE WHEN m.observed <= m.limit_value THEN 'PASS'
                             WHEN m.observed > m.limit_value THEN 'FAIL'
                             ELSE 'INCONCLUSIVE' END
                   WHEN m.metric = 'min_cache_hit'
                   THEN CASE WHEN m.observed >= m.limit_value THEN 'PASS'
                             WHEN m.observed < m.limit_value THEN 'FAIL'
                             ELSE 'INCONCLUSIVE' END
                   WHEN m.metric = 'notify_p95_ms'
                   THEN CASE WHEN m.upper < m.limit_value THEN 'PASS'
                             WHEN m.lower >= m.limit_value THEN 'FAIL'
                             ELSE 'INCONCLUSIVE' END
                   -- If all failed or were skipped, no other metric can pass.
                   WHEN m.n = 0 AND m.errors > 0 AND (m.metric <> 'max_error_rate' OR m.limit_value < '1') THEN 'FAIL'
                   WHEN m.observed IS NULL THEN 'INCONCLUSIVE'
                   WHEN m.metric = 'max_ms' THEN CASE WHEN m.observed < m.limit_value THEN 'PASS' ELSE 'FAIL' END
                   WHEN m.metric = 'min_tps' THEN CASE WHEN m.observed >= m.limit_value THEN 'PASS' ELSE 'FAIL' END
                   WHEN m.metric = 'max_error_rate' AND m.limit_value = '0'
                   THEN CASE WHEN m.errors = 0 THEN 'PASS' ELSE 'FAIL' END
                   WHEN m.metric = 'max_error_rate' AND m.upper <= m.limit_value THEN 'PASS'
                   WHEN m.metric = 'max_error_rate' AND m.lower > m.limit_value THEN 'FAIL'
                   -- An average that leaves failures out can only be too low.
                   WHEN m.metric = 'avg_ms' AND m.infinite > 0 AND m.upper < m.limit_value THEN 'INCONCLUSIVE'
                   WHEN m.metric <> 'max_error_rate' AND m.upper < m.limit_value THEN 'PASS'
                   WHEN m.metric <> 'max_error_rate' AND m.lower >= m.limit_value THEN 'FAIL'
                   ELSE 'INCONCLUSIVE' END AS verdict
        FROM measured m
    )
    SELECT j.scenario, j.stage, j.metric, j.limit_value, j.observed, j.lower, j.upper, j.verdict,
           CASE WHEN j.verdict <> 'INCONCLUSIVE' THEN 0
                WHEN j.more IS NOT NULL THEN j.more
                WHEN t.share > '0' AND t.share * (j.n + j.errors)::double precision < '1e15'::double precision
                THEN greatest(1, pg_catalog.ceil(t.share * (j.n + j.infinite)::double precision)::bigint) END,
           j.n, j.errors,
           CASE WHEN j.verdict <> 'INCONCLUSIVE' THEN 0
                WHEN t.share > '0' AND t.share * j.seconds < '1e15'::double precision
                THEN greatest(1, pg_catalog.ceil(t.share * j.seconds)::bigint) END
    FROM (SELECT m.*,
                 m.below::numeric * m.independent::numeric / nullif(m.ranks, 0)::numeric AS groups_below,
                 -- Transactions that would do where there is no rate to tell a time from.
                 CASE WHEN m.verdict <> 'INCONCLUSIVE' THEN NULL
                      WHEN m.quantile IS NOT NULL AND m.ranks = 0
                      THEN perfkit_more_for_quantile(0, 0, m.quantile, 0.95::double precision)
                      WHEN m.metric = 'max_error_rate' AND m.limit_value > '0' AND m.n + m.errors = 0
                      THEN perfkit_more_for_share(0, 0, m.limit_value, 0.95::double precision)
                      WHEN m.metric = 'notify_p95_ms'
                      THEN CASE WHEN m.notifications > 0
                                THEN perfkit_more_for_quantile(m.notifications, m.notified_below, 0.95::double precision,
                                                               0.95::double precision) END
                      WHEN m.metric = 'avg_ms' AND m.n < 30 THEN 30 - m.n
                      WHEN m.metric IN ('min_tps', 'max_ms') OR (m.metric = 'max_error_rate' AND m.limit_value = '0')
                      THEN 1 END AS more
          FROM judged m) AS j
         -- How much more load it takes, as a share of what there was.
         CROSS JOIN LATERAL (SELECT CASE
               WHEN j.verdict <> 'INCONCLUSIVE' OR j.metric IN ('max_buffers', 'min_cache_hit') THEN NULL
               WHEN j.metric = 'notify_p95_ms'
               THEN j.more::double precision / nullif(j.notifications, 0)::double precision
               WHEN j.n + j.errors = 0 THEN NULL
               WHEN j.metric = 'avg_ms'
               THEN CASE WHEN j.infinite > 0 AND j.upper < j.limit_value THEN NULL
                         WHEN j.n < 30 THEN j.more::double precision / nullif(j.n, 0)::double precision
                         WHEN j.longer > '1' THEN j.longer - '1'::double precision
                         WHEN j.mean <> j.limit_value
                         THEN (j.half / (j.mean - j.limit_value)) ^ '2'::double precision - '1'::double precision END
               WHEN j.longer > '1' OR j.independent = 0
               THEN greatest(j.longer, '2'::double precision) - '1'::double precision
               WHEN j.quantile IS NOT NULL
               -- None more, if a limit within a bucket is all that is in the way. A group of
               -- transactions is below the limit as a whole or not, as for the ends above.
               THEN nullif(perfkit_more_for_quantile(j.independent,
                                                     CASE WHEN j.below::double precision < j.quantile * j.ranks::double precision
                                                          THEN pg_catalog.ceil(j.groups_below)
                                                          ELSE pg_catalog.floor(j.groups_below) END::bigint,
                                                     j.quantile, 0.95::double precision), 0)::double precision
                    / j.independent::double precision
               WHEN j.metric = 'max_error_rate'
               THEN perfkit_more_for_share(j.independent,
                                           pg_catalog.round(j.errors::numeric * j.independent::numeric
                                                            / (j.n + j.errors)::numeric)::bigint,
                                           j.limit_value, 0.95::double precision)::double precision
                    / j.independent::double precision END AS share) AS t
    ORDER BY j.stage, j.position, j.metric_position;
END;

COMMENT ON FUNCTION perfkit_run_verdicts(bigint, jsonb) IS
'One row per budget that applies to the run, by stage and for all stages (stage NULL, last).
Budgets are those given to the run (perfkit_runs.budgets) and, for other scenarios and metrics,
the rows of perfkit_budgets for its workload, except those without a limit; or, where budgets is not
NULL, those alone: what would the verdict be with others? They are an array of objects of scenario
(all when missing), metric and limit_value. A run of one stage has only rows with stage NULL, and so
have max_buffers and min_cache_hit.
lower and upper: 95 % confidence interval of observed, in the metric''s unit. Transactions are not
taken to be independent: perfkit_blocks_of_time() tells how many independent ones they are worth.
Percentiles: distribution-free, from the order statistics of so many; where latencies were counted
in buckets, from the lower end of one to the upper end of the other. Where so many are too few for
an end, it is the extreme of all, if these are ten times as many as it takes. avg_ms: Student''s t
over blocks of time, from 30 transactions on; where that is not known, up to the longest of 300 or
more. max_error_rate: exact binomial (Clopper-Pearson) of so many. None is narrower than if
transactions were independent, and ends are missing where the load was too short for its own
fluctuations. max_ms, min_tps, max_buffers, min_cache_hit, and max_error_rate with the limit 0:
none; the value itself is compared.
notify_p95_ms is known of scenario all; of a single scenario it is INCONCLUSIVE, and so is
min_cache_hit where perfkit_run_cache_hit() does not know it. The interval of notify_p95_ms is that
of a sample of as many notifications, however many listeners received each; where
perfkit_runs.notifications is NULL, one of perfkit_budgets is left out.
Where perfkit_runs.work is NULL, a max_buffers of perfkit_budgets is left out, and one given to
the run is INCONCLUSIVE. For scenario all it is the mean over the scenarios, weighted by how often
each was run.
Failed and skipped transactions: where a budget limits max_error_rate, that budget judges them, and
latencies are those of successful transactions. It may be the scenario''s own or that of all; for
all, one of each scenario will do. Without it they count as infinitely slow: percentiles are of all
transactions, and Infinity where the rank is that of a failure (the string "Infinity" in JSON);
max_ms is Infinity; avg_ms remains that of the successful ones, and does not pass. To tolerate
every failure, set max_error_rate to 1.
verdict: PASS if the whole interval is within the limit. FAIL if all of it is outside, or if
transactions were tried and none succeeded. INCONCLUSIVE otherwise, and if none was tried;
more_transactions and more_seconds are then about how many more transactions or seconds of load are
needed to decide if what was seen persists, NULL if no number will do.
transactions: how many of the scenario succeeded. errors: how many failed or were skipped. Neither
counts the warm-up (see perfkit_runs.warmup).
Intervals describe the system as it was during the run. What changes more slowly than a run lasts,
only several runs show: see perfkit_compare_runs().
Errors: 42704 no such run';
