-- After verdict.sql: compares the run with :baseline, and makes one verdict of both. The rows stay
-- in variable comparison, for run_json.sql and report.sql.
--
-- Without budgets, the baseline decides alone.
\set SHOW_CONTEXT never
WITH compared AS MATERIALIZED (
    SELECT row_number() OVER () AS position, c.* FROM :perfkit.perfkit_compare_with_baseline(:run_id::bigint, :'baseline'::text, 0.05::float8) c
), counted AS (
    SELECT count(*) FILTER (WHERE verdict = 'WORSE') AS worse, count(*) FILTER (WHERE verdict = 'INCONCLUSIVE') AS untold,
           count(*) FILTER (WHERE verdict <> 'NOT JUDGED') AS judged, jsonb_agg(to_jsonb(c) - 'position' ORDER BY position) AS rows,
           string_agg(format('baseline: %s: %s is %s, was %s%s', scenario, metric, round(value::numeric, 3), round(baseline_value::numeric, 3),
                             '; ' || cause), E'\n' ORDER BY position) FILTER (WHERE verdict = 'WORSE') AS findings
    FROM compared c
), measured AS (
    -- The sample says nothing of a load in which no transaction counts.
    SELECT coalesce(bool_or((s->>'transactions')::bigint > 0), false) AS is_measured
    FROM jsonb_array_elements(coalesce(nullif(:'summary', '-')::jsonb, '[]')) AS s WHERE s->>'scenario' = 'all'
), overall AS (
    SELECT *, CASE WHEN :'verdict' = 'FAIL' OR worse > 0 THEN 'FAIL'
                   WHEN untold > 0 OR judged = 0 OR NOT is_measured
                        OR :'verdict' = 'INCONCLUSIVE'
                           AND (:'budgets'::jsonb <> '[]'
                                OR (SELECT count(*) > 0 FROM jsonb_array_elements(coalesce(nullif(:'index_checks', '')::jsonb, '[]')) AS k
                                    WHERE k->>'verdict' = 'INCONCLUSIVE')) THEN 'INCONCLUSIVE'
                   ELSE 'PASS' END AS verdict
    FROM counted, measured
)
SELECT verdict, CASE verdict WHEN 'PASS' THEN 0 WHEN 'FAIL' THEN 1 ELSE 3 END AS exit_status,
       concat_ws(', ', :'reason',
                 CASE WHEN worse > 0 THEN format('%s of %s worse than baseline %s', worse, judged, :'baseline') END,
                 CASE WHEN untold > 0 THEN format('%s of %s cannot be compared with baseline %s', untold, judged, :'baseline') END,
                 CASE WHEN judged = 0 THEN format('nothing could be compared with baseline %s', :'baseline') END,
                 CASE WHEN NOT is_measured THEN 'no transaction was measured' END,
                 CASE WHEN judged > 0 AND worse + untold = 0 THEN format('%s not worse than baseline %s', judged, :'baseline') END) AS reason,
       concat_ws(E'\n', nullif(:'findings', ''), findings) AS findings, coalesce(rows, '[]') AS comparison
FROM overall
\gset
SELECT :'verdict', :'exit_status', :'reason';
