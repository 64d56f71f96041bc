-- topic: IN (...) on the merged column of a FULL JOIN
-- source: https://errorhandle.ai/idiomatic-way-to-push-where-condition-through-outer-join-in-postgres (about a Stack Overflow question)
-- expected: cause above_outer_join on c1 (id), c2 (id); the merged column is COALESCE(c1.id,
--   c2.id), and only "= constant" sinks below a full join: filter both sides in subqueries
-- remedy: rewrite: select * from (select * from c1 where id in (5, 11)) c1 full join (select * from
--   c2 where id in (5, 11)) c2 using (id)
-- before: Full Join.*Filter: \(COALESCE
-- after: c1_pkey.*c2_pkey
-- measured: cost 916.26 to 25.24, rows 45000 to 2
create table c1 (id int primary key, a int);
insert into c1 select i, i from generate_series(1, 30000) i;
create table c2 (id int primary key, b int);
insert into c2 select i, i from generate_series(2, 30000, 2) i;
analyze c1, c2;
-- query:
select * from c1 full join c2 using (id) where id in (5, 11);
