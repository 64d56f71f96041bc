-- A user logs in: bcrypt checks the password, and a session begins. Three in a hundred passwords
-- are another user's and must be refused. If one is admitted, the name of its session says so.
-- Names of sessions and payments begin with the number of the client's visit: counters start over
-- with each pgbench, of which a stage may have several.
\if :visit = 0
SELECT nextval('perfkit_bench_visits'::regclass) AS visit \gset
\set session_visit :client_id
\endif
\set who random(0, :users - 1)
\set wrong case when random(1, 100) <= 3 then 1 else 0 end
\set next :logins + 1
SELECT count(*) AS accounts,
       coalesce(max((perfkit_bench_crypt('perfkit-' || ((:who::bigint + :wrong::bigint) % 16::bigint)::text, u.password_hash)
                     = u.password_hash)::int), 0) AS admitted
FROM users u
WHERE u.email = 'user' || (:who::bigint)::text || '@example.com' \gset
\if :admitted
INSERT INTO sessions (id, user_id, token, created_at, expires_at)
SELECT gen_random_uuid(), u.id,
       perfkit_bench_token(:run_token::bigint, :stage::int, :visit::bigint, :next::int)
       || CASE WHEN :wrong::int = 1 THEN '-wrong' ELSE '' END,
       clock_timestamp(), clock_timestamp() + interval '1 day'
FROM users u
WHERE u.email = 'user' || (:who::bigint)::text || '@example.com';
\else
-- An application logs refusals, too. Refusing the right password is an error, and counts as one.
INSERT INTO perfkit_bench_outcomes (kind, key, effects)
SELECT 'refused', perfkit_bench_token(:run_token::bigint, :stage::int, :visit::bigint, :next::int), 0
WHERE perfkit_bench_expect(:wrong::bigint, 1::bigint) = 1::bigint;
\endif
\set logins :next
-- The client goes on in its new session.
\if :wrong = 0
\set session :next
\set session_stage :stage
\set session_visit :visit
\endif
\set owed 2
