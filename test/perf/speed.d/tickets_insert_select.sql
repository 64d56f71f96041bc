-- What people write today: comparable orders, tickets, reservations and scans from INSERT ...
-- SELECT over generate_series, indexes and foreign keys in place. As many of each, texts of the
-- same lengths, hot events, 1 to 6 tickets in an order; nothing reproducible about it. The
-- events are there already.
CREATE TEMPORARY TABLE numbered AS
SELECT id, created_at, row_number() OVER () AS number FROM events;
CREATE TEMPORARY TABLE sold AS
SELECT gen_random_uuid() AS order_id, id AS event_id, tickets, status,
       now() - random() * (now() - created_at) AS created_at
FROM (SELECT i, 1 + floor(4.1 * power(random(), 1.5))::int AS tickets,
             CASE WHEN random() < 0.65 THEN 10 * (1 + floor(20 * power(random(), 1.5))) ELSE 1 + floor(200 * random()) END::int AS event,
             (ARRAY['paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'pending', 'cancelled'])[1 + floor(10 * random())] AS status
      FROM generate_series(1, :rows * 2 / 5) AS i) AS o
     JOIN numbered ON number = event;
INSERT INTO orders
SELECT order_id, event_id, 'amanda.johansson' || (random() * 20)::int || '@example.com', tickets * 250, status, created_at
FROM sold;
INSERT INTO tickets
SELECT gen_random_uuid(), order_id, event_id,
       (ARRAY['standard', 'standard', 'early_bird', 'student', 'vip'])[1 + floor(5 * random())], 250, 'sold', created_at
FROM (SELECT sold.* FROM sold, generate_series(1, tickets)
      UNION ALL
      SELECT sold.* FROM sold, generate_series(1, 6)) AS ticket
LIMIT :rows;
INSERT INTO vip_reservations
SELECT gen_random_uuid(), event_id, 'Amanda Johansson', 4, 'confirmed', 4000, created_at FROM sold LIMIT (:rows + 99) / 100;
INSERT INTO scan_logs
SELECT gen_random_uuid(), id, event_id, 'main', 'admitted', created_at + random() * (now() - created_at)
FROM tickets LIMIT :rows * 27 / 41;
DROP TABLE numbered, sold;
