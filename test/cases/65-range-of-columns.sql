-- A value between two columns
-- source: own
-- expected: a range type with GiST for what may be anywhere; nothing of the kind at an end, where
--   one column is enough, nor for a range within which both columns lie
create table b65 (lo int not null, hi int not null, at_from timestamptz not null, at_to timestamptz, note text);
insert into b65 select i * 10, i * 10 + 9, timestamptz '2024-01-01' + i * interval '1 hour', timestamptz '2024-01-01' + (i + 3) * interval '1 hour', 'n' from generate_series(1, 50000) i;
create index on b65 (lo);
create index on b65 (hi);
create index on b65 (at_from, at_to);
vacuum analyze b65;
select cases.expect('select note from b65 where lo <= 250007 and hi >= 250007', 'range_of_columns', remedy => 'statement', rewritten => $$select note from b65 where int4range(lo, hi, '[]') @> 250007$$);
select cases.expect('select note from b65 where 250007 between lo and hi', 'range_of_columns', remedy => 'statement', rewritten => $$select note from b65 where int4range(lo, hi, '[]') @> 250007$$);
select cases.expect($$select note from b65 where at_from <= '2027-01-01 04:00' and at_to > '2027-01-01 04:00'$$, 'range_of_columns', remedy => 'statement', rewritten => $$select note from b65 where tstzrange(at_from, at_to) @> timestamptz '2027-01-01 04:00'$$);
select cases.expect($$select note from b65 where at_from <= '2027-01-03' and at_to >= '2027-01-02'$$, 'range_of_columns', remedy => 'statement', rewritten => $$select note from b65 where tstzrange(at_from, at_to, '[]') && tstzrange('2027-01-02', '2027-01-03', '[]')$$);
select cases.expect('update b65 set note = $$x$$ where lo <= 250007 and hi >= 250007', 'range_of_columns', remedy => 'statement', rewritten => $$update b65 set note = 'x' where int4range(lo, hi, '[]') @> 250007$$);
select cases.expect('select note from b65 where lo <= $1 and hi >= $1', 'range_of_columns', generic => true, remedy => 'statement', rewritten => $$select note from b65 where int4range(lo, hi, '[]') @> $1$$);
select cases.expect('select note from b65 where lo <= 499900 and hi >= 499900', NULL);
select cases.expect('select note from b65 where lo >= 499000 and hi <= 499900', NULL);
