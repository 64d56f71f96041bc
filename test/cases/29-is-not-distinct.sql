-- IS NOT DISTINCT FROM; optional parameter
-- source: GitHub npgsql/efcore.pg #28, #3206; getodk/central #1139
-- expected: IS NOT DISTINCT FROM is never an index condition; use =, or (x = v or x is null) /
--   IS NULL
create table mytable (id uuid primary key, parentid uuid);
insert into mytable select md5(i::text)::uuid, case when i % 50 > 0 then md5((i % 9000)::text || 'p')::uuid end from generate_series(1, 100000) i;
create index mytable_p on mytable (parentid);
analyze mytable;
-- (From 19 on, the planner knows that it is = for a column that is not null.)
select cases.expect($$update mytable set parentid = null where id is not distinct from '015bf336-74a8-4bbd-b4cc-ecdc1fdbe996'$$, 'not_distinct_from', index => 'mytable_pkey', remedy => 'condition', written => $$id is not distinct from '015bf336-74a8-4bbd-b4cc-ecdc1fdbe996'$$)
where current_setting('server_version_num')::int < 190000;
select cases.expect($$select * from mytable where parentid is not distinct from '015bf336-74a8-4bbd-b4cc-ecdc1fdbe996'$$, 'not_distinct_from', expected_index => 'mytable_p', index => 'mytable_p', remedy => 'condition', written => $$parentid is not distinct from '015bf336-74a8-4bbd-b4cc-ecdc1fdbe996'$$);
select cases.expect($$select * from mytable where parentid is not distinct from null$$, NULL, expected_index => 'mytable_p');
select cases.expect($$select * from mytable where parentid is not distinct from $1$$, 'not_distinct_from', expected_index => 'mytable_p', generic => true, index => 'mytable_p', rewritten => 'select * from mytable where parentid = $1 or (parentid is null and $1 is null)');
select cases.expect($$select * from mytable where parentid = '015bf336-74a8-4bbd-b4cc-ecdc1fdbe996' or (parentid is null and '015bf336-74a8-4bbd-b4cc-ecdc1fdbe996' is null)$$, NULL, expected_index => 'mytable_p');
select cases.expect($$select * from mytable where ($1::uuid is null or parentid = $1)$$, 'optional_parameter', expected_index => 'mytable_p', generic => true, index => 'mytable_p');
select cases.expect($$select * from mytable where parentid = coalesce($1, parentid)$$, 'optional_parameter', expected_index => 'mytable_p', generic => true, index => 'mytable_p');
select cases.expect($$select * from mytable where case when $1::uuid is not null then parentid = $1 else true end$$, 'optional_parameter', expected_index => 'mytable_p', generic => true, index => 'mytable_p');
