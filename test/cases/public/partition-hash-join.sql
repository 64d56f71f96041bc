-- topic: partitions of a join partner are not pruned, a scalar subquery's are
-- source: https://www.mejorcodigo.com/p/161648.html (a copy of a Stack Overflow question)
-- expected: cause partition_join or unknown on dir (volume_id); with a hash join all partitions are
--   read: a scalar subquery gives a value by which partitions are removed at run time
-- remedy: rewrite: select d.id, d.path from dir d where d.volume_id = (select id from volume where
--   name = 'vol2')
-- changes result: when several volumes have the name (error)
-- before: Hash Join.*Seq Scan on dir_0.*Seq Scan on dir_1.*Seq Scan on dir_2
-- after: InitPlan
-- measured: cost 174.05 to 151.04, rows 6005 to 2003
create table volume (id bigint primary key, name text unique);
insert into volume values (1, 'vol1'), (2, 'vol2'), (3, 'vol3');
create table dir (id int, volume_id bigint, path text) partition by hash (volume_id);
create table dir_0 partition of dir for values with (modulus 3, remainder 0);
create table dir_1 partition of dir for values with (modulus 3, remainder 1);
create table dir_2 partition of dir for values with (modulus 3, remainder 2);
insert into dir select i, i % 3 + 1, 'path' || i from generate_series(1, 6000) i;
analyze volume, dir;
-- query:
select d.id, d.path from dir d join volume v on v.id = d.volume_id where v.name = 'vol2';
