-- topic: enable_seqscan = off, set to find missing indexes, was left on
-- source: https://github.com/gridsuite/deployment/pull/330
-- expected: cause settings; nearly all rows are fetched through an index, since sequential scans
--   are switched off: RESET enable_seqscan
-- remedy: reset enable_seqscan
-- before: (Index Scan using|Bitmap Heap Scan).*node_voltage
-- after: Seq Scan on node
-- measured: cost 1187.28 to 755.00, rows 38900 to 40000
create table node (id int, voltage int not null, name text);
insert into node select i, (i * 7919) % 400, 'node ' || i from generate_series(1, 40000) i;
create index node_voltage on node (voltage);
analyze node;
set enable_seqscan = off;
-- query:
select * from node where voltage > 10;
