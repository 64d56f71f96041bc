-- What the scripts need, before the load: variables, a row (name, value) each; functions that hide
-- where PostGIS and pgcrypto are installed; and two small tables.
--
--     perfkit_bench_search()    the search, as an application would write it. The scripts cannot
--                               name the schemas of PostGIS's functions and operators, and through
--                               a pooler they have no search_path of their own. A BEGIN ATOMIC body
--                               is bound when the function is created, and the planner inlines it,
--                               so it plans the same query as if the script contained it
--     perfkit_bench_programs    programs to look at and to buy, by number
--     perfkit_bench_outcomes    outcomes that leave no other row: logins that were refused, and
--                               requests that were repeated
--
-- They remain, and the next run replaces them.
--
-- Arguments have exactly the types that the server's own functions and operators take, so that no
-- other function in the search path matches better.

SELECT (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'postgis') AS postgis,
       (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'pgcrypto') AS pgcrypto
\gset

-- Who can log in: perfkit's own users, whose passwords follow from their numbers.
SELECT u.users, u.others, coalesce(u.last + 1 = u.users, false) AS contiguous,
       EXISTS (SELECT FROM programs p JOIN prices r ON r.program_id = p.id
               WHERE p.status = 'active' AND r.active) AS has_offers
FROM (SELECT count(number) AS users, count(*) - count(number) AS others, max(number) AS last
      FROM (SELECT pg_catalog.substring(email, '^user([0-9]{1,15})@example[.]com$')::bigint AS number FROM users) AS numbered) AS u
\gset
SELECT v.name, v.reason
FROM (VALUES ('refuse', 'table users has no rows, so there is no login; seed it by running without --no-seed',
              :users + :others = 0),
             ('refuse', pg_catalog.format('table users has %s rows, but not perfkit''s own user0@example.com, user1@example.com ... without a gap, whose passwords are known; seed it by running without --no-seed',
                                          :users + :others),
              :users + :others > 0 AND NOT :'contiguous'::boolean),
             ('refuse', 'there is no active program with an active price, so there is nothing to find or to buy; seed the tables by running without --no-seed',
              NOT :'has_offers'::boolean)) AS v (name, reason, applies)
WHERE v.applies;
SELECT :users + :others = 0 OR NOT :'contiguous'::boolean OR NOT :'has_offers'::boolean AS refused
\gset
\if :refused
\quit
\endif

-- How long a password takes here, at the highest cost of a stored hash: the fastest of five,
-- because whatever else runs can only make it slower.
SELECT pg_catalog.substring(u.password_hash, '^[$]2[a-z]?[$]([0-9][0-9])[$]')::int AS password_cost, u.password_hash AS sample_hash
FROM users u
WHERE u.email ~ '^user[0-9]+@example[.]com$'
ORDER BY 1 DESC NULLS FIRST LIMIT 1
\gset
\if :{?password_cost}
\else
SELECT 'refuse', 'the passwords in table users are not hashed by bcrypt (crypt() with gen_salt(''bf'')), which the scenario login is about';
\quit
\endif
SELECT pg_catalog.min(extract(epoch FROM h.after - h.before) * 1000::numeric) AS password_ms
FROM (SELECT clock_timestamp() AS before, :pgcrypto.crypt('perfkit-' || i::text, :'sample_hash' || pg_catalog.repeat('', i)) AS hash,
             clock_timestamp() AS after
      FROM generate_series(1, 5) AS i
      OFFSET 0) AS h
WHERE h.hash IS NOT NULL
\gset
SELECT (u.password_hash = :pgcrypto.crypt('perfkit-0'::text, u.password_hash)) IS NOT TRUE AS refused
FROM users u WHERE u.email = 'user0@example.com'
\gset
\if :refused
SELECT 'refuse', 'the password of user0@example.com is not the one that perfkit''s seeder gives it; seed the tables again, in a schema of their own';
\quit
\endif

\if :pooled
\else
BEGIN;
\endif

CREATE SEQUENCE IF NOT EXISTS perfkit_bench_visits;
CREATE UNLOGGED TABLE IF NOT EXISTS perfkit_bench_programs (number int PRIMARY KEY, program_id uuid NOT NULL, price_id uuid NOT NULL);
CREATE UNLOGGED TABLE IF NOT EXISTS perfkit_bench_outcomes (kind text NOT NULL, key text NOT NULL, effects bigint NOT NULL);
COMMENT ON TABLE perfkit_bench_programs IS 'What the scripts of perfkit run marketplace look at and buy; filled again by each run.';
COMMENT ON TABLE perfkit_bench_outcomes IS 'What transactions of perfkit run marketplace did that leave no other row; emptied by each run.';
DELETE FROM perfkit_bench_programs;
DELETE FROM perfkit_bench_outcomes;

