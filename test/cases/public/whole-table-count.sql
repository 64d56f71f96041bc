-- topic: count(*) of a whole table is slow
-- source: https://github.com/zodb/relstorage/issues/291
-- expected: nothing; all rows have to be counted (whole_table). An estimate is in
--   pg_class.reltuples.
-- remedy: none
-- before: (Seq Scan|Index Only Scan)
-- measured: cost 746.01, rows 30000
create table object_state (zoid bigint primary key, tid bigint, state bytea);
insert into object_state select i, i / 10, convert_to(repeat('s', 50), 'UTF8') from generate_series(1, 30000) i;
vacuum analyze object_state;
-- query:
select count(*) from object_state;
