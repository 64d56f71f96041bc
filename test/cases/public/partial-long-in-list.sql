-- topic: a list of more than 100 values against a partial index
-- source: https://dba.stackexchange.com/questions/246421
-- expected: cause partial_predicate on stock (code) where code > 0; the planner does not look into
--   a list of more than 100 values: repeat the predicate. (The source's predicate IS NOT NULL has
--   been proven for long lists since PostgreSQL 12; a comparison is not.)
-- remedy: rewrite: select count(*) from stock where code > 0 and code in
--   (1000,2000,3000,4000,5000,6000,7000,8000,9000,10000,11000,12000,13000,14000,15000,16000,17000,18000,19000,20000,21000,22000,23000,24000,25000,26000,27000,28000,29000,30000,31000,32000,33000,34000,35000,36000,37000,38000,39000,40000,41000,42000,43000,44000,45000,46000,47000,48000,49000,50000,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101)
-- before: Seq Scan on stock
-- after: stock_code
-- measured: cost 972.52 to 44.30, rows 50000 to 0
create table stock (id int primary key, code int);
insert into stock select i, case when i % 100 = 0 then i else -i end from generate_series(1, 50000) i;
create index stock_code on stock (code) where code > 0;
vacuum analyze stock;
-- query:
select count(*) from stock where code in (1000,2000,3000,4000,5000,6000,7000,8000,9000,10000,11000,
12000,13000,14000,15000,16000,17000,18000,19000,20000,21000,22000,23000,24000,25000,26000,27000,28000,
29000,30000,31000,32000,33000,34000,35000,36000,37000,38000,39000,40000,41000,42000,43000,44000,45000,
46000,47000,48000,49000,50000,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,
75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101);
