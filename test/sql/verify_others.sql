-- perfkit_verify_indexes() and the rows of other roles: planning runs code, with whose privileges?
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE "regress_perfkit ""mallory";
CREATE ROLE regress_perfkit_app;
CREATE ROLE regress_perfkit_team;
CREATE ROLE regress_perfkit_alice IN ROLE regress_perfkit_team;
CREATE SCHEMA others_test;
GRANT USAGE, CREATE ON SCHEMA others_test TO PUBLIC;
SET search_path = others_test, public;
GRANT SELECT, INSERT, UPDATE, DELETE ON perfkit_index_checks TO "regress_perfkit ""mallory", regress_perfkit_app, regress_perfkit_alice;
CREATE FUNCTION me() RETURNS text LANGUAGE sql AS
$$ SELECT CASE current_user WHEN session_user THEN 'the superuser' ELSE current_user::text END $$;

-- Her code in all places that planning reaches: the query itself, an operator, a domain, a view, a
-- partial index, an expression of an index.
SET ROLE "regress_perfkit ""mallory";
SET others_test.role = 'regress_perfkit "mallory';
-- It fails, and the check with it, if it is called as another role than it should be.
CREATE FUNCTION h(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    IF others_test.me() <> current_setting('others_test.role') THEN RAISE 'called as %', others_test.me(); END IF; RETURN true; END $$;
CREATE FUNCTION same(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT others_test.h($1 + $2)';
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same);
CREATE DOMAIN checked AS int CHECK (h(VALUE));
CREATE TABLE hers (a int, b int) WITH (autovacuum_enabled = off);
CREATE INDEX hers_a ON hers (a) WHERE h(1) OR b = 1;
CREATE VIEW looks AS SELECT 1 AS one WHERE h(2);
GRANT SELECT ON hers, looks TO PUBLIC;
INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index) VALUES
('theirs', '1 function', 'SELECT 1 WHERE others_test.h(1)', NULL),
('theirs', '2 operator', 'SELECT 1 WHERE 1 OPERATOR(others_test.===) 1', NULL),
('theirs', '3 view', 'SELECT FROM others_test.looks', NULL),
('theirs', '4 index', 'SELECT FROM others_test.hers WHERE a = 1', 'others_test.hers_a'),
('theirs', '5 search path', 'SELECT 1 WHERE h(3)', NULL),
('theirs', '6 domain', 'SELECT 1::others_test.checked', NULL);
SELECT check_name, added_by FROM perfkit_index_checks WHERE workload = 'theirs' ORDER BY check_name COLLATE "C";

-- A superuser, who has the writer's privileges, plans it as the writer, as does the writer; any
-- other role does not plan it at all.
RESET ROLE;
SELECT check_name, verdict, reason FROM perfkit_verify_indexes('theirs');
SET ROLE "regress_perfkit ""mallory";
SELECT check_name, verdict, reason FROM perfkit_verify_indexes('theirs');
-- The code is called: in a query of another role it fails.
RESET ROLE;
SELECT perfkit_assert_index_scan(query) FROM perfkit_index_checks WHERE workload = 'theirs' AND check_name = '1 function';
SELECT current_user = session_user AS still_myself;
SET ROLE regress_perfkit_app;
SELECT check_name, verdict, reason FROM perfkit_verify_indexes('theirs');
SELECT detail FROM perfkit_verify_indexes('theirs') LIMIT 1;
RESET ROLE;

-- The role cannot be changed, whichever it is; an error that occurs as her is a failure of her
-- check.
SET ROLE "regress_perfkit ""mallory";
DELETE FROM perfkit_index_checks WHERE workload = 'theirs';
CREATE FUNCTION escape() RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    PERFORM set_config('role', 'none', false); RETURN true; END $$;
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES
('theirs', 'escape', 'SELECT 1 WHERE others_test.escape()'), ('theirs', 'forbidden', 'SELECT FROM pg_authid');
SELECT check_name, verdict, reason FROM perfkit_verify_indexes('theirs');
RESET ROLE;
SELECT check_name, verdict, reason FROM perfkit_verify_indexes('theirs');

