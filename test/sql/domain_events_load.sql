-- Loading the event store: both ways give the same rows, top-ups, and what is refused.
\set VERBOSITY terse
\set ends '2025-06-01 00:00 UTC'
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE SCHEMA direct;
CREATE SCHEMA inserted;
CREATE SCHEMA other;
CREATE FUNCTION pg_temp.digest(text) RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN ('x' || left(md5($1), 16))::bit(64)::bigint::numeric;

-- No events: empty tables.
SELECT perfkit_seed_domain_events(n => 0, target_schema => 'direct');
SELECT (SELECT count(*) FROM direct.domain_events) + (SELECT count(*) FROM direct.aggregate_snapshots) + (SELECT count(*) FROM direct.tracking_tokens) AS rows;
-- The tables are the promised ones, and the caller owns them.
SELECT attname, format_type(atttypid, atttypmod), attnotnull, atthasdef FROM pg_attribute
WHERE attrelid = 'direct.domain_events'::regclass AND attnum > 0 ORDER BY attnum;
SELECT pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'direct'::regnamespace) ORDER BY 1;
SELECT count(*) AS owned_by_the_extension FROM pg_depend d JOIN pg_class c ON c.oid = objid AND classid = 'pg_class'::regclass
WHERE deptype = 'e' AND relnamespace = 'direct'::regnamespace;

-- In steps: a first part, more than half of it again (the direct way), a little (the INSERT way),
-- and nothing.
SELECT perfkit_seed_domain_events(10, 20000, ends_at => :'ends', target_schema => 'direct');
SELECT perfkit_seed_domain_events(10, 65000, ends_at => :'ends', target_schema => 'direct');
SELECT perfkit_seed_domain_events(10, 70000, ends_at => :'ends', target_schema => 'direct');
SELECT perfkit_seed_domain_events(10, 70000, ends_at => :'ends', target_schema => 'direct');
SELECT perfkit_seed_domain_events(10, 30000, ends_at => :'ends', target_schema => 'direct') AS fewer;
SELECT last_value, is_called FROM direct.domain_events_global_sequence_id_seq;

-- On another day nothing is missing; but events added then would belong to another history.
SELECT perfkit_seed_domain_events(10, 70000, ends_at => '2025-06-02', target_schema => 'direct') AS another_day;
SELECT perfkit_seed_domain_events(10, 70001, ends_at => '2025-06-02', target_schema => 'direct') AS another_day;

-- All of it by INSERT, into partitions.
CREATE TABLE inserted.domain_events (LIKE direct.domain_events INCLUDING DEFAULTS) PARTITION BY RANGE (global_sequence_id);
CREATE TABLE inserted.low PARTITION OF inserted.domain_events (PRIMARY KEY (global_sequence_id)) FOR VALUES FROM (0) TO (30000);
CREATE TABLE inserted.high PARTITION OF inserted.domain_events FOR VALUES FROM (30000) TO (maxvalue);
SELECT perfkit_seed_domain_events(10, 70000, ends_at => :'ends', target_schema => 'inserted');
SELECT perfkit_seed_domain_events(10, 70000, ends_at => :'ends', target_schema => 'inserted') AS second_call;

-- The same rows each way.
SELECT (SELECT sum(pg_temp.digest(e::text)) FROM direct.domain_events e) =
       (SELECT sum(pg_temp.digest(e::text)) FROM inserted.domain_events e) AS events,
       (SELECT sum(pg_temp.digest(e::text)) FROM direct.aggregate_snapshots e) =
       (SELECT sum(pg_temp.digest(e::text)) FROM inserted.aggregate_snapshots e) AS snapshots,
       (SELECT count(*) FROM direct.aggregate_snapshots) = (SELECT count(*) FROM direct.domain_events WHERE (sequence_number + 1) % 100 = 0) AS as_many_as_due;
-- Tokens are not changed.
SELECT DISTINCT token_position FROM direct.tracking_tokens WHERE processor_name = 'search-index';
SELECT DISTINCT token_position FROM inserted.tracking_tokens WHERE processor_name = 'search-index';

