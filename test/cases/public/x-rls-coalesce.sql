-- topic: an index on COALESCE of two dates cannot be used below row security
-- source: https://github.com/Urigo/accounter-fullstack/issues/4341
-- expected: cause row_security on transactions (coalesce(debit_override, debit)); COALESCE is not
--   known as leakproof, so the condition waits for the policy
-- remedy: rewrite: select id from transactions where debit >= date '2026-02-01' and debit < date
--   '2026-02-03' and debit_override is null
-- role: tenant_reader
-- before: Filter: [^\n]*COALESCE
-- after: transactions_debit
-- changes result: often, rows with debit_override need a second query
-- measured: cost 989.98 to 165.44, rows 25000 to 83
create table transactions (id int primary key, owner_id int not null, debit date not null, debit_override date);
insert into transactions
select i, 1 + i % 2, date '2025-01-01' + i % 600 from generate_series(1, 50000) i;
create index transactions_effective on transactions (owner_id, coalesce(debit_override, debit));
create index transactions_debit on transactions (owner_id, debit);
alter table transactions enable row level security;
create policy tenants on transactions using (owner_id = 1);
do $$ begin if not exists (select from pg_roles where rolname = 'tenant_reader') then create role tenant_reader; end if; end $$;
grant select on transactions to tenant_reader;
analyze transactions;
-- query:
select id from transactions where coalesce(debit_override, debit) >= date '2026-02-01'
and coalesce(debit_override, debit) < date '2026-02-03';
