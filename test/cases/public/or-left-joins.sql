-- topic: rows with a match in one of two optional tables
-- source: https://www.postgresql.org/message-id/attachment/46614/StarSchemaOR
-- expected: cause or_two_tables on red (item), blue (item); all rows are joined before the OR is
--   tested: IN with a UNION of both tables
-- remedy: rewrite: select * from big where id in (select big_id from red where item = 'item777'
--   union select big_id from blue where item = 'item777')
-- before: Filter: .*OR
-- after: red_item.*blue_item.*big_pkey
-- measured: cost 1916.65 to 33.29, rows 65006 to 4
create table big (id int primary key, note text);
insert into big select i, 'note ' || i from generate_series(1, 40000) i;
create table red (item text, big_id int, primary key (item, big_id));
insert into red select 'item' || i, i % 40000 + 1 from generate_series(1, 10000) i;
create table blue (item text, big_id int, primary key (item, big_id));
insert into blue select 'item' || i, (i + 7) % 40000 + 1 from generate_series(1, 15000) i;
create index red_item on red (item); create index blue_item on blue (item);
create index red_big on red (big_id); create index blue_big on blue (big_id);
analyze big, red, blue;
-- query:
select distinct big.* from big left join red on red.big_id = big.id left join blue on blue.big_id = big.id
where red.item = 'item777' or blue.item = 'item777';
