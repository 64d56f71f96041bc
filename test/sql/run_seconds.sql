-- Runs kept as histograms by second: they say what the transactions themselves say, to within
-- 0.1 %, and never pass or fail where those would not.
\set VERBOSITY terse
BEGIN;

-- 3000 transactions in three stages and two scenarios, with a rate, failures, skips and retries.
CREATE TEMP TABLE staged_log (client int, transaction_no bigint, latency text, script int, epoch bigint, microseconds bigint,
                              schedule_lag bigint, retries int, stage smallint);
INSERT INTO staged_log
SELECT i % 8, i, CASE WHEN i % 101 = 0 THEN 'skipped' WHEN i % 67 = 0 THEN 'deadlock' WHEN i % 97 = 0 THEN 'failed'
                      ELSE (300 * exp((i * 7919 % 3000) / 400.0::float8))::bigint::text END,
       i % 2, 1700000000 + i / 10, i, (i * 31 % 290), i % 3, 1 + i / 1000
FROM generate_series(0, 2999) i;
CREATE FUNCTION new_run() RETURNS bigint LANGUAGE sql
AS $$ INSERT INTO perfkit_runs (workload, duration, clients, scenarios, pgbench)
SELECT 'seconds', '300 s', 8, '{even,odd}', jsonb_build_object('stages', jsonb_agg(jsonb_build_object('clients', 8, 'transactions', n,
       'tps', n / 100.0, 'seconds', 100, 'rate', 10)))
FROM (SELECT count(*) AS n FROM staged_log WHERE latency < ':' COLLATE "C" GROUP BY stage) AS s RETURNING run_id $$;
SELECT new_run() AS exact \gset
SELECT new_run() AS run \gset
SELECT perfkit_load_log(:run, 'staged_log');
SELECT count(*) FROM perfkit_run_transactions WHERE run_id = :run;
SELECT count(*) AS seconds, sum(succeeded) AS succeeded, sum(failed) AS failed, sum(skipped) AS skipped, sum(retries) AS retries,
       bool_and(succeeded = perfkit_count(latencies) AND succeeded = perfkit_count(lags) AND succeeded = perfkit_count(services)) AS counted,
       min(second) = to_timestamp(1700000000) AS first, max(second) = to_timestamp(1700000299) AS last
FROM perfkit_run_seconds WHERE run_id = :run;

-- The other run has the transactions alone.
SELECT perfkit_load_log(:exact, 'staged_log', true);
DELETE FROM perfkit_run_seconds WHERE run_id = :exact;
SELECT count(*) FROM perfkit_run_transactions WHERE run_id = :exact;
SELECT * FROM perfkit_run_counts(:run) EXCEPT SELECT * FROM perfkit_run_counts(:exact);
SELECT * FROM perfkit_run_totals(:run) EXCEPT SELECT * FROM perfkit_run_totals(:exact);
SELECT scenario, stage, transactions, errors, retries FROM perfkit_run_totals(:run) ORDER BY scenario COLLATE "C", stage;
SELECT * FROM perfkit_run_load(:run) EXCEPT SELECT * FROM perfkit_run_load(:exact);

CREATE FUNCTION near(a float8, b float8) RETURNS boolean LANGUAGE sql AS $$ SELECT abs(a - b) <= 0.001 * b $$;
SELECT count(*) AS rows, bool_and((h.transactions, h.tps, h.avg_ms, h.max_ms, h.errors, h.retries)
                                  = (e.transactions, e.tps, e.avg_ms, e.max_ms, e.errors, e.retries)) AS exact,
       bool_and(near(h.p50_ms, e.p50_ms) AND near(h.p90_ms, e.p90_ms) AND near(h.p95_ms, e.p95_ms) AND near(h.p99_ms, e.p99_ms)
                AND near(h.lag_p95_ms, e.lag_p95_ms) AND near(h.service_p95_ms, e.service_p95_ms)) AS near,
       bool_and(h.p99_ms <= h.max_ms) AS in_order
