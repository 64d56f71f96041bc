-- History: runs whose truth is known, in order of time.
\set SHOW_CONTEXT never
SET client_min_messages = warning;

-- The series alone.
CREATE VIEW steps AS SELECT c.* FROM perfkit_change_points(
    (SELECT array_agg(0.004 * (i * 7 % 11) + CASE WHEN i > 15 THEN 0.3 ELSE 0 END - CASE WHEN i > 27 THEN 0.2 ELSE 0 END ORDER BY i) FROM generate_series(1, 36) i)) AS c;
SELECT position, segment, round(change::numeric, 2) AS change, p, creep FROM steps WHERE change_point;
SELECT segment, count(*), count(change) AS changes FROM steps GROUP BY 1 ORDER BY 1;
SELECT count(*) FILTER (WHERE change_point) AS changes, bool_and(creep) AS creep, round(min(slope)::numeric, 3) AS slope,
       bool_and(slope_lower < 0.01 AND slope_upper > 0.01) AS within
FROM perfkit_change_points((SELECT array_agg(0.004 * (i * 7 % 11) + 0.01 * i ORDER BY i) FROM generate_series(1, 30) i));
SELECT count(*) AS rows, count(slope) AS slopes FROM perfkit_change_points('{1,2,3,4,5,6,7,8,9}');
SELECT count(*) FROM perfkit_change_points('{}');
SELECT perfkit_change_points(NULL);
SELECT perfkit_change_points('{1,NULL}');
SELECT perfkit_change_points('{1,Infinity}');
SELECT perfkit_change_points('{{1},{2}}');
SELECT perfkit_change_points(array_fill(1::float8, ARRAY[1001]));
SELECT perfkit_change_points('{1}', 0);
SELECT perfkit_change_points('{1}', 'NaN');
SELECT perfkit_change_points('{1}', 0.05, 0.995);
SELECT perfkit_change_points('{1}', 0.05, NULL);

-- Runs: 24 of one kind, of which the last nine take a quarter longer; in between, three of another.
INSERT INTO perfkit_runs (workload, label, duration, clients, scenarios, started_at, data_rows, environment, budgets, work)
SELECT 'old', 'run ' || i, '10 s', 4, '{a,b}', timestamptz '2026-01-01' + i * interval '1 day', CASE WHEN i IN (5, 10, 15) THEN 2000 ELSE 1000 END,
       jsonb_build_object('settings', jsonb_build_object('work_mem', i)), '[{"metric": "p95_ms", "limit_value": 1000}]',
       jsonb_build_object('a', jsonb_build_object('transactions', 50, 'blocks', CASE WHEN i >= 16 THEN 400 ELSE 200 END))
FROM generate_series(1, 24) i;
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us)
SELECT r.run_id, s, 0, r.started_at, s * 1000 + (extract(day FROM r.started_at)::int * 7 % 11) * 5 + CASE WHEN r.started_at >= '2026-01-17' AND s = 2 THEN 500 ELSE 0 END + t
FROM perfkit_runs r, generate_series(1, 2) s, generate_series(1, 20) t;
SELECT label, round(value::numeric, 2) AS value, segment, change_point, round(change::numeric, 2) AS change, p, creep, series, note
FROM perfkit_history('old', 'b') ORDER BY series, started_at;
SELECT label, round(change::numeric, 2) AS change FROM perfkit_history('old', 'a', 'buffers') WHERE change_point;
SELECT count(*) FILTER (WHERE change_point) AS changes FROM perfkit_history('old', 'a');
SELECT count(*) AS rows, count(value) AS values, count(lower) AS lower FROM perfkit_history('old', intervals => true);
SELECT m.metric, count(h.value) FROM unnest('{avg_ms,p50_ms,p90_ms,p95_ms,p99_ms,max_ms,tps}'::text[]) AS m (metric), perfkit_history('old', metric => m.metric) h GROUP BY 1 ORDER BY m.metric COLLATE "C";
-- The latest of them; a margin that is larger than the change.
SELECT min(label) AS first, count(*) AS rows, bool_or(change_point) AS changed, max(note) AS note FROM perfkit_history('old', 'b', most_runs => 6);
SELECT bool_or(change_point) AS changed FROM perfkit_history('old', 'b', margin => 0.5);
-- A run without transactions has no value, and is passed over.
DELETE FROM perfkit_run_transactions WHERE run_id = (SELECT run_id FROM perfkit_runs WHERE label = 'run 3');
SELECT label, value, segment, change_point, note FROM perfkit_history('old', 'b') WHERE label = 'run 3' OR change_point ORDER BY label;
-- Creep.
INSERT INTO perfkit_runs (workload, label, duration, clients, scenarios, started_at)
SELECT 'creeping', 'run ' || i, '10 s', 4, '{a}', timestamptz '2026-01-01' + i * interval '1 day' FROM generate_series(1, 30) i;
INSERT INTO perfkit_run_transactions (run_id, scenario, client, finished_at, latency_us)
SELECT r.run_id, 1, 0, r.started_at, (10000 * 1.01 ^ extract(day FROM r.started_at)::int)::int + (extract(day FROM r.started_at)::int * 7 % 11) * 20 + t
FROM perfkit_runs r, generate_series(1, 20) t WHERE r.workload = 'creeping';
SELECT count(*) AS runs, bool_or(change_point) AS changed, round(min(creep)::numeric, 3) AS creep, bool_and(creep_lower <= 0.01 AND creep_upper >= 0.01) AS within
FROM perfkit_history('creeping');
-- What there is not.
SELECT count(*) FROM perfkit_history('nonesuch');
SELECT count(*) FROM perfkit_history('old', 'nonesuch');
SELECT * FROM perfkit_history('old', metric => 'p42_ms');
SELECT * FROM perfkit_history('old', most_runs => 0);
SELECT * FROM perfkit_history('old', margin => 0);
SELECT * FROM perfkit_history('old', confidence => 2);
SELECT * FROM perfkit_history(NULL);
SELECT * FROM perfkit_history('old', NULL);
DROP VIEW steps;
DELETE FROM perfkit_runs;
