/* perfkit--1.0.sql: install script. Sections follow the rooms of src/: seed, plan, measure. */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION perfkit CASCADE" to load this file. \quit

-- No statement below names the schema it is installed in: views and SQL-standard function bodies bind when they are
-- created, and C functions find their schema by their own OID. So any schema will do, and ALTER EXTENSION ... SET
-- SCHEMA works.

------------------------------------------------------------------------------------------------------------------
-- Common
------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION perfkit_keep_user_edits() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- A row a user writes is the user's: only such rows are dumped. Shipped rows are made anew by CREATE EXTENSION.
    NEW.shipped := false;
    IF TG_OP = 'INSERT' THEN
        EXECUTE format('DELETE FROM %I.%I t WHERE t.shipped AND %s', TG_TABLE_SCHEMA, TG_TABLE_NAME,
                       (SELECT string_agg(format('t.%1$I = ($1).%1$I', key_column), ' AND ')
                        FROM unnest(TG_ARGV) key_column))
            USING NEW;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION perfkit_keep_user_edits() IS
'Trigger of perfkit''s configuration tables; its arguments are the key columns. A row inserted by a user takes the place of the shipped row with the same key, and an updated row counts as the user''s, so that pg_dump keeps both (it leaves out shipped rows, which CREATE EXTENSION makes again).';

------------------------------------------------------------------------------------------------------------------
-- Seed
------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION perfkit_workloads(
    OUT workload text, OUT tables text[], OUT seeder text, OUT requires text[], OUT description text)
RETURNS SETOF record
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 4
AS 'MODULE_PATHNAME', 'perfkit_workloads';

COMMENT ON FUNCTION perfkit_workloads() IS
'The workloads that perfkit ships: their tables, the function that seeds them, and the extensions they need';

