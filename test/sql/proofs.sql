-- How perfkit_diagnose() knows that a remedy helps, and what it does to the query's result. No
-- extension hypopg here: indexes are built on samples. For hypopg, see test/t/021_why.pl.
SET client_min_messages = warning;
CREATE SCHEMA proofs;
SET search_path = proofs, public;
SET TimeZone = 'Europe/Berlin';
\pset format unaligned
\pset tuples_only on

CREATE TABLE things (
    id int, b bigint, small smallint, f float8, c char(10), t text, n int, a int[], p point, j jsonb, ts timestamp, tz timestamptz,
    tsv tsvector, ip inet, r int4range) WITH (autovacuum_enabled = off);
INSERT INTO things
SELECT i, i, i % 1000, i, i::text, md5(i::text), nullif(i % 7, 0), ARRAY[i, i % 10], point(i % 100, i / 100),
    jsonb_build_object('k', i), '2026-01-01'::timestamp + i * interval '1 min', '2026-01-01'::timestamptz + i * interval '1 min',
    to_tsvector('simple', md5(i::text)), '10.0.0.0'::inet + i, int4range(i, i + 5)
FROM generate_series(1, 20000) i;
ANALYZE things;

CREATE FUNCTION proof(query text, generic boolean = false) RETURNS SETOF text
LANGUAGE sql AS $$
    -- (from 19 on, inet_ops is the default)
    SELECT concat_ws(', ', cause, replace(remedy_sql, ' inet_ops', ''), coalesce(proven, 'not proven'), 'same result ' || same_result, 'changes ' || changes::text,
        CASE WHEN cost_with_remedy < cost THEN 'cheaper' WHEN cost_with_remedy >= cost THEN 'not cheaper' END,
        substring(proof FROM 'Not verified: .*'))
    FROM perfkit_diagnose(query, generic => generic)
$$;
CREATE FUNCTION proofs(VARIADIC conditions text[]) RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT line
    FROM unnest(conditions) WITH ORDINALITY c (condition, position),
         LATERAL (SELECT '-- ' || condition, 0
                  UNION ALL SELECT p, n FROM proof('SELECT * FROM things WHERE ' || condition) WITH ORDINALITY x (p, n)) l (line, n)
    ORDER BY position, n
$$;

-- Indexes of every access method are built, and the plan with them is that of the table.
SELECT proofs('id = 5', 't LIKE ''%abc1%''', 'a @> ARRAY[15]', 'p <@ box(point(1, 1), point(2, 2))', 'ip <<= ''10.0.0.4/30''',
    'tsv @@ ''5''::tsquery', 'j @> ''{"k": 5}''', 'j ->> ''k'' = ''5''', 'r && int4range(3, 4)', 'lower(t) = ''x''', 'id = 5 OR t = ''x''', 't ~ ''^a''');
SELECT proof('SELECT * FROM things ORDER BY p <-> point(1, 1) LIMIT 5');
SELECT proof('SELECT max(id) FROM things');
SELECT proof('SELECT * FROM things WHERE id = $1', generic => true);
SELECT proof('UPDATE things SET n = 1 WHERE id = 5');

-- The cost that is told is the cost with a real index.
CREATE FUNCTION told_and_real(query text, statement text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    told float8 := (SELECT cost_with_remedy FROM perfkit_diagnose(query) LIMIT 1);
    measured float8;
BEGIN
    EXECUTE statement;
    measured := (SELECT total_cost FROM perfkit_plan(query) WHERE node_id = 1);
    RETURN CASE WHEN told BETWEEN 0.7 * measured AND 1.4 * measured THEN 'as told' ELSE format('told %s, real %s', told, measured) END;
END $$;
BEGIN;
SELECT told_and_real('SELECT * FROM things WHERE t LIKE ''%abc1%''', 'CREATE INDEX ON things USING gin (t gin_trgm_ops)');
SELECT told_and_real('SELECT * FROM things WHERE a @> ARRAY[15]', 'CREATE INDEX ON things USING gin (a)');
SELECT told_and_real('SELECT * FROM things WHERE p <@ box(point(1, 1), point(2, 2))', 'CREATE INDEX ON things USING gist (p)');
SELECT told_and_real('SELECT * FROM things WHERE id < 100', 'CREATE INDEX ON things (id)');
ROLLBACK;

-- Columns of a partition have other numbers than those of the sample.
CREATE TABLE parts (gone int, t text, id int) PARTITION BY RANGE (id);
ALTER TABLE parts DROP COLUMN gone;
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10000);
CREATE TABLE parts_2 (id int, gone int, t text);
ALTER TABLE parts_2 DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (10000) TO (30000);
INSERT INTO parts (id, t) SELECT id, t FROM things;
ANALYZE parts;
SELECT proof('SELECT * FROM parts WHERE t LIKE ''%abc1%''');
SELECT proof('SELECT * FROM parts WHERE upper(t) = ''X''');
SELECT proof('SELECT * FROM things x JOIN things y ON x.id = y.n WHERE y.t LIKE ''%abc1%'' AND upper(x.t) = ''X''') LIMIT 2;