-- Up to 10,000 programs from all over the table, each with its cheapest price.
SELECT least(100, 5000000::double precision / greatest(reltuples, 1)::double precision) AS percent
FROM pg_class WHERE oid = 'programs'::regclass
\gset
CREATE TEMP TABLE offer AS
SELECT p.id AS program_id, r.id AS price_id, p.postcode, p.location
FROM programs p TABLESAMPLE SYSTEM (:percent) REPEATABLE (42)
     CROSS JOIN LATERAL (SELECT id FROM prices WHERE program_id = p.id AND active ORDER BY amount_cents, id LIMIT 1) AS r
WHERE p.status = 'active';
-- The sample of a small table that has grown since ANALYZE may be empty.
INSERT INTO offer
SELECT p.id, r.id, p.postcode, p.location
FROM programs p
     CROSS JOIN LATERAL (SELECT id FROM prices WHERE program_id = p.id AND active ORDER BY amount_cents, id LIMIT 1) AS r
WHERE p.status = 'active' AND NOT EXISTS (SELECT FROM offer)
LIMIT 10000;
INSERT INTO perfkit_bench_programs
SELECT row_number() OVER (ORDER BY hashtext(program_id::text), program_id), program_id, price_id
FROM (SELECT * FROM offer ORDER BY hashtext(program_id::text), program_id LIMIT 10000) AS chosen;

-- The centres of five postcodes: the mean position of their programs. If there are fewer postcodes,
-- some are used twice.
SELECT max(longitude) FILTER (WHERE number = 1) AS longitude_1, max(latitude) FILTER (WHERE number = 1) AS latitude_1,
       max(longitude) FILTER (WHERE number = 2) AS longitude_2, max(latitude) FILTER (WHERE number = 2) AS latitude_2,
       max(longitude) FILTER (WHERE number = 3) AS longitude_3, max(latitude) FILTER (WHERE number = 3) AS latitude_3,
       max(longitude) FILTER (WHERE number = 4) AS longitude_4, max(latitude) FILTER (WHERE number = 4) AS latitude_4,
       max(longitude) FILTER (WHERE number = 5) AS longitude_5, max(latitude) FILTER (WHERE number = 5) AS latitude_5
FROM (SELECT wanted AS number, longitude, latitude
      FROM generate_series(1, 5) AS wanted
           JOIN (SELECT row_number() OVER (ORDER BY programs DESC, postcode) AS place, count(*) OVER () AS places, *
                 FROM (SELECT postcode, count(*) AS programs, avg(:postgis.ST_X(CAST(location AS :postgis.geometry))) AS longitude,
                              avg(:postgis.ST_Y(CAST(location AS :postgis.geometry))) AS latitude
                       FROM offer GROUP BY postcode) AS postcode) AS p
             ON p.place = 1 + (wanted::bigint - 1) % p.places) AS centre
\gset

CREATE OR REPLACE FUNCTION perfkit_bench_centre(place int) RETURNS :postgis.geography
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CAST(:postgis.ST_SetSRID(:postgis.ST_MakePoint(
                    CASE place WHEN 1 THEN :longitude_1::float8 WHEN 2 THEN :longitude_2::float8 WHEN 3 THEN :longitude_3::float8
                               WHEN 4 THEN :longitude_4::float8 ELSE :longitude_5::float8 END,
                    CASE place WHEN 1 THEN :latitude_1::float8 WHEN 2 THEN :latitude_2::float8 WHEN 3 THEN :latitude_3::float8
                               WHEN 4 THEN :latitude_4::float8 ELSE :latitude_5::float8 END), 4326) AS :postgis.geography);
END;

