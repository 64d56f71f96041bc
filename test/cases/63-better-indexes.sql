-- An index is used, but only by a part of the conditions
-- source: own
-- expected: columns behind a range, or that the index lacks, with the index that has them, where
--   that is much better; nothing where the index that is used finds little more than is wanted
create table e63 (nid int not null, room int not null, is_state boolean not null, kind text not null, at timestamptz not null, body text);
insert into e63 select i, i % 3000, i % 2 = 0, 'k' || i % 7, timestamptz '2024-01-01' + i * interval '1 min', repeat('b', 40) from generate_series(1, 60000) i;
create index e63_nid_room on e63 (nid, room);
create index e63_kind on e63 (kind);
vacuum analyze e63;
select cases.expect('select * from e63 where nid <= 39000 and room = 77', 'key_position', index => 'e63_nid_room', remedy => 'statement');
select cases.expect('select * from e63 where nid between 100 and 30000 and room in (77, 78)', 'key_position', index => 'e63_nid_room', remedy => 'statement');
select cases.expect('update e63 set body = $$x$$ where nid > 10000 and room = 77', 'key_position', index => 'e63_nid_room', remedy => 'statement');
select cases.expect('select * from e63 where nid between 100 and 110 and room = 77', NULL);
select cases.expect('select * from e63 where room = 77 and nid = 5', NULL);
select cases.expect($$select * from e63 where kind = 'k3' and room = 77$$, 'filter_above_index', index => 'e63_kind', remedy => 'statement');
select cases.expect($$select * from e63 where kind = 'k3' and lower(body) = 'x'$$, 'filter_above_index', index => 'e63_kind', remedy => 'statement');
select cases.expect($$select * from e63 where kind = 'k3' and at > '2024-02-11 14:00'$$, 'filter_above_index', index => 'e63_kind', remedy => 'statement');
select cases.expect($$select * from e63 where kind = 'k3' and body is not null$$, NULL);
select cases.expect($$select * from e63 where kind = 'k3' and is_state$$, NULL);
create view v63 as select nid, kind, room from e63 where is_state;
select cases.expect($$select * from v63 where kind = 'k3' and room = 78$$, 'filter_above_index', index => 'e63_kind', remedy => 'statement');
create table sub63 as select i as id, md5(i::text) as name from generate_series(1, 30000) i;
create table one63 (id int primary key, owner int);
insert into one63 select i, i from generate_series(1, 30000) i;
analyze sub63, one63;
select cases.expect($$select from one63 where id = 77 and owner = (select id from sub63 where name = 'x')$$, 'no_index', remedy => 'statement');
