-- topic: an index made with ON ONLY is invalid until every partition has one
-- source: https://www.postgresql.org/docs/current/ddl-partitioning.html
-- expected: cause invalid_index or no_index on reading (device); the partitioned index is invalid,
--   and reading_1 lacks an index: make and attach it
-- remedy: create index reading_1_device on reading_1 (device)
-- remedy: alter index reading_device attach partition reading_1_device
-- before: Seq Scan on reading_1.*reading_2_device
-- after: reading_1_device.*reading_2_device
-- measured: cost 356.85 to 35.69, rows 20003 to 8
create table reading (device int not null, at int not null) partition by range (at);
create table reading_1 partition of reading for values from (0) to (20000);
create table reading_2 partition of reading for values from (20000) to (40000);
insert into reading select i % 5000, i from generate_series(1, 39999) i;
create index reading_device on only reading (device);
create index reading_2_device on reading_2 (device);
alter index reading_device attach partition reading_2_device;
analyze reading;
-- query:
select * from reading where device = 77;
