-- Summaries and verdicts of runs made by hand: every number here is computed, none measured.
-- Transactions end in ten different seconds, in an order that has nothing to do with their latency,
-- so most intervals are those of independent transactions.
\set VERBOSITY terse
BEGIN;

CREATE FUNCTION new_run(scenarios text[], duration interval = '10 s') RETURNS bigint LANGUAGE sql
AS $$ INSERT INTO perfkit_runs (workload, duration, clients, scenarios) VALUES ('handmade', duration, 4, scenarios) RETURNING run_id $$;

-- 100 transactions of 1 to 100 ms, 10 of 1 to 10 ms with a failure among them, and a scenario
-- that never ran.
SELECT new_run(ARRAY['hundred', 'ten', 'idle']) AS run \gset
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us, retries)
SELECT :run, 1, i % 4, now() + i * 7 % 10 * interval '1 s', i * 1000, 0 FROM generate_series(1, 100) i;
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us, retries, failure)
SELECT :run, 2, i % 4, now() + i * 7 % 10 * interval '1 s', i * 1000, 1, NULL FROM generate_series(1, 10) i
UNION ALL SELECT :run, 2, 0, now(), NULL, 3, 'serialization';

SELECT * FROM perfkit_run_summary(:run);

-- Quantiles are percentile_disc()'s, exactly, and the mean is avg().
SELECT bool_and((s.p50_ms, s.p90_ms, s.p95_ms, s.p99_ms, s.max_ms) = (p[1], p[2], p[3], p[4], e.most) AND abs(s.avg_ms - e.mean) < 1e-9)
FROM perfkit_run_summary(:run) s
     JOIN (SELECT coalesce(r.scenarios[t.scenario], 'all') AS scenario, max(t.latency_us) / 1e3 AS most, avg(t.latency_us) / 1e3 AS mean,
                  percentile_disc(ARRAY[0.5, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY t.latency_us / 1000::float8) AS p
           FROM perfkit_run_transactions t JOIN perfkit_runs r USING (run_id)
           WHERE run_id = :run GROUP BY GROUPING SETS ((r.scenarios[t.scenario]), ())) e USING (scenario);

-- The distribution itself.
SELECT * FROM perfkit_run_latencies(:run) WHERE scenario <> 'hundred' AND (latency_us IS NULL OR latency_us <= 2000)
ORDER BY scenario COLLATE "C", latency_us;

-- The 95 % interval of the median of 100 is ranks 40 to 61, of their p95 ranks 90 to 100; that of
-- their p99 begins at 97 at most.
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value) VALUES
('handmade', 'hundred', 'p50_ms', 61.001), ('handmade', 'hundred', 'p95_ms', 90), ('handmade', 'hundred', 'p99_ms', 500),
('handmade', 'hundred', 'p90_ms', NULL), ('handmade', 'hundred', 'avg_ms', 56), ('handmade', 'hundred', 'max_ms', 100),
('handmade', 'hundred', 'min_tps', 10), ('handmade', 'hundred', 'max_error_rate', 0.05),
('handmade', 'ten', 'max_error_rate', 0), ('handmade', 'ten', 'p99_ms', 9), ('handmade', 'ten', 'avg_ms', 50),
('handmade', 'ten', 'min_tps', 1.1),
('handmade', 'idle', 'p95_ms', 1), ('handmade', 'idle', 'avg_ms', 1), ('handmade', 'idle', 'max_ms', 1),
('handmade', 'idle', 'min_tps', 1), ('handmade', 'idle', 'max_error_rate', 0.1),
('handmade', 'all', 'p50_ms', 20), ('handmade', 'all', 'max_error_rate', 0.001),
('handmade', 'other', 'p50_ms', 1), ('elsewhere', 'hundred', 'p50_ms', 1);
SELECT scenario, metric, limit_value AS limit, round(observed::numeric, 3) AS observed, round(lower::numeric, 3) AS lower,
       round(upper::numeric, 3) AS upper, verdict, more_transactions AS more
FROM perfkit_run_verdicts(:run);

-- The limit itself is too slow for a latency, and enough for a rate.
UPDATE perfkit_budgets SET limit_value = 61 WHERE (scenario, metric) = ('hundred', 'p50_ms') AND workload = 'handmade';
UPDATE perfkit_budgets SET limit_value = 100.001 WHERE (scenario, metric) = ('hundred', 'max_ms');
UPDATE perfkit_budgets SET limit_value = 10.001 WHERE (scenario, metric) = ('hundred', 'min_tps');
UPDATE perfkit_budgets SET limit_value = 90.001 WHERE (scenario, metric) = ('hundred', 'p95_ms');
SELECT metric, verdict, more_transactions IS NOT NULL AS can_be_told FROM perfkit_run_verdicts(:run) WHERE scenario = 'hundred' AND metric IN ('p50_ms', 'p95_ms', 'max_ms', 'min_tps');

