-- Index used in part, numeric parameter (HammerDB)
-- source: GitHub TPC-Council/HammerDB #194
-- expected: third key compared as numeric: only two keys in the index condition, the rest is a
--   filter; declare the parameter integer
create table customer56 (c_w_id int, c_d_id int, c_id int, c_first text);
insert into customer56 select 1 + i / 30000, 1 + (i / 3000) % 10, i % 3000, 'f' || i from generate_series(0, 119999) i;
create unique index customer_i1 on customer56 (c_w_id, c_d_id, c_id);
vacuum analyze customer56;
select cases.expect('select c_first from customer56 where c_w_id = 2 and c_d_id = 3 and c_id = $1::numeric', 'value_type', expected_index => 'customer_i1', generic => true, index => 'customer_i1', rewritten => 'select c_first from customer56 where c_w_id = 2 and c_d_id = 3 and c_id = $1::integer');
select cases.expect('select c_first from customer56 where c_w_id = 2 and c_d_id = 3 and c_id = $1::integer', NULL, generic => true);
