-- topic: the history of one account: the GIN index is passed over for the order
-- source: https://github.com/formancehq/ledger/pull/1409
-- expected: cause ordered_walk on transactions (sources), transactions_pkey; the matching rows are
--   sparse and old: fence the filter with a MATERIALIZED CTE
-- remedy: rewrite: with d as materialized (select * from transactions where sources @>
--   '["users:alice"]') select id, note from d order by id desc limit 16
-- before: Index Scan Backward using transactions_pkey.*Filter
-- after: Bitmap Index Scan on transactions_sources
-- measured: cost 15.51 to 397.70, rows 38516 to 1500
create table transactions (id int primary key, sources jsonb not null, note text);
insert into transactions
select i, jsonb_build_array(case when i <= 1500 then 'users:alice' else 'users:u' || i % 500 end), 'n'
from generate_series(1, 40000) i;
create index transactions_sources on transactions using gin (sources jsonb_path_ops);
analyze transactions;
-- query:
select id, note from transactions where sources @> '["users:alice"]' order by id desc limit 16;
