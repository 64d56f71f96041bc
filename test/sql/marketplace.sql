-- Workload "marketplace" without its extensions: rows, and how they belong together. What needs
-- PostGIS and pgcrypto is in test/t/046_marketplace_seed.pl.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
\set ends '''2026-06-01 00:00 UTC'''

SELECT * FROM perfkit_workloads() WHERE workload = 'marketplace';

-- Number of rows, and 64 bits in which the order of rows plays no part: digests of slices combine
-- by XOR.
CREATE FUNCTION pg_temp.digest(generated text, OUT nrows bigint, OUT digest bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT count(*), coalesce(bit_xor((''x'' || left(md5(g::text), 16))::bit(64)::bigint), 0) FROM %s AS g', generated)
		INTO nrows, digest;
END
$$;
CREATE TEMP TABLE part (name text, whole text, slice text);
INSERT INTO part
SELECT name, format('perfkit_generate_%s(10000, 0, 42%s)', name, ends), format('perfkit_generate_%s(%%s, %%s, 42%s)', name, ends)
FROM (SELECT name, CASE WHEN name <> 'prices' THEN format(', %L', :ends) END AS ends
	  FROM unnest(ARRAY['providers', 'programs', 'sessions', 'prices', 'subscriptions', 'payments', 'ledger_entries']) AS name) AS n;

-- The rows are the same on every platform and server.
SELECT name, d.* FROM part, pg_temp.digest(whole) AS d ORDER BY name;
-- Slices make the whole, wherever they are cut.
SELECT name, sum(s.nrows) = d.nrows AND bit_xor(s.digest) = d.digest AS same
FROM part, pg_temp.digest(whole) AS d,
	 (VALUES (1, 0), (63, 1), (936, 64), (4500, 1000), (4500, 5500)) AS cut (n, first_row),
	 pg_temp.digest(format(slice, cut.n, cut.first_row)) AS s
GROUP BY name, d.nrows, d.digest ORDER BY name;
-- Another seed gives other rows.
SELECT name, pg_temp.digest(whole) <> pg_temp.digest(replace(whole, ' 42', ' 43')) AS differ FROM part ORDER BY name;
-- Rows far away cost nothing more.
SELECT id, provider_id, longitude, latitude, price FROM perfkit_generate_programs(1, 999999999999, 42, :ends);
SELECT id, user_id, program_id FROM perfkit_generate_subscriptions(1, 999999999999, 42, :ends);

-- All tables of 5000 programs and 1000 users. Counts are those of the seeder.
CREATE TEMP TABLE providers AS SELECT * FROM perfkit_generate_providers((5000 + 63) / 64 * 8, 0, 42, :ends);
CREATE TEMP TABLE programs AS SELECT * FROM perfkit_generate_programs(5000, 0, 42, :ends);
CREATE TEMP TABLE sessions AS SELECT * FROM perfkit_generate_sessions(1500, 0, 42, :ends);
CREATE TEMP TABLE prices AS SELECT * FROM perfkit_generate_prices(15000);
CREATE TEMP TABLE subscriptions AS SELECT * FROM perfkit_generate_subscriptions(2500, 0, 42, :ends);
CREATE TEMP TABLE payments AS SELECT * FROM perfkit_generate_payments(2813, 0, 42, :ends);
CREATE TEMP TABLE ledger AS SELECT * FROM perfkit_generate_ledger_entries(3 * 2813, 0, 42, :ends);

-- Keys are unique.
SELECT (SELECT count(DISTINCT id) FROM providers) = 632 AS providers, (SELECT count(DISTINCT id) FROM programs) = 5000 AS programs,
	   (SELECT count(DISTINCT id) FROM sessions) = 1500 AS sessions, (SELECT count(DISTINCT token) FROM sessions) = 1500 AS tokens,
	   (SELECT count(DISTINCT id) FROM prices) = 15000 AS prices, (SELECT count(DISTINCT id) FROM subscriptions) = 2500 AS subscriptions,
	   (SELECT count(DISTINCT id) FROM payments) = 2813 AS payments,
	   (SELECT count(DISTINCT idempotency_key) = 2813 AND bool_and(idempotency_key LIKE 'seed-%') FROM payments) AS keys,
	   (SELECT count(DISTINCT (payment_id, account)) = count(*) FROM ledger) AS ledger;

-- Programs: most around the centre, all within 60 km of it and on land; all five postcodes.
-- Distances here are those of a plane, which is good to 1 %.
CREATE TEMP TABLE place AS
SELECT *, sqrt(((longitude - 151.2093) * 92.5) ^ 2 + ((latitude + 33.8688) * 110.9) ^ 2) AS km FROM programs;
SELECT count(DISTINCT postcode) = 5 AND min(postcode) = '2000' AND max(postcode) = '2030' AS postcodes,
	   max(km) BETWEEN 50 AND 61 AS farthest, avg((km < 10)::int) BETWEEN 0.6 AND 0.85 AS dense,
	   avg((km > 20)::int) BETWEEN 0.05 AND 0.2 AS sparse, avg((km < 1)::int) BETWEEN 0.1 AND 0.25 AS dense_in_the_centre,
	   bool_and(longitude <= 151.29 + (latitude + 33.86) / 2 + 0.00001) AS on_land
FROM place;
-- The density falls with the distance.
SELECT array_agg(density ORDER BY ring) = array_agg(density ORDER BY density DESC) AS falls
FROM (SELECT ring, count(*) / (power(4, ring + 1) - power(4, ring)) AS density FROM place, LATERAL (SELECT floor(log(2, greatest(km, 1)::numeric)) AS ring) AS r
	  WHERE km < 32 GROUP BY ring) AS d;
SELECT min_age, count(*) > 500 AS many, array_agg(DISTINCT max_age ORDER BY max_age) AS max_ages FROM programs GROUP BY 1 ORDER BY 1;
SELECT status, round(avg(n), 2) AS share FROM (SELECT status, count(*) OVER (PARTITION BY status) / 5000.0 AS n FROM programs) s GROUP BY 1 ORDER BY 1;
SELECT bool_and(price BETWEEN 10 AND 90 AND price % 0.5 = 0 AND scale(price) = 2) AS prices, count(DISTINCT title) > 500 AS titles,
	   count(DISTINCT description) > 4000 AS descriptions, bool_and(length(description) BETWEEN 100 AND 400) AS lengths FROM programs;
-- Some providers have many programs, some few, none an older one than itself.
SELECT max(n) = 24 AND min(n) <= 2 AS skewed, bool_and(oldest > created_at) AS in_order
FROM (SELECT p.created_at, count(*) AS n, min(g.created_at) AS oldest FROM providers p JOIN programs g ON g.provider_id = p.id GROUP BY p.id, 1) AS p;

-- Everything belongs to something.
SELECT (SELECT count(*) FROM programs g JOIN providers p ON p.id = g.provider_id) = 5000 AS programs,
	   (SELECT count(*) FROM prices r JOIN programs g ON g.id = r.program_id) = 15000 AS prices,
	   (SELECT count(DISTINCT user_id) FROM sessions) = 1000 AS sessions,
	   (SELECT count(DISTINCT user_id) FROM subscriptions) = 1000 AS subscribers,
	   (SELECT count(*) FROM (SELECT user_id FROM subscriptions EXCEPT SELECT user_id FROM sessions) x) = 0 AS users,
	   (SELECT count(*) FROM subscriptions s JOIN prices r ON r.id = s.price_id AND r.program_id = s.program_id) = 2500 AS subscriptions,
	   (SELECT count(*) FROM payments p JOIN subscriptions s ON s.id = p.subscription_id AND s.user_id = p.user_id) = 2813 AS payments,
	   (SELECT count(*) FROM (SELECT id FROM payments WHERE status = 'succeeded' INTERSECT SELECT payment_id FROM ledger) x)
	   = (SELECT count(DISTINCT payment_id) FROM ledger) AS ledger;
-- Prices: of a lesson, a month and a term; inactive for drafts and archived programs.
SELECT plan, bool_and(amount_cents = price * 100 * CASE plan WHEN 'casual' THEN 1 WHEN 'monthly' THEN 3.6 ELSE 8 END) AS amounts,
	   bool_and(r.active = (g.status IN ('active', 'full'))) AS active, bool_and(currency = 'AUD') AS currency, count(*)
FROM prices r JOIN programs g ON g.id = r.program_id GROUP BY 1 ORDER BY 1;
-- Nobody subscribes to a draft. Low numbers are popular.
SELECT bool_and(g.status <> 'draft') AS no_drafts, count(DISTINCT g.id) > 1000 AS many_programs,
	   max(n) >= 10 AS popular FROM (SELECT program_id, count(*) AS n FROM subscriptions GROUP BY 1) s JOIN programs g ON g.id = s.program_id;
-- Sessions expire.
SELECT bool_and(expires_at > created_at AND created_at < :ends) AS expire, count(*) FILTER (WHERE expires_at <= :ends) > 500 AS expired,
	   count(*) FILTER (WHERE expires_at > :ends) > 500 AS valid FROM sessions;
-- A subscription is active from its one payment that succeeded; some failed at first.
SELECT s.status, bool_and((s.activated_at IS NOT DISTINCT FROM p.confirmed)) AS activated, bool_and(p.succeeded = (s.status <> 'incomplete')::int) AS paid_once,
	   max(p.n) AS payments, count(*) > 200 AS many
FROM subscriptions s
	 JOIN (SELECT subscription_id, count(*) AS n, count(*) FILTER (WHERE status = 'succeeded') AS succeeded, max(confirmed_at) AS confirmed
		   FROM payments GROUP BY 1) p ON p.subscription_id = s.id
GROUP BY 1 ORDER BY 1;
SELECT p.status, bool_and(p.amount_cents = r.amount_cents AND p.currency = r.currency) AS price, bool_and(p.created_at > s.created_at AND p.created_at < :ends) AS later,
	   bool_and((p.confirmed_at > p.created_at) IS NOT DISTINCT FROM CASE WHEN p.status = 'succeeded' THEN true END) AS confirmed
FROM payments p JOIN subscriptions s ON s.id = p.subscription_id JOIN prices r ON r.id = s.price_id GROUP BY 1 ORDER BY 1;
-- Debits equal credits, for each payment that succeeded and for no other.
SELECT bool_and(total = 0 AND accounts = 3 AND debit = amount_cents) AS balanced, count(*) = (SELECT count(*) FROM payments WHERE status = 'succeeded') AS all_of_them
FROM (SELECT payment_id, sum(amount_cents) AS total, count(*) AS accounts, sum(amount_cents) FILTER (WHERE account = 'customer') AS debit,
			 max(amount_cents) FILTER (WHERE account <> 'customer') AS largest_credit FROM ledger GROUP BY 1) l JOIN payments p ON p.id = l.payment_id
WHERE largest_credit < 0;

-- Bad arguments.
\set VERBOSITY terse
SELECT perfkit_seed_marketplace(-1);
SELECT perfkit_seed_marketplace(100000000001);
SELECT perfkit_seed_marketplace(NULL);
SELECT perfkit_seed_marketplace(users => -1);
SELECT perfkit_seed_marketplace(users => 100000000001);
SELECT perfkit_seed_marketplace(users => NULL);
SELECT perfkit_seed_marketplace(random_seed => NULL);
SELECT perfkit_seed_marketplace(password_cost => 3);
SELECT perfkit_seed_marketplace(password_cost => 13);
SELECT perfkit_seed_marketplace(password_cost => NULL);
SELECT perfkit_seed_marketplace(ends_at => 'infinity');
SELECT perfkit_seed_marketplace(ends_at => NULL);
SELECT perfkit_seed_marketplace(target_schema => 'no such schema');
SELECT perfkit_generate_programs(-1);
SELECT perfkit_generate_programs(1, -1);
SELECT perfkit_generate_programs(2, 999999999999);
SELECT perfkit_generate_programs(1, ends_at => '4713-01-01 BC');
SELECT perfkit_generate_payments(1, ends_at => '294276-12-31 23:59');
SELECT perfkit_generate_users(1, password_cost => 31);
SELECT count(*) FROM perfkit_generate_programs(0);
-- Without its extensions: which message depends on what the server has.
\set VERBOSITY sqlstate
SELECT perfkit_seed_marketplace(0, 0);
SELECT perfkit_generate_users(1);
SELECT perfkit_marketplace_radii();
BEGIN READ ONLY;
SELECT perfkit_seed_marketplace();
ROLLBACK;
-- The other workloads' checks do not need them.
\set VERBOSITY default
SELECT count(*) FROM perfkit_verify_indexes('events');
SELECT DISTINCT verdict, reason FROM perfkit_verify_indexes('marketplace') WHERE check_name LIKE 'search %';
