-- Why an index is not used: every cause that a failed index assertion reports. For hypopg, see
-- test/t/021_why.pl.
SET client_min_messages = warning;
CREATE SCHEMA why_test;
SET search_path = why_test, public;
SET TimeZone = 'UTC';

-- The causes of a failure, with the index concerned and the remedy if it is SQL.
CREATE FUNCTION why(query text, expected_index text = NULL, demand text = 'chosen', size_factor float8 = 1) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM perfkit_assert_index_scan(query, expected_index::regclass, demand, size_factor => size_factor);
    RETURN NEXT 'passes';
EXCEPTION WHEN assert_failure THEN
    IF demand = 'usable' THEN
        INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index, demand)
        VALUES ('why()', 'this', query, expected_index, demand);
        RETURN QUERY SELECT 'usable: ' || cause FROM perfkit_verify_indexes('why()');
        DELETE FROM perfkit_index_checks WHERE workload = 'why()';
    ELSE
        RETURN QUERY
        SELECT concat(cause, ', index ' || index::text, ', ' || remedy_sql)
        FROM perfkit_diagnose(query, expected_index::regclass, size_factor => size_factor);
    END IF;
WHEN OTHERS THEN
    RETURN NEXT SQLERRM;
END $$;
-- The statement that is the remedy of a condition on table "cases".
CREATE FUNCTION remedy(condition text) RETURNS text
LANGUAGE sql AS $$ SELECT remedy_sql FROM perfkit_diagnose('SELECT * FROM cases WHERE ' || condition) WHERE cause IN ('no_index', 'or_arm') LIMIT 1 $$;
-- The same for conditions on table "cases".
CREATE FUNCTION why_not(VARIADIC conditions text[]) RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT line
    FROM unnest(conditions) WITH ORDINALITY c (condition, position),
         LATERAL (SELECT '-- ' || condition, 0
                  UNION ALL SELECT w, n FROM why('SELECT * FROM cases WHERE ' || condition) WITH ORDINALITY x (w, n)) l (line, n)
    ORDER BY position, n
$$;

CREATE TABLE cases (
    id int, b bigint, nm numeric, n name, c char(10), v varchar(10), t text, e text COLLATE "C", a int[], r int4range, p point, ip inet,
    j jsonb, tz timestamptz, ts timestamp, d date, tsv tsvector, x xid, bool boolean, "odd ""column" int) WITH (autovacuum_enabled = off);
INSERT INTO cases
SELECT i, i, i, i::text, i::text, i::text, md5(i::text), md5(i::text), ARRAY[i, i % 10], int4range(i, i + 5), point(i, i), '10.0.0.0'::inet + i,
    jsonb_build_object('k', i), '2026-01-01'::timestamptz + i * interval '1 h', '2026-01-01'::timestamp + i * interval '1 h',
    '2026-01-01'::date + i % 100, to_tsvector('simple', i::text), i::text::xid, i % 2 = 0, i
FROM generate_series(1, 5000) i;
ANALYZE cases;
\pset format unaligned
\pset tuples_only on

-- No index: the one to create, with the operator's own class; columns compared for equality first,
-- then a range or the order.
SELECT why_not('id = 5', '"odd ""column" = 5', 'a @> ARRAY[5]', 'a && ARRAY[5]', 'r && int4range(3, 4)', 'p <@ box(point(1, 1), point(2, 2))',
    'j ? ''k''', 'j @> ''{"k": 5}''', 'j ->> ''k'' = ''5''', 'tsv @@ ''5''::tsquery', 'x = ''5''::xid',
    'e LIKE ''ab%''', 't LIKE ''%ab%''', 't ILIKE ''ab%''', 't ~ ''abc''', 't ~<~ ''x''', 't = ''x'' COLLATE "C"', 'bool IS TRUE', 'id IS NULL',
    'ts > ''2026-01-05'' AND t = ''x'' AND id > 5 AND v = ''y''', 'id = 1 OR t = ''x'' OR a && ARRAY[5]', '(id, t) > (5, ''x'')');
SELECT why('SELECT * FROM cases WHERE v = ''x'' ORDER BY id DESC, ts DESC LIMIT 5');
SELECT why('SELECT * FROM cases WHERE v = ''x'' ORDER BY id DESC, ts NULLS FIRST, d DESC NULLS LAST LIMIT 5');
SELECT why('SELECT * FROM cases WHERE v IN (''x'', ''y'') ORDER BY id LIMIT 5');
SELECT why('SELECT * FROM cases WHERE id > 3 AND id < 4 ORDER BY ts LIMIT 5');
SELECT why('SELECT * FROM cases ORDER BY ts DESC, id LIMIT 5');
-- The remedies are right: after what they say, the condition is served. (What inet needs depends on
-- the major version.)
DO $$
DECLARE
    condition text;
    hint text;
