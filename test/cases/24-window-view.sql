-- Condition above window, DISTINCT ON, aggregate, LIMIT views
-- source: pgsql-hackers "Planner deficiencies with views that use windowing" (adras.com
--   mirror); hossted.com case study (predicate not pushed into view with max())
-- expected: the condition on a column that is not in every PARTITION BY (or on the aggregate)
--   is not pushed into the view: all rows are read; add it to PARTITION BY / inside, or use
--   LATERAL
create table numbers (id serial primary key, v int, c int, pad text);
insert into numbers (v, c, pad) select i, i % 3000, 'x' from generate_series(1, 100000) i;
create index numbers_c on numbers (c); create index numbers_v on numbers (v);
analyze numbers;
create view nv as select id, v, c, row_number() over (partition by c order by v) as rn from numbers;
select cases.expect('select * from nv where c = 7', NULL, expected_index => 'numbers_c');
select cases.expect('select * from nv where v = 7', 'above_window');
select cases.expect('select * from nv where v = 7', 'above_window', expected_index => 'numbers_v');
create view latest as select distinct on (c) c, v, id from numbers order by c, v desc;
select cases.expect('select * from latest where id = 77', 'above_distinct');
create view sums as select c, count(*) as n from numbers group by c;
select cases.expect('select * from sums where c = 9', NULL, expected_index => 'numbers_c');
select cases.expect('select * from sums where n > 9000', 'above_aggregate');
create view lim as select * from numbers limit 1000000;
select cases.expect('select * from lim where id = 7', 'above_limit', expected_index => 'numbers_pkey');
create view un as select id, v from numbers union select id, v from numbers;
select cases.expect('select * from un where id = 7', NULL, expected_index => 'numbers_pkey');
create function f24(c int) returns setof numbers language plpgsql stable as 'begin return query select * from numbers n where n.c = f24.c; end';