-- An application appends after seeding: its numbers are free, and a second call still inserts
-- nothing.
INSERT INTO direct.domain_events (event_id, stream_id, aggregate_id, aggregate_type, expected_version, sequence_number, tenant_id, event_type, payload, metadata, timestamp_utc)
VALUES ('00000000-0000-0000-0000-000000000001', 'Order-1', '1', 'Order', -1, 0, 'tenant-0001', 'OrderPlaced', '{}', '{}', now())
RETURNING global_sequence_id;
INSERT INTO direct.aggregate_snapshots VALUES ('tenant-0001', '1', 'Order', 0, '{}', 1, now());
SELECT perfkit_seed_domain_events(10, 70000, ends_at => :'ends', target_schema => 'direct') AS second_call;
-- But more events would leave a gap in the streams, or collide with the application's.
SELECT perfkit_seed_domain_events(10, 80000, ends_at => :'ends', target_schema => 'direct');
-- With another seed or another number of tenants, the events are different ones.
SELECT perfkit_seed_domain_events(10, 10, random_seed => 43, ends_at => :'ends', target_schema => 'direct');
SELECT perfkit_seed_domain_events(11, 10, ends_at => :'ends', target_schema => 'direct');
-- Missing snapshots are added, and only those.
DELETE FROM direct.aggregate_snapshots WHERE last_sequence_number = 99;
SELECT perfkit_seed_domain_events(10, 70000, ends_at => :'ends', target_schema => 'direct') AS second_call;
SELECT (SELECT count(*) FROM direct.aggregate_snapshots) = 1 + (SELECT count(*) FROM direct.domain_events WHERE (sequence_number + 1) % 100 = 0) AS all_there;
-- An event that was deleted is a gap.
DELETE FROM direct.domain_events WHERE global_sequence_id IN (500, 70001);
SELECT perfkit_seed_domain_events(10, 70000, ends_at => :'ends', target_schema => 'direct');

-- A sequence that is ahead stays ahead, also when the table was emptied.
TRUNCATE direct.domain_events;
SELECT setval('direct.domain_events_global_sequence_id_seq', 500000);
SELECT perfkit_seed_domain_events(10, 1000, ends_at => :'ends', target_schema => 'direct');
SELECT last_value, is_called FROM direct.domain_events_global_sequence_id_seq;
-- If it cannot get that far, that is an error, and nothing is inserted.
TRUNCATE direct.domain_events;
ALTER SEQUENCE direct.domain_events_global_sequence_id_seq MAXVALUE 600000;
\set VERBOSITY default
SELECT perfkit_seed_domain_events(10, 600001, ends_at => :'ends', target_schema => 'direct');
\set VERBOSITY terse
SELECT count(*) FROM direct.domain_events;
-- A restarted sequence, whose first number is still free, advances exactly to the last row.
ALTER SEQUENCE direct.domain_events_global_sequence_id_seq RESTART 1;
SELECT perfkit_seed_domain_events(1, 1, ends_at => :'ends', target_schema => 'direct');
SELECT nextval('direct.domain_events_global_sequence_id_seq');

-- Few tenants, many tenants, few rows: all work. (Their notices are tested in test/t.)
DO $$
DECLARE
    call record;
    rows bigint;
BEGIN
    FOR call IN SELECT * FROM (VALUES (1, 1000), (1, 1), (2, 1000), (3, 1000), (10, 1), (10000, 20000), (1000000, 1000), (10, 0)) v (tenants, n) LOOP
        DROP SCHEMA other CASCADE;
        CREATE SCHEMA other;
        rows := perfkit_seed_domain_events(call.tenants, call.n, ends_at => '2025-06-01 00:00 UTC', target_schema => 'other');
        RAISE WARNING 'tenants %, n %: % rows, % tenants', call.tenants, call.n, rows,
            (SELECT count(DISTINCT tenant_id) FROM perfkit_generate_domain_events(call.tenants, call.n));
    END LOOP;
END
$$;

