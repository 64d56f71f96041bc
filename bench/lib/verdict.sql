-- The end of a run: its verdict as a whole, the exit status that goes with it and the reason in words into :verdict_file, the
-- whole run into :run_file, and the tables on the terminal unless quiet is set. All from one look at the transactions, beside the
-- one that compare.sql had and left in SUMMARY_FILE.
\set summary `cat "$SUMMARY_FILE"`
SELECT verdict, CASE verdict WHEN 'PASS' THEN 0 WHEN 'FAIL' THEN 1 ELSE 3 END AS exit_status, reason, budgets
FROM :perfkit.perfkit_run_verdict(:run_id::bigint)
\gset
\o :verdict_file
\qecho :verdict :exit_status :reason
\pset format unaligned
\pset tuples_only on
\o :run_file
\ir run_json.sql
\o
\if :quiet
\else
\pset format aligned
\pset tuples_only off
\ir report.sql
\endif
