-- topic: a timestamp in a constant range, as second key of an index
-- source: https://github.com/divviup/janus/issues/714
-- expected: cause operator_class or filter_above_index on client_report (client_timestamp); <@ is
--   no operator of a B-tree: write >= and <
-- remedy: rewrite: select count(*) from client_report where task_id = 3 and client_timestamp >=
--   '2022-11-04' and client_timestamp < '2022-11-04 01:00'
-- changes result: never, with these bounds
-- versions: 15-16 (later servers turn <@ with a constant range into the two comparisons)
-- before: Filter: \(client_timestamp <@
-- after: Index Cond: .*client_timestamp >=
-- measured: cost 361.53 to 5.20, rows 0 to 0
create table client_report (task_id int, client_timestamp timestamp, report text);
insert into client_report
select i % 5, timestamp '2022-11-01' + i * interval '20 seconds', 'r' || i from generate_series(1, 50000) i;
create index client_report_task on client_report (task_id, client_timestamp);
vacuum analyze client_report;
-- query:
select count(*) from client_report
where task_id = 3 and client_timestamp <@ '[2022-11-04 00:00, 2022-11-04 01:00)'::tsrange;
