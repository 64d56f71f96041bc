-- topic: a self join in a view, filtered with BETWEEN
-- source: https://dba.stackexchange.com/questions/291421
-- expected: cause range_not_carried on measure m2 (mdate); only equality is carried over a join:
--   repeat the range for the other table
-- remedy: rewrite: select m1.mdate, m1.measurement, m2.measurement as other from measure m1 left
--   join measure m2 on m1.mdate = m2.mdate and m2.mdate between '2021-05-11' and '2021-05-30' where
--   m1.mdate between '2021-05-11' and '2021-05-30'
-- before: Seq Scan on measure m2
-- after: (?!.*Seq Scan).*measure m2
-- measured: cost 1224.44 to 399.98, rows 30604 to 1204
create table measure (mdate date not null, measurement numeric);
insert into measure select date '2021-01-01' + i % 1000, i from generate_series(1, 30000) i;
create index measure_mdate on measure (mdate);
create view paired_measure as
select m1.mdate, m1.measurement, m2.measurement as other
from measure m1 left join measure m2 on m1.mdate = m2.mdate;
analyze measure;
-- query:
select * from paired_measure where mdate between '2021-05-11' and '2021-05-30';
