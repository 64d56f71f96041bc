-- Workload "domain_events": every promised property of the data, checked on the rows of a store
-- that was seeded the direct way.
\set VERBOSITY terse
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE SCHEMA store;
SET search_path = store, public;

SELECT perfkit_seed_domain_events(10, 70000, ends_at => '2025-06-01');
SELECT perfkit_seed_domain_events(10, 70000, ends_at => '2025-06-01') AS second_call;

-- The numbers of rows, and that ANALYZE has been run.
SELECT count(*) = 70000 AS events, min(global_sequence_id) = 1 AS first, max(global_sequence_id) = 70000 AS last,
       count(DISTINCT event_id) = 70000 AS event_ids_distinct
FROM domain_events;
SELECT relname, reltuples > 0 AS analyzed FROM pg_class WHERE oid IN ('domain_events'::regclass, 'aggregate_snapshots'::regclass) ORDER BY 1;

-- 20 % of the tenants own 80 % +- 2 % of the events, and all have some.
SELECT count(*) AS tenants, bool_and(events > 700) AS all_have_events, bool_and(aggregates > 50) AS all_have_aggregates,
       abs(sum(events) FILTER (WHERE rank <= 2) / 70000.0 - 0.8) <= 0.02 AS two_own_four_fifths
FROM (SELECT tenant_id, count(*) AS events, count(DISTINCT aggregate_id) AS aggregates, rank() OVER (ORDER BY count(*) DESC)
      FROM domain_events GROUP BY tenant_id) t;

-- Streams: named after their aggregate, of one tenant and type; lengths from 1 to 1000 with a
-- heavy tail.
SELECT count(*) FILTER (WHERE stream_id <> aggregate_type || '-' || aggregate_id) AS misnamed,
       count(*) FILTER (WHERE expected_version <> sequence_number - 1) AS wrong_version,
       count(DISTINCT aggregate_type) AS aggregate_types
FROM domain_events;
CREATE TEMP TABLE streams AS
SELECT stream_id, count(*) AS length, min(sequence_number) AS first, max(sequence_number) AS last,
       count(DISTINCT sequence_number) AS numbers, count(DISTINCT (tenant_id, aggregate_id, aggregate_type)) AS owners,
       max(global_sequence_id) AS last_event
FROM domain_events GROUP BY stream_id;
SELECT count(*) FILTER (WHERE first <> 0 OR last <> length - 1 OR numbers <> length) AS not_contiguous,
       count(*) FILTER (WHERE owners <> 1) AS of_several_aggregates,
       min(length) AS shortest, max(length) AS longest,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY length) BETWEEN 2 AND 6 AS median_is_small,
       avg(length) BETWEEN 12 AND 20 AS mean,
       sum(length) FILTER (WHERE length > 100) > 0.3 * sum(length) AS tail_is_heavy
FROM streams;

-- Sequence numbers grow along the global order, and each event's cause is the one before it in
-- its stream.
SELECT count(*) FILTER (WHERE sequence_number <> coalesce(previous + 1, 0)) AS out_of_order,
       count(*) FILTER (WHERE metadata ->> 'causationId' IS DISTINCT FROM previous_id::text) AS wrong_cause,
       count(*) FILTER (WHERE metadata ->> 'correlationId' !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                          OR metadata ->> 'userId' !~ '^user-[0-9a-f]{8}$') AS odd_metadata
FROM (SELECT sequence_number, metadata, lag(sequence_number) OVER w AS previous, lag(event_id) OVER w AS previous_id
      FROM domain_events WINDOW w AS (PARTITION BY stream_id ORDER BY global_sequence_id)) e;

-- Lifecycles: created first and once, finalized at the end or not at all; every type has its own
-- events.
CREATE TEMP TABLE lives (aggregate_type, creation, finalisation) AS VALUES
    ('Order', 'OrderPlaced', 'OrderDelivered'), ('User', 'UserRegistered', 'UserDeactivated'),
    ('Invoice', 'InvoiceDrafted', 'InvoiceSettled'), ('Product', 'ProductCreated', 'ProductDiscontinued'),
    ('Subscription', 'SubscriptionStarted', 'SubscriptionCancelled');
