-- perfkit_verify_indexes() and the rows it checks; the checks that perfkit ships, on the workload's
-- own table.
SET client_min_messages = warning;
CREATE SCHEMA verify_test;
SET search_path = verify_test, public;

-- Shipped checks all pass at the workload's default size.
SELECT perfkit_seed_events(10000);
SELECT check_name, expected_index, demand, verdict, used_index = ANY (expected_index || also_accepted) AS used_one_of, reason
FROM perfkit_verify_indexes('events') JOIN perfkit_index_checks USING (check_name, expected_index, demand)
WHERE workload = 'events'
ORDER BY check_name COLLATE "C";

-- They find missing indexes.
DROP INDEX idx_events_artist_trgm;
ALTER INDEX genre_idx RENAME TO by_genre;
DROP INDEX idx_events_date_id, date_idx;
SELECT check_name, verdict,
       reason || coalesce(detail, '') ~ 'CREATE INDEX ON events|is not on any table' AS says_what
FROM perfkit_verify_indexes('events')
ORDER BY check_name COLLATE "C";

-- A user's check, with the required columns only; any index, several, a name that needs quoting,
-- qualified names.
CREATE TABLE "Shop" (id int PRIMARY KEY, v text);
CREATE INDEX "by V" ON "Shop" (v);
INSERT INTO "Shop" SELECT i, i FROM generate_series(1, 10000) i;
ANALYZE "Shop";
INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index) VALUES
('mine', 'any index', 'SELECT * FROM "Shop" WHERE id = 3', NULL),
('mine', 'expected', 'SELECT * FROM "Shop" WHERE v = ''3''', '"by V"'),
('mine', 'qualified', 'SELECT * FROM "Shop" WHERE v = ''3''', 'verify_test."by V"'),
('mine', 'other schema', 'SELECT * FROM "Shop" WHERE v = ''3''', 'public."by V"'),
('mine', 'folded', 'SELECT * FROM "Shop" WHERE v = ''3''', 'by V'),
('mine', 'other', 'SELECT * FROM "Shop" WHERE v = ''3''', '"Shop_pkey"'),
('mine', 'no table', 'SELECT * FROM nowhere', NULL),
('mine', 'syntax', 'SELEC', 'x'),
('mine', 'two', 'SELECT 1; SELECT 2', NULL),
('mine', 'parameter', 'SELECT * FROM "Shop" WHERE id = $1', NULL),
('mine', 'divides', 'SELECT 1 / 0', NULL);
INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index, also_accepted, demand) VALUES
('mine', 'one of two', 'SELECT * FROM "Shop" WHERE v = ''3''', '"Shop_pkey"', '{"\"by V\""}', 'chosen'),
('mine', 'half missing', 'SELECT * FROM "Shop" WHERE v = ''3''', 'gone', '{"\"by V\""}', 'chosen'),
('mine', 'many rows', 'SELECT * FROM "Shop" WHERE id > 5', '"Shop_pkey"', '{}', 'chosen'),
('mine', 'many rows, usable', 'SELECT * FROM "Shop" WHERE id > 5', '"Shop_pkey"', '{}', 'usable');
SELECT check_name, expected_index, demand, verdict, used_index,
       reason
FROM perfkit_verify_indexes('mine')
ORDER BY check_name COLLATE "C";

-- A disabled check is skipped; a workload with all checks disabled is still known.
UPDATE perfkit_index_checks SET enabled = false WHERE workload = 'mine' AND check_name <> 'any index';
SELECT check_name, verdict FROM perfkit_verify_indexes('mine');
UPDATE perfkit_index_checks SET enabled = false WHERE workload = 'mine';
SELECT check_name, verdict FROM perfkit_verify_indexes('mine');

-- Tables are looked up in target_schema first, and the search path is restored afterwards.
CREATE SCHEMA "Other schema";
CREATE TABLE "Other schema"."Shop" (id int, v text);
UPDATE perfkit_index_checks SET enabled = true WHERE workload = 'mine' AND check_name = 'any index';
SELECT verdict, reason LIKE 'no index can serve the scan of table "Shop"%' AS said FROM perfkit_verify_indexes('mine', 'Other schema');
SELECT verdict FROM perfkit_verify_indexes('mine', target_schema => 'verify_test');
SET search_path = public;
SELECT verdict FROM perfkit_verify_indexes('mine', 'verify_test');
SELECT verdict FROM perfkit_verify_indexes('mine');
SHOW search_path;
SET search_path = '';
SELECT verdict FROM public.perfkit_verify_indexes('mine', 'verify_test');
SET search_path = verify_test, public;

\set SHOW_CONTEXT never
SELECT * FROM perfkit_verify_indexes('nothing');
SELECT * FROM perfkit_verify_indexes(NULL);
SELECT * FROM perfkit_verify_indexes('mine', 'nowhere');
\set VERBOSITY sqlstate
SELECT * FROM perfkit_verify_indexes('nothing');
SELECT * FROM perfkit_verify_indexes(NULL);
SELECT * FROM perfkit_verify_indexes('mine', 'nowhere');
INSERT INTO perfkit_index_checks (workload, check_name, query, demand) VALUES ('mine', 'x', 'SELECT 1', 'perhaps');

