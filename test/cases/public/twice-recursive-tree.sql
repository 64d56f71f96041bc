-- topic: the children of an account, with a recursive CTE over one table
-- source: https://github.com/OCA/OCB/pull/243
-- expected: cause no_index on account a (parent_id); the start is found by the primary key, the
--   recursive part reads the whole table for each level: an index on the parent's column
-- remedy: create index on account (parent_id)
-- before: account_pkey.*Hash Join.*Seq Scan on account a
-- after: account_pkey.*account_parent_id_idx
-- measured: cost 6096.60 to 853.09, rows 60001 to 9
create table account (id int primary key, parent_id int, name text);
insert into account select i, nullif(i / 8, 0), 'account ' || i from generate_series(1, 30000) i;
analyze account;
-- query:
with recursive tree as (
	select id from account where id = 2000
	union all
	select a.id from account a join tree on a.parent_id = tree.id)
select id from tree;