SELECT count(*) FILTER (WHERE (event_type = creation) <> (sequence_number = 0)) AS creation_not_first,
       count(*) FILTER (WHERE event_type = finalisation AND global_sequence_id <> last_event) AS events_after_the_end,
       count(*) FILTER (WHERE event_type !~ ('^' || aggregate_type || '[A-Z]')) AS of_another_type,
       count(DISTINCT event_type) AS event_types,
       round(count(*) FILTER (WHERE event_type = finalisation) / (count(*) FILTER (WHERE sequence_number = 0))::numeric, 1) AS finalised
FROM domain_events JOIN lives USING (aggregate_type) JOIN streams USING (stream_id);

-- Time never goes back or passes the end; three quarters are in business hours, and weekends are
-- quieter than weekdays. (So many rows take nearly two weeks.)
SELECT count(*) FILTER (WHERE timestamp_utc < before) AS backwards, max(timestamp_utc) < '2025-06-01' AS before_the_end,
       count(*) FILTER (WHERE isodow < 6 AND hour BETWEEN 8 AND 17) >= 0.75 * count(*) AS in_business_hours,
       count(*) FILTER (WHERE isodow > 5) / 2.0 < 0.5 * count(*) FILTER (WHERE isodow < 6) / 5.0 AS weekends_quieter,
       max(timestamp_utc) - min(timestamp_utc) > interval '10 days' AS days
FROM (SELECT timestamp_utc, lag(timestamp_utc) OVER (ORDER BY global_sequence_id) AS before,
             extract(isodow FROM timestamp_utc) AS isodow, extract(hour FROM timestamp_utc) AS hour
      FROM domain_events) e;

-- Streams interleave.
SELECT avg((stream_id = before)::int) < 0.01 AS neighbours_seldom_share_a_stream
FROM (SELECT stream_id, lag(stream_id) OVER (ORDER BY global_sequence_id) AS before FROM domain_events) e;

-- Payloads: 70, 25 and 5 % +- 1 % by length of their text, and nothing between the bands.
CREATE TEMP TABLE texts AS
SELECT global_sequence_id AS id, length(text), (SELECT string_agg(k, ',') FROM jsonb_object_keys(payload) k) AS keys,
       record_image_eq(ROW (payload, 1), ROW (text::jsonb, 1)) AS payload_is_same,
       record_image_eq(ROW (metadata, 1), ROW (metadata::text::jsonb, 1)) AS metadata_is_same,
       pg_column_compression(payload) AS compression, pg_column_size(payload) AS size
FROM (SELECT *, payload::text AS text FROM domain_events OFFSET 0) e;
SELECT abs(avg((length BETWEEN 100 AND 500)::int) - 0.70) < 0.01 AS small,
       abs(avg((length BETWEEN 1024 AND 5000)::int) - 0.25) < 0.01 AS medium,
       abs(avg((length BETWEEN 5120 AND 10000)::int) - 0.05) < 0.01 AS large,
       bool_and(length BETWEEN 100 AND 500 OR length BETWEEN 1024 AND 5000 OR length BETWEEN 5120 AND 10000) AS in_bands,
       count(DISTINCT keys) > 30 AS keys_by_type
FROM texts;

-- What perfkit lays out as jsonb is byte for byte what the server makes of its text, compressed
-- or not.
SELECT bool_and(payload_is_same) AS payloads, bool_and(metadata_is_same) AS metadata,
       count(*) FILTER (WHERE compression = 'pglz') BETWEEN 7000 AND 21000 AS large_ones_are_compressed
FROM texts;
SELECT count(*) FILTER (WHERE NOT record_image_eq(ROW (snapshot_payload, 1), ROW (snapshot_payload::text::jsonb, 1))) AS payloads_differ
FROM aggregate_snapshots;

