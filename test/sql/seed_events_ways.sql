-- The loader's two ways store the same rows in any table: all digests are equal unless it holds
-- other rows, too.
\getenv srcdir PG_ABS_SRCDIR
\set helpers :srcdir '/lib/seed.psql'
\set ECHO none
\i :helpers
\set ECHO all
\set VERBOSITY terse
SET search_path = seedtest, public;
-- let several processes build these tables' indexes, small as they are
SET min_parallel_table_scan_size = 0;
SET max_parallel_maintenance_workers = 2;

CREATE FUNCTION trigger_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION trigger_skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN CASE WHEN NEW.genre <> ''rock'' THEN NEW END; END';
CREATE DOMAIN title AS text CHECK (VALUE <> '');
CREATE ROLE regress_perfkit_owner;
CREATE ROLE regress_perfkit_other;
GRANT USAGE ON SCHEMA seedtest TO PUBLIC;

\set new_events 'DROP TABLE events; CREATE TABLE events (id uuid, name text, artist text, venue text, date timestamptz, time text, genre text, ticket_sources jsonb, price int, source_id uuid, source_platform text, created_at timestamptz, updated_at timestamptz'

-- The direct way: plain tables, however they were created.
SELECT tried, t.* FROM (VALUES
	(1, 'as made', ''),
	(2, 'a dropped column', 'ALTER TABLE events ADD extra int DEFAULT 1; ALTER TABLE events DROP extra'),
	(3, 'columns in another order', 'ALTER TABLE events DROP name, DROP price; ALTER TABLE events ADD price int, ADD name text COLLATE "C" NOT NULL'),
	(4, 'columns without NOT NULL', 'ALTER TABLE events ALTER name DROP NOT NULL, ALTER source_id DROP NOT NULL'),
	(5, 'column defaults', 'ALTER TABLE events ALTER price SET DEFAULT 1, ALTER genre SET DEFAULT ''none'''),
	(6, 'no secondary indexes', 'DROP INDEX date_idx, genre_idx, venue_idx, idx_events_date_id, idx_events_artist_trgm, idx_events_name_trgm'),
	(7, 'no indexes at all', :'new_events' || ')'),
	(8, 'unlogged', 'ALTER TABLE events SET UNLOGGED'),
	(9, 'referenced', 'CREATE TABLE tickets (event_id uuid REFERENCES events)'),
	(10, 'with an inheritance child', 'CREATE TABLE child () INHERITS (events)'),
	(11, 'an inheritance child', 'CREATE TABLE parent (id uuid NOT NULL); ALTER TABLE events INHERIT parent'),
	(12, 'dead rows', 'PERFORM perfkit_seed_events(1000, 1, ''2030-01-01'', ''trial''); DELETE FROM events'),
	(13, 'dead rows of a table once big', 'PERFORM perfkit_seed_events(5000, 1, ''2030-01-01'', ''trial''); DELETE FROM events'),
	(14, 'truncated', 'PERFORM perfkit_seed_events(1000, 1, ''2030-01-01'', ''trial''); TRUNCATE events'),
	(15, 'triggers on UPDATE and DELETE', 'CREATE TRIGGER t AFTER UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION trigger_nothing()'),
	(16, 'replica identity', 'ALTER TABLE events REPLICA IDENTITY FULL'),
	(17, 'fillfactor', 'ALTER TABLE events SET (fillfactor = 20)'),
	(18, 'clustered', 'ALTER TABLE events CLUSTER ON date_idx'),
	(19, 'row security that does not bind', 'ALTER TABLE events ENABLE ROW LEVEL SECURITY'),
	(20, 'a plain role''s own', 'ALTER TABLE events OWNER TO regress_perfkit_owner; SET ROLE regress_perfkit_owner'),
	(21, 'another''s, as a superuser', 'ALTER TABLE events OWNER TO regress_perfkit_owner')
) v (i, tried, setup), LATERAL try(CASE WHEN setup <> '' THEN 'DO $do$BEGIN ' || setup || '; END$do$' ELSE 'SELECT' END) t ORDER BY i;