-- An assertion names what is broken; when nothing is, what cannot be told; and it never asserts
-- nothing.
\set VERBOSITY default
\set SHOW_CONTEXT never
SAVEPOINT s;
DO $$
DECLARE message text; detail text; state text;
BEGIN
    PERFORM perfkit_assert_run((SELECT max(run_id) FROM perfkit_runs));
EXCEPTION WHEN assert_failure THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RAISE NOTICE '% / %', regexp_replace(message, '\d+', 'N'), detail;
END $$;
DELETE FROM perfkit_budgets WHERE workload = 'handmade' AND (scenario, metric) NOT IN (('hundred', 'p99_ms'), ('hundred', 'avg_ms'), ('idle', 'avg_ms'));
UPDATE perfkit_budgets SET limit_value = 60 WHERE workload = 'handmade' AND metric = 'avg_ms';
DO $$
DECLARE message text; detail text; state text;
BEGIN
    PERFORM perfkit_assert_run((SELECT max(run_id) FROM perfkit_runs));
EXCEPTION WHEN assert_failure THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RAISE NOTICE '% / %', regexp_replace(message, '\d+', 'N'), detail;
END $$;
DELETE FROM perfkit_budgets WHERE workload = 'handmade' AND (scenario, metric) <> ('hundred', 'avg_ms');
SELECT perfkit_assert_run(:run);
SELECT verdict, reason, findings, jsonb_array_length(budgets) AS budgets FROM perfkit_run_verdict(:run);
-- A failed index check fails the run, as it does in bench/run, and whether or not a budget applies.
UPDATE perfkit_runs SET index_checks = '[{"check_name": "a", "verdict": "PASS"}, {"check_name": "b", "verdict": "FAIL", "reason": "no index"}]'
WHERE run_id = :run;
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);
DO $$ BEGIN PERFORM perfkit_assert_run((SELECT max(run_id) FROM perfkit_runs));
EXCEPTION WHEN assert_failure THEN RAISE NOTICE '%', regexp_replace(SQLERRM, '\d+', 'N'); END $$;
UPDATE perfkit_budgets SET limit_value = NULL WHERE workload = 'handmade';
SELECT verdict, reason FROM perfkit_run_verdict(:run);
UPDATE perfkit_runs SET index_checks = '[{"check_name": "a", "verdict": "PASS"}]' WHERE run_id = :run;
SELECT verdict, reason, findings, budgets FROM perfkit_run_verdict(:run);
UPDATE perfkit_budgets SET limit_value = NULL WHERE workload = 'handmade';
\set VERBOSITY sqlstate
SELECT perfkit_assert_run(:run);
ROLLBACK TO s;

-- All failed: no latency to judge, and an error rate that is plain. One value, all equal values.
SELECT new_run(ARRAY['broken', 'single', 'equal']) AS run \gset
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us, failure)
SELECT :run, 1, 0, now() + i * 7 % 10 * interval '1 s', NULL, 'failed' FROM generate_series(1, 50) i
UNION ALL SELECT :run, 2, 0, now(), 5000, NULL
UNION ALL SELECT :run, 3, 0, now() + i * 7 % 10 * interval '1 s', 5000, NULL FROM generate_series(1, 400) i;
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value)
SELECT 'handmade', scenario, metric, CASE metric WHEN 'max_error_rate' THEN 0.5 ELSE 6 END
FROM unnest(ARRAY['broken', 'single', 'equal']) AS scenario, unnest(ARRAY['avg_ms', 'p50_ms', 'p99_ms', 'min_tps', 'max_error_rate']) AS metric;
SELECT * FROM perfkit_run_summary(:run);
SELECT scenario, metric, round(observed::numeric, 3) AS observed, round(lower::numeric, 3) AS lower, round(upper::numeric, 3) AS upper,
       verdict, more_transactions AS more
FROM perfkit_run_verdicts(:run) WHERE scenario <> 'all';

