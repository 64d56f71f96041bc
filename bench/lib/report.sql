-- The tables on the terminal. Milliseconds; a dash where there is nothing to tell.
SELECT scenario, transactions, round(tps::numeric, 1) AS tps, round(avg_ms::numeric, 2) AS "avg ms",
       round(p50_ms::numeric, 2) AS "p50 ms", round(p90_ms::numeric, 2) AS "p90 ms", round(p95_ms::numeric, 2) AS "p95 ms",
       round(p99_ms::numeric, 2) AS "p99 ms", round(max_ms::numeric, 2) AS "max ms", errors, retries
FROM perfkit_run_summary(:run_id);
SELECT scenario, metric AS budget, limit_value AS "limit", round(observed::numeric, 3) AS observed,
       CASE WHEN lower IS NOT NULL OR upper IS NOT NULL
            THEN format('%s .. %s', coalesce(round(lower::numeric, 3)::text, '?'), coalesce(round(upper::numeric, 3)::text, '?'))
       END AS "95 % interval",
       verdict, CASE WHEN verdict = 'INCONCLUSIVE' THEN coalesce('about ' || more_transactions, 'cannot be told') END AS "more to tell"
FROM perfkit_run_verdicts(:run_id);
