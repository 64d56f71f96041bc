-- Compares run :pooled_run with run :direct_run: for each scenario and all of them, and for each
-- stage if there are several, the median, the 95th percentile (milliseconds) and transactions per
-- second, as a JSON array. A percentile's finding says whether the 95 % intervals of the two are
-- apart, which do not take transactions to be independent; see perfkit_run_verdicts(). There is
-- none for transactions per second, which have no interval.
WITH run (side, run_id) AS (
    VALUES ('pooled', :pooled_run::bigint), ('direct', :direct_run::bigint)
), budget AS (
    -- Failures are not slow transactions: those that succeeded are compared, as in a summary.
    SELECT r.run_id,
           jsonb_agg(jsonb_build_object('scenario', s.scenario, 'metric', m.metric, 'limit_value', 1)) AS budgets
    FROM run r
         CROSS JOIN LATERAL :perfkit.perfkit_run_summary(r.run_id) s
         CROSS JOIN unnest('{p50_ms,p95_ms,max_error_rate}'::text[]) AS m (metric)
    WHERE s.stage IS NULL
    GROUP BY r.run_id
), percentile AS (
    SELECT r.side, v.scenario, v.stage, v.metric, v.observed, v.lower, v.upper
    FROM run r
         JOIN budget b ON b.run_id = r.run_id
         CROSS JOIN LATERAL :perfkit.perfkit_run_verdicts(r.run_id, b.budgets) v
    WHERE v.metric <> 'max_error_rate'
), summary AS (
    SELECT r.side, s.scenario, s.stage, s.tps, row_number() OVER (PARTITION BY r.side) AS position
    FROM run r CROSS JOIN LATERAL :perfkit.perfkit_run_summary(r.run_id) s
), compared AS (
    SELECT p.position, m.position AS part, p.scenario, p.stage, m.metric,
           CASE m.metric WHEN 'tps' THEN p.tps ELSE pp.observed END AS pooled,
           CASE m.metric WHEN 'tps' THEN d.tps ELSE pd.observed END AS direct,
           pp.lower AS pooled_lower, pp.upper AS pooled_upper,
           pd.lower AS direct_lower, pd.upper AS direct_upper
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