-- Indexes added by users agree with the table, whatever their method.
SELECT tried, t.* FROM (VALUES
	(1, 'expression', 'CREATE INDEX extra ON events (lower(artist))'),
	(2, 'partial', 'CREATE INDEX extra ON events (date) WHERE price IS NULL'),
	(3, 'expression and partial, unique', 'CREATE UNIQUE INDEX extra ON events ((id::text)) WHERE price IS NOT NULL'),
	(4, 'hash', 'CREATE INDEX extra ON events USING hash (venue)'),
	(5, 'BRIN', 'CREATE INDEX extra ON events USING brin (date)'),
	(6, 'SP-GiST', 'CREATE INDEX extra ON events USING spgist (name)'),
	(7, 'GiST trigram', 'CREATE INDEX extra ON events USING gist (artist gist_trgm_ops)'),
	(8, 'GIN on jsonb', 'CREATE INDEX extra ON events USING gin (ticket_sources jsonb_path_ops)'),
	(9, 'GIN without a pending list', 'ALTER INDEX idx_events_name_trgm SET (fastupdate = off)'),
	(10, 'covering', 'CREATE INDEX extra ON events (genre, date DESC NULLS LAST) INCLUDE (name, price)'),
	(11, 'no deduplication', 'ALTER INDEX venue_idx SET (deduplicate_items = off, fillfactor = 50)'),
	(12, 'exclusion constraint', 'ALTER TABLE events ADD EXCLUDE USING hash (id WITH =)'),
	(13, 'deferrable unique', 'ALTER TABLE events ADD UNIQUE (source_id) DEFERRABLE INITIALLY DEFERRED'),
	(14, 'another opclass and collation', 'CREATE INDEX extra ON events (name COLLATE "C" text_pattern_ops)'),
	(15, 'an invalid one', 'UPDATE pg_index SET indisvalid = false WHERE indexrelid = ''venue_idx''::regclass'),
	(16, 'expression that looks at the table''s own names', 'CREATE FUNCTION trial.f(text) RETURNS text IMMUTABLE LANGUAGE sql RETURN left($1, 3); CREATE INDEX extra ON events (f(name))')
) v (i, tried, setup), LATERAL try(setup) t ORDER BY i;

-- A duplicate key is the usual error, whichever process finds it.
SELECT tried, t.inserted, t.error FROM (VALUES
	(1, 'unique', 'CREATE UNIQUE INDEX extra ON events (genre)'),
	(2, 'unique, NULLs too', 'CREATE UNIQUE INDEX extra ON events (price, id); CREATE UNIQUE INDEX extra2 ON events (price) NULLS NOT DISTINCT'),
	(3, 'unique expression', 'CREATE UNIQUE INDEX extra ON events (lower(venue))'),
	(4, 'deferrable', 'ALTER TABLE events ADD UNIQUE (artist) DEFERRABLE INITIALLY DEFERRED'),
	(5, 'exclusion', 'ALTER TABLE events ADD EXCLUDE USING hash (venue WITH =)'),
	(6, 'expression that fails', 'CREATE INDEX extra ON events ((1 / (length(artist) - 4)))')
) v (i, tried, setup), LATERAL try(setup) t ORDER BY i;

