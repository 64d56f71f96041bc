-- Comparisons of runs made by hand: every number here is computed, none measured.
\set VERBOSITY terse
SET client_min_messages = warning;
BEGIN;

-- The judge: one series as it was, one a tenth slower, one slightly slower for certain, one that
-- is too noisy, one faster, one with a gap.
CREATE VIEW judged AS
SELECT series, round(shift::numeric, 4) AS shift, round(lower::numeric, 4) AS lower, round(upper::numeric, 4) AS upper,
       round(p::numeric, 4) AS p, verdict, more_pairs AS more
FROM perfkit_paired_changes(ARRAY[
    ARRAY[0.01, -0.01, 0.02, -0.02, 0.01, -0.01, 0, 0.005], ARRAY[0.10, 0.11, 0.09, 0.12, 0.08, 0.10, 0.11, 0.09],
    ARRAY[0.02, 0.021, 0.022, 0.019, 0.018, 0.02, 0.023, 0.02], ARRAY[0.2, -0.1, 0.3, -0.2, 0.1, 0.15, -0.3, 0.05],
    ARRAY[-0.10, -0.11, -0.09, -0.12, -0.08, -0.10, -0.11, -0.09], ARRAY[0.1, 0.1, 0.1, NULL, 0.1, 0.1, 0.1, 0.1]], 0.05);
SELECT * FROM judged;

-- What too few pairs can tell: how many more it takes.
SELECT n, verdict, more_pairs, lower IS NULL AS endless
FROM unnest('{1,2,5,6}'::int[]) AS n,
     LATERAL perfkit_paired_changes(ARRAY[(SELECT array_agg(0.5 + i / 1000.0 ORDER BY i) FROM generate_series(1, n) i)::float8[]]) AS c;
SELECT count(*) FROM perfkit_paired_changes('{}');
-- Series of one sign: p is the smallest there is, for all of them together.
SELECT DISTINCT p, verdict FROM perfkit_paired_changes(ARRAY[array_fill(0.1::float8, ARRAY[6]), array_fill(0.2::float8, ARRAY[6])]);
-- More than 16: the flips are drawn.
SELECT p, verdict FROM perfkit_paired_changes(ARRAY[array_fill(0.1::float8, ARRAY[17])]);
SELECT verdict, shift IS NULL AS no_shift, more_pairs FROM perfkit_paired_changes(ARRAY[ARRAY['Infinity', 0.1, 0.1, 0.1, 0.1, 0.1]::float8[], ARRAY['NaN', 0.1, 0.1, 0.1, 0.1, 0.1]::float8[]]);
COMMIT;
SELECT * FROM perfkit_paired_changes(ARRAY[0.1, 0.2]);
SELECT * FROM perfkit_paired_changes(ARRAY[[[0.1]]]);
SELECT * FROM perfkit_paired_changes(ARRAY[array_fill(0.1::float8, ARRAY[101])]);
SELECT * FROM perfkit_paired_changes(array_fill(0.1::float8, ARRAY[5001, 1]));
SELECT * FROM perfkit_paired_changes(ARRAY[ARRAY[0.1]], 0);
SELECT * FROM perfkit_paired_changes(ARRAY[ARRAY[0.1]], 'NaN');
SELECT * FROM perfkit_paired_changes(ARRAY[ARRAY[0.1]], 'Infinity');
SELECT * FROM perfkit_paired_changes(ARRAY[ARRAY[0.1]], 0.05, 1);

-- Two samples: R's documented examples of wilcox.test.
SELECT u, round(p::numeric, 4) AS p, cliffs_delta
FROM perfkit_two_samples('{1.15,0.88,0.90,0.74,1.21}', '{0.80,0.83,1.89,1.04,1.45,1.38,1.91,1.64,0.73,1.46}');
SELECT u, round(p::numeric, 7) AS p
FROM perfkit_two_samples('{39,9,16,78,35,66,122,89,110,44,28,65,22,59,23,31,44,21,9,45,168,73,76,118,84,85}',
                         '{41,36,12,18,28,23,19,8,7,16,11,14,18,14,34,6,30,11,1,11,4,32,23,45,115,37}');
