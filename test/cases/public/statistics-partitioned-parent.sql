-- topic: autovacuum analyzes partitions, not the partitioned table
-- source: https://github.com/pgpartman/pg_partman/issues/456
-- expected: cause statistics_missing on reading; without statistics of the parent, 200 distinct
--   values are assumed for GROUP BY, and 20,000 are there: ANALYZE the parent
-- remedy: analyze reading
-- before: (Aggregate|Group)[^\n]*rows=200\b
-- after: (Aggregate|Group)[^\n]*rows=(19\d\d\d|20\d\d\d)\b
-- measured: cost 736.00 to 934.00, rows 30000 to 30000
create table reading (device int not null, at int not null) partition by range (at);
create table reading_1 partition of reading for values from (0) to (15000);
create table reading_2 partition of reading for values from (15000) to (40000);
insert into reading select i % 20000, i from generate_series(1, 30000) i;
analyze reading_1; analyze reading_2;
-- query:
select device, count(*) from reading group by device;
