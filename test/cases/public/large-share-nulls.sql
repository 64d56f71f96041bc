-- topic: IS NULL reads the table, = false uses the index
-- source: https://dba.stackexchange.com/questions/27681
-- expected: nothing; 92 % of the rows are null (large_share)
-- remedy: none
-- before: Seq Scan on domain_name
-- measured: cost 491.00, rows 30000
create table domain_name (id int primary key, name text, auto_renew boolean);
insert into domain_name
select i, 'd' || i || '.example', case when i % 25 = 0 then true when i % 25 = 1 then false end
from generate_series(1, 30000) i;
create index domain_auto_renew on domain_name (auto_renew);
analyze domain_name;
-- query:
select * from domain_name where auto_renew is null;