-- Failed and skipped transactions that no max_error_rate judges are infinitely slow. Of 120, the
-- median is the 60th and its interval is ranks 49 to 72; of 420, the p95 is the 399th and its
-- interval ends beyond the 400 that succeeded.
SELECT new_run(ARRAY['sixth', 'some', 'skipping', 'mostly', 'clean']) AS run \gset
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us, failure)
SELECT :run, 1, 0, now() + i * 7 % 10 * interval '1 s', i * 1000, NULL FROM generate_series(1, 100) i
UNION ALL SELECT :run, 1, 0, now() + i * 7 % 10 * interval '1 s', NULL, 'serialization' FROM generate_series(1, 20) i
UNION ALL SELECT :run, 2, 0, now() + i * 7 % 10 * interval '1 s', i * 1000, NULL FROM generate_series(1, 400) i
UNION ALL SELECT :run, 2, 0, now() + i * 7 % 10 * interval '1 s', NULL, 'deadlock' FROM generate_series(1, 20) i
UNION ALL SELECT :run, 3, 0, now() + i * 7 % 10 * interval '1 s', i * 1000, NULL FROM generate_series(1, 99) i
UNION ALL SELECT :run, 3, 0, now() + i * 7 % 10 * interval '1 s', NULL, 'skipped' FROM generate_series(1, 680) i
UNION ALL SELECT :run, 4, 0, now() + i * 7 % 10 * interval '1 s', 1000, NULL FROM generate_series(1, 2401) i
UNION ALL SELECT :run, 4, 0, now() + i * 7 % 10 * interval '1 s', NULL, 'failed' FROM generate_series(1, 9899) i
UNION ALL SELECT :run, 5, 0, now() + i * 7 % 10 * interval '1 s', i * 1000, NULL FROM generate_series(1, 100) i;
DELETE FROM perfkit_budgets WHERE workload = 'handmade';
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value) VALUES
('handmade', 'sixth', 'avg_ms', 100), ('handmade', 'sixth', 'p50_ms', 72.001), ('handmade', 'sixth', 'p90_ms', 600000),
('handmade', 'sixth', 'max_ms', 600000), ('handmade', 'sixth', 'min_tps', 10), ('handmade', 'sixth', 'max_error_rate', NULL),
('handmade', 'some', 'avg_ms', 100), ('handmade', 'some', 'p95_ms', 600000),
('handmade', 'skipping', 'p95_ms', 110), ('handmade', 'mostly', 'p95_ms', 5000),
('handmade', 'clean', 'avg_ms', 100), ('handmade', 'clean', 'p95_ms', 110), ('handmade', 'clean', 'max_ms', 101),
('handmade', 'all', 'p95_ms', 5000);
CREATE FUNCTION shown(run_id bigint)
RETURNS TABLE (scenario text, metric text, observed numeric, lower numeric, upper numeric, verdict text, more bigint, transactions bigint, errors bigint)
LANGUAGE sql
AS $$ SELECT scenario, metric, round(observed::numeric, 3), round(lower::numeric, 3), round(upper::numeric, 3), verdict, more_transactions,
             transactions, errors
      FROM perfkit_run_verdicts($1) $$;
SELECT * FROM shown(:run);
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);
-- An average that could pass but for the failures.
SAVEPOINT s;
DELETE FROM perfkit_budgets WHERE workload = 'handmade' AND (scenario <> 'sixth' OR metric NOT IN ('avg_ms', 'p50_ms'));
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);
ROLLBACK TO s;
-- A max_error_rate of the run or of the table, of the scenario or of all, judges them; the ones of
-- all scenarios do so for all.
UPDATE perfkit_runs SET budgets = '[{"scenario": "mostly", "metric": "max_error_rate", "limit_value": 1},
                                   {"scenario": "some", "metric": "max_error_rate", "limit_value": 0.01}]' WHERE run_id = :run;
UPDATE perfkit_budgets SET limit_value = 0.5 WHERE workload = 'handmade' AND metric = 'max_error_rate';
SELECT scenario, metric, observed, verdict FROM shown(:run) WHERE scenario <> 'clean';
UPDATE perfkit_runs SET budgets = budgets || '[{"scenario": "skipping", "metric": "max_error_rate", "limit_value": 1}]' WHERE run_id = :run;
SELECT scenario, observed, verdict FROM shown(:run) WHERE scenario IN ('skipping', 'all');
UPDATE perfkit_runs SET budgets = budgets || '[{"scenario": "clean", "metric": "max_error_rate", "limit_value": 1}]' WHERE run_id = :run;
SELECT scenario, observed, verdict FROM shown(:run) WHERE scenario = 'all';
UPDATE perfkit_runs SET budgets = '[{"metric": "max_error_rate", "limit_value": 1}]' WHERE run_id = :run;
DELETE FROM perfkit_budgets WHERE workload = 'handmade' AND metric = 'max_error_rate';
SELECT scenario, metric, observed, verdict, more FROM shown(:run) WHERE scenario <> 'clean';
DELETE FROM perfkit_budgets WHERE (workload, scenario, metric) = ('handmade', 'some', 'avg_ms');
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);
-- If all failed, even the median is infinite. JSON has no number for that.
DELETE FROM perfkit_run_transactions WHERE run_id = :run AND failure IS NULL;
DELETE FROM perfkit_budgets WHERE workload = 'handmade' AND scenario <> 'sixth';
UPDATE perfkit_runs SET budgets = NULL WHERE run_id = :run;
SELECT * FROM shown(:run);
SELECT budgets -> 1 AS median FROM perfkit_run_verdict(:run);

-- A log as pgbench writes it: plain; with failures, retries and schedule lag; and another run's.
SELECT new_run(ARRAY['first', 'second']) AS run \gset
CREATE TEMP TABLE "odd ""log" (client int, transaction_no bigint, latency text, script int, epoch bigint, microseconds bigint,
                               schedule_lag bigint, retries int);
