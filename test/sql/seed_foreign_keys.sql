-- Foreign keys hold in both of the loader's ways, and the direct way is taken where one join can
-- stand for the server's triggers. All digests are equal.
\getenv srcdir PG_ABS_SRCDIR
\set helpers :srcdir '/lib/seed.psql'
\set ECHO none
\i :helpers
\set ECHO all
\set VERBOSITY terse
SET search_path = seedtest, public;
CREATE ROLE regress_perfkit_owner;
GRANT USAGE ON SCHEMA seedtest TO PUBLIC;
CREATE TABLE genres (genre text PRIMARY KEY);
INSERT INTO genres SELECT DISTINCT genre FROM perfkit_generate_events(3000, 0, 42, '2025-06-15 00:00+00');
CREATE TABLE prices (price int UNIQUE);
INSERT INTO prices SELECT DISTINCT price FROM perfkit_generate_events(3000, 0, 42, '2025-06-15 00:00+00');
CREATE TABLE places (genre text, venue text, PRIMARY KEY (genre, venue));
INSERT INTO places SELECT DISTINCT genre, venue FROM perfkit_generate_events(3000, 0, 42, '2025-06-15 00:00+00');
\set key 'ALTER TABLE events ADD FOREIGN KEY (genre) REFERENCES seedtest.genres'
\set owner 'ALTER TABLE events OWNER TO regress_perfkit_owner; SET ROLE regress_perfkit_owner'

-- The direct way.
SELECT tried, t.* FROM (VALUES
	(1, 'one', :'key'),
	(2, 'several, one of two columns, one that may be null', :'key' || '; ALTER TABLE events ADD FOREIGN KEY (genre, venue) REFERENCES seedtest.places MATCH FULL, ADD FOREIGN KEY (price) REFERENCES seedtest.prices (price) ON DELETE CASCADE'),
	(3, 'to the table itself', 'ALTER TABLE events ADD FOREIGN KEY (id) REFERENCES events'),
	(4, 'beside a table of the same name', 'CREATE TABLE genres (genre text PRIMARY KEY); ' || :'key'),
	(5, 'to and from the table', 'CREATE TABLE child (event uuid REFERENCES events); ' || :'key'),
	(6, 'to a table that others extend', 'CREATE TABLE child () INHERITS (seedtest.genres); ' || :'key'),
	(7, 'to row security that does not bind', 'ALTER TABLE seedtest.genres ENABLE ROW LEVEL SECURITY; ' || :'key'),
	(8, 'of a plain role', 'GRANT SELECT, REFERENCES ON genres TO regress_perfkit_owner; ' || :'key' || '; ' || :'owner'),
	(9, 'of a plain role, with privileges on the column', 'GRANT SELECT (genre), REFERENCES (genre) ON genres TO regress_perfkit_owner; ' || :'key' || '; ' || :'owner')
) v (i, tried, setup), LATERAL try('DO $do$BEGIN ' || setup || '; END$do$') t ORDER BY i;

-- What the join cannot stand for is left to INSERT.
SELECT tried, t.* FROM (VALUES
	(1, 'not valid', 'ALTER TABLE events ADD FOREIGN KEY (genre) REFERENCES seedtest.genres NOT VALID'),
	(2, 'deferrable', 'ALTER TABLE events ADD FOREIGN KEY (genre) REFERENCES seedtest.genres DEFERRABLE'),
	(3, 'to a partitioned table', 'CREATE TABLE parts (genre text PRIMARY KEY) PARTITION BY LIST (genre); CREATE TABLE part PARTITION OF parts DEFAULT; INSERT INTO parts SELECT * FROM seedtest.genres; ALTER TABLE events ADD FOREIGN KEY (genre) REFERENCES parts'),
	(4, 'disabled', :'key' || '; DELETE FROM seedtest.genres; ALTER TABLE events DISABLE TRIGGER ALL'),
	(5, 'in a replica', :'key' || '; DELETE FROM seedtest.genres; SET LOCAL session_replication_role = replica'),
	(6, 'only REFERENCES', 'GRANT REFERENCES ON genres TO regress_perfkit_owner; ' || :'key' || '; ' || :'owner'),
	(7, 'only SELECT', 'GRANT SELECT ON genres TO regress_perfkit_owner; ' || :'key' || '; ' || :'owner'),
	(8, 'neither', :'key' || '; ' || :'owner'),
	(9, 'no USAGE of the schema', 'CREATE SCHEMA closed; ALTER TABLE seedtest.genres SET SCHEMA closed; GRANT ALL ON closed.genres TO regress_perfkit_owner; ALTER TABLE events ADD FOREIGN KEY (genre) REFERENCES closed.genres; ' || :'owner'),
	(10, 'row security', 'ALTER TABLE seedtest.genres ENABLE ROW LEVEL SECURITY; GRANT ALL ON genres TO regress_perfkit_owner; ' || :'key' || '; ' || :'owner'),
	(11, 'row security that binds the owner', 'ALTER TABLE seedtest.genres OWNER TO regress_perfkit_owner; ALTER TABLE seedtest.genres ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; ' || :'key' || '; ' || :'owner')
) v (i, tried, setup), LATERAL try('DO $do$BEGIN ' || setup || '; END$do$') t ORDER BY i;

