-- generic => true: plans for unknown values, on every server; the hash of a shape, and the
-- assertion of one.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA generic_test;
SET search_path = generic_test, public;
CREATE FUNCTION outcome(call text, OUT state text, OUT message text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT ' || call;
    message := 'passes';
EXCEPTION WHEN OTHERS OR assert_failure THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;

-- Nine of ten rows are of the same kind: a custom plan knows which, a generic one does not.
CREATE TABLE t (id int PRIMARY KEY, kind int, v text) WITH (autovacuum_enabled = off);
CREATE INDEX t_kind ON t (kind);
INSERT INTO t SELECT i, CASE WHEN i % 10 = 0 THEN i ELSE 0 END, 'v' || i FROM generate_series(1, 20000) i;
CREATE TABLE p (id int, k int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (200) TO (300);
ANALYZE t, p;
SELECT perfkit_plan_shape('SELECT * FROM t WHERE kind = 0');
SELECT perfkit_plan_shape('SELECT * FROM t WHERE kind = 10');
SELECT perfkit_plan_shape('SELECT * FROM t WHERE kind = $1', generic => true);
SELECT perfkit_plan_shape('SELECT * FROM t WHERE id = $1', generic => true);
SELECT perfkit_plan_shape('SELECT * FROM t WHERE id = 1', generic => true);

-- An unknown value prunes nothing; a constant still does. (In one line: the plan of a partition is
-- not the point.)
SELECT string_agg(relation::text, ' ' ORDER BY node_id) FROM perfkit_plan('SELECT * FROM p WHERE id = $1', generic => true);
SELECT string_agg(relation::text, ' ' ORDER BY node_id) FROM perfkit_plan('SELECT * FROM p WHERE id = $1 AND id < 200', generic => true);
SELECT string_agg(relation::text, ' ' ORDER BY node_id) FROM perfkit_plan('SELECT * FROM p WHERE id = 150', generic => true);
SELECT string_agg(relation::text, ' ' ORDER BY node_id) FROM perfkit_plan('SELECT * FROM t WHERE id IN (SELECT k FROM p WHERE id > $1 OFFSET $2)', generic => true) WHERE relation <> 't'::regclass;
SELECT string_agg(relation::text, ' ' ORDER BY node_id) FROM perfkit_plan('SELECT (SELECT max(k) FROM p WHERE id = $1 + t.id) FROM t', generic => true);
SELECT string_agg(DISTINCT relation::text, ' ') FROM perfkit_plan('DELETE FROM p WHERE id = $1', generic => true);

-- Conditions show the parameters; types are inferred, also in subqueries, functions and casts.
SELECT index_condition FROM perfkit_plan('SELECT * FROM t WHERE id = $1', generic => true);
SELECT filter FROM perfkit_plan('SELECT * FROM t WHERE length(v) = $2 AND lower(v) = $1', generic => true);
SELECT filter FROM perfkit_plan('SELECT * FROM p1 WHERE k = $1::text::int', generic => true);

-- Assertions. All functions that plan accept it.
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM t WHERE kind = 0')$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM t WHERE kind = $1', 't_kind', generic => true)$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM t WHERE kind > $1 AND v = $2', generic => true)$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM t WHERE v = $1', generic => true)$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM t WHERE kind <> $1', 't_kind', generic => true)$$);
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM t WHERE kind = $1', generic => true)$$);
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM t WHERE v = $1', 20000, generic => true)$$);
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM t WHERE v = $1', 20001, generic => true)$$);

-- Parameters that have no value and no type.
SELECT outcome(format(call, 'SELECT * FROM t WHERE id = $1'))
FROM (VALUES ('count(p) FROM perfkit_plan(%L) p'), ('perfkit_plan_shape(%L)'), ('perfkit_plan_hash(%L)'), ('perfkit_assert_index_scan(%L)'),
             ('perfkit_assert_no_seq_scan(%L)'), ('perfkit_assert_shape(%L, ''Result'')')) f (call);
