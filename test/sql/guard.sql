-- The guard in a session that loads perfkit by itself.
LOAD 'perfkit';
SET client_min_messages = warning;
SET jit = off;
CREATE SCHEMA guard_test;
SET search_path = guard_test, public;
CREATE TABLE big (id int PRIMARY KEY, v int);
INSERT INTO big SELECT i, i % 100 FROM generate_series(1, 2000) i;
CREATE TABLE small AS SELECT i AS id FROM generate_series(1, 10) i;
CREATE TABLE parts (id int, v int) PARTITION BY LIST (id);
CREATE TABLE part1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE part2 PARTITION OF parts FOR VALUES IN (2);
INSERT INTO parts SELECT 1, i FROM generate_series(1, 2000) i;
INSERT INTO parts VALUES (2, 1);
ANALYZE big, small, parts;
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse

SHOW perfkit.guard;
SHOW perfkit.guard_min_rows;
SET perfkit.guard = 'sometimes';
SET perfkit.guard_min_rows = -1;
SET perfkit.gaurd = 'log';
SET perfkit.guard_min_rows = 1000;

-- Off.
SELECT count(*) FROM big;

-- Warnings: once for each table and statement; results are what they were.
SET perfkit.guard = warning;
SELECT count(*) FROM big;
SELECT count(*) FROM small;
SELECT v FROM big WHERE id = 7;
SELECT count(*) FROM big a JOIN big b ON a.v = b.id + 100000;
SELECT count(*) FROM small WHERE id IN (SELECT v FROM big);
SELECT (SELECT max(v) FROM big), (SELECT count(*) FROM small);
WITH w AS MATERIALIZED (SELECT v FROM big) SELECT count(*) FROM w, w w2 WHERE w.v = 1 AND w2.v = 2;
SELECT count(*) FROM (SELECT v FROM big UNION ALL SELECT id FROM small) u;
UPDATE big SET v = v WHERE v = -1;
DELETE FROM big WHERE v = -1;
INSERT INTO small SELECT id FROM big WHERE v = -1;
-- Pruned partitions are not read.
SELECT count(*) FROM parts WHERE id = 2;
SELECT count(*) FROM parts WHERE id = 1;
SELECT count(*) FROM parts;
PREPARE by_key(int) AS SELECT count(*) FROM parts WHERE id = $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_key(2);
EXECUTE by_key(1);
RESET plan_cache_mode;
-- Utility commands that run a query.
CREATE TABLE made AS SELECT * FROM big;
COPY (SELECT count(*) FROM big) TO STDOUT;
CREATE INDEX ON made (v);
VACUUM ANALYZE made;
-- A statement that is only planned reads nothing.
DO $$ BEGIN EXECUTE 'EXPLAIN SELECT * FROM big'; END $$;
SELECT perfkit_plan_shape('SELECT count(*) FROM big') ~ 'Seq Scan';
SELECT count(*) FROM perfkit_plan('SELECT count(*) FROM big');
SELECT perfkit_assert_index_scan('SELECT * FROM big WHERE id = 7');
-- Cursors: checked when they are opened.
BEGIN;
DECLARE c CURSOR FOR SELECT count(*) FROM big;
FETCH c;
FETCH c;
COMMIT;
-- What is measured is run, here three times.
SELECT iterations FROM perfkit_bench('SELECT count(*) FROM big', 1, 1);

-- Errors, before anything is read or written.
SET perfkit.guard = error;
SELECT count(*) FROM big;
SELECT v FROM big WHERE id = 7;
BEGIN;
INSERT INTO small VALUES (11);
SAVEPOINT s;
UPDATE big SET v = 0 WHERE v = 5;
ROLLBACK TO s;
SELECT count(*) FROM small WHERE id = 11;
DECLARE c CURSOR FOR SELECT * FROM big;
ROLLBACK TO s;
SELECT count(*) FROM small WHERE id = 11;
COMMIT;
SELECT sum(v) FROM made WHERE v = 5;
EXECUTE by_key(1);
EXECUTE by_key(2);
-- In functions; WHEN OTHERS does not catch it, nor failed assertions.
CREATE FUNCTION count_all() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM big); END $$;
CREATE FUNCTION swallow() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN count_all(); EXCEPTION WHEN OTHERS THEN RETURN 'swallowed'; END $$;
CREATE FUNCTION catch() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO small VALUES (100);
    RETURN count_all();
