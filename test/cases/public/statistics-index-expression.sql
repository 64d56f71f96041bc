-- topic: an index on an expression, not yet analyzed
-- source: https://www.rockdata.net/blog/2024/02/26/index-column-statistics/
-- expected: cause statistics_missing on point_pair (x + y); a third of the rows is assumed for "<"
--   on an expression without statistics, so that the other table is read whole: ANALYZE
-- remedy: analyze point_pair
-- before: point_pair[^\n]*rows=13333 .*
-- before: Seq Scan on label
-- after: Nested Loop.*point_pair_sum.*label_pkey
-- measured: cost 879.81 to 153.03, rows 10013 to 9
create table point_pair (x int, y int);
insert into point_pair select i % 10007, (i * 7919) % 10007 from generate_series(1, 40000) i;
create table label (id int primary key, text text);
insert into label select i, 'label ' || i from generate_series(0, 10007) i;
analyze point_pair, label;
create index point_pair_sum on point_pair ((x + y));
-- query:
select p.x, l.text from point_pair p join label l on l.id = p.x where p.x + p.y < 50;