-- Bad input: an error each, and nothing created.
DROP SCHEMA other CASCADE;
CREATE SCHEMA other;
CREATE FUNCTION pg_temp.state_of(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT command, pg_temp.state_of(format('SELECT perfkit_seed_domain_events(%s, target_schema => %L)', command, 'other'))
FROM unnest(ARRAY['0', '-1', '1000001', '2147483647', 'NULL', '10, -1', '10, 1000000000001', '10, NULL', '10, 10, NULL', '10, 10, 1, NULL',
                  '10, 10, ends_at => $i$infinity$i$', '10, 10, ends_at => $i$4700-01-01 BC$i$', '10, 10, ends_at => $i$20000-01-01$i$']) command;
SELECT command, pg_temp.state_of(format('SELECT count(*) FROM perfkit_generate_%s', command))
FROM unnest(ARRAY['domain_events(0, 1)', 'domain_events(10, -1)', 'domain_events(10, 1, -1)', 'domain_events(10, 2, 999999999999)',
                  'domain_events(10, 2, 999999999998)', 'domain_events(NULL, 1)', 'aggregate_snapshots(0, 1)', 'aggregate_snapshots(10, 0)',
                  'tracking_tokens(-1)', 'tracking_tokens(100, 17)', 'tracking_tokens(100, 1, 16)']) command;
SELECT pg_temp.state_of('SELECT perfkit_seed_domain_events(10, 10, target_schema => $i$nowhere$i$)');
SELECT count(*) AS tables_made FROM pg_class WHERE relnamespace = 'other'::regnamespace;

-- A domain_events of another shape; and if one of the other tables is wrong, nothing is inserted
-- into the events either.
\set seed 'SELECT pg_temp.state_of(\'SELECT perfkit_seed_domain_events(10, 10, target_schema => $i$other$i$)\');'
CREATE TABLE other.domain_events (id bigint);
:seed
DROP TABLE other.domain_events;
CREATE VIEW other.domain_events AS SELECT 1 AS one;
:seed
DROP VIEW other.domain_events;
CREATE TABLE other.domain_events (LIKE direct.domain_events);
ALTER TABLE other.domain_events ALTER timestamp_utc TYPE integer USING 0;
:seed
DROP TABLE other.domain_events;
CREATE TABLE other.domain_events (LIKE direct.domain_events);
ALTER TABLE other.domain_events ALTER global_sequence_id ADD GENERATED ALWAYS AS IDENTITY;
:seed
DROP TABLE other.domain_events;
CREATE TABLE other.tracking_tokens (processor_name text);
:seed
SELECT count(*) AS other_tables FROM pg_class WHERE relnamespace = 'other'::regnamespace AND relname <> 'tracking_tokens';
DROP TABLE other.tracking_tokens;

-- A table that differs is filled by INSERT: other types that can hold the values, more columns,
-- its own sequence, a trigger.
CREATE TABLE other.domain_events (LIKE direct.domain_events, note text);
ALTER TABLE other.domain_events ALTER global_sequence_id ADD GENERATED BY DEFAULT AS IDENTITY, ALTER tenant_id TYPE text;
CREATE FUNCTION other.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'seen'; RETURN NEW; END $$;
CREATE TRIGGER note BEFORE INSERT ON other.domain_events FOR EACH ROW EXECUTE FUNCTION other.note();
SELECT perfkit_seed_domain_events(10, 100, ends_at => :'ends', target_schema => 'other');
SELECT count(*) FILTER (WHERE note = 'seen') AS seen FROM other.domain_events;
SELECT nextval(pg_get_serial_sequence('other.domain_events', 'global_sequence_id'));

-- A read-only transaction.
BEGIN READ ONLY;
SELECT perfkit_seed_domain_events(10, 10);
ROLLBACK;

DROP SCHEMA direct, inserted, other CASCADE;

-- A trigger on the first table, which is filled by INSERT, fills the next one: its rows are not
-- stored twice, with a key or without.
CREATE SCHEMA dt;
SELECT perfkit_seed_domain_events(3, 0, ends_at => :'ends', target_schema => 'dt');
CREATE FUNCTION dt.fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NOT EXISTS (SELECT FROM dt.tracking_tokens) THEN
        INSERT INTO dt.tracking_tokens SELECT * FROM perfkit_generate_tracking_tokens(1000, ends_at => '2025-06-01 00:00 UTC');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER fill AFTER INSERT ON dt.domain_events FOR EACH ROW EXECUTE FUNCTION dt.fill();
SELECT perfkit_seed_domain_events(3, 1000, ends_at => :'ends', target_schema => 'dt');
SELECT count(*) > 0 AS filled, count(*) = count(DISTINCT t) AS once FROM dt.tracking_tokens t;
TRUNCATE dt.domain_events, dt.tracking_tokens;
ALTER TABLE dt.tracking_tokens DROP CONSTRAINT tracking_tokens_pkey;
SELECT perfkit_seed_domain_events(3, 1000, ends_at => :'ends', target_schema => 'dt');
SELECT count(*) > 0 AS filled, count(DISTINCT t) = count(*) AS once FROM dt.tracking_tokens t;
DROP SCHEMA dt CASCADE;
