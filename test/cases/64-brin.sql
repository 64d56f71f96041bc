-- BRIN indexes that find too much, and such that do not
-- source: own
-- expected: a B-tree where the column is in another order than the table; ranges of values (multi)
--   for outliers; nothing where the index finds what is there, even if that is a little more
create table b64 (id int, at timestamptz, shuffled bigint, outlier timestamptz, near int, u uuid, pad text);
insert into b64 select i, timestamptz '2024-01-01' + i * interval '1 min', (i * 7919::bigint) % 50021,
    case when i % 500 = 0 then timestamptz '2000-01-01' when i % 500 = 1 then timestamptz '2050-01-01' else timestamptz '2024-01-01' + i * interval '1 min' end,
    i + (i * 7919) % 300, md5(i::text)::uuid, repeat('p', 60)
from generate_series(1, 50000) i;
create index b64_at on b64 using brin (at) with (pages_per_range = 16);
create index b64_shuffled on b64 using brin (shuffled) with (pages_per_range = 16);
create index b64_outlier on b64 using brin (outlier) with (pages_per_range = 16);
create index b64_near on b64 using brin (near) with (pages_per_range = 16);
create index b64_u on b64 using brin (u) with (pages_per_range = 16);
analyze b64;
select cases.expect($$select id from b64 where at between '2024-01-20' and '2024-01-20 01:00'$$, NULL);
select cases.expect($$select id from b64 where near between 7000 and 7010$$, NULL);
set enable_seqscan = off;
select cases.expect($$select id from b64 where u = '00000000-0000-0000-0000-000000000001'$$, NULL);
select cases.expect($$select id from b64 where shuffled between 7000 and 7010$$, 'brin_correlation', index => 'b64_shuffled', remedy => 'statement');
select cases.expect($$update b64 set pad = 'x' where shuffled = 7000 and id > 5$$, 'brin_correlation', index => 'b64_shuffled', remedy => 'statement');
select cases.expect($$select id from b64 where u = '80000000-0000-0000-0000-000000000001'$$, 'brin_correlation', index => 'b64_u', remedy => 'statement');
reset enable_seqscan;
select cases.expect($$select id from b64 where shuffled between 7000 and 7010$$, 'brin_correlation', index => 'b64_shuffled', remedy => 'statement');
select cases.expect($$select id from b64 where outlier between '2024-01-20' and '2024-01-20 00:10'$$, 'brin_correlation', index => 'b64_outlier', remedy => 'statement');
select cases.expect($$select id from b64 where outlier > timestamptz '2024-02-04' - interval '1 hour' and outlier < '2024-02-04'$$, 'brin_correlation', index => 'b64_outlier', remedy => 'statement');
