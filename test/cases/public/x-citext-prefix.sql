-- topic: LIKE with a prefix on a citext column, with an index that has text_pattern_ops
-- source: https://dba.stackexchange.com/questions/105244
-- expected: cause operator_class on people (name); LIKE of citext ignores case,
--   which no B-tree operator class of text knows: index lower(name), and write that
-- remedy: create index people_lower on people (lower(name::text) text_pattern_ops)
-- remedy: analyze people
-- remedy: rewrite: select id, name from people where lower(name::text) like 'abc%'
-- before: Seq Scan on people
-- after: people_lower
-- measured: cost 625.00 to 8.44, rows 30000 to 7
create extension if not exists citext;
create table people (id int primary key, name citext);
insert into people select i, md5(i::text) from generate_series(1, 30000) i;
create index people_name on people (name text_pattern_ops);
analyze people;
-- query:
select id, name from people where name like 'abc%';
