-- A user subscribes to a program: the subscription, and the payment intent with its idempotency
-- key, in one transaction. A client that has not logged in yet has a session from an earlier visit.
--
-- One in fifty repeats the client's last request with the same key, and must have no second effect.
-- The counter of requests is increased only after one has succeeded, so that pgbench sends the same
-- key when it retries a transaction. Repeatable read is enough: keys are unique, and of two
-- concurrent transactions with the same key, the second gets a serialization failure. (Serializable
-- transactions would fail without such a reason while the tables are small, because predicate locks
-- are on whole pages.)
\if :visit = 0
SELECT nextval('perfkit_bench_visits'::regclass) AS visit \gset
\set session_visit :client_id
\endif
\set again case when :payments > 0 and random(1, 50) = 1 then 1 else 0 end
\set number :payments + 1 - :again
\set program random(1, :programs)
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT perfkit_bench_expect(count(*), 1::bigint)
FROM sessions s
WHERE s.token = perfkit_bench_token(:run_token::bigint, :session_stage::int, :session_visit::bigint, :session::int)
  AND s.expires_at > clock_timestamp();
-- confirm_payment.sql has the same statement.
WITH request AS (
    SELECT s.user_id, b.program_id, b.price_id, r.amount_cents, r.currency,
           perfkit_bench_token(:run_token::bigint, :stage::int, :visit::bigint, :number::int) AS key
    FROM sessions s
         JOIN perfkit_bench_programs b ON b.number = :program::int
         JOIN prices r ON r.id = b.price_id
    WHERE s.token = perfkit_bench_token(:run_token::bigint, :session_stage::int, :session_visit::bigint, :session::int)
), subscription AS (
    INSERT INTO subscriptions (id, user_id, program_id, price_id, status, created_at)
    SELECT gen_random_uuid(), q.user_id, q.program_id, q.price_id, 'incomplete', clock_timestamp()
    FROM request q
    WHERE NOT EXISTS (SELECT FROM payments p WHERE p.idempotency_key = q.key)
    RETURNING id
), intent AS (
    INSERT INTO payments (id, subscription_id, user_id, amount_cents, currency, status, idempotency_key, created_at)
    SELECT gen_random_uuid(), n.id, q.user_id, q.amount_cents, q.currency, 'requires_confirmation', q.key, clock_timestamp()
    FROM subscription n, request q
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING id
)
SELECT count(*) AS made FROM intent \gset
\if :again
INSERT INTO perfkit_bench_outcomes (kind, key, effects)
VALUES ('creation repeated', perfkit_bench_token(:run_token::bigint, :stage::int, :visit::bigint, :number::int), :made::bigint);
\else
SELECT perfkit_bench_expect(:made::bigint, 1::bigint);
\endif
COMMIT;
\set payments :number
\set owed 2
