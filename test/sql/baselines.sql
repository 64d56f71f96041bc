-- Baselines: set, forgotten, lost; and what a single run tells when it is compared with one. Every
-- number here is made by hand.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
-- Numbers that are the same wherever this runs.
CREATE TEMP SEQUENCE numbers START 900001;
CREATE FUNCTION new_run(workload text, changes jsonb = '{}') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    new_id bigint;
    failed int := coalesce((changes ->> 'failed')::int, 0);
BEGIN
    INSERT INTO perfkit_runs (run_id, workload, duration, clients, scenarios, started_at, data_rows, environment, work, observed)
    OVERRIDING SYSTEM VALUE
    SELECT nextval('numbers'), r.workload, '30 s', 4, '{read,write}', '2026-01-01', r.data_rows, r.environment, r.work, r.observed
    FROM jsonb_populate_record(NULL::perfkit_runs, jsonb_build_object('workload', workload, 'data_rows', 1000,
        'environment', '{"client": {"cores": 2, "system": "Linux"}, "settings": {}, "scripts": {"read": {"sha256": "a"}, "write": {"sha256": "b"}}}'::jsonb,
        'observed', '{"wal": {"records_per_transaction": 4.0}}'::jsonb,
        'work', '{"read": {"transactions": 50, "statements": 50, "blocks": 500},
                  "write": {"transactions": 50, "statements": 100, "blocks": 100, "rows": 50}}'::jsonb) || changes) AS r
    RETURNING run_id INTO new_id;
    INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us, failure)
    SELECT new_id, 1 + i % 2, 0, '2026-01-01', CASE WHEN i > failed THEN 1000 + i END, CASE WHEN i <= failed THEN 'failed' END
    FROM generate_series(1, 4000) i;
    RETURN new_id;
END
$$;
CREATE FUNCTION shown(run_id bigint, baseline text = 'default', margin float8 = 0.05)
RETURNS TABLE (scenario text, metric text, base numeric, value numeric, shift numeric, lower numeric, upper numeric, verdict text, cause text, note text)
LANGUAGE sql AS $$
SELECT scenario, metric, round(baseline_value::numeric, 4), round(value::numeric, 4), round(shift::numeric, 3), round(lower::numeric, 3),
       round(upper::numeric, 3), verdict, cause, note
FROM perfkit_compare_with_baseline(run_id, baseline, margin) WHERE verdict <> 'NOT JUDGED' $$;

-- What can be a baseline.
SELECT new_run('shop') AS a, new_run('shop', '{"work": {"read": {"transactions": 50, "statements": 50, "blocks": 510}, "write": {"transactions": 50, "blocks": 100, "rows": 50}}}') AS b,
       new_run('other') AS c, new_run('shop', '{"data_rows": 5}') AS d,
       new_run('shop', '{"environment": {"client": {"cores": 4, "system": "Linux"}, "settings": {}, "scripts": {"read": {"sha256": "a"}, "write": {"sha256": "b"}}}}') AS e \gset
SELECT perfkit_set_baseline(ARRAY[:a, :b]);
SELECT perfkit_set_baseline(ARRAY[:c]);
SELECT perfkit_set_baseline(ARRAY[:b], 'it''s "mine"');
SELECT perfkit_set_baseline(ARRAY[:a, :c]);
SELECT perfkit_set_baseline(ARRAY[:a, :d]);
SELECT perfkit_set_baseline(ARRAY[:a, :e]);
SELECT perfkit_set_baseline(ARRAY[:a, :a]);
SELECT perfkit_set_baseline('{}');
SELECT perfkit_set_baseline('{-5}');
SELECT perfkit_set_baseline(ARRAY[:a], '');
SELECT perfkit_set_baseline(ARRAY[:a], E'a\nb');
SELECT perfkit_set_baseline(ARRAY[:a], NULL);
SELECT perfkit_set_baseline(NULL);
SELECT perfkit_set_baseline('{NULL}');
SELECT baseline, workload, run_id IN (:a, :b, :c) AS ours, set_at IS NOT NULL AS set FROM perfkit_baselines ORDER BY 1, 2, run_id;
SELECT perfkit_baseline_runs('shop') = ARRAY[:a, :b]::bigint[] AS both, perfkit_baseline_runs('shop', 'it''s "mine"') = ARRAY[:b]::bigint[] AS one;
-- Set again, it is replaced.
SELECT perfkit_set_baseline(ARRAY[:b], 'again'), perfkit_set_baseline(ARRAY[:a], 'again');
SELECT perfkit_baseline_runs('shop', 'again') = ARRAY[:a]::bigint[] AS replaced;
SELECT perfkit_forget_baseline('again', 'other');
SELECT perfkit_forget_baseline('again');
SELECT perfkit_forget_baseline('again');
SELECT perfkit_forget_baseline(NULL);
SELECT perfkit_baseline_runs('shop', 'again');
SELECT perfkit_baseline_runs('nonesuch', 'again');
SELECT perfkit_baseline_runs(NULL);

