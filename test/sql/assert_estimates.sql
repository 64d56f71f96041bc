-- perfkit_assert_estimates(): the planner's row estimates against actual rows.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA est;
SET search_path = est, public;
-- The node that is named, and the hint.
CREATE FUNCTION outcome(query text, max_q_error float8 DEFAULT 10, parameters text[] DEFAULT NULL, OUT state text, OUT node text, OUT hint text, OUT detail text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM perfkit_assert_estimates(query, max_q_error, parameters);
    node := 'passes';
EXCEPTION WHEN OTHERS OR assert_failure THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, node = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
    node := coalesce(substring(node FROM 'row estimate of (.*) is off'), node);
END $$;
CREATE FUNCTION said(query text, max_q_error float8 DEFAULT 10, parameters text[] DEFAULT NULL) RETURNS text LANGUAGE sql AS
$$ SELECT concat_ws(' | ', state, node, hint) FROM est.outcome(query, max_q_error, parameters) $$;
-- Run what the hint says; then the assertion passes.
CREATE FUNCTION correct(query text, max_q_error float8 DEFAULT 10, parameters text[] DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before record := est.outcome(query, max_q_error, parameters);
    statement text := substring(before.hint FROM '^Run (.*), and assert again\.$');
BEGIN
    EXECUTE statement;
    RETURN concat_ws(' | ', before.node, statement, est.said(query, max_q_error, parameters));
END $$;
-- 100 cities of 200 rows, each with its own code and one of 10 regions; skewed has 150 frequent
-- values, of which the default statistics hold 100.
CREATE TABLE t (id int PRIMARY KEY, city text NOT NULL, code int, region int, stamp timestamp, skewed int) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT i, 'c' || i % 100, i % 100, i % 10, '2024-01-01'::timestamp + i * interval '1 minute',
       coalesce((SELECT min(v) FROM generate_series(1, 150) v WHERE i <= v * (399 - v) / 2), i + 1000) FROM generate_series(1, 20000) i;
CREATE INDEX t_code ON t (code);
ANALYZE t;
CREATE TABLE objects AS SELECT (SELECT count(*) FROM pg_class) AS classes, (SELECT count(*) FROM pg_statistic_ext) AS statistics;

-- Right, or not wrong enough.
SELECT said('SELECT * FROM t');
SELECT said('SELECT * FROM t', 1);
SELECT said('SELECT * FROM t WHERE city = ''c7''', 1.2);
SELECT said('SELECT 1', 1);
SELECT said('SELECT * FROM t WHERE city = ''c7'' AND code = 7', 1000);

-- Correlated columns: one implies the other, values never occur together, there are fewer groups.
BEGIN;
SELECT correct('SELECT * FROM t WHERE city = ''c7'' AND code = 7');
SELECT said('SELECT * FROM t WHERE city = ''c8'' AND code = 8', 2);
ROLLBACK;
SELECT correct('SELECT * FROM t WHERE region = 3 AND code IN (4, 5, 6)');
DROP STATISTICS t_code_region_stat;
SELECT correct('SELECT city, code, count(*) FROM t GROUP BY city, code');
SELECT said('SELECT DISTINCT code, city FROM t');
DROP STATISTICS t_city_code_stat;
-- The simplest statement: one expression.
BEGIN;
SELECT correct('SELECT * FROM t WHERE id % 5 = 1');
SELECT correct('SELECT date_trunc(''day'', stamp), count(*) FROM t GROUP BY 1');
SELECT correct('SELECT * FROM t WHERE upper(city) = ''C7'' AND code = 7');
ROLLBACK;
-- A longer list of frequent values.
SELECT correct('SELECT * FROM t WHERE skewed = 140');
ALTER TABLE t ALTER skewed SET STATISTICS -1;
ANALYZE t;
-- A function that declares how many rows it returns, wrongly.
CREATE FUNCTION ten() RETURNS SETOF int LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT generate_series(1, 10); END $$;
SELECT correct('SELECT * FROM ten()');
SELECT said('SELECT * FROM json_array_elements(''[]'')');

-- Statistics that are missing, out of date, or declared but not yet built.
CREATE TABLE "New ""one" ("Key ""1" int, "select" int) WITH (autovacuum_enabled = off);
INSERT INTO "New ""one" SELECT i % 10, i % 10 FROM generate_series(1, 10000) i;
SELECT correct('SELECT * FROM "New ""one" WHERE "Key ""1" = 3');
SELECT correct('SELECT * FROM "New ""one" WHERE "Key ""1" = 3 AND "select" = 3', 5);
INSERT INTO "New ""one" SELECT 5000 + i, 17 FROM generate_series(1, 10000) i;
SELECT correct('SELECT * FROM "New ""one" WHERE "select" = 17');
DROP STATISTICS "New ""one_column_column_stat";
CREATE STATISTICS declared (dependencies) ON "Key ""1", "select" FROM "New ""one";
SELECT correct('SELECT * FROM "New ""one" WHERE "Key ""1" = 3 AND "select" = 3', 5);
-- Names work with any search path.
SET search_path = public;
SELECT est.correct('SELECT * FROM est."New ""one" WHERE "select" + 1 = 18');
SET search_path = est, public;
DROP TABLE "New ""one";
CREATE TEMP TABLE temporary (a int, b int);
INSERT INTO temporary SELECT i % 50, i % 50 FROM generate_series(1, 10000) i;
ANALYZE temporary;
SELECT correct('SELECT * FROM temporary WHERE a = 3 AND b = 3');
DROP TABLE temporary;
-- The name is taken.
BEGIN;
CREATE STATISTICS t_city_code_stat ON region, stamp FROM t;
SELECT correct('SELECT * FROM t WHERE city = ''c7'' AND code = 7');
ROLLBACK;
-- Partitions have statistics of their own.
CREATE TABLE parts (a int, b int, c int) PARTITION BY LIST (c);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1) WITH (autovacuum_enabled = off);
CREATE TABLE part_2 PARTITION OF parts FOR VALUES IN (2) WITH (autovacuum_enabled = off);
INSERT INTO parts SELECT i % 100, i % 100, 1 + (i % 4) / 3 FROM generate_series(1, 20000) i;
ANALYZE parts;
SELECT correct('SELECT * FROM parts WHERE a = 4 AND b = 4 AND c = 1');

-- Not errors: what a LIMIT, a join or EXISTS stopped early, what was not executed, bitmaps, writes.
SELECT said('SELECT * FROM t LIMIT 3', 1);
SELECT said('SELECT * FROM t WHERE code >= 0 ORDER BY id LIMIT 3', 1);
SELECT said('SELECT EXISTS (SELECT FROM t WHERE region = 4)', 1.1);
SELECT said('SELECT (SELECT count(*) FROM t WHERE false) FROM t WHERE id = 1', 1);
SELECT said('SELECT CASE WHEN id = 0 THEN (SELECT count(*) FROM t x WHERE x.city = ''c7'' AND x.code = 7) END FROM t WHERE id < 10', 1.5);
SET enable_seqscan = off;
SELECT said('SELECT * FROM t WHERE code = 7', 1.1);
SELECT said('SELECT * FROM t WHERE code = 7 OR id = 5', 1.1);
SELECT said('SELECT * FROM t WHERE code = 7 AND id < 19000', 1.1);
RESET enable_seqscan;
SET enable_hashjoin = off;
SET enable_nestloop = off;
-- A merge join that needs the first tenth of one side, and reads the other again.
SELECT said('SELECT * FROM t JOIN generate_series(1, 1000) g ON g = id', 1.5);
SELECT said('SELECT count(*) FROM t a JOIN t b USING (code)', 1.5);
RESET enable_hashjoin;
SET enable_mergejoin = off;
SELECT said('SELECT count(*) FROM t a JOIN t b USING (id)', 1.1);
RESET enable_nestloop;
SET enable_hashjoin = off;
SELECT said('SELECT count(*) FROM t a JOIN t b USING (id) WHERE a.code = 4', 1.1);
SELECT said('SELECT count(*) FROM generate_series(1, 20) g, (SELECT * FROM t OFFSET 0) x', 1.1);
RESET enable_hashjoin;
RESET enable_mergejoin;
SELECT said('SELECT * FROM t a WHERE EXISTS (SELECT FROM t b WHERE b.code = a.code) AND id < 100', 1.5);
SELECT said('UPDATE t SET region = region WHERE code = 7', 1.1);
SELECT said('DELETE FROM t WHERE code = 7', 1.1);
SELECT said('WITH d AS (DELETE FROM t WHERE code = 7 RETURNING *) SELECT * FROM d', 1.1);
SELECT count(*) FROM t;
SELECT said('WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 5) SELECT * FROM r', 20);
-- But it is an error if a node that was stopped early has already returned too many.
SELECT said('SELECT * FROM t WHERE city = ''c7'' AND code = 7 LIMIT 150') ~ '^P0004 \| (Seq|Bitmap Heap) Scan';

-- In parallel plans.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SET enable_bitmapscan = off;
SELECT perfkit_plan_shape('SELECT * FROM t WHERE region = 7');
SELECT said('SELECT * FROM t WHERE region = 7', 1.1);
SELECT said('SELECT * FROM t WHERE region = 7 LIMIT 5', 1.1);
SELECT said('SELECT region, count(*) FROM t GROUP BY region', 1.1);
SELECT said('SELECT count(*) FROM t a JOIN t b USING (id)', 4);
SELECT said('SELECT * FROM t WHERE city = ''c7'' AND code = 7');
SET parallel_leader_participation = off;
SELECT said('SELECT * FROM t WHERE region = 7', 1.1);
SELECT said('SELECT * FROM t WHERE city = ''c7'' AND code = 7');
RESET parallel_leader_participation;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
RESET enable_bitmapscan;

-- Where the error starts: below all nodes that it affects; in a CTE; and not in a node that is only
-- larger because of it.
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SELECT said('SELECT * FROM (SELECT * FROM t WHERE city = ''c7'' AND code = 7 ORDER BY stamp OFFSET 0) x JOIN t USING (region)');
SELECT said('WITH c AS MATERIALIZED (SELECT * FROM t WHERE city = ''c7'' AND code = 7) SELECT * FROM c WHERE id > 0');
-- A join whose inputs are right.
CREATE TABLE u AS SELECT i AS id, 50000 + i AS other FROM generate_series(1, 20000) i;
ANALYZE u;
SELECT said('SELECT * FROM (SELECT * FROM u OFFSET 0) x JOIN (SELECT * FROM u OFFSET 0) y ON x.other = y.id');
RESET enable_indexscan;
RESET enable_bitmapscan;

-- The facts, in which numbers are exact since all rows were in the sample.
SELECT detail FROM outcome('SELECT * FROM t WHERE city = ''c7'' AND code + 0 = 7');

-- Values that are unknown to the plan.
CREATE TABLE kinds AS SELECT i AS id, CASE WHEN i % 10 = 0 THEN i ELSE 0 END AS kind FROM generate_series(1, 10000) i;
ANALYZE kinds;
SELECT said('SELECT * FROM kinds WHERE kind = $1', 2, '{10}');
SELECT said('SELECT * FROM kinds WHERE kind = $1', 10, '{0}');
SELECT said('SELECT * FROM kinds WHERE id > $2 AND kind = $1', 1000, '{0, 5}');
SELECT correct('SELECT * FROM t WHERE city = $1 AND code = $2', 10, '{c7, 7}');
DROP STATISTICS t_city_code_stat;

-- Nothing is left behind.
DROP TABLE u, kinds, parts;
SELECT (SELECT count(*) FROM pg_class WHERE relname LIKE 'perfkit_copy%'), (SELECT count(*) - o.statistics FROM pg_statistic_ext) FROM objects o;

-- The error is also found where nothing can be written.
BEGIN READ ONLY;
SELECT said('SELECT * FROM t WHERE city = ''c7'' AND code = 7');
COMMIT;
-- A clause that fails for rows that the query does not apply it to; one that writes.
SELECT said('SELECT * FROM t WHERE city = ''c7'' AND code = 7 AND CASE WHEN city = ''c7'' THEN true ELSE 1 / (code - code) = 1 END') LIKE 'P0004%';
CREATE FUNCTION volatile_one(int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT $1';
SELECT said('SELECT * FROM t WHERE city = ''c7'' AND volatile_one(code) = 7') LIKE 'P0004%';
SET statement_timeout = '100ms';
SELECT perfkit_assert_estimates('SELECT * FROM t WHERE city = ''c7'' AND code = 7 AND pg_sleep(10) IS NOT NULL');
RESET statement_timeout;

-- Users.
CREATE ROLE regress_perfkit_nobody;
CREATE VIEW v AS SELECT * FROM t WHERE city = 'c7' AND code = 7;
GRANT USAGE ON SCHEMA est TO regress_perfkit_nobody;
GRANT SELECT ON v TO regress_perfkit_nobody;
SET ROLE regress_perfkit_nobody;
SELECT perfkit_assert_estimates('SELECT * FROM t');
SELECT said('SELECT * FROM v');
RESET ROLE;
GRANT SELECT ON t TO regress_perfkit_nobody;
SET ROLE regress_perfkit_nobody;
SELECT said('SELECT * FROM v');
RESET ROLE;
-- No copy has rows that row security hides.
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY some_rows ON t USING (region < 9);
CREATE FUNCTION spy(int) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN IF $1 = 9 THEN RAISE WARNING 'a hidden row'; END IF; RETURN true; END $$;
SET ROLE regress_perfkit_nobody;
SELECT state, node, hint, detail LIKE '%Row security applies%' FROM outcome('SELECT * FROM t WHERE city = ''c7'' AND code = 7 AND spy(region)');
RESET ROLE;
ALTER TABLE t DISABLE ROW LEVEL SECURITY;

-- perfkit's own scans of the table and of its copy are not findings of the guard, which is
-- unchanged afterwards.
CREATE INDEX t_city ON t (city);
SET perfkit.guard = 'error';
SET perfkit.guard_min_rows = 1000;
SET enable_seqscan = off;
SELECT state, node, hint FROM outcome('SELECT * FROM t WHERE city = ''c7'' AND code = 7');
SHOW perfkit.guard;
RESET enable_seqscan;
RESET perfkit.guard_min_rows;
RESET perfkit.guard;
DROP INDEX t_city;
-- Code that another user attached to a table does not run with the caller's privileges: statistics,
-- the predicate of an index, the subtype_diff of a range type.
CREATE ROLE regress_perfkit_other;
GRANT USAGE, CREATE ON SCHEMA est TO regress_perfkit_other;
SET ROLE regress_perfkit_other;
CREATE FUNCTION whoami(v int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF current_user <> 'regress_perfkit_other' THEN
        RAISE WARNING 'runs as the caller';
    END IF;
    RETURN v;
END $$;
CREATE FUNCTION distance(a int, b int) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT (est.whoami(a) - b)::float8';
CREATE TABLE other (a int, b int);
INSERT INTO other SELECT i % 100, i % 100 FROM generate_series(1, 2000) i;
CREATE STATISTICS other_stat ON whoami(a) FROM other;
ANALYZE other;
RESET ROLE;
SELECT node, hint, detail LIKE '%functions of its owner%' FROM outcome('SELECT * FROM other WHERE a = 7 AND b = 7');
DROP STATISTICS other_stat;
SELECT said('SELECT * FROM other WHERE a = 7 AND b = 7');
SET ROLE regress_perfkit_other;
CREATE INDEX other_a ON other (a) WHERE whoami(a) > 0;
RESET ROLE;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT node, hint, detail LIKE '%functions of its owner%' FROM outcome('SELECT * FROM other WHERE a = 7 AND b = 7 AND whoami(a) > 0', 1.5) WHERE node LIKE 'Index Scan%';
RESET enable_bitmapscan;
RESET enable_seqscan;
SET ROLE regress_perfkit_other;
DROP INDEX other_a;
CREATE TYPE span AS RANGE (subtype = int, subtype_diff = distance);
CREATE TABLE spans AS SELECT a, b, span(a, a + 5) FROM other;
ANALYZE spans;
RESET ROLE;
SELECT node, hint, detail LIKE '%functions of its owner%' FROM outcome('SELECT * FROM spans WHERE a = 7 AND b = 7');
-- Neither does code hidden in the predicate of an index as a coercion, a constant or a member of
-- another type.
CREATE FUNCTION predicate_told(predicate text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    SET LOCAL ROLE regress_perfkit_other;
    EXECUTE 'CREATE INDEX other_p ON est.other (a) WHERE ' || predicate;
    RESET ROLE;
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off;
    SELECT CASE WHEN node NOT LIKE 'Index%' THEN node WHEN detail LIKE '%functions of its owner%' THEN 'not tried' ELSE 'tried' END INTO told
    FROM est.outcome('SELECT * FROM est.other WHERE a = 7 AND b = 7 AND ' || predicate, 1.5);
    DROP INDEX est.other_p;
    RETURN told;
END $$;
SET ROLE regress_perfkit_other;
CREATE FUNCTION runs(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    IF current_user <> 'regress_perfkit_other' THEN RAISE WARNING 'runs as another role'; END IF; RETURN true; END $$;
CREATE DOMAIN whole AS int;
CREATE DOMAIN wholer AS whole CHECK (runs(VALUE));
CREATE TYPE pair AS (x whole, y int);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TYPE reach AS RANGE (subtype = int);
RESET ROLE;
SELECT predicate, predicate_told(predicate) FROM (VALUES
    ('a IS NOT NULL'), ('a::bigint > 0'), ('greatest(a, b) > 0'), ('(a, b) >= (0, 0)'), ('a = ANY (ARRAY[a, b])'),
    ('CASE WHEN a > 0 THEN ''good''::mood ELSE ''bad'' END = ''good'''), ('coalesce(a, b) > 0'),
    ('a::whole IS NOT NULL'), ('(a::whole)::wholer > 0'), ('cardinality((ARRAY[a])::whole[]) > 0'), ('a > ''0''::whole'), ('a >= ALL (''{0}''::whole[])'),
    ('ROW(a, b)::pair IS NOT NULL'), ('ROW(a, b)::pair > ''(0,0)''::pair'), ('reach(a, a + 1) <> ''[0,0]'''), ('(a::text)::whole > 0'), ('runs(a)')) v (predicate);
-- Nor does a constraint that is added later.
SET ROLE regress_perfkit_other;
CREATE INDEX other_p ON other (a) WHERE a::whole IS NOT NULL OR a = 7;
ALTER DOMAIN whole ADD CHECK (runs(VALUE)) NOT VALID;
RESET ROLE;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT node, detail LIKE '%functions of its owner%' FROM outcome('SELECT * FROM other WHERE a = 7 AND b = 7', 1.5);
RESET enable_bitmapscan;
RESET enable_seqscan;
DROP INDEX other_p;
-- The owner gets the advice, if allowed to create temporary tables.
SET ROLE regress_perfkit_other;
SELECT said('SELECT * FROM est.other WHERE a = 7 AND b = 7');
RESET ROLE;

-- Errors in trying statistics on the copy: one of the trial, or lock_timeout, only omits the hint;
-- others are raised unchanged.
CREATE FUNCTION fail_as_told() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'told to fail' USING ERRCODE = current_setting('est.state');
END $$;
CREATE EVENT TRIGGER regress_perfkit_fail ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION fail_as_told();
CREATE FUNCTION state_after(error text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    query CONSTANT text := 'SELECT * FROM est.t WHERE city = ''c7'' AND code = 7';
    answer text;
BEGIN
    PERFORM set_config('est.state', error, true);
    PERFORM perfkit_assert_estimates(query);
EXCEPTION WHEN OTHERS OR assert_failure OR query_canceled THEN
    GET STACKED DIAGNOSTICS answer = PG_EXCEPTION_HINT;
    RETURN concat_ws(' ', error, 'as', SQLSTATE, CASE WHEN answer LIKE 'Run %' THEN 'with a statement' END);
END $$;
SELECT state_after(e) FROM unnest('{42501,P0001,22012,54000,58P01,25006,55P03}'::text[]) e;
SELECT state_after(e) FROM unnest('{XX000,XX001,XX002,57014,57P01,53000,53100,53200,40001,40P01,58000,58030}'::text[]) e;
DROP EVENT TRIGGER regress_perfkit_fail;
SELECT state_after('XX001');

-- Bad input.
SELECT said(NULL);
SELECT said('SELECT 1', NULL);
SELECT said('SELECT 1', f) FROM unnest(ARRAY['NaN', 'Infinity', '-Infinity', '0', '0.999', '-5']::float8[]) f;
SELECT said('SELECT * FROM t WHERE id = $1');
SELECT said('SELECT * FROM t WHERE id = $1', 10, '{1, 2}');
SELECT said('SELECT * FROM t WHERE id = $1', 10, '{x}');
SELECT said('TRUNCATE t');
SELECT said('SELECT 1; SELECT 2');
SELECT said('SELECT 1 / (id - 5) FROM t');

DROP SCHEMA est CASCADE;
DROP ROLE regress_perfkit_nobody;
DROP ROLE regress_perfkit_other;
