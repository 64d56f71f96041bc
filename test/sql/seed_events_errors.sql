-- Bad input to seeding: each with its SQLSTATE, message and hint, and with nothing changed.
\getenv srcdir PG_ABS_SRCDIR
\set helpers :srcdir '/lib/seed.psql'
\set ECHO none
\i :helpers
\set ECHO all
\set VERBOSITY terse
SET search_path = seedtest, public;
CREATE ROLE regress_perfkit_poor;
CREATE ROLE "regress ""perfkit"" odd";
CREATE SCHEMA empty;
CREATE SCHEMA closed;
CREATE SCHEMA "Open ""but"" full";
GRANT USAGE ON SCHEMA seedtest, "Open ""but"" full" TO PUBLIC;
\x on

-- Arguments.
SELECT command, e.* FROM unnest(ARRAY[
	'SELECT perfkit_seed_events(NULL)',
	'SELECT perfkit_seed_events(random_seed => NULL)',
	'SELECT perfkit_seed_events(starts_at => NULL)',
	'SELECT perfkit_seed_events(-1)',
	'SELECT perfkit_seed_events(-9223372036854775808)',
	'SELECT perfkit_seed_events(1000000000001)',
	'SELECT perfkit_seed_events(9223372036854775807)',
	'SELECT perfkit_seed_events(starts_at => ''infinity'')',
	'SELECT perfkit_seed_events(starts_at => ''-infinity'')',
	'SELECT perfkit_seed_events(starts_at => ''294276-06-01'')',
	'SELECT perfkit_seed_events(0, starts_at => ''294276-12-31'')',
	'SELECT perfkit_seed_events(starts_at => ''4713-12-01 BC'')',
	'SELECT perfkit_seed_events(starts_at => ''0044-03-15 BC'')',
	'SELECT perfkit_seed_events(starts_at => ''0001-12-31 23:59:59+00 BC'')',
	'SELECT perfkit_seed_events(target_schema => ''absent'')',
	'SELECT perfkit_seed_events(target_schema => ''Absent "one"'')',
	'SELECT perfkit_seed_events(target_schema => '''')',
	'SELECT * FROM perfkit_generate_events(NULL)',
	'SELECT * FROM perfkit_generate_events(1, NULL)',
	'SELECT * FROM perfkit_generate_events(1, 0, NULL)',
	'SELECT * FROM perfkit_generate_events(1, 0, 42, NULL)',
	'SELECT * FROM perfkit_generate_events(-1)',
	'SELECT * FROM perfkit_generate_events(1000000000001)',
	'SELECT * FROM perfkit_generate_events(1, -1)',
	'SELECT * FROM perfkit_generate_events(1, 1000000000000)',
	'SELECT * FROM perfkit_generate_events(1, 9223372036854775807)',
	'SELECT * FROM perfkit_generate_events(1000000000000, 1)',
	'SELECT * FROM perfkit_generate_events(1, 0, 42, ''infinity'')',
	'SELECT * FROM perfkit_generate_events(0, 0, 42, ''-infinity'')',
	'SELECT * FROM perfkit_generate_events(1, 0, 42, ''0044-03-15 BC'')',
	'SELECT * FROM perfkit_generate_events(1, 0, 42, ''294276-12-31'')'
]) WITH ORDINALITY c (command, i), LATERAL error_of(command) e ORDER BY i;
-- errors of the server's own, without their messages
SELECT (error_of('SELECT perfkit_seed_events(9223372036854775808)')).state AS beyond_bigint,
	(error_of('SELECT perfkit_seed_events(''many'')')).state AS not_a_number,
	(error_of('SELECT perfkit_seed_events(starts_at => ''294277-01-01'')')).state AS beyond_timestamps,
	(error_of('SELECT perfkit_seed_events(10, start => now())')).state AS unknown_argument,
	(error_of('SELECT 1 FROM pg_stat_user_tables WHERE perfkit_generate_events(1) IS NULL')).state AS set_where_none_may_be;

-- Schemas.
SET search_path = '';
SELECT * FROM seedtest.error_of('SELECT public.perfkit_seed_events(10)');
SET search_path = absent, "Absent";
SELECT * FROM seedtest.error_of('SELECT public.perfkit_seed_events(10)');
SET search_path = seedtest, public;
-- (a schema of the path that the role may not use is passed over, as for CREATE TABLE)
SET ROLE regress_perfkit_poor;
SELECT command, e.* FROM unnest(ARRAY[
	'SELECT perfkit_seed_events(10, target_schema => ''closed'')',
	'SELECT perfkit_seed_events(10, target_schema => ''Open "but" full'')',
	'SELECT perfkit_seed_events(0, target_schema => ''Open "but" full'')',
	'SELECT perfkit_seed_events(10)'
]) WITH ORDINALITY c (command, i), LATERAL error_of(command) e ORDER BY i;
SET ROLE "regress ""perfkit"" odd";
SELECT * FROM error_of('SELECT perfkit_seed_events(10)');
RESET ROLE;
SELECT (error_of('SELECT perfkit_seed_events(10, target_schema => ''pg_catalog'')')).state AS system_schema;

-- Another role's table: even a check takes a lock, so it needs a privilege.
SELECT perfkit_seed_events(0, target_schema => 'Open "but" full') AS made;
SET ROLE regress_perfkit_poor;
SELECT command, e.* FROM unnest(ARRAY[
	'SELECT perfkit_seed_events(10, target_schema => ''Open "but" full'')',
	'SELECT perfkit_seed_events(0, target_schema => ''Open "but" full'')'
]) WITH ORDINALITY c (command, i), LATERAL error_of(command) e ORDER BY i;
RESET ROLE;
GRANT SELECT ON "Open ""but"" full".events TO regress_perfkit_poor;
GRANT INSERT (id, name) ON "Open ""but"" full".events TO regress_perfkit_poor;
SET ROLE regress_perfkit_poor;
SELECT (error_of('SELECT perfkit_seed_events(10, target_schema => ''Open "but" full'')')).state AS privilege_on_some_columns;
RESET ROLE;
SELECT count(*) FROM "Open ""but"" full".events;

-- Something else named events, which must not be changed.
CREATE FUNCTION refused(setup text, OUT state text, OUT message text, OUT detail text, OUT hint text, OUT untouched boolean)
LANGUAGE plpgsql SET search_path = empty, seedtest, public
AS $$
DECLARE
	before text;
	after text;
	catalogs CONSTANT text := 'SELECT md5(string_agg(t.x, '','' ORDER BY t.x)) FROM (SELECT oid || relname || relkind::text || relnatts || relfilenode || coalesce(relacl::text, '''') || reltuples FROM pg_class WHERE relnamespace = ''empty''::regnamespace) t (x)';
BEGIN
	EXECUTE setup;
	EXECUTE catalogs INTO before;
	SELECT e.* INTO state, message, detail, hint FROM error_of('SELECT perfkit_seed_events(10, target_schema => ''empty'')') e;
	EXECUTE catalogs INTO STRICT after;
	untouched := before IS NOT DISTINCT FROM after;
	RAISE EXCEPTION USING ERRCODE = 'UND01';
EXCEPTION WHEN SQLSTATE 'UND01' THEN
	NULL;
END
$$;
SELECT what, r.* FROM (VALUES
	(1, 'lacks all', 'CREATE TABLE events (number int)'),
	(2, 'lacks one', 'SELECT perfkit_seed_events(0, target_schema => ''empty''); ALTER TABLE events DROP price'),
	(3, 'has it under another name', 'SELECT perfkit_seed_events(0, target_schema => ''empty''); ALTER TABLE events RENAME "time" TO "Time"'),
	(4, 'a type that cannot hold it', 'SELECT perfkit_seed_events(0, target_schema => ''empty''); ALTER TABLE events ALTER price TYPE jsonb USING ''{}'''),
	(5, 'a type that would need a cast', 'SELECT perfkit_seed_events(0, target_schema => ''empty''); ALTER TABLE events ALTER id TYPE bytea USING ''''::bytea'),
	(6, 'generated', 'SELECT perfkit_seed_events(0, target_schema => ''empty''); ALTER TABLE events DROP genre; ALTER TABLE events ADD genre text GENERATED ALWAYS AS (venue) STORED'),
	(7, 'identity', 'SELECT perfkit_seed_events(0, target_schema => ''empty''); ALTER TABLE events ALTER price SET NOT NULL, ALTER price ADD GENERATED ALWAYS AS IDENTITY'),
	(8, 'partitioned, lacks one', 'CREATE TABLE events (id uuid) PARTITION BY HASH (id)'),
	(9, 'view', 'CREATE VIEW events AS SELECT 1 AS id'),
	(10, 'updatable view of all columns', 'CREATE VIEW events AS SELECT * FROM perfkit_generate_events(1)'),
	(11, 'materialized view', 'CREATE MATERIALIZED VIEW events AS SELECT 1 AS id'),
	(12, 'sequence', 'CREATE SEQUENCE events'),
	(13, 'index', 'CREATE TABLE t (i int); CREATE INDEX events ON t (i)'),
	(14, 'composite type', 'CREATE TYPE events AS (i int)')
) v (i, what, setup), LATERAL refused(setup) r ORDER BY i;
-- errors of the server's own
SELECT what, r.state, r.untouched FROM (VALUES
	(1, 'domain', 'CREATE DOMAIN events AS int'),
	(2, 'another table''s index of the same name', 'CREATE TABLE t (i int); CREATE INDEX date_idx ON t (i)'),
	(3, 'identity by default may be filled, but not with NULL', 'SELECT perfkit_seed_events(0, target_schema => ''empty''); ALTER TABLE events ALTER price SET NOT NULL, ALTER price ADD GENERATED BY DEFAULT AS IDENTITY')
) v (i, what, setup), LATERAL refused(setup) r ORDER BY i;

-- Transactions that may not write.
BEGIN READ ONLY;
SELECT perfkit_seed_events(10);
\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE
ROLLBACK;
SET default_transaction_read_only = on;
SELECT * FROM error_of('SELECT perfkit_seed_events(0)');
SELECT count(*) AS generating_writes_nothing FROM perfkit_generate_events(10);
RESET default_transaction_read_only;

-- The extension that operator classes come from: found in any schema, and missed by name.
-- (Without the dependency it can be dropped while perfkit stays.)
BEGIN;
ALTER EXTENSION pg_trgm SET SCHEMA "Open ""but"" full";
SELECT perfkit_seed_events(10, target_schema => 'empty') AS with_extension_elsewhere;
SELECT count(*) AS trigram_indexes FROM pg_index i JOIN pg_opclass o ON o.oid = i.indclass[0]
WHERE i.indrelid = 'empty.events'::regclass AND o.opcnamespace = '"Open ""but"" full"'::regnamespace;
ROLLBACK;
BEGIN;
DELETE FROM pg_depend USING pg_extension e WHERE classid = 'pg_extension'::regclass AND objid = e.oid AND e.extname = 'perfkit'
	AND refclassid = 'pg_extension'::regclass;
DROP EXTENSION pg_trgm CASCADE;
SELECT * FROM error_of('SELECT perfkit_seed_events(10, target_schema => ''empty'')');
ROLLBACK;

-- None of this created anything.
SELECT count(*) FROM pg_class WHERE relnamespace IN ('empty'::regnamespace, 'closed'::regnamespace, 'seedtest'::regnamespace) AND relkind <> 'c';

\x off
DROP SCHEMA seedtest, empty, closed, "Open ""but"" full" CASCADE;
DROP ROLE regress_perfkit_poor, "regress ""perfkit"" odd";