SELECT * FROM perfkit_two_samples('{}', '{1}');
SELECT * FROM perfkit_two_samples('{1,NULL}', '{1}');
SELECT * FROM perfkit_two_samples('{1}', '{NaN}');

-- Runs. Pair by pair, scenario "slow" takes a tenth longer; "same" varies a little; all have WAL.
CREATE FUNCTION new_run(side text, pair int, slow float8, changes jsonb = '{}') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    new_id bigint;
BEGIN
    INSERT INTO perfkit_runs (workload, duration, clients, scenarios, started_at, data_rows, environment, observed, work)
    SELECT r.workload, r.duration, r.clients, r.scenarios, timestamptz '2026-01-01' + pair * interval '1 minute', r.data_rows,
           r.environment, r.observed, r.work
    FROM jsonb_populate_record(NULL::perfkit_runs, jsonb_build_object(
        'workload', 'handmade', 'duration', '10 s', 'clients', 4, 'scenarios', '["slow", "same"]'::jsonb, 'data_rows', 1000,
        'environment', '{"server_version": "15.1", "settings": {"work_mem": "4MB"}, "scripts": {"slow": {"sha256": "a"}, "same": {"sha256": "b"}},
                         "client": {"cores": 2, "system": "Linux"}}'::jsonb,
        'observed', '{"wal": {"records_per_transaction": 4.0}}'::jsonb) || changes) AS r
    RETURNING run_id INTO new_id;
    INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us)
    SELECT new_id, 1, 0, now(), (10000 * slow * (1 + 0.01 * (pair % 3)) + i)::bigint FROM generate_series(1, 20) i
    UNION ALL SELECT new_id, 2, 0, now(), (5000 + 20 * ((pair * 7 + length(side)) % 5) + i)::bigint FROM generate_series(1, 20) i;
    RETURN new_id;
END
$$;
CREATE FUNCTION new_side(side text, n int, slow float8, changes jsonb = '{}') RETURNS bigint[] LANGUAGE sql AS
$$ SELECT array_agg(new_run(side, i, slow + 0.002 * ((i * 3 + length(side)) % 4), changes) ORDER BY i) FROM generate_series(1, n) i $$;
CREATE FUNCTION shown(a bigint[], b bigint[], margin float8 = 0.05, confidence float8 = 0.95)
RETURNS TABLE (scenario text, metric text, baseline numeric, value numeric, shift numeric, within boolean, verdict text, more int, cause text, note text)
LANGUAGE sql AS
$$ SELECT scenario, metric, round(baseline_value::numeric, 2), round(value::numeric, 2), round(shift::numeric, 2),
          shift BETWEEN lower AND upper, verdict, more_pairs, cause, note
   FROM perfkit_compare_runs(a, b, margin, confidence) $$;
SELECT new_side('A', 8, 1) AS a, new_side('BB', 8, 1.1) AS b, new_side('A2', 8, 1) AS same \gset
SELECT * FROM shown(:'a', :'b');
-- Pairs the other way round are better; the same is not worse.
SELECT scenario, metric, shift, verdict FROM shown(:'b', :'a') WHERE verdict = 'BETTER';
SELECT DISTINCT verdict FROM shown(:'a', :'same');
-- With a margin of 20 %, a tenth does not matter.
SELECT DISTINCT verdict FROM shown(:'a', :'b', 0.2);
-- Five pairs tell nothing, whatever they show.
SELECT DISTINCT verdict, more FROM shown((:'a'::bigint[])[1:5], (:'b'::bigint[])[1:5]);
SELECT DISTINCT verdict, more FROM shown((:'a'::bigint[])[1:6], (:'b'::bigint[])[1:6], 0.05, 0.99);

