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