FROM perfkit_run_summary(:run) h JOIN perfkit_run_summary(:exact) e ON h.scenario = e.scenario AND h.stage IS NOT DISTINCT FROM e.stage;

-- A latency's row is that of its bucket, in each part.
CREATE TEMP TABLE distributed AS
SELECT run, part, d.scenario, d.stage, d.microseconds, d.lowest_us, d.highest_us, d.transactions
FROM unnest(ARRAY[:run, :exact]) AS run, unnest('{latency,lag,service}'::text[]) AS part, perfkit_run_distribution(run, part) d
WHERE (d.scenario, d.stage) = ('odd', 2);
SELECT h.part, h.scenario, count(*) AS rows, bool_and(h.transactions = e.transactions) AS same
FROM distributed h
     LEFT JOIN LATERAL (SELECT sum(d.transactions) AS transactions FROM distributed d
                        WHERE (d.run, d.part, d.scenario, d.stage) = (:exact, h.part, h.scenario, h.stage)
                          AND (d.microseconds BETWEEN h.lowest_us AND h.highest_us
                               OR (d.microseconds IS NULL AND h.lowest_us IS NULL))) AS e ON true
WHERE h.run = :run
GROUP BY h.part, h.scenario ORDER BY h.part, h.scenario COLLATE "C";

-- The interval of each percentile encloses that of the transactions, and not by more than the
-- bucket at either end. Limits within one are not decided by the bucket.
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value)
SELECT 'seconds', scenario, metric, 1 FROM unnest('{even,odd,all}'::text[]) AS scenario,
       unnest('{p50_ms,p90_ms,p95_ms,p99_ms,avg_ms,max_ms,max_error_rate}'::text[]) AS metric;
CREATE TEMP TABLE compared AS
SELECT h.scenario, h.stage, h.metric, h.observed, h.lower, h.upper, e.observed AS exact, e.lower AS exact_lower, e.upper AS exact_upper
FROM perfkit_run_verdicts(:run) h
     JOIN perfkit_run_verdicts(:exact) e ON h.scenario = e.scenario AND h.stage IS NOT DISTINCT FROM e.stage AND h.metric = e.metric;
SELECT metric, count(*) AS rows, bool_and(near(observed, exact)) AS near, bool_and(observed = exact) AS same,
       bool_and(lower <= exact_lower AND upper >= exact_upper) AS encloses,
       bool_and(lower >= exact_lower * 0.998 AND upper <= exact_upper * 1.002) AS closely
FROM compared GROUP BY metric ORDER BY metric;
-- Between the exact end of an interval and that of its bucket, no verdict is given that may be
-- wrong; beyond it, the verdict is that of the transactions.
CREATE FUNCTION verdict(run bigint, what text, limit_ms float8) RETURNS text LANGUAGE sql AS $$
UPDATE perfkit_runs SET budgets = jsonb_build_array(jsonb_build_object('scenario', 'even', 'metric', what, 'limit_value', limit_ms)) WHERE run_id = run;
SELECT concat_ws(' ', verdict, CASE WHEN verdict = 'INCONCLUSIVE' THEN coalesce((more_transactions > 0)::text, 'never') END)
FROM perfkit_run_verdicts(run) WHERE scenario = 'even' AND metric = what AND stage IS NULL $$;
SELECT c.metric, l.place, verdict(:run, c.metric, l.limit_ms) AS by_histogram, verdict(:exact, c.metric, l.limit_ms) AS by_transactions
FROM compared c,
     LATERAL (VALUES ('below', c.lower * 0.999), ('bucket of the lower end', c.lower + 0.0005), ('lower end', c.exact_lower + 0.0005),
                     ('upper end', c.exact_upper + 0.0005), ('bucket of the upper end', c.upper), ('above', c.upper * 1.001)) AS l (place, limit_ms)