-- They compress like real JSON: the server's own pglz makes them 2 to 4 times smaller. It looks
-- at tuples beyond 2 kB only, so each is given that much to carry.
CREATE TEMP TABLE recompressed (id bigint, plain int, payload jsonb COMPRESSION pglz, ballast text DEFAULT repeat('x', 2100));
ALTER TABLE recompressed ALTER ballast SET STORAGE PLAIN, ALTER payload SET STORAGE MAIN;
INSERT INTO recompressed
SELECT id, pg_column_size(parsed), parsed
FROM (SELECT id, (SELECT payload::text::jsonb FROM domain_events WHERE global_sequence_id = id) AS parsed
      FROM texts WHERE id <= 20000 AND length >= 1024 OFFSET 0) e;
SELECT sum(plain) / sum(pg_column_size(payload)) BETWEEN 2 AND 4 AS over_all,
       bool_and(plain / pg_column_size(payload)::numeric BETWEEN 1.3 AND 4.5) AS about_so_each
FROM recompressed;
-- perfkit's own compression, which it does where the server would, is nearly as good.
SELECT sum(size) < 1.25 * sum(pg_column_size(payload)) AS as_good
FROM texts JOIN recompressed USING (id) WHERE compression = 'pglz';

-- A snapshot at every 100th event of a stream.
SELECT (SELECT count(*) FROM domain_events WHERE (sequence_number + 1) % 100 = 0) = count(*) AS as_many_as_due, count(*) > 200 AS many,
       bool_and(version = sequence_number + 1 AND s.timestamp_utc = e.timestamp_utc AND s.aggregate_type = e.aggregate_type
                AND version % 100 = 0) AS right
FROM aggregate_snapshots s
JOIN domain_events e ON (e.tenant_id, e.aggregate_id, e.sequence_number) = (s.tenant_id, s.aggregate_id, s.last_sequence_number);

SELECT processor_name, count(*) AS segments, min(token_position), max(token_position)
FROM tracking_tokens GROUP BY processor_name ORDER BY 1;

-- Rows are the same on every server, in slices, and whatever n is. The digest of a row is its
-- text's; that of a set, their sum.
CREATE FUNCTION pg_temp.digest(text) RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN ('x' || left(md5($1), 16))::bit(64)::bigint::numeric;
SELECT sum(pg_temp.digest(e::text)) FROM domain_events e;
SELECT sum(pg_temp.digest(s::text)) FROM aggregate_snapshots s;
SELECT sum(pg_temp.digest(e::text)) =
       (SELECT sum(digest) FROM (VALUES (0, 1), (1, 65534), (65535, 2), (65537, 4463)) slice (first, n),
               LATERAL (SELECT sum(pg_temp.digest(g::text)) AS digest
                        FROM perfkit_generate_domain_events(10, n, first, 42, '2025-06-01') g) d) AS slices_equal_the_whole
FROM domain_events e;
SELECT sum(pg_temp.digest(e::text)) =
       (SELECT sum(pg_temp.digest(g::text)) FROM perfkit_generate_aggregate_snapshots(10, 40000, 0, 42, '2025-06-01') g) +
       (SELECT sum(pg_temp.digest(g::text)) FROM perfkit_generate_aggregate_snapshots(10, 30000, 40000, 42, '2025-06-01') g) AS slices_equal_the_whole
FROM aggregate_snapshots e;
-- They do depend on the seed and on the number of tenants.
SELECT count(*) AS the_same FROM perfkit_generate_domain_events(10, 1000, 0, 42) a JOIN perfkit_generate_domain_events(10, 1000, 0, 43) b USING (event_id);
SELECT a.n <> b.n AS differ
FROM (SELECT sum(pg_temp.digest(g::text)) AS n FROM perfkit_generate_domain_events(10, 1000, 0, 42, '2025-06-01') g) a,
     (SELECT sum(pg_temp.digest(g::text)) AS n FROM perfkit_generate_domain_events(11, 1000, 0, 42, '2025-06-01') g) b;

-- The planner finds the indexes that the workload's operations need.
SELECT check_name, verdict FROM perfkit_verify_indexes('domain_events') ORDER BY 1;

-- Digits of dates in payloads, against the server's own calendar.
SELECT count(*) > 500 AS many,
       bool_and((payload ->> 'due')::date - timestamp_utc::date BETWEEN 0 AND 28 AND length(payload ->> 'due') = 10) AS within_four_weeks
FROM domain_events WHERE payload ? 'due';

DROP SCHEMA store CASCADE;
