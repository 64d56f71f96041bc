-- topic: an advisor complains of sequential scans of tiny tables
-- source: https://github.com/nextcloud/serverinfo/issues/1157
-- expected: nothing; the table is one block, and reading it costs less than any index (small_table)
-- remedy: none
-- before: Seq Scan on oc_account
-- measured: cost 1.25, rows 20
create table oc_account (uid text primary key, data text);
insert into oc_account select 'user' || i, 'data' from generate_series(1, 20) i;
analyze oc_account;
-- query:
select data from oc_account where uid = 'user7';
