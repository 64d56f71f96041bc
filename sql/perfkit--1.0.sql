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

------------------------------------------------------------------------------------------------------------------
-- Plan
------------------------------------------------------------------------------------------------------------------

-- All functions that plan are VOLATILE and PARALLEL UNSAFE: a plan may differ from one call to the next within a statement,
-- since settings, statistics and sizes change meanwhile; and no setting can be changed in a parallel worker.

CREATE FUNCTION perfkit_plan(
    query text,
    generic boolean DEFAULT false,
    "analyze" boolean DEFAULT false,
    size_factor double precision DEFAULT 1,
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

COMMENT ON FUNCTION perfkit_plan(text, boolean, boolean, double precision) IS
'The plan of one statement as rows, one for each node, in the order and with the names of EXPLAIN (FORMAT JSON). The statement is planned, and run only with analyze.
node_id counts from 1; parent_id is null and depth 0 for the root. relation, index and the conditions are null where a node has none. Costs are in the planner''s units, plan_rows in rows, plan_width in bytes, as EXPLAIN rounds them. The columns from actual_rows on are null unless analyze.
generic: plans for unknown values of the parameters $1, $2 ..., whose types are inferred as PREPARE infers them; it is the plan that a prepared statement gets under plan_cache_mode = force_generic_plan. No partition is pruned by a value that is not known. Without it a parameter is an error.
"analyze" (a reserved word, so calls need the quotes: "analyze" => true): runs the statement to its end with the caller''s rights, throws its rows away, and rolls back what it wrote, also through triggers, functions and CTEs. Not undone, as by no ROLLBACK: sequences, session-level advisory locks, what functions do outside the database, and the space of dead rows. Deferred triggers do not fire. actual_rows, actual_ms and rows_removed (by filters, join conditions and rechecks) are averages over the loops and include parallel workers'' loops; shared_hit and shared_read are in blocks, temp_blocks in blocks written to temporary files, all of the node and those below it.
size_factor: plans as if every table of the query were that many times as large, and its indexes with it; no catalog or data is touched. Statistics stay as ANALYZE left them, so that the answer is for more of the same data: numbers of distinct values that ANALYZE took for a share of the rows grow, those it took for fixed do not. A table ends at 2^32 pages. With "analyze", that plan runs over the rows that there are.
Rows are those that the caller may see: policies of row security are part of the plan.
Errors: 22004 an argument is null, 22023 not exactly one plannable statement, analyze of parameters without values, or a size_factor that is not a finite number above 0, 25006 analyze of a statement that writes in a read-only transaction or on a standby, 42P02 parameters without generic, 42P18 a parameter whose type nothing tells, 42501 no privilege, and what parsing, planning and running raise';

CREATE FUNCTION perfkit_plan_shape(
    query text,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_plan_shape';

COMMENT ON FUNCTION perfkit_plan_shape(text, boolean, double precision) IS
'The plan of one statement without its numbers: a line for each node with its type, index and relation, indented by two blanks a level. No cost, estimate, condition or alias, so it may stand in expected output. Relations outside the search path are qualified.
generic, size_factor and errors: as perfkit_plan()';

CREATE FUNCTION perfkit_plan_hash(
    query text,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_plan_hash';

COMMENT ON FUNCTION perfkit_plan_hash(text, boolean, double precision) IS
'A short name of the plan''s shape, to store and compare: the first 16 hexadecimal digits of the SHA-256 of perfkit_plan_shape(). Equal shapes have equal hashes on every server and platform.
generic, size_factor and errors: as perfkit_plan()';

CREATE FUNCTION perfkit_plan_flips(
    query text,
    from_factor double precision DEFAULT 1,
    to_factor double precision DEFAULT 1000,
    generic boolean DEFAULT false,
    OUT size_factor double precision,
    OUT largest_table_rows double precision,
    OUT shape text)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 3
AS 'MODULE_PATHNAME', 'perfkit_plan_flips';

COMMENT ON FUNCTION perfkit_plan_flips(text, double precision, double precision, boolean) IS
'The sizes at which the plan''s shape changes while the tables grow from from_factor to to_factor times as large as they are. The first row is the plan at from_factor; each other row is a new shape, the size_factor from which it is chosen, to 1 %, and the number of rows that the largest table of the query then has. The tables are not touched.
Eight sizes per power of ten are looked at, and between two that differ the change is searched for. A shape that comes and goes between two of these sizes is not seen.
generic and size_factor: as perfkit_plan().
Errors: 22023 from_factor is above to_factor, or one is not a finite number above 0, and as perfkit_plan()';

CREATE FUNCTION perfkit_assert_index_scan(
    query text,
    expected_index regclass DEFAULT NULL,
    demand text DEFAULT 'chosen',
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_index_scan';

COMMENT ON FUNCTION perfkit_assert_index_scan(text, regclass, text, boolean, double precision) IS
'Fails with P0004, and says why, when the plan of the query reads a table by a sequential scan, or does not use the expected index.
expected_index: of one of the query''s tables; a partitioned index is met by any index under it; null accepts any. demand: ''chosen'' judges the plan as it is, ''usable'' the plan with sequential scans disabled, so that a small test table can prove that an index serves; there, an index that was read as a whole and filtered afterwards does not count, unless it is the expected one or a LIMIT may stop the reading; nor does a b-tree without a condition on its first column.
generic and size_factor: as perfkit_plan().
Errors: P0004 failed assertion, 22004 query, demand, generic or size_factor is null, 22023 unknown demand or an index on none of the query''s tables, 42809 not an index, and as perfkit_plan()';

CREATE FUNCTION perfkit_assert_no_seq_scan(
    query text,
    min_rows bigint DEFAULT 0,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_no_seq_scan';

COMMENT ON FUNCTION perfkit_assert_no_seq_scan(text, bigint, boolean, double precision) IS
'Fails with P0004, and says why, when the plan of the query reads a table of at least min_rows rows by a sequential scan.
min_rows: 0 or more; compared with the number of rows that the planner estimates for the table, times size_factor. generic and size_factor: as perfkit_plan().
Errors: P0004 failed assertion, 22004 an argument is null, 22023 min_rows is negative, and as perfkit_plan()';

CREATE FUNCTION perfkit_assert_shape(
    query text,
    shape text,
    generic boolean DEFAULT false,
    size_factor double precision DEFAULT 1)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_shape';

COMMENT ON FUNCTION perfkit_assert_shape(text, text, boolean, double precision) IS
'Fails with P0004, and shows the first line that differs, when the plan of the query does not have the shape.
shape: as perfkit_plan_shape() returns it; it may be indented as a whole, and empty lines before and after it do not count. generic and size_factor: as perfkit_plan().
Errors: P0004 failed assertion, 22004 an argument is null, 22023 no plan can have that shape, and as perfkit_plan()';

CREATE FUNCTION perfkit_assert_work(
    query text,
    max_shared_blocks bigint DEFAULT NULL,
    max_rows_removed bigint DEFAULT NULL,
    max_temp_blocks bigint DEFAULT NULL,
    max_wal_bytes bigint DEFAULT NULL,
    generic boolean DEFAULT false,
    parameters text[] DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_work';

COMMENT ON FUNCTION perfkit_assert_work(text, bigint, bigint, bigint, bigint, boolean, text[]) IS
'Runs the query, takes back what it wrote, and fails with P0004 when it does more work than a budget allows. Budgets are amounts of work and not of time, so that they hold on any machine; null sets none, and one is needed. Planning does not count; triggers, functions and parallel workers do.
max_shared_blocks: blocks of tables and indexes touched, in cache or not, each as often as it is; not those of temporary tables. max_rows_removed: rows read and thrown away by filters, join conditions and rechecks, over all loops. max_temp_blocks: blocks written to temporary files. max_wal_bytes: WAL.
A broken budget is measured a second time, and the smaller amount counts: the first execution may look up catalogs and write full-page images.
generic, parameters: runs the plan for unknown values with these values of $1, $2 ..., written as text.
What is not undone: as perfkit_plan() with "analyze".
Errors: P0004 failed assertion, 22004 query or generic is null, 22023 no budget, a negative one, or other than one value for each parameter, and as perfkit_plan()';

CREATE FUNCTION perfkit_assert_estimates(
    query text,
    max_q_error double precision DEFAULT 10,
    parameters text[] DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_estimates';

COMMENT ON FUNCTION perfkit_assert_estimates(text, double precision, text[]) IS
'Runs the query, takes back what it wrote, and fails with P0004 when the planner expects more than max_q_error times as many or as few rows of a node as there are. The q-error is max(expected / actual, actual / expected), both at least 1, on average over a node''s executions (Moerkotte, Neumann, Steidl: Preventing Bad Plans by Bounding the Impact of Cardinality Estimation Errors, PVLDB 2, 2009).
The failure names the node that is wrong most though its inputs are right, and where one exists the statement that mends it: ANALYZE, CREATE STATISTICS, ALTER TABLE ... SET STATISTICS. It was tried on a temporary copy of the table, by the caller''s privileges, which takes the time of reading the table; of one larger than 1 GB (131072 blocks) a sample is copied. In a read-only transaction, on a standby, under row security, of another user''s table where functions of his would run as you, without the privileges to read the table and to make temporary ones, and for joins, only statistics that are missing or out of date are reported.
Of a node that a LIMIT or a join stopped early, only too low an estimate counts; nodes that were not executed do not.
max_q_error: at least 1. parameters: runs the plan for unknown values with these values of $1, $2 ..., written as text.
What is not undone: as perfkit_plan() with "analyze".
Errors: P0004 failed assertion, 22004 query or max_q_error is null, 22023 max_q_error is below 1 or not finite, or other than one value for each parameter, and as perfkit_plan()';

CREATE TABLE perfkit_index_checks (
    workload text NOT NULL,
    check_name text NOT NULL,
    query text NOT NULL,
    expected_index text,
    also_accepted text[] NOT NULL DEFAULT '{}',
    demand text NOT NULL DEFAULT 'chosen' CHECK (demand OPERATOR(pg_catalog.=) ANY (ARRAY['chosen', 'usable'])),
    enabled boolean NOT NULL DEFAULT true,
    shipped boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workload, check_name)
);
COMMENT ON TABLE perfkit_index_checks IS
'What perfkit_verify_indexes(workload) checks. Insert rows of your own; inserting the key of a shipped row replaces it. A row inserted with ON CONFLICT DO NOTHING replaces a shipped row too, since that gives way before the conflict is looked for. Inserting takes the privileges INSERT, SELECT and DELETE, for the same reason. Your rows and your edits survive dump, restore and upgrade. A shipped row that was deleted returns with a restore: set enabled to false instead.';
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
 'idx_events_date_id', '{}', 'chosen', true),
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
-- Guard
------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION perfkit_guard_findings(
    OUT queryid bigint,
    OUT userid oid,
    OUT dbid oid,
    OUT relation text,
    OUT node_type text,
    OUT calls bigint,
    OUT first_seen timestamptz,
    OUT last_seen timestamptz,
    OUT sample_query text)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'perfkit_guard_findings';

COMMENT ON FUNCTION perfkit_guard_findings() IS
'What view perfkit_guard_findings shows.
Errors: 55000 perfkit is not in shared_preload_libraries';

CREATE VIEW perfkit_guard_findings AS SELECT * FROM perfkit_guard_findings();

COMMENT ON VIEW perfkit_guard_findings IS
'Sequential scans of large tables that perfkit.guard has seen in any session since the start of the server or the last perfkit_guard_reset(): a row for each statement, user, database, table and kind of scan. Needs perfkit in shared_preload_libraries. At most perfkit.guard_max rows are kept; when there are more, those not seen for longest are forgotten.';
COMMENT ON COLUMN perfkit_guard_findings.queryid IS
'Identifier of the statement, as in pg_stat_statements. NULL where there is none (compute_query_id = off); such statements share a row for each table.';
COMMENT ON COLUMN perfkit_guard_findings.userid IS 'OID of the role that the statement ran as.';
COMMENT ON COLUMN perfkit_guard_findings.dbid IS 'OID of the database in which it ran.';
COMMENT ON COLUMN perfkit_guard_findings.relation IS
'Qualified name that the table had when it was first seen. NULL to those who may not see sample_query.';
COMMENT ON COLUMN perfkit_guard_findings.node_type IS 'Seq Scan or Parallel Seq Scan.';
COMMENT ON COLUMN perfkit_guard_findings.calls IS 'How many executions were seen; refused ones (perfkit.guard = error) count.';
COMMENT ON COLUMN perfkit_guard_findings.first_seen IS 'Start of the client''s statement in which it was first seen.';
COMMENT ON COLUMN perfkit_guard_findings.last_seen IS 'Start of the client''s statement in which it was last seen.';
COMMENT ON COLUMN perfkit_guard_findings.sample_query IS
'Text of the first execution, with its constants, up to 1023 bytes. Of other roles'' statements <insufficient privilege>, except to superusers and members of pg_read_all_stats.';
GRANT SELECT ON perfkit_guard_findings TO PUBLIC;

CREATE FUNCTION perfkit_guard_reset() RETURNS void
LANGUAGE c VOLATILE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'perfkit_guard_reset';

COMMENT ON FUNCTION perfkit_guard_reset() IS
'Forgets all findings. For superusers, and roles that were granted EXECUTE.
Errors: 55000 perfkit is not in shared_preload_libraries';
REVOKE ALL ON FUNCTION perfkit_guard_reset() FROM PUBLIC;

------------------------------------------------------------------------------------------------------------------
-- Measure
------------------------------------------------------------------------------------------------------------------

-- Statistics. Pure functions of their arguments: verdicts below use them, and so can anybody with samples of his own.

CREATE FUNCTION perfkit_quantile_interval(samples bigint, quantile double precision, confidence double precision = 0.95,
										  OUT lower_rank bigint, OUT upper_rank bigint, OUT coverage double precision)
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION perfkit_quantile_interval IS
'Ranks, in a sorted sample of that size, of the values between which the quantile lies with at least that confidence, whatever the distribution (order statistics; binomial, exact). A rank is NULL when the sample is too small to have one: the p99 of 10 values has no upper rank. quantile and confidence are between 0 and 1, samples from 0 to 1000000000; anything else is error 22023. Assumes independent values.';

CREATE FUNCTION perfkit_share_interval(hits bigint, samples bigint, confidence double precision = 0.95,
									   OUT lower double precision, OUT upper double precision)
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION perfkit_share_interval IS
'Exact (Clopper-Pearson) confidence interval for the share of which hits of samples were seen; ends are between 0 and 1. samples is from 1 to 1000000000; anything else is error 22023.';

CREATE FUNCTION perfkit_more_for_quantile(samples bigint, below bigint, quantile double precision,
										  confidence double precision = 0.95)
RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION perfkit_more_for_quantile IS
'About how many more values it takes until the quantile''s interval lies on one side of a limit, if the share seen below the limit (below of samples) persists. 0: it does now. NULL: not within 1000000000 values.';

CREATE FUNCTION perfkit_more_for_share(samples bigint, hits bigint, share_limit double precision,
									   confidence double precision = 0.95)
RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION perfkit_more_for_share IS
'About how many more samples it takes until the share''s exact interval lies on one side of share_limit (0 to 1), if the share seen (hits of samples) persists. 0: it does now. NULL: not within 1000000000 samples.';

-- In what follows, functions are named with their schema, and operators get the very types that pg_catalog has them for. Any
-- other spelling would bind to a better match in the schema perfkit is installed in, if somebody had put one there.

-- Budgets

CREATE TABLE perfkit_budgets (
	workload text NOT NULL,
	scenario text NOT NULL DEFAULT 'all',
	metric text NOT NULL
		CHECK (metric IN ('avg_ms', 'p50_ms', 'p90_ms', 'p95_ms', 'p99_ms', 'max_ms', 'min_tps', 'max_error_rate')),
	limit_value double precision,
	shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (workload, scenario, metric),
	CHECK (limit_value >= '0' AND limit_value < 'Infinity'),
	CHECK (metric <> 'max_error_rate' OR limit_value <= '1')
);
COMMENT ON TABLE perfkit_budgets IS
'What a load run must keep to pass. Insert rows of your own; inserting the key of a shipped row replaces it. A row inserted with ON CONFLICT DO NOTHING replaces a shipped row too, since that gives way before the conflict is looked for. Inserting takes the privileges INSERT, SELECT and DELETE, for the same reason. Your rows and your edits survive dump, restore and upgrade. A shipped row that was deleted returns with a restore: set limit_value to NULL instead. A restore of data alone must run the table''s trigger, or edited rows meet the shipped ones of a new database: no pg_dump --data-only --disable-triggers.';
COMMENT ON COLUMN perfkit_budgets.workload IS 'Workload of the run, such as events.';
COMMENT ON COLUMN perfkit_budgets.scenario IS 'Scenario of the run, or all: every transaction of the run together.';
COMMENT ON COLUMN perfkit_budgets.metric IS
'avg_ms, p50_ms, p90_ms, p95_ms, p99_ms, max_ms: latency that must stay under limit_value, in milliseconds. min_tps: transactions per second, at least limit_value. max_error_rate: failed or skipped share of all transactions tried, 0 to 1, at most limit_value.';
COMMENT ON COLUMN perfkit_budgets.limit_value IS 'The limit, in the metric''s unit. NULL: the budget is waived.';
COMMENT ON COLUMN perfkit_budgets.shipped IS 'true: the row is perfkit''s own, and unchanged. Kept by a trigger.';

INSERT INTO perfkit_budgets (workload, scenario, metric, limit_value, shipped)
SELECT 'events', scenario, metric, limit_value, true
FROM pg_catalog.unnest(ARRAY['page', 'genre', 'date_range', 'venue', 'artist_search', 'name_search', 'genre_and_date',
				  'cursor_page_1', 'cursor_page_500', 'all']) AS scenario,
	 (VALUES ('avg_ms', 200), ('p95_ms', 300), ('p99_ms', 500), ('max_error_rate', 0.01)) AS budget (metric, limit_value);
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

CREATE TRIGGER perfkit_keep_user_edits BEFORE INSERT OR UPDATE ON perfkit_budgets
	FOR EACH ROW EXECUTE FUNCTION perfkit_keep_user_edits('workload', 'scenario', 'metric');

SELECT pg_catalog.pg_extension_config_dump('perfkit_budgets', 'WHERE NOT shipped');
GRANT SELECT ON perfkit_budgets TO PUBLIC;

-- Runs

CREATE TABLE perfkit_runs (
	run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	workload text NOT NULL,
	label text,
	started_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	duration interval NOT NULL CHECK (duration > '0'),
	clients integer NOT NULL CHECK (clients > 0),
	data_rows bigint,
	scenarios text[] NOT NULL CHECK (pg_catalog.cardinality(scenarios) > 0
									 AND pg_catalog.array_position(scenarios, 'all') IS NULL
									 AND pg_catalog.array_position(scenarios, NULL) IS NULL),
	environment jsonb NOT NULL DEFAULT '{}',
	pgbench jsonb,
	index_checks jsonb,
	observed jsonb
);
COMMENT ON TABLE perfkit_runs IS
'Load runs, one row each, as bench/run stores them. Deleting a run deletes its transactions and invariants too.';
COMMENT ON COLUMN perfkit_runs.label IS 'Any text by which to find the run again.';
COMMENT ON COLUMN perfkit_runs.duration IS 'Time under load, without connecting: what transactions per second are counted over.';
COMMENT ON COLUMN perfkit_runs.clients IS 'Number of concurrent clients; of a run in stages, the most.';
COMMENT ON COLUMN perfkit_runs.data_rows IS 'Number of rows the workload was asked to seed. NULL: the data was taken as it was.';
COMMENT ON COLUMN perfkit_runs.scenarios IS 'Names of the scenarios; perfkit_run_transactions.scenario counts in this list, from 1.';
COMMENT ON COLUMN perfkit_runs.environment IS
'Where and how the run was made: server version, settings that differ from default, cores, memory, pgbench''s version and command lines, digests of the scripts.';
COMMENT ON COLUMN perfkit_runs.pgbench IS 'pgbench''s own report: its counts and transactions per second, stage by stage.';
COMMENT ON COLUMN perfkit_runs.index_checks IS 'What perfkit_verify_indexes said before the load.';
COMMENT ON COLUMN perfkit_runs.observed IS
'What the server did during the load: lock waits (sampled once a second), deadlocks, shared buffers hit and read, temporary files, WAL, the relations'' sizes before and after, and the most private memory a backend had at a sample (null where the server''s processes cannot be seen; then unknown_because says why). Buffers, deadlocks and temporary files are the whole database''s, WAL is the whole server''s. Bytes, milliseconds; per transaction of the log.';

-- No foreign key: checking it for each of a million lines took 3.6 s, and taking them in without it 1.9 s. The triggers
-- below do what ON DELETE CASCADE would.
CREATE TABLE perfkit_run_transactions (
	run_id bigint NOT NULL,
	scenario smallint NOT NULL,
	client integer NOT NULL,
	finished_at timestamptz NOT NULL,
	latency_us bigint,
	schedule_lag_us bigint,
	retries integer NOT NULL DEFAULT 0,
	failure text
);
CREATE INDEX perfkit_run_transactions_run ON perfkit_run_transactions (run_id);
COMMENT ON TABLE perfkit_run_transactions IS
'Every transaction of every run, from pgbench''s log. perfkit_run_summary and perfkit_run_verdicts are computed from these rows alone.';
COMMENT ON COLUMN perfkit_run_transactions.scenario IS 'Position in perfkit_runs.scenarios, from 1.';
COMMENT ON COLUMN perfkit_run_transactions.latency_us IS
'Microseconds from when the transaction was due to start (its scheduled start with --rate, else when the client was free) to its end, retries included. NULL when it did not succeed.';
COMMENT ON COLUMN perfkit_run_transactions.schedule_lag_us IS
'With --rate: microseconds from the scheduled start to the real one; part of latency_us.';
COMMENT ON COLUMN perfkit_run_transactions.failure IS
'NULL: the transaction succeeded. Else pgbench''s word for what became of it, such as failed or skipped.';

CREATE TABLE perfkit_run_invariants (
	run_id bigint NOT NULL,
	invariant text NOT NULL,
	ok boolean NOT NULL,
	detail text,
	PRIMARY KEY (run_id, invariant)
);
COMMENT ON TABLE perfkit_run_invariants IS
'What the workload''s invariants.sql found true of the data after the load, and what not. One that does not hold fails the run.';
COMMENT ON COLUMN perfkit_run_invariants.invariant IS 'What has to be true, in words.';
COMMENT ON COLUMN perfkit_run_invariants.ok IS 'Whether it is.';
COMMENT ON COLUMN perfkit_run_invariants.detail IS 'What was counted.';

CREATE FUNCTION perfkit_forget_transactions() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF TG_OP = 'TRUNCATE' THEN
		EXECUTE format('TRUNCATE %1$I.perfkit_run_transactions, %1$I.perfkit_run_invariants', TG_TABLE_SCHEMA);
	ELSE
		EXECUTE format('DELETE FROM %I.perfkit_run_invariants WHERE run_id IN (SELECT run_id FROM gone)',
					   TG_TABLE_SCHEMA);
		EXECUTE format('DELETE FROM %I.perfkit_run_transactions WHERE run_id IN (SELECT run_id FROM gone)',
					   TG_TABLE_SCHEMA);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION perfkit_forget_transactions() IS
'Trigger of perfkit_runs: the transactions and invariants of a deleted run go with it.';

CREATE TRIGGER perfkit_forget_transactions AFTER DELETE ON perfkit_runs
	REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION perfkit_forget_transactions();
CREATE TRIGGER perfkit_forget_all_transactions AFTER TRUNCATE ON perfkit_runs
	FOR EACH STATEMENT EXECUTE FUNCTION perfkit_forget_transactions();

SELECT pg_catalog.pg_extension_config_dump('perfkit_runs', '');
SELECT pg_catalog.pg_extension_config_dump('perfkit_runs_run_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('perfkit_run_transactions', '');
SELECT pg_catalog.pg_extension_config_dump('perfkit_run_invariants', '');

CREATE FUNCTION perfkit_run(run_id bigint) RETURNS perfkit_runs
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION perfkit_run IS 'The run''s row of perfkit_runs. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_load_log(run_id bigint, log regclass) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION perfkit_load_log IS
'Adds the lines of a pgbench transaction log to the run, and returns how many. log is a table they were copied into, with columns client, transaction_no, latency text, script, epoch, microseconds, schedule_lag, retries; the last two are NULL where pgbench was run without --rate or --max-tries. Errors: 42704 no such run; 22023 a script number the run has no scenario for.';

CREATE FUNCTION perfkit_expect_rows(found bigint, expected bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL SAFE;
COMMENT ON FUNCTION perfkit_expect_rows IS
'Returns found when it equals expected. Else error 40001 (serialization_failure), which pgbench --max-tries and many applications try again by themselves: for statements that find too few rows because another transaction was first, such as INSERT ... ON CONFLICT DO NOTHING of a version that is taken, or UPDATE ... WHERE version = n. Error 22004 when either is null.';

CREATE FUNCTION perfkit_environment() RETURNS jsonb
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	-- Settings that may hold a secret, or that only say where files are, tell nothing about speed.
	SELECT pg_catalog.jsonb_build_object(
		'server_version', pg_catalog.current_setting('server_version'),
		'server_version_num', pg_catalog.current_setting('server_version_num')::int,
		'perfkit_version', (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'perfkit'),
		'database', pg_catalog.current_database(),
		'database_bytes', pg_catalog.pg_database_size(pg_catalog.current_database()),
		'server_is_local', pg_catalog.inet_server_addr() IS NULL OR pg_catalog.inet_server_addr() = pg_catalog.inet_client_addr(),
		'settings', (SELECT pg_catalog.jsonb_object_agg(name, pg_catalog.current_setting(name) ORDER BY name)
					 FROM pg_catalog.pg_settings
					 WHERE source NOT IN ('default', 'override', 'client', 'session', 'interactive')
					   AND setting IS DISTINCT FROM boot_val
					   AND category NOT LIKE 'File Locations%'
					   AND name !~ '(conninfo|password|passphrase|secret|token|key|command|directories|destdir|path)'));
END;
COMMENT ON FUNCTION perfkit_environment IS
'What of the server bears on a run''s speed: version, size of the database, settings that differ from their built-in default. Settings that may hold a secret are left out.';

CREATE FUNCTION perfkit_run_latencies(run_id bigint)
RETURNS TABLE (scenario text, latency_us bigint, transactions bigint, cumulative bigint, total bigint, retries bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH counted AS (
		SELECT t.scenario, t.latency_us, pg_catalog.count(*) AS transactions, pg_catalog.sum(t.retries) AS retries
		FROM perfkit_run_transactions t
		WHERE t.run_id = perfkit_run_latencies.run_id
		GROUP BY t.scenario, t.latency_us
	), with_all AS (
		SELECT c.scenario, c.latency_us, c.transactions, c.retries FROM counted c
		UNION ALL
		SELECT NULL, c.latency_us, pg_catalog.sum(c.transactions)::bigint, pg_catalog.sum(c.retries)::bigint
		FROM counted c GROUP BY c.latency_us
	), summed AS (
		-- NULL sorts last, so what did not succeed is in no other row's sum
		SELECT w.scenario, w.latency_us, w.transactions, w.retries,
			   pg_catalog.sum(w.transactions) OVER (PARTITION BY w.scenario ORDER BY w.latency_us) AS cumulative,
			   pg_catalog.sum(w.transactions) FILTER (WHERE w.latency_us IS NOT NULL) OVER (PARTITION BY w.scenario) AS total
		FROM with_all w
	)
	-- Names come last: sorting a million rows with the run's row in each took most of the time.
	SELECT CASE WHEN w.scenario IS NULL THEN 'all' ELSE r.scenarios[w.scenario] END, w.latency_us, w.transactions,
		   CASE WHEN w.latency_us IS NOT NULL THEN w.cumulative::bigint END,
		   CASE WHEN w.latency_us IS NOT NULL THEN w.total::bigint END, w.retries
	FROM perfkit_run(perfkit_run_latencies.run_id) r, summed w;
END;
COMMENT ON FUNCTION perfkit_run_latencies IS
'The run''s distribution of latency, exact: for each scenario and for all, each latency in microseconds, the number of transactions that took it, of those that took it or less, and of those that succeeded. Transactions that did not succeed are a row whose latency_us, cumulative and total are NULL. scenario is NULL for transactions of a number that the run has no scenario for. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_run_summary(run_id bigint)
RETURNS TABLE (scenario text, transactions bigint, tps double precision, avg_ms double precision, p50_ms double precision,
			   p90_ms double precision, p95_ms double precision, p99_ms double precision, max_ms double precision,
			   errors bigint, retries bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	-- A quantile is the smallest latency that ceil(q n) transactions do not exceed: what percentile_disc() computes.
	WITH measured AS (
		SELECT d.scenario, pg_catalog.max(d.total) AS n,
			   pg_catalog.sum(d.latency_us::numeric * d.transactions::numeric) / pg_catalog.max(d.total)::numeric AS mean_us,
			   pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.50::double precision * d.total::double precision)::bigint)
				   AS p50_us,
			   pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.90::double precision * d.total::double precision)::bigint)
				   AS p90_us,
			   pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.95::double precision * d.total::double precision)::bigint)
				   AS p95_us,
			   pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= pg_catalog.ceil(0.99::double precision * d.total::double precision)::bigint)
				   AS p99_us,
			   pg_catalog.max(d.latency_us) AS max_us,
			   pg_catalog.sum(d.transactions) FILTER (WHERE d.latency_us IS NULL)::bigint AS errors,
			   pg_catalog.sum(d.retries)::bigint AS retries
		FROM perfkit_run_latencies(perfkit_run_summary.run_id) d
		GROUP BY d.scenario
	)
	SELECT s.scenario, coalesce(m.n, 0), coalesce(m.n, 0)::double precision / extract(epoch FROM r.duration)::double precision,
		   (m.mean_us / 1000::numeric)::double precision, m.p50_us::double precision / 1000::double precision,
		   m.p90_us::double precision / 1000::double precision, m.p95_us::double precision / 1000::double precision,
		   m.p99_us::double precision / 1000::double precision, m.max_us::double precision / 1000::double precision,
		   coalesce(m.errors, 0), coalesce(m.retries, 0)
	FROM perfkit_run(perfkit_run_summary.run_id) r
		 CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.scenarios, 'all'::text))
			 WITH ORDINALITY AS s (scenario, position)
		 LEFT JOIN measured m ON m.scenario = s.scenario
	ORDER BY s.position;
