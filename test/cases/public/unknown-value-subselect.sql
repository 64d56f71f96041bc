-- topic: job = (SELECT 20) reads the tables, job = 20 uses the indexes
-- source: https://github.com/timescale/timescaledb/issues/4768
-- expected: cause unknown_value on data (job); the planner does not run the subselect and assumes
--   an average job, which has a quarter of the rows: give the value
-- remedy: rewrite: select d.value, s.name from data d join sensor s on s.id = d.sensor where d.job
--   = 20
-- before: data_job[^\n]*rows=12500 |data d[^\n]*rows=12500\b
-- before: Seq Scan on sensor
-- after: Nested Loop.*data_job.*sensor_pkey
-- measured: cost 1173.25 to 421.32, rows 20052 to 102
create table data (sensor int, job int not null, value numeric);
insert into data select i % 20000 + 1, case when i % 1000 = 0 then 20 else i % 3 end, i from generate_series(1, 50000) i;
create index data_job on data (job);
create table sensor (id int primary key, name text);
insert into sensor select i, 'sensor ' || i from generate_series(1, 20000) i;
analyze data, sensor;
-- query:
select d.value, s.name from data d join sensor s on s.id = d.sensor where d.job = (select 20);
