-- random_page_cost; enable_* settings
-- source: openillumi.com (after a Stack Overflow question); exobench.ai "Why does PostgreSQL
--   skip my index"; thesev1database "random_page_cost miscalibrated"
-- expected: on SSD lower random_page_cost to 1.1: planner then takes the index
create table orders35 (id int primary key, customer int, total numeric, pad text);
insert into orders35 select i, (i * 7919::bigint) % 10000, i, repeat('x', 10) from generate_series(1, 200000) i;
create index orders35_c on orders35 (customer);
analyze orders35;
set max_parallel_workers_per_gather = 0;
set random_page_cost = 1.1;
reset random_page_cost;
select cases.expect('select * from orders35 where customer between 1 and 5500', 'cost_settings');
select cases.expect('select * from orders35 where customer between 1 and 5500', 'cost_settings', expected_index => 'orders35_c');
-- settings that hide the index
set enable_indexscan = off; set enable_bitmapscan = off; set enable_indexonlyscan = off;
select cases.expect('select * from orders35 where customer = 7', 'settings');
reset all; set max_parallel_workers_per_gather = 0; set random_page_cost = 1.1;
select cases.expect('select * from orders35 where customer between 1 and 5500', NULL, expected_index => 'orders35_c');