WHERE c.scenario = 'even' AND c.stage IS NULL AND c.metric = 'p95_ms' ORDER BY l.limit_ms;
SELECT verdict(:run, 'max_ms', exact) AS at_the_maximum, verdict(:run, 'max_ms', exact + 0.001) AS above
FROM compared WHERE scenario = 'even' AND stage IS NULL AND metric = 'max_ms';

-- The warm-up of a stage is stored, and counts nowhere else: 20 seconds of stage 2.
UPDATE perfkit_runs SET warmup = '[{"stage": 2, "began": 1700000099, "until": 1700000120, "seconds": 20}]' WHERE run_id IN (:run, :exact);
SELECT stage, seconds, transactions, errors, round(tps::numeric, 3) AS tps, round(tps_then::numeric, 3) AS tps_then
FROM perfkit_run_warmup(:run);
SELECT w.transactions = e.transactions AND abs(w.avg_ms - e.avg_ms) < 1e-9 AND near(w.p95_ms, e.p95_ms) AS as_the_transactions
FROM perfkit_run_warmup(:run) w,
     (SELECT count(latency_us) AS transactions, avg(latency_us)::float8 / 1000 AS avg_ms,
             percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_us) / 1000.0::float8 AS p95_ms
      FROM perfkit_run_transactions WHERE run_id = :exact AND stage = 2 AND finished_at < to_timestamp(1700000120)) AS e;
SELECT stage, seconds FROM perfkit_run_stages(:run);
SELECT stage, warmup, sum(succeeded + failed + skipped) AS tried FROM perfkit_run_counts(:run) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT * FROM perfkit_run_totals(:run) EXCEPT SELECT * FROM perfkit_run_totals(:exact);
SELECT stage, sum(transactions) AS tried FROM perfkit_run_latencies(:run) WHERE scenario = 'all' GROUP BY 1 ORDER BY 1;
SELECT stage, sum(transactions) AS tried FROM perfkit_run_latencies(:exact) WHERE scenario = 'all' GROUP BY 1 ORDER BY 1;
SELECT stage, min(second) AS first, count(DISTINCT second) AS seconds, count(DISTINCT period) AS periods
FROM perfkit_run_measured_seconds(:run) GROUP BY 1 ORDER BY 1;
SELECT stage, transactions, errors FROM perfkit_run_summary(:run) WHERE scenario = 'all' AND stage = 2;
UPDATE perfkit_runs SET warmup = NULL WHERE run_id IN (:run, :exact);
SAVEPOINT s;
UPDATE perfkit_runs SET warmup = '[{"stage": 2, "began": 5, "until": 4, "seconds": 1}]' WHERE run_id = :run;
ROLLBACK TO s;
UPDATE perfkit_runs SET warmup = '[{"stage": 2, "began": 5}]' WHERE run_id = :run;
ROLLBACK TO s;
UPDATE perfkit_runs SET warmup = '{"stage": 2}' WHERE run_id = :run;
ROLLBACK TO s;

-- Transactions that depend on each other are worth fewer: in every other block of five seconds all
-- of them are slow. The interval of independent ones would be 0.01 to either side.
SELECT w.half_width > 0.05 AS wide, w.independent BETWEEN 10 AND 600 AS worth, w.longer
FROM (SELECT array_agg(1) AS periods, array_agg(i::bigint) AS seconds, array_agg(100::float8) AS samples,
             array_agg(CASE WHEN i / 5 % 2 = 0 THEN 100 ELSE 0 END::float8) AS hits FROM generate_series(1, 100) i) AS p,
     perfkit_blocks_of_time(p.periods, p.seconds, p.samples, p.hits, p.hits) w;