COPY "odd ""log" (client, transaction_no, latency, script, epoch, microseconds) FROM stdin WITH (DELIMITER ' ');
0 1 1500 0 1700000000 000001
1 1 failed 1 1700000000 999999
\.
COPY "odd ""log" FROM stdin WITH (DELIMITER ' ');
0 2 2500 1 1700000001 500000 1000 2
1 2 skipped 0 1700000002 0 0 0
1 3 deadlock 0 1700000002 1 0 3
0 3 2147483648000 1 1700000003 0 0 0
\.
SELECT perfkit_load_log(:run, '"odd ""log"', keep_transactions => true);
SELECT scenario, client, extract(epoch FROM finished_at) AS finished, latency_us, schedule_lag_us, retries, failure
FROM perfkit_run_transactions WHERE run_id = :run ORDER BY finished_at, client;
\set VERBOSITY terse
SAVEPOINT s;
UPDATE "odd ""log" SET script = 2 WHERE latency = '1500';
SELECT perfkit_load_log((SELECT max(run_id) FROM perfkit_runs) * 0 - 1, '"odd ""log"');
ROLLBACK TO s;
UPDATE "odd ""log" SET script = 2 WHERE latency = '1500';
DO $$ BEGIN PERFORM perfkit_load_log((SELECT max(run_id) FROM perfkit_runs), '"odd ""log"');
EXCEPTION WHEN invalid_parameter_value THEN RAISE NOTICE '%', regexp_replace(SQLERRM, 'run \d+', 'run N'); END $$;
SELECT perfkit_load_log(:run, 0);
ROLLBACK TO s;
SELECT perfkit_load_log(:run, NULL);
ROLLBACK TO s;

-- Stages: 10 transactions of 1 to 10 ms and 30 of 101 to 130 ms; the log says which is which,
-- pgbench's report how long each took.
SELECT new_run(ARRAY['one', 'two'], '5 s') AS run \gset
UPDATE perfkit_runs SET pgbench = '{"stages": [{"clients": 2, "transactions": 10, "tps": 10, "seconds": 1, "initial_connection_ms": 3},
                                              {"stage": 3, "clients": 4, "transactions": 30, "tps": 7.5, "seconds": 4}]}' WHERE run_id = :run;
CREATE TEMP TABLE staged_log (client int, transaction_no bigint, latency text, script int, epoch bigint, microseconds bigint,
                              schedule_lag bigint, retries int, stage smallint);
INSERT INTO staged_log SELECT 0, i, 1000 * i, 0, 1700000000 + i * 7 % 10, i, NULL::bigint, NULL::int, NULL::smallint FROM generate_series(1, 10) i
UNION ALL SELECT 0, i, 1000 * (100 + i), i % 2, 1700000020 + i * 7 % 10, i, NULL, NULL, 3 FROM generate_series(1, 30) i;
SELECT perfkit_load_log(:run, 'staged_log');
SELECT scenario, stage, transactions, tps, avg_ms, p50_ms, p95_ms, max_ms, errors, lag_p95_ms, service_p95_ms FROM perfkit_run_summary(:run);
SELECT scenario, stage, latency_us, transactions, cumulative, total FROM perfkit_run_latencies(:run)
WHERE EXISTS (SELECT FROM unnest('{1000,10000,101000}'::bigint[]) AS us WHERE us BETWEEN lowest_us AND highest_us)
ORDER BY scenario COLLATE "C", stage, latency_us;
-- A stage that breaks a budget fails the run, and is named; the two together would keep this one.
DELETE FROM perfkit_budgets WHERE workload = 'handmade';
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value) VALUES ('handmade', 'all', 'p50_ms', 131), ('handmade', 'all', 'min_tps', 7.6);
SELECT scenario, stage, metric, observed, verdict FROM perfkit_run_verdicts(:run);
SELECT verdict, reason, findings, budgets #> '{0,stage}' AS first_stage FROM perfkit_run_verdict(:run);
-- A stage with too few transactions leaves a budget open; the run passes if all of them decide it.
SAVEPOINT s;
DELETE FROM perfkit_budgets WHERE workload = 'handmade';
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value) VALUES ('handmade', 'all', 'p90_ms', 200);
SELECT stage, verdict FROM perfkit_run_verdicts(:run);
SELECT verdict, reason FROM perfkit_run_verdict(:run);
-- Checks of concurrency count beside the index checks, unless the machine could not judge them.
CREATE TEMP TABLE at_once AS
SELECT v AS verdict, jsonb_build_array(jsonb_build_object('check_name', 'by id', 'verdict', 'PASS'),
                                       jsonb_build_object('kind', 'at once', 'check_name', 'one: 10 at once', 'verdict', v, 'reason', 'because')) AS checks
