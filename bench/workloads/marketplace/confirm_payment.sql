-- A client confirms its oldest open payment: payment, subscription and ledger, in one transaction.
-- One in fifty repeats the client's last confirmation and must have no second effect.
--
-- A client that has nothing to confirm buys something first, in a transaction like that of
-- create_subscription.sql, whose time is part of this scenario's latency: otherwise, an empty
-- transaction would count as a fast one.
\if :visit = 0
SELECT nextval('perfkit_bench_visits'::regclass) AS visit \gset
\set session_visit :client_id
\endif
\set again case when :confirmed > 0 and random(1, 50) = 1 then 1 else 0 end
\set number :confirmed + 1 - :again
\set program random(1, :programs)
\if :number > :payments
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT perfkit_bench_expect(count(*), 1::bigint)
FROM sessions s
WHERE s.token = perfkit_bench_token(:run_token::bigint, :session_stage::int, :session_visit::bigint, :session::int)
  AND s.expires_at > clock_timestamp();
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
-- The payment exists already if it is the confirmation below that is being retried.
\if :made
INSERT INTO perfkit_bench_outcomes (kind, key, effects)
VALUES ('bought to confirm', perfkit_bench_token(:run_token::bigint, :stage::int, :visit::bigint, :number::int), :made::bigint);
\endif
COMMIT;
\set payments :number
\endif
BEGIN ISOLATION LEVEL REPEATABLE READ;
WITH confirmation AS (
    UPDATE payments SET status = 'succeeded', confirmed_at = clock_timestamp()
    WHERE idempotency_key = perfkit_bench_token(:run_token::bigint, :stage::int, :visit::bigint, :number::int)
      AND status = 'requires_confirmation'
    RETURNING id
)
SELECT count(*) AS made FROM confirmation \gset
\if :made
UPDATE subscriptions s SET status = 'active', activated_at = clock_timestamp()
FROM payments p
WHERE p.idempotency_key = perfkit_bench_token(:run_token::bigint, :stage::int, :visit::bigint, :number::int)
  AND s.id = p.subscription_id;
-- The marketplace keeps a tenth of what the customer pays; the provider gets the rest.
INSERT INTO ledger_entries (payment_id, account, amount_cents, created_at)
SELECT p.id, e.account, e.amount_cents, clock_timestamp()
FROM payments p
     CROSS JOIN LATERAL (VALUES ('customer', p.amount_cents), ('provider', p.amount_cents / 10::bigint - p.amount_cents),
                                ('fees', -(p.amount_cents / 10::bigint))) AS e (account, amount_cents)
WHERE p.idempotency_key = perfkit_bench_token(:run_token::bigint, :stage::int, :visit::bigint, :number::int);
\endif
\if :again
INSERT INTO perfkit_bench_outcomes (kind, key, effects)
VALUES ('confirmation repeated', perfkit_bench_token(:run_token::bigint, :stage::int, :visit::bigint, :number::int), :made::bigint);
\else
SELECT perfkit_bench_expect(:made::bigint, 1::bigint);
\endif
COMMIT;
\set confirmed :number
\set owed 2