-- Exact signals and causes. Buffers decide from one run on.
SELECT new_side('A', 1, 1, '{"work": {"slow": {"transactions": 50, "blocks": 150}, "same": {"transactions": 50, "blocks": 100}}}') AS a1,
       new_side('B', 1, 1, '{"work": {"slow": {"transactions": 50, "blocks": 1500}, "same": {"transactions": 50, "blocks": 104}}}') AS b1,
       new_side('C', 1, 1, '{"work": {"slow": {"transactions": 50, "blocks": 0}}}') AS c1 \gset
SELECT scenario, metric, baseline, value, shift, verdict, cause FROM shown(:'a1', :'b1') WHERE metric = 'buffers';
SELECT scenario, metric, baseline, value, shift, verdict, cause FROM shown(:'c1', :'b1') WHERE metric = 'buffers';
SELECT scenario, metric, baseline, value, shift, verdict, cause FROM shown(:'b1', :'a1') WHERE metric = 'buffers';
\set planned '{"environment": {"plans": {"slow": ["Limit\\n  Index Scan using t_k on t"], "same": ["Seq Scan on u"]}, "indexes": ["t_k"]}, "work": {"slow": {"transactions": 50, "blocks": 150}}}'
\set dropped '{"environment": {"plans": {"slow": ["Limit\\n  Seq Scan on t"], "same": ["Seq Scan on u"]}, "indexes": ["t_pkey"]}, "work": {"slow": {"transactions": 50, "blocks": 1500}}}'
\set unread '{"environment": {"plans": {"slow": ["Limit\\n  Bitmap Heap Scan on t\\n    Bitmap Index Scan on \\"t k\\""], "same": ["Seq Scan on u"]}, "indexes": ["t_k"]}}'
\set unplanned '{"work": {"slow": {"transactions": 50, "blocks": 1500}}}'
\set with_index :planned
\set without_index :dropped
\set without_reading :unread
SELECT new_side('A', 6, 1, :'planned') AS planned, new_side('B', 6, 3, :'dropped') AS dropped, new_side('C', 6, 3, :'unread') AS unread,
       new_side('D', 6, 3, :'unplanned') AS unplanned, new_side('E', 6, 3, :'planned') AS unchanged \gset
SELECT scenario, metric, verdict, cause FROM shown(:'planned', :'dropped') WHERE verdict = 'WORSE';
SELECT DISTINCT cause FROM shown(:'planned', :'unread') WHERE scenario = 'slow';
SELECT DISTINCT cause FROM shown(:'unread', :'planned') WHERE scenario = 'slow' AND metric = 'avg_ms';
SELECT metric, cause FROM shown(:'planned', :'unplanned') WHERE scenario = 'slow';
-- Slower for no reason that is known: it says so. What did not change has no cause.
SELECT DISTINCT verdict, cause FROM shown(:'planned', :'unchanged') WHERE scenario = 'slow' AND metric <> 'buffers';
SELECT DISTINCT verdict, cause FROM shown(:'planned', :'dropped') WHERE scenario = 'same' AND metric LIKE '%ms';

-- What one sample counts of a transaction: more rows are more work, fewer are not the same result.
\set less_work '{"work": {"slow": {"transactions": 10, "blocks": 30, "rows": 20, "temp_blocks": 0, "wal_records": 10}, "same": {"transactions": 10, "blocks": 30, "rows": 20, "temp_blocks": 0, "wal_records": 1}}}'
\set more_work '{"work": {"slow": {"transactions": 10, "blocks": 30, "rows": 40, "temp_blocks": 700, "wal_records": 30}, "same": {"transactions": 10, "blocks": 30, "rows": 20, "temp_blocks": 0, "wal_records": 2}}}'
SELECT new_side('A', 2, 1, :'less_work') AS less, new_side('B', 2, 1, :'more_work') AS more \gset
SELECT scenario, metric, baseline, value, shift, verdict, more, note FROM shown(:'less', :'more') WHERE metric IN ('rows', 'buffers', 'temp_blocks', 'wal_records');
SELECT scenario, metric, baseline, value, shift, verdict, more, note FROM shown(:'more', :'less') WHERE metric IN ('rows', 'buffers', 'temp_blocks', 'wal_records');
SELECT new_side('A', 6, 1, :'less_work') AS less, new_side('B', 6, 2, :'more_work') AS more,
       new_side('C', 6, 2, jsonb_set(:'less_work', '{work,slow,temp_blocks}', '700')) AS spilled,
       new_side('D', 6, 2, jsonb_set(:'less_work', '{work,slow,wal_records}', '20')) AS logged \gset
