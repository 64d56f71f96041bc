-- Compares run :pooled_run with run :direct_run: for each scenario and all of them, and for each
-- stage if there are several, the median, the 95th percentile (milliseconds) and transactions per
-- second, as a JSON array. A percentile's finding says whether the 95 % intervals of the two are
-- apart; there is none for transactions per second, which have no interval.
WITH run (side, run_id) AS (
    VALUES ('pooled', :pooled_run::bigint), ('direct', :direct_run::bigint)
), latency AS (
    SELECT r.side, d.scenario, d.stage, d.latency_us, d.cumulative, d.total
    FROM run r CROSS JOIN LATERAL :perfkit.perfkit_run_latencies(r.run_id) d
    WHERE d.latency_us IS NOT NULL
), total AS (
    SELECT side, scenario, stage, max(total) AS total FROM latency GROUP BY side, scenario, stage
), percentile AS (
    SELECT t.side, t.scenario, t.stage, m.metric,
           min(d.latency_us) FILTER (WHERE d.cumulative >= ceil(m.quantile * t.total::float8)::bigint) AS value,
           min(d.latency_us) FILTER (WHERE d.cumulative >= i.lower_rank) AS lower,
           min(d.latency_us) FILTER (WHERE d.cumulative >= i.upper_rank) AS upper
    FROM total t
         CROSS JOIN (VALUES ('p50_ms', 0.5::float8), ('p95_ms', 0.95::float8)) AS m (metric, quantile)
         CROSS JOIN LATERAL :perfkit.perfkit_quantile_interval(t.total::bigint, m.quantile, 0.95::float8) i
         JOIN latency d ON d.side = t.side AND d.scenario = t.scenario AND d.stage IS NOT DISTINCT FROM t.stage
    GROUP BY t.side, t.scenario, t.stage, m.metric
), summary AS (
    SELECT r.side, s.scenario, s.stage, s.tps, row_number() OVER (PARTITION BY r.side) AS position
    FROM run r CROSS JOIN LATERAL :perfkit.perfkit_run_summary(r.run_id) s
), compared AS (
    SELECT p.position, m.position AS part, p.scenario, p.stage, m.metric,
           CASE m.metric WHEN 'tps' THEN p.tps ELSE pp.value::float8 / 1000 END AS pooled,
           CASE m.metric WHEN 'tps' THEN d.tps ELSE pd.value::float8 / 1000 END AS direct,
           pp.lower::float8 / 1000 AS pooled_lower, pp.upper::float8 / 1000 AS pooled_upper,
           pd.lower::float8 / 1000 AS direct_lower, pd.upper::float8 / 1000 AS direct_upper
    FROM (SELECT * FROM summary WHERE side = 'pooled') AS p
         JOIN (SELECT * FROM summary WHERE side = 'direct') AS d
           ON d.scenario = p.scenario AND d.stage IS NOT DISTINCT FROM p.stage
         CROSS JOIN (VALUES (1, 'p50_ms'), (2, 'p95_ms'), (3, 'tps')) AS m (position, metric)
         LEFT JOIN percentile pp ON pp.side = 'pooled' AND pp.scenario = p.scenario AND pp.stage IS NOT DISTINCT FROM p.stage
                                    AND pp.metric = m.metric
         LEFT JOIN percentile pd ON pd.side = 'direct' AND pd.scenario = p.scenario AND pd.stage IS NOT DISTINCT FROM p.stage
                                    AND pd.metric = m.metric
)
SELECT jsonb_agg(jsonb_build_object(
           'scenario', scenario, 'stage', stage, 'metric', metric, 'pooled', pooled, 'direct', direct,
           'ratio', pooled / nullif(direct, 0),
           'pooled_lower', pooled_lower, 'pooled_upper', pooled_upper, 'direct_lower', direct_lower, 'direct_upper', direct_upper,
           'finding', CASE WHEN metric = 'tps' THEN NULL
                           WHEN pooled_upper < direct_lower THEN 'pooled is lower'
                           WHEN direct_upper < pooled_lower THEN 'direct is lower'
                           WHEN pooled_lower <= direct_upper AND direct_lower <= pooled_upper THEN 'intervals overlap'
                           ELSE 'too few transactions' END)
       ORDER BY position, part)
FROM compared;
