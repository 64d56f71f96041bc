-- Budgets: shipped rows, edits, and what no budget can be.
\set VERBOSITY terse
BEGIN;

SELECT scenario, array_agg(concat_ws(' ', metric, limit_value, 'up to ' || max_rows || ' rows') ORDER BY metric COLLATE "C") FROM perfkit_budgets
WHERE workload = 'events' AND shipped GROUP BY scenario ORDER BY scenario COLLATE "C";

-- An edited row, a waived one and one inserted over a shipped one are the user's from then on;
-- there is still one of each.
UPDATE perfkit_budgets SET limit_value = 100 WHERE (workload, scenario, metric) = ('events', 'page', 'p95_ms');
UPDATE perfkit_budgets SET limit_value = NULL WHERE (workload, scenario, metric) = ('events', 'page', 'p99_ms');
INSERT INTO perfkit_budgets VALUES ('events', 'page', 'avg_ms', 50);
INSERT INTO perfkit_budgets (workload, metric, limit_value) VALUES ('events', 'max_error_rate', 0.01);
SELECT scenario, metric, limit_value, shipped FROM perfkit_budgets
WHERE workload = 'events' AND (NOT shipped OR scenario = 'page') ORDER BY scenario COLLATE "C", metric COLLATE "C";

SELECT * FROM perfkit_budget_metrics();

SAVEPOINT before;
\set VERBOSITY default
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p42_ms', 1);
ROLLBACK TO before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p95_ms', 1);
UPDATE perfkit_budgets SET metric = 'P95_MS' WHERE workload = 'mine';
ROLLBACK TO before;
\set VERBOSITY terse
INSERT INTO perfkit_budgets VALUES ('mine', 'all', NULL, 1);
ROLLBACK TO before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p99_ms', -1);
ROLLBACK TO before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p99_ms', 'NaN');
ROLLBACK TO before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p99_ms', 'Infinity');
ROLLBACK TO before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'max_error_rate', 1.01);
ROLLBACK TO before;
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'max_error_rate', 1), ('mine', 'all', 'p99_ms', NULL);
INSERT INTO perfkit_budgets VALUES ('mine', 'all', 'p99_ms', 5);
ROLLBACK TO before;

-- The shipped budgets of blocks hold for 10,000 events, and break without the index that their
-- scenario needs.
CREATE SCHEMA budgeted;
SET LOCAL search_path = budgeted, public;
SET LOCAL client_min_messages = warning;
SELECT perfkit_seed_events(10000, starts_at => '2026-01-01 00:00:00+00');
CREATE FUNCTION within_budget(scenario text, queries text[]) RETURNS boolean LANGUAGE sql
AS $$ SELECT w.blocks::float8 / w.statements <= b.limit_value
      FROM perfkit_budgets b, perfkit_work_of($2) w WHERE b.workload = 'events' AND b.scenario = $1 AND b.metric = 'max_buffers' $$;
CREATE FUNCTION cursor_page() RETURNS boolean LANGUAGE sql
AS $$ SELECT within_budget('cursor_page_1', array_fill('SELECT * FROM events WHERE (date, id) > (to_timestamp(0), ''00000000-0000-0000-0000-000000000000''::uuid)
                                                        ORDER BY date, id LIMIT 20'::text, '{20}')) $$;
CREATE FUNCTION search(field text, words text[]) RETURNS boolean LANGUAGE sql
AS $$ SELECT within_budget(field || '_search', array_agg(format('SELECT * FROM events WHERE %I ILIKE %L AND date >= ''2026-01-01 00:00:00+00''
                                                                 ORDER BY date, id LIMIT 20', field, '%' || word || '%')))
      FROM unnest(words) word $$;
\set artists '{metallica,sabaton,opeth,"in flames",abba,robyn,kent,wardruna,gojira,"tame impala",meshuggah,"no such band",the,metal,trio,and,velvet,golden,midnight,orchestra,wolves,machine,harbour,silver}'
\set names '{metallica,sabaton,opeth,"in flames",abba,robyn,kent,wardruna,gojira,"tame impala",meshuggah,"no such band",live,tour,stockholm,"live in",the,"in stockholm","live in stockholm",20,on,live,tour,stockholm}'
SELECT cursor_page(), search('artist', :'artists') AS artist, search('name', :'names') AS name;
DROP INDEX idx_events_artist_trgm, idx_events_name_trgm;
SELECT search('artist', :'artists') AS artist, search('name', :'names') AS name;
DROP INDEX idx_events_date_id, date_idx;
SELECT cursor_page();

ROLLBACK;
