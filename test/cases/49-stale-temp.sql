-- Statistics out of date, temp table
-- source: datafield.dev case study 2; aubedesheros 2012 (temp table); blog.nbdawn.com; yugabyte
--   "out of range statistics"
-- expected: ANALYZE the table after the load (temp tables are never auto-analysed)
create table numbers (n int primary key, v text); insert into numbers select i, 'v' || i from generate_series(1, 100000) i; analyze numbers;
create temp table test (n int not null); insert into test values (1297);
select cases.expect('select * from numbers n join test t on n.n = t.n', 'statistics_missing', min_rows => 10000, remedy => 'statement');
analyze test;
select cases.expect('select * from numbers n join test t on n.n = t.n', NULL, min_rows => 10000);
-- bulk load after analyze
create table ev49 (id int, dev int, day date); insert into ev49 select i, i % 100, date '2023-01-01' from generate_series(1, 1000) i; create index ev49_day on ev49 (day); analyze ev49;
insert into ev49 select i, i % 100, date '2023-01-02' + i % 3 from generate_series(1, 150000) i;
select cases.expect($$select * from ev49 where day = '2023-01-01'$$, 'statistics_stale', expected_index => 'ev49_day');
analyze ev49;
-- table never analyzed at all
create table never (id int, k int); insert into never select i, i % 2 from generate_series(1, 50000) i; create index never_k on never (k);
select cases.expect('select * from never where k = 7', NULL, expected_index => 'never_k');
