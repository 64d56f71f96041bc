-- topic: the prefixes that contain an address
-- source: https://github.com/netbox-community/netbox/pull/20059
-- expected: cause operator_class on prefix (prefix); a B-tree serves << with a constant at the
--   right, but not >>=: GiST with inet_ops
-- remedy: create index on prefix using gist (prefix inet_ops)
-- before: Seq Scan on prefix
-- after: prefix_prefix_idx1
-- measured: cost 538.00 to 8.29, rows 30000 to 1
create table prefix (id int primary key, prefix inet not null);
insert into prefix
select i, set_masklen(inet '10.0.0.0' + i * 256, 24) from generate_series(1, 30000) i;
create index on prefix (prefix);
analyze prefix;
-- query:
select id from prefix where prefix >>= '10.3.14.15';
