-- Workload "domain_events".

CREATE FUNCTION perfkit_seed_domain_events(
    tenants integer DEFAULT 10,
    n bigint DEFAULT 1000000,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()),
    target_schema name DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_seed_domain_events';

COMMENT ON FUNCTION perfkit_seed_domain_events(integer, bigint, bigint, timestamptz, name) IS
'Makes tables domain_events, aggregate_snapshots and tracking_tokens in target_schema (default: the current schema) where they are missing, adds those of the events 0 .. n - 1 that are missing, with their snapshots, and the processors'' tokens where they have none, runs ANALYZE, and returns the number of events inserted.
tenants: 1 to 1000000; a fifth of them, the first ones, own four fifths of the events. n: 0 to 10^12. random_seed: any number; equal seeds give equal rows. ends_at: finite, default today''s midnight; no event is later (the first million takes 180 days, up to about 90 days before it; then events come faster and faster).
Events depend on each other: a domain_events that holds others than the first ones of the same seed is not added to. Its sequence is brought beyond n, and never back. What cannot be had with so few tenants or events is said by NOTICE.
The tables belong to the caller. Empty plain tables are locked against all use until the transaction ends. Progress: pg_stat_progress_copy, then pg_stat_progress_create_index, and a NOTICE every 5 seconds.
Errors: 22023 and 22004 bad argument, 22003 the sequence ends before n, 55000 the table holds other events, 3F000 no such schema, 42501 no privilege, 42703 an existing table lacks a column, 42804 a column of another type, 42809 not a table, 428C9 a needed column is generated, 25006 read-only transaction or standby';

CREATE FUNCTION perfkit_generate_domain_events(
    tenants integer,
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    global_sequence_id bigint, event_id uuid, stream_id varchar, aggregate_id varchar, aggregate_type varchar,
    expected_version bigint, sequence_number bigint, tenant_id varchar, event_type varchar, payload jsonb,
    metadata jsonb, timestamp_utc timestamptz)
LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_domain_events';

COMMENT ON FUNCTION perfkit_generate_domain_events(integer, bigint, bigint, bigint, timestamptz) IS
'Events first_row .. first_row + n - 1 of workload domain_events, without storing them. Event i is the same whatever n and first_row are; it depends on tenants, random_seed and ends_at.
Arguments as for perfkit_seed_domain_events; first_row + n: at most 10^12. Events are made in blocks of 65536, so a slice is quickest when it begins at a multiple of that. Streams in constant memory in a select list; in FROM the server materialises the rows, on disk beyond work_mem.
Errors: 22023 and 22004 bad argument';

CREATE FUNCTION perfkit_generate_aggregate_snapshots(
    tenants integer,
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    tenant_id varchar, aggregate_id varchar, aggregate_type varchar, last_sequence_number bigint, snapshot_payload jsonb,
    version bigint, timestamp_utc timestamptz)
LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 100
AS 'MODULE_PATHNAME', 'perfkit_generate_aggregate_snapshots';

COMMENT ON FUNCTION perfkit_generate_aggregate_snapshots(integer, bigint, bigint, bigint, timestamptz) IS
'The snapshots taken after any of the events first_row .. first_row + n - 1 of workload domain_events: one at every 100th event of a stream. version is the number of events that a snapshot sums up.
Arguments as for perfkit_generate_domain_events.
Errors: 22023 and 22004 bad argument';

