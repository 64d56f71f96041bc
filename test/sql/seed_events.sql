-- The data of workload "events": the table, the promised properties, and the rows themselves by
-- digest.
\getenv srcdir PG_ABS_SRCDIR
\set helpers :srcdir '/lib/seed.psql'
\set ECHO none
\i :helpers
\set ECHO all
\set VERBOSITY terse
SET search_path = seedtest, public;

-- Without rows: the table and its indexes.
SELECT perfkit_seed_events(0, starts_at => '2025-06-15 00:00+00');
SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
WHERE attrelid = 'events'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'events'::regclass AND contype IN ('p', 'u') ORDER BY 1;
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'events'::regclass ORDER BY 1;
SELECT count(*) FROM events;

-- With rows, and once more, when none is missing.
SELECT perfkit_seed_events(starts_at => '2025-06-15 00:00+00');
SELECT perfkit_seed_events(10000, starts_at => '2025-06-15 00:00+00');
SELECT * FROM index_faults('events');

-- The table is analyzed.
SELECT reltuples FROM pg_class WHERE oid = 'events'::regclass;
SELECT count(*) AS columns_with_statistics FROM pg_stats WHERE schemaname = 'seedtest' AND tablename = 'events';

-- Counts.
SELECT count(*), count(DISTINCT id) AS ids, count(DISTINCT (source_platform, source_id)) AS sources,
	count(DISTINCT source_id) AS source_ids, count(DISTINCT artist) AS artists, count(DISTINCT venue) AS venues,
	count(DISTINCT genre) AS genres, count(DISTINCT source_platform) AS platforms, count(DISTINCT "time") AS times,
	count(DISTINCT ticket_sources) AS source_lists
FROM events;
SELECT venue FROM events GROUP BY venue ORDER BY venue COLLATE "C";
SELECT genre FROM events GROUP BY genre ORDER BY genre COLLATE "C";
SELECT count(*) FILTER (WHERE price IS NULL) AS free FROM events;

-- Each of the first 1000 rows has an artist of its own every other time, and each artist one genre.
SELECT count(DISTINCT artist) FROM perfkit_generate_events(1000);
SELECT count(*) AS artists_of_two_genres FROM (SELECT FROM events GROUP BY artist HAVING count(DISTINCT genre) > 1) a;

-- Real bands and invented names, the most popular well ahead of the median artist.
SELECT count(*) FILTER (WHERE artist IN ('Metallica', 'ABBA', 'Robyn')) > 0 AS real_bands,
	count(*) FILTER (WHERE artist IN ('Velvet Harbour', 'Secret Gardens')) > 0 AS made_up
FROM events;
SELECT max(n) > 3 * percentile_disc(0.5) WITHIN GROUP (ORDER BY n) AS skewed FROM (SELECT count(*) n FROM events GROUP BY artist) a;

-- Rows that break a rule; there must be none of any kind.
SELECT kind, count(*)
FROM events e, LATERAL (VALUES
	('UUID of another version', substr(id::text, 15, 1) <> '4' OR substr(source_id::text, 15, 1) <> '4'),
	('UUID of another variant', substr(id::text, 20, 1) !~ '[89ab]' OR substr(source_id::text, 20, 1) !~ '[89ab]'),
	('name is neither form', name <> artist || ' Live in Stockholm' AND name !~ ('^' || regexp_replace(artist, '([.!*+?])', '\\\1', 'g') || ' 202[56] Tour$')),
	('year of the tour', name ~ ' Tour$' AND substring(name FROM ' (\d{4}) Tour$') <> to_char(date AT TIME ZONE 'UTC', 'YYYY')),
	('date too early', date < '2025-06-15 18:00+00'),
	('date too late', date >= '2026-06-15 00:00+00'),
	('hour', (date AT TIME ZONE 'UTC')::time NOT BETWEEN '18:00' AND '23:00'),
	('minute', extract(minute FROM date) NOT IN (0, 30) OR extract(second FROM date) <> 0),
	('time is not that of date', "time" <> to_char(date AT TIME ZONE 'UTC', 'HH24:MI')),
	('form of time', "time" !~ '^\d\d:\d\d$'),
	('price', price NOT BETWEEN 150 AND 650 OR price % 5 <> 0),
	('ticket_sources is not an array', jsonb_typeof(ticket_sources) <> 'array'),
	('number of sources', jsonb_array_length(ticket_sources) NOT BETWEEN 1 AND 3),
	('repeated source', (SELECT count(DISTINCT s) FROM jsonb_array_elements_text(ticket_sources) s) <> jsonb_array_length(ticket_sources)),
	('unknown source', NOT '["ticketmaster", "axs", "dice", "venue-direct"]' @> ticket_sources),
	('source_platform is not the first source', source_platform <> ticket_sources ->> 0),
	('created after updated', created_at > updated_at),
	('updated after the start', updated_at > '2025-06-15 00:00+00'),
	('listed too long before', created_at < timestamptz '2025-06-15 00:00+00' - interval '121 days')
) AS broken (kind, holds)
WHERE holds IS TRUE GROUP BY kind;

