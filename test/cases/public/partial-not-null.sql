-- topic: an index only of the rows with an altitude, a query by time
-- source: https://github.com/red-4/curious-moon/issues/30
-- expected: cause partial_predicate on reading (time_stamp) where altitude is not null; the query
--   does not say that altitude is not null
-- remedy: create index on reading (time_stamp)
-- before: Seq Scan on reading
-- after: reading_time_stamp_idx
-- measured: cost 1082.00 to 9.13, rows 50000 to 39
create table reading (id int, time_stamp timestamp, altitude numeric, mass int);
insert into reading
select i, timestamp '2015-12-19' + i * interval '1 second', case when i % 4 = 0 then i end, i % 99
from generate_series(1, 50000) i;
create index idx_stamps on reading (time_stamp) where altitude is not null;
analyze reading;
-- query:
select * from reading
where time_stamp > '2015-12-19 05:48:55' and time_stamp < '2015-12-19 05:49:35';
