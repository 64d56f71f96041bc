-- Collation of index and query
-- source: runebook.dev "Why your PostgreSQL index is not used: collations"; sorokin.engineer
--   postgres_collation
-- expected: the index has another collation than the comparison or sort: same COLLATE in both
create table products52 (id serial primary key, name varchar(255), code text collate "C");
insert into products52 (name, code) select 'item' || i, 'c' || i from generate_series(1, 60000) i;
create index p52_name on products52 (name); create index p52_code on products52 (code);
analyze products52;
select cases.expect($$select * from products52 where name > 'item9999' collate "C"$$, 'collation', expected_index => 'p52_name', also => '{no_index}', index => 'p52_name', remedy => 'statement');
select cases.expect($$select * from products52 order by name collate "C" limit 5$$, 'collation', expected_index => 'p52_name', also => '{no_index}', index => 'p52_name', remedy => 'statement');
select cases.expect($$select * from products52 order by name collate "C" limit 5$$, 'collation', also => '{no_index}', index => 'p52_name', remedy => 'statement');
select cases.expect($$select * from products52 order by code collate "default" limit 5$$, 'collation', expected_index => 'p52_code', also => '{no_index}', index => 'p52_code', remedy => 'statement');
select cases.expect($$select * from products52 where code collate "default" = 'c77'$$, 'collation', expected_index => 'p52_code', also => '{no_index}', index => 'p52_code', remedy => 'statement');
select cases.expect($$select * from products52 a join products52 b on a.name = b.code collate "default" where a.id = 5$$, 'collation', expected_index => 'p52_code', also => '{no_index}', index => 'p52_code', remedy => 'statement');
select cases.expect($$select * from products52 where code like 'c77%'$$, NULL, expected_index => 'p52_code');