BEGIN
    FOREACH condition IN ARRAY ARRAY['"odd ""column" = 5', 'a @> ARRAY[5]', 'r && int4range(3, 4)', 'p <@ box(point(1, 1), point(2, 2))',
        'ip << inet ''10.0.0.0/28''', 'j ? ''k''', 'j ->> ''k'' = ''5''', 'tsv @@ ''5''::tsquery', 'x = ''5''::xid', 'e LIKE ''ab%''', 't ILIKE ''ab%''',
        't ~<~ ''x''', 't = ''x'' COLLATE "C"', 'bool IS TRUE', 'id = 1 OR t = ''x'' OR a && ARRAY[5]', '(id, t) > (5, ''x'')']
    LOOP
        BEGIN
            hint := remedy(condition);
            CONTINUE WHEN hint IS NULL; -- so many rows that no index is chosen
            EXECUTE hint;
            PERFORM perfkit_assert_index_scan('SELECT * FROM cases WHERE ' || condition, demand => 'usable');
            RAISE EXCEPTION 'undo' USING ERRCODE = 'UT000';
        EXCEPTION
            WHEN SQLSTATE 'UT000' THEN NULL;
            WHEN OTHERS OR assert_failure THEN RAISE WARNING '% % %', condition, hint, SQLERRM;
        END;
    END LOOP;
END $$;

-- Trigrams, in whatever schema their extension is.
BEGIN;
ALTER EXTENSION pg_trgm SET SCHEMA why_test;
SET LOCAL search_path = public;
SELECT why_test.why('SELECT * FROM why_test.cases WHERE t ILIKE ''%ab%''');
ROLLBACK;

-- No index can have such a condition: what to write instead.
SELECT why_not('id <> 5', 'id NOT IN (5, 6)', 'id IS DISTINCT FROM 5', 'id IS NOT DISTINCT FROM 5', 't NOT LIKE ''ab%''', 'bool IS NOT TRUE', '5 = ANY (a)', 'b = id', 'ts > clock_timestamp()',
    'to_char(ts, ''YYYY'') = ''2026''', 'b = 5.5', 'c = ''x''::text', 'tz::date = ''2026-01-05''', 'ts::date = ''2026-01-05''', 'date_trunc(''month'', ts) = ''2026-02-01''',
    'id NOT IN (SELECT i FROM generate_series(1, 3) i)', 'id = 1 OR b = nm');
-- An index cannot have a system column or a whole row as key, nor more than 32 keys.
SELECT why_not('tableoid::bigint + 1 = 5', 'xmin::text = ''5''', 'ctid > ''(1,1)''');
SELECT why('SELECT * FROM cases a JOIN cases b ON a.ctid = b.ctid');
CREATE TABLE pairs (a int, b int);
INSERT INTO pairs SELECT i, i FROM generate_series(1, 5000) i;
ANALYZE pairs;
SELECT why('SELECT * FROM pairs x JOIN pairs y ON x = y');
SELECT why('SELECT * FROM pairs WHERE hash_record(pairs) = 5');
SELECT format('CREATE TABLE wide (%s)', string_agg(format('c%s int', i), ', ')), string_agg(format('c%s = 5', i), ' AND ') AS conditions,
    string_agg(format('c%s', i), ', ') AS columns
FROM generate_series(1, 40) i \gset wide_
:wide_format;
SELECT why('SELECT * FROM wide WHERE ' || :'wide_conditions');
SELECT why('SELECT * FROM wide ORDER BY ' || :'wide_columns');
SELECT why('SELECT * FROM wide WHERE c40 = 7 OR ' || :'wide_conditions');
-- An index cannot be created on a TOAST table.
SELECT format('SELECT * FROM %s WHERE length(chunk_data) = 5', reltoastrelid::regclass) AS query FROM pg_class WHERE oid = 'cases'::regclass \gset toast_
SELECT why(:'toast_query');

-- There is an index, but the condition prevents its use.
CREATE INDEX cases_t ON cases (t COLLATE "C");
CREATE INDEX cases_j ON cases USING gin (j jsonb_path_ops);
CREATE INDEX cases_id_v ON cases (id, v);
CREATE INDEX cases_b ON cases (b);
CREATE INDEX cases_tz ON cases (tz);
CREATE INDEX cases_nm ON cases USING hash (nm);
CREATE INDEX cases_d ON cases (d) WHERE bool AND id > 100;
SELECT why_not('t > ''x'' COLLATE "POSIX"', 'j ? ''k''', 'b = 5.5', 'b IN (1.5, 2)', 'b::text = ''5''', 'b - 5 = 7', 'coalesce(b, 0) = 5', 'tz::date = ''2026-01-05''',
    'date_trunc(''day'', tz) = ''2026-01-05''', 'nm < 3', 't LIKE ''%ab''', 't ILIKE ''ab''', 'b <> 5', 'b NOT IN (5, 6)', 'b = 1 OR ts = ''2026-01-05''', 'b = 1 OR b::text = ''7''');