-- The search reads the spatial index in order of distance, and stops at the fiftieth program that
-- fits or at the edge of the box around the radius, which is the one that ST_DWithin() gives to the
-- index. ST_DWithin() then decides exactly, outside of the LIMIT: what is beyond the radius comes
-- last. With ST_DWithin() inside, the planner expects a single row, because PostGIS estimates it as
-- if the radius were 0; so it reads and sorts all programs in the box, and JIT compiles the query.
-- (The operator measures on a sphere and ST_DWithin() on the spheroid; they differ by less than
-- 0.6 %.) The age groups are 0-2, 3-4, 5-7, 8-12 and 13-17.
CREATE OR REPLACE FUNCTION perfkit_bench_search(place int, age_group int, radius float8)
RETURNS TABLE (program_id uuid, title text, price numeric, min_age int, max_age int, metres float8)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT n.id, n.title, n.price, n.min_age, n.max_age,
           :postgis.ST_Distance(n.location, perfkit_bench_centre(perfkit_bench_search.place), true)
    FROM (SELECT p.id, p.title, p.price, p.min_age, p.max_age, p.location,
                 p.location OPERATOR(:postgis.<->) perfkit_bench_centre(perfkit_bench_search.place) AS distance
          FROM programs p
          WHERE p.location OPERATOR(:postgis.&&)
                :postgis._ST_Expand(perfkit_bench_centre(perfkit_bench_search.place), perfkit_bench_search.radius)
            AND p.status = 'active'
            AND p.min_age <= CASE perfkit_bench_search.age_group WHEN 1 THEN 2 WHEN 2 THEN 4 WHEN 3 THEN 7 WHEN 4 THEN 12 ELSE 17 END
            AND p.max_age >= CASE perfkit_bench_search.age_group WHEN 1 THEN 0 WHEN 2 THEN 3 WHEN 3 THEN 5 WHEN 4 THEN 8 ELSE 13 END
          ORDER BY distance
          LIMIT 50) AS n
    WHERE :postgis.ST_DWithin(n.location, perfkit_bench_centre(perfkit_bench_search.place), perfkit_bench_search.radius, true)
    ORDER BY n.distance;
END;

