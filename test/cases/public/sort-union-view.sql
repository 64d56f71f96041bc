-- topic: ORDER BY and LIMIT on a view with UNION ALL, one arm of which is a join
-- source: https://stackoverflow.com/questions/57376467
-- expected: cause above_set_operation on t2 (updated); the arm with the join is not flattened,
--   and is sorted as a whole: ORDER BY and LIMIT in each arm
-- remedy: rewrite: (select t1.id, t1.n, t1.updated, null as x from t1 order by updated desc limit
--   10) union all (select t2.id, t2.n, t2.updated, a.x from t2 left join aux2 a on a.id = t2.id
--   order by updated desc limit 10) order by updated desc limit 10
-- before: Sort.*Seq Scan on t2
-- after: Index Scan[^\n]* using i2 on t2
-- measured: cost 1395.71 to 3.04, rows 30003 to 13
create table t1 (id int, n int, updated timestamp);
create table t2 (id int, n int, updated timestamp);
create table aux2 (id int, x text);
insert into t1 select i, i, timestamp '2019-01-01' + i * interval '1 minute' from generate_series(1, 10000) i;
insert into t2 select i, i, timestamp '2019-01-01' + i * interval '1 minute' from generate_series(1, 20000) i;
insert into aux2 select i, 'x' || i from generate_series(1, 10000) i;
create index i1 on t1 (updated); create index i2 on t2 (updated); create index auxi2 on aux2 (id);
create view directory as
select t1.id, t1.n, t1.updated, null as x from t1
union all
select t2.id, t2.n, t2.updated, a.x from t2 left join aux2 a on a.id = t2.id;
analyze t1, t2, aux2;
-- query:
select * from directory order by updated desc limit 10;
