-- What a dashboard shows when it is opened: four queries, sent at once. Most viewers look at one of
-- the events that sell most tickets.
\set event random_zipfian(1, :events, 1.1)
\startpipeline
SELECT id, name, artist, venue, date, "time", price
FROM events
ORDER BY date DESC, id DESC
LIMIT 10;
SELECT id, order_id, ticket_type, price, status, created_at
FROM tickets
WHERE event_id = (SELECT event_id FROM perfkit_bench_dashboard_events WHERE number = :event::int);
SELECT id, customer_email, total_amount, created_at
FROM orders
WHERE event_id = (SELECT event_id FROM perfkit_bench_dashboard_events WHERE number = :event::int) AND status = 'paid'
ORDER BY created_at DESC
LIMIT 100;
SELECT id, guest_name, guests, status, total_price, created_at
FROM vip_reservations
WHERE event_id = (SELECT event_id FROM perfkit_bench_dashboard_events WHERE number = :event::int);
\endpipeline
\set owed 1
