-- perfkit_plan() against EXPLAIN (FORMAT JSON), node for node, over queries that together make
-- every kind of plan node.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA plan_test;
SET search_path = plan_test, public;

CREATE TABLE a (id int PRIMARY KEY, k int, v text, ts timestamptz);
CREATE INDEX a_k ON a (k);
CREATE INDEX a_v ON a (v text_pattern_ops);
INSERT INTO a SELECT i, i % 100, md5(i::text), '2026-01-01'::timestamptz + i * interval '1 hour' FROM generate_series(1, 5000) i;
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a, n numeric, flags int[]);
CREATE INDEX b_a ON b (a_id);
CREATE INDEX b_flags ON b USING gin (flags);
INSERT INTO b SELECT i, i % 5000 + 1, i / 7.0, ARRAY[i % 3, i % 5] FROM generate_series(1, 10000) i;
CREATE TABLE small (x int, y text);
INSERT INTO small SELECT i, 'y' || i FROM generate_series(1, 10) i;
CREATE TABLE part (id int, at timestamptz, v text) PARTITION BY RANGE (at);
CREATE TABLE part_2025 PARTITION OF part FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE part_2026 PARTITION OF part FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE part_rest PARTITION OF part DEFAULT;
CREATE INDEX part_at ON part (at);
CREATE INDEX part_id ON part (id);
INSERT INTO part SELECT i, '2025-01-01'::timestamptz + i * interval '3 hours', 'v' || i FROM generate_series(1, 5000) i;
CREATE TABLE parent (id int, v text);
CREATE TABLE child (extra int) INHERITS (parent);
INSERT INTO child SELECT i, 'c' || i, i FROM generate_series(1, 500) i;
CREATE VIEW busy AS SELECT a.k, count(*) AS n FROM a JOIN b ON b.a_id = a.id GROUP BY a.k HAVING count(*) > 10;
CREATE VIEW guarded WITH (security_barrier) AS SELECT * FROM a WHERE k < 50;
-- A server built from source may lack contrib; then a table replaces the foreign table.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'file_fdw') THEN
        CREATE EXTENSION IF NOT EXISTS file_fdw;
        CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
        CREATE FOREIGN TABLE ft (line text) SERVER files OPTIONS (filename '/dev/null');
    ELSE
        CREATE TABLE ft (line text);
    END IF;
END $$;
ANALYZE a, b, small, part, parent, child;

-- EXPLAIN's tree as rows like those of perfkit_plan(), and the differences between the two.
\getenv srcdir PG_ABS_SRCDIR
\set helpers :srcdir '/lib/compare.psql'
\set ECHO none
\i :helpers
\set ECHO all
SET search_path = plan_test, perfkit_compare, public;

