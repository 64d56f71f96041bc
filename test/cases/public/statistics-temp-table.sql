-- topic: a temporary table is filled and joined at once
-- source: https://github.com/osmose-qa/osmose-backend/issues/1888
-- expected: cause statistics_missing on chosen; autovacuum never analyzes temporary tables: 100
--   rows are expected and 20,000 are there, so that a nested loop is planned: ANALYZE
-- remedy: analyze chosen
-- before: Nested Loop.*way_pkey
-- after: Hash Join
-- measured: cost 1035.48 to 1939.00, rows 40000 to 80002
create table way (id int primary key, name text);
insert into way select i, 'way ' || i from generate_series(1, 60000) i;
analyze way;
create temp table chosen (id int, kind int);
insert into chosen select i * 3, 1 from generate_series(1, 20000) i;
-- query:
select way.* from chosen join way on way.id = chosen.id where chosen.kind = 1;