SELECT DISTINCT c.cause FROM (VALUES (:'more'), (:'spilled'), (:'logged')) AS b (runs), shown(:'less', b.runs::bigint[]) c WHERE scenario = 'slow' AND metric = 'avg_ms';
-- Another plan that changed nothing; and one that cannot be judged, on another machine.
SELECT new_side('A', 6, 1, jsonb_build_object('work', '{"slow": {"transactions": 50, "blocks": 150}}'::jsonb) || (:'without_reading'::jsonb - 'work')) AS other_plan \gset
SELECT scenario, metric, verdict, cause FROM shown(:'planned', :'other_plan') WHERE metric = 'plan';
SELECT new_side('A', 6, 1, jsonb_set(:'without_reading', '{environment,client}', '{"cores": 99}')) AS elsewhere,
       new_side('A', 6, 1, jsonb_set(:'with_index', '{environment,client}', '{"cores": 2}')) AS here \gset
SELECT scenario, metric, verdict, cause FROM shown(:'here', :'elsewhere') WHERE metric IN ('plan', 'buffers', 'rows');
SELECT new_side('A', 6, 1, jsonb_set(:'without_index', '{environment,client}', '{"cores": 99}')) AS elsewhere \gset
SELECT DISTINCT metric, verdict, cause FROM shown(:'here', :'elsewhere') WHERE scenario = 'slow';

-- Which statement, and which of its nodes.
SELECT scenario, statement, diff, cardinality(baseline_plans) AS before, cardinality(plans) AS after
FROM perfkit_plan_changes(
    '{"environment": {"plans": {"s": ["Aggregate\n  Index Scan using k on t", "Seq Scan on u"], "t": ["Result"]}, "statements": {"s": [{"statement": "SELECT sum(i) FROM t WHERE k = ?", "plans": [0]}, {"statement": "TABLE u", "plans": [1]}, {"statement": "gone", "plans": [1]}], "t": [{"statement": "SELECT ?", "plans": [0]}]}}}',
    '{"environment": {"plans": {"s": ["Aggregate\n  Gather\n    Seq Scan on t", "Seq Scan on u", "Sort\n  Seq Scan on t"], "t": ["Result"]}, "statements": {"s": [{"statement": "SELECT sum(i) FROM t WHERE k = ?", "plans": [0, 2]}, {"statement": "TABLE u", "plans": [1]}], "t": [{"statement": "SELECT ?", "plans": [0]}]}}}') c;
SELECT count(*) FROM perfkit_plan_changes('{}', '{"environment": {"statements": {"s": 7}, "plans": []}}');
SELECT count(*) FROM perfkit_plan_changes('{"environment": {"statements": 7}}', NULL);
SELECT count(*) FROM perfkit_plan_changes('{"environment": {"statements": {"s": [7, {"plans": 8}, {"statement": "x", "plans": ["y", 99]}]}}}', '{"environment": {"statements": {"s": [{"statement": "x", "plans": []}]}}}');
SELECT perfkit_diff_of_shapes('', 'x'), perfkit_diff_of_shapes('same', 'same'), perfkit_diff_of_shapes(NULL, 'x') IS NULL AS none;
SELECT length(perfkit_diff_of_shapes(repeat(E'a\n', 200), repeat(E'b\n', 200)));

-- What sessions did. Samples of a transaction of "slow": 400 looks, 2 transactions a second.
CREATE FUNCTION spent(events jsonb, running int, cpu float8 = NULL) RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_build_object('observed', jsonb_build_object('wait_looks', 400, 'wait_samples', 999, 'waits', events,
          'running', jsonb_build_array(jsonb_build_object('scenario', 'slow', 'samples', running), jsonb_build_object('samples', 5)),
          'cpu', jsonb_build_object('seconds', cpu, 'of_seconds', 10))) $$;
