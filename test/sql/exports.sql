-- Runs exported and imported: nothing changes on the way, and what is not an export is refused
-- without a trace.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET timezone = 'Asia/Kathmandu';
CREATE TEMP TABLE staged_log (client int, transaction_no bigint, latency text, script int, epoch bigint, microseconds bigint,
                              schedule_lag bigint, retries int, stage smallint);
INSERT INTO staged_log
SELECT i % 8, i, CASE WHEN i % 101 = 0 THEN 'skipped' WHEN i % 67 = 0 THEN 'deadlock' ELSE (300 * exp((i * 7919 % 3000) / 400.0::float8))::bigint::text END,
       i % 2, 1700000000 + i / 100, i, (i * 31 % 290), i % 3, 1 + i / 1000
FROM generate_series(0, 2999) i;
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value) VALUES ('exported', 'even', 'p95_ms', 100.1), ('exported', 'all', 'max_error_rate', 0.5);
INSERT INTO perfkit_runs (workload, label, started_at, duration, clients, data_rows, scenarios, environment, pgbench, index_checks, observed, budgets, work)
SELECT 'exported', E'a <b>&amp;\u00e9 "label"\twith \\ everything', '2026-03-29 02:30:00.123456+02', '30.000001 s', 8, 1000, '{even,"o,d\"d"}',
       '{"server_version": "15.1", "nothing": null, "number": 1.50}',
       jsonb_build_object('stages', (SELECT jsonb_agg(jsonb_build_object('clients', 8, 'transactions', n, 'tps', n / 10.0, 'seconds', 10, 'rate', 10))
                                     FROM (SELECT count(*) AS n FROM staged_log WHERE latency < ':' COLLATE "C" GROUP BY stage) AS s)),
       '[{"check_name": "c", "verdict": "PASS"}]', '{"deadlocks": 0}',
       '[{"metric": "p50_ms", "limit_value": 0.1}, {"scenario": "even", "metric": "avg_ms", "limit_value": 1e6}]', '{"even": {"transactions": 50, "blocks": 9}}'
RETURNING run_id AS run \gset
SELECT perfkit_load_log(:run, 'staged_log');
INSERT INTO perfkit_run_invariants VALUES (:run, 'it is true', true, NULL), (:run, 'it is "false"', false, E'two\nlines');
CREATE TEMP TABLE export AS SELECT perfkit_export_run(:run) AS document;
SELECT k.part, jsonb_typeof(document -> k.part) AS type FROM export, jsonb_object_keys(document) AS k (part) ORDER BY k.part COLLATE "C";
SELECT jsonb_array_length(document -> 'seconds') AS seconds, document -> 'version' AS version, document #>> '{run,started_at}' AS started_at,
       document #>> '{run,duration}' AS duration, document -> 'budgets' AS budgets FROM export;

-- Here it is there already, also under another label.
UPDATE perfkit_runs SET label = 'renamed' WHERE run_id = :run;
SELECT perfkit_import_run(document) = :run AS known FROM export;
UPDATE perfkit_runs SET label = (SELECT document #>> '{run,label}' FROM export) WHERE run_id = :run;

-- Elsewhere: the original is taken away, with its budgets, and the copy says the same.
CREATE VIEW facts AS
SELECT r.run_id, to_jsonb(r) - 'run_id' - 'budgets' AS run,
       (SELECT jsonb_agg(to_jsonb(s)) FROM perfkit_run_summary(r.run_id) s) AS summary, (SELECT jsonb_agg(to_jsonb(v)) FROM perfkit_run_verdicts(r.run_id) v) AS verdicts,
       (SELECT to_jsonb(v) FROM perfkit_run_verdict(r.run_id) v) AS verdict, (SELECT jsonb_agg(to_jsonb(l)) FROM perfkit_run_load(r.run_id) l) AS load,
       (SELECT jsonb_agg(to_jsonb(i) - 'run_id' ORDER BY invariant) FROM perfkit_run_invariants i WHERE i.run_id = r.run_id) AS invariants,
       perfkit_run_result(r.run_id) - 'run_id' AS result, perfkit_export_run(r.run_id) AS export
FROM perfkit_runs r WHERE workload = 'exported';
CREATE TEMP TABLE original AS SELECT * FROM facts;
SELECT jsonb_array_length(verdicts) > 2 AS judged, verdict ->> 'verdict' AS verdict FROM original;
DELETE FROM perfkit_runs WHERE run_id = :run;
DELETE FROM perfkit_budgets WHERE workload = 'exported';
SELECT perfkit_import_run(document) AS copy FROM export \gset
SELECT :copy > :run AS new_number, perfkit_import_run(document) = :copy AS once FROM export;
SELECT o.run = f.run AS run, o.summary = f.summary AS summary, o.verdicts = f.verdicts AS verdicts, o.verdict = f.verdict AS verdict, o.load = f.load AS load,
       o.invariants = f.invariants AS invariants, o.result = f.result AS result, o.export = f.export AS export
FROM original o, facts f;
-- Whatever the session's settings are.
SET timezone = 'America/New_York';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SET extra_float_digits = -5;
SELECT perfkit_export_run(:copy) = document AS same, perfkit_import_run(document) = :copy AS known FROM export;
RESET datestyle;
RESET intervalstyle;
RESET extra_float_digits;
-- A log that was loaded in two parts adds up; a run stored by hand is counted.
SELECT perfkit_load_log(:copy, 'staged_log');
SELECT sum((s ->> 'succeeded')::bigint) AS succeeded, count(*) = count(DISTINCT (s -> 'second', s -> 'stage', s -> 'scenario')) AS merged
FROM jsonb_array_elements(perfkit_export_run(:copy) -> 'seconds') AS s;
INSERT INTO perfkit_runs (workload, duration, clients, scenarios) VALUES ('by hand', '10 s', 1, '{one}') RETURNING run_id AS hand \gset
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us, failure)
SELECT :hand, 1, 0, '2026-01-01 00:00:00.5Z', CASE i WHEN 3 THEN NULL ELSE 100 * i END, CASE i WHEN 3 THEN 'failed' END FROM generate_series(1, 4) i;
SELECT perfkit_export_run(:hand) -> 'seconds' AS seconds;
CREATE TEMP TABLE by_hand AS SELECT perfkit_export_run(:hand) AS document;
DELETE FROM perfkit_runs WHERE run_id = :hand;
SELECT perfkit_import_run(document) AS hand FROM by_hand \gset
SELECT scenario, transactions, tps, avg_ms, p50_ms, max_ms, errors FROM perfkit_run_summary(:hand);
SELECT perfkit_export_run(-1);
SELECT perfkit_export_run(NULL);

