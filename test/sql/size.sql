-- size_factor and perfkit_plan_flips(): plans for tables of another size.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA size_test;
SET search_path = size_test, public;
CREATE FUNCTION outcome(call text, OUT state text, OUT message text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT ' || call;
    message := 'passes';
EXCEPTION WHEN OTHERS OR assert_failure THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;

-- 10,000 rows, and 20 times as many of the same kind.
CREATE FUNCTION make(prefix text, n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($f$
        CREATE TABLE %1$s_a (id int PRIMARY KEY, k int, v text, share int) WITH (autovacuum_enabled = off);
        INSERT INTO %1$s_a SELECT i, i %% 20, md5(i::text), i / 10 FROM generate_series(1, %2$s) i;
        CREATE INDEX %1$s_a_k ON %1$s_a (k);
        CREATE INDEX %1$s_a_share ON %1$s_a (share, id);
        CREATE TABLE %1$s_b (id int PRIMARY KEY, a_id int, w text) WITH (autovacuum_enabled = off);
        INSERT INTO %1$s_b SELECT i, 1 + i / 3, 'w' || i FROM generate_series(1, 3 * %2$s - 4) i;
        CREATE INDEX %1$s_b_a ON %1$s_b (a_id);
    $f$, prefix, n);
END $$;
SELECT make('small', 10000), make('large', 200000);
VACUUM ANALYZE small_a, small_b, large_a, large_b;
CREATE TABLE body (query text);
INSERT INTO body VALUES
('SELECT * FROM @a'), ('SELECT * FROM @a WHERE id = 5'), ('SELECT * FROM @a WHERE k = 5'), ('SELECT count(*) FROM @a WHERE k < 3'), ('SELECT * FROM @a WHERE share = 7'),
('SELECT * FROM @a WHERE share > 7 ORDER BY share, id LIMIT 20'), ('SELECT * FROM @a ORDER BY v LIMIT 5'), ('SELECT id FROM @a WHERE id < 100'), ('SELECT k, count(*) FROM @a GROUP BY k'),
('SELECT share, count(*) FROM @a GROUP BY share'), ('SELECT * FROM @a JOIN @b ON a_id = @a.id'), ('SELECT * FROM @a JOIN @b ON a_id = @a.id WHERE share = 3'),
('SELECT * FROM @a WHERE EXISTS (SELECT FROM @b WHERE a_id = @a.id AND w = ''w7'')'), ('SELECT * FROM @b WHERE w = ''w9'''), ('SELECT max(id) FROM @b'),
('DELETE FROM @b WHERE a_id = 5'), ('UPDATE @a SET v = '''' FROM @b WHERE @b.id = @a.id AND a_id < 4'), ('SELECT DISTINCT v FROM @a WHERE k = 3'),
('WITH c AS MATERIALIZED (SELECT * FROM @b WHERE a_id < 9) SELECT * FROM c JOIN @a USING (id)');
CREATE FUNCTION of(query text, prefix text) RETURNS text LANGUAGE sql AS $$ SELECT replace(query, '@', prefix || '_') $$;
-- Shapes and costs are those of the large tables, not of the small ones.
SELECT query, perfkit_plan_shape(of(query, 'small'), size_factor => 20) AS expected, perfkit_plan_shape(of(query, 'large')) AS actual FROM body
WHERE replace(perfkit_plan_shape(of(query, 'small'), size_factor => 20), 'small', 'large') <> perfkit_plan_shape(of(query, 'large'));
SELECT query, s.node_type FROM body, perfkit_plan(of(query, 'small'), size_factor => 20) s JOIN perfkit_plan(of(query, 'large')) l USING (node_id)
-- a range of ids, or one of very many values, is another share of the rows in the larger table; and
-- an index of few pages, as deduplication leaves one, does not grow quite in proportion
WHERE query !~ '(id|share) [<=] \d|GROUP BY k'
      AND (abs(s.total_cost - l.total_cost) > 1 + 0.25 * l.total_cost OR abs(s.plan_rows - l.plan_rows) > 5 + 0.25 * l.plan_rows OR abs(s.plan_width - l.plan_width) > 1);
SELECT count(*) > 0 AS plans_change FROM body WHERE perfkit_plan_shape(of(query, 'small')) <> perfkit_plan_shape(of(query, 'small'), size_factor => 20);
-- The other way round: large tables as if they were small.
SELECT query FROM body WHERE replace(perfkit_plan_shape(of(query, 'large'), size_factor => 0.05), 'large', 'small') <> perfkit_plan_shape(of(query, 'small'));
-- At factor 1, a table has its own size.
SELECT count(*) FROM body WHERE perfkit_plan_hash(of(query, 'small'), size_factor => 1) <> perfkit_plan_hash(of(query, 'small'));

-- Nothing else is affected: neither the surrounding statement, nor one that a function plans while
-- its call with constants is evaluated.
CREATE FUNCTION cost_inside(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    tree json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO tree;
    RETURN (tree -> 0 -> 'Plan' ->> 'Total Cost')::float8;
END $$;
SELECT total_cost = cost_inside('SELECT * FROM small_a') AS same FROM perfkit_plan('SELECT * FROM small_a');
SELECT outcome($$perfkit_plan_shape('SELECT 1 / 0 FROM small_a', size_factor => 1000)$$);
SELECT total_cost = cost_inside('SELECT * FROM small_a') AS same FROM perfkit_plan('SELECT * FROM small_a');

-- Assertions for the size of production.
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM small_a WHERE k = 3 AND v > ''x''', size_factor => 100)$$);
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM small_b WHERE w = ''x''', 100000, size_factor => 10)$$);
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM small_b WHERE w = ''x''', 80000, size_factor => 10)$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM small_a JOIN small_b ON a_id = small_a.id WHERE k = 3', size_factor => 1)$$);
SELECT outcome($$perfkit_assert_shape('SELECT * FROM small_a WHERE id = 3', 'Index Scan using small_a_pkey on small_a', size_factor => 1000)$$);
DO $$
DECLARE
    detail text;