-- Shares that are drawn rather than exact: bounds of at least five standard deviations, for rows
-- that never change.
SELECT count(*) FILTER (WHERE name LIKE '% Live in Stockholm') BETWEEN 4750 AND 5250 AS half_are_live,
	count(*) FILTER (WHERE jsonb_array_length(ticket_sources) = 1) BETWEEN 2700 AND 3300 AS one_source,
	count(*) FILTER (WHERE jsonb_array_length(ticket_sources) = 2) BETWEEN 4200 AND 4800 AS two_sources,
	count(*) FILTER (WHERE jsonb_array_length(ticket_sources) = 3) BETWEEN 2200 AND 2800 AS three_sources,
	count(DISTINCT date_trunc('month', date)) >= 12 AS each_month,
	max(date) - min(date) > interval '350 days' AS whole_year,
	min(price) < 180 AND max(price) > 620 AS whole_price_range
FROM events;
SELECT min(n) BETWEEN 100 AND 400 AS small_venue, max(n) BETWEEN 1000 AND 2000 AS busy_venue FROM (SELECT count(*) AS n FROM events GROUP BY venue) v;

-- One row in each five is free, so exactly a fifth in any multiple of five.
SELECT n, (SELECT count(*) FROM perfkit_generate_events(n) WHERE price IS NULL) AS free FROM unnest(ARRAY[5, 10, 1000, 20000]) n;

-- The rows themselves. These digests are the same on every server; to change one is to change all
-- users' data.
SELECT digest('SELECT * FROM events') AS seeded;
SELECT digest('SELECT * FROM perfkit_generate_events(10000, starts_at => ''2025-06-15 00:00+00'')') AS generated;
SELECT digest('SELECT * FROM perfkit_generate_events(10000, 0, 43, ''2025-06-15 00:00+00'')') AS other_seed;
SELECT digest('SELECT * FROM perfkit_generate_events(10000, 0, 42, ''2025-06-16 00:00+00'')') AS other_start;
SELECT seed, digest(format('SELECT * FROM perfkit_generate_events(1000, 0, %L, ''2025-06-15 00:00+00'')', seed))
FROM (VALUES (0), (1), (-1), (-9223372036854775808), (9223372036854775807)) s (seed);
-- the last rows that there can be
SELECT digest('SELECT * FROM perfkit_generate_events(1000, 999999999000, 42, ''2025-06-15 00:00+00'')') AS last_rows;
-- One row in full, to show what went wrong.
SELECT * FROM perfkit_generate_events(1, 7, 42, '2025-06-15 00:00+00') \gx

-- In slices: of any size and order.
SELECT size, digest(format('SELECT r.* FROM generate_series(9999 / %1$s, 0, -1) s, perfkit_generate_events(least(%1$s, 10000 - s * %1$s), s * %1$s, 42, ''2025-06-15 00:00+00'') r', size)) AS in_slices
FROM unnest(ARRAY[1000, 3333, 10000]) size;
SELECT digest('SELECT r.* FROM generate_series(0, 9999) s, perfkit_generate_events(1, s, 42, ''2025-06-15 00:00+00'') r') AS one_by_one;
SELECT digest('SELECT * FROM perfkit_generate_events(0)') AS none;
-- in a select list, which does not go through a tuplestore
SELECT digest('SELECT (r).* FROM (SELECT perfkit_generate_events(10000, 0, 42, ''2025-06-15 00:00+00'') r OFFSET 0) s') AS streamed;
SELECT count(*) FROM (SELECT perfkit_generate_events(1000000000000) LIMIT 10) s;