FROM unnest(ARRAY['PASS', 'FAIL', 'INCONCLUSIVE', 'NOT JUDGED']) AS v;
UPDATE perfkit_runs SET index_checks = (SELECT checks FROM at_once WHERE verdict = 'PASS') WHERE run_id = :run;
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);
UPDATE perfkit_runs SET index_checks = (SELECT checks FROM at_once WHERE verdict = 'FAIL') WHERE run_id = :run;
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);
UPDATE perfkit_runs SET index_checks = (SELECT checks FROM at_once WHERE verdict = 'INCONCLUSIVE') WHERE run_id = :run;
SELECT verdict, reason, left(findings, 30) AS first_finding FROM perfkit_run_verdict(:run);
UPDATE perfkit_runs SET index_checks = (SELECT checks FROM at_once WHERE verdict = 'NOT JUDGED') WHERE run_id = :run;
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);
ROLLBACK TO s;
UPDATE staged_log SET stage = 0;
SELECT perfkit_load_log(:run, 'staged_log');
ROLLBACK TO s;

-- But a stage with few transactions because the server collapsed does not pass with the others, nor
-- one that has none.
SAVEPOINT stages;
DELETE FROM perfkit_budgets WHERE workload = 'handmade';
SELECT new_run(ARRAY['often', 'rare'], '20 s') AS stages \gset
UPDATE perfkit_runs SET pgbench = '{"stages": [{"clients": 1, "transactions": 1000, "tps": 100, "seconds": 10},
                                              {"clients": 500, "transactions": 29, "tps": 2.9, "seconds": 10}]}',
                        budgets = '[{"scenario": "often", "metric": "avg_ms", "limit_value": 200}]' WHERE run_id = :stages;
INSERT INTO perfkit_run_transactions (run_id, stage, scenario, client, finished_at, latency_us)
SELECT :stages, CASE WHEN i <= 1000 THEN 1 ELSE 2 END, 1, 0, now() + i * 7 % 10 * interval '1 s', CASE WHEN i <= 1000 THEN 10000 ELSE 2000000 END
FROM generate_series(1, 1029) AS i;
SELECT scenario, stage, metric, observed, verdict FROM perfkit_run_verdicts(:stages) WHERE scenario = 'often';
SELECT verdict FROM perfkit_run_verdict(:stages);
UPDATE perfkit_runs SET budgets = '[{"scenario": "rare", "metric": "min_tps", "limit_value": 1}, {"scenario": "rare", "metric": "p50_ms", "limit_value": 1}]'
WHERE run_id = :stages;
INSERT INTO perfkit_run_transactions (run_id, stage, scenario, client, finished_at, latency_us)
SELECT :stages, 1, 2, 0, now() + i * 7 % 10 * interval '1 s', 100 FROM generate_series(1, 1000) i;
SELECT scenario, stage, metric, observed, verdict FROM perfkit_run_verdicts(:stages) WHERE scenario = 'rare';
SELECT verdict FROM perfkit_run_verdict(:stages);
ROLLBACK TO stages;

-- A run's own budgets take the place of the table's, of two for the same the last counts, and the
-- metrics are checked.
UPDATE perfkit_runs SET budgets = '[{"metric": "p50_ms", "limit_value": 1}, {"metric": "p50_ms", "limit_value": 140},
                                   {"scenario": "two", "metric": "max_ms", "limit_value": 100}]' WHERE run_id = :run;
SELECT scenario, stage, metric, limit_value, verdict FROM perfkit_run_verdicts(:run) WHERE stage IS NULL;
SAVEPOINT s;
\set VERBOSITY default
UPDATE perfkit_runs SET budgets = '[{"metric": "p42_ms", "limit_value": 1}]' WHERE run_id = :run;
ROLLBACK TO s;
UPDATE perfkit_runs SET budgets = '[{"metric": "p50_ms", "limit": 1}]' WHERE run_id = :run;
ROLLBACK TO s;
\set VERBOSITY sqlstate
UPDATE perfkit_runs SET budgets = '[{"limit_value": 1}]' WHERE run_id = :run;
ROLLBACK TO s;
UPDATE perfkit_runs SET budgets = '{"metric": "p50_ms", "limit_value": 1}' WHERE run_id = :run;
ROLLBACK TO s;
UPDATE perfkit_runs SET budgets = '[{"metric": "p50_ms", "limit_value": -1}]' WHERE run_id = :run;
ROLLBACK TO s;
\set VERBOSITY terse

-- Blocks per transaction: compared as they are, once for all stages; for all by how often each
-- scenario ran (25 and 15 times).
UPDATE perfkit_runs SET work = '{"one": {"transactions": 10, "statements": 10, "blocks": 100}, "two": {"transactions": 5, "statements": 15, "blocks": 90}}',
                        budgets = NULL WHERE run_id = :run;