END;
COMMENT ON FUNCTION perfkit_run_summary IS
'One row for each scenario of the run and one for all. transactions: those that succeeded; tps: of them, per second under load; avg_ms to max_ms: their latency in milliseconds, percentiles by nearest rank from every transaction, NULL when there is none; errors: transactions that failed or were skipped; retries: how often any was tried again. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_run_verdicts(run_id bigint)
RETURNS TABLE (scenario text, metric text, limit_value double precision, observed double precision,
			   lower double precision, upper double precision, verdict text, more_transactions bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH budget AS (
		SELECT s.scenario, s.position, b.metric, b.limit_value, q.quantile, q.position AS metric_position,
			   extract(epoch FROM r.duration)::double precision AS seconds
		FROM perfkit_run(perfkit_run_verdicts.run_id) r
			 CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.scenarios, 'all'::text))
				 WITH ORDINALITY AS s (scenario, position)
			 JOIN perfkit_budgets b ON b.workload = r.workload AND b.scenario = s.scenario
			 JOIN (VALUES (1, 'avg_ms', NULL::double precision), (2, 'p50_ms', 0.50), (3, 'p90_ms', 0.90),
						  (4, 'p95_ms', 0.95), (5, 'p99_ms', 0.99), (6, 'max_ms', NULL), (7, 'min_tps', NULL),
						  (8, 'max_error_rate', NULL)) AS q (position, metric, quantile) ON q.metric = b.metric
		WHERE b.limit_value IS NOT NULL
	), distribution AS MATERIALIZED (
		SELECT * FROM perfkit_run_latencies(perfkit_run_verdicts.run_id)
	), sample AS (
		SELECT d.scenario, coalesce(pg_catalog.max(d.total), 0) AS n, pg_catalog.max(d.latency_us) AS longest_us,
			   coalesce(pg_catalog.sum(d.transactions) FILTER (WHERE d.latency_us IS NULL), 0)::bigint AS errors,
			   pg_catalog.sum(d.latency_us::numeric * d.transactions::numeric) AS sum_us,
			   pg_catalog.sum(d.latency_us::numeric * d.latency_us::numeric * d.transactions::numeric) AS sum_squares
		FROM distribution d
		GROUP BY d.scenario
	), moments AS (
		-- sums of whole numbers, so exact: the difference may not be a small one of two rounded large ones
		SELECT s.scenario, s.n, s.errors, s.longest_us::double precision / 1000::double precision AS longest,
			   CASE WHEN s.n > 0 THEN (s.sum_us / s.n::numeric)::double precision / 1000::double precision END AS mean,
			   CASE WHEN s.n > 1
					THEN pg_catalog.sqrt((s.sum_squares - s.sum_us * s.sum_us / s.n::numeric) / (s.n - 1)::numeric)::double precision
						 / 1000::double precision * 1.959963984540054::double precision END AS spread
		FROM sample s
	), ranked AS (
		SELECT b.scenario, b.position, b.metric, b.metric_position, b.limit_value, b.quantile, b.seconds,
			   coalesce(s.n, 0) AS n, coalesce(s.errors, 0) AS errors, s.longest, s.mean, s.spread,
			   pg_catalog.ceil(b.quantile * s.n::double precision)::bigint AS own_rank, i.lower_rank, i.upper_rank
		FROM budget b
			 LEFT JOIN moments s ON s.scenario = b.scenario
			 LEFT JOIN LATERAL perfkit_quantile_interval(coalesce(s.n, 0), b.quantile, 0.95::double precision) i
				ON b.quantile IS NOT NULL
	), quantiles AS MATERIALIZED (
		SELECT k.scenario, k.metric,
			   (pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= k.own_rank))::double precision / 1000::double precision AS observed,
			   (pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= k.lower_rank))::double precision / 1000::double precision AS lower,
			   (pg_catalog.min(d.latency_us) FILTER (WHERE d.cumulative >= k.upper_rank))::double precision / 1000::double precision AS upper,
			   coalesce(pg_catalog.max(d.cumulative)
						FILTER (WHERE d.latency_us::double precision / 1000::double precision < k.limit_value), 0) AS below
		FROM ranked k JOIN distribution d ON d.scenario = k.scenario
		WHERE k.quantile IS NOT NULL
		GROUP BY k.scenario, k.metric
	), measured AS (
		SELECT k.scenario, k.position, k.metric, k.metric_position, k.limit_value, k.quantile, k.n, k.errors, q.below,
			   k.mean, k.spread,
			   CASE k.metric
				   WHEN 'avg_ms' THEN k.mean
				   WHEN 'max_ms' THEN k.longest
				   WHEN 'min_tps' THEN CASE WHEN k.n + k.errors > 0 THEN k.n::double precision / k.seconds END
				   WHEN 'max_error_rate' THEN k.errors::double precision / nullif(k.n + k.errors, 0)::double precision
				   ELSE q.observed END AS observed,
			   CASE k.metric
				   WHEN 'avg_ms' THEN CASE WHEN k.n >= 30 THEN k.mean - k.spread / pg_catalog.sqrt(k.n::double precision) END
				   WHEN 'max_error_rate' THEN e.lower
				   ELSE q.lower END AS lower,
			   CASE k.metric
				   WHEN 'avg_ms' THEN CASE WHEN k.n >= 30 THEN k.mean + k.spread / pg_catalog.sqrt(k.n::double precision) END
				   WHEN 'max_error_rate' THEN e.upper
				   ELSE q.upper END AS upper
		FROM ranked k
			 LEFT JOIN quantiles q ON q.scenario = k.scenario AND q.metric = k.metric
			 LEFT JOIN LATERAL perfkit_share_interval(k.errors, nullif(k.n + k.errors, 0), 0.95::double precision) e
				ON k.metric = 'max_error_rate' AND k.limit_value > '0'
	), judged AS (
		SELECT m.*,
			   CASE
				   -- all failed, or were skipped: that tells enough, whatever the metric
				   WHEN m.n = 0 AND m.errors > 0 AND (m.metric <> 'max_error_rate' OR m.limit_value < '1') THEN 'FAIL'
				   WHEN m.observed IS NULL THEN 'INCONCLUSIVE'
				   WHEN m.metric = 'max_ms' THEN CASE WHEN m.observed < m.limit_value THEN 'PASS' ELSE 'FAIL' END
				   WHEN m.metric = 'min_tps' THEN CASE WHEN m.observed >= m.limit_value THEN 'PASS' ELSE 'FAIL' END
				   WHEN m.metric = 'max_error_rate' AND m.limit_value = '0'
				   THEN CASE WHEN m.errors = 0 THEN 'PASS' ELSE 'FAIL' END
				   WHEN m.metric = 'max_error_rate' AND m.upper <= m.limit_value THEN 'PASS'
				   WHEN m.metric = 'max_error_rate' AND m.lower > m.limit_value THEN 'FAIL'
				   WHEN m.metric <> 'max_error_rate' AND m.upper < m.limit_value THEN 'PASS'
				   WHEN m.metric <> 'max_error_rate' AND m.lower >= m.limit_value THEN 'FAIL'
				   ELSE 'INCONCLUSIVE' END AS verdict
		FROM measured m
	)
	SELECT j.scenario, j.metric, j.limit_value, j.observed, j.lower, j.upper, j.verdict,
		   CASE
			   WHEN j.verdict <> 'INCONCLUSIVE' THEN 0
			   WHEN j.quantile IS NOT NULL
			   THEN perfkit_more_for_quantile(j.n, coalesce(j.below, 0), j.quantile, 0.95::double precision)
			   WHEN j.metric = 'max_error_rate' AND j.limit_value > '0'
			   THEN perfkit_more_for_share(j.n + j.errors, j.errors, j.limit_value, 0.95::double precision)
			   WHEN j.metric <> 'avg_ms' THEN 1
			   WHEN j.n < 2 THEN 30 - j.n
			   WHEN j.mean <> j.limit_value
			   THEN greatest(30, j.n + 1, least('1e15'::double precision,
										   pg_catalog.floor((j.spread / (j.mean - j.limit_value)) ^ '2'::double precision))::bigint + 1) - j.n
		   END
	FROM judged j
	ORDER BY j.position, j.metric_position;
