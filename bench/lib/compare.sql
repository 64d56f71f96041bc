-- Every count of the run against pgbench's own: a row for each that differs.
--
-- Over all, they are the same to the transaction. For one script pgbench's threads count into the same number without a
-- lock (processXactStats() in pgbench.c says so), and lose some: only of a single thread is that count exact, of several it
-- can be too small, never too large.
WITH stage AS (
    SELECT report, (report->>'threads')::int > 1 AS may_lose
    FROM perfkit_run(:run_id) r, jsonb_array_elements(r.pgbench->'stages') AS report
), own AS (
    SELECT r.scenarios[script.position::int] AS scenario, sum((script.counts->>'transactions')::bigint) AS transactions,
           sum((script.counts->>'errors')::bigint) AS errors, bool_or(s.may_lose) AS may_lose
    FROM stage s, perfkit_run(:run_id) r,
         jsonb_array_elements(s.report->'scripts') WITH ORDINALITY AS script (counts, position)
    GROUP BY r.scenarios[script.position::int]
    UNION ALL
    SELECT 'all', sum((report->>'transactions')::bigint),
           sum((report->>'failed')::bigint + (report->>'skipped')::bigint), false
    FROM stage
)
SELECT format('%s: %s transactions and %s errors in the log, %s and %s by pgbench', scenario,
              s.transactions, s.errors, o.transactions, o.errors)
FROM perfkit_run_summary(:run_id) s FULL JOIN own o USING (scenario)
WHERE CASE WHEN o.may_lose THEN (s.transactions >= o.transactions AND s.errors >= o.errors) IS NOT TRUE
           ELSE (s.transactions, s.errors) IS DISTINCT FROM (o.transactions::bigint, o.errors::bigint) END;