BEGIN
    PERFORM perfkit_assert_no_seq_scan('SELECT * FROM small_b WHERE w = ''x''', size_factor => 10);
EXCEPTION WHEN assert_failure THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RAISE WARNING '%', regexp_replace(substring(detail FROM '^[^\n]*'), '\d+(\.\d+)?(?= (pages|kB|instead)|\.$)', 'n', 'g');
END $$;

-- Flips: a small table is read sequentially, a large one by its index.
CREATE TABLE growing (id int, v text) WITH (autovacuum_enabled = off);
INSERT INTO growing SELECT i, 'v' FROM generate_series(1, 50) i;
CREATE INDEX growing_id ON growing (id);
VACUUM ANALYZE growing;
SELECT string_agg(shape, ', ' ORDER BY size_factor), min(size_factor) = 1 AS from_the_first, bool_and(abs(largest_table_rows - 50 * size_factor) <= 0.5) AS rows_fit
FROM perfkit_plan_flips('SELECT * FROM growing WHERE id = 7');
SELECT shape <> perfkit_plan_shape('SELECT * FROM growing WHERE id = 7', size_factor => size_factor * 0.98) AS begins_here,
       shape = perfkit_plan_shape('SELECT * FROM growing WHERE id = 7', size_factor => size_factor) AS and_holds
FROM perfkit_plan_flips('SELECT * FROM growing WHERE id = 7') WHERE size_factor > 1;
SELECT count(*) FROM perfkit_plan_flips('SELECT * FROM growing WHERE id = $1', generic => true);
SELECT count(*) FROM perfkit_plan_flips('SELECT * FROM growing', 0.001, 1e6);
SELECT size_factor, largest_table_rows, shape FROM perfkit_plan_flips('SELECT 1', 2, 2);
-- Every row has another shape than the one before, and rows are in order.
SELECT query, string_agg(format('%s at %s', shape, size_factor), E'\n') FROM body,
       LATERAL (SELECT *, lag(shape) OVER w AS before, lag(f.size_factor) OVER w AS smaller FROM perfkit_plan_flips(of(query, 'small'), 0.01, 1e4) f
                WINDOW w AS (ORDER BY f.size_factor)) f
WHERE shape = before OR smaller >= f.size_factor OR shape <> perfkit_plan_shape(of(query, 'small'), size_factor => f.size_factor) GROUP BY query;

