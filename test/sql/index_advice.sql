-- Advice for a workload: which indexes, and that the planner uses them once they exist. Sizes and
-- costs are in no output.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA advice_test;
SET search_path = advice_test, public;
CREATE TABLE item (
    id int PRIMARY KEY, shop int, kind text, price int, made timestamptz, name text, tags int[], doc jsonb, area int4range, place point,
    filler text) WITH (autovacuum_enabled = off);
INSERT INTO item
SELECT i, i % 1000, 'kind ' || i % 20, i * 7919 % 30011, timestamptz '2025-01-01 00:00+00' + i * interval '1 min', md5(i::text),
       ARRAY[i % 500, i % 499], jsonb_build_object('n', i % 700), int4range(i, i + 10), point(i % 173, i % 181), repeat('x', 100)
FROM generate_series(1, 30000) i;
CREATE TABLE sale (id int PRIMARY KEY, item int, state text, at timestamptz, amount int) WITH (autovacuum_enabled = off);
INSERT INTO sale
SELECT i, i * 31 % 30000, CASE WHEN i % 100 = 0 THEN 'open' ELSE 'done' END, timestamptz '2025-01-01 00:00+00' + i * 7919 % 60013 * interval '1 min', i
FROM generate_series(1, 60000) i;
VACUUM ANALYZE item, sale;

-- What is advised for the queries; then, with these indexes, whether anything is left to advise,
-- and whether each of them is used.
CREATE FUNCTION advised(VARIADIC workload text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    a record;
    q text;
    unused text;
BEGIN
    FOR a IN SELECT * FROM perfkit_index_advice(workload) ORDER BY statement COLLATE "C"
    LOOP
        IF a.gain <= 0 OR a.gain > 1 OR a.size_bytes < 8192 OR a.write_cost < 0 OR a.queries <> ARRAY(SELECT x FROM unnest(workload) x WHERE x = ANY (a.queries)) THEN
            RETURN NEXT format('impossible: %s', a);
        END IF;
        RETURN NEXT a.statement;
    END LOOP;
    BEGIN
        FOR a IN SELECT * FROM perfkit_index_advice(workload)
        LOOP
            EXECUTE a.statement;
        END LOOP;
        ANALYZE;
        FOR a IN SELECT statement FROM perfkit_index_advice(workload)
        LOOP
            RETURN NEXT '  left: ' || a.statement;
        END LOOP;
        SELECT string_agg(i.indexrelid::regclass::text, ', ') INTO unused
        FROM pg_index i
        WHERE i.indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'advice_test'::regnamespace) AND NOT i.indisprimary
          AND NOT EXISTS (SELECT FROM unnest(workload) w, perfkit_plan(w, generic => true) p WHERE p.index = i.indexrelid::regclass);
        IF unused <> '' THEN
            RETURN NEXT '  unused: ' || unused;
        END IF;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'UT000';
    EXCEPTION WHEN SQLSTATE 'UT000' THEN NULL;
    END;
END $$;

