-- topic: a new tree is imported into a table that many trees share
-- source: https://github.com/gramps-project/addons-source/pull/1024
-- expected: cause statistics_stale on event (treeid); the new tenant is unknown to the statistics,
--   and less than a tenth of the rows, so that autovacuum does not analyze the table
-- remedy: analyze event
-- remedy: analyze event_ref
-- before: rows=1 w
-- after: Hash Join
-- measured: cost 16.76 to 920.89, rows 1127250 to 3000
create table event (treeid text not null, handle text not null, pad text, primary key (treeid, handle));
create table event_ref (treeid text not null, handle text not null, ref text not null);
create index event_ref_tree on event_ref (treeid);
insert into event select 'tree ' || i % 20, 'event ' || i, repeat('x', 40) from generate_series(1, 40000) i;
insert into event_ref select 'tree ' || i % 20, 'event ' || i, 'person ' || i % 9 from generate_series(1, 40000) i;
analyze event, event_ref;
insert into event select 'new', 'event ' || i, repeat('x', 40) from generate_series(1, 1500) i;
insert into event_ref select 'new', 'event ' || i, 'person ' || i % 9 from generate_series(1, 1500) i;
do $$ begin perform pg_stat_force_next_flush(); end $$;
-- query:
select count(*) from event_ref r join event e on e.treeid = r.treeid and e.handle = r.handle where r.treeid = 'new' and e.treeid = 'new';
