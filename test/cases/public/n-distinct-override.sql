-- topic: a migration set n_distinct = -1 on a column that is not unique
-- source: https://github.com/backstage/backstage/pull/35400
-- expected: cause n_distinct or heap_fetches on search (entity_id); one row is expected for each
--   entity, 200 are there: set the measured value, or reset it, and ANALYZE
-- remedy: alter table search alter column entity_id reset (n_distinct)
-- remedy: analyze search
-- before: search_entity[^\n]*rows=1\b
-- after: search_entity[^\n]*rows=[12]\d\d\b
-- measured: cost 41.64 to 887.11, rows 1000 to 1000
create table search (entity_id int, key text, value text);
insert into search select i % 250, 'key' || i % 200, 'v' || i from generate_series(1, 50000) i;
create index search_entity on search (entity_id);
alter table search alter column entity_id set (n_distinct = -1);
analyze search;
-- query:
select e from generate_series(1, 5) e join search s on s.entity_id = e;
