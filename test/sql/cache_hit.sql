-- perfkit_cache_hit(), perfkit_assert_cache_hit(), perfkit_memory(), and what runs know of both.
\set SHOW_CONTEXT never
CREATE SCHEMA "odd ""s";
SET search_path = "odd ""s", public;
CREATE TABLE "a b" (id int, v text) WITH (autovacuum_enabled = off);
INSERT INTO "a b" SELECT i, repeat('x', 500) FROM generate_series(1, 2000) i;
ANALYZE "a b";
SELECT relpages AS pages FROM pg_class WHERE oid = '"a b"'::regclass \gset
CREATE TABLE other (i int);
INSERT INTO other VALUES (1);
CREATE FUNCTION message(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text; state text;
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS OR assert_failure THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE;
    -- numbers of blocks and sizes depend on the server
    RETURN regexp_replace(concat_ws(E'\n', state, message, detail, hint), '\m\d+(?= (sequential|of \d|blocks|bytes|kB|MB|GB|were))|(?<=of )\d+', 'N', 'g');
END $$;

-- The rewritten table is not in shared buffers; then it is.
VACUUM FULL "a b";
SELECT pg_stat_force_next_flush();
SELECT pg_stat_reset_single_table_counters('"a b"'::regclass);
SELECT count(*) FROM "a b";
SELECT pg_stat_force_next_flush();
SELECT relation, index, kind, hits, reads = :pages AS reads, hit_rate, size_bytes = :pages * current_setting('block_size')::int AS size, resident_bytes
FROM perfkit_cache_hit(target_table => '"a b"') WHERE kind IN ('table', 'index');
SELECT message($$SELECT perfkit_assert_cache_hit(0.9, target_table => '"a b"', min_reads => 100)$$);
SELECT count(*) FROM "a b";
SELECT pg_stat_force_next_flush();
SELECT hits = :pages AS hits, reads = :pages AS reads, hit_rate FROM perfkit_cache_hit('odd "s', '"a b"') WHERE kind = 'table';
SELECT perfkit_assert_cache_hit(0.5, target_table => '"a b"', min_reads => 100);
SELECT message($$SELECT perfkit_assert_cache_hit(0.51, 'odd "s', '"a b"', 100)$$);
-- An index is named with its table's counters apart.
CREATE INDEX "a b id" ON "a b" (id);
REINDEX INDEX "a b id";
SELECT count(*) FROM "a b";
SELECT count(*) FROM "a b";
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT id FROM "a b" WHERE id = 5;
SELECT pg_stat_force_next_flush();
SELECT relation, index, kind, hits + reads > 0 AS blocks FROM perfkit_cache_hit(target_table => '"a b"') WHERE kind IN ('table', 'index') ORDER BY kind;
RESET enable_seqscan;
RESET enable_bitmapscan;
-- All of a schema: a row for each, and their sums. Rates of what was not read are unknown.
SELECT bool_and(kind <> 'all' OR relation IS NULL) AS all_has_no_name, count(*) FILTER (WHERE kind = 'all') AS all_rows,
       sum(hits) FILTER (WHERE kind = 'all') = sum(hits) FILTER (WHERE kind <> 'all') AS hits,
       sum(reads) FILTER (WHERE kind = 'all') = sum(reads) FILTER (WHERE kind <> 'all') AS reads,
       sum(size_bytes) FILTER (WHERE kind = 'all') = sum(size_bytes) FILTER (WHERE kind <> 'all') AS sizes,
       count(DISTINCT relation) AS tables
FROM perfkit_cache_hit('odd "s');
SELECT count(*) FILTER (WHERE relation::text LIKE '%perfkit%') AS of_perfkit, count(*) FILTER (WHERE relation = 'pg_class'::regclass) AS of_the_system FROM perfkit_cache_hit();
SELECT count(*) > 0 AS if_asked FROM perfkit_cache_hit('pg_catalog') WHERE relation = 'pg_class'::regclass;
SELECT kind, hits, reads, hit_rate FROM perfkit_cache_hit(target_schema => 'public', target_table => 'other');
-- partitions
CREATE TABLE part (k int, v text) PARTITION BY RANGE (k);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10) TO (20);
SELECT DISTINCT relation FROM perfkit_cache_hit(target_table => 'part') ORDER BY 1;

-- Too few blocks are not judged, and that is a failure.
SELECT message($$SELECT perfkit_assert_cache_hit(0, target_table => 'part')$$);
SELECT message($$SELECT perfkit_assert_cache_hit(0.9, target_table => '"a b"', min_reads => 1000000000)$$);

-- What is resident takes pg_buffercache.
SELECT perfkit_cache_hit(resident => true);

