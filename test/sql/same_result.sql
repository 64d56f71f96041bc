-- What perfkit_diagnose() claims of a rewrite's result: "by_rule" only where no data, setting or
-- operator could make a difference.
SET client_min_messages = warning;
CREATE SCHEMA claims;
SET search_path = claims, public;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
\pset format unaligned
\pset tuples_only on
CREATE TYPE mood AS ENUM ('a', 'A', 'b');
CREATE TYPE pair AS (x int, y int);
CREATE TABLE facts (
    id int, small smallint, num numeric, f float8, ts timestamp, time time, mood mood, flag "char", c char(10), t text, u uuid, p pair, j jsonb)
    WITH (autovacuum_enabled = off);
INSERT INTO facts
SELECT i, i, i, i, '2026-01-01'::timestamp + i * interval '1 h', '00:00'::time + i * interval '1 min', 'b', 'x', i::text, i::text,
    md5(i::text)::uuid, ROW (i, i)::pair, jsonb_build_object('k', i)
FROM generate_series(1, 5000) i;
CREATE INDEX ON facts (id);
CREATE INDEX ON facts (num);
CREATE INDEX ON facts (f);
CREATE INDEX ON facts (ts);
CREATE INDEX ON facts (time);
CREATE INDEX ON facts (mood);
CREATE INDEX ON facts (flag);
CREATE INDEX ON facts (c);
CREATE INDEX ON facts (t);
CREATE INDEX ON facts (u);
CREATE INDEX ON facts (p);
CREATE INDEX ON facts USING gin (j);
ANALYZE facts;
CREATE FUNCTION claim(condition text, generic boolean = false) RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT concat_ws(', ', cause, CASE WHEN remedy_sql LIKE 'CREATE INDEX%' THEN 'an index' ELSE remedy_sql END,
        'same result ' || same_result, 'changes ' || changes::text)
    FROM perfkit_diagnose('SELECT * FROM facts WHERE ' || condition, generic => generic)
$$;
CREATE FUNCTION claims(VARIADIC conditions text[]) RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT '-- ' || condition || E'\n' || string_agg(c, E'\n')
    FROM unnest(conditions) WITH ORDINALITY u (condition, n), claim(condition) c
    GROUP BY condition, n
    ORDER BY n
$$;

-- A day as a range: nothing comes after infinity, and what another function calls a day is unknown.
CREATE FUNCTION fiscal_day(timestamp) RETURNS date LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN ($1 + interval '90 days')::date; END $$;
SELECT claims('ts::date = ''2026-02-01''', 'ts::date = ''infinity''', 'ts::date <= ''infinity''', 'date_trunc(''day'', ts) = ''2026-02-01''',
    'date_trunc(''day'', ts) = ''infinity''', 'fiscal_day(ts) = ''2026-05-01''');
SELECT claim('ts::date = $1', generic => true);

-- Arithmetic: NaN stays the greatest number when it is negated, and times of day begin again at
-- midnight.
SELECT claims('num + 5 < 10', '- num < 5', '5 - num < 3', 'num + ''NaN'' > 5', 'num - ''Infinity''::numeric < 5', 'id + 5 < 10', '10 - id > 7',
    'f + 1 < 10', 'ts + interval ''1 h'' < ''2026-01-02''', 'ts + interval ''1 month'' < ''2026-03-02''', 'time + interval ''1 h'' > ''10:00''');
SELECT claim('id + $1 < $2', generic => true);
SELECT claim('num + $1 < $2', generic => true);
SELECT count(*) FROM (VALUES ('NaN'::numeric)) v (num) WHERE (- num < 5) <> (num > -5);

-- A text that is compared with the column's: only if it is written as the server writes the value.
SELECT claims('mood::text = ''b''', 'flag = ''xy''::text', 'u::text = ''c4ca4238-a0b9-2382-0dcc-509a6f75849b''',
    'u::text = ''C4CA4238-a0b9-2382-0dcc-509a6f75849b''', 'u::text = ''zz''', 'id::text = ''5''', 'id::text = ''05''', 'id::text IN (''5'', ''6'')',
    'id::text IN (''5'', ''06'')');
SELECT claim('u::text = $1', generic => true);

-- Other types: trailing blanks, fractions, rows of nulls.
SELECT claims('c = ''abc''::text', 'c = ''abc ''::text', 'id = 5.0', 'id = 5.5', 'num = 5::float8', 'id IS NOT DISTINCT FROM 5',
    't IS NOT DISTINCT FROM ''x''', 'p IS NOT DISTINCT FROM ROW (1, 2)::pair');
SELECT claim('id IS NOT DISTINCT FROM $1', generic => true);

-- Functions and their operators; those of jsonb paths suppress errors.
SELECT claims('int4eq(id, 5)', 'COALESCE(id = 5, false)', 'ARRAY[id] <@ ARRAY[5, 6]',
    'jsonb_path_exists(j, ''$.k ? (@ == 5)'')');

-- Operators of others, whether they are the condition's or those that the remedy would get.
CREATE FUNCTION trap(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 * 2 + $2; END $$;
CREATE FUNCTION trap_less(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 > $2; END $$;
CREATE OPERATOR claims.+ (FUNCTION = trap, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR claims.< (FUNCTION = trap_less, LEFTARG = int, RIGHTARG = int);
SELECT claims('id OPERATOR(claims.+) 5 < 10');
SET search_path = claims, public, pg_catalog;
SELECT claims('id OPERATOR(pg_catalog.+) 5 OPERATOR(pg_catalog.<) 10');
SET search_path = claims, public;

-- A collation that takes a and A for equal, where the server has ICU.
CREATE FUNCTION by_collation() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    CREATE COLLATION claims.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    RETURN (SELECT min(coalesce(same_result, 'not known')) FROM perfkit_diagnose($q$SELECT * FROM facts WHERE mood::text = 'a' COLLATE claims.ci$q$));
EXCEPTION WHEN undefined_object OR feature_not_supported OR invalid_parameter_value THEN
    RETURN 'not known';
END $$;
SELECT by_collation();

DROP SCHEMA claims CASCADE;
