-- perfkit_plan("analyze" => true): what was counted during the run, against EXPLAIN ANALYZE; and
-- that no effects remain.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA analyze_test;
SET search_path = analyze_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v text) WITH (autovacuum_enabled = off);
CREATE INDEX a_k ON a (k);
INSERT INTO a SELECT i, i % 100, md5(i::text) FROM generate_series(1, 5000) i;
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a) WITH (autovacuum_enabled = off);
INSERT INTO b SELECT i, i % 5000 + 1 FROM generate_series(1, 10000) i;
CREATE TABLE log (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (tg_op); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON b FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE FUNCTION chatty(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES ('chatty'); RETURN $1; END $$;
VACUUM ANALYZE a, b;

CREATE FUNCTION outcome(call text, OUT state text, OUT message text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT ' || call;
    message := 'passes';
EXCEPTION WHEN OTHERS OR assert_failure OR query_canceled THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;
-- EXPLAIN ANALYZE runs what it explains: roll it back.
CREATE FUNCTION explained(query text)
RETURNS TABLE (node_id int, node_type text, actual_rows float8, loops float8, rows_removed float8, shared float8, temp_blocks float8)
LANGUAGE plpgsql AS $$
DECLARE
    tree json;
BEGIN
    BEGIN
        EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO tree;
        RAISE EXCEPTION USING errcode = 'XX123';
    EXCEPTION WHEN SQLSTATE 'XX123' THEN
    END;
    RETURN QUERY
    WITH RECURSIVE node (path, plan) AS (
        SELECT ARRAY[1], tree -> 0 -> 'Plan'
        UNION ALL
        SELECT path || position::int, child
        FROM node, json_array_elements(plan -> 'Plans') WITH ORDINALITY AS children (child, position)
    )
    SELECT row_number() OVER (ORDER BY path)::int, plan ->> 'Node Type', (plan ->> 'Actual Rows')::float8, (plan ->> 'Actual Loops')::float8,
           (SELECT coalesce(sum(value::float8), 0) FROM json_each_text(plan) WHERE key LIKE 'Rows Removed by %'),
           (plan ->> 'Shared Hit Blocks')::float8 + (plan ->> 'Shared Read Blocks')::float8, (plan ->> 'Temp Written Blocks')::float8
    FROM node;
END $$;
-- EXPLAIN rounds averages, up to 17 to whole rows.
CREATE FUNCTION differences(query text, against text, compare_blocks boolean) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT e::text || p::text
    FROM explained(against) e FULL JOIN perfkit_plan(query, "analyze" => true) p USING (node_id)
    WHERE (e.node_type = p.node_type AND e.loops = p.loops AND abs(e.actual_rows - p.actual_rows) <= 0.5
           AND abs(e.rows_removed - p.rows_removed) <= 1 AND e.temp_blocks = p.temp_blocks
           -- the first to run reads catalogs; one that writes leaves dead rows to those after it
           AND (query !~ '^SELECT' OR NOT compare_blocks OR abs(e.shared - p.shared_hit - p.shared_read) <= 20 + 0.1 * e.shared)) IS NOT TRUE
$$;
CREATE TABLE body (query text);
INSERT INTO body VALUES
('SELECT 1'), ('SELECT * FROM a'), ('SELECT * FROM a WHERE v < ''5'''), ('SELECT * FROM a WHERE k = 3'), ('SELECT id FROM a WHERE id < 700'),
('SELECT * FROM a WHERE k = 3 AND v < ''5'''), ('SELECT * FROM a JOIN b ON b.a_id = a.id AND b.id % 7 <> a.k % 5'), ('SELECT k, count(*) FROM a GROUP BY k HAVING count(*) > 50'),
('SELECT * FROM a x, LATERAL (SELECT * FROM a y WHERE y.id = x.k + 1 AND y.v > x.v) z WHERE x.id < 300'), ('SELECT * FROM a ORDER BY v LIMIT 3'),
('SELECT * FROM a WHERE k > (SELECT avg(id % 50) FROM b)'), ('SELECT *, (SELECT count(*) FROM b WHERE b.id = a.id) FROM a WHERE id < 20'),
('WITH c AS MATERIALIZED (SELECT * FROM a WHERE k < 5) SELECT * FROM c x JOIN c y USING (id) WHERE x.v < y.v'), ('SELECT * FROM a WHERE id < 0 AND EXISTS (SELECT FROM b WHERE a_id = a.id)'),
('SELECT * FROM generate_series(1, 1000) g WHERE g % 3 = 0'), ('SELECT id FROM a UNION SELECT id FROM b'), ('SELECT * FROM a WHERE id = 3 FOR UPDATE'),
('INSERT INTO b SELECT i, i - 20000 FROM generate_series(20001, 20100) i'), ('UPDATE b SET a_id = 1 WHERE id < 50 RETURNING id'), ('DELETE FROM b WHERE id % 100 = 1'),
('INSERT INTO a (id, k) VALUES (1, 2), (5001, 3) ON CONFLICT (id) DO UPDATE SET k = 5 WHERE a.k < 0'), ('MERGE INTO b USING a ON a.id = b.id WHEN MATCHED AND a.k = 3 THEN DELETE'),
('WITH gone AS (DELETE FROM b WHERE id < 10 RETURNING a_id) SELECT * FROM a JOIN gone ON gone.a_id = a.id');
SELECT query, d.* FROM body, differences(query, query, true) d;
SELECT query FROM body WHERE (SELECT count(*) FROM perfkit_plan(query, "analyze" => true)) <> (SELECT count(*) FROM explained(query));
SET work_mem = '64kB';
SELECT query, d.* FROM body, differences(query, query, false) d;
SELECT count(*) FILTER (WHERE temp_blocks > 0) > 0 AS spills FROM perfkit_plan('SELECT * FROM b ORDER BY a_id', "analyze" => true);
RESET work_mem;
SELECT count(*) > 0 AS told_apart FROM perfkit_plan('SELECT * FROM a WHERE k = 3', "analyze" => true) p JOIN explained('SELECT * FROM a WHERE k >= 98') e USING (node_id) WHERE e.actual_rows <> p.actual_rows;
SELECT count(*) AS missing FROM body, perfkit_plan(query, "analyze" => true)
WHERE num_nulls(actual_rows, loops, actual_ms, rows_removed, shared_hit, shared_read, temp_blocks) > 0 OR actual_ms < 0;
-- The slowest node is the one that sleeps.
SELECT actual_ms >= 20 AS in_ms FROM perfkit_plan('SELECT pg_sleep(0.02)', "analyze" => true);
-- A node that is never reached has no loops.
SELECT DISTINCT loops FROM perfkit_plan('SELECT * FROM a WHERE (SELECT false)', "analyze" => true) WHERE relation = 'a'::regclass;

-- Rows, loops and blocks of workers are counted, even if the leader reads nothing.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SELECT node_type, actual_rows * loops AS rows, loops > 0 AS has_loops, shared_hit + shared_read >= pg_relation_size('b') / 8192 AS all_blocks
FROM perfkit_plan('SELECT * FROM b WHERE a_id >= 0', "analyze" => true);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
RESET parallel_leader_participation;

-- Nothing remains for any caller: rows, writes of triggers, functions and CTEs, notifications.
CREATE FUNCTION state() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT count(*) FROM log), (SELECT sum(a_id) FROM b))
$$;
SELECT state();
SELECT count(*) FROM perfkit_plan('SELECT chatty(id) FROM a WHERE id < 5', "analyze" => true);
SELECT count(*) FROM perfkit_plan('DELETE FROM b', "analyze" => true);
DO $$ BEGIN PERFORM perfkit_plan('UPDATE b SET a_id = 7', "analyze" => true); END $$;
SELECT state();
BEGIN;
INSERT INTO log VALUES ('kept');
SELECT actual_rows FROM perfkit_plan('SELECT * FROM log', "analyze" => true);
SELECT count(*) FROM perfkit_plan('DELETE FROM log', "analyze" => true);
SAVEPOINT s;
SELECT perfkit_plan('INSERT INTO b VALUES (1, 1)', "analyze" => true);
ROLLBACK TO s;
SELECT count(*) FROM perfkit_plan('INSERT INTO log VALUES (''gone'')', "analyze" => true);
COMMIT;
SELECT * FROM log;
DELETE FROM log;
-- A run within a run; and without "analyze", nothing runs.
SELECT actual_rows FROM perfkit_plan('SELECT count(p) FROM perfkit_plan(''DELETE FROM b'', "analyze" => true) p', "analyze" => true) WHERE depth = 0;
SELECT count(actual_rows) FROM perfkit_plan('DELETE FROM b');
SELECT state();

-- Errors of the statement are raised unchanged, and leave the nesting of transactions as it was.
SELECT outcome($$count(p) FROM perfkit_plan('SELECT 1 / (id - 3) FROM a', "analyze" => true) p$$);
SELECT outcome($$count(p) FROM perfkit_plan('DELETE FROM a', "analyze" => true) p$$);
SET statement_timeout = '200ms';
SELECT outcome($$count(p) FROM perfkit_plan('SELECT pg_sleep(60)', "analyze" => true) p$$);
SELECT count(*) FROM perfkit_plan('SELECT count(*) FROM b x, b y, b z', "analyze" => true);
RESET statement_timeout;
DO $$
DECLARE
    context text;
BEGIN
    INSERT INTO log VALUES ('before');
    BEGIN
        INSERT INTO log VALUES ('undone');
        PERFORM perfkit_plan('SELECT 1 / (id - 3) FROM a', "analyze" => true);
    EXCEPTION WHEN division_by_zero THEN
        GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
        RAISE WARNING '%', split_part(context, E'\n', 1);
    END;
    INSERT INTO log VALUES ('after');
END $$;
SELECT * FROM log;
SELECT state();
SELECT outcome($$count(p) FROM perfkit_plan('SELECT * FROM a WHERE id = $1', generic => true, "analyze" => true) p$$);
SELECT outcome($$count(p) FROM perfkit_plan('SELECT * FROM a WHERE id = $1', "analyze" => true) p$$);
SELECT outcome($$count(p) FROM perfkit_plan('SELECT 1', "analyze" => NULL) p$$);
SELECT outcome($$count(p) FROM perfkit_plan('CREATE TABLE x ()', "analyze" => true) p$$);

-- A read-only transaction may run statements that only read.
BEGIN READ ONLY;
SELECT actual_rows FROM perfkit_plan('SELECT * FROM a WHERE k = 3', "analyze" => true) WHERE depth = 0;
SELECT outcome($$count(p) FROM perfkit_plan('DELETE FROM b', "analyze" => true) p$$);
SELECT outcome($$count(p) FROM perfkit_plan('SELECT chatty(1)', "analyze" => true) p$$);
SELECT outcome($$count(p) FROM perfkit_plan('WITH d AS (DELETE FROM b RETURNING *) SELECT * FROM d', "analyze" => true) p$$);
COMMIT;

-- Temporary, partitioned, inherited and catalog tables, views and materialized views.
CREATE TEMP TABLE tt AS SELECT generate_series(1, 30) i;
CREATE TABLE part (i int) PARTITION BY HASH (i);
CREATE TABLE part_0 PARTITION OF part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_1 PARTITION OF part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO part SELECT generate_series(1, 30);
CREATE TABLE heir () INHERITS (log);
CREATE VIEW v AS SELECT * FROM tt JOIN part USING (i);
CREATE MATERIALIZED VIEW mv AS SELECT * FROM part;
SELECT q, actual_rows FROM unnest(ARRAY['tt', 'part', 'v', 'mv', 'log', 'pg_catalog.pg_am WHERE amname = ''btree''', 'pg_temp.tt']) q,
       perfkit_plan('SELECT * FROM ' || q, "analyze" => true) WHERE depth = 0;
SELECT count(*) FROM perfkit_plan('INSERT INTO tt VALUES (1)', "analyze" => true);
SELECT count(*) FROM tt;

-- Rows that row security hides are counted as removed, but not returned; without the privilege to
-- read, nothing runs.
CREATE ROLE regress_perfkit_reader;
GRANT USAGE ON SCHEMA analyze_test TO regress_perfkit_reader;
GRANT SELECT ON a TO regress_perfkit_reader;
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY low ON a USING (id % 10 = 0);
SET ROLE regress_perfkit_reader;
SELECT actual_rows, rows_removed FROM perfkit_plan('SELECT * FROM a', "analyze" => true) WHERE depth = 0;
SELECT (SELECT actual_rows FROM perfkit_plan('SELECT * FROM a', "analyze" => true) WHERE depth = 0) = (SELECT count(*) FROM a) AS as_select;
SELECT perfkit_plan('SELECT * FROM b', "analyze" => true);
SELECT perfkit_plan('DELETE FROM a', "analyze" => true);
RESET ROLE;

DROP SCHEMA analyze_test CASCADE;
DROP ROLE regress_perfkit_reader;
