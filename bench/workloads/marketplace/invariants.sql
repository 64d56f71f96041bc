-- What must be true after a load, no matter how its clients ended: rows (name, ok, detail).
--
-- Sessions and payments of this run have names that begin with run_token, stage, visit and number
-- (perfkit_bench_token()). They are compared with the log only when it is complete: clients that
-- were killed took their part of it with them. Stage 0, the warm-up, is in no log.
--
-- Searches do not record what they find, which would add writes to reads. Programs do not change
-- during the load, so a search finds the same afterwards. Here, each search that the load could
-- send is sent again and compared with the distances of all programs, computed without an index.
-- That takes about a second for each 200,000 distances, so in large tables only one place is
-- checked.
--
-- A function of somebody else's in the search path that matches the arguments exactly would be
-- called instead of one that takes any type, so calls of those name their schema, and operators
-- have operands of exactly the types that the server's own take.
SELECT (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'postgis') AS postgis,
       'perfkit-' || :run_token || '-' AS prefix, pg_catalog.length('perfkit-' || :run_token || '-') + 1 AS after_prefix
\gset

CREATE TEMP TABLE paid ON COMMIT DROP AS
SELECT p.id, p.subscription_id, p.amount_cents, p.status, p.idempotency_key AS key, p.confirmed_at, s.status AS subscription_status,
       split_part(pg_catalog.substr(p.idempotency_key, :after_prefix), '-', 1)::int AS stage
FROM payments p LEFT JOIN subscriptions s ON s.id = p.subscription_id
WHERE starts_with(p.idempotency_key, :'prefix');
CREATE TEMP TABLE booked ON COMMIT DROP AS
SELECT p.id, pg_catalog.count(l.payment_id) AS entries, coalesce(sum(l.amount_cents), 0) AS balance,
       coalesce(sum(l.amount_cents) FILTER (WHERE l.account = 'customer'), 0) AS debit
FROM paid p LEFT JOIN ledger_entries l ON l.payment_id = p.id
GROUP BY p.id;
CREATE TEMP TABLE outcome ON COMMIT DROP AS
SELECT kind, key, effects, split_part(pg_catalog.substr(key, :after_prefix), '-', 1)::int AS stage
FROM perfkit_bench_outcomes
WHERE starts_with(key, :'prefix');
CREATE TEMP TABLE begun ON COMMIT DROP AS
SELECT id, token, split_part(pg_catalog.substr(token, :after_prefix), '-', 1)::int AS stage
FROM sessions
WHERE starts_with(token, :'prefix');

-- Distances on the sphere give the order and those on the spheroid the radius, as in the search.
CREATE TEMP TABLE measured ON COMMIT DROP AS
SELECT c.place, p.id, p.status, p.min_age, p.max_age, :postgis.ST_Distance(p.location, c.centre, true) AS metres,
       :postgis.ST_Distance(p.location, c.centre, false) AS on_sphere
FROM (SELECT place, perfkit_bench_centre(place) AS centre FROM generate_series(1, 5) AS place
      WHERE place <= greatest(1::bigint, 1000000 / greatest((SELECT count(*) FROM programs), 1))
      OFFSET 0) AS c
     CROSS JOIN programs p;
CREATE TEMP TABLE search ON COMMIT DROP AS
SELECT place, age_group, low, high
FROM (SELECT DISTINCT place FROM measured) AS p
     CROSS JOIN (VALUES (1, 0, 2), (2, 3, 4), (3, 5, 7), (4, 8, 12), (5, 13, 17)) AS g (age_group, low, high);
CREATE TEMP TABLE found ON COMMIT DROP AS
SELECT s.place, s.age_group, f.program_id, row_number() OVER (PARTITION BY s.place, s.age_group ORDER BY m.on_sphere) AS rank,
       m.on_sphere, m.metres, m.status = 'active' AND m.min_age <= s.high AND m.max_age >= s.low AS fits
FROM search s
     CROSS JOIN LATERAL perfkit_bench_search(s.place, s.age_group, 10000::float8) AS f
     LEFT JOIN measured m ON m.place = s.place AND m.id = f.program_id;
CREATE TEMP TABLE nearest ON COMMIT DROP AS
SELECT place, age_group, id, rank, on_sphere
FROM (SELECT s.place, s.age_group, m.id, m.metres, m.on_sphere,
             row_number() OVER (PARTITION BY s.place, s.age_group ORDER BY m.on_sphere) AS rank
      FROM search s JOIN measured m ON m.place = s.place AND m.status = 'active' AND m.min_age <= s.high AND m.max_age >= s.low) AS n
WHERE rank <= 50 AND metres <= 10000::float8;