EXCEPTION WHEN assert_failure THEN
    RETURN SQLSTATE || ', ' || (SELECT count(*) FROM small WHERE id = 100) || ' rows left';
END $$;
SELECT swallow();
SELECT catch(), catch();
SELECT id, catch() FROM big WHERE id < 3;
DO $$ BEGIN FOR i IN 1..3 LOOP PERFORM catch(); END LOOP; END $$;
-- Foreign keys without an index on the referencing side.
CREATE TABLE child (id int REFERENCES big);
INSERT INTO child SELECT 8 FROM generate_series(1, 2000);
ANALYZE child;
DELETE FROM big WHERE id = 9;
-- Details and hints.
\set VERBOSITY default
\set SHOW_CONTEXT never
DO $$
DECLARE
    detail text;
    hint text;
BEGIN
    PERFORM count(*) FROM big;
EXCEPTION WHEN assert_failure THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RAISE WARNING '% | %', regexp_replace(detail, '-?\d\d\d\d+', 'N', 'g'), hint;
END $$;
-- The call that the hint names fails, also for a table that is below its default of min_rows, and
-- for a statement with parameters.
CREATE FUNCTION follow_hint(statement text, VARIADIC params int[] = '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    BEGIN
        IF params = '{}' THEN
            EXECUTE statement;
        ELSE
            EXECUTE statement USING params[1];
        END IF;
    EXCEPTION WHEN assert_failure THEN
        GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    END;
    BEGIN
        EXECUTE 'SELECT perfkit_assert_no_seq_scan($1, ' || replace(substring(hint FROM '(min_rows => \d+.*) to see why'), ' and ', ', ') || ')'
            USING statement;
        RETURN 'passes: ' || hint;
    EXCEPTION WHEN assert_failure THEN
        RETURN 'fails: ' || hint;
    END;
END $$;
SELECT follow_hint('SELECT * FROM big WHERE v = -1');
SELECT follow_hint('SELECT * FROM big WHERE v = $1', 7);
BEGIN;
SET LOCAL perfkit.guard_min_rows = 5;
CREATE TABLE ten AS SELECT generate_series(1, 10) id;
ANALYZE ten;
SELECT follow_hint('SELECT * FROM ten WHERE id = $1', 7);
ROLLBACK;
\set VERBOSITY terse

-- Parallel plans: one finding, and only the leader's.
SET perfkit.guard = warning;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(*) FROM big;
RESET max_parallel_workers_per_gather;

-- A user who may not read the table learns neither its name nor its size, although a function of
-- its owner reads it.
CREATE ROLE regress_perfkit_guard;
GRANT USAGE ON SCHEMA guard_test TO regress_perfkit_guard;
CREATE FUNCTION owners() RETURNS bigint SECURITY DEFINER LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM guard_test.big); END $$;
CREATE VIEW behind AS SELECT count(*) FROM big;
GRANT SELECT ON behind TO regress_perfkit_guard;
SET ROLE regress_perfkit_guard;
\set VERBOSITY default
SELECT count(*) FROM big;
SELECT owners();
SELECT * FROM behind;
-- Users may watch their own sessions.
SET perfkit.guard = error;
SELECT owners();
\set VERBOSITY terse
RESET ROLE;
GRANT SELECT (v) ON big TO regress_perfkit_guard;
SET ROLE regress_perfkit_guard;
SELECT count(v) FROM big;
-- Findings require perfkit in shared_preload_libraries.
SELECT count(*) FROM perfkit_guard_findings;
SELECT perfkit_guard_reset();
RESET ROLE;
RESET perfkit.guard;
\set VERBOSITY default
SELECT perfkit_guard_reset();

DROP SCHEMA guard_test CASCADE;
DROP ROLE regress_perfkit_guard;
