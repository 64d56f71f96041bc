-- perfkit_assert_work(): amounts of work against limits.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA work_test;
SET search_path = work_test, public;
CREATE FUNCTION outcome(call text, OUT state text, OUT message text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT ' || call;
    message := 'passes';
EXCEPTION WHEN OTHERS OR assert_failure THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;
CREATE TABLE t (id int PRIMARY KEY, k int, v text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT i, i % 100, md5(i::text) FROM generate_series(1, 10000) i;
CREATE TABLE log (what text);
VACUUM ANALYZE t;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log SELECT repeat('x', 1000) FROM generate_series(1, 100); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION note();

-- Discarded rows: exact, over all loops and nodes.
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE k = 7', max_rows_removed => 9900)$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE k = 7', max_rows_removed => 9899)$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE id = 7', max_rows_removed => 0)$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM generate_series(1, 3) g, LATERAL (SELECT * FROM t WHERE k = g OFFSET 0) x', max_rows_removed => 29699)$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE k = 7', max_rows_removed => 9223372036854775807)$$);

-- Blocks: a sequential scan touches each block of the table once; an index scan touches a handful.
SELECT outcome(format($$perfkit_assert_work('SELECT count(*) FROM t WHERE v > ''0''', max_shared_blocks => %s)$$, pg_relation_size('t') / 8192));
SELECT (outcome(format($$perfkit_assert_work('SELECT count(*) FROM t WHERE v > ''0''', max_shared_blocks => %s)$$, pg_relation_size('t') / 8192 - 1))).state;
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE id = 7', max_shared_blocks => 3)$$);
SELECT (outcome($$perfkit_assert_work('SELECT * FROM t WHERE id = 7', max_shared_blocks => 2)$$)).state;
-- Workers' blocks count.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT (outcome(format($$perfkit_assert_work('SELECT count(*) FROM t WHERE v > ''0''', max_shared_blocks => %s)$$, pg_relation_size('t') / 8192 - 1))).state;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- Spills.
SET work_mem = '64kB';
SELECT regexp_replace(outcome($$perfkit_assert_work('SELECT * FROM t ORDER BY v', max_temp_blocks => 0)$$)::text, '\d+ blocks', 'n blocks');
RESET work_mem;
SELECT outcome($$perfkit_assert_work('SELECT * FROM t ORDER BY v', max_temp_blocks => 0)$$);

-- WAL, including that of triggers; all writes are rolled back.
SELECT outcome($$perfkit_assert_work('SELECT * FROM t', max_wal_bytes => 0)$$);
SELECT (outcome($$perfkit_assert_work('UPDATE t SET k = k WHERE id = 7', max_wal_bytes => 0)$$)).state;
SELECT outcome($$perfkit_assert_work('UPDATE t SET k = k WHERE id = 7', max_wal_bytes => 2000)$$);
SELECT (outcome($$perfkit_assert_work('DELETE FROM t WHERE id = 7', max_wal_bytes => 50000)$$)).state;
SELECT count(*), (SELECT count(*) FROM log) FROM t;

-- Several limits; the failure reports all amounts, and the worst filter.
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE id = 7', 10, 0, 0, 0)$$);
DO $$
DECLARE
    detail text;
BEGIN
    PERFORM perfkit_assert_work('SELECT * FROM t WHERE k = 7', max_rows_removed => 100, max_temp_blocks => 5);
EXCEPTION WHEN assert_failure THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RAISE WARNING '%', regexp_replace(detail, '\d+ shared', 'n shared');
END $$;

-- Triggers: what their statements discard counts, and the hint names the foreign key's index.
-- Functions of the query are none.
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (parent_id int REFERENCES parent ON DELETE CASCADE, note text);
INSERT INTO parent SELECT i, 'p' FROM generate_series(1, 1000) i;
INSERT INTO child SELECT i % 999 + 1, 'n' FROM generate_series(1, 5000) i;
CREATE TABLE audit AS SELECT i AS who, 'x' AS what FROM generate_series(1, 1000) i;
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM FROM audit WHERE what = 'y'; RETURN OLD; END $$;
CREATE FUNCTION audited() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM audit WHERE what = 'y'); END $$;
ANALYZE parent, child, audit;
SELECT outcome($$perfkit_assert_work('DELETE FROM parent WHERE id = 7', max_rows_removed => 4995)$$);
SELECT outcome($$perfkit_assert_work('DELETE FROM parent WHERE id = 7', max_rows_removed => 4994)$$);
SELECT outcome($$perfkit_assert_work('UPDATE parent SET id = 5000 WHERE id = 1000', max_rows_removed => 4999)$$);
SELECT outcome($$perfkit_assert_work('SELECT audited()', max_rows_removed => 0)$$);
CREATE INDEX ON child (parent_id);
SELECT outcome($$perfkit_assert_work('DELETE FROM parent WHERE id = 7', max_rows_removed => 0)$$);
CREATE TRIGGER look BEFORE DELETE ON parent FOR EACH ROW EXECUTE FUNCTION look();
SELECT outcome($$perfkit_assert_work('DELETE FROM parent WHERE id IN (7, 8)', max_rows_removed => 2000)$$);
SELECT outcome($$perfkit_assert_work('DELETE FROM parent WHERE id IN (7, 8)', max_rows_removed => 1999)$$);
DO $$
DECLARE
    detail text;
BEGIN
    PERFORM perfkit_assert_work('DELETE FROM parent WHERE id = 7', max_rows_removed => 100);
EXCEPTION WHEN assert_failure THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RAISE WARNING '%', substring(detail FROM 'Statements[^.]*');
END $$;

-- The hint is from the findings about the plan, also of a plan that uses an index; where these know
-- nothing better, no call that passes is named.
CREATE TABLE keyed (a int, b int, c text);
INSERT INTO keyed SELECT i % 50, i, md5(i::text) FROM generate_series(1, 20000) i;
CREATE INDEX ON keyed (a, b);
VACUUM ANALYZE keyed;
SELECT outcome($$perfkit_assert_work('SELECT * FROM keyed WHERE a = 5 AND b = 77::numeric', max_rows_removed => 10)$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM keyed WHERE a = $1 AND b = $2::numeric', max_rows_removed => 10, generic => true, parameters => '{5,77}')$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM keyed WHERE a = 5 AND c = ''x''', max_rows_removed => 10)$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM keyed WHERE c = ''x''', max_shared_blocks => 10)$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM keyed WHERE a <> 5', max_rows_removed => 10)$$);
SELECT (outcome($$perfkit_assert_work('SELECT * FROM keyed', max_shared_blocks => 10)$$)).hint;

-- A generic plan, run with values: the plan does not know that 0 is the most frequent one.
CREATE TABLE skewed AS SELECT i AS id, CASE WHEN i % 10 = 0 THEN i ELSE 0 END AS kind FROM generate_series(1, 10000) i;
CREATE INDEX ON skewed (kind);
VACUUM ANALYZE skewed;
SELECT outcome($$perfkit_assert_work('SELECT * FROM skewed WHERE kind = $1', max_shared_blocks => 5, generic => true, parameters => '{10}')$$);
SELECT (outcome($$perfkit_assert_work('SELECT * FROM skewed WHERE kind = $1', max_shared_blocks => 5, generic => true, parameters => '{0}')$$)).state;
SELECT outcome($$perfkit_assert_work('SELECT * FROM skewed WHERE kind = $1 AND id = $2', max_rows_removed => 1, generic => true, parameters => '{10,NULL}')$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM skewed WHERE kind = 10', max_shared_blocks => 5, generic => true)$$);

-- Bad input.
SELECT outcome($$perfkit_assert_work('SELECT 1')$$);
SELECT outcome($$perfkit_assert_work(NULL, 1)$$);
SELECT outcome($$perfkit_assert_work('SELECT 1', -1)$$);
SELECT outcome($$perfkit_assert_work('SELECT 1', max_wal_bytes => -1)$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE id = $1', 1)$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE id = $1', 1, generic => true)$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE id = $1', 1, generic => true, parameters => '{1,2}')$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE id = $1', 1, generic => true, parameters => '{x}')$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE id = 1', 1, parameters => '{x}')$$);
SELECT outcome($$perfkit_assert_work('SELECT 1', 1, generic => NULL)$$);
SELECT outcome($$perfkit_assert_work('TRUNCATE t', 1)$$);
SELECT outcome($$perfkit_assert_work('SELECT 1 / (id - 5) FROM t', 1)$$);
BEGIN READ ONLY;
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE id = 7', 3)$$);
SELECT outcome($$perfkit_assert_work('DELETE FROM t WHERE id = 7', 3)$$);
COMMIT;

CREATE ROLE regress_perfkit_nobody;
GRANT USAGE ON SCHEMA work_test TO regress_perfkit_nobody;
SET ROLE regress_perfkit_nobody;
SELECT perfkit_assert_work('SELECT * FROM t', 0);
RESET ROLE;

-- What triggers do with the privileges of other roles is not told: neither by SECURITY DEFINER
-- functions, also within others, nor by foreign keys of tables that the caller may not read.
CREATE ROLE regress_perfkit_definer;
CREATE TABLE hidden AS SELECT i AS who FROM generate_series(1, 1000) i;
CREATE TABLE seen AS SELECT i AS who FROM generate_series(1, 30) i;
CREATE TABLE owned (id int PRIMARY KEY);
CREATE TABLE owned_child (owned_id int REFERENCES owned, note text);
INSERT INTO owned SELECT generate_series(1, 5000);
INSERT INTO owned_child SELECT 1, 'n' FROM generate_series(1, 500);
ALTER TABLE hidden OWNER TO regress_perfkit_definer;
ALTER TABLE owned OWNER TO regress_perfkit_definer;
ALTER TABLE owned_child OWNER TO regress_perfkit_definer;
GRANT USAGE ON SCHEMA work_test TO regress_perfkit_definer;
GRANT SELECT ON seen TO regress_perfkit_definer, regress_perfkit_nobody;
GRANT SELECT, DELETE ON owned TO regress_perfkit_nobody;
CREATE FUNCTION peek() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    cursor_left_open refcursor;
BEGIN
    PERFORM FROM work_test.hidden WHERE who < 0;
    PERFORM FROM work_test.seen WHERE who < 0;
    OPEN cursor_left_open FOR SELECT FROM work_test.hidden WHERE who < 0;
    FETCH cursor_left_open INTO cursor_left_open;
    RETURN OLD;
END $$;
ALTER FUNCTION peek() OWNER TO regress_perfkit_definer;
CREATE FUNCTION openly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM FROM work_test.seen WHERE who < 0; RETURN OLD; END $$;
CREATE TRIGGER peek BEFORE DELETE ON owned FOR EACH ROW EXECUTE FUNCTION peek();
ANALYZE hidden, seen, owned, owned_child;
SET ROLE regress_perfkit_nobody;
SELECT outcome($$perfkit_assert_work('DELETE FROM owned WHERE id = 7', max_rows_removed => 0)$$);
RESET ROLE;
CREATE TRIGGER openly BEFORE DELETE ON owned FOR EACH ROW EXECUTE FUNCTION openly();
SET ROLE regress_perfkit_nobody;
SELECT outcome($$perfkit_assert_work('DELETE FROM owned WHERE id = 7', max_rows_removed => 30)$$);
SELECT outcome($$perfkit_assert_work('DELETE FROM owned WHERE id = 7', max_rows_removed => 29)$$);
RESET ROLE;
GRANT SELECT ON owned_child TO regress_perfkit_nobody;
SET ROLE regress_perfkit_nobody;
SELECT outcome($$perfkit_assert_work('DELETE FROM owned WHERE id = 7', max_rows_removed => 530)$$);
SELECT (outcome($$perfkit_assert_work('DELETE FROM owned WHERE id = 7', max_rows_removed => 529)$$)).message;
RESET ROLE;
ALTER TABLE owned_child ENABLE ROW LEVEL SECURITY;
SET ROLE regress_perfkit_nobody;
SELECT outcome($$perfkit_assert_work('DELETE FROM owned WHERE id = 7', max_rows_removed => 30)$$);
RESET ROLE;
ALTER TABLE owned_child DISABLE ROW LEVEL SECURITY;
-- With the privileges of the role, all is counted.
GRANT regress_perfkit_definer TO regress_perfkit_nobody;
SET ROLE regress_perfkit_nobody;
SELECT (outcome($$perfkit_assert_work('DELETE FROM owned WHERE id = 7', max_rows_removed => 0)$$)).message;
RESET ROLE;

DROP SCHEMA work_test CASCADE;
DROP ROLE regress_perfkit_definer;
DROP ROLE regress_perfkit_nobody;
