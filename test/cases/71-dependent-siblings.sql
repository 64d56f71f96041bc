-- Conditions that depend on each other, and conditions that do not
-- source: PostgreSQL documentation 14.2.2; Stack Overflow and pgsql-performance on "correlated
--   columns"
-- expected: CREATE STATISTICS only where it corrects the estimate, on a copy of the table
create table car (make text not null, model text not null, year int, price int);
insert into car select 'make' || i % 50, 'model' || i % 500, 1990 + i % 31, i from generate_series(1, 60000) i;
create index car_make on car (make); analyze car;
-- the index does not make the estimate right
select cases.expect('select * from car where make = ''make7'' and model = ''model57''', 'filter_above_index', also => '{dependent_columns}', remedy => 'statement', remains => '{dependent_columns}');
create index car_both on car (make, model);
select cases.expect('select * from car where make = ''make7'' and model = ''model57''', 'dependent_columns', remedy => 'statement');
-- the other way round: no row satisfies both
select cases.expect('select * from car where make = ''make7'' and model = ''model58''', NULL);
drop index car_both;
-- independent
select cases.expect('select * from car where make = ''make7'' and year = 2001', 'filter_above_index', remedy => 'statement');
-- in a join
create table dealer (make text, id int); insert into dealer select 'make' || i % 50, i from generate_series(1, 500) i; analyze dealer;
select cases.expect('select count(*) from car c join dealer d on d.id = c.price where c.make in (''make7'', ''make8'') and c.model in (''model57'', ''model107'', ''model58'', ''model108'')', 'filter_above_index', also => '{dependent_columns,no_index}');
create statistics car_model (dependencies) on make, model from car; analyze car;
create index car_both on car (make, model);
select cases.expect('select * from car where make = ''make7'' and model = ''model57''', NULL);
-- the same on distinct values: a number that was set, and one that was not
create table visit (site int, page int); insert into visit select i % 30, i from generate_series(1, 60000) i; create index visit_site on visit (site);
alter table visit alter site set (n_distinct = -0.5); analyze visit;
select cases.expect('select count(*) from (values (1), (2)) v (k) join visit on visit.site = v.k', 'n_distinct', also => '{heap_fetches,no_index,cost_settings,large_share}', remedy => 'statement');
alter table visit alter site reset (n_distinct); analyze visit; vacuum visit;
select cases.expect('select site, count(*) from visit group by site', 'whole_table');
