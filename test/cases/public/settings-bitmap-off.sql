-- topic: bitmap and index scans switched off for a comparison, and forgotten
-- source: https://fadaiganjaliyev.com/six-ways-to-force-sequential-scan-in-postgres/
-- expected: cause settings; enable_indexscan and enable_bitmapscan are off
-- remedy: reset enable_indexscan
-- remedy: reset enable_bitmapscan
-- before: Seq Scan on embedding
-- after: embedding_owner
-- measured: cost 717.00 to 38.05, rows 40000 to 10
create table embedding (id int, owner int not null, v text);
insert into embedding select i, i % 4000, 'v' from generate_series(1, 40000) i;
create index embedding_owner on embedding (owner);
analyze embedding;
set enable_indexscan = off; set enable_bitmapscan = off;
-- query:
select * from embedding where owner = 77;
