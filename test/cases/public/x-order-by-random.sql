-- topic: ten random rows of a common type
-- source: https://github.com/openfoodfacts/robotoff/issues/567
-- expected: cause large_share on insight (type); every row of the type
--   gets a random number and is sorted: sample the table
-- remedy: rewrite: select id from insight tablesample system (5) where type = 'category' limit 10
-- changes result: often, it is another sample
-- before: Sort Key: \(random\(\)\)
-- after: Sample Scan
-- measured: cost 2043.08 to 0.51, rows 60000 to 15
create table insight (id int primary key, type text not null);
insert into insight select i, case when i % 3 > 0 then 'category' else 'label' end from generate_series(1, 60000) i;
create index on insight (type);
analyze insight;
-- query:
select id from insight where type = 'category' order by random() limit 10;
