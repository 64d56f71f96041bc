-- topic: one month of a view that computes the difference to the row before
-- source: https://github.com/timescale/timescaledb/issues/6595
-- expected: cause above_window on measure (taken); the condition cannot go below lag(), which
--   sees all rows: put it into the query itself
-- remedy: rewrite: select id, taken, v - lag(v) over (order by taken) as d from measure
--   where taken >= '2024-01-01' and taken < '2024-01-02'
-- changes result: often, the first row of the month has no row before it
-- before: WindowAgg.*(Seq Scan on|Index Scan using measure_taken on) measure
-- after: Index Cond
-- measured: cost 3900.29 to 13.84, rows 60000 to 144
create table measure (id int primary key, taken timestamp not null, v int);
insert into measure select i, timestamp '2023-01-01' + i * interval '10 minutes', i % 100 from generate_series(1, 60000) i;
create index measure_taken on measure (taken);
create view measure_change as select id, taken, v - lag(v) over (order by taken) as d from measure;
analyze measure;
-- query:
select * from measure_change where taken >= '2024-01-01' and taken < '2024-01-02';
