-- topic: a function's parameter is numeric, and the last column of the index is integer
-- source: https://github.com/TPC-Council/HammerDB/issues/194
-- expected: cause value_type on customer (c_id); the index is used for its first columns, and
--   c_id is cast and only filtered
-- remedy: rewrite: select c_last from customer where c_w_id = 8 and c_d_id = 3 and c_id = 2998
-- before: Filter: [^\n]*numeric
-- after: Index Cond: [^\n]*c_id
-- measured: cost 712.93 to 8.44, rows 3000 to 1
create table customer (c_w_id int, c_d_id int, c_id int, c_last text);
insert into customer select w, d, c, 'name ' || c from generate_series(1, 10) w, generate_series(1, 3) d, generate_series(1, 3000) c;
create unique index customer_i1 on customer (c_w_id, c_d_id, c_id);
analyze customer;
-- query:
select c_last from customer where c_w_id = 8 and c_d_id = 3 and c_id = 2998::numeric;
