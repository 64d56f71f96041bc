-- topic: the newest events by COALESCE(valid_at, created_at), each column with an index
-- source: https://github.com/RailsEventStore/rails_event_store/issues/1919
-- expected: cause sort_expression on event (coalesce(valid_at, created_at)); indexes on the
--   columns do not give that order
-- remedy: create index event_as_of on event ((coalesce(valid_at, created_at)) desc, id desc)
-- before: Sort.*Seq Scan on event
-- after: event_as_of
-- measured: cost 1461.70 to 2.92, rows 30000 to 50
create table event (id int primary key, valid_at timestamp, created_at timestamp not null);
insert into event
select i, case when i % 10 = 0 then timestamp '2020-01-01' + i * interval '1 hour' end,
  timestamp '2020-01-01' + i * interval '1 minute'
from generate_series(1, 30000) i;
create index on event (valid_at);
create index on event (created_at);
analyze event;
-- query:
select * from event order by coalesce(valid_at, created_at) desc, id desc limit 50;