-- What a function plans while its call with constants is evaluated is planned for the actual size:
-- it reads sequentially.
CREATE FUNCTION inside() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT count(*) FROM growing WHERE id = 7); END $$;
BEGIN;
SELECT filter FROM perfkit_plan('SELECT * FROM growing WHERE v = ''x'' AND id + 0 = inside()', size_factor => 1000);
-- what an earlier transaction did may be counted here or not
SELECT seq_scan > 0 AS sequentially, idx_scan = 0 AS not_by_index FROM pg_stat_xact_user_tables WHERE relname = 'growing';
COMMIT;
-- It is also planned with the caller's settings: demand 'usable' disables sequential scans, but not
-- in plans that a function makes meanwhile and keeps.
CREATE FUNCTION kept() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT count(*) FROM growing WHERE id = 7); END $$;
CREATE FUNCTION kept_within() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN kept() + (SELECT count(*) FROM small_a WHERE id < 0 AND k = kept()); END $$;
CREATE FUNCTION kept_off() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT count(*) FROM growing WHERE id = 8); END $$;
BEGIN;
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM small_a WHERE id = kept_within()', demand => 'usable')$$);
SELECT current_setting('enable_seqscan');
SELECT kept();
SELECT seq_scan > 0 AS sequentially, idx_scan = 0 AS not_by_index FROM pg_stat_xact_user_tables WHERE relname = 'growing';
ROLLBACK;
-- If the caller has them off, they stay off.
BEGIN;
SET LOCAL enable_seqscan = off;
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM small_a WHERE id = kept_off()', demand => 'usable')$$);
SELECT idx_scan > 0 AS by_index FROM pg_stat_xact_user_tables WHERE relname = 'growing';
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM small_a WHERE id = 1 / 0', demand => 'usable')$$);
SELECT current_setting('enable_seqscan');
COMMIT;
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM small_a WHERE id = 1 / 0', demand => 'usable')$$);
SELECT current_setting('enable_seqscan');

-- Bad factors.
SELECT outcome(format(call, factor))
FROM unnest(ARRAY['0', '-1', 'NaN', 'Infinity', '-Infinity']) factor,
     (VALUES ('count(p) FROM perfkit_plan(''SELECT 1'', size_factor => %L) p'), ('perfkit_plan_shape(''SELECT 1'', size_factor => %L)'),
             ('perfkit_plan_hash(''SELECT 1'', size_factor => %L)'), ('perfkit_assert_index_scan(''SELECT 1'', size_factor => %L)'),
             ('perfkit_assert_no_seq_scan(''SELECT 1'', size_factor => %L)'), ('perfkit_assert_shape(''SELECT 1'', ''Result'', size_factor => %L)'),
             ('count(p) FROM perfkit_plan_flips(''SELECT 1'', %L) p'), ('count(p) FROM perfkit_plan_flips(''SELECT 1'', to_factor => %L) p')) c (call);
SELECT outcome($$perfkit_plan_shape('SELECT 1', size_factor => NULL)$$);
SELECT outcome($$count(p) FROM perfkit_plan_flips('SELECT 1', 10, 1) p$$);
SELECT outcome($$count(p) FROM perfkit_plan_flips('SELECT 1', NULL) p$$);
SELECT outcome($$count(p) FROM perfkit_plan_flips(NULL) p$$);
SELECT outcome($$count(p) FROM perfkit_plan_flips('SELECT * FROM growing WHERE id = $1') p$$);
SELECT outcome($$count(p) FROM perfkit_plan_flips('DROP TABLE growing') p$$);
-- Factors beyond what a table can be, either way.
SELECT outcome(format('perfkit_plan_shape(''SELECT * FROM small_a x JOIN small_a y USING (k)'', size_factor => %s)', f)) FROM unnest(ARRAY['1e300', '1e-300', '4.9e-324', '1.7e308', '1e20']) f;
SELECT count(*) > 0 AS found FROM perfkit_plan_flips('SELECT * FROM growing WHERE id = 7', 1e-300, 1e300);

