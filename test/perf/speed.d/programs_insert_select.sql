-- What people write today: comparable rows of all eight tables from INSERT ... SELECT over
-- generate_series, indexes and foreign keys in place, and ANALYZE for the next statement's plan.
-- Same lengths and as many rows of each table; nothing reproducible about it.
INSERT INTO providers
SELECT gen_random_uuid(), format('Harbour Swim School %s', i), format('provider%s@example.com', i),
       (ARRAY['2000', '2001', '2010', '2020', '2030'])[1 + floor(5 * random())], now() - random() * interval '700 days' - interval '1100 days'
FROM generate_series(1, :rows / 8) AS i;
ANALYZE providers;

INSERT INTO programs
SELECT gen_random_uuid(), ids[1 + i % array_length(ids, 1)],
       (ARRAY['Swimming', 'Ballet', 'Piano', 'Pottery', 'Coding', 'Chess', 'Football', 'Judo'])[1 + floor(8 * random())] || ' Foundations for Preschoolers',
       'Weekly swimming with coaches who know every child by name. All equipment is provided and fits small hands. '
           || (ARRAY['Please bring a water bottle.', 'A healthy snack is included.', 'The first lesson is free.'])[1 + floor(3 * random())]
           || ' Book early: places go quickly.',
       st_setsrid(st_makepoint(151.2093 + (random() - 0.5) * random(), -33.8688 + (random() - 0.5) * random()), 4326)::geography,
       (ARRAY['2000', '2001', '2010', '2020', '2030'])[1 + floor(5 * random())], age[1], age[2], 10 + 0.5 * floor(160 * random())::int,
       (ARRAY['active', 'active', 'active', 'full', 'draft'])[1 + floor(5 * random())], now() - random() * interval '650 days' - interval '400 days'
FROM (SELECT i, (ARRAY['{0,2}', '{3,4}', '{5,7}', '{8,12}', '{13,17}'])[1 + floor(5 * random())]::int[] AS age FROM generate_series(1, :rows) AS i) AS g,
     (SELECT array_agg(id) AS ids FROM providers) AS p;
ANALYZE programs;

INSERT INTO users
SELECT gen_random_uuid(), format('user%s@example.com', i), hashes[1 + i % 16], 'Anna Andersson',
       (ARRAY['2000', '2001', '2010', '2020', '2030'])[1 + floor(5 * random())], now() - random() * interval '320 days' - interval '70 days'
FROM generate_series(0, :rows / 5 - 1) AS i,
     (SELECT array_agg(crypt(format('perfkit-%s', n), gen_salt('bf', 8))) AS hashes FROM generate_series(0, 15) AS n) AS h;
ANALYZE users;

INSERT INTO sessions
SELECT gen_random_uuid(), id, replace(gen_random_uuid()::text, '-', ''), starts, starts + interval '14 days'
FROM (SELECT id, now() - random() * interval '28 days' AS starts, generate_series(1, 1 + (random() < 0.5)::int) FROM users) AS u;
ANALYZE sessions;

INSERT INTO prices
SELECT gen_random_uuid(), id, plan, price * 100 * factor, 'AUD', status IN ('active', 'full')
FROM programs, (VALUES ('casual', 1), ('monthly', 3.6), ('term', 8)) AS p (plan, factor);
ANALYZE prices;

INSERT INTO subscriptions
SELECT gen_random_uuid(), u.id, r.program_id, r.id, CASE WHEN random() < 0.9 THEN 'active' ELSE 'incomplete' END,
       now() - random() * interval '60 days', now()
FROM (SELECT id, row_number() OVER () * 7 AS n FROM users) AS u, generate_series(0, 1) AS again,
     (SELECT id, program_id, row_number() OVER () AS n FROM prices) AS r
WHERE r.n = u.n + again;
INSERT INTO subscriptions
SELECT gen_random_uuid(), user_id, program_id, price_id, status, created_at, activated_at FROM subscriptions LIMIT :rows / 10;
ANALYZE subscriptions;

INSERT INTO payments
SELECT gen_random_uuid(), s.id, s.user_id, r.amount_cents, 'AUD', CASE WHEN s.status = 'active' THEN 'succeeded' ELSE 'failed' END,
       format('insert-%s', gen_random_uuid()), s.created_at, CASE WHEN s.status = 'active' THEN s.created_at END
FROM subscriptions AS s JOIN prices AS r ON r.id = s.price_id, LATERAL generate_series(1, 1 + (random() < 0.125)::int);
ANALYZE payments;

INSERT INTO ledger_entries
SELECT id, account, CASE account WHEN 'customer' THEN amount_cents WHEN 'provider' THEN -(amount_cents - 100) ELSE -100 END, confirmed_at
FROM payments, unnest(ARRAY['customer', 'provider', 'fees']) AS account
WHERE status = 'succeeded';
ANALYZE ledger_entries;
