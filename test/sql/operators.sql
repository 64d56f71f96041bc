-- Operators and functions planted by others, in the extension's schema and in the caller's search
-- path, are not run.
SET client_min_messages = warning;
DROP EXTENSION perfkit;
CREATE SCHEMA planted;
SET search_path = planted;
CREATE FUNCTION run(a text, b text[]) RETURNS text[] LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE OPERATOR || (leftarg = text, rightarg = text[], function = run);
CREATE FUNCTION run(a varchar, b varchar) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE OPERATOR = (leftarg = varchar, rightarg = varchar, function = run);
CREATE FUNCTION run(a text, b text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE OPERATOR = (leftarg = text, rightarg = text, function = run);
CREATE FUNCTION run(a uuid, b uuid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE OPERATOR = (leftarg = uuid, rightarg = uuid, function = run);
CREATE FUNCTION run(a bigint, b bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE OPERATOR = (leftarg = bigint, rightarg = bigint, function = run);
CREATE OPERATOR < (leftarg = bigint, rightarg = bigint, function = run);
CREATE OPERATOR > (leftarg = bigint, rightarg = bigint, function = run);
CREATE FUNCTION run(a jsonb, b jsonb) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE OPERATOR = (leftarg = jsonb, rightarg = jsonb, function = run);
DO $$
DECLARE
    operator text;
BEGIN
    -- an exact match where the second operand is a literal without a type
    FOREACH operator IN ARRAY '{#>,#>>,->,->>,-,#-,?,?&}'::text[] LOOP
        EXECUTE format('CREATE OPERATOR %s (leftarg = jsonb, rightarg = jsonb, function = run)', operator);
    END LOOP;
END $$;
CREATE FUNCTION run(a oid, b oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE OPERATOR = (leftarg = oid, rightarg = oid, function = run);
CREATE FUNCTION run(a name, b text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE OPERATOR = (leftarg = name, rightarg = text, function = run);
CREATE FUNCTION now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE FUNCTION date_trunc(a text, b timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE FUNCTION format(a text, VARIADIC b text[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE FUNCTION format(a text, b name, c name, d text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE FUNCTION unnest(a text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
CREATE FUNCTION quote_literal(a text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted code is run'; END $$;
SELECT 'a'::text || ARRAY['b']; -- they are there
CREATE EXTENSION perfkit SCHEMA planted;

-- Once with pg_catalog before them, as by default, and once after.
CREATE TABLE empty (k int PRIMARY KEY);
INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index, also_accepted, demand)
VALUES ('mine', 'one', 'SELECT * FROM empty WHERE k = 1', 'empty_pkey', '{other}', 'usable');
SELECT verdict FROM perfkit_verify_indexes('mine');
SELECT perfkit_seed_events(100), perfkit_seed_events(200, target_schema => 'planted');
SELECT perfkit_seed_domain_events(1, 1000, ends_at => '2026-01-01');
SELECT perfkit_seed_domain_events(1, 2000, ends_at => '2026-01-01');
SET search_path = planted, pg_catalog;
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('events', 'genre', 'SELECT 1');
UPDATE perfkit_index_checks SET demand = 'chosen';
UPDATE perfkit_index_checks SET demand = 'usable';
SELECT verdict FROM perfkit_verify_indexes('mine');
SELECT perfkit_verify_indexes('none of these');
SELECT perfkit_seed_events(300);
SELECT perfkit_seed_domain_events(1, 3000, ends_at => '2026-01-01');

RESET search_path;
DROP EXTENSION perfkit;
DROP SCHEMA planted CASCADE;
CREATE EXTENSION perfkit;
