-- Kinds of plan nodes that are switched off
-- source: PostgreSQL documentation 20.7.1; dba.stackexchange answers that advise enable_nestloop
--   = off
-- expected: the settings that matter, before what follows from them; nothing where they do not
create table part (id int primary key, name text); insert into part select i, 'p' || i from generate_series(1, 50000) i;
create table line (part int, kind int); insert into line select i % 50000 + 1, i % 5000 from generate_series(1, 50000) i; create index line_kind on line (kind); analyze part, line;
select cases.expect('select p.name from line l join part p on p.id = l.part where l.kind = 7', NULL);
set enable_nestloop = off;
select cases.expect('select p.name from line l join part p on p.id = l.part where l.kind = 7', 'settings', remedy => 'statement');
select cases.expect('select * from line where kind = 7', NULL);
reset enable_nestloop; set enable_hashjoin = off; set enable_mergejoin = off;
select cases.expect('select count(*) from line l join part p on p.id = l.part', 'settings', also => '{heap_fetches}');
reset enable_mergejoin; reset enable_hashjoin; set enable_seqscan = off;
select cases.expect('select * from line where kind = 7', NULL);
-- with the setting as it should be, the table is read, and rightly so
select cases.expect('select * from line where kind > 7', 'settings', also => '{large_share}', remedy => 'statement', remains => '{large_share}');
