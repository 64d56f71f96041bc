-- topic: name search over 187 publishers
-- source: https://github.com/Metron-Project/metron/pull/568
-- expected: nothing; the source measures no gain of an index for this size (small_table)
-- remedy: none
-- before: Seq Scan on publisher
-- measured: cost 4.80, rows 187
create extension pg_trgm;
create table publisher (id int primary key, name text not null);
insert into publisher select i, 'Publisher ' || i from generate_series(1, 187) i;
create index publisher_name on publisher using gin (upper(name) gin_trgm_ops);
analyze publisher;
-- query:
select id from publisher where upper(name) like upper('%lisher 18%');