-- An index that the table has is not advised, in whichever direction it is.
BEGIN;
CREATE INDEX ON things (id DESC, n);
CREATE INDEX ON things USING gin (t gin_trgm_ops);
SELECT proofs('id = 5 AND id + n = 3', 't LIKE ''%abc1%'' AND n + id = 3');
ROLLBACK;

-- Nothing is left, and the transaction can still be prepared or go on.
BEGIN;
SELECT count(*) FROM perfkit_diagnose('SELECT * FROM things WHERE t LIKE ''%abc1%''');
SELECT count(*) FROM pg_class WHERE relname LIKE 'perfkit_copy%';
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode NOT IN ('AccessShareLock', 'ExclusiveLock');
ROLLBACK;

-- Where nothing can be built, or nobody may read, it is not proven, and said why.
BEGIN READ ONLY;
SELECT proofs('t LIKE ''%abc1%''');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT proofs('t LIKE ''%abc1%''');
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'SIReadLock' AND relation = 'things'::regclass;
ROLLBACK;
BEGIN;
CREATE ROLE regress_proofs_reader;
CREATE ROLE regress_proofs_owner;
GRANT USAGE, CREATE ON SCHEMA proofs TO regress_proofs_reader, regress_proofs_owner;
GRANT SELECT ON things TO regress_proofs_reader;
CREATE VIEW seen AS SELECT id, t FROM things;
GRANT SELECT ON seen TO regress_proofs_reader;
SET LOCAL ROLE regress_proofs_reader;
SELECT proofs('t LIKE ''%abc1%''');
RESET ROLE;
DO $$ BEGIN EXECUTE format('REVOKE TEMP ON DATABASE %I FROM PUBLIC', current_database()); END $$;
SET LOCAL ROLE regress_proofs_reader;
SELECT regexp_replace(p, 'database ".*"', 'database "..."') FROM proofs('t LIKE ''%abc1%''') p;
RESET ROLE;
DO $$ BEGIN EXECUTE format('GRANT TEMP ON DATABASE %I TO PUBLIC', current_database()); END $$;
REVOKE SELECT ON things FROM regress_proofs_reader;
SET LOCAL ROLE regress_proofs_reader;
SELECT proof('SELECT * FROM seen WHERE t LIKE ''%abc1%''');
RESET ROLE;
GRANT SELECT ON things TO regress_proofs_reader;
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON things USING (true);
SET LOCAL ROLE regress_proofs_reader;
SELECT proofs('t LIKE ''%abc1%''', 'b = 5::numeric');
RESET ROLE;
ALTER TABLE things DISABLE ROW LEVEL SECURITY;
-- Functions of others are not called.
SET LOCAL ROLE regress_proofs_owner;
CREATE FUNCTION proofs.trap(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
RESET ROLE;
SELECT proofs('proofs.trap(t) = ''x''', 'array_position(a, 7) IS NOT NULL AND proofs.trap(t) = ''x''');
-- Not even by a cast of the text that is compared, or by the comparison of two constants.
SET LOCAL ROLE regress_proofs_owner;
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE FUNCTION proofs.trap(mood) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'called'; RETURN 'sad'; END $$;
CREATE CAST (mood AS text) WITH FUNCTION proofs.trap(mood);
CREATE FUNCTION proofs.trap(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
CREATE OPERATOR === (FUNCTION = proofs.trap, LEFTARG = text, RIGHTARG = text);
RESET ROLE;
CREATE TABLE moods AS SELECT 'sad'::mood AS m FROM things;
CREATE INDEX ON moods (m);
ANALYZE moods;
SELECT proof('SELECT * FROM moods WHERE m::text = ''sad''');
-- Nor by an operator of the caller's search path that the remedy would be taken to name.
SET LOCAL ROLE regress_proofs_owner;
DROP CAST (mood AS text);
CREATE FUNCTION proofs.trap(mood, mood) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'called'; RETURN true; END $$;
CREATE OPERATOR proofs.= (FUNCTION = proofs.trap, LEFTARG = mood, RIGHTARG = mood, RESTRICT = eqsel);
RESET ROLE;
SELECT proof('SELECT * FROM moods WHERE m::text = ''sad''');
SELECT proofs('CASE WHEN id = 5 THEN ''x'' ELSE ''y'' END === ''x''');
ROLLBACK;

-- A comparison of constants that fails, or that depends on a setting, is not taken for true.
BEGIN;
CREATE INDEX ON things (id);
SELECT proofs('CASE WHEN id = 5 THEN ''abcd'' ELSE ''x'' END LIKE ''abc\''',
    'CASE WHEN id = 5 THEN date ''2026-01-01'' ELSE date ''2026-02-01'' END = timestamptz ''2026-01-01 00:00+01''');
ROLLBACK;

-- No rows are read in a serializable transaction, by whatever means.
CREATE TABLE blocks AS SELECT i, i % 100 AS k, repeat('x', 300) AS pad FROM generate_series(1, 20000) i;
CREATE INDEX blocks_i ON blocks USING brin (i);
ANALYZE blocks;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) < 5 FROM perfkit_diagnose('SELECT * FROM blocks WHERE i BETWEEN 5 AND 20');
SELECT count(*) < 5 FROM perfkit_diagnose('SELECT * FROM blocks WHERE k = 5 AND i % 100 = 5');
SELECT relation::regclass FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'SIReadLock' AND relation > 16383;
ROLLBACK;

-- Foreign keys whose operators take any array, and of types whose names in SQL add a length
BEGIN;
CREATE TABLE keys (a int[] PRIMARY KEY, c char(10) UNIQUE, b bit(12) UNIQUE);
CREATE TABLE refs (a int[] REFERENCES keys, c char(10) REFERENCES keys (c), b bit(12) REFERENCES keys (b), pad text);
INSERT INTO keys SELECT ARRAY[i], i::text, i::bit(12) FROM generate_series(1, 2000) i;
INSERT INTO refs SELECT k.*, repeat('x', 50) FROM keys k, generate_series(1, 5);
ANALYZE keys, refs;
SELECT proof('DELETE FROM keys WHERE a = ''{1}''');
CREATE INDEX ON refs (c);
CREATE INDEX ON refs (b);
SELECT proof('DELETE FROM keys WHERE a = ''{1}''');
-- The trigger runs as another role, whose privileges the caller may lack.
CREATE SCHEMA hidden;
CREATE DOMAIN hidden.number AS int;
CREATE TABLE hidden_keys (id hidden.number PRIMARY KEY);
CREATE TABLE hidden_refs (id hidden.number REFERENCES hidden_keys, pad text);
INSERT INTO hidden_refs SELECT NULL, repeat('x', 50) FROM generate_series(1, 5000);
CREATE ROLE regress_proofs_reader;
GRANT USAGE ON SCHEMA proofs TO regress_proofs_reader;
GRANT SELECT, DELETE ON hidden_keys, hidden_refs TO regress_proofs_reader;
SET LOCAL ROLE regress_proofs_reader;
SELECT proof('DELETE FROM hidden_keys WHERE id = 1');
ROLLBACK;

-- Rewrites: planned that way, and whether the result stays the same.
CREATE INDEX things_id ON things (id, b);
CREATE INDEX things_b ON things (b);
CREATE INDEX things_small ON things (small);
CREATE INDEX things_c ON things (c);
CREATE INDEX things_n ON things (n, id);
CREATE INDEX things_a ON things USING gin (a);
CREATE INDEX things_p ON things USING gist (p);
CREATE INDEX things_j ON things USING gin (j);
SELECT proofs('b = 5::numeric', 'b = 5::float8', 'small = 5::numeric', 'b IN (5::numeric, 6)', 'b = 5.0',
    'b = ANY (ARRAY[5.0, 6])', 'b = 1e15::float8', 'b = 1e30::float8', 'c = ''x''::text', 'c = ''x ''::text',
    'n IS NOT DISTINCT FROM 8', 'jsonb_contains(j, ''{"k": 3}'')', 'array_position(a, 4711) IS NOT NULL', 'p <-> point(1, 1) < 2',
    '''{5,6}'' @> ARRAY[id]');
SELECT proof('SELECT * FROM things WHERE b = $1::numeric', generic => true);
SELECT proof('SELECT * FROM things WHERE id > 19000 OR (id = 19000 AND b > 3) ORDER BY id, b LIMIT 5');
-- Wherever the condition is written.
CREATE VIEW renamed AS SELECT b AS other, t AS body FROM things;
SELECT proof('SELECT * FROM renamed WHERE other = 5::numeric');
SELECT proof('DELETE FROM things USING parts WHERE things.b = 5::numeric AND parts.id = things.id');
SELECT p FROM proof('WITH x AS (SELECT * FROM things WHERE b = 5::numeric) SELECT * FROM x, parts_1 WHERE parts_1.id = x.id') p WHERE p LIKE 'value_type%';
CREATE INDEX ON parts (id);
SELECT proof('SELECT * FROM parts WHERE id = 5::numeric');
-- Both conditions are compared on the table's rows; that needs no table, so it may be read-only.
CREATE TABLE days AS SELECT '2026-01-01'::date + i % 100 AS d FROM generate_series(1, 20000) i;
CREATE INDEX ON days (d);
ANALYZE days;
BEGIN READ ONLY;
SELECT proof('SELECT * FROM days WHERE d::timestamp = timestamp ''2026-01-05''');
ROLLBACK;

-- Orders and statements in other words are not planned, and may change the result.
CREATE INDEX ON things USING gist (t gist_trgm_ops);
SELECT proof('SELECT * FROM things ORDER BY similarity(t, ''abc'') DESC LIMIT 5');
SELECT proof('SELECT * FROM days WHERE d NOT IN (SELECT ts::date FROM things)');

-- Of a query that takes long to plan, few plans are made. What costs most is tried,
-- and the rest is said not to be.
CREATE SEQUENCE plannings;
CREATE FUNCTION seven() RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''proofs.plannings''); RETURN 7; END';
DO $$
BEGIN
    FOR t IN 1..20 LOOP
        EXECUTE format('CREATE TABLE j%s AS SELECT i AS id, i %% 500 AS a FROM generate_series(1, %s) i', t, 4000 + 500 * t);
        EXECUTE format('ANALYZE j%s', t);
    END LOOP;
END $$;
SELECT 'SELECT * FROM j1 ' || string_agg(format('JOIN j%s ON j%1$s.id = j1.id AND j%1$s.a = 7', t), ' ') || ' WHERE j1.a = seven()' AS query
FROM generate_series(2, 20) t \gset
CREATE TEMPORARY TABLE found AS SELECT *, substring(relation::text FROM '\d+')::int AS size FROM perfkit_diagnose(:'query');
SELECT last_value BETWEEN 4 AND 7 AS few_plans FROM plannings;
SELECT cause, count(*) > 10 AS many, count(proven) BETWEEN 2 AND 5 AS some_tried,
    min(size) FILTER (WHERE proven IS NOT NULL) > max(size) FILTER (WHERE proven IS NULL) AS costliest_tried
FROM found GROUP BY cause;
SELECT DISTINCT proof FROM found WHERE proven IS NULL;
SELECT count(*) AS different FROM (
    SELECT cause, relation, remedy_sql, proof FROM found EXCEPT SELECT cause, relation, remedy_sql, proof FROM perfkit_diagnose(:'query')) d;

DROP SCHEMA proofs CASCADE;