WITH logged AS (
    SELECT s.scenario, coalesce(pg_catalog.sum(c.succeeded), 0::numeric)::bigint AS transactions
    FROM :perfkit.perfkit_runs r
         CROSS JOIN LATERAL pg_catalog.unnest(r.scenarios) WITH ORDINALITY AS s (scenario, position)
         LEFT JOIN :perfkit.perfkit_run_counts(:run_id::bigint) c ON c.scenario = s.position
    WHERE r.run_id = :run_id AND s.scenario IN ('login', 'create_subscription', 'confirm_payment')
    GROUP BY s.scenario
), stored AS (
    SELECT 'login' AS scenario, (SELECT count(*) FROM begun WHERE stage > 0)
                                + (SELECT count(*) FROM outcome WHERE stage > 0 AND kind = 'refused') AS effects
    UNION ALL
    SELECT 'create_subscription', (SELECT count(*) FROM paid WHERE stage > 0)
                                  + (SELECT coalesce(sum(CASE kind WHEN 'creation repeated' THEN 1 WHEN 'bought to confirm' THEN -1 ELSE 0 END), 0)
                                     FROM outcome WHERE stage > 0)
    UNION ALL
    SELECT 'confirm_payment', (SELECT count(*) FROM paid WHERE stage > 0 AND status = 'succeeded')
                              + (SELECT count(*) FROM outcome WHERE stage > 0 AND kind = 'confirmation repeated')
)
SELECT 'every idempotency key has one payment, with a subscription of its own' AS name,
       count(*) = pg_catalog.count(DISTINCT key) AND count(*) = pg_catalog.count(DISTINCT subscription_id) AS ok,
       pg_catalog.format('%s payments, %s keys, %s subscriptions', count(*), pg_catalog.count(DISTINCT key),
                         pg_catalog.count(DISTINCT subscription_id)) AS detail
FROM paid
UNION ALL
SELECT 'every confirmed payment is booked once and its subscription is active, and no other is',
       count(*) FILTER (WHERE wrong) = 0,
       pg_catalog.format('%s of %s payments confirmed%s', count(*) FILTER (WHERE status = 'succeeded'), count(*),
                         CASE WHEN count(*) FILTER (WHERE wrong) > 0
                              THEN pg_catalog.format('; %s are not booked as they should be, such as %s with %s entries',
                                                     count(*) FILTER (WHERE wrong), min(key) FILTER (WHERE wrong),
                                                     min(entries) FILTER (WHERE wrong)) END)
FROM (SELECT p.status, p.key, b.entries,
             CASE WHEN p.status = 'succeeded'
                  THEN b.entries <> 3 OR b.debit <> p.amount_cents::numeric OR p.confirmed_at IS NULL OR p.subscription_status IS DISTINCT FROM 'active'
                  ELSE b.entries <> 0 OR p.confirmed_at IS NOT NULL OR p.subscription_status IS DISTINCT FROM 'incomplete' END AS wrong
      FROM paid p JOIN booked b ON b.id = p.id) AS payment
UNION ALL
SELECT 'debits equal credits, in each payment and in all',
       count(*) FILTER (WHERE balance <> 0::numeric) = 0 AND coalesce(sum(balance), 0) = 0::numeric,
       pg_catalog.format('%s cents debited%s', coalesce(sum(debit), 0),
                         CASE WHEN count(*) FILTER (WHERE balance <> 0::numeric) > 0
                              THEN pg_catalog.format('; %s payments are off, by %s cents in all', count(*) FILTER (WHERE balance <> 0::numeric),
                                                     sum(balance)) END)
FROM booked
UNION ALL
SELECT 'a request that is sent again has no second effect', coalesce(sum(effects), 0) = 0::numeric,
       pg_catalog.format('%s were, %s of them with an effect', count(*), count(*) FILTER (WHERE effects <> 0))
FROM outcome
WHERE kind IN ('creation repeated', 'confirmation repeated')
UNION ALL
SELECT 'no session begins with a wrong password', count(*) FILTER (WHERE token ~ 'wrong') = 0,
       pg_catalog.format('%s sessions, %s of them with a wrong password, and %s logins refused', count(*),
                         count(*) FILTER (WHERE token ~ 'wrong'), (SELECT count(*) FROM outcome WHERE kind = 'refused'))
FROM begun
UNION ALL
SELECT 'what succeeded in the log is in the tables, and nothing else is', coalesce(bool_and(l.transactions = s.effects), true),
       coalesce(string_agg(CASE WHEN l.transactions = s.effects THEN pg_catalog.format('%s %s', l.transactions, l.scenario)
                                ELSE pg_catalog.format('%s in the log and %s in the tables of %s', l.transactions, s.effects, l.scenario) END,
                           ', ' ORDER BY l.scenario), 'no scenario of this run writes')
FROM logged l JOIN stored s ON s.scenario = l.scenario
WHERE :complete
HAVING :complete
UNION ALL
SELECT 'no search finds a program beyond its radius, or of another age or status', count(*) FILTER (WHERE (fits AND metres <= 10000::float8) IS NOT TRUE) = 0,
       pg_catalog.format('%s programs found%s', count(*),
                         CASE WHEN count(*) FILTER (WHERE (fits AND metres <= 10000::float8) IS NOT TRUE) > 0
                              THEN pg_catalog.format('; %s should not be, such as %s at %s m',
                                                     count(*) FILTER (WHERE (fits AND metres <= 10000::float8) IS NOT TRUE),
                                                     pg_catalog.min(program_id::text) FILTER (WHERE (fits AND metres <= 10000::float8) IS NOT TRUE),
                                                     pg_catalog.round(max(metres)::numeric)) END)
FROM found
UNION ALL
-- Programs may be equally far, so distances are compared, to the millimetre, and not programs.
SELECT 'a search finds the nearest 50 programs there are', count(*) FILTER (WHERE wrong) = 0,
       pg_catalog.format('%s searches compared with all distances%s', (SELECT count(*) FROM search),
                         CASE WHEN count(*) FILTER (WHERE wrong) > 0
                              THEN pg_catalog.format('; %s ranks differ', count(*) FILTER (WHERE wrong)) END)
FROM (SELECT (abs(f.on_sphere - n.on_sphere) < 0.001::float8) IS NOT TRUE AS wrong
      FROM found f FULL JOIN nearest n ON n.place = f.place AND n.age_group = f.age_group AND n.rank = f.rank) AS compared;