SELECT why('SELECT * FROM cases WHERE v = ''x''', demand => 'usable');

-- Partial: the predicate does not follow from the query.
SELECT why_not('d = ''2026-02-02''', 'd = ''2026-02-02'' AND bool', 'd = ''2026-02-02'' AND bool AND id > 99');
SELECT why('SELECT * FROM cases WHERE d = ''2026-02-02'' AND bool AND id > 100', 'cases_d', 'usable');
SELECT why('SELECT * FROM cases WHERE d = ''2026-02-02''', 'cases_d', 'usable');
SELECT why('SELECT * FROM cases WHERE d = ''2026-02-02'' AND b = 5', 'cases_d');

-- Invalid, or not completely built; too new for the transaction; expected, but on something else.
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'cases_b'::regclass;
SELECT why_not('b = 5', 'b = 5.5');
SELECT why('SELECT * FROM cases WHERE b = 5', 'cases_b', 'usable');
SELECT why('SELECT * FROM cases WHERE b = 5 AND id = 5', 'cases_b');
-- REINDEX does not support CONCURRENTLY for exclusion constraints.
CREATE TABLE exclusive (k int, EXCLUDE USING btree (k WITH =));
INSERT INTO exclusive SELECT generate_series(1, 5000);
ANALYZE exclusive;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'exclusive_k_excl'::regclass;
SELECT why('SELECT * FROM exclusive WHERE k = 5');
REINDEX INDEX exclusive_k_excl;
SELECT why('SELECT * FROM exclusive WHERE k = 5');
UPDATE pg_index SET indisready = false WHERE indexrelid = 'cases_b'::regclass;
SELECT why('SELECT * FROM cases WHERE b = 5', 'cases_b');
UPDATE pg_index SET indisvalid = true, indisready = true WHERE indexrelid = 'cases_b'::regclass;
SELECT why('SELECT * FROM cases WHERE b = 5', 'cases_tz');
SELECT why('SELECT * FROM cases WHERE tz < ''2026-01-02'' AND b > 5', 'cases_b');
BEGIN;
SELECT count(*) FROM cases;
UPDATE pg_index SET indcheckxmin = true WHERE indexrelid = 'cases_b'::regclass;
SELECT why('SELECT * FROM cases WHERE b = 5', 'cases_b');
ROLLBACK;

-- The expected index is on another table of the query, or on none; or it was dropped with its
-- operator class.
CREATE TABLE other (id int PRIMARY KEY, k int) WITH (autovacuum_enabled = off);
INSERT INTO other SELECT i, i FROM generate_series(1, 5000) i;
ANALYZE other;
SELECT why('SELECT * FROM cases, other WHERE cases.ts = ''2026-01-05'' AND other.id = 4', 'other_pkey');
SELECT why('SELECT * FROM cases WHERE b = 5', 'other_pkey');
CREATE OPERATOR CLASS my_ops FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
CREATE INDEX other_k ON other (k my_ops);
DROP OPERATOR FAMILY my_ops USING btree CASCADE;
SELECT why('SELECT * FROM other WHERE k = 5', 'other_k');
INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index) VALUES ('why', 'dropped', 'SELECT * FROM other WHERE k = 5', 'other_k');
SELECT cause FROM perfkit_verify_indexes('why');
DELETE FROM perfkit_index_checks WHERE workload = 'why';

-- The session's own settings.
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SELECT why_not('b = 5', 'b > 5', 'v = ''x''');
SELECT why('SELECT * FROM cases WHERE b = 5', 'cases_b', 'usable');
SHOW enable_indexscan;
RESET enable_indexscan;
RESET enable_bitmapscan;

-- The index serves, but costs more: the share of rows, and the size from which it would cost less,
-- if there is one.
SELECT why_not('b > 5');
CREATE TABLE small (id int PRIMARY KEY, k int) WITH (autovacuum_enabled = off);
INSERT INTO small SELECT i, i FROM generate_series(1, 50) i;
ANALYZE small;
SELECT why('SELECT * FROM small WHERE id = 5');
SELECT why('SELECT * FROM small WHERE id = 5', 'small_pkey', size_factor => 0.5);
SELECT why('SELECT * FROM small WHERE id = 5', 'small_pkey', size_factor => 1000);
CREATE FUNCTION told(query text, size_factor float8 = 1) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    PERFORM perfkit_assert_index_scan(query, size_factor => size_factor);
    RETURN 'passes';
