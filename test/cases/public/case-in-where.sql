-- topic: CASE chooses which condition a row must meet
-- source: https://stackoverflow.com/questions/76736686
-- expected: cause case_expression on reading (id); CASE is opaque, write it with AND and OR
-- remedy: rewrite: select * from reading where kind = 0 and id <= 100 or kind = 0 is not true and
--   id > 49900
-- before: Seq Scan on reading
-- after: BitmapOr
-- measured: cost 1097.00 to 241.18, rows 50000 to 202
create table reading (id int primary key, kind int);
insert into reading select i, i % 3 from generate_series(1, 50000) i;
analyze reading;
-- query:
select * from reading where case kind when 0 then id <= 100 else id > 49900 end;
