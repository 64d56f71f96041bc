-- Statistics that are missing or old, and where that does not matter
-- source: thebuild.com 2017 "Estimates stuck at 200 rows?"; PostgreSQL documentation 14.4.6,
--   24.1.3 (autovacuum analyzes neither temporary nor partitioned tables)
-- expected: ANALYZE, where the estimate is wrong by a sample; nothing where it is right
create table account (id int primary key, name text); insert into account select i, 'a' || i from generate_series(1, 60000) i; analyze account;
-- a staging table, updated from in the same transaction
create table staging (account int, flag bool); insert into staging select i, true from generate_series(1, 20000) i;
select cases.expect('update account a set name = ''x'' from staging s where s.account = a.id and s.flag', 'statistics_missing', also => '{no_index,large_share}', remedy => 'statement');
-- a column that was added after ANALYZE of a partitioned table's partitions: the parent has nothing
create table reading (device int not null, day int not null, v int) partition by list (day);
create table reading_1 partition of reading for values in (1); create table reading_2 partition of reading for values in (2);
insert into reading select i % 15000, i % 2 + 1, i from generate_series(1, 40000) i; analyze reading_1; analyze reading_2;
select cases.expect('select distinct device from reading', 'statistics_missing', remedy => 'statement');
select cases.expect('select count(*) from reading', 'whole_table');
analyze reading;
select cases.expect('select device, sum(v) from reading group by device', 'whole_table');
-- an index on an expression, analyzed
create table person (name text, born date); insert into person select 'Name ' || i, date '1950-01-01' + i % 20000 from generate_series(1, 40000) i; analyze person;
create index person_lower on person (lower(name));
select cases.expect('select * from person where lower(name) = ''name 77''', NULL, expected_index => 'person_lower');
-- old statistics that are right for the condition
create table log (id int primary key, kind int); insert into log select i, i % 10 from generate_series(1, 20000) i; create index log_kind on log (kind); analyze log;
insert into log select i, i % 10 from generate_series(20001, 60000) i;
select cases.expect('select * from log where kind <> 3 and kind >= 0', 'large_share', also => '{statistics_stale}');
