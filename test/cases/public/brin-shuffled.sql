-- topic: a BRIN index on a column that is not in the table's order
-- source: https://www.cybertec-postgresql.com/en/brin-indexes-correlation-correlation-correlation/
-- expected: cause brin_correlation on measurement (sensor_time); every range of blocks holds all
--   times: a B-tree (or CLUSTER the table)
-- remedy: create index on measurement (sensor_time)
-- before: (Seq Scan|Bitmap Index Scan on measurement_brin)
-- after: Index Scan[^\n]* measurement_sensor_time_idx
-- measured: cost 1368.00 to 40.73, rows 50000 to 11
create table measurement (id int, sensor_time int, payload text);
insert into measurement select i, (i * 7919) % 50021, repeat('p', 60) from generate_series(1, 50000) i;
create index measurement_brin on measurement using brin (sensor_time);
analyze measurement;
-- query:
select id from measurement where sensor_time between 7000 and 7010;