-- The session's time zone and formats do not affect the rows.
BEGIN;
SET LOCAL TimeZone = 'Australia/Lord_Howe';
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL IntervalStyle = 'sql_standard';
SET LOCAL extra_float_digits = -3;
SELECT digest('SELECT * FROM perfkit_generate_events(10000, 0, 42, ''2025-06-15 00:00+00'')') AS elsewhere;
ROLLBACK;

-- 10,000 and then 20,000, or 20,000 at once.
SELECT perfkit_seed_events(20000, starts_at => '2025-06-15 00:00+00');
SELECT digest('SELECT * FROM events') AS grown;
SELECT * FROM index_faults('events');
CREATE SCHEMA at_once;
SELECT perfkit_seed_events(20000, starts_at => '2025-06-15 00:00+00', target_schema => 'at_once');
SELECT digest('SELECT * FROM at_once.events') AS at_once;
SELECT perfkit_seed_events(5, starts_at => '2025-06-15 00:00+00', target_schema => 'at_once') AS fewer_inserts_nothing;
SELECT count(*) FROM at_once.events;
-- Deleted rows are missing, and so are added again.
DELETE FROM at_once.events WHERE genre = 'jazz' OR price IS NULL;
SELECT perfkit_seed_events(20000, starts_at => '2025-06-15 00:00+00', target_schema => 'at_once') > 4000 AS refilled;
SELECT digest('SELECT * FROM at_once.events') AS refilled;
-- A second seed in the same table.
SELECT perfkit_seed_events(1000, 43, '2025-06-15 00:00+00', 'at_once') AS another_seed;
SELECT count(*) FROM at_once.events;
DROP SCHEMA at_once CASCADE;

-- Built by several processes at a time or by one: the same.
SET min_parallel_table_scan_size = 0;
SELECT workers, t.*
FROM unnest(ARRAY[0, 1, 2, 8]) workers, LATERAL try(format('SET LOCAL max_parallel_maintenance_workers = %s', workers)) t;
RESET min_parallel_table_scan_size;

-- Starts at the edges: a leap day, before 2000, before 1970, odd times of day, the last year
-- there is.
SELECT start, digest(format('SELECT * FROM perfkit_generate_events(1000, 0, 42, %L)', start)), bool_and(substring(name FROM ' (\d+) Tour$') = extract(year FROM date)::text) AS years,
	min(date) >= start AS begins, max(date) < start + interval '366 days' AS ends, bool_and(created_at <= updated_at AND updated_at <= start) AS edited
FROM unnest(ARRAY['2024-02-29 00:00+00', '2023-12-31 00:00+00', '2024-12-31 23:59:59.999999+00', '1999-12-31 00:00+00', '1969-07-20 20:17:40+00', '0001-01-01 00:00+00', '2025-06-15 00:00+02', '294275-01-01 00:00+00']::timestamptz[]) WITH ORDINALITY s (start, i),
	perfkit_generate_events(1000, 0, 42, start)
GROUP BY start, i ORDER BY i;
-- and the days of the week are those of the calendar: most concerts are on Fridays and Saturdays,
-- wherever it starts
SELECT bool_and(busiest = 6) AS saturdays FROM (
	SELECT start, mode() WITHIN GROUP (ORDER BY extract(isodow FROM date)) AS busiest
	FROM unnest(ARRAY['1998-02-28', '2024-02-29', '2025-06-15', '2025-06-16', '2025-06-17', '2025-06-18', '2025-06-19', '2025-06-20', '2025-06-21', '0001-01-01']::timestamptz[]) start,
		perfkit_generate_events(2000, 0, 42, start) GROUP BY start) d;

SELECT * FROM perfkit_workloads() WHERE workload = 'events';
DROP SCHEMA seedtest CASCADE;