SELECT new_side('A', 6, 1, spent('[]', 8, 0.04)) AS idle,
       new_side('B', 6, 3, spent('[{"event_type": "Lock", "event": "transactionid", "scenario": "slow", "samples": 16}, {"event_type": "IO", "event": "DataFileRead", "samples": 300}]', 8, 0.04)) AS waiting,
       new_side('C', 6, 3, spent('[]', 24, 0.5)) AS working,
       new_side('D', 6, 3, spent('[{"event_type": "Lock", "event": "tuple", "scenario": "slow", "samples": 1}]', 9, 0.04)) AS unseen \gset
SELECT t.* FROM perfkit_time_of_sessions(perfkit_run_result((:'waiting'::bigint[])[1]), 'slow') t ORDER BY 1;
SELECT what, round(ms::numeric, 2) AS ms FROM perfkit_time_of_sessions(perfkit_run_result((:'working'::bigint[])[1]), 'all') ORDER BY 1;
SELECT c.scenario, c.cause FROM (VALUES (1, :'waiting'), (2, :'working'), (3, :'unseen')) AS b (place, runs), shown(:'idle', b.runs::bigint[]) c
WHERE metric = 'avg_ms' AND verdict = 'WORSE' ORDER BY place, scenario;
SELECT DISTINCT c.verdict, c.cause FROM shown(:'waiting', :'idle') c WHERE metric = 'avg_ms' AND scenario = 'slow';
-- Fewer pairs prove nothing.
SELECT perfkit_change_of_time(jsonb_agg(perfkit_run_result((:'idle'::bigint[])[i])), jsonb_agg(perfkit_run_result((:'waiting'::bigint[])[i])), 'slow', 20)
FROM (VALUES (1, 5), (1, 6)) AS v (first, last), generate_series(first, last) i GROUP BY last ORDER BY last;
DROP FUNCTION spent;

-- Failures: latencies leave them out, so they are a metric of their own.
BEGIN;
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, failure)
SELECT r, 1, 0, now(), 'failed' FROM unnest(:'same'::bigint[]) r, generate_series(1, 5);
SELECT scenario, metric, value, verdict, note FROM shown(:'a', :'same') WHERE metric = 'error_rate' OR scenario = 'slow';
SELECT scenario, metric, verdict, more FROM shown((:'a'::bigint[])[1:2], (:'same'::bigint[])[1:2]) WHERE metric = 'error_rate';
-- A scenario that one run never ran.
DELETE FROM perfkit_run_transactions WHERE run_id = (:'a'::bigint[])[3] AND scenario = 2;
SELECT scenario, metric, verdict, more, note FROM shown(:'a', :'b') WHERE scenario = 'same';
ROLLBACK;

-- What else differs is told.
SELECT new_side('B', 8, 1, '{"data_rows": 2000, "environment": {"server_version": "16.0", "settings": {"work_mem": "8MB", "jit": "off"}, "scripts": {"slow": {"sha256": "c"}, "same": {"sha256": "b"}}}}') AS s1 \gset
SELECT DISTINCT note FROM shown(:'a', :'s1'::bigint[]);
SELECT new_side('B', 8, 1, '{"environment": {"client": {"cores": 4, "system": "Linux"}}}') AS s2 \gset
SELECT DISTINCT verdict, note FROM shown(:'a', :'s2'::bigint[]) WHERE metric <> 'wal_records';
SELECT new_run('A', 1, 1) AS s3, new_run('A', 2, 1) AS s4, new_run('B', 3, 1) AS s5, new_run('B', 4, 1) AS s6 \gset
SELECT DISTINCT note FROM shown(ARRAY[:'s3'::bigint, :'s4'::bigint], ARRAY[:'s5'::bigint, :'s6'::bigint]);