-- A missing privilege on the schema or the table is reported.
CREATE ROLE regress_perfkit_guest;
SET ROLE regress_perfkit_guest;
SELECT * FROM perfkit_verify_indexes('mine', 'verify_test');
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('mine', 'x', 'SELECT 1');
RESET ROLE;
GRANT USAGE ON SCHEMA verify_test TO regress_perfkit_guest;
SET ROLE regress_perfkit_guest;
SELECT verdict, used_index, reason FROM perfkit_verify_indexes('mine', 'verify_test');
RESET ROLE;
\set VERBOSITY terse

-- A reason is one short line; the rest is in the detail, with facts and hint.
CREATE FUNCTION chatty(message text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE '%', message USING DETAIL = 'A fact.'; END $$;
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES
('long', 'lines', 'SELECT chatty(E''one\ntwo'')'), ('long', 'bytes', 'SELECT chatty(repeat(''x'', 61))'),
('long', 'characters', 'SELECT chatty(repeat(''ab '', 500))'), ('long', 'no detail', 'SELECT FROM nowhere'), ('long', 'passes', 'SELECT 1');
SELECT check_name, reason, left(detail, 100) AS detail FROM perfkit_verify_indexes('long') ORDER BY check_name COLLATE "C";

-- Errors that must stop the statement do not become the failure of a check.
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('slow', 'sleeps', 'SELECT slow()');
CREATE FUNCTION slow() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(60); RETURN 1; END $$;
SET statement_timeout = '100ms';
SELECT * FROM perfkit_verify_indexes('slow');
RESET statement_timeout;

CREATE FUNCTION fails(state text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE 'raised' USING ERRCODE = state; END $$;
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES
('locked', 'lock_timeout', 'SELECT fails(''55P03'')'), ('broken', 'internal error', 'SELECT fails(''XX000'')'),
('corrupt', 'index corrupted', 'SELECT fails(''XX002'')'), ('own', 'of its own', 'SELECT fails(''P0001'')');
\set VERBOSITY sqlstate
SELECT * FROM perfkit_verify_indexes('locked');
SELECT * FROM perfkit_verify_indexes('broken');
SELECT * FROM perfkit_verify_indexes('corrupt');
SELECT verdict FROM perfkit_verify_indexes('own');
\set VERBOSITY terse

-- A check accepts what its hint suggests.
CREATE TABLE small (k int PRIMARY KEY);
INSERT INTO small VALUES (1);
ANALYZE small;
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES
('hints', '1 all', 'SELECT * FROM small'), ('hints', '2 small', 'SELECT * FROM small WHERE k = 1');
SELECT check_name, detail ~ 'min_rows|assert demand' AS names_arguments, detail ~ 'set .*(demand|enabled) to' AS names_columns
FROM perfkit_verify_indexes('hints');
UPDATE perfkit_index_checks SET demand = 'usable' WHERE workload = 'hints' AND check_name = '2 small';
SELECT check_name, verdict FROM perfkit_verify_indexes('hints');

-- A temporary table does not hide that of target_schema, unless pg_temp is the target_schema.
CREATE TEMP TABLE small (k int);
SELECT check_name, verdict FROM perfkit_verify_indexes('hints', 'verify_test');
SELECT check_name, verdict FROM perfkit_verify_indexes('hints', 'pg_temp');
DROP TABLE pg_temp.small;

-- A failed check leaves nothing behind, and the work of its statement stays.
CREATE TABLE kept (i int);
WITH made AS (INSERT INTO kept VALUES (1) RETURNING 1)
SELECT count(*) FROM made, perfkit_verify_indexes('mine');
SELECT count(*) FROM kept;

-- Rows of users replace shipped ones, and are distinguished from them.
BEGIN;
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('events', 'genre', 'SELECT 1');
UPDATE perfkit_index_checks SET enabled = false WHERE workload = 'events' AND check_name = 'venue';
INSERT INTO perfkit_index_checks (workload, check_name, query, shipped) VALUES ('events', 'mine', 'SELECT 1', true);
SELECT check_name, enabled, query = 'SELECT 1' AS is_mine, shipped FROM perfkit_index_checks WHERE workload = 'events'
ORDER BY check_name COLLATE "C";
SAVEPOINT again;
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('events', 'genre', 'SELECT 2');
ROLLBACK;
SELECT bool_and(shipped) AS all_shipped FROM perfkit_index_checks WHERE workload = 'events';

-- That requires the privilege to delete, whether or not there is such a row; and ON CONFLICT DO
-- NOTHING comes too late.
BEGIN;
GRANT INSERT, SELECT ON perfkit_index_checks TO regress_perfkit_guest;
SET LOCAL ROLE regress_perfkit_guest;
SAVEPOINT refused;
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('guest', 'x', 'SELECT 1');
ROLLBACK TO refused;
RESET ROLE;
GRANT DELETE ON perfkit_index_checks TO regress_perfkit_guest;
SET LOCAL ROLE regress_perfkit_guest;
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('events', 'genre', 'SELECT 1') ON CONFLICT DO NOTHING;
SELECT query, shipped FROM perfkit_index_checks WHERE workload = 'events' AND check_name = 'genre';
ROLLBACK;

-- The key of a shipped row, edited or not, cannot be changed; that of a user's row can.
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('own', 'to be renamed', 'SELECT 1');
UPDATE perfkit_index_checks SET check_name = 'renamed', workload = 'other' WHERE workload = 'own' AND check_name = 'to be renamed';
\set VERBOSITY default
UPDATE perfkit_index_checks SET check_name = 'renamed' WHERE workload = 'events' AND check_name = 'venue';
UPDATE perfkit_budgets SET scenario = 'renamed', metric = 'p50_ms' WHERE (workload, scenario, metric) = ('events', 'page', 'p95_ms');
\set VERBOSITY terse
BEGIN;
UPDATE perfkit_index_checks SET enabled = false WHERE workload = 'events' AND check_name = 'venue';
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('events', 'genre', 'SELECT 1');
INSERT INTO perfkit_budgets VALUES ('events', 'page', 'p95_ms', 50);
SAVEPOINT edited;
UPDATE perfkit_index_checks SET workload = 'mine' WHERE workload = 'events' AND check_name = 'venue';
ROLLBACK TO edited;
UPDATE perfkit_index_checks SET check_name = 'mine' WHERE workload = 'events' AND check_name = 'genre';
ROLLBACK TO edited;
UPDATE perfkit_budgets SET workload = 'mine' WHERE (workload, scenario, metric) = ('events', 'page', 'p95_ms');
ROLLBACK;

-- A limit of discarded rows: the query is run, and what it did is rolled back. An index can be used
-- and yet return far more rows than are kept.
CREATE TABLE verify_test.wide (k int, v int);
INSERT INTO verify_test.wide SELECT i % 10, i FROM generate_series(1, 20000) i;
CREATE INDEX wide_k ON verify_test.wide (k);
ANALYZE verify_test.wide;
INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index, max_rows_removed) VALUES
('removed', '1 within', 'SELECT * FROM verify_test.wide WHERE k = 1 AND v % 4 = 3', 'wide_k', 1000),
('removed', '2 beyond', 'SELECT * FROM verify_test.wide WHERE k = 1 AND v % 4 = 3', 'wide_k', 999),
('removed', '3 no index', 'SELECT * FROM verify_test.wide WHERE v % 4 = 3', 'wide_k', 100000),
('removed', '4 fails', 'SELECT 1 / (k - 1) FROM verify_test.wide WHERE k = 1', 'wide_k', 0),
('removed', '5 writes', 'DELETE FROM verify_test.wide WHERE k = 1', 'wide_k', 0),
('removed', '6 not run', 'SELECT 1 / (k - 1) FROM verify_test.wide WHERE k = 1', 'wide_k', NULL);
SELECT check_name, verdict, used_index, reason FROM perfkit_verify_indexes('removed');
SELECT detail LIKE '%discards 1000 rows (limit 999)%discards 1000 rows and keeps 1000.%' AS says_what FROM perfkit_verify_indexes('removed') WHERE check_name = '2 beyond';
SELECT count(*) FROM verify_test.wide;
UPDATE perfkit_index_checks SET max_rows_removed = -1 WHERE workload = 'removed' AND check_name = '1 within';

-- The schema of an extension, wherever it is.
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES
('schemas', 'installed', 'SELECT @extschema:pg_trgm@.similarity(''a'', ''b''), @extschema:perfkit@.perfkit_plan_hash(''SELECT 1'')'),
('schemas', 'not installed', 'SELECT @extschema:no_such-extension@.f()'),
('schemas', 'unfinished', 'SELECT ''@extschema:'', ''@extschema:@'' WHERE false');
SELECT check_name, verdict, reason FROM perfkit_verify_indexes('schemas');
BEGIN;
CREATE SCHEMA "Tri grams";
ALTER EXTENSION pg_trgm SET SCHEMA "Tri grams";
SELECT check_name, verdict, reason FROM perfkit_verify_indexes('schemas') WHERE check_name = 'installed';
-- A guest lacks the right to use that schema.
GRANT SELECT ON perfkit_index_checks TO regress_perfkit_guest;
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES
('guests', 'similar', 'SELECT @extschema:pg_trgm@.similarity(''a'', ''b'')');
SET LOCAL ROLE regress_perfkit_guest;
SELECT verdict, reason, detail FROM perfkit_verify_indexes('guests');
ROLLBACK;

DELETE FROM perfkit_index_checks WHERE NOT shipped;
DROP SCHEMA verify_test CASCADE;
DROP SCHEMA "Other schema" CASCADE;
DROP ROLE regress_perfkit_guest;
