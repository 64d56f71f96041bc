-- date_trunc, AT TIME ZONE, extract, arithmetic
-- source: GitHub timescale/timescaledb #1790; Worklenz #398; adempiere #4148; ankane/groupdate
--   #248; anitagraser/TimeManager #211
-- expected: range on the column instead of date_trunc/extract/to_char/AT TIME ZONE; expression
--   only if immutable
create table tasks (id bigint primary key, end_date timestamptz, d date, n int);
insert into tasks select i, timestamptz '2023-01-01' + i * interval '7 minutes', date '2023-01-01' + i / 200, i from generate_series(1, 100000) i;
create index tasks_end on tasks (end_date); create index tasks_d on tasks (d); create index tasks_n on tasks (n);
analyze tasks;
select cases.expect($$select * from tasks where date_trunc('day', end_date) = '2023-03-03'$$, 'not_immutable', index => 'tasks_end');
select cases.expect($$select * from tasks where date_trunc('day', end_date at time zone 'Europe/Oslo') = '2023-03-03'$$, 'function', also => '{no_index}', index => 'tasks_end', remedy => 'statement');
select cases.expect($$select * from tasks where (end_date at time zone 'Europe/Oslo')::date = '2023-03-03'$$, 'cast', also => '{no_index}', index => 'tasks_end', remedy => 'statement');
select cases.expect($$select * from tasks where extract(year from d) = 2023 and extract(month from d) = 2$$, 'function', index => 'tasks_d', rewritten => $$select * from tasks where d >= '2023-02-01' and d < '2023-03-01'$$);
select cases.expect($$select * from tasks where cast(d as character varying) < '2023-01-02'$$, 'not_immutable', index => 'tasks_d');
select cases.expect($$select * from tasks where to_char(d, 'YYYY-MM-DD') = '2023-02-03'$$, 'not_immutable', index => 'tasks_d');
select cases.expect($$select * from tasks where n + 1 = 500$$, 'arithmetic', index => 'tasks_n', remedy => 'condition', written => 'n + 1 = 500');
select cases.expect($$select * from tasks where n * 2 = 500$$, 'arithmetic', also => '{no_index}', index => 'tasks_n', remedy => 'statement');
select cases.expect($$select * from tasks where n % 50000 = 7$$, 'function', also => '{no_index}', index => 'tasks_n', remedy => 'statement');
select cases.expect($$select * from tasks where abs(n) = 7$$, 'function', also => '{no_index}', index => 'tasks_n', remedy => 'statement');
select cases.expect($$select * from tasks where -n = -7$$, 'arithmetic', index => 'tasks_n', remedy => 'condition', written => '-n = -7');
select cases.expect($$select * from tasks where n::text = '7'$$, 'cast', index => 'tasks_n', remedy => 'condition', written => $$n::text = '7'$$);
select cases.expect($$select * from tasks where extract(epoch from end_date) > 1800000000$$, 'not_immutable', index => 'tasks_end', rewritten => 'select * from tasks where end_date > to_timestamp(1800000000)');