-- One key, several, an order, a range.
SELECT advised('SELECT * FROM item WHERE shop = 7');
SELECT advised('SELECT * FROM item WHERE shop = $1 AND kind = $2');
SELECT advised('SELECT * FROM item WHERE kind = $1 ORDER BY made DESC LIMIT 10');
SELECT advised('SELECT * FROM item ORDER BY price, made DESC LIMIT 10');
SELECT advised('SELECT * FROM item WHERE shop = 7 AND price > 29000');
SELECT advised('SELECT max(at) FROM sale', 'SELECT min(amount) FROM sale');
-- An index-only scan.
SELECT advised('SELECT sum(amount) FROM sale WHERE at > ''2025-02-08''');
-- One for both of two queries that include different columns.
SELECT advised('SELECT sum(amount) FROM sale WHERE at > ''2025-02-08''', 'SELECT sum(item) FROM sale WHERE at > ''2025-02-08''');
-- One that exists, and lacks a column for it.
CREATE INDEX sale_at ON sale (at);
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT sum(amount) FROM sale WHERE at > ''2025-02-08''']);
CREATE INDEX sale_at_amount ON sale (at) INCLUDE (item, amount);
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT sum(amount) FROM sale WHERE at > ''2025-02-08''']);
DROP INDEX sale_at, sale_at_amount;
-- All columns of a table: not of a wide one, but of two keys.
CREATE TABLE tagged (item int, tag int) WITH (autovacuum_enabled = off);
INSERT INTO tagged SELECT i % 3000, i * 7 % 5000 FROM generate_series(1, 60000) i;
VACUUM ANALYZE tagged;
SELECT advised('SELECT tag FROM tagged WHERE item = 7', 'SELECT * FROM item WHERE shop = 7');
-- Joins, both ways and through a view and an outer join.
SELECT advised('SELECT s.* FROM item i JOIN sale s ON s.item = i.id WHERE i.shop = 7');
CREATE VIEW shop_sales AS SELECT i.shop, s.* FROM item i LEFT JOIN sale s ON s.item = i.id;
SELECT advised('SELECT * FROM shop_sales WHERE shop = 7');
-- Expressions, and other access methods.
SELECT advised('SELECT * FROM item WHERE lower(name) = ''abc''');
SELECT advised('SELECT * FROM item WHERE name LIKE ''%abcd%''');
SELECT advised('SELECT * FROM item WHERE tags @> ARRAY[7, 8]');
SELECT advised('SELECT * FROM item WHERE doc @> ''{"n": 7}''');
SELECT advised('SELECT * FROM item WHERE area && int4range(7, 8)');
SELECT advised('SELECT * FROM item ORDER BY place <-> point(3, 4) LIMIT 5');
-- Arms of an OR, which are of use only together.
SELECT advised('SELECT * FROM item WHERE shop = 7 OR price = 8');
-- A part of the rows that several queries ask for, and one that only one does.
CREATE TABLE task (id int PRIMARY KEY, state text, due int, owner int, pad text) WITH (autovacuum_enabled = off);
INSERT INTO task SELECT i, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END, i, i % 3000, repeat('p', 80) FROM generate_series(1, 60000) i;
VACUUM ANALYZE task;
SELECT advised('SELECT * FROM task WHERE state = ''open'' AND due > 50000', 'SELECT * FROM task WHERE state = ''open'' AND owner = 50');
SELECT advised('SELECT * FROM task WHERE state = ''open'' AND owner = 50', 'SELECT * FROM task WHERE state = ''done'' AND owner = 7');
-- One index for several queries; the one that another covers is left out.
SELECT advised('SELECT * FROM item WHERE shop = 7', 'SELECT * FROM item WHERE shop = 7 AND price = 8', 'SELECT * FROM item WHERE shop = 8 ORDER BY price LIMIT 3');
-- A query that costs a thousand times as much as the others does not hide them, once it is served.
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT count(*) FROM item i WHERE (SELECT count(*) FROM sale s WHERE s.item = i.id) > 5',
    'SELECT * FROM item WHERE shop = 7'], ARRAY[1, 30.0]);