DELETE FROM perfkit_budgets WHERE workload = 'handmade';
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, max_rows) VALUES
('handmade', 'one', 'max_buffers', 10, NULL), ('handmade', 'two', 'max_buffers', 17.9, 10000), ('handmade', 'all', 'max_buffers', 13, NULL);
SELECT scenario, stage, metric, limit_value, observed, lower, upper, verdict, more_transactions FROM perfkit_run_verdicts(:run);
UPDATE perfkit_runs SET data_rows = 10000 WHERE run_id = :run;
SELECT scenario, observed, verdict FROM perfkit_run_verdicts(:run);
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);
UPDATE perfkit_runs SET data_rows = 10001, work = work - 'two' WHERE run_id = :run;
SELECT scenario, observed, verdict FROM perfkit_run_verdicts(:run);
-- Not measured: the table's are left out, and the verdict says so; the run's own cannot be told.
UPDATE perfkit_runs SET work = NULL WHERE run_id = :run;
SELECT verdict, reason FROM perfkit_run_verdict(:run);
UPDATE perfkit_runs SET budgets = '[{"metric": "max_buffers", "limit_value": 5}]' WHERE run_id = :run;
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);

-- The share of blocks found in shared buffers: known for all, once for all stages.
UPDATE perfkit_runs SET observed = '{"buffers": {"hit": 900, "read": 100}}', budgets = '[
    {"metric": "min_cache_hit", "limit_value": 0.9}, {"scenario": "one", "metric": "min_cache_hit", "limit_value": 0.9}]'
WHERE run_id = :run;
SELECT scenario, stage, metric, observed, lower, verdict, more_transactions FROM perfkit_run_verdicts(:run) WHERE metric = 'min_cache_hit';
SELECT verdict, reason FROM perfkit_run_verdict(:run);
UPDATE perfkit_runs SET budgets = '[{"metric": "min_cache_hit", "limit_value": 0.91}]' WHERE run_id = :run;
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);
UPDATE perfkit_runs SET observed = '{"buffers": {"hit": 0, "read": 0}}' WHERE run_id = :run;
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);

-- Notifications: two stages of 400 notifications to ten listeners, one with a tail.
UPDATE perfkit_runs SET work = NULL, budgets = '[{"metric": "notify_p95_ms", "limit_value": 10}]', notifications = '{"channel": "c", "stages": [
    {"stage": 1, "listeners": 10, "sent": 400, "received": 4000, "lost": 0, "duplicates": 0, "out_of_order": 0, "max_us": 12000,
     "clock_uncertainty_us": 40, "latencies": [[900, 3500], [5000, 480], [12000, 20]]},
    {"stage": 3, "listeners": 10, "sent": 400, "received": 3999, "lost": 1, "duplicates": 2, "out_of_order": 3, "max_us": 50000,
     "clock_uncertainty_us": 60, "latencies": [[900, 3000], [5000, 500], [50000, 499]]}]}' WHERE run_id = :run;
SELECT stage, listeners, sent, received, lost, duplicates, out_of_order, p50_ms, p95_ms, p99_ms, max_ms, clock_uncertainty_ms
FROM perfkit_run_notifications(:run);
SELECT stage, latency_us, deliveries, cumulative, total FROM perfkit_run_delivery(:run);
-- The interval is that of 400 and 799 notifications, not of ten times as many deliveries.
SELECT v.stage, v.metric, v.observed, v.lower, v.upper, v.verdict, v.more_transactions,
       i.lower_rank AS rank_from, i.upper_rank AS rank_to
FROM perfkit_run_verdicts(:run) v,
     perfkit_quantile_interval(CASE WHEN v.stage IS NULL THEN 799 ELSE 400 END, 0.95, 0.95) i;
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);
UPDATE perfkit_runs SET budgets = '[{"metric": "notify_p95_ms", "limit_value": 900}, {"metric": "notify_p95_ms", "scenario": "one", "limit_value": 900}]' WHERE run_id = :run;
SELECT scenario, stage, observed, verdict FROM perfkit_run_verdicts(:run);
-- One stage; too few to tell; none at all.
UPDATE perfkit_runs SET notifications = notifications #- '{stages,1}', budgets = '[{"metric": "notify_p95_ms", "limit_value": 10}]' WHERE run_id = :run;
SELECT stage, sent, p95_ms FROM perfkit_run_notifications(:run);
UPDATE perfkit_runs SET notifications = jsonb_set(notifications, '{stages,0,latencies}', '[[900, 100]]') WHERE run_id = :run;
SELECT observed, lower, upper, verdict, more_transactions FROM perfkit_run_verdicts(:run) WHERE stage IS NULL;
SELECT verdict, reason FROM perfkit_run_verdict(:run);
UPDATE perfkit_runs SET notifications = '{"channel": "c", "stages": [{"stage": 1, "listeners": 10, "sent": 0, "received": 0, "lost": 0, "duplicates": 0, "out_of_order": 0, "max_us": 0, "clock_uncertainty_us": 40, "latencies": []}]}'
WHERE run_id = :run;
SELECT stage, listeners, sent, lost, p95_ms, max_ms FROM perfkit_run_notifications(:run);
SELECT verdict, reason, findings FROM perfkit_run_verdict(:run);
-- A run that did not listen.
INSERT INTO perfkit_budgets (workload, metric, limit_value) VALUES ('handmade', 'notify_p95_ms', 10);
UPDATE perfkit_runs SET notifications = NULL, budgets = NULL WHERE run_id = :run;
SELECT verdict, reason FROM perfkit_run_verdict(:run);
SELECT count(*) FROM perfkit_run_notifications(:run);

