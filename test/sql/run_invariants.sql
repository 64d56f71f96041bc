-- What was found true of the data after a run, and what not: kept with the run, and asserted
-- before any budget.
\set VERBOSITY default
INSERT INTO perfkit_runs (workload, label, duration, clients, scenarios)
VALUES ('shop', 'sound', '1 s', 1, '{sell}'), ('shop', 'unsound', '1 s', 1, '{sell}'), ('shop', 'unjudged', '1 s', 1, '{sell}');
SELECT max(run_id) - 2 AS sound, max(run_id) - 1 AS unsound, max(run_id) AS unjudged FROM perfkit_runs
\gset
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us)
SELECT r.run_id, 1, 0, now(), 1000 FROM perfkit_runs r, generate_series(1, 1000) WHERE workload = 'shop';
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value) VALUES ('shop', 'sell', 'p95_ms', 100);
INSERT INTO perfkit_run_invariants VALUES
(:sound, 'the books balance', true, '1000 entries'),
(:unsound, 'the books balance', false, '3 entries do not'),
(:unsound, 'stock is not negative', true, NULL),
(:unsound, 'every sale has a customer', false, NULL);

SELECT perfkit_assert_run(:sound) IS NOT NULL AS kept;
SELECT perfkit_assert_run(:unjudged) IS NOT NULL AS kept;
-- (a number that differs from run to run stays out of what is expected)
DO $$
DECLARE
    message text;
    detail text;
BEGIN
    PERFORM perfkit_assert_run(run_id) FROM perfkit_runs WHERE label = 'unsound';
EXCEPTION WHEN assert_failure THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RAISE NOTICE '%', regexp_replace(message, '\d+', 'N') USING DETAIL = detail;
END
$$;

\set VERBOSITY terse
INSERT INTO perfkit_run_invariants VALUES (:sound, 'the books balance', false);
INSERT INTO perfkit_run_invariants VALUES (:sound, 'unknown', NULL);

-- They go with their run.
DELETE FROM perfkit_runs WHERE run_id = :unsound;
SELECT invariant, ok, detail FROM perfkit_run_invariants ORDER BY run_id, invariant;
TRUNCATE perfkit_runs;
SELECT count(*) FROM perfkit_run_invariants;
DELETE FROM perfkit_budgets WHERE workload = 'shop';
