-- Seeding as part of a transaction: all or nothing, whatever surrounds it.
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
\set start '''2025-06-15 00:00+00'''

-- Rolled back: no table. Rolled back where there was one: as it was, with its indexes.
BEGIN;
SELECT perfkit_seed_events(2000, 42, :start);
ROLLBACK;
SELECT to_regclass('events') AS made;
SELECT perfkit_seed_events(0, 42, :start);
SELECT pg_relation_filenode('events_pkey') AS filenode \gset
BEGIN;
SELECT perfkit_seed_events(2000, 42, :start);
ROLLBACK;
SELECT count(*), pg_relation_filenode('events_pkey') = :filenode AS old_index FROM events;
SELECT * FROM index_faults('events');

-- A savepoint: the rows go, and the next seed fills the same table.
BEGIN;
SAVEPOINT s;
SELECT perfkit_seed_events(2000, 42, :start);
SELECT count(*) FROM events;
ROLLBACK TO s;
SELECT count(*), pg_relation_filenode('events_pkey') = :filenode AS old_index FROM events;
SELECT * FROM index_faults('events');
SELECT perfkit_seed_events(1000, 42, :start);
SELECT * FROM index_faults('events');
SAVEPOINT s2;
SELECT perfkit_seed_events(3000, 42, :start);
ROLLBACK TO s2;
SELECT count(*) FROM events;
SELECT * FROM index_faults('events');
RELEASE s;
COMMIT;
SELECT digest('SELECT * FROM events');
SELECT * FROM index_faults('events');
TRUNCATE events;

-- The table, its rows and more in nested subtransactions that are kept.
DROP TABLE events;
BEGIN;
SAVEPOINT a;
SAVEPOINT b;
SELECT perfkit_seed_events(1000, 42, :start);
RELEASE b;
INSERT INTO events SELECT * FROM perfkit_generate_events(1, 0, 7, :start);
DELETE FROM events WHERE id IN (SELECT id FROM perfkit_generate_events(1, 0, 7, :start));
SELECT perfkit_seed_events(2500, 42, :start);
RELEASE a;
COMMIT;
SELECT digest('SELECT * FROM events');
SELECT * FROM index_faults('events');

-- A function that catches the error of a seed that failed late: in a unique index, after all rows
-- were stored.
TRUNCATE events;
CREATE UNIQUE INDEX one_per_venue ON events (venue);
SET maintenance_work_mem = '20MB';
DO $$
BEGIN
	BEGIN
		PERFORM perfkit_seed_events(2000, 42, '2025-06-15 00:00+00');
	EXCEPTION WHEN unique_violation THEN
		RAISE WARNING 'caught %, % rows', SQLSTATE, (SELECT count(*) FROM events);
	END;
	DROP INDEX one_per_venue;
	PERFORM perfkit_seed_events(2000, 42, '2025-06-15 00:00+00');
END
$$;
SELECT digest('SELECT * FROM events');
SELECT * FROM index_faults('events');
-- which the building processes share; the session's setting is back after a failure and after
-- success
SHOW maintenance_work_mem;
RESET maintenance_work_mem;

-- A query that is reading the table while a function it calls wants to fill it: refused, since it
-- might use an index.
TRUNCATE events;
SELECT state, message FROM error_of('SELECT perfkit_seed_events(10) FROM (VALUES (1)) v LEFT JOIN events ON true');
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM events;
SELECT state, message FROM error_of('SELECT perfkit_seed_events(10)');
CLOSE c;
SELECT perfkit_seed_events(10, 42, :start);
-- but a top-up of a few rows, which needs no rebuild, is allowed; the cursor does not see them
DECLARE c CURSOR FOR SELECT count(*) FROM events;
SELECT perfkit_seed_events(12, 42, :start);
FETCH c;
COMMIT;
SELECT * FROM index_faults('events');

-- Stricter isolation.
TRUNCATE events;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM events;
SELECT perfkit_seed_events(2000, 42, :start);
SELECT perfkit_seed_events(2000, 42, :start);
SELECT perfkit_seed_events(2500, 42, :start);
SELECT digest('SELECT * FROM events');
COMMIT;
SELECT * FROM index_faults('events');
TRUNCATE events;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM events;
SELECT perfkit_seed_events(2000, 42, :start);
SELECT perfkit_seed_events(2500, 42, :start);
SELECT digest('SELECT * FROM events');
COMMIT;
SELECT * FROM index_faults('events');

-- From a procedure that commits, a trigger, and SQL functions.
TRUNCATE events;
CREATE PROCEDURE grow() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 3 LOOP
		PERFORM perfkit_seed_events(i * 1000, 42, '2025-06-15 00:00+00', 'seedtest');
		COMMIT;
	END LOOP;
END
$$;
CALL grow();
SELECT digest('SELECT * FROM events');
SELECT * FROM index_faults('events');
CREATE TABLE wish (n bigint);
CREATE FUNCTION seed_wish() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM perfkit_seed_events(NEW.n, 42, '2025-06-15 00:00+00', 'seedtest');
	RETURN NULL;
END
$$;
CREATE TRIGGER fulfil AFTER INSERT ON wish FOR EACH ROW EXECUTE FUNCTION seed_wish();
TRUNCATE events;
INSERT INTO wish VALUES (500), (1000);
SELECT digest('SELECT * FROM events');
CREATE FUNCTION seed_sql() RETURNS bigint BEGIN ATOMIC SELECT perfkit_seed_events(1500, 42, '2025-06-15 00:00+00', 'seedtest'); END;
SELECT seed_sql();
SELECT digest('SELECT * FROM events');
SELECT * FROM index_faults('events');

-- A prepared statement whose plan used the old index uses the new one.
TRUNCATE events;
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
PREPARE one_genre AS SELECT count(*) FROM events WHERE genre = $1;
EXECUTE one_genre('rock');
SELECT perfkit_seed_events(2000, 42, :start);
EXECUTE one_genre('rock');
RESET enable_seqscan;
SELECT count(*) FROM events WHERE genre = 'rock';
RESET plan_cache_mode;

DROP SCHEMA seedtest CASCADE;
