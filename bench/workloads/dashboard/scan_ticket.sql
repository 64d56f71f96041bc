-- A ticket is scanned at a gate: it is marked, the scan is logged, and all dashboards are notified.
-- The first half of the scan's ID says of which run and stage it is. The notification's payload is
-- what bench/lib/Perfkit/Listener.pm asks for; its sender is a client of this run, since another
-- run may notify the same channel.
\set ticket random(1, :tickets)
BEGIN;
UPDATE tickets SET status = 'scanned'
WHERE id = (SELECT ticket_id FROM perfkit_bench_dashboard_tickets WHERE number = :ticket::int) AND status = 'sold';
-- A statement of its own: it sees the scan for whose end the UPDATE may have waited.
INSERT INTO scan_logs (id, ticket_id, event_id, gate, result, scanned_at)
SELECT (lpad(to_hex(:run_token::bigint + :stage::bigint), 16, '0')
        || right(replace(gen_random_uuid()::text, '-', ''), 16))::uuid,
       t.id, t.event_id, 'gate ' || (1 + :client_id::int % 4)::text,
       CASE WHEN EXISTS (SELECT FROM scan_logs s WHERE s.ticket_id = t.id AND s.result = 'admitted') THEN 'duplicate'
            WHEN t.status = 'scanned' THEN 'admitted'
            ELSE 'rejected' END,
       clock_timestamp()
FROM tickets t
WHERE t.id = (SELECT ticket_id FROM perfkit_bench_dashboard_tickets WHERE number = :ticket::int);
SELECT pg_notify('perfkit_dashboard',
                 to_hex(:run_token::bigint) || '.' || :stage::text || '.' || :client_id::text || ' ' || :sequence::text || ' '
                 || (extract(epoch FROM clock_timestamp()) * 1000000::numeric)::bigint::text || ' ' || event_id::text)
FROM perfkit_bench_dashboard_tickets
WHERE number = :ticket::int;
END;
\set sequence :sequence + 1
