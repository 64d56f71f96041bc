-- ORDER BY with LIMIT that walks an index and filters
-- source: own
-- expected: told where few rows match, with an index that has both the condition and the order; not
--   where many do, nor where the condition is where the walk begins
create table w61 (id int primary key, status text not null, owner int not null, created timestamptz not null, name text);
insert into w61 select i, case when i > 59900 then 'new' when i % 2 = 0 then 'done' else 'failed' end, i % 1000, timestamptz '2024-01-01' + i * interval '1 min', 'n' || i from generate_series(1, 60000) i;
create index w61_created on w61 (created, id);
create index w61_owner on w61 (owner);
create table o61 (w int, x text);
insert into o61 select i, 'x' from generate_series(1, 60000) i;
create index on o61 (w);
create table part61 (id int, k int, created timestamptz not null) partition by range (created);
create table part61a partition of part61 for values from ('2024-01-01') to ('2024-02-01');
create table part61b partition of part61 for values from ('2024-02-01') to ('2025-02-01');
insert into part61 select i, i % 50, timestamptz '2024-01-01' + i * interval '1 min' from generate_series(1, 80000) i;
create index on part61 (created);
create index on part61 (k);
analyze;
select cases.expect($$select * from w61 where status = 'new' order by id limit 1 for update skip locked$$, 'ordered_walk', index => 'w61_pkey', remedy => 'statement');
select cases.expect($$select min(created) from w61 where status = 'new'$$, 'ordered_walk', index => 'w61_created', remedy => 'statement');
select cases.expect($$select max(id) from w61 where name = 'zz'$$, 'no_index', remedy => 'statement');
select cases.expect($$select * from w61 where lower(name) = 'n7' order by id limit 5$$, 'ordered_walk', remedy => 'statement');
select cases.expect($$select * from w61 join o61 on o61.w = w61.id where owner = 3 order by w61.id limit 5$$, 'ordered_walk', remedy => 'statement');
select cases.expect($$select * from part61 where k = 3 order by created desc limit 5$$, 'ordered_walk', remedy => 'statement');
select cases.expect($$update w61 set name = null where id in (select id from w61 where status = 'new' order by id limit 10 for update skip locked)$$, 'ordered_walk', remedy => 'statement');
select cases.expect($$select * from w61 where owner in (3, 4) order by id limit 5$$, 'ordered_walk',
    rewritten => $$with m as materialized (select * from w61 where owner in (3, 4)) select * from m order by id limit 5$$);
select cases.expect($$select * from w61 where owner = $1 order by id limit 1$$, 'ordered_walk', generic => true, remedy => 'statement');
select cases.expect($$select * from w61 where owner = 7 order by created desc, id desc limit 10$$, NULL);
select cases.expect($$select * from w61 where status = 'done' order by id limit 10$$, NULL);
select cases.expect($$select * from w61 where id > 59950 and owner = 3 order by id limit 5$$, NULL);
select cases.expect('select * from w61 order by id limit 5', NULL);
