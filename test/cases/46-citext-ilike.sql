-- citext, lower(), ILIKE, concat()
-- source: GitHub jOOQ #17997 (citext cast to varchar); forkbb/forkbb #8; polarsource/polar PR
--   #14325
-- expected: citext column cast to text loses its index; ILIKE / lower() need their own index
--   (lower(x) text_pattern_ops or trigram)
create extension citext;
create table member (id serial primary key, email citext, name text);
insert into member (email, name) select 'U' || i || '@x.org', 'Name ' || i from generate_series(1, 20000) i;
create index member_email on member (email); create index member_name on member (name);
analyze member;
select cases.expect($$select * from member where email::text = 'u5@x.org'$$, 'cast', expected_index => 'member_email', index => 'member_email');
select cases.expect($$select * from member where email = 'u5@x.org'::text$$, 'value_type', expected_index => 'member_email', index => 'member_email', remedy => 'condition', written => $$email = 'u5@x.org'::text$$);
select cases.expect($$select * from member where email = $1::varchar$$, 'value_type', expected_index => 'member_email', generic => true, index => 'member_email');
select cases.expect($$select * from member where email like 'u5@%'$$, 'operator_class', expected_index => 'member_email', index => 'member_email', also => '{no_index,pattern_collation}');
select cases.expect($$select * from member where lower(email) = 'u5@x.org'$$, 'function', expected_index => 'member_email', also => '{no_index}', index => 'member_email', remedy => 'statement');
select cases.expect($$select * from member where name ilike 'name 77'$$, 'operator_class', also => '{no_index}', index => 'member_name', remedy => 'statement');
select cases.expect($$select * from member where lower(name) = 'name 77'$$, 'function', also => '{no_index}', index => 'member_name', remedy => 'statement');
select cases.expect($$select * from member where upper(name) like 'NAME 77%'$$, 'function', also => '{no_index}', index => 'member_name', remedy => 'statement');
select cases.expect($$select * from member where name ~* '^name 77$'$$, 'operator_class', also => '{no_index}', index => 'member_name', remedy => 'statement');
select cases.expect($$select * from member where concat(name, ' ', email) ilike '%77@x%'$$, 'not_immutable');
select cases.expect($$select * from member where name || ' ' || email::text like 'Name 77%'$$, 'function', also => '{no_index}', index => 'member_email', remedy => 'statement');