END;
COMMENT ON FUNCTION perfkit_run_verdicts IS
'One row for each budget that applies to the run''s workload and scenarios and is not waived. lower and upper: 95 % confidence interval of observed, in the metric''s unit. Percentiles: distribution-free, from order statistics; avg_ms: normal theory, from 30 transactions on; max_error_rate: exact binomial (Clopper-Pearson); max_ms and min_tps: none, they are compared as they are, as is max_error_rate with the limit 0. verdict: PASS when all of the interval is within the limit, FAIL when none of it is, or when transactions were tried and none succeeded, else, and where none was tried, INCONCLUSIVE; then more_transactions is about how many more it takes to tell if what was seen persists, NULL when no number will do. Intervals take transactions as independent: they speak for this run, not for the next one. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_run_verdict(run_id bigint, OUT verdict text, OUT reason text, OUT findings text, OUT budgets jsonb)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
	WITH judged AS MATERIALIZED (
		SELECT v.*,
			   pg_catalog.concat_ws(''::text,
				   pg_catalog.format('%s: %s is %s'::text, v.scenario, v.metric,
									 coalesce(pg_catalog.round(v.observed::numeric, 3)::text, 'unknown')),
				   CASE WHEN v.lower IS NOT NULL OR v.upper IS NOT NULL
						THEN pg_catalog.format(' (95 %% interval %s to %s)'::text,
											   coalesce(pg_catalog.round(v.lower::numeric, 3)::text, 'unknown'),
											   coalesce(pg_catalog.round(v.upper::numeric, 3)::text, 'unknown')) END,
				   pg_catalog.format(', limit %s.'::text, v.limit_value),
				   CASE WHEN v.more_transactions > 0
						THEN pg_catalog.format(' About %s more transactions would tell.'::text, v.more_transactions) END) AS finding
		FROM perfkit_run_verdicts(perfkit_run_verdict.run_id) WITH ORDINALITY
			 AS v (scenario, metric, limit_value, observed, lower, upper, verdict, more_transactions, position)
	), budget AS (
		SELECT pg_catalog.count(*) AS all_of_them,
			   pg_catalog.count(*) FILTER (WHERE j.verdict = 'FAIL') AS failed,
			   pg_catalog.count(*) FILTER (WHERE j.verdict = 'INCONCLUSIVE') AS untold,
			   pg_catalog.string_agg(j.finding, E'\n'::text ORDER BY j.position) FILTER (WHERE j.verdict = 'FAIL') AS broken,
			   pg_catalog.string_agg(j.finding, E'\n'::text ORDER BY j.position) FILTER (WHERE j.verdict = 'INCONCLUSIVE') AS open,
			   pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
				   'scenario', j.scenario, 'metric', j.metric, 'limit_value', j.limit_value, 'observed', j.observed, 'lower', j.lower,
				   'upper', j.upper, 'verdict', j.verdict, 'more_transactions', j.more_transactions) ORDER BY j.position) AS rows
		FROM judged j
	), index_check AS (
		SELECT pg_catalog.count(*) AS all_of_them,
			   pg_catalog.count(*) FILTER (WHERE c.value ->> 'verdict'::text = 'FAIL') AS failed,
			   pg_catalog.string_agg(pg_catalog.format('index check %s: %s'::text, c.value ->> 'check_name'::text,
													   coalesce(c.value ->> 'reason'::text, 'failed')), E'\n'::text ORDER BY c.position)
				   FILTER (WHERE c.value ->> 'verdict'::text = 'FAIL') AS broken
		FROM perfkit_run(perfkit_run_verdict.run_id) r
			 CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(coalesce(r.index_checks, '[]'))
				 WITH ORDINALITY AS c (value, position)
	), invariant AS (
		SELECT pg_catalog.count(*) AS all_of_them, pg_catalog.count(*) FILTER (WHERE NOT n.ok) AS failed,
			   pg_catalog.string_agg(pg_catalog.concat_ws(': '::text, n.invariant, n.detail), E'\n'::text ORDER BY n.invariant)
				   FILTER (WHERE NOT n.ok) AS broken
		FROM perfkit_run_invariants n
		WHERE n.run_id = perfkit_run_verdict.run_id
	), overall AS (
		SELECT CASE WHEN b.failed + i.failed + n.failed > 0 THEN 'FAIL'
					WHEN b.untold > 0 OR b.all_of_them = 0 THEN 'INCONCLUSIVE'
					ELSE 'PASS' END AS verdict
		FROM budget b, index_check i, invariant n
	)
	SELECT o.verdict,
		   pg_catalog.concat_ws(', '::text,
			   CASE WHEN n.failed > 0 THEN pg_catalog.format('%s of %s invariants broken'::text, n.failed, n.all_of_them) END,
			   CASE WHEN b.failed > 0 THEN pg_catalog.format('%s of %s budgets broken'::text, b.failed, b.all_of_them) END,
			   CASE WHEN i.failed > 0 THEN pg_catalog.format('%s of %s index checks failed'::text, i.failed, i.all_of_them) END,
			   CASE WHEN b.untold > 0
					THEN pg_catalog.format('%s of %s budgets cannot be told from so few transactions'::text, b.untold, b.all_of_them) END,
			   CASE WHEN b.all_of_them = 0 THEN 'no budget applies (rows of perfkit_budgets do)' END,
			   CASE WHEN o.verdict = 'PASS' THEN pg_catalog.format('%s budgets kept'::text, b.all_of_them) END,
			   CASE WHEN o.verdict = 'PASS' AND i.all_of_them > 0
					THEN pg_catalog.format('%s index checks passed'::text, i.all_of_them) END,
			   CASE WHEN o.verdict = 'PASS' AND n.all_of_them > 0
					THEN pg_catalog.format('%s invariants hold'::text, n.all_of_them) END),
		   CASE o.verdict WHEN 'FAIL' THEN pg_catalog.concat_ws(E'\n'::text, n.broken, b.broken, i.broken)
						  WHEN 'INCONCLUSIVE' THEN b.open END,
		   coalesce(b.rows, '[]')
	FROM overall o, budget b, index_check i, invariant n;
