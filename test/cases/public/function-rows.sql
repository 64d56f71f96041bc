-- topic: a function that returns one row is estimated to return 1000
-- source: https://github.com/citusdata/citus/pull/1869
-- expected: cause function_rows on chosen_parts(); the planner assumes 1000 rows and reads the
--   whole table: declare ROWS
-- remedy: alter function chosen_parts() rows 2
-- before: Seq Scan on part
-- after: Nested Loop.*part_pkey
-- measured: cost 571.88 to 16.88, rows 20000 to 2
create table part (id int primary key, name text);
insert into part select i, 'part ' || i from generate_series(1, 20000) i;
create function chosen_parts() returns setof int language plpgsql stable
as 'begin return next 77; return next 78; end';
analyze part;
-- query:
select p.* from chosen_parts() c join part p on p.id = c;
