-- value = ANY(array column) (EF Core, Avram)
-- source: GitHub npgsql/efcore.pg #460, #1372, #3862; luckyframework/avram #968; yipyip
--   Phoenix-API-Toolkit PR #45
-- expected: value = ANY(arraycol) cannot use GIN; write arraycol @> ARRAY[value]
create table users17 (id serial primary key, tags text[], nums int[]);
insert into users17 (tags, nums) select array['a' || i % 4000, 'b' || i % 7], array[i, i + 1] from generate_series(1, 60000) i;
create index users17_tags on users17 using gin (tags);
analyze users17;
select cases.expect($$select * from users17 where 'a9' = any(tags)$$, 'any_array', index => 'users17_tags', rewritten => $$select * from users17 where tags @> array['a9']$$);
select cases.expect($$select * from users17 where 'a9' = any(tags)$$, 'any_array', expected_index => 'users17_tags', index => 'users17_tags');
select cases.expect($$select * from users17 where tags @> array['a9']$$, NULL, expected_index => 'users17_tags');
select cases.expect($$select * from users17 where array_position(tags, 'a9') is not null$$, 'function_not_operator', expected_index => 'users17_tags', index => 'users17_tags');
select cases.expect($$select * from users17 where tags && $1$$, NULL, expected_index => 'users17_tags', generic => true);
select cases.expect($$select * from users17 where '{8,9}' @> array[id]$$, 'reversed_array', rewritten => 'select * from users17 where id = any (''{8,9}''::int[])');
select cases.expect($$select * from users17 where tags[1] = 'a9'$$, 'function', expected_index => 'users17_tags', also => '{no_index}', index => 'users17_tags', remedy => 'statement');