END;
COMMENT ON FUNCTION perfkit_run_verdict IS
'The run''s verdict as a whole, which bench/run exits by and perfkit_assert_run raises. FAIL: a budget, an index check or an invariant failed. INCONCLUSIVE: none did, but some budget cannot be told, or none applies. PASS: all of them passed. reason: the counts, in words; findings: a line for each budget, check and invariant behind a FAIL or INCONCLUSIVE; budgets: the rows of perfkit_run_verdicts. Error 42704 when there is no such run.';

CREATE FUNCTION perfkit_assert_run(run_id bigint) RETURNS void
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION perfkit_assert_run IS
'Does nothing when perfkit_run_verdict says PASS. Else error P0004, with the invariants that do not hold, or the budgets and index checks that fail, or when none fails the budgets that cannot be told, in its detail; 55000 when no budget applies and nothing failed; 42704 when there is no such run.';

-- Service time

CREATE FUNCTION perfkit_bench(
    query text,
    iterations integer DEFAULT 1000,
    warmup integer DEFAULT 100,
    generic boolean DEFAULT NULL,
    parameters text[] DEFAULT NULL,
    OUT iterations integer,
    OUT mean_ms double precision,
    OUT stddev_ms double precision,
    OUT min_ms double precision,
    OUT p50_ms double precision,
    OUT p90_ms double precision,
    OUT p95_ms double precision,
    OUT p99_ms double precision,
    OUT max_ms double precision,
    OUT shared_hit double precision,
    OUT shared_read double precision,
    OUT wal_bytes double precision,
    OUT batch integer,
    OUT generic_plan boolean,
    OUT jit boolean,
    OUT workers integer)
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_bench';

