-- perfkit_assert_index_scan() and perfkit_assert_no_seq_scan(): what passes, what fails, and what a
-- failure says.
SET client_min_messages = warning;
CREATE SCHEMA assert_test;
SET search_path = assert_test, public;

-- The outcome of a call: null if it passes, otherwise SQLSTATE, message and hint. DETAIL has sizes
-- and costs: see below.
CREATE FUNCTION outcome(call text, OUT state text, OUT message text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT ' || call;
    message := 'passes';
EXCEPTION WHEN OTHERS OR assert_failure THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;
CREATE FUNCTION asserted(query text, expected_index text = NULL, demand text = 'chosen', OUT state text, OUT message text, OUT hint text)
LANGUAGE sql AS $$
    SELECT o.* FROM outcome(format('perfkit_assert_index_scan(%L, %L, %L)', query, expected_index, demand)) o
$$;
CREATE FUNCTION detail(query text, expected_index text = NULL, demand text = 'chosen') RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    PERFORM perfkit_assert_index_scan(query, expected_index::regclass, demand);
    RETURN NULL;
EXCEPTION WHEN assert_failure THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END $$;

CREATE TABLE big (id int PRIMARY KEY, k int, name text, tags jsonb, flag boolean, at timestamptz) WITH (autovacuum_enabled = off);
INSERT INTO big SELECT i, i % 1000, md5(i::text), jsonb_build_object('t', i % 7), i % 100 = 0, '2026-01-01'::timestamptz + i * interval '1 min'
FROM generate_series(1, 20000) i;
CREATE INDEX big_k ON big (k);
CREATE INDEX big_at ON big (at, id);
CREATE INDEX big_flag ON big (id) WHERE flag;
CREATE TABLE little (id int PRIMARY KEY, k int, v varchar(20)) WITH (autovacuum_enabled = off);
INSERT INTO little SELECT i, i, 'v' || i FROM generate_series(1, 50) i;
CREATE INDEX little_k ON little (k);
ANALYZE big, little;

\pset format unaligned
\pset tuples_only on
-- An index is chosen.
SELECT asserted('SELECT * FROM big WHERE id = 7');
SELECT asserted('SELECT * FROM big WHERE id = 7', 'big_pkey');
SELECT asserted('SELECT id FROM big WHERE id < 7', 'big_pkey');
SELECT asserted('SELECT * FROM big WHERE k = 7', 'big_k');
SELECT asserted('SELECT * FROM big WHERE k = 7 OR id = 7', 'big_k');
SELECT asserted('SELECT * FROM big WHERE (at, id) > (''2026-01-03'', 5) ORDER BY at, id LIMIT 20', 'big_at');
SELECT asserted('SELECT id FROM big WHERE flag', 'big_flag');
SELECT asserted('DELETE FROM big WHERE id = 7', 'big_pkey');
SELECT asserted('INSERT INTO little VALUES (51)');
SELECT asserted('SELECT 1');

-- No index can serve: the columns are in the detail, the index to create in the hint.
SELECT asserted('SELECT * FROM big WHERE name = ''x''');
SELECT asserted('SELECT * FROM big WHERE name = ''x'' AND tags IS NULL AND at::date > now()');
SELECT asserted('SELECT * FROM big WHERE name LIKE ''%x%''');
SELECT asserted('SELECT * FROM big WHERE name ILIKE ''x%''');
SELECT asserted('SELECT * FROM big WHERE name LIKE ''x%''');
SELECT asserted('SELECT * FROM big WHERE tags @> ''{"t": 1}''');
SELECT asserted('SELECT * FROM big WHERE lower(name) = ''x''');
SELECT asserted('SELECT * FROM big WHERE 5 < k + id');
SELECT asserted('SELECT * FROM big WHERE name = ANY (ARRAY[''a'', ''b''])');
SELECT asserted('SELECT * FROM big WHERE (name, id) > (''a'', 5)');
SELECT asserted('SELECT * FROM big WHERE k = 3 OR name = ''x'' OR tags @> ''{"t": 1}''');
SELECT asserted('SELECT * FROM big WHERE NOT flag');
SELECT asserted('SELECT * FROM big WHERE name = md5(k::text)');
SELECT asserted('SELECT * FROM big WHERE random() < id');
SELECT asserted('SELECT * FROM little WHERE v = ''x''');
SELECT asserted('SELECT * FROM little l WHERE l = ROW(1, 2, ''x'')::little');
SELECT asserted('SELECT * FROM little WHERE point(k, k) IS NULL');
SELECT asserted('SELECT * FROM pg_class WHERE relhasrules AND relpages = 7');
SELECT asserted('SELECT * FROM big ORDER BY name LIMIT 1');
SELECT asserted('SELECT * FROM little l JOIN big b ON b.name = l.v');
SELECT asserted('SELECT * FROM big');
SELECT asserted('WITH c AS MATERIALIZED (SELECT * FROM big WHERE name = ''x'') SELECT * FROM c JOIN little USING (id)');
SELECT asserted('SELECT (SELECT count(*) FROM big WHERE name = v) FROM little WHERE id = 3', NULL, 'usable');
SELECT detail('SELECT * FROM big WHERE name = ''x'' AND tags IS NULL') ~ '^Seq Scan on big reads about 20000 rows in \d+ pages \(\d+ kB\) and is expected to keep 1\. Its condition is on: name, tags\. (Tried|Verified) with an index built on a sample: [^\n]*
Plan:
  Seq Scan on big$' AS detail_is_right;
-- An index that could only return all rows in order does not serve the condition, unless it is the
-- expected one, or a LIMIT can stop the scan.
SELECT asserted('SELECT * FROM big WHERE name = ''x'' ORDER BY id');
SELECT asserted('SELECT * FROM big WHERE name = ''x'' ORDER BY id', NULL, 'usable');
SELECT asserted('SELECT * FROM big WHERE name = ''x'' ORDER BY id', 'big_pkey', 'usable');
SELECT asserted('SELECT * FROM big WHERE name > ''x'' ORDER BY id LIMIT 5', NULL, 'usable');
SELECT asserted('SELECT * FROM big ORDER BY id', NULL, 'usable');
-- The same for a bitmap of a whole index, and for an index-only scan, whose conditions are on the
-- columns of the index.
CREATE TABLE ranges (id int, r nummultirange PRIMARY KEY) WITH (autovacuum_enabled = off);
SELECT asserted('SELECT r FROM ranges WHERE r && nummultirange(numrange(4, 5))', NULL, 'usable');
SET enable_bitmapscan = off;
SELECT asserted('SELECT r FROM ranges WHERE r && nummultirange(numrange(4, 5))', NULL, 'usable');
RESET enable_bitmapscan;

-- A B-tree with a condition on a column other than its first does not serve either, since all of it
-- is read.
CREATE TABLE pairs (a int, b int, c int, UNIQUE (a, b)) WITH (autovacuum_enabled = off);
INSERT INTO pairs SELECT i, i, i FROM generate_series(1, 2000) i;
VACUUM ANALYZE pairs;
SELECT asserted('SELECT * FROM pairs WHERE b = 7', NULL, 'usable');
SELECT asserted('SELECT b FROM pairs WHERE b = 7', NULL, 'usable');
SELECT asserted('SELECT * FROM pairs WHERE b = 7', 'pairs_a_b_key', 'usable');
SELECT asserted('SELECT * FROM pairs WHERE a = 7 AND b = 7', NULL, 'usable');
SELECT asserted('SELECT * FROM pairs WHERE a = ANY (ARRAY[7, 8])', NULL, 'usable');
SELECT asserted('SELECT * FROM pairs WHERE (a, b) > (7, 8)', NULL, 'usable');
SELECT asserted('SELECT * FROM pairs WHERE a IS NULL', NULL, 'usable');
SET enable_indexscan = off;
SELECT state FROM asserted('SELECT * FROM pairs WHERE b = 7', NULL, 'usable');
SELECT asserted('SELECT * FROM pairs WHERE a = 7 OR a = 8', NULL, 'usable');
RESET enable_indexscan;
-- A LIMIT stops the scan only through nodes that return rows as they read them.
SELECT asserted('SELECT count(*) FROM pairs WHERE a % 7 = 3 LIMIT 1', NULL, 'usable');
SELECT state FROM asserted('SELECT * FROM (SELECT a, row_number() OVER (ORDER BY a) FROM pairs WHERE a % 7 = 3) p LIMIT 1', NULL, 'usable');
SELECT state FROM asserted('SELECT a FROM pairs WHERE a % 7 = 3 ORDER BY -a LIMIT 1', NULL, 'usable');
SELECT state FROM asserted('SELECT a FROM pairs WHERE a % 7 = 3 ORDER BY a OFFSET 1', NULL, 'usable');
SELECT asserted('SELECT a FROM pairs WHERE a % 7 = 3 ORDER BY a LIMIT 1', NULL, 'usable');
SELECT asserted('SELECT a, count(*) FROM pairs WHERE a % 7 = 3 GROUP BY a ORDER BY a LIMIT 1', NULL, 'usable');
SELECT asserted('SELECT max(a) FROM pairs WHERE b % 7 = 3', NULL, 'usable');

-- The suggested index can be created for all types: here names and padded strings.
CREATE TABLE typed (n name, c char(10), v varchar(10), t text) WITH (autovacuum_enabled = off);
INSERT INTO typed SELECT md5(i::text), md5(i::text)::char(10), md5(i::text)::varchar(10), md5(i::text) FROM generate_series(1, 5000) i;
ANALYZE typed;
DO $$
DECLARE
    used text;
    tried record;
BEGIN
    FOREACH used IN ARRAY ARRAY['n', 'c', 'v', 't'] LOOP
        SELECT * INTO tried FROM asserted(format('SELECT * FROM typed WHERE %I LIKE %L', used, 'abc%'));
        RAISE WARNING '%: %', used, tried.hint;
        EXECUTE substring(tried.hint FROM 'CREATE INDEX .*[^.]');
        SELECT * INTO tried FROM asserted(format('SELECT * FROM typed WHERE %I LIKE %L', used, 'abc%'), NULL, 'usable');
        RAISE WARNING '%: %', used, tried.message;
    END LOOP;
END $$;

-- An index could serve, but costs more: a small table, or many rows.
SELECT asserted('SELECT * FROM little WHERE k = 7');
SELECT asserted('SELECT * FROM little WHERE k = 7', 'little_k');
SELECT asserted('SELECT * FROM little WHERE k = 7', NULL, 'usable');
SELECT asserted('SELECT * FROM little WHERE k = 7', 'little_k', 'usable');
SELECT asserted('SELECT * FROM big WHERE k > 10', 'big_k', 'usable');
SELECT asserted('SELECT * FROM big WHERE k > 10', 'big_k');
SELECT detail('SELECT * FROM big WHERE k > 10') ~ 'and is expected to keep 19\d{3}\. That is 9\d\.?\d* % of the rows\. With sequential scans disabled, the plan reads big by index "big_k" and costs [\d.]+ instead of [\d.]+\.' AS detail_is_right;
-- The reported costs do not include the penalty for a disabled scan.
SELECT substring(detail('SELECT * FROM big WHERE k > 10') FROM 'and costs ([\d.]+) instead')::numeric < 1e6 AS cost_is_real;

-- The index is not the expected one.
SELECT asserted('SELECT * FROM big WHERE k = 7', 'big_pkey');
SELECT asserted('SELECT * FROM big WHERE name = ''x''', 'big_k');
SELECT asserted('SELECT * FROM big WHERE name = ''x''', 'big_k', 'usable');
CREATE INDEX big_k_name ON big (k, name, id, at);
SELECT asserted('SELECT * FROM big WHERE k = 7', 'big_k_name');
DROP INDEX big_k_name;

-- No statistics: VACUUM knows how many rows there are, but not what is in them.
CREATE TABLE fresh (id int, k int) WITH (autovacuum_enabled = off);
INSERT INTO fresh SELECT i, i FROM generate_series(1, 100) i;
CREATE INDEX fresh_k ON fresh (k);
VACUUM fresh;
SELECT asserted('SELECT * FROM fresh WHERE k = 7');
SELECT asserted('SELECT * FROM fresh WHERE id = 7');
ANALYZE fresh;
SELECT asserted('SELECT * FROM fresh WHERE k = 7');

-- An existing index that cannot be used: invalid, or disabled by a setting.
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'fresh_k'::regclass;
SELECT asserted('SELECT * FROM fresh WHERE k = 7');
UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'fresh_k'::regclass;
SELECT asserted('SELECT * FROM big WHERE flag AND id < 100', 'big_flag');
SELECT asserted('SELECT * FROM big WHERE id < 100', 'big_flag');

-- Partitions: the expected index may be the parent's or a partition's; the suggested index is on
-- the parent.
CREATE TABLE part (id int, k int, v text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10000);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (10000) TO (20000);
CREATE INDEX part_k ON part (k);
INSERT INTO part SELECT i, i, i FROM generate_series(0, 19999) i;
ANALYZE part;
SELECT asserted('SELECT * FROM part WHERE k = 7', 'part_k');
SELECT asserted('SELECT * FROM part WHERE k = 7', 'part_2_k_idx');
SELECT asserted('SELECT * FROM part_1 WHERE k = 7', 'part_k');
SELECT asserted('SELECT * FROM part WHERE k = 7 AND id < 10', 'part_k');
SELECT asserted('SELECT * FROM part WHERE v = ''7'' AND id < 10');
SELECT asserted('SELECT * FROM part WHERE v = ''7''', 'part_k');

-- Parallel sequential scans are sequential scans.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT perfkit_plan_shape('SELECT * FROM big WHERE name = ''x''') LIKE '%Parallel Seq Scan%' AS is_parallel;
SELECT asserted('SELECT * FROM big WHERE name = ''x''');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

-- perfkit_assert_no_seq_scan(): tables under min_rows are exempt.
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM little')$$);
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM little', 50)$$);
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM little', 51)$$);
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM little, big WHERE name = ''x''', 51)$$);
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM little, big WHERE big.id = 7', min_rows => 1000)$$);
SELECT outcome($$perfkit_assert_no_seq_scan('SELECT * FROM part', 9223372036854775807)$$);

-- Each index is named once, in the plural if there are several.
CREATE TABLE arms (id int PRIMARY KEY, "B" int) WITH (autovacuum_enabled = off);
CREATE INDEX "arms B" ON arms ("B");
INSERT INTO arms SELECT i, i FROM generate_series(1, 100) i;
ANALYZE arms;
SELECT asserted('SELECT * FROM arms WHERE id = 1 OR id = 2 OR id = 5');
SELECT asserted('SELECT * FROM arms WHERE id = 1 OR "B" = 2 OR id = 5');
SELECT detail('SELECT * FROM arms WHERE id = 1 OR "B" = 2 OR id = 5') ~ 'reads arms by indexes "arms_pkey" and "arms B" and costs' AS named;
CREATE INDEX "arms B id" ON arms ("B", id);
SET enable_seqscan = off;
SELECT asserted('SELECT * FROM arms x JOIN arms y USING (id) WHERE x.id = 3', '"arms B id"');
RESET enable_seqscan;

-- 'usable' leaves the setting unchanged, whether it passes or fails.
SELECT asserted('SELECT * FROM little WHERE k = 7', 'little_k', 'usable');
SHOW enable_seqscan;
SELECT asserted('SELECT * FROM nowhere', NULL, 'usable');
SHOW enable_seqscan;
BEGIN;
SET LOCAL enable_seqscan = off;
SELECT perfkit_assert_index_scan('SELECT * FROM little WHERE k = 7', demand => 'usable');
SHOW enable_seqscan;
COMMIT;
SHOW enable_seqscan;

-- An assertion changes nothing, so it is allowed in a read-only transaction.
BEGIN READ ONLY;
SELECT asserted('INSERT INTO little VALUES (52)');
SELECT asserted('SELECT * FROM big WHERE id = 7 FOR UPDATE');
SELECT asserted('SELECT * FROM little WHERE k = 7', 'little_k', 'usable');
COMMIT;
SELECT count(*) FROM little;

-- It sees what its own transaction did.
BEGIN;
CREATE TABLE new AS SELECT i FROM generate_series(1, 10000) i;
SELECT asserted('SELECT * FROM new WHERE i = 3');
CREATE INDEX ON new (i);
ANALYZE new;
SELECT asserted('SELECT * FROM new WHERE i = 3');
ROLLBACK;
DO $$
BEGIN
    CREATE TABLE new AS SELECT i FROM generate_series(1, 10000) i;
    CREATE INDEX ON new (i);
    ANALYZE new;
    PERFORM perfkit_assert_index_scan('SELECT * FROM new WHERE i = 3');
    DROP TABLE new;
END $$;

-- pg_stat_statements and others see the assertion as the statement, and no assertion affects the
-- next.
SELECT count(perfkit_assert_index_scan(format('SELECT * FROM big WHERE id = %s', i))) FROM generate_series(1, 1000) i;

-- An assertion that passes plans the query once, as EXPLAIN does. Only a failed one is looked into,
-- which takes more plans.
CREATE SEQUENCE plannings;
CREATE FUNCTION one() RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''assert_test.plannings''); RETURN 1; END';
CREATE FUNCTION plans(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint := nextval('plannings');
BEGIN
    BEGIN
        EXECUTE statement;
    EXCEPTION WHEN assert_failure THEN NULL;
    END;
    RETURN nextval('plannings') - before - 1;
END $$;
SELECT call, plans('SELECT perfkit_' || call)
FROM (VALUES ('assert_index_scan(''SELECT * FROM big WHERE id = one()'')'),
             ('assert_index_scan(''SELECT * FROM big WHERE id = one()'', ''big_pkey'', ''usable'')'),
             ('assert_no_seq_scan(''SELECT * FROM big WHERE id = one()'')'),
             ('assert_work(''SELECT * FROM big WHERE id = one()'', 100)'),
             ('assert_estimates(''SELECT * FROM big WHERE id = one()'', 100)')) c (call);
SELECT plans('SELECT perfkit_assert_no_seq_scan(''SELECT * FROM big WHERE id + 1 = one()'')') > 1 AS looked_into;

DROP SCHEMA assert_test CASCADE;