EXCEPTION WHEN assert_failure THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END $$;
CREATE FUNCTION break_even(query text, size_factor float8 = 1) RETURNS float8
LANGUAGE sql AS $$ SELECT break_even_factor FROM perfkit_diagnose(query, size_factor => size_factor) $$;
-- That is the size at which the plan flips, relative to the size that is asserted.
SELECT abs(ln(break_even('SELECT * FROM small WHERE id = 5') / (SELECT min(size_factor) FROM perfkit_plan_flips('SELECT * FROM small WHERE id = 5') WHERE shape !~ 'Seq Scan'))) < 0.04 AS is_at_the_flip;
SELECT abs(ln(break_even('SELECT * FROM small WHERE id = 5', 2) * 2 / break_even('SELECT * FROM small WHERE id = 5'))) < 0.06 AS is_relative;
CREATE FUNCTION share(query text) RETURNS float8
LANGUAGE sql AS $$ SELECT share FROM perfkit_diagnose(query) $$;
SELECT share('SELECT * FROM cases WHERE b > 500') BETWEEN 89 AND 91 AS is_ninety_per_cent;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT perfkit_plan_shape('SELECT * FROM cases WHERE b > 500') ~ 'Parallel Seq Scan' AS is_parallel, share('SELECT * FROM cases WHERE b > 500') BETWEEN 89 AND 91 AS is_ninety_per_cent;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- A table is never planned as larger than a table can be.
SELECT told('SELECT * FROM cases WHERE ts = ''2026-02-03''', 1e300) ~ 'reads about \d{9,13} rows in 4294967294 pages' AS fits;
SELECT told('SELECT * FROM small WHERE k = 5', 1e-300) ~ 'reads about 1 rows in 1 pages' AS is_some;

-- Statistics: missing, or older than many changes. The counters include changes of this session
-- once it has reported them. Statistics that are old, but right for the condition, are no cause.
CREATE TABLE stale (id int PRIMARY KEY, k int) WITH (autovacuum_enabled = off);
INSERT INTO stale SELECT i, i FROM generate_series(1, 3000) i;
ANALYZE stale;
SELECT pg_stat_force_next_flush();
SELECT why('SELECT * FROM stale WHERE id > 5');
UPDATE stale SET k = -k WHERE id <= 400;
SELECT pg_stat_force_next_flush();
SELECT why('SELECT * FROM stale WHERE id > 5');
ANALYZE stale;
SELECT why('SELECT * FROM stale WHERE id > 5');
BEGIN;
INSERT INTO stale SELECT i, i FROM generate_series(3001, 15000) i;
SELECT why('SELECT * FROM stale WHERE id > 5');
SELECT why('SELECT * FROM stale WHERE id <= 3000');
ROLLBACK;

-- A user who may not read a table learns nothing about it; one who may read a view of it learns
-- what EXPLAIN shows.
CREATE ROLE regress_perfkit_curious;
GRANT USAGE ON SCHEMA why_test TO regress_perfkit_curious;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA why_test TO regress_perfkit_curious;
CREATE VIEW part_of_cases AS SELECT id, b, v FROM cases WHERE b < 4000;
GRANT SELECT ON part_of_cases TO regress_perfkit_curious;
GRANT SELECT, INSERT, DELETE ON perfkit_index_checks TO regress_perfkit_curious;
SET ROLE regress_perfkit_curious;
SELECT why('SELECT * FROM cases WHERE v = ''x''');
SELECT why('SELECT * FROM part_of_cases WHERE v = ''x''', demand => 'usable');
SELECT why('SELECT * FROM part_of_cases');
RESET ROLE;
ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_id ON cases USING (id = 7);
GRANT SELECT ON cases TO regress_perfkit_curious;
SET ROLE regress_perfkit_curious;
SELECT why('SELECT * FROM cases WHERE ts = ''2026-02-03''', demand => 'usable');
SELECT why('SELECT * FROM cases WHERE ts = ''2026-02-03''', 'cases_b', 'usable');
RESET ROLE;

-- For partitions, the failure is about the partition that is read, and the index to create is on
-- the whole table.
CREATE TABLE "odd ""part" (id int, b bigint) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF "odd ""part" FOR VALUES FROM (0) TO (10000);
INSERT INTO "odd ""part" SELECT i, i FROM generate_series(0, 4999) i;
ANALYZE "odd ""part";
SELECT why('SELECT * FROM "odd ""part" WHERE b = 5');
CREATE INDEX part_b ON "odd ""part" (b);
SELECT why('SELECT * FROM "odd ""part" WHERE b = 5.5');
SELECT why('SELECT * FROM "odd ""part" WHERE b > 5', 'part_b');

\pset tuples_only off
DROP SCHEMA why_test CASCADE;
REVOKE ALL ON perfkit_index_checks FROM regress_perfkit_curious;
DROP ROLE regress_perfkit_curious;
