-- The end of a run: its overall verdict, the exit status that goes with it, and the reason in
-- words. They and the budgets stay in variables for run_json.sql and report.sql, so that the
-- transactions are read only once.
SELECT verdict, CASE verdict WHEN 'PASS' THEN 0 WHEN 'FAIL' THEN 1 ELSE 3 END AS exit_status, reason,
       coalesce(findings, '') AS findings, budgets
FROM :perfkit.perfkit_run_verdict(:run_id::bigint)
\gset
SELECT :'verdict', :'exit_status', :'reason';
