-- topic: running executions first: ORDER BY CASE ...
-- source: https://github.com/n8n-io/n8n/pull/32116
-- expected: cause sort_expression on execution (case ... end, id desc); no index has the order: an
--   index on the expression. (The source's index on plain columns helps its filter, not the order.)
-- remedy: create index on execution (workflow, (case when status = 'running' then 0 else 1 end), id
--   desc)
-- before: Sort Key: \(?CASE WHEN
-- after: (?!.*Sort).*Index Scan using execution_workflow
-- measured: cost 986.41 to 3.51, rows 40000 to 20
create table execution (id int primary key, workflow int not null, status text not null, data text);
insert into execution
select i, i % 5, case when i % 500 = 0 then 'running' else 'success' end, 'd' from generate_series(1, 40000) i;
analyze execution;
-- query:
select * from execution where workflow = 3
order by case when status = 'running' then 0 else 1 end, id desc limit 20;
