-- Every count of the run against pgbench's own, of each stage and over all: a row for each that differs. The summary, made
-- here from all transactions of the run, stays in variable summary.
--
-- Over all, they are the same to the transaction. For one script pgbench's threads count into the same number without a
-- lock (processXactStats() in pgbench.c says so), and lose some: only of a single thread is that count exact, of several it
-- can be too small, never too large. And from 18 on it counts a script's failed and skipped transactions among its
-- transactions, but not those of all scripts together.
SELECT jsonb_agg(to_jsonb(s)) AS summary FROM :perfkit.perfkit_run_summary(:run_id::bigint) s
\gset
WITH stage AS (
    SELECT report, (report->>'threads')::int > 1 AS may_lose, coalesce((report->>'stage')::smallint, position::smallint) AS stage
    FROM :perfkit.perfkit_run(:run_id::bigint) r, jsonb_array_elements(r.pgbench->'stages') WITH ORDINALITY AS s (report, position)
), own AS (
    -- stage 0 is all of them together
    SELECT coalesce(s.stage, 0) AS stage, r.scenarios[script.position::int] AS scenario,
           sum((script.counts->>'transactions')::bigint) AS transactions,
           sum((script.counts->>'errors')::bigint) AS errors, bool_or(s.may_lose) AS may_lose,
           substring(min(r.environment->>'pgbench_version') FROM '[)] *([0-9]+)')::int >= 18 AS errors_too
    FROM stage s, :perfkit.perfkit_run(:run_id::bigint) r,
         jsonb_array_elements(s.report->'scripts') WITH ORDINALITY AS script (counts, position)
    GROUP BY GROUPING SETS ((s.stage, r.scenarios[script.position::int]), (r.scenarios[script.position::int]))
    UNION ALL
    SELECT coalesce(stage, 0), 'all', sum((report->>'transactions')::bigint),
           sum((report->>'failed')::bigint + (report->>'skipped')::bigint), false, false
    FROM stage
    GROUP BY GROUPING SETS ((stage), ())
), log AS (
    SELECT scenario, nullif(stage, 0) AS stage, s.errors, o.transactions AS own_transactions, o.errors AS own_errors, o.may_lose,
           s.transactions + CASE WHEN o.errors_too THEN s.errors ELSE 0 END AS transactions
    FROM (SELECT coalesce(stage, 0::smallint) AS stage, scenario, transactions, errors
          FROM jsonb_to_recordset(:'summary') AS j (stage smallint, scenario text, transactions bigint, errors bigint)) AS s
         -- (the summary has no rows for the stage of a run of one)
         FULL JOIN (SELECT * FROM own WHERE stage = 0 OR (SELECT count(*) FROM stage) > 1) AS o USING (stage, scenario)
)
SELECT format('%s%s: %s transactions and %s errors in the log, %s and %s by pgbench', 'stage ' || stage || ', ', scenario,
              transactions, errors, own_transactions, own_errors)
FROM log
WHERE CASE WHEN may_lose THEN (transactions >= own_transactions AND errors >= own_errors) IS NOT TRUE
           -- (where nothing succeeded, pgbench counts no scripts)
           ELSE (coalesce(transactions, 0), coalesce(errors, 0))
                IS DISTINCT FROM (coalesce(own_transactions, 0)::bigint, coalesce(own_errors, 0)::bigint) END;
