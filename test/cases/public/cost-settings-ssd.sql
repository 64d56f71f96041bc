-- topic: random_page_cost = 4 with an SSD
-- source: https://github.com/kernelci/kcidb/issues/551
-- expected: cause cost_settings on test_run (id); the table is read whole although 1000 of its rows
--   are wanted, since a page read at random is thought to cost four times as much: set
--   random_page_cost to 1.1 for an SSD. (The source noticed little effect in the end.)
-- remedy: set random_page_cost = 1.1
-- before: Hash Join.*Seq Scan on test_run
-- after: Nested Loop.*test_run_pkey
-- measured: cost 2594.24 to 1673.12, rows 61002 to 2002
create table test_run (id int primary key, log text);
insert into test_run select i, repeat('l', 150) from generate_series(1, 60000) i;
create table issue (id int primary key, run int not null, kind int not null);
insert into issue select i, (i * 7919) % 60000 + 1, i % 60 from generate_series(1, 60000) i;
create index issue_kind on issue (kind);
analyze test_run, issue;
set random_page_cost = 4;
-- query:
select t.log from issue i join test_run t on t.id = i.run where i.kind = 7;
