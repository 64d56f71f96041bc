-- topic: why does a join of two indexed tables not use the indexes?
-- source: https://dba.stackexchange.com/questions/277981
-- expected: nothing; all rows of both tables are joined, and a hash join of sequential scans is the
--   best plan (whole_table)
-- remedy: none
-- before: Hash Join.*Seq Scan.*Seq Scan
-- measured: cost 1181.00, rows 40004
create table box (id uuid not null, note text);
insert into box select md5(i::text)::uuid, 'box' from generate_series(1, 20000) i;
create index on box (id);
create table crate (id uuid not null, note text);
insert into crate select md5((i * 2)::text)::uuid, 'crate' from generate_series(1, 20000) i;
create index on crate (id);
analyze box, crate;
-- query:
select * from box join crate on box.id = crate.id;
