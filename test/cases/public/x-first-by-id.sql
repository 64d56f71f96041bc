-- topic: an ORM's find adds ORDER BY id to a query for one row
-- source: https://github.com/greenriver/hmis-warehouse/pull/3652
-- expected: cause ordered_walk on members (id); the walk by id finds the only rows at its end
-- remedy: rewrite: select * from members where universe_id = 77 order by universe_id limit 1
-- changes result: often, another row of the same universe
-- before: members_pkey
-- after: members_universe
-- measured: cost 6.64 to 3.82, rows 99001 to 1
create table members (id int primary key, universe_id int not null, pad text);
insert into members select i, case when i > 99000 then 77 else i % 76 end, repeat('x', 250) from generate_series(1, 100000) i;
create index members_universe on members (universe_id);
analyze members;
-- query:
select * from members where universe_id = 77 order by id limit 1;