CREATE FUNCTION perfkit_generate_tracking_tokens(
    events bigint,
    n bigint DEFAULT 16,
    first_row bigint DEFAULT 0,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (processor_name varchar, segment integer, token_position bigint, updated_at timestamptz)
LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 16
AS 'MODULE_PATHNAME', 'perfkit_generate_tracking_tokens';

COMMENT ON FUNCTION perfkit_generate_tracking_tokens(bigint, bigint, bigint, timestamptz) IS
'Tokens of four processors with four segments each in a store of so many events: two at the head, one a tenth behind, one that has not begun. token_position is the global_sequence_id of the last event handled, 0 for none. n and first_row select from the 16.
Errors: 22023 and 22004 bad argument';

INSERT INTO perfkit_index_checks (workload, check_name, query, expected_index, also_accepted, demand, shipped) VALUES
('domain_events', 'aggregate load',
 'SELECT * FROM domain_events WHERE tenant_id = ''tenant-0001'' AND aggregate_id = ''00000000-0000-4000-8000-000000000000'' ORDER BY sequence_number',
 'domain_events_version_key', '{}', 'chosen', true),
('domain_events', 'aggregate load after a snapshot',
 'SELECT * FROM domain_events WHERE tenant_id = ''tenant-0001'' AND aggregate_id = ''00000000-0000-4000-8000-000000000000'' AND sequence_number > 99 ORDER BY sequence_number',
 'domain_events_version_key', '{}', 'chosen', true),
('domain_events', 'stream load',
 'SELECT * FROM domain_events WHERE stream_id = ''Order-00000000-0000-4000-8000-000000000000'' ORDER BY sequence_number',
 'idx_domain_events_stream', '{}', 'chosen', true),
('domain_events', 'tenant streaming',
 'SELECT * FROM domain_events WHERE tenant_id = ''tenant-0010'' AND global_sequence_id > 1000 ORDER BY global_sequence_id LIMIT 1000',
 'idx_domain_events_tenant_sequence', '{}', 'chosen', true),
('domain_events', 'global streaming',
 'SELECT * FROM domain_events WHERE global_sequence_id > 1000 ORDER BY global_sequence_id LIMIT 1000',
 'domain_events_pkey', '{}', 'chosen', true),
('domain_events', 'head token',
 'SELECT max(global_sequence_id) FROM domain_events',
 'domain_events_pkey', '{}', 'chosen', true),
('domain_events', 'tail token',
 'SELECT min(global_sequence_id) FROM domain_events',
 'domain_events_pkey', '{}', 'chosen', true),
('domain_events', 'tenant head token',
 'SELECT max(global_sequence_id) FROM domain_events WHERE tenant_id = ''tenant-0010''',
 'idx_domain_events_tenant_sequence', '{}', 'chosen', true),
('domain_events', 'event by id',
 'SELECT * FROM domain_events WHERE event_id = ''00000000-0000-4000-8000-000000000000''',
 'domain_events_event_id_key', '{}', 'chosen', true),
('domain_events', 'events of a type',
 'SELECT * FROM domain_events WHERE tenant_id = ''tenant-0010'' AND event_type = ''SubscriptionCancelled''',
 'idx_domain_events_tenant_type', '{}', 'chosen', true),
('domain_events', 'time range',
 'SELECT * FROM domain_events WHERE timestamp_utc >= now() - interval ''1 day'' ORDER BY timestamp_utc',
 'idx_domain_events_timestamp', '{}', 'chosen', true),
-- A small store has few snapshots, in a few pages that are cheaper read whole.
('domain_events', 'snapshot look-up',
 'SELECT * FROM aggregate_snapshots WHERE tenant_id = ''tenant-0001'' AND aggregate_id = ''00000000-0000-4000-8000-000000000000'' ORDER BY last_sequence_number DESC LIMIT 1',
 'aggregate_snapshots_pkey', '{}', 'usable', true);

INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, shipped) VALUES
('domain_events', 'append_1', 'p95_ms', 10, true),
('domain_events', 'append_10', 'p95_ms', 20, true),
('domain_events', 'append_100', 'p95_ms', 50, true),
('domain_events', 'load_short', 'p95_ms', 5, true),
('domain_events', 'load_100', 'p95_ms', 10, true),
('domain_events', 'load_1000', 'p95_ms', 20, true),
('domain_events', 'load_snapshot_1000', 'p95_ms', 10, true),
('domain_events', 'load_snapshot', 'p95_ms', 5, true),
('domain_events', 'store_snapshot', 'p95_ms', 10, true),
('domain_events', 'stream_1000', 'p95_ms', 50, true),
('domain_events', 'tenant_stream_1000', 'p95_ms', 50, true),
('domain_events', 'head_token', 'p95_ms', 1, true),
('domain_events', 'tail_token', 'p95_ms', 1, true),
('domain_events', 'tenant_head_token', 'p95_ms', 1, true),
('domain_events', 'track', 'p95_ms', 20, true),
('domain_events', 'catch_up', 'p95_ms', 50, true),
-- Fifty writers of five streams lose most of their races, and each try waits for the one before it.
('domain_events', 'append_contended', 'p95_ms', 500, true),
('domain_events', 'sustained_append', 'p95_ms', 10, true),
('domain_events', 'sustained_append', 'min_tps', 1000, true),
-- The noisy tenant has no budget but for the others' sake, who keep theirs.
('domain_events', 'quiet_append', 'p95_ms', 10, true),
('domain_events', 'quiet_load', 'p95_ms', 10, true),
('domain_events', 'quiet_stream', 'p95_ms', 10, true),
('domain_events', 'all', 'max_error_rate', 0.001, true);

-- Blocks per transaction, means of 50 transactions at 10,000, 100,000 and 1,000,000 events, and at 10,000 without an index:
--   load_short             9, 12, 13           775 without domain_events_version_key
--   load_100               106, 114, 118       1099 without domain_events_version_key
--   load_1000              167, 933, 926       1068 without domain_events_version_key (no stream of 10,000 events is as long)
--   load_snapshot_1000     75, 59, 59          256 without domain_events_version_key
--   stream_1000            115, 117, 116       1090 without domain_events_pkey
--   head_token, tail_token 3, 3, 4             52 without domain_events_pkey
-- Without idx_domain_events_tenant_sequence tenant_stream_1000 (565) and tenant_head_token (6.0) take 571 and 6.4: at this size it
-- hardly matters, so they have none.
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, max_rows, shipped) VALUES
('domain_events', 'load_short', 'max_buffers', 20, NULL, true),
('domain_events', 'load_100', 'max_buffers', 200, NULL, true),
('domain_events', 'load_1000', 'max_buffers', 300, 10000, true),
('domain_events', 'load_snapshot_1000', 'max_buffers', 120, NULL, true),
('domain_events', 'stream_1000', 'max_buffers', 200, NULL, true),
('domain_events', 'head_token', 'max_buffers', 6, NULL, true),
('domain_events', 'tail_token', 'max_buffers', 6, NULL, true);
