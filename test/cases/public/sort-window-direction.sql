-- topic: the newest row of each group by row_number(), the index has the other direction
-- source: https://dba.stackexchange.com/questions/317886
-- expected: cause sort_order on history (schedule, id desc); (schedule, id) read backward turns
--   both directions: an index on (schedule, id DESC)
-- remedy: create index on history (schedule, id desc)
-- remedy: vacuum history
-- before: Sort Key: [^\n]*schedule, [^\n]*id DESC
-- after: (?!.*Sort).*Index Only Scan using history_schedule_id_idx1
-- measured: cost 6559.60 to 3856.41, rows 0 to 0
create table history (id int primary key, schedule text not null, note text);
insert into history select i, 'schedule' || i % 6000, repeat('n', 50) from generate_series(1, 60000) i;
create index on history (schedule, id);
vacuum analyze history;
-- query:
select * from (select id, schedule, row_number() over (partition by schedule order by id desc) as rn from history) h
where rn = 1;