-- What is not an export, is one of another version, or was damaged.
CREATE FUNCTION refused(document jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    d text;
    h text;
BEGIN
    RETURN 'run ' || perfkit_import_run(document);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, d, h);
END
$$;
DELETE FROM perfkit_runs;
SELECT count(*) AS runs FROM perfkit_runs \gset
SELECT refused(v.document) FROM (VALUES
    (NULL::jsonb), ('null'), ('7'), ('"perfkit run"'), ('[]'), ('{}'), ('{"format": "pgbench"}'), ('{"format": "perfkit run"}'),
    ('{"format": "perfkit run", "version": "1"}'), ('{"format": "perfkit run", "version": 0}'), ('{"format": "perfkit run", "version": 2}'),
    ('{"format": "perfkit run", "version": 1}'), ('{"run_id": 1, "workload": "w", "summary": []}')) AS v (document);
\pset format unaligned
SELECT c.name, refused(c.document)
FROM export, LATERAL (VALUES
    (1, 'unknown member', document || '{"more": 1}'), (2, 'run is no object', jsonb_set(document, '{run}', '[]')), (3, 'no seconds', document - 'seconds'),
    (4, 'no workload', document #- '{run,workload}'), (5, 'workload is a number', jsonb_set(document, '{run,workload}', '5')),
    (6, 'clients below 0', jsonb_set(document, '{run,clients}', '-1')), (7, 'no clients', jsonb_set(document, '{run,clients}', '0')),
    (8, 'a fraction of a client', jsonb_set(document, '{run,clients}', '1.5')), (9, 'no such time', jsonb_set(document, '{run,started_at}', '"yesterday, at noonish"')),
    (10, 'another way to write it', jsonb_set(document, '{run,started_at}', '"2026-03-29 00:30:00.123456Z"')),
    (11, 'no duration', jsonb_set(document, '{run,duration}', '"PT0S"')), (12, 'scenarios are no texts', jsonb_set(document, '{run,scenarios}', '[1, 2]')),
    (13, 'no scenarios', jsonb_set(document, '{run,scenarios}', '[]')), (14, 'a scenario all', jsonb_set(document, '{run,scenarios}', '["all", "o"]')),
    (15, 'a column of the table that is not exported', jsonb_set(document, '{run,run_id}', '1')), (16, 'no such column', jsonb_set(document, '{run,colour}', '"red"')),
    (17, 'a budget of an unknown metric', jsonb_set(document, '{budgets,0,metric}', '"p42_ms"')), (18, 'a budget out of range', jsonb_set(document, '{budgets,0,limit_value}', '-3')),
    (19, 'an invariant without a name', document #- '{invariants,0,invariant}'), (20, 'invariants twice', jsonb_set(document, '{invariants,1}', document #> '{invariants,0}')),
    (21, 'a second that is a text', jsonb_set(document, '{seconds,0}', '"x"')), (22, 'scenario 3 of 2', jsonb_set(document, '{seconds,4,scenario}', '3')),
    (23, 'scenario 0', jsonb_set(document, '{seconds,4,scenario}', '0')), (24, 'stage 99999', jsonb_set(document, '{seconds,4,stage}', '99999')),
    (25, 'second out of range', jsonb_set(document, '{seconds,4,second}', '1e18')), (26, 'a negative count', jsonb_set(document, '{seconds,4,failed}', '-1')),
    (27, 'a huge count', jsonb_set(document, '{seconds,4,failed}', '1e30')), (28, 'a text for a count', jsonb_set(document, '{seconds,4,failed}', '"1"')),
    (29, 'a histogram that is none', jsonb_set(document, '{seconds,4,latencies}', '"{1:"')), (30, 'another histogram', jsonb_set(document, '{seconds,4,latencies}', '"{100:3}"')),
    (31, 'too many lags', jsonb_set(document, '{seconds,4,lags}', '"{1025:100}"')),
    (32, 'no histogram', document #- '{seconds,4,latencies}'), (33, 'a second twice', jsonb_insert(document, '{seconds,0}', document #> '{seconds,0}')),
    (34, 'a report that cannot be read', jsonb_set(document, '{run,pgbench,stages,0,clients}', '"many"'))) AS c (place, name, document)
ORDER BY c.place;
\pset format aligned
SELECT count(*) - :runs AS stored FROM perfkit_runs;
SELECT count(*) AS left_over FROM perfkit_run_seconds s WHERE NOT EXISTS (SELECT FROM perfkit_runs r WHERE r.run_id = s.run_id);
DROP VIEW facts;
DROP FUNCTION refused;
DELETE FROM perfkit_runs;