CREATE FUNCTION perfkit_seed_events(
    n bigint DEFAULT 10000,
    random_seed bigint DEFAULT 42,
    starts_at timestamptz DEFAULT date_trunc('day', now()),
    target_schema name DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_seed_events';

COMMENT ON FUNCTION perfkit_seed_events(bigint, bigint, timestamptz, name) IS
'Makes table events in target_schema (default: the current schema) where it is missing, adds those of its rows 0 .. n - 1 that are missing, runs ANALYZE, and returns the number of rows inserted.
n: 0 to 10^12. random_seed: any number; equal seeds give equal rows. starts_at: finite; dates lie in the 12 months after it, default today''s midnight.
The table belongs to the caller. An empty plain table is locked against all use until the transaction ends. Progress: pg_stat_progress_copy, then pg_stat_progress_create_index, and a NOTICE every 5 seconds.
Errors: 22023 and 22004 bad argument, 3F000 no such schema, 42501 no privilege, 42703 an existing table lacks a column, 42809 not a table, 428C9 a needed column is generated, 25006 read-only transaction or standby';

CREATE FUNCTION perfkit_generate_events(
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    starts_at timestamptz DEFAULT date_trunc('day', now()))
RETURNS TABLE (
    id uuid, name text, artist text, venue text, date timestamptz, "time" text, genre text, ticket_sources jsonb,
    price integer, source_id uuid, source_platform text, created_at timestamptz, updated_at timestamptz)
LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_events';

COMMENT ON FUNCTION perfkit_generate_events(bigint, bigint, bigint, timestamptz) IS
'Rows first_row .. first_row + n - 1 of workload events, without storing them. Row i is the same row whatever n and first_row are.
first_row + n: at most 10^12. random_seed and starts_at as for perfkit_seed_events. Streams in constant memory in a select list; in FROM the server materialises the rows, on disk beyond work_mem.
Errors: 22023 and 22004 bad argument';

------------------------------------------------------------------------------------------------------------------
-- Plan
------------------------------------------------------------------------------------------------------------------

-- All functions that plan are VOLATILE and PARALLEL UNSAFE: a plan may differ from one call to the next within a statement,
-- since settings, statistics and sizes change meanwhile; and no setting can be changed in a parallel worker.

CREATE FUNCTION perfkit_plan(
    query text,
    OUT node_id integer,
    OUT parent_id integer,
    OUT depth integer,
    OUT relationship text,
    OUT node_type text,
    OUT join_type text,
    OUT relation regclass,
    OUT alias text,
    OUT index regclass,
    OUT index_condition text,
    OUT filter text,
    OUT startup_cost double precision,
    OUT total_cost double precision,
    OUT plan_rows double precision,
    OUT plan_width integer,
    OUT actual_rows double precision,
    OUT loops double precision,
    OUT actual_ms double precision,
    OUT rows_removed double precision,
    OUT shared_hit bigint,
    OUT shared_read bigint,
    OUT temp_blocks bigint)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10
AS 'MODULE_PATHNAME', 'perfkit_plan';

COMMENT ON FUNCTION perfkit_plan(text) IS
'The plan of one statement as rows, one for each node, in the order and with the names of EXPLAIN (FORMAT JSON). The statement is planned and not run.
node_id counts from 1; parent_id is null and depth 0 for the root. relation, index and the conditions are null where a node has none. Costs are in the planner''s units, plan_rows in rows, plan_width in bytes, as EXPLAIN rounds them. The columns from actual_rows on are null, since nothing was run.
Errors: 22004 query is null, 22023 not exactly one plannable statement, 42P02 parameters, 42501 no privilege, and what parsing and planning raise';

CREATE FUNCTION perfkit_plan_shape(query text)
RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_plan_shape';

COMMENT ON FUNCTION perfkit_plan_shape(text) IS
'The plan of one statement without its numbers: a line for each node with its type, index and relation, indented by two blanks a level. No cost, estimate, condition or alias, so it may stand in expected output. Relations outside the search path are qualified.
Errors: as perfkit_plan()';

CREATE FUNCTION perfkit_assert_index_scan(
    query text,
    expected_index regclass DEFAULT NULL,
    demand text DEFAULT 'chosen')
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_index_scan';

COMMENT ON FUNCTION perfkit_assert_index_scan(text, regclass, text) IS
'Fails with P0004, and says why, when the plan of the query reads a table by a sequential scan, or does not use the expected index.
expected_index: of one of the query''s tables; a partitioned index is met by any index under it; null accepts any. demand: ''chosen'' judges the plan as it is, ''usable'' the plan with sequential scans disabled, so that a small test table can prove that an index serves; there, an index that was read as a whole and filtered afterwards does not count, unless it is the expected one or a LIMIT may stop the reading.
Errors: P0004 failed assertion, 22004 query or demand is null, 22023 unknown demand or an index on none of the query''s tables, 42809 not an index, and as perfkit_plan()';

CREATE FUNCTION perfkit_assert_no_seq_scan(query text, min_rows bigint DEFAULT 0)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_no_seq_scan';

COMMENT ON FUNCTION perfkit_assert_no_seq_scan(text, bigint) IS
'Fails with P0004, and says why, when the plan of the query reads a table of at least min_rows rows by a sequential scan.
min_rows: 0 or more; compared with the number of rows that the planner estimates for the table.
Errors: P0004 failed assertion, 22004 an argument is null, 22023 min_rows is negative, and as perfkit_plan()';

CREATE TABLE perfkit_index_checks (
    workload text NOT NULL,
    check_name text NOT NULL,
    query text NOT NULL,
    expected_index text,
    also_accepted text[] NOT NULL DEFAULT '{}',
    demand text NOT NULL DEFAULT 'chosen' CHECK (demand IN ('chosen', 'usable')),
    enabled boolean NOT NULL DEFAULT true,
    shipped boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workload, check_name)
);
COMMENT ON TABLE perfkit_index_checks IS
'What perfkit_verify_indexes(workload) checks. Insert rows of your own; inserting the key of a shipped row replaces it. Your rows and your edits survive dump, restore and upgrade. A shipped row that was deleted returns with a restore: set enabled to false instead.';
COMMENT ON COLUMN perfkit_index_checks.workload IS 'Name under which checks are run together; any name will do.';
COMMENT ON COLUMN perfkit_index_checks.check_name IS 'Name of the check, unique within its workload.';
COMMENT ON COLUMN perfkit_index_checks.query IS 'One plannable statement. It is planned and never run.';
COMMENT ON COLUMN perfkit_index_checks.expected_index IS
'Name of the index that must be used, looked up among the indexes of the query''s tables; schema-qualified where that is ambiguous. NULL: any index, as long as no table is read sequentially.';
COMMENT ON COLUMN perfkit_index_checks.also_accepted IS 'Names of other indexes that satisfy the check as well.';
COMMENT ON COLUMN perfkit_index_checks.demand IS
'chosen: the planner picks the index. usable: it does so once sequential scans are disabled, which proves that the index can serve the query.';
COMMENT ON COLUMN perfkit_index_checks.enabled IS 'false: the check is skipped.';
COMMENT ON COLUMN perfkit_index_checks.shipped IS 'true: the row is perfkit''s own, and unchanged. Kept by a trigger.';

INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index, also_accepted, demand, shipped) VALUES
('events', 'date range',
 'SELECT * FROM events WHERE date >= now() AND date < now() + interval ''1 month'' ORDER BY date, id LIMIT 20',
 'date_idx', '{idx_events_date_id}', 'chosen', true),
('events', 'genre',
 'SELECT * FROM events WHERE genre = ''blues''',
 'genre_idx', '{}', 'chosen', true),
('events', 'venue',
 'SELECT * FROM events WHERE venue = ''Fasching''',
 'venue_idx', '{}', 'chosen', true),
('events', 'artist search',
 'SELECT * FROM events WHERE artist ILIKE ''%metal%''',
 'idx_events_artist_trgm', '{}', 'chosen', true),
-- Half the names contain the word, so a sequential scan is the right plan; the index has only to be able to serve it.
('events', 'name search',
 'SELECT * FROM events WHERE name ILIKE ''%live%''',
 'idx_events_name_trgm', '{}', 'usable', true),
('events', 'cursor page',
 'SELECT * FROM events WHERE (date, id) > (now(), ''00000000-0000-0000-0000-000000000000''::uuid) ORDER BY date, id LIMIT 20',
 'idx_events_date_id', '{}', 'chosen', true);

-- Only now, so that the rows above count as shipped. An upgrade script that changes them disables the trigger meanwhile.
CREATE TRIGGER perfkit_keep_user_edits BEFORE INSERT OR UPDATE ON perfkit_index_checks
    FOR EACH ROW EXECUTE FUNCTION perfkit_keep_user_edits('workload', 'check_name');
SELECT pg_catalog.pg_extension_config_dump('perfkit_index_checks', 'WHERE NOT shipped');
GRANT SELECT ON perfkit_index_checks TO PUBLIC;

CREATE FUNCTION perfkit_verify_indexes(
    workload text,
    target_schema name DEFAULT NULL,
    OUT check_name text,
    OUT query text,
    OUT expected_index text,
    OUT demand text,
    OUT verdict text,
    OUT used_index text,
    OUT reason text)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10
AS 'MODULE_PATHNAME', 'perfkit_verify_indexes';

COMMENT ON FUNCTION perfkit_verify_indexes(text, name) IS
'Makes the enabled checks of a workload in perfkit_index_checks, in order of their names. verdict is PASS or FAIL; used_index has the names of the indexes that the plan reads; reason says why a check failed, also when its query is broken or its table is missing.
target_schema: searched for the tables first; null searches the search path as it is.
Errors: 22004 workload is null, 42704 no checks for the workload, 3F000 no such schema, 42501 no privilege on the schema';

------------------------------------------------------------------------------------------------------------------
-- Measure
------------------------------------------------------------------------------------------------------------------
