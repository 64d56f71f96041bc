-- topic: a GIN index on int[] is ignored since the extension intarray is there
-- source: https://da.sqldat.com/fds/igl/1007058752.html (a copy of a Stack Overflow question)
-- expected: cause operator_class on article_codes (codes); @> is now intarray's operator, which
--   only gin__int_ops knows
-- remedy: create index on article_codes using gin (codes gin__int_ops)
-- before: Seq Scan on article_codes
-- after: Bitmap Index Scan on article_codes_codes_idx1
-- measured: cost 625.00 to 24.01, rows 30000 to 1
create extension intarray;
create table article_codes (id int primary key, codes int[] not null);
insert into article_codes select i, array[i % 4000, i % 4001, 4000 + i % 7] from generate_series(1, 30000) i;
create index on article_codes using gin (codes);
analyze article_codes;
-- query:
select id from article_codes where codes @> array[123, 124];
