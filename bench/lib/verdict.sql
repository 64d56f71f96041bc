-- The run's verdict as a whole, the exit status that goes with it, and the reason in words.
SELECT verdict, CASE verdict WHEN 'PASS' THEN 0 WHEN 'FAIL' THEN 1 ELSE 3 END, reason FROM perfkit_run_verdict(:run_id::bigint);