SELECT outcome($$perfkit_plan_shape('SELECT * FROM t WHERE id = $2', generic => true)$$);
SELECT outcome($$perfkit_plan_shape('SELECT $1 IS NULL', generic => true)$$);
SELECT outcome($$perfkit_plan_shape('SELECT $1', generic => true)$$);
-- A number that does not occur needs no type either, as with EXPLAIN (GENERIC_PLAN); PREPARE needs
-- one, and so does a plan that is run.
SELECT filter FROM perfkit_plan('SELECT * FROM p1 WHERE k = $3 AND id = $1', generic => true);
SELECT outcome($$perfkit_plan_shape('SELECT $2::int', generic => true)$$);
SELECT outcome($$perfkit_assert_work('SELECT * FROM t WHERE id = $3', 1000, generic => true, parameters => '{x,NULL,7}')$$);
SELECT outcome($$perfkit_assert_estimates('SELECT * FROM t WHERE id = $2', 2, '{x,7}')$$);
SELECT (outcome($$perfkit_plan_shape('SELECT * FROM t WHERE id = $1 AND v = $1', generic => true)$$)).state;
SELECT outcome($$perfkit_plan_shape('SELECT * FROM t WHERE id = $0', generic => true)$$);
SELECT outcome($$perfkit_plan_shape('SELECT 1', generic => NULL)$$);
SELECT outcome($$perfkit_plan_shape('EXECUTE s(1)', generic => true)$$);

-- The hash is that of the shape, and 16 digits long.
SELECT perfkit_plan_hash('SELECT * FROM t WHERE id = 1');
SELECT perfkit_plan_hash(q) = left(encode(sha256(convert_to(perfkit_plan_shape(q), 'UTF8')), 'hex'), 16) AS of_shape FROM (VALUES ('SELECT * FROM t WHERE id = 1')) v (q);
SELECT perfkit_plan_hash('SELECT * FROM t WHERE id = 1') = perfkit_plan_hash('SELECT x.v FROM t x WHERE $1 = x.id', generic => true) AS same;
SELECT perfkit_plan_hash('SELECT * FROM t WHERE kind = 0') = perfkit_plan_hash('SELECT * FROM t WHERE kind = 10') AS same;

-- perfkit_assert_shape() accepts what perfkit_plan_shape() returns.
SELECT bool_and(outcome(format('perfkit_assert_shape(%1$L, perfkit_plan_shape(%1$L, generic => true), generic => true)', query))::text = '(,passes,)') AS all_pass
FROM (VALUES ('SELECT 1'), ('SELECT * FROM t WHERE kind = $1'), ('SELECT * FROM p'), ('DELETE FROM p WHERE id = 4'),
             ('SELECT * FROM t x JOIN t y ON x.id = y.kind'), ('WITH c AS MATERIALIZED (SELECT * FROM t) SELECT * FROM c, c d')) q (query);
SELECT perfkit_assert_shape('SELECT * FROM t WHERE kind = $1 LIMIT 3', $$
    Limit
      Index Scan using t_kind on t
$$, generic => true);
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT perfkit_assert_shape('SELECT * FROM t WHERE kind = 0', E'Bitmap Heap Scan on t\n  Bitmap Index Scan on t_kind');
SELECT perfkit_assert_shape('SELECT * FROM t WHERE kind = 10', 'Bitmap Heap Scan on t');
SELECT perfkit_assert_shape('SELECT * FROM t WHERE kind = 0', E'Seq Scan on t\n  Sort');
SELECT perfkit_assert_shape('SELECT 1', '');
SELECT perfkit_assert_shape('SELECT 1', E' \n\t\n');
SELECT perfkit_assert_shape('SELECT 1', 'Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)');
SELECT perfkit_assert_shape('SELECT 1', E'Limit\n  ->  Result');
SELECT perfkit_assert_shape('SELECT 1', E'Limit\n Result');
SELECT perfkit_assert_shape('SELECT 1', E'Limit\n    Result');
SELECT perfkit_assert_shape('SELECT 1', E'  Limit\nResult');
SELECT perfkit_assert_shape('SELECT 1', E'Limit\n\n  Result');
SELECT perfkit_assert_shape('SELECT 1', E'Result\nResult');
SELECT perfkit_assert_shape('SELECT 1', E'Limit\n\tResult');
SELECT perfkit_assert_shape('SELECT 1', NULL);
SELECT perfkit_assert_shape(NULL, 'Result');

-- A user who may not read a table may not see its generic plan either.
CREATE ROLE regress_perfkit_nobody;
GRANT USAGE ON SCHEMA generic_test TO regress_perfkit_nobody;
SET ROLE regress_perfkit_nobody;
SELECT perfkit_plan_shape('SELECT * FROM t WHERE id = $1', generic => true);
SELECT perfkit_plan_hash('SELECT * FROM t WHERE id = $1', generic => true);
SELECT perfkit_assert_shape('SELECT * FROM t WHERE id = 1', 'Seq Scan on t');
RESET ROLE;

DROP SCHEMA generic_test CASCADE;
DROP ROLE regress_perfkit_nobody;
