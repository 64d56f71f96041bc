-- topic: ORDER BY id DESC NULLS LAST on a primary key, which has no nulls
-- source: https://dba.stackexchange.com/questions/254731
-- expected: cause sort_order on sales (id); the index has NULLS FIRST in that direction, and the
--   planner does not use that the column is not null
-- remedy: rewrite: select id, paid from sales order by id desc limit 10
-- before: Sort.*Seq Scan on sales
-- after: sales_pkey
-- versions: 15-17
-- measured: cost 1850.51 to 0.61, rows 50000 to 10
create table sales (id int primary key, paid numeric);
insert into sales select i, i % 100 from generate_series(1, 50000) i;
analyze sales;
-- query:
select id, paid from sales order by id desc nulls last limit 10;
