-- Workload "events".

CREATE FUNCTION perfkit_seed_events(
    n bigint DEFAULT 10000,
    random_seed bigint DEFAULT 42,
    starts_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()),
    target_schema name DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_seed_events';

COMMENT ON FUNCTION perfkit_seed_events(bigint, bigint, timestamptz, name) IS
'Creates and fills table events, and returns the number of rows inserted.
The table is created in target_schema (default: the current schema) if it is missing. Of the rows
numbered 0 to n - 1, those that it lacks are added; then it is analyzed.
n: 0 to 10^12. random_seed: any number; equal seeds give equal rows.
starts_at: finite, default today''s midnight; dates lie in the 12 months after it. Each is starts_at
plus whole days plus a time of day. Column time is the clock at starts_at; daylight-saving changes
after that are ignored.
The caller owns the table. An empty plain table is locked exclusively until the transaction ends.
Progress is shown in pg_stat_progress_copy and then in pg_stat_progress_create_index, and by a
NOTICE every 5 seconds.
Errors: 22023 and 22004 bad argument, 3F000 no such schema, 42501 no privilege, 42703 an existing
table lacks a column, 42804 a column has another type, 42809 not a table, 428C9 a needed column is
generated, 55000 extension pg_trgm is not installed, 25006 read-only transaction or standby';

CREATE FUNCTION perfkit_generate_events(
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    starts_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    id uuid,
    name text,
    artist text,
    venue text,
    date timestamptz,
    "time" text,
    genre text,
    ticket_sources jsonb,
    price integer,
    source_id uuid,
    source_platform text,
    created_at timestamptz,
    updated_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_events';

COMMENT ON FUNCTION perfkit_generate_events(bigint, bigint, bigint, timestamptz) IS
'Returns rows of workload events without storing them.
These are the n rows from number first_row on. Row i is the same whatever n and first_row are.
first_row + n: at most 10^12. random_seed and starts_at: as for perfkit_seed_events.
In a select list the rows are streamed in constant memory; in FROM the server materializes them,
on disk beyond work_mem.
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
-- Half of the names contain the word, so a sequential scan is the right plan: the index only has to
-- be usable.
('events', 'name search',
 'SELECT * FROM events WHERE name ILIKE ''%live%''',
 'idx_events_name_trgm', '{}', 'usable', true),
('events', 'cursor page',
 'SELECT * FROM events WHERE (date, id) > (now(), ''00000000-0000-0000-0000-000000000000''::uuid) ORDER BY date, id LIMIT 20',
 'idx_events_date_id', '{}', 'chosen', true);

INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, shipped)
SELECT 'events', scenario, metric, limit_value, true
FROM pg_catalog.unnest(ARRAY['page', 'genre', 'date_range', 'venue', 'artist_search', 'name_search',
         'genre_and_date', 'cursor_page_1', 'cursor_page_500', 'all']) AS scenario,
     (VALUES ('avg_ms', 200), ('p95_ms', 300), ('p99_ms', 500), ('max_error_rate', 0.01)) AS budget (metric, limit_value);

-- At 10,000 events, which fit into 250 blocks, latency does not reveal a missing index. Work does.
-- Blocks per transaction, means of 50 transactions with each of four random seeds at 10,000 events
-- and with one at 100,000 and at 1,000,000, and at 10,000 without an index:
--   page             69 to 77, 77, 77             245 without date_idx and idx_events_date_id
--   date_range       22, 23, 23                   245 without both
--   cursor_page_1    22, 23, 23                   245 without both
--   cursor_page_500  22, 23, 23                   245 without both
--   genre_and_date   37 to 45, 182, 277           157 to 176 without genre_idx
--   artist_search    303 to 427, 2031, 2955       837 to 1026 without idx_events_artist_trgm
--   name_search      50 to 71, 1501, 2102         1032 to 1845 without idx_events_name_trgm
-- The last three grow with the data, so their limits apply up to 10,000 rows. Each of the two
-- indexes that begin with date can stand in for the other (an incremental sort reads 1 to 5 blocks
-- more). genre and venue have no limit: their plans read the events by date (270 to 440 blocks)
-- with or without genre_idx and venue_idx. The index checks cover what these limits miss.
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, max_rows, shipped) VALUES
('events', 'page', 'max_buffers', 120, NULL, true),
('events', 'date_range', 'max_buffers', 50, NULL, true),
('events', 'cursor_page_1', 'max_buffers', 50, NULL, true),
('events', 'cursor_page_500', 'max_buffers', 50, NULL, true),
('events', 'genre_and_date', 'max_buffers', 80, 10000, true),
('events', 'artist_search', 'max_buffers', 600, 10000, true),
('events', 'name_search', 'max_buffers', 300, 10000, true);
