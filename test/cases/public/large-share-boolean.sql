-- topic: an index on a boolean that is true in nine rows of ten
-- source: https://notes.takashiidobe.com/databases/postgres/avoid-indexes-on-columns-with-low-selectivity
-- expected: nothing; most of the table is asked for (large_share). For "not activated" it is used.
-- remedy: none
-- before: Seq Scan on account
-- measured: cost 734.00, rows 40000
create table account (id int primary key, username text, activated boolean not null);
insert into account select i, md5(i::text), i % 10 > 0 from generate_series(1, 40000) i;
create index account_activated on account (activated);
analyze account;
-- query:
select * from account where activated;
