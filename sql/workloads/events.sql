-- Workload "events".

CREATE FUNCTION perfkit_seed_events(
    n bigint DEFAULT 10000,
    random_seed bigint DEFAULT 42,
    starts_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()),
    target_schema name DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_seed_events';

COMMENT ON FUNCTION perfkit_seed_events(bigint, bigint, timestamptz, name) IS
'Makes table events in target_schema (default: the current schema) where it is missing, adds those of its rows 0 .. n - 1 that are missing, runs ANALYZE, and returns the number of rows inserted.
n: 0 to 10^12. random_seed: any number; equal seeds give equal rows. starts_at: finite; dates lie in the 12 months after it, default today''s midnight. Dates are starts_at plus whole days plus a time of day: column time is the clock at starts_at, without later changes to or from summer time.
The table belongs to the caller. An empty plain table is locked against all use until the transaction ends. Progress: pg_stat_progress_copy, then pg_stat_progress_create_index, and a NOTICE every 5 seconds.
Errors: 22023 and 22004 bad argument, 3F000 no such schema, 42501 no privilege, 42703 an existing table lacks a column, 42809 not a table, 428C9 a needed column is generated, 25006 read-only transaction or standby';

CREATE FUNCTION perfkit_generate_events(
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    starts_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    id uuid, name text, artist text, venue text, date timestamptz, "time" text, genre text, ticket_sources jsonb,
    price integer, source_id uuid, source_platform text, created_at timestamptz, updated_at timestamptz)
LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_events';

COMMENT ON FUNCTION perfkit_generate_events(bigint, bigint, bigint, timestamptz) IS
'Rows first_row .. first_row + n - 1 of workload events, without storing them. Row i is the same row whatever n and first_row are.
first_row + n: at most 10^12. random_seed and starts_at as for perfkit_seed_events. Streams in constant memory in a select list; in FROM the server materialises the rows, on disk beyond work_mem.
Errors: 22023 and 22004 bad argument';

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

INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, shipped)
SELECT 'events', scenario, metric, limit_value, true
FROM pg_catalog.unnest(ARRAY['page', 'genre', 'date_range', 'venue', 'artist_search', 'name_search', 'genre_and_date',
				  'cursor_page_1', 'cursor_page_500', 'all']) AS scenario,
	 (VALUES ('avg_ms', 200), ('p95_ms', 300), ('p99_ms', 500), ('max_error_rate', 0.01)) AS budget (metric, limit_value);

-- Latency tells no missing index at 10,000 events: they fit into 250 blocks. Work does. Blocks per transaction, means of 50
-- transactions each of four random seeds at 10,000, of one at 100,000 and 1,000,000, and at 10,000 without an index:
--   page             69 to 77, 77, 77             245 without date_idx and idx_events_date_id
--   date_range       22, 23, 23                   245 without both
--   cursor_page_1    22, 23, 23                   245 without both
--   cursor_page_500  22, 23, 23                   245 without both
--   genre_and_date   37 to 45, 182, 277           157 to 176 without genre_idx
--   artist_search    303 to 427, 2031, 2955       837 to 1026 without idx_events_artist_trgm
--   name_search      50 to 71, 1501, 2102         1032 to 1845 without idx_events_name_trgm
-- The last three grow with the data, so their limits are for 10,000 rows. Each of the two indexes that begin with date does
-- for the other (an incremental sort takes 1 to 5 blocks more). genre and venue have no limit: their plans read the events by
-- date (270 to 440 blocks), with genre_idx and venue_idx or without. What this leaves to be missed is for index checks.
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, max_rows, shipped) VALUES
('events', 'page', 'max_buffers', 120, NULL, true),
('events', 'date_range', 'max_buffers', 50, NULL, true),
('events', 'cursor_page_1', 'max_buffers', 50, NULL, true),
('events', 'cursor_page_500', 'max_buffers', 50, NULL, true),
('events', 'genre_and_date', 'max_buffers', 80, 10000, true),
('events', 'artist_search', 'max_buffers', 600, 10000, true),
('events', 'name_search', 'max_buffers', 300, 10000, true);
