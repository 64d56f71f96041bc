-- Workload "domain_events".

CREATE FUNCTION perfkit_seed_domain_events(
    tenants integer DEFAULT 10,
    n bigint DEFAULT 1000000,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()),
    target_schema name DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_seed_domain_events';

COMMENT ON FUNCTION perfkit_seed_domain_events(integer, bigint, bigint, timestamptz, name) IS
'Creates and fills the tables of an event store, and returns the number of events inserted.
Tables domain_events, aggregate_snapshots and tracking_tokens are created in target_schema (default:
the current schema) if they are missing. Of the events numbered 0 to n - 1, those that are missing
are added with their snapshots, as are the processors'' tokens; then the tables are analyzed.
tenants: 1 to 1000000; a fifth of them, the first ones, own four fifths of the events.
n: 0 to 10^12. random_seed: any number; equal seeds give equal rows.
ends_at: finite, default today''s midnight; no event is later. The first million events take 180
days, up to about 90 days before ends_at; from then on, events come ever faster.
Events depend on each other: nothing is added to a domain_events that holds anything but the first
events of the same seed. Its sequence is advanced to n, and never moved back.
A NOTICE reports what so few tenants or events cannot provide.
The caller owns the tables. Empty plain tables are locked exclusively until the transaction ends.
Progress is shown in pg_stat_progress_copy and then in pg_stat_progress_create_index, and by a
NOTICE every 5 seconds.
Errors: 22023 and 22004 bad argument, 22003 the sequence ends before n, 55000 the table holds other
events, 3F000 no such schema, 42501 no privilege, 42703 an existing table lacks a column, 42804 a
column has another type, 42809 not a table, 428C9 a needed column is generated, 25006 read-only
transaction or standby';

CREATE FUNCTION perfkit_generate_domain_events(
    tenants integer,
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    global_sequence_id bigint,
    event_id uuid,
    stream_id varchar,
    aggregate_id varchar,
    aggregate_type varchar,
    expected_version bigint,
    sequence_number bigint,
    tenant_id varchar,
    event_type varchar,
    payload jsonb,
    metadata jsonb,
    timestamp_utc timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10000
AS 'MODULE_PATHNAME', 'perfkit_generate_domain_events';

COMMENT ON FUNCTION perfkit_generate_domain_events(integer, bigint, bigint, bigint, timestamptz) IS
'Returns events of workload domain_events without storing them.
These are the n events from number first_row on. Event i is the same whatever n and first_row are;
it depends on tenants, random_seed and ends_at.
Arguments: as for perfkit_seed_domain_events; first_row + n: at most 10^12.
Events are generated in blocks of 65536, so a slice is fastest if it begins at a multiple of that.
In a select list the rows are streamed in constant memory; in FROM the server materializes them,
on disk beyond work_mem.
Errors: 22023 and 22004 bad argument';

CREATE FUNCTION perfkit_generate_aggregate_snapshots(
    tenants integer,
    n bigint,
    first_row bigint DEFAULT 0,
    random_seed bigint DEFAULT 42,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    tenant_id varchar,
    aggregate_id varchar,
    aggregate_type varchar,
    last_sequence_number bigint,
    snapshot_payload jsonb,
    version bigint,
    timestamp_utc timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 100
AS 'MODULE_PATHNAME', 'perfkit_generate_aggregate_snapshots';

COMMENT ON FUNCTION perfkit_generate_aggregate_snapshots(integer, bigint, bigint, bigint, timestamptz) IS
'Returns snapshots of workload domain_events without storing them.
These are the snapshots taken after any of the n events from number first_row on: one after every
100th event of a stream. Column version is the number of events that a snapshot covers.
Arguments: as for perfkit_generate_domain_events.
Errors: 22023 and 22004 bad argument';

CREATE FUNCTION perfkit_generate_tracking_tokens(
    events bigint,
    n bigint DEFAULT 16,
    first_row bigint DEFAULT 0,
    ends_at timestamptz DEFAULT pg_catalog.date_trunc('day', pg_catalog.now()))
RETURNS TABLE (
    processor_name varchar,
    segment integer,
    token_position bigint,
    updated_at timestamptz)
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 16
AS 'MODULE_PATHNAME', 'perfkit_generate_tracking_tokens';

COMMENT ON FUNCTION perfkit_generate_tracking_tokens(bigint, bigint, bigint, timestamptz) IS
'Returns the processors'' tokens in a store of so many events without storing them.
There are four processors with four segments each: two at the head, one a tenth behind, and one
that has not begun. Column token_position is the global_sequence_id of the last event handled, 0 for
none.
events, n: 0 to 10^12. n and first_row select from the 16 tokens; first_row + n: at most 10^12.
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
-- A small store has few snapshots: the few pages they take are cheaper to read whole.
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
-- Fifty clients that write to five streams lose most of their races, and each attempt waits for the
-- one before it.
('domain_events', 'append_contended', 'p95_ms', 500, true),
('domain_events', 'sustained_append', 'p95_ms', 10, true),
('domain_events', 'sustained_append', 'min_tps', 1000, true),
-- The noisy tenant has no budget of its own: the quiet tenants have to keep theirs despite it.
('domain_events', 'quiet_append', 'p95_ms', 10, true),
('domain_events', 'quiet_load', 'p95_ms', 10, true),
('domain_events', 'quiet_stream', 'p95_ms', 10, true),
('domain_events', 'all', 'max_error_rate', 0.001, true);

-- Blocks per transaction, means of 50 transactions at 10,000, 100,000 and 1,000,000 events, and at
-- 10,000 without an index:
--   load_short             9, 12, 13           775 without domain_events_version_key
--   load_100               106, 114, 118       1099 without domain_events_version_key
--   load_1000              167, 933, 926       1068 without domain_events_version_key (at 10,000
--                                              events no stream is as long as that)
--   load_snapshot_1000     75, 59, 59          256 without domain_events_version_key
--   stream_1000            115, 117, 116       1090 without domain_events_pkey
--   head_token, tail_token 3, 3, 4             52 without domain_events_pkey
-- tenant_stream_1000 (565) and tenant_head_token (6.0) have no limit: without
-- idx_domain_events_tenant_sequence they take 571 and 6.4, which hardly differs at this size.
INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, max_rows, shipped) VALUES
('domain_events', 'load_short', 'max_buffers', 20, NULL, true),
('domain_events', 'load_100', 'max_buffers', 200, NULL, true),
('domain_events', 'load_1000', 'max_buffers', 300, 10000, true),
('domain_events', 'load_snapshot_1000', 'max_buffers', 120, NULL, true),
('domain_events', 'stream_1000', 'max_buffers', 200, NULL, true),
('domain_events', 'head_token', 'max_buffers', 6, NULL, true),
('domain_events', 'tail_token', 'max_buffers', 6, NULL, true);
