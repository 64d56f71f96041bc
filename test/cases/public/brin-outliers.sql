-- topic: a BRIN index with good correlation, but a few outliers in most block ranges
-- source: https://hakibenita.com/postgresql-correlation-brin-multi-minmax
-- expected: cause brin_correlation on event (happened); outliers widen the ranges' minimum and
--   maximum, correlation does not tell: minmax_multi_ops
-- remedy: drop index event_brin
-- remedy: create index event_brin on event using brin (happened int4_minmax_multi_ops) with
--   (pages_per_range = 8)
-- before: Bitmap Index Scan on event_brin
-- after: Bitmap Index Scan on event_brin
-- measured: cost 850.79 to 854.79, rows 59856 to 464
create table event (id int, happened int, payload text);
insert into event
select i, case when i % 300 = 0 then 60000 when i % 300 = 1 then 0 else i end, repeat('p', 100)
from generate_series(1, 60000) i;
create index event_brin on event using brin (happened) with (pages_per_range = 8);
analyze event;
-- query:
select id from event where happened between 30000 and 30020;