-- Planning the join would run what another role's index, statistics or constraint calls, as the
-- seeder. INSERT has it run as the owner of the referenced table.
CREATE FUNCTION quiet(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
ALTER TABLE genres OWNER TO regress_perfkit_owner;
SELECT tried, t.* FROM (VALUES
	(1, 'predicate of an index', 'CREATE INDEX ON seedtest.genres (genre) WHERE seedtest.quiet(genre) > ''a'''),
	(2, 'expression of an index', 'CREATE INDEX ON seedtest.genres (seedtest.quiet(genre))'),
	(3, 'statistics', 'CREATE STATISTICS seedtest.stats ON (seedtest.quiet(genre)) FROM seedtest.genres'),
	(4, 'constraint', 'ALTER TABLE seedtest.genres ADD CHECK (seedtest.quiet(genre) > ''a'')'),
	(5, 'plain index', 'CREATE INDEX ON seedtest.genres (genre, genre)'),
	(6, 'of the seeder', 'ALTER TABLE seedtest.genres OWNER TO CURRENT_USER; CREATE INDEX ON seedtest.genres (seedtest.quiet(genre))')
) v (i, tried, setup), LATERAL try('DO $do$BEGIN ' || setup || '; ' || :'key' || '; END$do$') t ORDER BY i;
SELECT perfkit_seed_events(0, target_schema => 'seedtest');
ALTER TABLE events ADD CONSTRAINT events_genre_fkey FOREIGN KEY (genre) REFERENCES genres;
CREATE FUNCTION spy() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF current_user <> 'regress_perfkit_owner' THEN
		RAISE 'called as another role';
	END IF;
	RETURN true;
END $$;
CREATE INDEX genres_spied ON genres (genre) WHERE spy();
SELECT perfkit_seed_events(1000, 42, '2025-06-15 00:00+00', 'seedtest');
DROP TABLE events;
DROP INDEX genres_spied;
ALTER TABLE genres OWNER TO CURRENT_USER;

-- A violation is an error in both ways, and nothing remains.
SELECT tried, t.rebuilt, t.inserted, t.error FROM (VALUES
	(1, 'direct', 'DELETE FROM seedtest.genres WHERE genre = ''rock''; ' || :'key'),
	(2, 'INSERT', 'DELETE FROM seedtest.genres WHERE genre = ''rock''; ' || :'key' || ' NOT VALID'),
	(3, 'the second of two', 'DELETE FROM seedtest.prices WHERE price = 400; ' || :'key' || '; ALTER TABLE events ADD FOREIGN KEY (price) REFERENCES seedtest.prices (price)'),
	(4, 'a row only in a table of the same name', 'DELETE FROM seedtest.genres WHERE genre = ''rock''; CREATE TABLE genres AS SELECT ''rock'' AS genre; ' || :'key')
) v (i, tried, setup), LATERAL try('DO $do$BEGIN ' || setup || '; END$do$') t ORDER BY i;

SELECT perfkit_seed_events(0, target_schema => 'seedtest');
ALTER TABLE events ADD CONSTRAINT events_genre_fkey FOREIGN KEY (genre) REFERENCES genres;
DELETE FROM genres WHERE genre = 'rock' RETURNING genre;
SELECT state, message, regexp_replace(detail, 'Key .* is not', 'Key ... is not') AS detail, hint
FROM error_of($$SELECT perfkit_seed_events(1000, 42, '2025-06-15 00:00+00', 'seedtest')$$);
SELECT count(*) FROM events;
INSERT INTO genres VALUES ('rock');
SELECT perfkit_seed_events(1000, 42, '2025-06-15 00:00+00', 'seedtest');

-- A top-up validates rows that were there already, too: INSERT would not have let them in.
SET session_replication_role = replica;
DELETE FROM genres WHERE genre = 'metal';
RESET session_replication_role;
SELECT state FROM error_of($$SELECT perfkit_seed_events(3000, 42, '2025-06-15 00:00+00', 'seedtest')$$);
INSERT INTO genres VALUES ('metal');
SELECT perfkit_seed_events(3000, 42, '2025-06-15 00:00+00', 'seedtest');

-- The referenced table is locked until the end of the transaction, and can still be read and
-- referenced; a top-up by INSERT does not lock it.
BEGIN;
TRUNCATE events;
SELECT perfkit_seed_events(3000, 42, '2025-06-15 00:00+00', 'seedtest');
SELECT mode FROM pg_locks WHERE relation = 'genres'::regclass AND pid = pg_backend_pid() AND mode LIKE '%Exclusive%';
DELETE FROM genres WHERE genre = 'rock';
ROLLBACK;
BEGIN;
SELECT perfkit_seed_events(3010, 42, '2025-06-15 00:00+00', 'seedtest');
SELECT mode FROM pg_locks WHERE relation = 'genres'::regclass AND pid = pg_backend_pid() AND mode LIKE '%Exclusive%';
ROLLBACK;

-- In a transaction with one snapshot, what that snapshot shows is what counts: INSERT checks so.
-- Tables of the transaction's own hold nothing else.
TRUNCATE events;
SELECT pg_relation_filenode('events_pkey') AS before \gset
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT perfkit_seed_events(3000, 42, '2025-06-15 00:00+00', 'seedtest');
SELECT pg_relation_filenode('events_pkey') <> :before AS rebuilt;
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
CREATE TABLE own AS SELECT * FROM genres;
ALTER TABLE own ADD PRIMARY KEY (genre);
ALTER TABLE events DROP CONSTRAINT events_genre_fkey, ADD FOREIGN KEY (genre) REFERENCES own;
SELECT pg_relation_filenode('events_pkey') AS before \gset
SELECT perfkit_seed_events(3000, 42, '2025-06-15 00:00+00', 'seedtest');
SELECT pg_relation_filenode('events_pkey') <> :before AS rebuilt;
ROLLBACK;

-- The join is perfkit's own statement, which the guard leaves alone.
LOAD 'perfkit';
SET perfkit.guard_min_rows = 0;
SET perfkit.guard = error;
SELECT perfkit_seed_events(3000, 42, '2025-06-15 00:00+00', 'seedtest');
RESET perfkit.guard;

DROP SCHEMA seedtest CASCADE;
DROP ROLE regress_perfkit_owner;