-- Bad input.
SELECT perfkit_cache_hit('no such schema');
SELECT perfkit_cache_hit(target_table => '"a b id"');
SELECT perfkit_cache_hit(target_table => 4294967295::oid::regclass);
SELECT perfkit_assert_cache_hit(NULL);
SELECT perfkit_assert_cache_hit(1.1);
SELECT perfkit_assert_cache_hit('NaN');
SELECT perfkit_assert_cache_hit(min_reads => 0);
SELECT perfkit_assert_cache_hit(min_reads => NULL);
SELECT perfkit_assert_cache_hit(target_schema => 'no such schema');

-- Memory: a role sees its own process, and a reader of statistics all.
SELECT count(*) AS own, bool_and(contexts_bytes > 100000) AS contexts, bool_and((private_bytes > 100000) IS DISTINCT FROM (unknown_because IS NOT NULL)) AS private
FROM perfkit_memory() WHERE pid = pg_backend_pid();
SELECT count(*) AS rows_of_others_with_contexts FROM perfkit_memory() WHERE pid <> pg_backend_pid() AND contexts_bytes IS NOT NULL;
SELECT count(*) > 3 AS processes, count(*) FILTER (WHERE unknown_because LIKE 'only%') AS hidden FROM perfkit_memory();
CREATE ROLE regress_cache;
GRANT USAGE ON SCHEMA "odd ""s" TO regress_cache;
SET ROLE regress_cache;
SELECT count(*) FILTER (WHERE pid <> pg_backend_pid() AND (private_bytes IS NOT NULL OR unknown_because NOT LIKE 'only members of pg_read_all_stats%')) AS seen,
       count(*) FILTER (WHERE contexts_bytes > 0) AS own
FROM perfkit_memory();
SELECT count(*) > 0 AS counters_are_for_all FROM perfkit_cache_hit('odd "s');
RESET ROLE;
-- An allocation shows.
SELECT contexts_bytes AS before FROM perfkit_memory() WHERE pid = pg_backend_pid() \gset
SELECT contexts_bytes > :before + 4000000 AS grown
FROM (SELECT array_agg(i) AS held FROM generate_series(1, 1000000) i) AS a, perfkit_memory() WHERE pid = pg_backend_pid() AND cardinality(held) > 0;

-- Runs: by scenario; memory over time, without the warm-up.
INSERT INTO perfkit_runs (workload, duration, clients, scenarios, observed, warmup, budgets)
SELECT 'cached', '30 s', 2, '{a,b}',
       jsonb_build_object('buffers', '{"hit": 90, "read": 10}'::jsonb,
                          'scenario_buffers', '{"a": {"hit": 30, "read": 10}}'::jsonb,
                          'backend_memory', jsonb_build_object('samples',
           (SELECT jsonb_agg(jsonb_build_array(turn, 1000 + i, b.bytes, 2 * b.bytes, 2) ORDER BY turn, i)
            FROM generate_series(1, 4) turn, generate_series(0, 29) i,
                 LATERAL (SELECT 1000000 + CASE turn WHEN 1 THEN 0                        -- constant
                                                     WHEN 2 THEN 10240 * i               -- 600 kB a minute
                                                     WHEN 3 THEN i * 7919 % 1000 * 1000  -- all over the place
                                                     ELSE CASE WHEN i < 5 THEN 40960 * i ELSE 204800 + i % 2 * 4096 END -- warms up
                                                     END AS bytes) AS b
            WHERE turn < 4 OR i < 29)
           || '[[5, 2000, 5, 5, 1], [5, 2001, 6, 6, 1]]')),
       '[{"stage": 1, "began": 1000, "until": 1005, "seconds": 5}]',
       '[{"scenario": "a", "metric": "min_cache_hit", "limit_value": 0.75}, {"scenario": "b", "metric": "min_cache_hit", "limit_value": 0.5},
         {"metric": "min_cache_hit", "limit_value": 0.95}]'
RETURNING run_id AS run \gset
SELECT * FROM perfkit_run_cache_hit(:run);
SELECT scenario, limit_value, observed, verdict FROM perfkit_run_verdicts(:run);
SELECT turn, samples, seconds, backends, first_bytes, last_bytes, most_bytes, round(growth::numeric) AS growth, verdict, finding FROM perfkit_run_memory(:run) WHERE turn <> 3;
SELECT verdict, lower < 0 AND upper > 65536 AS wide FROM perfkit_run_memory(:run) WHERE turn = 3;
SELECT turn, verdict FROM perfkit_run_memory(:run, max_growth => 1e9);
UPDATE perfkit_runs SET observed = NULL WHERE run_id = :run;
SELECT * FROM perfkit_run_cache_hit(:run);
SELECT * FROM perfkit_run_memory(:run);
SELECT * FROM perfkit_run_memory(:run, -1);
SELECT * FROM perfkit_run_memory(:run, confidence => 0.4);
SELECT * FROM perfkit_run_memory(:run, NULL);
SELECT * FROM perfkit_run_memory(-1);
SELECT * FROM perfkit_run_cache_hit(-1);
DELETE FROM perfkit_runs WHERE run_id = :run;
DROP SCHEMA "odd ""s" CASCADE;
DROP ROLE regress_cache;