-- A stall in a run that becomes slower: transactions depend on each other so much that all of them
-- are worth one. The lower end of its interval must not be the slowest of all: the observed value
-- lies within the interval, and a p99 far below its limit breaks nothing.
SELECT new_run(ARRAY['one'], '7 s') AS run \gset
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us, retries)
SELECT :run, 1, 0, now() + s * interval '1 s', CASE WHEN s = 1 AND i > 96 THEN 1000000 WHEN i <= fast THEN 10000 ELSE 12000 END, 0
FROM unnest('{89,80,67,56,43,29,22}'::int[]) WITH ORDINALITY AS f (fast, s), generate_series(1, 100) i;
UPDATE perfkit_runs SET budgets = '[{"scenario": "one", "metric": "p99_ms", "limit_value": 500}]' WHERE run_id = :run;
SELECT observed < 13 AS observed_low, lower <= observed AS holds_it, upper, verdict FROM perfkit_run_verdicts(:run);
-- By other budgets than its own.
SELECT scenario, metric, limit_value, observed < 13 AS observed_low, verdict
FROM perfkit_run_verdicts(:run, '[{"metric": "p50_ms", "limit_value": 5}, {"scenario": "one", "metric": "max_ms", "limit_value": 2000}]');
DO $$
DECLARE
    run bigint := (SELECT max(run_id) FROM perfkit_runs);
    wrong text;
BEGIN
    UPDATE perfkit_runs SET budgets = '[{"metric": "p50_ms", "limit_value": 500}, {"metric": "p90_ms", "limit_value": 500},
        {"metric": "p95_ms", "limit_value": 500}, {"metric": "p99_ms", "limit_value": 500}]' WHERE run_id = run;
    FOR stalled IN 1 .. 10 LOOP
        UPDATE perfkit_run_transactions SET latency_us = 1000000
        WHERE run_id = run AND ctid IN (SELECT ctid FROM perfkit_run_transactions WHERE run_id = run AND latency_us < 1000000
                                        AND finished_at = now() + interval '1 s' LIMIT 3);
        SELECT string_agg(concat_ws(' ', stalled, metric, lower, observed, upper, verdict), '; ') INTO wrong
        FROM perfkit_run_verdicts(run)
        WHERE lower > observed OR upper < observed OR verdict = 'FAIL' AND observed < 500 OR verdict = 'PASS' AND observed >= 500;
        ASSERT wrong IS NULL, wrong;
    END LOOP;
END $$;

-- Lag apart from service time, and a rate that was not achieved: 100 of 1000 transactions in 10
-- s, of 2 ms each.
SELECT new_run(ARRAY['one']) AS run \gset
UPDATE perfkit_runs SET pgbench = '{"stages": [{"clients": 4, "transactions": 100, "tps": 10, "seconds": 10, "rate": 100, "initial_connection_ms": 12.5}]}'
WHERE run_id = :run;
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us, schedule_lag_us)
SELECT :run, 1, 0, now() + i * 7 % 10 * interval '1 s', 100000 * i + 2000, 100000 * i FROM generate_series(1, 100) i;
SELECT scenario, stage, p95_ms, lag_p95_ms, service_p95_ms FROM perfkit_run_summary(:run);
SELECT stage, clients, offered_tps, achieved_tps, connect_ms, mean_lag_ms, mean_service_ms, round(clients_busy::numeric, 6) AS busy, finding
FROM perfkit_run_load(:run);
DELETE FROM perfkit_budgets WHERE workload = 'handmade';
INSERT INTO perfkit_budgets (workload, metric, limit_value) VALUES ('handmade', 'p50_ms', 10);
SELECT verdict, reason FROM perfkit_run_verdict(:run);
-- Nearly all of the rate, or too few to tell from chance, is no overload.
UPDATE perfkit_runs SET pgbench = jsonb_set(pgbench, '{stages,0,rate}', '10.5') WHERE run_id = :run;
SELECT finding FROM perfkit_run_load(:run);
UPDATE perfkit_runs SET pgbench = jsonb_set(pgbench, '{stages,0,rate}', '13') WHERE run_id = :run;
SELECT finding FROM perfkit_run_load(:run);
UPDATE perfkit_runs SET pgbench = jsonb_set(pgbench, '{stages,0,rate}', '15') WHERE run_id = :run;
SELECT finding FROM perfkit_run_load(:run);
-- Without a rate, four clients of whom 0.38 were busy waited for pgbench; one of whom 0.98 was
-- did not.
UPDATE perfkit_runs SET pgbench = jsonb_set(pgbench, '{stages,0,rate}', 'null') WHERE run_id = :run;
UPDATE perfkit_run_transactions SET schedule_lag_us = NULL, latency_us = 38000 WHERE run_id = :run;
SELECT offered_tps, mean_lag_ms, mean_service_ms, clients_busy, finding FROM perfkit_run_load(:run);
SELECT verdict, reason FROM perfkit_run_verdict(:run);
UPDATE perfkit_runs SET pgbench = jsonb_set(pgbench, '{stages,0,clients}', '1') WHERE run_id = :run;
UPDATE perfkit_run_transactions SET latency_us = 98000 WHERE run_id = :run;
SELECT clients_busy, finding FROM perfkit_run_load(:run);