-- An index of half the table's size has to save more than a tenth of the cost.
SELECT advised('SELECT sum(amount) FROM sale WHERE at > ''2025-01-19''');
SELECT advised('SELECT sum(amount) FROM sale WHERE at > ''2025-01-25''');
-- Nothing: all rows are wanted, or the index exists.
SELECT advised('SELECT * FROM item');
SELECT advised('SELECT * FROM item WHERE id = 7');
SELECT advised('SELECT count(*) FROM pg_class WHERE relnamespace = 7', 'SELECT count(*) FROM perfkit_runs WHERE workload = ''x''');
SELECT advised('INSERT INTO sale VALUES (0, 1)', 'UPDATE item SET price = 1 WHERE id = 7', 'VALUES (1)');
SELECT advised(VARIADIC '{}');
-- Writes.
SELECT advised('DELETE FROM sale WHERE item = 7', 'UPDATE sale SET amount = 0 WHERE item = $1');
-- Where rows are inserted by the million, an index for a few reads costs more than it saves.
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT * FROM sale WHERE item = 7', 'INSERT INTO sale SELECT * FROM sale'], ARRAY[1, 100.0]);
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT * FROM sale WHERE item = 7', 'INSERT INTO sale SELECT * FROM sale'], ARRAY[1000.0, 0]);
-- All that a statement writes counts, in its WITH clause as well; but only what has to be kept up
-- to date.
CREATE FUNCTION advised_beside(writer text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT statement FROM perfkit_index_advice(ARRAY['SELECT * FROM sale WHERE item = 7', writer], ARRAY[5.0, 1]) WHERE queries @> '{SELECT * FROM sale WHERE item = 7}'
$$;
SELECT advised_beside('WITH copied AS (INSERT INTO sale SELECT * FROM sale RETURNING id) SELECT count(*) FROM copied');
SELECT advised_beside('WITH copied AS (INSERT INTO sale SELECT * FROM sale RETURNING id) INSERT INTO tagged SELECT id, id FROM copied');
SELECT advised_beside('WITH copied AS (INSERT INTO tagged SELECT id, id FROM sale RETURNING item), moved AS (UPDATE sale SET item = item + 1) SELECT 1');
SELECT advised_beside('WITH copied AS (INSERT INTO tagged SELECT id, id FROM sale RETURNING item), moved AS (UPDATE sale SET amount = 0) SELECT 1');
SELECT advised_beside('WITH gone AS (DELETE FROM sale RETURNING id) INSERT INTO tagged SELECT id, id FROM gone');
SELECT advised_beside('MERGE INTO sale USING tagged ON id = tag WHEN MATCHED THEN UPDATE SET amount = 0');
SELECT advised_beside('MERGE INTO sale USING tagged ON id = tag WHEN MATCHED THEN UPDATE SET item = 0');
SELECT advised_beside('MERGE INTO sale USING tagged ON id = tag WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (tag, 0)');

-- Weights, and limits.
SELECT statement, round(gain::numeric, 1) FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7', 'SELECT * FROM sale WHERE item = 7'], ARRAY[0, 1.0]);
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7', 'SELECT * FROM item WHERE price = 7'], ARRAY[100.0, 1], min_gain => 0.1);
SELECT count(*), sum(size_bytes) <= 1000000 FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7', 'SELECT * FROM item WHERE price = 7'], max_bytes => 1000000);
SELECT count(*) FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7'], max_bytes => 1);

-- Only ratios of weights matter, and sums of them do not overflow.
SELECT count(*), count(*) FILTER (WHERE gain > 0 AND gain <= 1) FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7', 'SELECT * FROM item WHERE price = 7'], ARRAY[1e308, 1e308]);
SELECT count(*), count(*) FILTER (WHERE gain > 0 AND gain <= 1) FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7', 'SELECT * FROM item WHERE price = 7'], ARRAY[1e-307, 1e-307]);
SELECT count(*) FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7'], ARRAY[0.0]);
-- An index that saves nothing is no advice, whatever min_gain is.
SELECT count(*) > 0, count(*) FILTER (WHERE gain <= 0 OR cardinality(queries) = 0) FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7', 'SELECT * FROM item WHERE shop = 7 AND price = 8', 'SELECT * FROM item WHERE price = 9'], ARRAY[1, 1, 0.0], min_gain => 0);
-- Nothing is proven on no rows.
CREATE TABLE no_rows (a int, b int);
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT * FROM no_rows WHERE a = 7']);
SELECT statement, proof FROM perfkit_index_advice(ARRAY['SELECT * FROM no_rows WHERE a = 7'], include_unproven => true);
-- Values that are too large for some of the indexes; the others are built.
CREATE TABLE large (k int, v text) WITH (autovacuum_enabled = off);
INSERT INTO large SELECT i, CASE WHEN i % 1000 = 0 THEN (SELECT string_agg(md5(i::text || j), '') FROM generate_series(1, 200) j) ELSE i::text END FROM generate_series(1, 20000) i;
VACUUM ANALYZE large;
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT * FROM large WHERE v = ''x'' AND k > 7', 'SELECT * FROM large WHERE k = 7']);
-- Many joins: too much to plan for each index alone, so what all of them would use is cut down.
CREATE TEMPORARY TABLE joins AS
SELECT array_agg(format('SELECT count(*) FROM item a JOIN item b USING (shop) JOIN item c USING (shop) JOIN item d USING (shop) JOIN item e USING (shop)
    JOIN item f USING (shop) JOIN item g USING (shop) WHERE a.price = %s AND a.kind = ''kind %s'' AND b.made < ''2025-01-02'' AND b.price %s c.price', i, i % 20, (ARRAY['<', '=', '>'])[i % 3 + 1]) ORDER BY i) AS queries
FROM generate_series(1, 20) i;
SELECT count(*) BETWEEN 1 AND 4 AS few, bool_and(gain > 0 AND cardinality(queries) > 0) AS used FROM perfkit_index_advice((SELECT queries FROM joins));
-- A search that is cut short: what it has left is dropped if it saves less than min_gain.
DO $$ BEGIN FOR i IN 1 .. 10 LOOP EXECUTE format('CREATE TABLE side_%s AS SELECT i AS a, repeat(''p'', 80) AS pad FROM generate_series(1, 400) i', i); END LOOP; END $$;
ANALYZE;
CREATE TEMPORARY TABLE products AS
SELECT array_agg(format('SELECT 1 FROM item, %s WHERE item.shop = 7 AND item.price = %s AND item.kind = ''kind 7'' AND %s',
                        (SELECT string_agg('side_' || n, ', ') FROM generate_series(1, 10) n), i,
                        (SELECT string_agg(format('side_%s.a = %s', n, i), ' AND ') FROM generate_series(1, 10) n)) ORDER BY i) AS queries
FROM generate_series(1, 2) i;
BEGIN;
SET LOCAL from_collapse_limit = 20;
SET LOCAL geqo = off;
-- (planned faster, for the same effort)
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_material = off;
SET LOCAL enable_memoize = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL client_min_messages = notice;
SELECT count(*) > 0 AS advised, bool_and(gain >= 0.04) AS enough, bool_and(cardinality(queries) > 0) AS used FROM perfkit_index_advice((SELECT queries FROM products), min_gain => 0.04);
ROLLBACK;
-- Queries that cannot be planned, if they are to be skipped.
SET client_min_messages = notice;
SELECT statement FROM perfkit_index_advice(ARRAY['SELEC 1', 'SELECT * FROM item WHERE shop = 7', 'VACUUM', 'SELECT * FROM no_such_table'], ARRAY[1.0, 2, 3, 4], skip_unplannable => true);
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7'], skip_unplannable => true);
SET client_min_messages = warning;

-- Bad input.
SELECT perfkit_index_advice(ARRAY['SELECT 1', NULL]);
SELECT perfkit_index_advice(ARRAY['SELEC 1']);
SELECT perfkit_index_advice(ARRAY['SELECT 1; SELECT 2']);
SELECT perfkit_index_advice(ARRAY['VACUUM']);
SELECT perfkit_index_advice(ARRAY['SELECT * FROM no_such_table']);
SELECT perfkit_index_advice(ARRAY['SELECT 1'], ARRAY[1.0, 2]);
SELECT perfkit_index_advice(ARRAY['SELECT 1'], ARRAY[-1.0]);
SELECT perfkit_index_advice(ARRAY['SELECT 1'], ARRAY['NaN'::float8]);
SELECT perfkit_index_advice(ARRAY['SELECT 1'], ARRAY[NULL::float8]);
SELECT perfkit_index_advice(NULL, ARRAY[1.0]);
SELECT perfkit_index_advice(ARRAY['SELECT 1'], min_gain => 2);
SELECT perfkit_index_advice(ARRAY['SELECT 1'], min_gain => NULL);
SELECT perfkit_index_advice(ARRAY['SELECT 1'], max_bytes => 0);
SELECT perfkit_index_advice(ARRAY['SELECT 1'], include_unproven => NULL);
SELECT perfkit_index_advice(ARRAY['SELECT 1'], skip_unplannable => NULL);
SELECT perfkit_index_advice(ARRAY['SELECT 1', NULL], skip_unplannable => true);
SELECT perfkit_index_advice(ARRAY[['SELECT 1'], ['SELECT 2']]);

-- The session stays as it was: temporary tables of the names that are used, prepared statements.
CREATE TEMP TABLE perfkit_clone_0 (mine int);
CREATE TYPE pg_temp.perfkit_clone_0_of_1 AS ENUM ();
CREATE TEMP TABLE perfkit_clone_0_of_2_0 (mine int);
CREATE TEMP TABLE perfkit_twin_index (mine int);
INSERT INTO perfkit_clone_0 VALUES (7);
PREPARE mine AS SELECT 7 AS still_there;
SELECT advised('SELECT * FROM item WHERE shop = 7');
TABLE perfkit_clone_0;
EXECUTE mine;
SELECT count(*) FROM pg_class WHERE relname LIKE 'perfkit\_clone%' OR relname LIKE 'perfkit\_twin%';
SELECT write_cost > 0 FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7']);
DROP TABLE perfkit_clone_0, perfkit_clone_0_of_2_0, perfkit_twin_index;
DROP TYPE pg_temp.perfkit_clone_0_of_1;

-- Where nothing can be built, nothing is advised, unless asked.
BEGIN TRANSACTION READ ONLY;
SET LOCAL client_min_messages = notice;
\set VERBOSITY default
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7']);
\set VERBOSITY terse
SELECT statement, gain, size_bytes, write_cost, proof FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7'], include_unproven => true);
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT statement, proof FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7'], include_unproven => true);
ROLLBACK;

-- Who may not read a table learns nothing; row security allows no copy.
CREATE ROLE regress_perfkit_advised;
GRANT USAGE ON SCHEMA advice_test TO regress_perfkit_advised;
GRANT SELECT ON sale TO regress_perfkit_advised;
SET ROLE regress_perfkit_advised;
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT * FROM item WHERE shop = 7'], include_unproven => true);
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT * FROM sale WHERE item = 7']);
RESET ROLE;
ALTER TABLE sale ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON sale USING (amount > 0);
SET ROLE regress_perfkit_advised;
SELECT statement, proof FROM perfkit_index_advice(ARRAY['SELECT * FROM sale WHERE item = 7'], include_unproven => true);
RESET ROLE;

-- Partitions: one index for all.
CREATE TABLE part (k int, v int, w text) PARTITION BY RANGE (k);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (20000);
CREATE TABLE part_2 (w text, gone int, v int, k int);
ALTER TABLE part_2 DROP gone;
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (20000) TO (40000);
INSERT INTO part SELECT i, i % 5000, repeat('w', 50) FROM generate_series(0, 39999) i;
VACUUM ANALYZE part;
SELECT statement, relation FROM perfkit_index_advice(ARRAY['SELECT * FROM part WHERE v = 7']);
-- Odd names.
CREATE TABLE "Odd ""table%s" ("a ""b" int, "select" int, pad text);
INSERT INTO "Odd ""table%s" SELECT i, i, repeat('p', 50) FROM generate_series(1, 20000) i;
VACUUM ANALYZE "Odd ""table%s";
SELECT statement FROM perfkit_index_advice(ARRAY['SELECT * FROM "Odd ""table%s" WHERE "a ""b" = 7 AND "select" > 5']);

DROP SCHEMA advice_test CASCADE;
DROP ROLE regress_perfkit_advised;
