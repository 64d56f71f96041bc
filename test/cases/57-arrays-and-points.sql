-- Indexes that hypopg does not support are advised as those that it does, with hypopg and without.
-- https://dba.stackexchange.com/questions/27481/is-there-a-way-to-usefully-index-a-text-column-containing-regex-patterns
-- https://github.com/HypoPG/hypopg/issues/97
-- Expected: the index that serves, once per scan, also through a view and of a partition.
create table posts57 (id int, tags text[], at point, body jsonb, title text);
insert into posts57 select i, array['a' || i % 2000, 'b'], point(i % 100, i / 100), jsonb_build_object('k', i), md5(i::text) from generate_series(1, 20000) i;
analyze posts57;
create view titles57 as select id as post, title as name, tags as labels from posts57;
select cases.expect($$select * from posts57 where tags @> array['a9']$$, 'no_index', remedy => 'statement');
select cases.expect($$select post from titles57 where labels && array['a9', 'a10']$$, 'no_index', remedy => 'statement');
select cases.expect($$select post from titles57 where name ilike '%abc1%'$$, 'no_index', remedy => 'statement');
select cases.expect($$select * from posts57 where at <@ box(point(1, 1), point(3, 3))$$, 'no_index', remedy => 'statement');
select cases.expect($$select * from posts57 where body @> '{"k": 7}'$$, 'no_index', remedy => 'statement');
select cases.expect($$delete from posts57 where tags @> array['a9']$$, 'no_index', remedy => 'statement');