-- The writer of a row is recorded: it changes with the query, but not with other columns.
UPDATE perfkit_index_checks SET enabled = false WHERE workload = 'theirs';
SELECT DISTINCT added_by::text FROM perfkit_index_checks WHERE workload = 'theirs';
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('theirs', 'mine', 'SELECT 1');
SET ROLE "regress_perfkit ""mallory";
UPDATE perfkit_index_checks SET demand = 'usable' WHERE workload = 'theirs' AND check_name = 'mine';
SELECT added_by::oid = session_user::regrole AS superusers FROM perfkit_index_checks WHERE workload = 'theirs' AND check_name = 'mine';
UPDATE perfkit_index_checks SET query = 'SELECT 2' WHERE workload = 'theirs' AND check_name = 'mine';
SELECT added_by FROM perfkit_index_checks WHERE workload = 'theirs' AND check_name = 'mine';
-- Rows of another role cannot be forged.
\set VERBOSITY default
UPDATE perfkit_index_checks SET added_by = 'regress_perfkit_app' WHERE workload = 'theirs';
\set VERBOSITY sqlstate
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('theirs', 'mine', 'SELECT 1')
ON CONFLICT (workload, check_name) DO UPDATE SET query = 'SELECT 3', added_by = 'regress_perfkit_app';
\set VERBOSITY terse
-- But an INSERT, such as that of a restore, goes on; the row is nobody's.
COPY perfkit_index_checks (workload, check_name, query, added_by) FROM stdin;
theirs	forged	SELECT 1	regress_perfkit_app
theirs	next	SELECT 1	regress_perfkit "mallory
\.
SELECT check_name, added_by, added_by = '' AS nobodys FROM perfkit_index_checks WHERE workload = 'theirs' AND check_name IN ('forged', 'next') ORDER BY check_name COLLATE "C";
RESET ROLE;
SELECT check_name, verdict, reason FROM perfkit_verify_indexes('theirs') WHERE check_name = 'forged';

-- Comparisons of perfkit_role, and its binary form; any role's name can be told from no role.
CREATE ROLE "-";
SELECT count(*) AS hers FROM perfkit_index_checks WHERE workload = 'theirs' AND added_by = 'regress_perfkit "mallory';
SELECT 'regress_perfkit_app'::perfkit_role AS role UNION SELECT 'regress_perfkit_app' UNION SELECT '-' ORDER BY role DESC;
SELECT DISTINCT added_by <> '' AS has_role FROM perfkit_index_checks WHERE workload = 'theirs' ORDER BY 1;
SELECT 'regress_perfkit_app'::perfkit_role < '-' AS lt, 'regress_perfkit_app'::perfkit_role <= '-' AS le,
       'regress_perfkit_app'::perfkit_role > '-' AS gt, 'regress_perfkit_app'::perfkit_role >= '-' AS ge;
SELECT perfkit_role_send('-'), perfkit_role_send('regress_perfkit_gone');
SET enable_mergejoin = off;
SET enable_nestloop = off;
SELECT count(*) AS hashed FROM (VALUES ('-'::perfkit_role), ('')) a (role) JOIN (VALUES ('-'::perfkit_role), ('')) b (role) USING (role);
RESET enable_mergejoin;
RESET enable_nestloop;
DROP ROLE "-";
DELETE FROM perfkit_index_checks WHERE workload = 'theirs' AND check_name IN ('forged', 'next');

-- A schema that the writer may not use would drop out of the search path, and the check would be
-- one of another table.
CREATE SCHEMA others_closed;
CREATE TABLE others_closed.pair (a int);
CREATE TABLE others_test.pair (a int PRIMARY KEY);
GRANT SELECT ON others_test.pair, others_closed.pair TO PUBLIC;
SET ROLE "regress_perfkit ""mallory";
INSERT INTO perfkit_index_checks (workload, check_name, query, demand) VALUES ('path', 'pair', 'SELECT FROM pair WHERE a = 1', 'usable');
RESET ROLE;
SELECT verdict, reason, detail FROM perfkit_verify_indexes('path', 'others_closed');
SELECT verdict, reason FROM perfkit_verify_indexes('path', 'others_test');
SET search_path = others_closed, others_test, public;
SELECT verdict, reason FROM perfkit_verify_indexes('path');
GRANT USAGE ON SCHEMA others_closed TO PUBLIC;
SELECT verdict FROM perfkit_verify_indexes('path');
SET search_path = others_test, public;
DROP SCHEMA others_closed CASCADE;

