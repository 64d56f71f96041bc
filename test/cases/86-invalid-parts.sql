-- Indexes that are invalid: of a partitioned table that waits for partitions, and failed builds
-- source: PostgreSQL's documentation of partitioning (CREATE INDEX ON ONLY); our own siblings
-- expected: which partitions lack their part, and the statements that complete the index; for a
--   unique index, how to find the duplicates
create table reading86 (device int not null, at int not null, note text) partition by range (at);
create table "Reading 1" partition of reading86 for values from (0) to (20000);
create table reading86_2 (note text, at int not null, device int not null);
alter table reading86 attach partition reading86_2 for values from (20000) to (40000);
create table reading86_3 partition of reading86 for values from (40000) to (60000) partition by range (at);
create table reading86_3a partition of reading86_3 for values from (40000) to (60000);
insert into reading86 select i % 5000, i, 'n' || i from generate_series(1, 59999) i;
create index reading86_device on only reading86 (device, at desc) where at > -1;
create index reading86_1 on "Reading 1" (device, at desc) where at > -1;
alter index reading86_device attach partition reading86_1;
create index reading86_note on only reading86 using gin (note gin_trgm_ops);
analyze reading86;
select cases.expect('select * from reading86 where device = 77 and at > 0', 'invalid_index', index => 'reading86_device', remedy => 'statement');
select cases.expect($$select * from reading86 where note like '%777%'$$, 'invalid_index', index => 'reading86_note', remedy => 'statement');
select cases.expect('select * from reading86 where note = $1', 'invalid_index', generic => true, also => '{no_index,operator_class}');
create table dup86 (a int, b int, c text);
insert into dup86 select i / 2, i, 'c' from generate_series(1, 40000) i;
-- error: could not create unique index "dup86_a"
create unique index concurrently dup86_a on dup86 (a, lower(c)) where b is not null;
analyze dup86;
select cases.expect('select * from dup86 where a = 7 and b is not null', 'invalid_index');
-- The query that the remedy names finds them.
do $$
declare
    query text := (select substring(remedy from 'SELECT .*count\(\*\) > 1') from perfkit_diagnose('select * from dup86 where a = 7 and b is not null') limit 1);
    n bigint;
begin
    execute format('select count(*) from (%s) d', query) into n;
    if n <> 19999 then
        raise exception '% duplicates: %', n, query;
    end if;
end $$;
-- The remedy has counted them, or says that there are none; of a large table only in its first
-- pages, where it may have found none, and only for those who may read the table.
create function check86(query text, wanted text) returns void language plpgsql as $$
declare
    said text := (select remedy from perfkit_diagnose(query) limit 1);
begin
    if said not like wanted then
        raise exception '%: %', query, said;
    end if;
end $$;
select check86('select * from dup86 where a = 7 and b is not null',
    '%19999 keys occur more than once, such as (a, lower(c))=(1, c) in 2 rows. Then run REINDEX INDEX CONCURRENTLY dup86_a,%');
create table once86 (id int, note text);
create table inherits86 () inherits (once86);
insert into once86 select i, 'n' from generate_series(1, 10000) i;
insert into once86 values (5);
-- error: could not create unique index "once86_id"
create unique index concurrently once86_id on once86 (id);
delete from once86 where id = 5 and note is null;
insert into inherits86 values (7, 'another index would have it');
create table large86 (id int, note text);
insert into large86 select greatest(i, 3), repeat('x', 700) from generate_series(1, 20000) i;
-- error: could not create unique index "large86_id"
create unique index concurrently large86_id on large86 (id);
create table late86 (id int, note text);
insert into late86 select least(i, 19999), repeat('x', 700) from generate_series(1, 20000) i;
-- error: could not create unique index "late86_id"
create unique index concurrently late86_id on late86 (id);
create role regress_perfkit_86;
grant select (id) on once86 to regress_perfkit_86;
grant select (note), update on large86 to regress_perfkit_86;
analyze once86, large86, late86;
select check86('select id from only once86 where id = 7', '%. No key occurs more than once.');
select check86('select * from large86 where id = 7',
    '%: in the first pages of the table alone, 1 key occurs more than once, such as (id)=(3) in 3 rows. Then run %');
select check86('select * from late86 where id = 7', '%. That fails while there are duplicates, which %');
set role regress_perfkit_86;
select check86('select id from only once86 where id = 7', '%. No key occurs more than once.');
reset role;
alter table once86 enable row level security;
set role regress_perfkit_86;
select check86('select id from only once86 where id = 7', '%. That fails while there are duplicates, which %');
reset role;
drop owned by regress_perfkit_86;
drop role regress_perfkit_86;
