-- perfkit_plan_shape(): the plan without what depends on the server, the run or the wording.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA shape_test;
SET search_path = shape_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, v text) WITH (autovacuum_enabled = off);
CREATE INDEX t_k ON t (k);
INSERT INTO t SELECT i, i % 1000, 'v' || i FROM generate_series(1, 10000) i;
CREATE TABLE "Odd ""name" (id int PRIMARY KEY, t_id int);
INSERT INTO "Odd ""name" SELECT i, i FROM generate_series(1, 100) i;
CREATE INDEX "Odd index" ON "Odd ""name" (t_id);
CREATE TABLE p (id int, v text) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);
ANALYZE t, "Odd ""name", p;

SELECT perfkit_plan_shape('SELECT * FROM t');
SELECT perfkit_plan_shape('SELECT * FROM t WHERE id = 1');
SELECT perfkit_plan_shape('SELECT id FROM t ORDER BY id DESC LIMIT 1');
SELECT perfkit_plan_shape('SELECT * FROM t WHERE k = 5');
SELECT perfkit_plan_shape('SELECT k, count(*) FROM t GROUP BY k');
SELECT perfkit_plan_shape('SELECT count(*) FROM t');
SELECT perfkit_plan_shape('SELECT * FROM "Odd ""name" o JOIN t ON t.id = o.t_id WHERE o.id = 3');
SELECT perfkit_plan_shape('SELECT * FROM t a FULL JOIN t b ON a.id = b.k');
SELECT perfkit_plan_shape('SELECT * FROM p');
SELECT perfkit_plan_shape('SELECT * FROM p WHERE id = 150');
SELECT perfkit_plan_shape('UPDATE t SET v = NULL WHERE id = 1');
SELECT perfkit_plan_shape('INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING');
SELECT perfkit_plan_shape('DELETE FROM p WHERE id = 150');
SELECT perfkit_plan_shape('MERGE INTO t USING (SELECT 1 AS i) s ON t.id = i WHEN MATCHED THEN DELETE');
SELECT perfkit_plan_shape('WITH c AS MATERIALIZED (SELECT * FROM t) SELECT * FROM c WHERE k = (SELECT max(id) FROM t)');
SELECT perfkit_plan_shape('SELECT (SELECT v FROM t i WHERE i.id = o.k) FROM t o');
SELECT perfkit_plan_shape('WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 10) SELECT * FROM r');
SELECT perfkit_plan_shape('SELECT * FROM generate_series(1, 3)');
SELECT perfkit_plan_shape('SELECT * FROM t WHERE false');
SELECT perfkit_plan_shape('SELECT DISTINCT k FROM t WHERE v > ''v5'' UNION ALL VALUES (1), (2)');

-- Aliases and constants are not part of it; the strategy of an aggregate is.
SELECT perfkit_plan_shape('SELECT * FROM t WHERE k = 5') = perfkit_plan_shape('SELECT x.v FROM t AS x WHERE 7 = x.k') AS same;
SET enable_hashagg = off;
SELECT perfkit_plan_shape('SELECT k, count(*) FROM t GROUP BY k') LIKE 'GroupAggregate%' AS shows_strategy;
RESET enable_hashagg;

-- Parallel and partial nodes show.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT perfkit_plan_shape('SELECT count(*) FROM t WHERE v > ''v''');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

-- A name is qualified if the search path does not find it.
CREATE TEMP TABLE mine (i int);
SET search_path = public;
SELECT perfkit_plan_shape('SELECT * FROM shape_test.t, mine');
CREATE TEMP TABLE t (i int);
SET search_path = shape_test, public, pg_temp;
SELECT perfkit_plan_shape('SELECT * FROM pg_temp.t');

-- The errors are those of perfkit_plan().
SELECT perfkit_plan_shape(NULL);
SELECT perfkit_plan_shape('SELECT 1; SELECT 2');

DROP SCHEMA shape_test CASCADE;