-- The blocks of statements that are run for it; what they write is taken back. The table has five
-- pages; newer servers read some pages of its maps as well.
CREATE TABLE shared_worked AS SELECT i FROM generate_series(1, 1000) i;
SELECT statements, blocks BETWEEN 10 AND 19 AS table_twice FROM perfkit_work_of(ARRAY['SELECT 1', 'SELECT count(*) FROM shared_worked', 'SELECT (SELECT max(i) FROM shared_worked)']);
SELECT statements, blocks > 0 AS some, rows, wal_records BETWEEN 1 AND 9 AS few_records, wal_bytes BETWEEN 40 AND 99999 AS some_wal
FROM perfkit_work_of(ARRAY['INSERT INTO shared_worked VALUES (1), (2)']);
SELECT rows, temp_blocks > 0 AS spilled, wal_records FROM perfkit_work_of(ARRAY['SELECT 1', 'SELECT i FROM generate_series(1, 600000) i ORDER BY i DESC']);
SELECT rows, temp_blocks FROM perfkit_statement_work('SELECT i FROM shared_worked WHERE i <= 7');
SELECT count(*) FROM shared_worked;
SELECT * FROM perfkit_work_of('{}');
SAVEPOINT s;

-- No such run; no number.
SELECT * FROM perfkit_run_summary(-1);
ROLLBACK TO s;
SELECT * FROM perfkit_run_verdicts(-1);
ROLLBACK TO s;
SELECT perfkit_assert_run(-1);
ROLLBACK TO s;
SELECT * FROM perfkit_run_latencies(-1);
ROLLBACK TO s;
SELECT * FROM perfkit_run_load(-1);
ROLLBACK TO s;
SELECT * FROM perfkit_run_summary(NULL);
ROLLBACK TO s;
\set VERBOSITY sqlstate
SELECT perfkit_assert_run(-1);
ROLLBACK TO s;

-- What is no run.
SELECT new_run(ARRAY['all']);
ROLLBACK TO s;
SELECT new_run(ARRAY[]::text[]);
ROLLBACK TO s;
SELECT new_run(ARRAY['a', NULL]);
ROLLBACK TO s;
SELECT new_run(ARRAY['a'], '0');
ROLLBACK TO s;

-- A log of another run, past perfkit_load_log: what has no scenario is of none, and is not all.
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us) VALUES (:run, 3, 0, now(), 1000);
SELECT scenario, latency_us, transactions FROM perfkit_run_latencies(:run) WHERE latency_us = 1000 ORDER BY scenario;
DELETE FROM perfkit_run_transactions WHERE run_id = :run AND scenario = 3;

-- Scenarios and stages count from 1, on which the distribution relies.
SAVEPOINT positions;
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at) VALUES (:run, 0, 0, now());
ROLLBACK TO positions;
INSERT INTO perfkit_run_transactions (run_id, scenario, stage, client, finished_at) VALUES (:run, 1, 0, 0, now());
ROLLBACK TO positions;

-- Deleting a run deletes its transactions, and no other's; so does TRUNCATE.
DELETE FROM perfkit_runs WHERE run_id = :run;
SELECT count(*) FILTER (WHERE run_id = :run) AS gone, count(*) > 0 AS others_stay FROM perfkit_run_transactions;
TRUNCATE perfkit_runs;
SELECT count(*) FROM perfkit_run_transactions;

ROLLBACK;

-- perfkit_run() returns a value of the table's row type, which any session can read once stored.
-- The new session's first anonymous row type has the number of one of the old session's.
INSERT INTO perfkit_runs (workload, duration, clients, scenarios) VALUES ('kept', '10 s', 4, '{a,b}') RETURNING run_id AS run \gset
CREATE TABLE kept_runs AS SELECT perfkit_run(:run) AS run;
\c -
SELECT q FROM (SELECT 'abc'::text AS aa, 2::numeric AS bb OFFSET 0) q;
SELECT (run).workload, (run).scenarios, run = (SELECT r FROM perfkit_runs r WHERE run_id = :run) AS same FROM kept_runs;
DROP TABLE kept_runs;
DELETE FROM perfkit_runs WHERE workload = 'kept';
