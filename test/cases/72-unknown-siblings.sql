-- Values and numbers of rows that are not known when the query is planned
-- source: Citus #1869, TimescaleDB #4768; PostgreSQL documentation of CREATE FUNCTION, ROWS
-- expected: said to be a guess, and only where another number would give another plan
create table item (id int primary key, name text); insert into item select i, 'i' || i from generate_series(1, 30000) i;
create table orders (item int, state text, at int); insert into orders select i % 30000 + 1, case when i % 2000 = 0 then 'new' when i % 2 = 0 then 'done' else 'failed' end, i from generate_series(1, 60000) i;
create index orders_state on orders (state); create index orders_at on orders (at);
create table setting (state text); insert into setting values ('new'); analyze item, orders, setting;
set max_parallel_workers_per_gather = 0;
select cases.expect('select i.name from orders o join item i on i.id = o.item where o.state = (select state from setting)', 'unknown_value', also => '{small_table,whole_table,large_share}', min_rows => 100);
select cases.expect('select i.name from orders o join item i on i.id = o.item where o.state = $1', 'unknown_value', generic => true);
-- all values are about as frequent
select cases.expect('select * from orders where at % 2 = 0 and state = ''done''', NULL);
-- functions
create function few() returns setof int language plpgsql stable as 'begin return next 7; end';
create function many() returns setof int language plpgsql stable rows 2 as 'begin return next 7; end';
select cases.expect('select * from few() f (id) join item using (id)', 'function_rows', min_rows => 100);
select cases.expect('select * from item where id in (select few from few())', 'function_rows', min_rows => 100);
select cases.expect('update item set name = ''x'' from few() f (id) where item.id = f.id', 'function_rows', min_rows => 100);
select cases.expect('select * from many() f (id) join item using (id)', NULL, min_rows => 100);
select cases.expect('select * from unnest(array[7, 8]) f (id) join item using (id)', NULL, min_rows => 100);
select cases.expect('select * from regexp_split_to_table(''7,8'', '','') f (id) join item on item.id = f.id::int', 'function_rows', min_rows => 100);
