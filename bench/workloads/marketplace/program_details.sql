-- What a user sees who picks a program: the program and its provider, and its prices.
\set program random(1, :programs)
SELECT p.id, p.title, p.description, p.postcode, p.min_age, p.max_age, p.price, p.status, v.name AS provider, v.email
FROM perfkit_bench_programs b
     JOIN programs p ON p.id = b.program_id
     JOIN providers v ON v.id = p.provider_id
WHERE b.number = :program::int;
SELECT r.id, r.plan, r.amount_cents, r.currency
FROM perfkit_bench_programs b JOIN prices r ON r.program_id = b.program_id
WHERE b.number = :program::int AND r.active
ORDER BY r.amount_cents;
\set owed 1
