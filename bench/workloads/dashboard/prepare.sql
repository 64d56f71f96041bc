-- Variables for the scripts, one row (name, value) each, and two small tables that the scripts look
-- into, since pgbench's variables are numbers and the tables' keys are UUIDs.
--
--     perfkit_bench_dashboard_events    events that have tickets, those with most tickets first
--     perfkit_bench_dashboard_tickets   tickets to scan, which were sold and not scanned
--
-- The tables remain, and are filled again by the next run.
--
-- Arguments have the types that the server's own functions and operators take, so that none of
-- somebody else's in the search path matches better.

-- What a load leaves to autovacuum; until then, there are no index-only scans. (Through a pooler,
-- this file is one transaction, which cannot VACUUM.)
SELECT relallvisible < relpages / 2 AND NOT :pooled AS unsettled FROM pg_class WHERE oid = 'tickets'::regclass
\gset
\if :unsettled
VACUUM tickets;
VACUUM scan_logs;
VACUUM orders;
\endif

\if :pooled
\else
BEGIN;
\endif
CREATE UNLOGGED TABLE IF NOT EXISTS perfkit_bench_dashboard_events (number int PRIMARY KEY, event_id uuid NOT NULL);
CREATE UNLOGGED TABLE IF NOT EXISTS perfkit_bench_dashboard_tickets (
    number int PRIMARY KEY, ticket_id uuid NOT NULL, event_id uuid NOT NULL);
COMMENT ON TABLE perfkit_bench_dashboard_events IS 'What the scripts of bench/run dashboard look at; filled again by each run.';
COMMENT ON TABLE perfkit_bench_dashboard_tickets IS 'What the scripts of bench/run dashboard scan; filled again by each run.';
DELETE FROM perfkit_bench_dashboard_events;
DELETE FROM perfkit_bench_dashboard_tickets;

INSERT INTO perfkit_bench_dashboard_events (number, event_id)
SELECT row_number() OVER (ORDER BY tickets DESC, event_id), event_id
FROM (SELECT event_id, count(*) AS tickets FROM tickets GROUP BY event_id) AS event;

INSERT INTO perfkit_bench_dashboard_tickets (number, ticket_id, event_id)
SELECT row_number() OVER (), id, event_id
FROM (SELECT id, event_id FROM tickets WHERE status = 'sold' LIMIT 100000) AS sold;
-- Of a store whose tickets have all been scanned, those that have: the scans will be duplicates.
INSERT INTO perfkit_bench_dashboard_tickets (number, ticket_id, event_id)
SELECT row_number() OVER (), id, event_id
FROM (SELECT id, event_id FROM tickets LIMIT 1000) AS any_ticket
WHERE NOT EXISTS (SELECT FROM perfkit_bench_dashboard_tickets);
\if :pooled
\else
COMMIT;
\endif
ANALYZE perfkit_bench_dashboard_events;
ANALYZE perfkit_bench_dashboard_tickets;

-- IDs of this run's scans begin with this number plus the stage's.
SELECT 'run_token', (('x' || right(replace(gen_random_uuid()::text, '-', ''), 15))::bit(60)::bigint & ~1023::bigint)::text
UNION ALL
SELECT 'events', count(*)::text FROM perfkit_bench_dashboard_events
UNION ALL
SELECT 'tickets', count(*)::text FROM perfkit_bench_dashboard_tickets
UNION ALL
VALUES ('sequence', '0'), ('owed', '0');