-- Whatever SQLSTATE the writer's code raises, other checks are made, except that of a cancellation.
SET ROLE "regress_perfkit ""mallory";
CREATE FUNCTION fails(state text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE 'raised' USING ERRCODE = state; END $$;
INSERT INTO perfkit_index_checks (workload, check_name, query)
SELECT 'hostile', state, format('SELECT others_test.fails(%L)', state) FROM unnest('{XX000,XX001,53000,53200,40001,40P01,55P03,58030,57014}'::text[]) state;
RESET ROLE;
\set VERBOSITY sqlstate
SELECT count(*) FROM perfkit_verify_indexes('hostile');
\set VERBOSITY terse
DELETE FROM perfkit_index_checks WHERE workload = 'hostile' AND check_name = '57014';
SELECT reason FROM perfkit_verify_indexes('hostile');

-- A row may belong to a group, for its members to use; and a superuser may keep the writer of a
-- row, as a restore does.
SET ROLE regress_perfkit_alice;
INSERT INTO perfkit_index_checks (workload, check_name, query, added_by) VALUES
('team', 'ours', 'SELECT current_user::text = me() WHERE h(1)', 'regress_perfkit_team'), ('team', 'mine', 'SELECT 1', DEFAULT), ('team', 'null', 'SELECT 1', NULL);
SELECT check_name, added_by FROM perfkit_index_checks WHERE workload = 'team' ORDER BY check_name COLLATE "C";
SET others_test.role = 'regress_perfkit_team';
SELECT check_name, verdict, reason FROM perfkit_verify_indexes('team');
RESET ROLE;
INSERT INTO perfkit_index_checks (workload, check_name, query, added_by) VALUES
('restored', 'hers', 'SELECT 1 WHERE h(1)', 'regress_perfkit "mallory'), ('restored', 'gone', 'SELECT 1 WHERE h(1)', 'regress_perfkit_gone'),
('restored', 'folded', 'SELECT 1 WHERE h(1)', 'REGRESS_PERFKIT_APP'), ('restored', 'none', 'SELECT 1', '');
SELECT check_name, added_by FROM perfkit_index_checks WHERE workload = 'restored' ORDER BY check_name COLLATE "C";
SET others_test.role = 'regress_perfkit "mallory';
SELECT check_name, verdict, reason FROM perfkit_verify_indexes('restored');
UPDATE perfkit_index_checks SET added_by = 'regress_perfkit_app' WHERE workload = 'restored' AND check_name = 'none';
SET ROLE regress_perfkit_app;
SELECT verdict FROM perfkit_verify_indexes('restored') WHERE check_name = 'none';
RESET ROLE;

-- Rows of superusers and shipped rows are for everybody, and run as the caller.
INSERT INTO perfkit_index_checks (workload, check_name, query) VALUES ('public', 'superuser''s', 'SELECT 1 WHERE h(1)');
SET ROLE regress_perfkit_app;
SET others_test.role = 'regress_perfkit_app';
SELECT verdict FROM perfkit_verify_indexes('public');
SELECT count(*) > 0 AS checks, bool_or(reason ~ '^not planned') AS refused FROM perfkit_verify_indexes('events');
BEGIN;
-- A shipped row with another column than its query edited stays perfkit's, also after a restore.
UPDATE perfkit_index_checks SET demand = 'usable' WHERE workload = 'events' AND check_name = 'genre';
INSERT INTO perfkit_index_checks (workload, check_name, query, added_by)
SELECT workload, check_name, query, 'regress_perfkit_gone' FROM perfkit_index_checks WHERE workload = 'events' AND check_name = 'venue';
SELECT check_name, shipped, replaces_shipped, added_by::oid = session_user::regrole AS superusers
FROM perfkit_index_checks WHERE workload = 'events' AND check_name IN ('genre', 'venue') ORDER BY check_name COLLATE "C";
ROLLBACK;
RESET ROLE;

-- A query that was only planned is not run as its writer because another role sets a limit.
BEGIN;
INSERT INTO perfkit_index_checks (workload, check_name, query, max_rows_removed) VALUES
('run', '1 planned', 'SELECT 1 WHERE h(1)', NULL), ('run', '2 run', 'SELECT 1 WHERE h(1)', 5);
SET LOCAL ROLE regress_perfkit_app;
UPDATE perfkit_index_checks SET max_rows_removed = 10 WHERE workload = 'run';
UPDATE perfkit_index_checks SET max_rows_removed = 10 WHERE workload = 'events' AND check_name = 'venue';
INSERT INTO perfkit_index_checks (workload, check_name, query, max_rows_removed)
SELECT workload, check_name, query, 10 FROM perfkit_index_checks WHERE workload = 'events' AND check_name = 'genre';
SELECT check_name, CASE added_by::oid WHEN session_user::regrole THEN 'superuser' ELSE added_by::text END AS added_by
FROM perfkit_index_checks WHERE workload = 'run' OR check_name IN ('genre', 'venue') ORDER BY check_name COLLATE "C";
ROLLBACK;

-- A renamed role keeps its rows, and a role that takes its name does not get them; rows of a
-- dropped role belong to nobody.
ALTER ROLE "regress_perfkit ""mallory" RENAME TO regress_perfkit_eve;
ALTER ROLE regress_perfkit_app RENAME TO "regress_perfkit ""mallory";
SELECT DISTINCT added_by::text FROM perfkit_index_checks WHERE workload = 'theirs';
DELETE FROM perfkit_index_checks WHERE NOT shipped AND workload <> 'team';
DROP SCHEMA others_test CASCADE;
REVOKE ALL ON perfkit_index_checks FROM regress_perfkit_alice, regress_perfkit_eve, "regress_perfkit ""mallory";
DROP ROLE regress_perfkit_team, regress_perfkit_alice, regress_perfkit_eve, "regress_perfkit ""mallory";
SELECT check_name, added_by FROM perfkit_index_checks WHERE workload = 'team' ORDER BY check_name COLLATE "C";
SELECT check_name, verdict, reason FROM perfkit_verify_indexes('team');
DELETE FROM perfkit_index_checks WHERE workload = 'team';
