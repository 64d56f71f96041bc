-- char(n) column, text parameter (Npgsql)
-- source: GitHub npgsql/npgsql #2283; pgsql-general "char(20) = text" (spinics msg166322);
--   subsquid/substrate-gateway PR #8 (id = ANY(ARRAY[...]))
-- expected: char(n) column compared with a text parameter casts the column; cast parameter to
--   bpchar/char(n), or make the column text/varchar
create table slow_table (name char(13) primary key, value text);
insert into slow_table select 'k' || i, 'v' from generate_series(1, 100000) i;
analyze slow_table;
select cases.expect($$select * from slow_table where name = 'k5'::text$$, 'value_type', index => 'slow_table_pkey', remedy => 'condition', written => $$name = 'k5'::text$$);
select cases.expect($$select * from slow_table where name = $1::text$$, 'value_type', expected_index => 'slow_table_pkey', generic => true, index => 'slow_table_pkey', rewritten => 'select * from slow_table where name = $1::bpchar');
select cases.expect($$select * from slow_table where name = any (array['k5'])$$, 'value_type', expected_index => 'slow_table_pkey', index => 'slow_table_pkey');
select cases.expect($$select * from slow_table where name = any ($1::text[])$$, 'value_type', expected_index => 'slow_table_pkey', generic => true, index => 'slow_table_pkey');
select cases.expect($$select * from slow_table where name in ('k5'::text, 'k6')$$, NULL, expected_index => 'slow_table_pkey');
select cases.expect($$select * from slow_table where name = 'k5'::char(13)$$, NULL, expected_index => 'slow_table_pkey');
select cases.expect($$select * from slow_table where name = any ($1::bpchar[])$$, NULL, expected_index => 'slow_table_pkey', generic => true);
-- join of char(n) with text
create table other (nm text); insert into other select 'k' || i from generate_series(1, 50) i; analyze other;
select cases.expect($$select * from other o join slow_table s on s.name = o.nm$$, 'join_type', expected_index => 'slow_table_pkey', min_rows => 1000, index => 'slow_table_pkey', rewritten => 'select * from other o join slow_table s on s.name = o.nm::bpchar');
