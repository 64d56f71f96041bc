-- Service times: what is measured, what stays (nothing), what is refused.
SET client_min_messages = warning;
CREATE SCHEMA bench_test;
SET search_path = bench_test, public;
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 2000) i;
CREATE SEQUENCE s;
CREATE TABLE log (n int);
VACUUM ANALYZE t;

CREATE FUNCTION outcome(call text, OUT state text, OUT message text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT ' || call;
    message := 'passes';
EXCEPTION WHEN OTHERS OR assert_failure THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
END $$;
\pset format unaligned
\pset tuples_only on

-- One row, ordered as it must be.
SELECT iterations, 0 < min_ms AND min_ms <= p50_ms AND p50_ms <= p90_ms AND p90_ms <= p95_ms AND p95_ms <= p99_ms
       AND p99_ms <= max_ms AND min_ms <= mean_ms AND mean_ms <= max_ms AND stddev_ms >= 0 AS ordered, batch >= 1 AS batched, wal_bytes
FROM perfkit_bench('SELECT * FROM t WHERE id = 7');
-- No more digits than were measured: nanoseconds, and means of counts to six decimals.
SELECT count(*), bool_and(value::numeric = round(value::numeric, 6)) AS rounded
FROM perfkit_bench('SELECT * FROM t WHERE id < 500', 333, 7) b, jsonb_each_text(to_jsonb(b)) WHERE jsonb_typeof(to_jsonb(b) -> key) = 'number';
SELECT iterations, stddev_ms IS NULL, min_ms = max_ms AND p50_ms = max_ms AND batch = 1 FROM perfkit_bench('SELECT 1', 1, 0);
-- The percentiles are values of the sample, by nearest rank: of two, the first and the second.
SELECT p50_ms = min_ms AND p90_ms = max_ms AND p99_ms = max_ms FROM perfkit_bench('SELECT count(*) FROM t', 2, 0);
-- The shortest statement is shorter than the clock can tell.
SELECT batch > 1 FROM perfkit_bench('SELECT');
-- Time is that of the executions: pg_sleep says how long they are.
SELECT min_ms >= 20 AND batch = 1 FROM perfkit_bench('SELECT pg_sleep(0.02)', 3, 1);
-- Buffers and WAL are those of one execution: some pages of the index and one of the table.
SELECT shared_hit BETWEEN 2 AND 5, shared_read = 0, wal_bytes = 0 FROM perfkit_bench('SELECT * FROM t WHERE id = 7');
SELECT wal_bytes > 0 FROM perfkit_bench('INSERT INTO log SELECT generate_series(1, 100)', 5, 5);

-- Every execution happens: a sequence counts them, three in the warm-up, ten samples, and one
-- that is looked at.
CREATE TABLE counted AS SELECT iterations, batch FROM perfkit_bench('SELECT nextval(''s'')', 10, 3);
SELECT iterations, last_value = 3 + 10 * batch + 1 AS all_of_them FROM s, counted;
SELECT setval('s', 1, false);
SELECT iterations, batch FROM perfkit_bench('SELECT nextval(''s''), count(*) FROM t', 10, 0);
SELECT last_value FROM s;
-- Nothing stays.
SELECT (perfkit_bench(query, 5, 2)).iterations FROM unnest(ARRAY[
    'INSERT INTO log VALUES (1)', 'UPDATE t SET v = ''x''', 'DELETE FROM t', 'SELECT * FROM t LIMIT 1 FOR UPDATE',
    'WITH d AS (DELETE FROM t RETURNING *) SELECT count(*) FROM d',
    'MERGE INTO t USING (VALUES (1)) AS n (id) ON t.id = n.id WHEN MATCHED THEN DELETE',
    'INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET v = ''y'' RETURNING *', 'INSERT INTO t VALUES (-1, ''new'')']) query;
CREATE FUNCTION make_table() RETURNS int VOLATILE LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE made (i int); RETURN 1; END $$;
SELECT iterations FROM perfkit_bench('SELECT make_table()', 5, 2);
SELECT to_regclass('made') IS NULL, (SELECT count(*) FROM log), (SELECT count(*) FROM t WHERE v = 'v' || id);
-- Whatever the statement looks like: also where nothing in it is marked VOLATILE, and where the
-- planner or an input function calls it.
CREATE FUNCTION writes(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO bench_test.log VALUES (i); RETURN i; END $$;
CREATE FUNCTION stable_writes(i int) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN bench_test.writes(i); END $$;
CREATE FUNCTION immutable_writes(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN bench_test.writes(i); END $$;
CREATE FUNCTION transition(state int, i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN bench_test.writes(i); END $$;
CREATE AGGREGATE last_one(int) (sfunc = transition, stype = int, initcond = 0);
CREATE AGGREGATE last_of_all(int) (sfunc = int4larger, stype = int, finalfunc = writes);
CREATE DOMAIN noted AS int CHECK (bench_test.writes(VALUE) IS NOT NULL);
CREATE FUNCTION sets_up() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN bench_test.sets_up_really(); END $$;
CREATE FUNCTION sets_up_really() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE made_here (i int);
    INSERT INTO made_here VALUES (1);
    PERFORM set_config('work_mem', '77MB', false);
    RETURN 1;
END $$;
SELECT (perfkit_bench(query, 3, 2, parameters => parameters)).batch
FROM (VALUES ('SELECT last_one(i) FROM generate_series(1, 3) i', NULL::text[]), ('SELECT last_of_all(id) FROM t', NULL),
             ('SELECT sum(id) FILTER (WHERE last > 0) FROM (SELECT id, last_one(id) OVER (ORDER BY id) AS last FROM t WHERE id < 4) s', NULL),
             ('SELECT stable_writes(id) FROM t WHERE id < 3', NULL), ('SELECT id FROM t WHERE id = stable_writes(7)', NULL),
             ('SELECT id::noted FROM t WHERE id < 3', NULL), ('SELECT sets_up()', NULL)) AS s (query, parameters);
SELECT (perfkit_bench(query, 3, 2, parameters => parameters)).iterations
FROM (VALUES ('SELECT immutable_writes(7)', NULL::text[]), ('SELECT $1::noted', '{5}')) AS s (query, parameters);
SELECT outcome(format('perfkit_assert_latency(%L, 5000, 0.5, 10)', query))
FROM unnest(ARRAY['SELECT last_one(i) FROM generate_series(1, 3) i', 'SELECT stable_writes(id) FROM t WHERE id < 3', 'SELECT immutable_writes(7)']) query;
SELECT outcome($$perfkit_assert_latency('SELECT last_one(i), pg_sleep(0.01) FROM generate_series(1, 3) i', 5, 0.5, 10)$$);
SELECT count(*), to_regclass('pg_temp.made_here') IS NULL, current_setting('work_mem') <> '77MB' FROM log;
-- One that writes now and then: none of the samples is a mean of several executions, of which the
-- later ones would meet what the earlier ones wrote.
SELECT setval('s', 1);
SELECT iterations, batch FROM perfkit_bench('SELECT CASE WHEN nextval(''s'') % 25 = 0 THEN writes(1) END', 40, 5);
SELECT count(*), (SELECT last_value FROM s) >= 1 + 5 + 40 + 1 FROM log;
-- Triggers fire, foreign keys are checked, and what they did goes too.
CREATE TABLE child (id int REFERENCES t);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('s'); INSERT INTO log VALUES (1); RETURN NEW; END $$;
CREATE TRIGGER note AFTER INSERT ON child FOR EACH ROW EXECUTE FUNCTION note();
SELECT setval('s', 100);
SELECT iterations FROM perfkit_bench('INSERT INTO child VALUES (1)', 4, 0);
SELECT last_value, (SELECT count(*) FROM log), (SELECT count(*) FROM child) FROM s;
SELECT outcome($$perfkit_bench('INSERT INTO child VALUES (-1)')$$);
-- It sees what its own transaction has done.
BEGIN;
INSERT INTO t VALUES (20000, 'mine');
SELECT iterations FROM perfkit_bench('SELECT 1 / (count(*) - 2000) FROM t', 2, 0);
ROLLBACK;
-- An error leaves a caller that catches it where it was.
DO $$
BEGIN
    INSERT INTO log VALUES (1);
    BEGIN
        INSERT INTO log VALUES (2);
        PERFORM perfkit_bench('INSERT INTO t VALUES (1, ''again'')');
    EXCEPTION WHEN unique_violation THEN
        INSERT INTO log VALUES (3);
    END;
    BEGIN
        INSERT INTO log VALUES (4);
        PERFORM perfkit_bench('SELECT 1 / (id - 5) FROM t');
    EXCEPTION WHEN division_by_zero THEN
        INSERT INTO log VALUES (5);
    END;
END $$;
SELECT array_agg(n ORDER BY n) FROM log;
TRUNCATE log;
-- It nests.
SELECT iterations FROM perfkit_bench('SELECT perfkit_bench(''INSERT INTO log VALUES (1)'', 2, 1)', 2, 1);
SELECT count(*) FROM log;

-- Parameters and plans. What the plan cache settles on: a custom plan where values differ in
-- their cost, else the generic one.
CREATE TABLE skewed AS SELECT CASE WHEN i <= 10 THEN i ELSE 0 END AS k FROM generate_series(1, 20000) i;
CREATE INDEX ON skewed (k);
ANALYZE skewed;
SELECT generic_plan FROM perfkit_bench('SELECT k FROM skewed WHERE k = $1', 5, 5, false, '{3}');
SELECT generic_plan FROM perfkit_bench('SELECT k FROM skewed WHERE k = $1', 5, 5, true, '{3}');
SELECT generic_plan FROM perfkit_bench('SELECT k FROM skewed WHERE k = $1', 5, 5, NULL, '{3}');
SELECT generic_plan FROM perfkit_bench('SELECT * FROM t WHERE id = $1', 5, 5, NULL, '{3}');
SHOW plan_cache_mode;
SET plan_cache_mode = force_custom_plan;
SELECT generic_plan FROM perfkit_bench('SELECT * FROM t WHERE id = $1', 5, 5, true, '{3}');
RESET plan_cache_mode;
SELECT iterations FROM perfkit_bench('SELECT * FROM t WHERE id = $1 AND v = $2', 2, 0, parameters => ARRAY['1', NULL]);
SELECT outcome(format($$perfkit_bench('SELECT * FROM t WHERE id = $1', parameters => %L)$$, p))
FROM unnest(ARRAY[NULL, '{}', '{1,2}', '{x}', '{99999999999}']) p;
SELECT outcome($$perfkit_bench('SELECT $1', parameters => '{a}')$$);
SELECT outcome($$perfkit_bench('SELECT $2::int', parameters => '{1,2}')$$);
SELECT outcome($$perfkit_bench('SELECT 1', parameters => '{a}')$$);

-- Arguments.
SELECT outcome(format('perfkit_bench(%s)', a)) FROM unnest(ARRAY[
    'NULL', $$'SELECT 1', 0$$, $$'SELECT 1', -1$$, $$'SELECT 1', NULL$$, $$'SELECT 1', 10000001$$, $$'SELECT 1', 2147483647$$,
    $$'SELECT 1', 1, -1$$, $$'SELECT 1', 1, NULL$$, $$'SELECT 1', 1, 10000001$$]) a;
SELECT outcome(format('perfkit_bench(%L)', q)) FROM unnest(ARRAY[
    '', ';', 'SELECT 1; SELECT 2', 'EXPLAIN SELECT 1', 'CREATE TABLE x AS SELECT 1', 'SELECT 1 INTO x', 'VACUUM', 'COMMIT',
    'SELEC 1', 'SELECT * FROM nowhere', 'SELECT 1 / 0', 'EXECUTE nowhere']) q;
SELECT outcome(format('perfkit_assert_latency(%s)', a)) FROM unnest(ARRAY[
    'NULL, 1', $$'SELECT 1', 0$$, $$'SELECT 1', -1$$, $$'SELECT 1', 'NaN'$$, $$'SELECT 1', 'Infinity'$$, $$'SELECT 1', NULL$$,
    $$'SELECT 1', 1, 0$$, $$'SELECT 1', 1, 1.01$$, $$'SELECT 1', 1, 'NaN'$$, $$'SELECT 1', 1, NULL$$, $$'SELECT 1', 1, 0.5, 0$$,
    $$'SELECT 1', 1, 0.5, NULL$$]) a;
BEGIN READ ONLY;
SELECT iterations FROM perfkit_bench('SELECT * FROM t WHERE id = 7', 3);
SELECT outcome($$perfkit_bench('DELETE FROM t')$$);
COMMIT;

-- Privileges are the caller's.
CREATE ROLE regress_perfkit_bench;
GRANT USAGE ON SCHEMA bench_test TO regress_perfkit_bench;
SET ROLE regress_perfkit_bench;
SELECT outcome($$perfkit_bench('SELECT * FROM t')$$);
SELECT outcome($$perfkit_assert_latency('DELETE FROM t', 1)$$);
RESET ROLE;
-- Row security too.
CREATE TABLE guarded AS SELECT 1 AS id;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY none ON guarded USING (false);
GRANT SELECT ON guarded TO regress_perfkit_bench;
SELECT outcome($$perfkit_bench('SELECT 1 / (id - 1) FROM guarded')$$);
SET ROLE regress_perfkit_bench;
SELECT outcome($$perfkit_bench('SELECT 1 / (id - 1) FROM guarded')$$);
RESET ROLE;

-- Assertions.
SELECT outcome($$perfkit_assert_latency('SELECT * FROM t WHERE id = 7', 5000)$$);
SELECT outcome($$perfkit_assert_latency('SELECT pg_sleep(0.01)', 5, 0.5, 10)$$);
SELECT outcome($$perfkit_assert_latency('SELECT pg_sleep(0.01)', 5, 1, 2)$$);
SELECT outcome($$perfkit_assert_latency('SELECT pg_sleep(0.001)', 5000, 1, 2)$$);
-- The 99th percentile of eight values has no upper bound: it proves nothing.
SELECT outcome($$perfkit_assert_latency('SELECT 1', 5000, 0.99, 1)$$);

-- Parallel plans run in parallel, also when the function is called in a transaction that wrote.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT perfkit_plan_shape('SELECT count(*) FROM t') ~ 'Gather' AS planned;
CREATE TABLE launched AS SELECT max(workers) AS n FROM generate_series(1, 5) i, perfkit_bench(left('SELECT count(*) FROM t', 21 + i), 1, 0);
SELECT n > 0 AS parallel FROM launched;
RESET max_parallel_workers_per_gather;
-- JIT, where the server has it.
SET jit_above_cost = 0;
SET jit = on;
SELECT jit = pg_jit_available() FROM perfkit_bench('SELECT count(*) FROM t WHERE id > 5', 2, warmup => 0);
SET jit = off;
SELECT jit FROM perfkit_bench('SELECT count(*) FROM t WHERE id > 5', 2, warmup => 0);

-- Cancel ends it.
SET statement_timeout = '200ms';
SELECT outcome($$perfkit_bench('SELECT * FROM t WHERE id = 7', 10000000)$$);
SELECT perfkit_bench('SELECT * FROM t WHERE id = 7', 10000000);
SELECT perfkit_bench('UPDATE t SET v = v WHERE id = 7', 10000000);
RESET statement_timeout;

DROP SCHEMA bench_test CASCADE;
DROP ROLE regress_perfkit_bench;
