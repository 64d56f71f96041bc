-- What the functions that plan refuse, each with its SQLSTATE.
SET client_min_messages = warning;
CREATE SCHEMA input_test;
SET search_path = input_test, public;
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE TABLE other (id int PRIMARY KEY);
CREATE TABLE bare (id int);

CREATE FUNCTION outcome(call text, OUT state text, OUT message text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT ' || call;
    message := 'passes';
EXCEPTION WHEN OTHERS OR assert_failure THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;
CREATE FUNCTION outcomes(query text) RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT DISTINCT o.*::text
    FROM (VALUES ('perfkit_assert_index_scan(%L)'), ('perfkit_assert_no_seq_scan(%L)'), ('perfkit_plan_shape(%L)'), ('perfkit_plan_hash(%L)'), ('perfkit_assert_shape(%L, ''Nothing'')'),
                 ('count(p) FROM perfkit_plan(%L) p')) f (call),
         outcome(format(call, query)) o
$$;

\pset format unaligned
\pset tuples_only on
-- Queries: all functions raise the same errors.
SELECT outcomes(NULL);
SELECT outcomes('');
SELECT outcomes('  -- nothing but a comment');
SELECT outcomes(';');
SELECT outcomes('SELECT 1; SELECT 2');
SELECT outcomes('SELECT 1;');
SELECT outcomes('EXPLAIN SELECT 1');
SELECT outcomes('CREATE TABLE x AS SELECT 1');
SELECT outcomes('SELECT 1 AS i INTO x');
SELECT outcomes('DECLARE c CURSOR FOR SELECT 1');
SELECT outcomes('PREPARE s AS SELECT 1');
SELECT outcomes('EXECUTE nowhere');
SELECT outcomes('DROP TABLE t');
SELECT outcomes('SET work_mem = 1');
SELECT outcomes('COPY t TO STDOUT');
SELECT outcomes('DO $x$ BEGIN END $x$');
SELECT outcomes('CALL nowhere()');
SELECT outcomes('SELEC 1');
SELECT outcomes('SELECT * FROM nowhere');
SELECT outcomes('SELECT nothing FROM t');
SELECT outcomes('SELECT * FROM t WHERE id = $1');
SELECT outcomes('SELECT * FROM t WHERE id = $2 AND v = $1');
SELECT outcomes('SELECT 1 / 0');
SELECT outcomes('INSERT INTO t (id) VALUES (''x'')');
SELECT to_regclass('x') IS NULL AS nothing_made, to_regclass('t') IS NOT NULL AS nothing_dropped;

-- Rules.
CREATE RULE quiet AS ON DELETE TO t DO INSTEAD NOTHING;
CREATE RULE copy AS ON INSERT TO t DO ALSO INSERT INTO other VALUES (new.id);
CREATE RULE tell AS ON UPDATE TO t DO INSTEAD NOTIFY told;
SELECT outcomes('DELETE FROM t');
SELECT outcomes('INSERT INTO t VALUES (1)');
SELECT outcomes('UPDATE t SET v = ''x''');

-- A position refers to the query, not to the statement that passed it.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT perfkit_plan_shape('SELECT id, FROM t');
SELECT perfkit_plan_shape('SELECT id FROM t WHERE nothing = 1');
SELECT perfkit_plan_shape('SELECT id FROM t WHERE id = $1');
\set VERBOSITY terse
-- Without a position, the context shows the query.
DO $$
DECLARE
    context text;
BEGIN
    PERFORM perfkit_plan_shape('SELECT 1 / 0');
EXCEPTION WHEN division_by_zero THEN
    GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
    RAISE WARNING '%', split_part(context, E'\n', 1);
END $$;

-- Demands.
SELECT outcome($$perfkit_assert_index_scan('SELECT 1', NULL, 'used')$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT 1', NULL, '')$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT 1', NULL, NULL)$$);

-- Indexes.
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM t WHERE id = 1', 'other_pkey')$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM bare', 'other_pkey')$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM t, bare', 'other_pkey')$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT 1', 'other_pkey')$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT 1', 't')$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT 1', 0)$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT 1', 'nowhere')$$);

-- Numbers of rows.
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT 1', -1)$$);
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT 1', NULL)$$);

-- A user who may not read a table may not see its plan, not even that a condition on it fails.
CREATE ROLE regress_perfkit_nobody;
GRANT USAGE ON SCHEMA input_test TO regress_perfkit_nobody;
SET ROLE regress_perfkit_nobody;
SELECT outcomes('SELECT * FROM t');
SELECT outcomes('SELECT id FROM t WHERE v = ''x''');
SELECT outcomes('DELETE FROM t');
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM t', 'other_pkey')$$);
SELECT outcome($$perfkit_assert_index_scan('SELECT * FROM t', 't_pkey', 'usable')$$);
RESET ROLE;
GRANT SELECT (id) ON t TO regress_perfkit_nobody;
SET ROLE regress_perfkit_nobody;
SELECT outcomes('SELECT v FROM t');
SELECT outcome($$perfkit_plan_shape('SELECT id FROM t')$$);
RESET ROLE;

DROP SCHEMA input_test CASCADE;
DROP ROLE regress_perfkit_nobody;
