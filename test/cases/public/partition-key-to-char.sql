-- topic: to_char() on the partition key
-- source: https://www.rockdata.net/tutorial/troubleshooting-partition-pruning/
-- expected: cause partition_key or no_index on visit (day); an expression prunes no partition:
--   a range of the key. (Then one partition is read, without an index.)
-- remedy: rewrite: select * from visit where day = '2024-04-15'
-- remains: no_index; the one partition that is read then has no index
-- before: Append.*visit_3.*visit_4.*visit_5
-- after: (?!.*Append).*visit_4
-- measured: cost 405.46 to 102.00, rows 18400 to 6000
create table visit (id int, day date not null) partition by range (day);
create table visit_3 partition of visit for values from ('2024-03-01') to ('2024-04-01');
create table visit_4 partition of visit for values from ('2024-04-01') to ('2024-05-01');
create table visit_5 partition of visit for values from ('2024-05-01') to ('2024-06-01');
insert into visit select i, date '2024-03-01' + i % 92 from generate_series(1, 18400) i;
analyze visit;
-- query:
select * from visit where to_char(day, 'YYYY-MM-DD') = '2024-04-15';
