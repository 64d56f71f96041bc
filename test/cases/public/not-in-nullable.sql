-- topic: comments whose file is gone: NOT IN (SELECT id ...)
-- source: https://github.com/andymeneely/chromium-history/issues/56
-- expected: cause not_in on comment (file_id); a NOT IN is no anti-join, since nulls count: NOT
--   EXISTS
-- remedy: rewrite: select c.id from comment c where not exists (select from patch_file f where f.id
--   = c.file_id)
-- changes result: when file_id is null: NOT IN leaves the row out
-- before: Seq Scan on comment.*NOT \(.*SubPlan
-- after: Anti Join
-- measured: cost 156034.00 to 262.50, rows 4000 to 8001
set work_mem = '64kB';
create table patch_file (id int primary key);
insert into patch_file select i from generate_series(1, 6000) i;
create table comment (id int primary key, file_id int);
insert into comment select i, i % 6003 from generate_series(1, 2000) i;
analyze patch_file, comment;
-- query:
select c.id from comment c where c.file_id not in (select id from patch_file);
