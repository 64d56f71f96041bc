-- topic: a load has changed the table since ANALYZE
-- source: https://github.com/Snowflake-Labs/pg_lake/pull/352
-- expected: cause statistics_stale on data_file (added); analyzed when it had 500 rows with one
--   value, the load's rows are not expected: ANALYZE
-- remedy: analyze data_file
-- before: Nested Loop
-- after: Hash Join
-- measured: cost 12.61 to 1897.71, rows 79001 to 80002
create table data_file (id int, added int not null);
create table column_stat (file_id int primary key, low int, high int);
insert into column_stat select i, i, i + 9 from generate_series(1, 40000) i;
insert into data_file select i, 1 from generate_series(1, 500) i;
create index data_file_added on data_file (added);
analyze data_file, column_stat;
insert into data_file select i, 2 from generate_series(501, 40000) i;
-- query:
select f.id, s.low from data_file f join column_stat s on s.file_id = f.id where f.added = 2;