-- The INSERT way: the server has more to do than store rows. (Majors differ in how they refuse to
-- ANALYZE a table.)
SET client_min_messages = error;
SELECT tried, t.* FROM (VALUES
	(1, 'BEFORE ROW trigger', 'CREATE TRIGGER t BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION trigger_nothing()'),
	(2, 'AFTER ROW trigger', 'CREATE TRIGGER t AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION trigger_nothing()'),
	(3, 'statement trigger', 'CREATE TRIGGER t AFTER INSERT ON events REFERENCING NEW TABLE AS added EXECUTE FUNCTION trigger_nothing()'),
	(4, 'disabled trigger', 'CREATE TRIGGER t BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION trigger_skip(); ALTER TABLE events DISABLE TRIGGER t'),
	(5, 'partitioned', :'new_events' || ', PRIMARY KEY (id, genre)) PARTITION BY LIST (genre); CREATE TABLE part_1 PARTITION OF events FOR VALUES IN (''rock'', ''pop''); CREATE TABLE part_2 PARTITION OF events DEFAULT; CREATE INDEX ON events (date)'),
	(6, 'partitioned in two levels', :'new_events' || ') PARTITION BY RANGE (date); CREATE TABLE part_1 PARTITION OF events DEFAULT PARTITION BY HASH (id); CREATE TABLE part_2 PARTITION OF part_1 FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE part_3 PARTITION OF part_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)'),
	(7, 'a partition itself', 'CREATE TABLE parent (LIKE events) PARTITION BY RANGE (date); ALTER TABLE parent ATTACH PARTITION events FOR VALUES FROM (''2025-01-01'') TO (''2027-01-01'')'),
	(8, 'extra generated column', 'ALTER TABLE events ADD title text GENERATED ALWAYS AS (artist || venue) STORED NOT NULL'),
	(9, 'extra column with a default', 'ALTER TABLE events ADD seats int NOT NULL DEFAULT 100'),
	(10, 'extra nullable column', 'ALTER TABLE events ADD seats int'),
	(11, 'extra identity column', 'ALTER TABLE events ADD number int GENERATED ALWAYS AS IDENTITY'),
	(12, 'extra serial column', 'ALTER TABLE events ADD number serial'),
	(13, 'CHECK that holds', 'ALTER TABLE events ADD CHECK (price BETWEEN 100 AND 700)'),
	(14, 'NOT VALID CHECK that holds', 'ALTER TABLE events ADD CHECK (genre <> '''') NOT VALID'),
	(15, 'domain', 'ALTER TABLE events ALTER name TYPE title'),
	(16, 'varchar', 'ALTER TABLE events ALTER name TYPE varchar(100), ALTER genre TYPE varchar'),
	(17, 'id is text', 'ALTER TABLE events ALTER id TYPE text'),
	(18, 'price of another type', 'ALTER TABLE events ALTER price TYPE smallint'),
	(20, 'deferred foreign key to itself', 'ALTER TABLE events ADD FOREIGN KEY (source_platform, source_id) REFERENCES events (source_platform, source_id) DEFERRABLE INITIALLY DEFERRED'),
	(21, 'row security with FORCE', 'ALTER TABLE events ENABLE ROW LEVEL SECURITY; ALTER TABLE events FORCE ROW LEVEL SECURITY; CREATE POLICY p ON events USING (true); ALTER TABLE events OWNER TO regress_perfkit_owner; SET ROLE regress_perfkit_owner'),
	(22, 'row security for another role', 'ALTER TABLE events ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON events FOR INSERT WITH CHECK (price IS DISTINCT FROM 1); ALTER TABLE events OWNER TO regress_perfkit_owner; GRANT INSERT ON events TO regress_perfkit_other; SET ROLE regress_perfkit_other'),
	(23, 'another role''s table', 'ALTER TABLE events OWNER TO regress_perfkit_owner; GRANT INSERT ON events TO regress_perfkit_other; SET ROLE regress_perfkit_other'),
	(24, 'INSERT on the columns only', 'ALTER TABLE events OWNER TO regress_perfkit_owner; GRANT INSERT (id, name, artist, venue, date, time, genre, ticket_sources, price, source_id, source_platform, created_at, updated_at) ON events TO regress_perfkit_other; SET ROLE regress_perfkit_other')
) v (i, tried, setup), LATERAL try(setup) t ORDER BY i;

-- Existing rows, and rows that the table rejects.
SELECT tried, t.* FROM (VALUES
	(1, 'half of the rows', 'SELECT perfkit_seed_events(1500, 42, ''2025-06-15 00:00+00'', ''trial'')'),
	(2, 'the last rows', 'INSERT INTO events SELECT * FROM perfkit_generate_events(100, 2900, 42, ''2025-06-15 00:00+00'')'),
	(3, 'a row of the user''s', 'INSERT INTO events SELECT * FROM perfkit_generate_events(1, 0, 7, ''2025-06-15 00:00+00'')'),
	(4, 'the same ids, as another source''s', 'INSERT INTO events SELECT * FROM perfkit_generate_events(10, 0, 42, ''2025-06-15 00:00+00''); UPDATE events SET source_id = md5(id::text)::uuid'),
	(5, 'a trigger that skips rows', 'CREATE TRIGGER t BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION trigger_skip()'),
	(7, 'a third of the rows', 'SELECT perfkit_seed_events(1000, 42, ''2025-06-15 00:00+00'', ''trial'')'),
	(8, 'most of the rows', 'SELECT perfkit_seed_events(2500, 42, ''2025-06-15 00:00+00'', ''trial'')'),
	(9, 'all rows', 'SELECT perfkit_seed_events(3000, 42, ''2025-06-15 00:00+00'', ''trial'')'),
	(10, 'more rows', 'SELECT perfkit_seed_events(3003, 42, ''2025-06-15 00:00+00'', ''trial'')'),
	(11, 'a third of the rows, updated', 'SELECT perfkit_seed_events(1000, 42, ''2025-06-15 00:00+00'', ''trial''); UPDATE events SET price = price; UPDATE events SET genre = genre'),
	(12, 'a third of the rows, and a gap', 'SELECT perfkit_seed_events(1000, 42, ''2025-06-15 00:00+00'', ''trial''); DELETE FROM events WHERE price = 300'),
	(13, 'a third of the rows, with a trigger', 'SELECT perfkit_seed_events(1000, 42, ''2025-06-15 00:00+00'', ''trial''); CREATE TRIGGER t BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION trigger_nothing()'),
	(14, 'rows in a table without keys', :'new_events' || '); INSERT INTO events SELECT * FROM perfkit_generate_events(1000, 0, 42, ''2025-06-15 00:00+00'')'),
	(6, 'rows of a child are not the table''s', 'CREATE TABLE child () INHERITS (events); INSERT INTO child SELECT * FROM perfkit_generate_events(10, 0, 42, ''2025-06-15 00:00+00'')')
) v (i, tried, setup), LATERAL try(setup) t ORDER BY i;

-- Without a key, a row that is there twice does not stand in for a missing one.
SELECT t.* FROM try(:'new_events' || '); INSERT INTO events SELECT r.* FROM generate_series(1, 2), perfkit_generate_events(1, 0, 42, ''2025-06-15 00:00+00'') r', 2) t;

-- Refused by the server, as the same INSERT would be.
SELECT tried, t.inserted, t.error FROM (VALUES
	(1, 'CHECK', 'ALTER TABLE events ADD CHECK (price < 600)'),
	(2, 'NOT NULL price', 'ALTER TABLE events ALTER price SET NOT NULL'),
	(3, 'extra column NOT NULL', 'ALTER TABLE events ADD seats int NOT NULL'),
	(4, 'name too long', 'ALTER TABLE events ALTER name TYPE varchar(20)'),
	(5, 'domain', 'CREATE DOMAIN short AS text CHECK (length(VALUE) < 10); ALTER TABLE events ALTER name TYPE short'),
	(6, 'foreign key', 'CREATE TABLE venues (venue text PRIMARY KEY); ALTER TABLE events ADD FOREIGN KEY (venue) REFERENCES venues'),
	(7, 'no partition for a row', :'new_events' || ') PARTITION BY LIST (genre); CREATE TABLE part_1 PARTITION OF events FOR VALUES IN (''rock'')'),
	(8, 'a partition that is not for all', 'CREATE TABLE parent (LIKE events) PARTITION BY LIST (genre); ALTER TABLE parent ATTACH PARTITION events FOR VALUES IN (''rock'')'),
	(9, 'row security', 'ALTER TABLE events ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON events FOR INSERT WITH CHECK (genre <> ''rock''); ALTER TABLE events OWNER TO regress_perfkit_owner; GRANT INSERT ON events TO regress_perfkit_other; SET ROLE regress_perfkit_other'),
	(10, 'rule', 'CREATE RULE r AS ON INSERT TO events DO INSTEAD NOTHING'),
	(11, 'deferrable key of a table with rows', 'ALTER TABLE events ADD UNIQUE (source_id) DEFERRABLE; INSERT INTO events SELECT * FROM perfkit_generate_events(1, 0, 7)'),
	(12, 'rule beside the INSERT', 'CREATE TABLE log (id uuid); CREATE RULE r AS ON INSERT TO events DO ALSO INSERT INTO log VALUES (NEW.id)')
) v (i, tried, setup), LATERAL try(setup) t ORDER BY i;

SET client_min_messages = warning;
-- Temporary tables: in their own schema.
CREATE TEMP TABLE events (id uuid PRIMARY KEY, name text, artist text, venue text, date timestamptz, "time" text, genre text, ticket_sources jsonb, price int, source_id uuid, source_platform text, created_at timestamptz, updated_at timestamptz, UNIQUE (source_platform, source_id));
CREATE INDEX ON pg_temp.events (date);
CREATE INDEX ON pg_temp.events USING gin (name gin_trgm_ops);
SELECT perfkit_seed_events(3000, 42, '2025-06-15 00:00+00', target_schema => 'pg_temp');
SELECT digest('SELECT * FROM pg_temp.events');
SELECT * FROM index_faults('pg_temp.events');
SELECT to_regclass('seedtest.events') IS NULL AS nothing_beside_it;
DROP TABLE pg_temp.events;
-- and created there, in a session that had no such schema yet
\c -
SET search_path = seedtest, public;
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET min_parallel_table_scan_size = 0;
SELECT perfkit_seed_events(3000, 42, '2025-06-15 00:00+00', target_schema => 'pg_temp');
SELECT digest('SELECT * FROM pg_temp.events');
SELECT * FROM index_faults('pg_temp.events');
SELECT to_regclass('seedtest.events') IS NULL AS nothing_beside_it;

-- Names that need quoting, also first in the search path; a table named like the generator's
-- alias does no harm.
CREATE SCHEMA "Select ""from"" where";
SET search_path = "Select ""from"" where", seedtest, public;
SELECT perfkit_seed_events(3000, 42, '2025-06-15 00:00+00');
SELECT digest('SELECT * FROM "Select ""from"" where".events');
SELECT perfkit_seed_events(3001, 42, '2025-06-15 00:00+00', 'Select "from" where');
SELECT * FROM index_faults('"Select ""from"" where".events');
SET search_path = seedtest, public;
DROP SCHEMA "Select ""from"" where" CASCADE;

-- Operators and functions of the user's that shadow the server's are not used.
CREATE SCHEMA shadow;
CREATE FUNCTION shadow.quote_ident(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''shadowed''; END';
CREATE FUNCTION shadow.equals(oid, oid) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''shadowed''; END';
CREATE OPERATOR shadow.= (FUNCTION = shadow.equals, LEFTARG = oid, RIGHTARG = oid);
CREATE FUNCTION shadow.perfkit_generate_events(bigint, bigint, bigint, timestamptz) RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN RAISE ''shadowed''; END';
CREATE DOMAIN shadow.text AS integer;
CREATE DOMAIN shadow.uuid AS integer;
SET search_path = shadow, pg_catalog, public;
SELECT public.perfkit_seed_events(1500, 42, '2025-06-15 00:00+00', 'shadow');
SELECT public.perfkit_seed_events(3000, 42, '2025-06-15 00:00+00', 'shadow');
SET search_path = seedtest, public;
SELECT digest('SELECT * FROM shadow.events');
DROP SCHEMA shadow CASCADE;

-- An ordinary role owns the table that it creates, which stays when perfkit is dropped.
GRANT CREATE ON SCHEMA seedtest TO regress_perfkit_owner;
SET ROLE regress_perfkit_owner;
SELECT perfkit_seed_events(3000, 42, '2025-06-15 00:00+00', 'seedtest');
RESET ROLE;
SELECT relname, relowner::regrole FROM pg_class WHERE relnamespace = 'seedtest'::regnamespace AND relkind IN ('r', 'i') AND relname ~ 'event|_idx' ORDER BY relname COLLATE "C";
BEGIN;
DROP EXTENSION perfkit;
SELECT digest('SELECT * FROM events');
ROLLBACK;

DROP SCHEMA seedtest CASCADE;
DROP ROLE regress_perfkit_owner, regress_perfkit_other;

-- Another start finds the same rows by their keys, keeps them, and says so.
CREATE SCHEMA other_day;
SELECT perfkit_seed_events(500, starts_at => '2026-01-01 00:00+00', target_schema => 'other_day');
SET client_min_messages = warning;
SELECT perfkit_seed_events(500, starts_at => '2026-01-02 00:00+00', target_schema => 'other_day');
SELECT perfkit_seed_events(700, starts_at => '2026-01-01 00:00+00', target_schema => 'other_day');
DROP SCHEMA other_day CASCADE;