-- What grows: values that there are more of keep their numbers of rows, also at the other end of a
-- foreign key; kinds, and a value that stands out, keep their shares.
CREATE FUNCTION shop(prefix text, n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($f$
        CREATE TABLE %1$s_customers (id int PRIMARY KEY, email text) WITH (autovacuum_enabled = off);
        INSERT INTO %1$s_customers SELECT i, CASE WHEN i %% 3 = 0 THEN '' ELSE 'User' || i END FROM generate_series(1, %2$s / 10) i;
        CREATE INDEX ON %1$s_customers (lower(email));
        CREATE TABLE %1$s_kinds (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
        INSERT INTO %1$s_kinds SELECT generate_series(0, 4);
        CREATE TABLE %1$s_orders (id int PRIMARY KEY, kind_id int REFERENCES %1$s_kinds, customer_id int REFERENCES %1$s_customers, status text) WITH (autovacuum_enabled = off);
        INSERT INTO %1$s_orders SELECT i, i %% 5, 1 + (i * 7919 %% (%2$s / 10)), CASE WHEN i %% 50 = 0 THEN 'open' ELSE 'done' END FROM generate_series(1, %2$s) i;
        CREATE INDEX ON %1$s_orders (customer_id);
        CREATE INDEX ON %1$s_orders ((customer_id + 1));
        CREATE INDEX ON %1$s_orders ((customer_id %% 3));
        CREATE STATISTICS %1$s_customer_status (ndistinct, mcv) ON customer_id, status FROM %1$s_orders;
        CREATE TABLE %1$s_lines (order_id int, line int, shop int, customer_id int, PRIMARY KEY (order_id, line)) WITH (autovacuum_enabled = off);
        INSERT INTO %1$s_lines SELECT (i + 1) / 2, i %% 2, i %% 5, 1 + ((i + 1) / 2 * 7919 %% (%2$s / 10)) FROM generate_series(1, 2 * %2$s) i;
        CREATE TABLE %1$s_numbers (shop int, customer_id int, UNIQUE (shop, customer_id)) WITH (autovacuum_enabled = off);
        INSERT INTO %1$s_numbers SELECT s, i FROM generate_series(0, 4) s, generate_series(1, %2$s / 10) i;
        ALTER TABLE %1$s_numbers ADD FOREIGN KEY (customer_id) REFERENCES %1$s_customers;
        ALTER TABLE %1$s_lines ADD FOREIGN KEY (shop, customer_id) REFERENCES %1$s_numbers (shop, customer_id);
    $f$, prefix, n);
END $$;
SELECT shop('few', 2000), shop('many', 40000);
ANALYZE few_kinds, many_kinds, few_customers, few_orders, few_lines, few_numbers, many_customers, many_orders, many_lines, many_numbers;
CREATE TABLE shop (no int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO shop (query) VALUES
('SELECT * FROM @lines WHERE order_id = 1'), ('SELECT * FROM @lines WHERE order_id IN (5, 7)'), ('SELECT * FROM @orders WHERE customer_id = 5'), ('SELECT customer_id FROM @orders GROUP BY 1'),
('SELECT DISTINCT status FROM @orders'), ('SELECT * FROM @orders WHERE status = ''open'''), ('SELECT * FROM @orders WHERE customer_id = 5 AND status = ''done'''),
('SELECT * FROM @orders WHERE customer_id + 1 = 7'), ('SELECT * FROM @orders WHERE customer_id % 3 = 1'), ('SELECT * FROM @customers WHERE lower(email) = ''user5'''),
('SELECT * FROM @customers WHERE email = '''''), ('SELECT * FROM @customers WHERE lower(email) = '''''), ('SELECT * FROM @lines WHERE customer_id = 3'), ('SELECT * FROM @lines WHERE shop = 3'),
('SELECT * FROM @orders o JOIN @lines l ON l.order_id = o.id WHERE o.customer_id = 9'), ('SELECT * FROM (SELECT order_id AS o FROM @lines OFFSET 0) s WHERE o = 1'), ('SELECT * FROM @orders WHERE kind_id = 2');
SELECT no, of(query, 'few') AS query, s.plan_rows AS expected, l.plan_rows AS actual
FROM shop, perfkit_plan(of(query, 'few'), size_factor => 20) s, perfkit_plan(of(query, 'many')) l
WHERE s.depth = 0 AND l.depth = 0 AND greatest(s.plan_rows, l.plan_rows) > 2 + 1.2 * least(s.plan_rows, l.plan_rows);
-- The other way round, and without growth.
SELECT no, of(query, 'many') AS query, s.plan_rows AS expected, l.plan_rows AS actual
FROM shop, perfkit_plan(of(query, 'many'), size_factor => 0.05) s, perfkit_plan(of(query, 'few')) l
WHERE s.depth = 0 AND l.depth = 0 AND greatest(s.plan_rows, l.plan_rows) > 2 + 1.2 * least(s.plan_rows, l.plan_rows);
SELECT count(*) FROM shop, perfkit_plan(of(query, 'few'), size_factor => 1) s JOIN perfkit_plan(of(query, 'few')) l USING (node_id) WHERE s.plan_rows <> l.plan_rows;
-- No room in so small a table for as many rows of each value: together they are the table's.
SELECT plan_rows <= 20 AS fits FROM perfkit_plan('SELECT * FROM few_lines WHERE order_id BETWEEN 1 AND 2000 AND order_id <> 0', size_factor => 0.005) WHERE depth = 0;

-- Foreign keys that lead in circles, and there on many ways.
CREATE TABLE circle (a int, b int, c int, d int, PRIMARY KEY (a, b)) WITH (autovacuum_enabled = off);
INSERT INTO circle SELECT i / 20, i % 20, i / 20, i % 20 FROM generate_series(0, 399) i;
DO $$
BEGIN
    FOR i IN 1..8 LOOP
        ALTER TABLE circle ADD FOREIGN KEY (a, b) REFERENCES circle, ADD FOREIGN KEY (c, d) REFERENCES circle;
    END LOOP;
END $$;
ANALYZE circle;
SET statement_timeout = '60s';
SELECT plan_rows FROM perfkit_plan('SELECT * FROM circle WHERE c = 1', size_factor => 10);
RESET statement_timeout;

-- Kinds of tables: partitions grow individually; relations without storage do not.
CREATE TABLE part (id int, k int) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (1000);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (1000) TO (2000);
INSERT INTO part SELECT i, i FROM generate_series(0, 1999) i;
CREATE TEMP TABLE tt AS SELECT i FROM generate_series(1, 1000) i;
CREATE MATERIALIZED VIEW mv AS SELECT * FROM part;
CREATE VIEW v AS SELECT * FROM mv;
CREATE TABLE parent (id int);
CREATE TABLE child () INHERITS (parent);
INSERT INTO child SELECT i FROM generate_series(1, 1000) i;
ANALYZE part, tt, mv, parent;
SELECT q, round((SELECT plan_rows FROM perfkit_plan('SELECT * FROM ' || q, size_factor => 50) WHERE depth = 0)
                / (SELECT plan_rows FROM perfkit_plan('SELECT * FROM ' || q) WHERE depth = 0)) AS times
FROM unnest(ARRAY['part', 'part_1', 'tt', 'mv', 'v', 'child', 'pg_catalog.pg_class', 'generate_series(1, 10)', '(VALUES (1), (2)) x']) q;
SELECT largest_table_rows FROM perfkit_plan_flips('SELECT * FROM part JOIN tt ON i = id AND tt.i < 0', 10, 10);

-- Sizes of tables that the user may not read are not disclosed.
CREATE ROLE regress_perfkit_nobody;
GRANT USAGE ON SCHEMA size_test TO regress_perfkit_nobody;
SET ROLE regress_perfkit_nobody;
SELECT * FROM perfkit_plan_flips('SELECT * FROM growing WHERE id = 7');
SELECT perfkit_plan_shape('SELECT * FROM growing', size_factor => 1e300);
RESET ROLE;
-- Nor are common values to operators that might leak them, in a view that may be read.
CREATE FUNCTION spy(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'seen: %', $1; RETURN $1 = $2; END $$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = spy, RESTRICT = eqsel);
CREATE VIEW open_orders WITH (security_barrier) AS SELECT o.id, c.email FROM few_orders o JOIN few_customers c ON c.id = o.customer_id WHERE o.status = 'open';
GRANT SELECT ON open_orders TO regress_perfkit_nobody;
SET ROLE regress_perfkit_nobody;
SET search_path = size_test, public;
SELECT count(*) > 0 AS planned FROM perfkit_plan($$SELECT * FROM open_orders WHERE email === ''$$, size_factor => 3);
SELECT count(*) > 0 AS planned FROM perfkit_plan($$SELECT * FROM open_orders WHERE email === ''$$);
RESET ROLE;

DROP SCHEMA size_test CASCADE;
DROP ROLE regress_perfkit_nobody;