-- A load that reads has no WAL to compare.
SELECT new_side('B', 8, 1, '{"observed": {"wal": {"records_per_transaction": 0.01}}}') AS s7 \gset
SELECT count(*) FROM shown(:'a', :'s7'::bigint[]) WHERE metric = 'wal_records';
SELECT new_side('A', 8, 1, '{"observed": {"wal": {"records_per_transaction": 0.01}}}') AS s8 \gset
SELECT count(*) FROM shown(:'s8'::bigint[], :'a') WHERE metric = 'wal_records';

-- What cannot be compared.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT * FROM perfkit_compare_runs(:'a', (:'b'::bigint[])[1:7]);
SELECT * FROM perfkit_compare_runs('{}', '{}');
SELECT * FROM perfkit_compare_runs(NULL, :'b');
SELECT new_side('B', 8, 1, '{"workload": "other"}') AS s9 \gset
SELECT * FROM perfkit_compare_runs(:'a', :'s9'::bigint[]);
SELECT new_side('B', 8, 1, '{"scenarios": ["slow", "other"]}') AS s10 \gset
SELECT * FROM perfkit_compare_runs(:'a', :'s10'::bigint[]);
SELECT new_side('A', 1, 1) AS s11, new_side('A', 1, 1, '{"environment": {"scripts": {"slow": {"sha256": "c"}}}}') AS s12 \gset
SELECT * FROM perfkit_compare_runs(:'s11'::bigint[] || :'s12'::bigint[], (:'b'::bigint[])[1:2]);
SELECT * FROM perfkit_compare_runs(:'a', :'b', -1);
SELECT * FROM perfkit_compare_runs(:'a', :'b', 'Infinity');
SELECT * FROM perfkit_compare_runs(:'a', :'b', 'NaN');
SELECT * FROM perfkit_compare_runs(:'a', :'b', 0.05, 0.9999);
SELECT * FROM perfkit_compare_results('{}', '[]');
SELECT * FROM perfkit_compare_results('[1]', '[{"workload": "x", "summary": []}]');
SELECT * FROM perfkit_compare_results('[{"workload": "x", "summary": [{"scenario": "s"}, {"scenario": "s"}]}]', '[{"workload": "x", "summary": []}]');
\set VERBOSITY sqlstate
SELECT * FROM perfkit_compare_runs(:'a', :'a');
SELECT * FROM perfkit_compare_runs('{-1}', '{-2}');
SELECT * FROM perfkit_compare_runs('{NULL}', '{NULL}');
SELECT * FROM perfkit_compare_runs(:'a', :'b', NULL);
-- Runs of other stages are another load.
SELECT * FROM perfkit_compare_results('[{"workload": "x", "summary": [], "pgbench": {"stages": [{"clients": 4, "seconds": 10, "rate": null}]}}]',
                                      '[{"workload": "x", "summary": [], "pgbench": {"stages": [{"clients": 5, "seconds": 10, "rate": null}]}}]');
SELECT * FROM perfkit_compare_results('[{"workload": "x", "summary": []}]', '[{"workload": "x", "summary": []}]');
SELECT count(*) FROM perfkit_compare_results('[{"workload": "x", "summary": [{"scenario": "s", "p50_ms": 1}]}]',
                                             '[{"workload": "x", "summary": [{"scenario": "s", "p50_ms": 1}], "environment": 7}]');
-- Cancel ends it, long before it is done.
SET statement_timeout = '100ms';
SELECT pg_catalog.now() AS before \gset
SELECT count(*) FROM perfkit_paired_changes((SELECT array_agg(s.pairs) FROM (SELECT array_agg(sin(j * i)) AS pairs FROM generate_series(1, 100) i, generate_series(1, 1500) j GROUP BY j) s));
RESET statement_timeout;
SELECT pg_catalog.now() < :'before'::timestamptz + interval '5 s' AS at_once;
DROP FUNCTION shown, new_side, new_run;
DROP VIEW judged;
DELETE FROM perfkit_runs;