CREATE TABLE body (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO body (query) VALUES
('SELECT 1'),
('SELECT * FROM a'),
('SELECT * FROM a WHERE id = 7'),
('SELECT id FROM a WHERE id BETWEEN 5 AND 20'),
('SELECT * FROM a WHERE k = 3 AND v LIKE ''a%'''),
('SELECT * FROM a WHERE k = 3 OR v LIKE ''ab%'''),
('SELECT * FROM a WHERE k IN (1, 2) AND v ~ ''^ab'''),
('SELECT * FROM b WHERE flags @> ARRAY[2, 4]'),
('SELECT * FROM a WHERE k = 3 AND id < 1000 ORDER BY id DESC LIMIT 5'),
('SELECT k, count(*) FROM a GROUP BY k'),
('SELECT k, count(*) FILTER (WHERE id > 10) FROM a GROUP BY k HAVING count(*) > 3 ORDER BY k'),
('SELECT count(*), sum(id) FROM a'),
('SELECT k, id % 3, count(*) FROM a GROUP BY GROUPING SETS ((k), (id % 3), ())'),
('SELECT k, count(*) FROM a GROUP BY ROLLUP (k, id)'),
('SELECT DISTINCT k FROM a ORDER BY k'),
('SELECT DISTINCT ON (k) * FROM a ORDER BY k, id'),
('SELECT a.*, rank() OVER (PARTITION BY k ORDER BY id), sum(id) OVER w FROM a WINDOW w AS (ORDER BY ts)'),
('SELECT * FROM (SELECT *, row_number() OVER (ORDER BY id) AS r FROM a) s WHERE r < 10'),
('SELECT * FROM a JOIN b ON b.a_id = a.id WHERE a.k = 5'),
('SELECT * FROM a JOIN b ON b.a_id = a.id'),
('SELECT * FROM a LEFT JOIN b ON b.a_id = a.id AND b.n > 3 WHERE b.id IS NULL'),
('SELECT * FROM a FULL JOIN b ON b.a_id = a.id'),
('SELECT * FROM small s RIGHT JOIN a ON s.x = a.k AND s.y <> a.v'),
('SELECT * FROM a WHERE EXISTS (SELECT FROM b WHERE b.a_id = a.id)'),
('SELECT * FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.a_id = a.id AND b.n > 10)'),
('SELECT * FROM a WHERE k IN (SELECT x FROM small)'),
('SELECT * FROM a WHERE k NOT IN (SELECT x FROM small)'),
('SELECT *, (SELECT max(n) FROM b WHERE b.a_id = a.id) FROM a WHERE id < 50'),
('SELECT * FROM a WHERE k > (SELECT avg(x) FROM small) AND k < (SELECT max(x) FROM small)'),
('SELECT * FROM a x JOIN a y ON x.k = y.id JOIN a z ON z.id = y.k WHERE x.id < 10'),
('SELECT * FROM a CROSS JOIN small'),
('SELECT * FROM small, LATERAL (SELECT * FROM b WHERE b.a_id = small.x ORDER BY n LIMIT 2) l'),
('WITH c AS MATERIALIZED (SELECT * FROM a WHERE k < 5) SELECT * FROM c x JOIN c y USING (id)'),
('WITH c AS (SELECT * FROM a WHERE k < 5) SELECT * FROM c'),
('WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 10) SELECT * FROM r'),
('WITH RECURSIVE r AS (SELECT id, k FROM a WHERE id = 1 UNION SELECT a.id, a.k FROM r JOIN a ON a.id = r.k + 1) SELECT * FROM r'),
('WITH gone AS (DELETE FROM b WHERE id < 10 RETURNING a_id) SELECT * FROM a JOIN gone ON gone.a_id = a.id'),
('SELECT id FROM a UNION SELECT id FROM b'),
('SELECT id, k FROM a UNION ALL SELECT id, a_id FROM b WHERE id < 5 ORDER BY 1 LIMIT 3'),
('SELECT id FROM a INTERSECT SELECT a_id FROM b'),
('SELECT id FROM a EXCEPT ALL SELECT a_id FROM b'),
('SELECT * FROM part WHERE at >= ''2026-03-01'' AND at < ''2026-03-02'''),
('SELECT * FROM part WHERE at > ''2025-06-01'' ORDER BY at LIMIT 10'),
('SELECT * FROM part WHERE at < now() - interval ''1000 years'''),
('SELECT * FROM part WHERE at > (SELECT max(ts) FROM a) AND id < 100'),
('SELECT * FROM part p JOIN part q ON p.id = q.id WHERE p.at < ''2025-02-01'''),
('SELECT * FROM part WHERE false'),
('SELECT * FROM parent WHERE id < 10'),
('SELECT tableoid::regclass, * FROM ONLY parent'),
('SELECT * FROM busy WHERE k < 10'),
('SELECT * FROM guarded WHERE v LIKE ''a%'''),
('SELECT * FROM (SELECT k, count(*) AS n FROM a GROUP BY k OFFSET 0) s WHERE n > 5'),
('SELECT * FROM generate_series(1, 10) g JOIN small ON small.x = g'),
('SELECT * FROM ROWS FROM (generate_series(1, 3), unnest(ARRAY[''a'', ''b''])) WITH ORDINALITY AS r (g, u, o)'),
('SELECT generate_series(1, k) FROM a WHERE id = 3'),
('VALUES (1, ''a''), (2, ''b'')'),
('SELECT * FROM (VALUES (1), (2), (3)) v (i) JOIN a ON a.id = v.i'),
('SELECT * FROM a TABLESAMPLE system (10) WHERE k < 5'),
('SELECT * FROM a WHERE ctid = ''(0,1)'''),
('SELECT * FROM a WHERE ctid > ''(0,1)'' AND ctid < ''(2,0)'''),
('SELECT * FROM a WHERE now() < ''1999-01-01'''),
('SELECT * FROM a WHERE id = 3 FOR UPDATE'),
('SELECT * FROM ft WHERE line = ''x'''),
('SELECT * FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relname = ''a'''),
('SELECT * FROM a ORDER BY k, id LIMIT 20'),
('SELECT * FROM a ORDER BY v'),
('INSERT INTO small SELECT id, v FROM a WHERE k = 1'),
('INSERT INTO small VALUES (1, ''a''), (2, ''b'')'),
('INSERT INTO a (id, k) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET k = excluded.k WHERE a.k < 5 RETURNING *'),
('INSERT INTO part VALUES (1, now(), ''x'')'),
('UPDATE a SET k = k + 1 WHERE id = 5'),
('UPDATE part SET v = ''z'' WHERE id = 5'),
('UPDATE part SET v = small.y FROM small WHERE small.x = part.id AND part.at < ''2025-03-01'' RETURNING part.*'),
('UPDATE a SET v = (SELECT y FROM small WHERE x = a.k) WHERE id < 10'),
('DELETE FROM a USING small WHERE small.x = a.id AND a.k = 2'),
('DELETE FROM parent WHERE id = 4'),
('MERGE INTO small t USING a ON a.id = t.x WHEN MATCHED THEN UPDATE SET y = a.v WHEN NOT MATCHED THEN INSERT VALUES (a.id, a.v)'),
('MERGE INTO part t USING small s ON t.id = s.x WHEN MATCHED THEN DELETE');

-- None differs, and all have a plan.
SELECT query, d.*
FROM body, differences(query, query) d;
SELECT bool_and(n > 0) AS all_have_plans
FROM (SELECT id, count(p) AS n FROM body, perfkit_plan(query) p GROUP BY id) s;

-- Generic plans. EXPLAIN has them from 16 on; on every server a prepared statement has them, but
-- its partitions are pruned when it is executed.
CREATE TABLE generic_body (id int GENERATED ALWAYS AS IDENTITY, query text, arguments text);
INSERT INTO generic_body (query, arguments) VALUES
('SELECT * FROM a WHERE id = $1', '7'),
('SELECT * FROM a WHERE k = $1 AND v LIKE $2', '7, ''a%'''),
('SELECT * FROM a WHERE k > $1 ORDER BY id LIMIT $2', '7, 10'),
('SELECT * FROM a JOIN b ON b.a_id = a.id WHERE a.k = $1 AND b.n < $2', '7, 10'),
('SELECT * FROM a WHERE k = ANY ($1)', '''{1,2}'''),
('SELECT * FROM b WHERE flags @> $1', '''{1,2}'''),
('SELECT $1::int + count(*) FROM a WHERE ts BETWEEN $2 AND $2 + interval ''1 day''', '1, now()'),
('SELECT * FROM a WHERE ($1::int IS NULL OR k = $1) AND id IN (SELECT a_id FROM b WHERE n > $2)', '1, 2'),
('WITH c AS MATERIALIZED (SELECT * FROM a WHERE k < $1) SELECT * FROM c x JOIN c y USING (id) WHERE x.v = $2', '1, ''x'''),
('SELECT * FROM small, LATERAL (SELECT * FROM b WHERE b.a_id = small.x AND b.n > $1 LIMIT 2) l', '1'),
('SELECT * FROM ft WHERE line = $1', '''x'''),
('SELECT * FROM parent WHERE id = $1', '4'),
('INSERT INTO small VALUES ($1, $2)', '1, ''x'''),
('UPDATE a SET v = $1 WHERE id = $2', '''x'', 1'),
('DELETE FROM b WHERE a_id = $1 RETURNING n + $2', '1, 2'),
('MERGE INTO small t USING (SELECT $1::int AS id) s ON t.x = s.id WHEN MATCHED THEN DELETE', '1'),
('SELECT * FROM part WHERE at = $1', 'now()'),
('SELECT * FROM part WHERE at > $1 ORDER BY at LIMIT 1', 'now()'),
('UPDATE part SET v = $1 WHERE at = $2', '''x'', now()'),
('SELECT * FROM a WHERE k > (SELECT count(*) FROM part WHERE at = $1)', 'now()'),
('SELECT * FROM part WHERE at < now() - interval ''1000 years'' AND id = $1', '1');
SELECT query, d.*
FROM (SELECT query FROM body UNION ALL SELECT query FROM generic_body) q, differences(query, query, true, 'GENERIC_PLAN,') d
WHERE current_setting('server_version_num')::int >= 160000;
CREATE FUNCTION prepared_differences(query text, arguments text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'PREPARE s AS ' || query;
    RETURN QUERY SELECT * FROM differences(query, format('EXECUTE s (%s)', arguments), true);
    DEALLOCATE s;
END $$;
SET plan_cache_mode = force_generic_plan;
SELECT query, d.*
FROM generic_body, prepared_differences(query, arguments) d WHERE query !~ '\mpart\M';
SELECT count(*) > 0 AS told_apart FROM prepared_differences('SELECT * FROM part WHERE at = $1', 'now()');
SET plan_cache_mode = force_custom_plan;
SELECT count(*) > 0 AS told_apart FROM prepared_differences('SELECT * FROM a WHERE k > $1', '98');
RESET plan_cache_mode;

-- The same with other plans: parallel plans, ...
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
SELECT query, d.*
FROM body, differences(query, query) d;
SELECT count(*) > 0 AS has_parallel_plans
FROM body, perfkit_plan(query) WHERE node_type IN ('Gather', 'Gather Merge');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET min_parallel_index_scan_size;

-- ... with the Gather that is not shown (the setting was renamed in 16), ...
SELECT set_config(name, 'regress', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT query, d.*
FROM body, differences(query, query) d;
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');

-- ... merge joins and sorted groups, nested loops, and no index at all. What is disabled costs so
-- much that the comparison itself would be compiled, over and over.
SET jit = off;
SET enable_hashjoin = off;
SET enable_hashagg = off;
SET enable_incremental_sort = off;
SELECT query, d.*
FROM body, differences(query, query) d;
SET enable_mergejoin = off;
SET enable_sort = off;
SELECT query, d.*
FROM body, differences(query, query) d;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET enable_indexonlyscan = off;
SELECT query, d.*
FROM body, differences(query, query) d;
RESET ALL;
SET search_path = plan_test, perfkit_compare, public;
SET client_min_messages = warning;

-- With row security, and for a user without any other privilege.
CREATE ROLE regress_perfkit_reader;
GRANT USAGE ON SCHEMA plan_test TO regress_perfkit_reader;
GRANT SELECT ON a, small TO regress_perfkit_reader;
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY low ON a USING (k < 10 AND EXISTS (SELECT FROM small WHERE x = k));
SET ROLE regress_perfkit_reader;
SELECT * FROM differences('SELECT * FROM a WHERE v LIKE ''a%''', 'SELECT * FROM a WHERE v LIKE ''a%''');
SELECT filter LIKE '%k < 10%' AS shows_policy FROM perfkit_plan('SELECT * FROM a WHERE v = ''a''') WHERE relation = 'a'::regclass;
SELECT * FROM perfkit_plan('SELECT * FROM b');
RESET ROLE;

-- The comparison does find differences.
SELECT count(*) > 0 AS told_apart FROM differences('SELECT * FROM a WHERE id = 7', 'SELECT * FROM a WHERE id = 8');
SELECT count(*) > 0 AS told_apart FROM differences('SELECT * FROM a', 'SELECT * FROM a x');

-- What is unknown without running the query is null.
SELECT count(*) AS nodes,
       count(actual_rows) + count(loops) + count(actual_ms) + count(rows_removed) + count(shared_hit) + count(shared_read)
       + count(temp_blocks) AS actuals
FROM perfkit_plan('SELECT * FROM a WHERE id = 7');

-- The plan is not run.
SELECT count(*) FROM perfkit_plan('DELETE FROM small');
SELECT count(*) FROM small;

DROP SCHEMA plan_test, perfkit_compare CASCADE;
DROP ROLE regress_perfkit_reader;
