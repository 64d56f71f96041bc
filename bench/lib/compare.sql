-- Compares every count of the run with pgbench's own, for each stage and over all. If there are
-- differences, prints a row for each and rolls back what record.sql has stored. The summary,
-- which leaves the warm-up out, stays in variable summary.
--
-- Over all, the counts are equal to the transaction. For a single script, pgbench's threads
-- increment one counter without a lock (see processXactStats() in pgbench.c) and lose some: with
-- one thread that count is exact, with several it may be too small, but never too large.
SELECT jsonb_agg(to_jsonb(s)) AS summary FROM :perfkit.perfkit_run_summary(:run_id::bigint) s
\gset
WITH stage AS (
    SELECT report, (report->>'threads')::int > 1 AS may_lose, coalesce((report->>'stage')::smallint, position::smallint) AS stage
    FROM :perfkit.perfkit_run(:run_id::bigint) r, jsonb_array_elements(r.pgbench->'stages') WITH ORDINALITY AS s (report, position)
), own AS (
    -- Stage 0 is all stages together.
    SELECT coalesce(s.stage, 0) AS stage, r.scenarios[script.position::int] AS scenario,
           sum((script.counts->>'transactions')::bigint) AS transactions,
           sum((script.counts->>'errors')::bigint) AS errors, bool_or(s.may_lose) AS may_lose
    FROM stage s, :perfkit.perfkit_run(:run_id::bigint) r,
         jsonb_array_elements(s.report->'scripts') WITH ORDINALITY AS script (counts, position)
    GROUP BY GROUPING SETS ((s.stage, r.scenarios[script.position::int]), (r.scenarios[script.position::int]))
    UNION ALL
    -- Where there are pauses, all is the sum of single scripts.
    SELECT coalesce(stage, 0), 'all', sum((report->>'transactions')::bigint),
           sum((report->>'failed')::bigint + (report->>'skipped')::bigint), bool_or(may_lose AND report ? 'pauses')
    FROM stage
    GROUP BY GROUPING SETS ((stage), ())
), log AS (
    -- A scenario of which nothing was run is in one of the two alone.
    SELECT scenario, nullif(stage, 0) AS stage, o.may_lose,
           coalesce(s.transactions, 0) AS transactions, coalesce(s.errors, 0) AS errors,
           coalesce(o.transactions, 0)::bigint AS own_transactions, coalesce(o.errors, 0)::bigint AS own_errors
    FROM (SELECT coalesce(c.stage, 0::smallint) AS stage,
                 CASE WHEN grouping(c.scenario) = 1 THEN 'all' ELSE r.scenarios[c.scenario] END AS scenario,
                 sum(c.succeeded)::bigint AS transactions, sum(c.failed + c.skipped)::bigint AS errors
          FROM :perfkit.perfkit_run(:run_id::bigint) r, :perfkit.perfkit_run_counts(:run_id::bigint) c
          GROUP BY GROUPING SETS ((c.stage, c.scenario, r.scenarios), (c.stage), (c.scenario, r.scenarios), ())
          HAVING count(*) > 0 AND (grouping(c.stage) = 1 OR (SELECT count(*) FROM stage) > 1)) AS s
         -- The summary of a run of one stage has no rows for that stage.
         FULL JOIN (SELECT * FROM own WHERE stage = 0 OR (SELECT count(*) FROM stage) > 1) AS o USING (stage, scenario)
)
SELECT count(*) > 0 AS differ,
       string_agg(format('%s%s: %s transactions and %s errors in the log, %s and %s by pgbench', 'stage ' || stage || ', ',
                         scenario, transactions, errors, own_transactions, own_errors), E'\n') AS differences
FROM log
WHERE CASE WHEN may_lose THEN (transactions >= own_transactions AND errors >= own_errors) IS NOT TRUE
           ELSE (transactions, errors) IS DISTINCT FROM (own_transactions, own_errors) END
\gset
\if :differ
ROLLBACK AND CHAIN;
\echo :differences
\endif