COMMENT ON FUNCTION perfkit_bench(text, integer, integer, boolean, text[]) IS
'Service time of one statement inside the server: the executor, from start to end, with a fresh snapshot for each execution. No network, parsing, planning or output functions; large values are not detoasted. The plan is made once; parallel plans run in parallel.
iterations: samples, 1 to 10000000. warmup: executions before them, 0 to 10000000. parameters: a text value for each of $1, $2 ... generic, where there are parameters: null takes the plan that the plan cache settles on, true the generic one, false the one for these values.
Times in milliseconds; percentiles by nearest rank; stddev_ms null for one sample. shared_hit, shared_read (blocks) and wal_bytes: means for one execution, parallel workers included. batch: executions in a row that make one sample, above 1 where one alone is too short for the clock; the sample is their mean. generic_plan, jit, workers: the plan was generic, expressions were compiled (in every execution, and its time is included), parallel workers launched (seen in one more execution).
A statement that might write (not a SELECT, locks rows, has a volatile function) runs in a subtransaction that is rolled back each time; sequences advance and dead row versions stay until vacuum. Triggers fire, deferred ones do not. In a REPEATABLE READ or SERIALIZABLE transaction all executions share the transaction''s snapshot.
Errors: 22004 query is null, 22023 another argument is out of range, not exactly one plannable statement or a wrong number of parameter values, 42P02 no parameter values, 42P18 a parameter without a type, 25006 a write in a read-only transaction, and what planning and running the statement raise';

CREATE FUNCTION perfkit_assert_latency(
    query text,
    max_ms double precision,
    percentile double precision DEFAULT 0.95,
    iterations integer DEFAULT 200,
    generic boolean DEFAULT NULL,
    parameters text[] DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_latency';

COMMENT ON FUNCTION perfkit_assert_latency(text, double precision, double precision, integer, boolean, text[]) IS
'Fails with P0004 unless the percentile of the statement''s service time, measured as perfkit_bench() does, is at most max_ms milliseconds: with 95 % confidence (order statistics, whatever the distribution). While the confidence interval has the limit inside, it takes more samples, up to eight times iterations; then it fails as one that cannot tell.
max_ms: greater than 0, finite. percentile: greater than 0, at most 1; 1 is the maximum, which is compared as it is. iterations: 1 to 10000000, after a warm-up of half as many, at most 100. generic, parameters: as for perfkit_bench().
Errors: P0004 failed assertion, and as perfkit_bench()';
