-- Correlated columns
-- source: thesev1database.com "Correlated Column Statistics Missing"; loke.dev; hintsage
-- expected: CREATE STATISTICS (dependencies) ON city, state; under-estimate leads to a nested loop
create table customers (id serial primary key, city text, state text, zip int);
insert into customers (city, state, zip) select 'city' || i % 400, 'state' || (i % 400) / 10, 10000 + i % 400 from generate_series(1, 100000) i;
create table ship (id serial primary key, customer_id int, v int);
insert into ship (customer_id, v) select i % 100000 + 1, i from generate_series(1, 200000) i;
create index ship_c on ship (customer_id); create index cust_city on customers (city);
analyze;
-- contradictory pair: no rows, dependencies make it worse; mcv needed
select cases.expect_estimates($$select * from customers where city = 'city7' and state = 'state0'$$, 'CREATE STATISTICS %(dependencies)%');
select cases.expect_estimates($$select city, state, count(*) from customers group by city, state$$, 'CREATE STATISTICS %(ndistinct)%');
select cases.expect_estimates($$select * from customers where city = $1 and state = $2$$, 'CREATE STATISTICS%', parameters => '{city7,state0}');