CREATE OR REPLACE FUNCTION perfkit_bench_crypt(password text, hash text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT :pgcrypto.crypt(perfkit_bench_crypt.password, perfkit_bench_crypt.hash);
END;

-- The name of a session or a payment, unique over all runs.
CREATE OR REPLACE FUNCTION perfkit_bench_token(run bigint, stage int, visit bigint, number int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT 'perfkit-' || run::text || '-' || stage::text || '-' || visit::text || '-' || number::text;
END;

-- An outcome other than the expected one raises a serialization failure, so it is retried, and then
-- counts as an error.
CREATE OR REPLACE FUNCTION perfkit_bench_expect(found bigint, expected bigint) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL SAFE
BEGIN ATOMIC
    SELECT :perfkit.perfkit_expect_rows(perfkit_bench_expect.found, perfkit_bench_expect.expected);
END;

SELECT right(abs(('x' || left(replace(gen_random_uuid()::text, '-', ''), 16))::bit(64)::bigint / 2)::text, 15)::bigint AS run_token
\gset
-- A session from an earlier visit for each client.
INSERT INTO sessions (id, user_id, token, created_at, expires_at)
SELECT gen_random_uuid(), u.id, perfkit_bench_token(:run_token, 0, client::bigint, 0), now(), now() + interval '30 days'
FROM generate_series(0, :clients - 1) AS client
     JOIN users u ON u.email = 'user' || (client % :users)::text || '@example.com';

DROP TABLE offer;
\if :pooled
\else
COMMIT;
\endif
ANALYZE perfkit_bench_programs;

-- Can a login keep its budget? With N clients that think for Z between transactions, of which a
-- share P are logins that hash for H, on C cores, a login takes at least N H / C - Z / P on
-- average, however fast everything else is (the asymptotic bound of a closed system). With a rate
-- R, logins need R P H cores; if there are fewer, the queue grows as long as the load lasts.
WITH stage AS (
    SELECT max(s.clients) AS clients
    FROM jsonb_to_recordset((:'load'::jsonb)->'stages'::text) AS s (clients int)
), weight AS (
    SELECT s.name, s.weight, CASE WHEN s.name IN ('login', 'create_subscription', 'confirm_payment') THEN 5::float8 ELSE 3.5::float8 END AS thinks
    FROM jsonb_to_recordset((:'load'::jsonb)->'scenarios'::text) AS s (name text, weight float8)
), budget AS (
    SELECT coalesce((SELECT b.limit_value FROM jsonb_to_recordset((:'load'::jsonb)->'budgets'::text) AS b (scenario text, metric text, limit_value float8)
                     WHERE b.scenario = 'login' AND b.metric = 'p95_ms'),
                    (SELECT b.limit_value FROM :perfkit.perfkit_budgets b
                     WHERE b.workload = 'marketplace' AND b.scenario = 'login' AND b.metric = 'p95_ms')) AS limit_ms
), load AS (
    SELECT g.clients, b.limit_ms, :password_ms::float8 AS hash_ms, :password_cost AS cost, (:'load'::jsonb->>'rate'::text)::float8 AS rate,
           CASE WHEN inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr() THEN (:'load'::jsonb->>'cores'::text)::float8 END AS cores,
           (SELECT sum(weight) FROM weight) AS weights, w.weight,
           w.weight / (SELECT sum(weight) FROM weight) AS share,
           -- one transaction in 21 is followed by no pause
           1000::float8 * 20::float8 / 21::float8 * (SELECT sum(thinks * weight) / sum(weight) FROM weight) AS think_ms
    FROM stage g, budget b, weight w
    WHERE w.name = 'login'
), demand AS (
    SELECT *, CASE WHEN rate IS NULL THEN clients::float8 / (think_ms + share * hash_ms) * 1000::float8 * share ELSE rate * share END AS logins,
           CASE WHEN rate IS NULL THEN greatest(hash_ms, clients::float8 * hash_ms / cores - think_ms / share)
                WHEN rate * share * hash_ms / 1000::float8 > cores THEN 'Infinity'
                ELSE hash_ms END AS best_ms
    FROM load
)
SELECT 'note', pg_catalog.format('passwords are bcrypt of cost %s, %s ms each on this server: %s logins a second at most take %s cores%s',
                                 cost, round(hash_ms::numeric, 1), round(logins::numeric, 1), round((logins * hash_ms / 1000::float8)::numeric, 2),
                                 CASE WHEN cores IS NULL THEN '; how many the server has is unknown, since it is on another machine'
                                      ELSE ' of ' || cores::text END)
FROM demand
UNION ALL
SELECT 'refuse', pg_catalog.format(
           'the budget of scenario login (p95 below %s ms) cannot be kept: %s clients%s make %s logins a second (weight %s of %s), and at cost %s a password takes %s ms, so they need %s of %s cores. A login would take %s on average even if the server did nothing else. What would help: %s',
           limit_ms, clients, CASE WHEN rate IS NULL THEN pg_catalog.format(' that think for %s s between transactions', round((think_ms / 1000::float8)::numeric, 2))
                                   ELSE pg_catalog.format(' at %s transactions a second', rate) END,
           round(logins::numeric, 1), weight, weights, cost, round(hash_ms::numeric, 1), round((logins * hash_ms / 1000::float8)::numeric, 1), cores,
           CASE WHEN best_ms = 'Infinity' THEN 'longer and longer' ELSE round(best_ms::numeric)::text || ' ms or more' END,
           pg_catalog.concat_ws(', or ',
               CASE WHEN cost > 4 AND ceil(log(2::numeric, (hash_ms / possible_ms)::numeric)) <= (cost - 4)::numeric
                    THEN 'passwords of cost ' || (cost::numeric - ceil(log(2::numeric, (hash_ms / possible_ms)::numeric)))::text END,
               CASE WHEN possible_ms > 0::float8 AND hash_ms < limit_ms
                    THEN greatest(cores + 1::float8, ceil((hash_ms / possible_ms * cores)::numeric)::float8)::text || ' cores' END,
               CASE WHEN rate IS NULL AND hash_ms < limit_ms
                    THEN floor((limit_ms + think_ms / share) * cores / hash_ms)::text || ' clients' END,
               CASE WHEN rate IS NOT NULL AND hash_ms < limit_ms THEN 'a rate of ' || floor(cores * 1000::float8 / hash_ms / share)::text END))
FROM (SELECT *, -- the longest time of a hash that the budget allows
             CASE WHEN rate IS NULL THEN least(limit_ms, (limit_ms + think_ms / share) * cores / clients::float8)
                  ELSE least(limit_ms, cores * 1000::float8 / (rate * share)) END AS possible_ms
      FROM demand) AS d
WHERE best_ms > limit_ms
UNION ALL
SELECT v.name, v.value
FROM (VALUES ('run_token', :'run_token'), ('users', :'users'), ('password_cost', :'password_cost'), ('password_ms', round(:password_ms, 3)::text),
             ('programs', (SELECT count(*)::text FROM perfkit_bench_programs)),
             -- of each client, while its pgbench runs: how many logins, payments and confirmations
             -- it has made, which session it is in, which visit this is, and which pause it owes
             ('logins', '0'), ('payments', '0'), ('confirmed', '0'), ('session', '0'), ('session_stage', '0'), ('session_visit', '0'), ('visit', '0'), ('owed', '3')) AS v (name, value);
