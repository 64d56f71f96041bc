-- topic: only the second column of the index is restricted
-- source: https://github.com/supabase/agent-skills/issues/367
-- expected: cause key_position on orders (created_at); the index has it behind status: an index on
--   the column itself
-- remedy: create index on orders (created_at)
-- versions: 15-17 (from 18 on, a skip scan reads few pages of the index)
-- before: Seq Scan on orders|Index Cond: \(created_at >
-- after: orders_created_at_idx
-- measured: cost 932.00 to 9.71, rows 50000 to 81
create table orders (id int, status text not null, created_at timestamp not null);
insert into orders
select i, (array['new', 'paid', 'sent', 'done'])[i % 4 + 1], timestamp '2024-01-01' + i * interval '1 minute'
from generate_series(1, 50000) i;
create index orders_status_created on orders (status, created_at);
analyze orders;
-- query:
select * from orders where created_at > '2024-02-04 16:00';