-- Ten alike are worth all they have, in any order, and a second without values is none of them.
SELECT * FROM perfkit_blocks_of_time('{1,1,1,1,1,1,1,1,1,1}', '{10,1,2,3,4,5,6,7,8,9}', '{4,4,4,4,4,4,4,4,4,4}', '{1,1,1,1,1,1,1,1,1,1}', '{2,2,2,2,2,2,2,2,2,2}');
SELECT * FROM perfkit_blocks_of_time('{1,1}', '{1,1000000000000}', '{4,4}', '{1,1}', '{2,2}');
SELECT * FROM perfkit_blocks_of_time('{}', '{}', '{}', '{}', '{}');
SELECT perfkit_blocks_of_time('{1,1}', '{1}', '{4,4}', '{1,1}', '{2,2}');
ROLLBACK TO s;
SELECT perfkit_blocks_of_time('{1,NULL}', '{1,2}', '{4,4}', '{1,1}', '{2,2}');
ROLLBACK TO s;
SELECT perfkit_blocks_of_time('{1,1}', '{1,-2}', '{4,4}', '{1,1}', '{2,2}');
ROLLBACK TO s;
SELECT perfkit_blocks_of_time('{1,1}', '{1,2}', '{4,NaN}', '{1,1}', '{2,2}');
ROLLBACK TO s;
SELECT perfkit_blocks_of_time('{1,1}', '{1,2}', '{4,4}', '{1,-1}', '{2,2}');
ROLLBACK TO s;
SELECT perfkit_blocks_of_time('{1,1}', '{1,2}', '{4,4}', '{1,1}', '{2,2}', 1);
ROLLBACK TO s;

-- A log in two parts is the whole log. Transactions that are kept as well are not counted twice.
SELECT new_run() AS parts \gset
CREATE TEMP TABLE part_of_log AS SELECT * FROM staged_log WHERE transaction_no % 5 = 0;
SELECT perfkit_load_log(:parts, 'part_of_log', true);
DELETE FROM part_of_log;
INSERT INTO part_of_log SELECT * FROM staged_log WHERE transaction_no % 5 <> 0;
SELECT perfkit_load_log(:parts, 'part_of_log', false);
SELECT count(*) FROM perfkit_run_transactions WHERE run_id = :parts;
SELECT * FROM perfkit_run_summary(:parts) EXCEPT SELECT * FROM perfkit_run_summary(:run);
SELECT * FROM perfkit_run_latencies(:parts) EXCEPT SELECT * FROM perfkit_run_latencies(:run);

-- Latencies beyond the last bucket, and a log without a line.
SELECT new_run() AS slow \gset
TRUNCATE staged_log;
SELECT perfkit_load_log(:slow, 'staged_log', true);
SELECT scenario, transactions, errors FROM perfkit_run_summary(:slow) WHERE stage IS NULL;
INSERT INTO staged_log SELECT 0, i, 5000000000, 0, 1700000000 + i % 10, i, NULL::bigint, NULL::int, 1 FROM generate_series(1, 100) i;
SELECT perfkit_load_log(:slow, 'staged_log');
SELECT scenario, transactions, avg_ms, max_ms, lag_p95_ms FROM perfkit_run_summary(:slow) WHERE stage IS NULL;
UPDATE perfkit_runs SET budgets = '[{"metric": "p95_ms", "limit_value": 4500000}]' WHERE run_id = :slow;
SELECT DISTINCT metric, upper, verdict FROM perfkit_run_verdicts(:slow) WHERE scenario = 'all' AND stage IS NULL AND metric = 'p95_ms';

-- What is not a time; and no answer to whether transactions are kept.
SAVEPOINT s;
UPDATE staged_log SET schedule_lag = 6000000000;
SELECT perfkit_load_log(:slow, 'staged_log');
ROLLBACK TO s;
SELECT perfkit_load_log(:slow, 'staged_log', NULL);
ROLLBACK TO s;

-- A run's seconds go with it.
DELETE FROM perfkit_runs WHERE run_id = :run;
SELECT count(*) FILTER (WHERE run_id = :run) AS gone, count(*) > 0 AS others_stay FROM perfkit_run_seconds;
TRUNCATE perfkit_runs;
SELECT count(*) FROM perfkit_run_seconds;
ROLLBACK;
