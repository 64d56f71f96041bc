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

------------------------------------------------------------------------------------------------------------------
-- Measure
------------------------------------------------------------------------------------------------------------------
