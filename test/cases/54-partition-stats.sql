-- Partitioned parent without statistics; range not carried over a join
-- source: thebuild.com 2017 "Estimates stuck at 200 rows?"; Stack Overflow 23565435
--   (constraints not passed in join)
-- expected: the partitioned parent has no statistics of its own (autovacuum does not analyze
--   it): ANALYZE the parent. Range condition on the partition key is not carried over a join:
--   repeat it for the other table
create table oh (order_id int not null, order_date date not null) partition by range (order_date);
create table oh_13 partition of oh for values from ('2013-01-01') to ('2014-01-01'); create table oh_14 partition of oh for values from ('2014-01-01') to ('2015-01-01');
create table ol (order_id int not null, order_date date not null, line int) partition by range (order_date);
create table ol_13 partition of ol for values from ('2013-01-01') to ('2014-01-01'); create table ol_14 partition of ol for values from ('2014-01-01') to ('2015-01-01');
insert into oh select i, date '2013-01-01' + i % 730 from generate_series(1, 40000) i; insert into ol select o.order_id, o.order_date, l from oh o, generate_series(1, 3) l;
analyze oh_13; analyze oh_14; analyze ol_13; analyze ol_14;
analyze oh;
create index on oh (order_date); create index on ol (order_date); analyze ol;
select cases.expect($$select * from oh h join ol l on h.order_id = l.order_id and h.order_date = l.order_date where h.order_date > '2014-04-01' and h.order_date < '2014-04-08'$$, 'range_not_carried');
select cases.expect($$select * from oh h join ol l on h.order_id = l.order_id and h.order_date = l.order_date where h.order_date > '2014-04-01' and h.order_date < '2014-04-08' and l.order_date > '2014-04-01' and l.order_date < '2014-04-08'$$, NULL);
