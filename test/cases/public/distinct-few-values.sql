-- topic: the distinct queue names of a large table
-- source: https://github.com/rails/solid_queue/pull/730
-- expected: cause distinct on ready_execution (queue_name); DISTINCT reads the whole index, it does
--   not skip to the next value: a recursive CTE
-- remedy: rewrite: with recursive t as ((select queue_name from ready_execution order by queue_name
--   limit 1) union all select (select queue_name from ready_execution where queue_name >
--   t.queue_name order by queue_name limit 1) from t where t.queue_name is not null) select
--   queue_name from t where queue_name is not null
-- changes result: when queue_name is null: it is not listed
-- before: (HashAggregate|Unique).*(Seq Scan|Index Only Scan)
-- after: Recursive Union.*Index Only Scan
-- measured: cost 896.05 to 37.48, rows 50000 to 0
create table ready_execution (id int primary key, queue_name text not null);
insert into ready_execution select i, 'queue' || i % 5 from generate_series(1, 50000) i;
create index ready_execution_queue on ready_execution (queue_name);
vacuum analyze ready_execution;
-- query:
select distinct queue_name from ready_execution;
