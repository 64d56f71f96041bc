-- topic: ORDER BY id DESC LIMIT 1 walks the primary key
-- source: https://pganalyze.com/blog/5mins-postgres-planner-order-by-limit
-- expected: cause ordered_walk on item (object_id), item_pkey; the planner hopes to meet a match
--   soon, and the matches are at the other end: an index on (object_id, id)
-- remedy: create index on item (object_id, id)
-- before: Index Scan Backward using item_pkey.*Filter
-- after: item_object_id_id_idx
-- measured: cost 0.82 to 0.65, rows 56001 to 1
create table item (id int primary key, object_id int not null, note text);
insert into item select i, case when i <= 4000 then 123 else 1000 + i % 3000 end, 'n' from generate_series(1, 60000) i;
create index item_object on item (object_id);
analyze item;
-- query:
select * from item where object_id = 123 order by id desc limit 1;
