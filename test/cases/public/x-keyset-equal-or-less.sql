-- topic: a batch begins with (id = x OR id < x), where id <= x says the same
-- source: https://github.com/fatkodima/sidekiq-iteration/issues/9
-- expected: cause keyset_or on versions (id); the index is read from its end, and the rows before x
--   are only filtered out
-- remedy: rewrite: select id from versions where id <= 50000 order by id desc limit 100
-- before: Index Only Scan Backward using versions_pkey[^\n]*\n\s+Filter
-- after: Index Only Scan Backward using versions_pkey[^\n]*\n\s+Index Cond
-- measured: cost 7.58 to 3.70, rows 50100 to 100
create table versions (id int primary key, item text);
insert into versions select i, 'item ' || i from generate_series(1, 100000) i;
analyze versions;
-- query:
select id from versions where ((id = 50000) or (id < 50000)) order by id desc limit 100;