-- The same again; times are not judged.
SELECT new_run('shop') AS same \gset
SELECT * FROM shown(:same);
SELECT scenario, metric, round(baseline_value::numeric, 3) AS base, round(value::numeric, 3) AS value, round(shift::numeric, 3) AS shift, verdict, note
FROM perfkit_compare_with_baseline(:same) WHERE verdict = 'NOT JUDGED';
-- One run decides on work: more than each of the baseline's is worse, less is better, between is
-- neither.
SELECT new_run('shop', '{"work": {"read": {"transactions": 50, "blocks": 540}, "write": {"transactions": 50, "blocks": 50, "rows": 200}}}') AS more \gset
SELECT * FROM shown(:more);
SELECT scenario, metric, verdict FROM shown(:more, margin => 10);
-- What was not counted, or counted for other data or parameters, tells nothing.
SELECT new_run('shop', '{"work": {"read": {"transactions": 50, "blocks": 540}}}') AS half, new_run('shop', '{"data_rows": 2000}') AS large,
       new_run('shop', '{"environment": {"sample_seed": 3, "client": {"cores": 2, "system": "Linux"}, "settings": {}, "scripts": {"read": {"sha256": "a"}, "write": {"sha256": "b"}}}}') AS seeded,
       new_run('shop', '{"work": null}') AS bare \gset
SELECT scenario, metric, value, verdict, note FROM shown(:half);
SELECT scenario, metric, verdict, note FROM shown(:large);
SELECT scenario, metric, verdict, note FROM shown(:seeded);
SELECT scenario, metric, verdict, note FROM shown(:bare);
-- Work compares between machines, and versions and settings are told.
SELECT new_run('shop', '{"environment": {"server_version": "16.1", "client": {"cores": 64, "system": "Linux"}, "settings": {"work_mem": "8MB"}, "scripts": {"read": {"sha256": "a"}, "write": {"sha256": "b"}}}}') AS elsewhere \gset
SELECT scenario, metric, verdict, note FROM shown(:elsewhere);
SELECT DISTINCT note FROM perfkit_compare_with_baseline(:elsewhere) WHERE metric = 'p95_ms';
-- Changed plans are the cause.
\set planned '{"environment": {"plans": {"read": ["Index Scan using t_k on t"]}, "indexes": ["t_k"]}}'
\set dropped '{"environment": {"plans": {"read": ["Seq Scan on t"]}, "indexes": []}, "work": {"read": {"transactions": 50, "blocks": 5000}}}'
SELECT new_run('planned', :'planned') AS planned, new_run('planned', :'dropped') AS dropped \gset
SELECT perfkit_set_baseline(ARRAY[:planned]);
SELECT scenario, metric, verdict, cause FROM shown(:dropped);
-- Failures: some more tell nothing, many more do; where none failed before, few do not.
SELECT new_run('failing', '{"failed": 40}') AS f1, new_run('failing', '{"failed": 60}') AS f2, new_run('failing', '{"failed": 70}') AS f3, new_run('failing', '{"failed": 120}') AS f4,
       new_run('failing', '{"failed": 200}') AS f5, new_run('shop', '{"failed": 2}') AS f6, new_run('shop', '{"failed": 40}') AS f7, new_run('failing') AS f0 \gset
SELECT perfkit_set_baseline(ARRAY[:f1, :f2]);
SELECT r.failed, s.scenario, s.base, s.value, s.verdict
FROM (VALUES (0, :f0), (70, :f3), (120, :f4), (200, :f5)) AS r (failed, run_id), shown(r.run_id) s WHERE s.metric = 'error_rate' ORDER BY 1, 2;
SELECT r.failed, s.scenario, s.base, s.value, s.verdict
FROM (VALUES (2, :f6), (40, :f7)) AS r (failed, run_id), shown(r.run_id) s WHERE s.metric = 'error_rate' ORDER BY 1, 2;

-- What cannot be compared.
SELECT perfkit_compare_with_baseline(:a);
SELECT perfkit_compare_with_baseline(:same, 'nonesuch');
SELECT perfkit_compare_with_baseline(-1);
SELECT perfkit_compare_with_baseline(:same, margin => 0);
SELECT perfkit_compare_with_baseline(NULL);
UPDATE perfkit_runs SET pgbench = '{"stages": [{"clients": 9, "seconds": 5}]}' WHERE run_id = :half;
UPDATE perfkit_runs SET pgbench = '{"stages": [{"clients": 4, "seconds": 5}]}' WHERE run_id IN (:a, :b);
SELECT perfkit_compare_with_baseline(:half);
-- A run of the baseline is deleted: an error, until it is set again.
DELETE FROM perfkit_runs WHERE run_id = :a;
SELECT perfkit_compare_with_baseline(:same);
SELECT perfkit_set_baseline(ARRAY[:b]);
SELECT count(*) FROM shown(:same);
DROP FUNCTION shown, new_run;
DELETE FROM perfkit_runs;
DELETE FROM perfkit_baselines;
