-- topic: pages of documents with a prefix: LIKE $1 in a prepared statement
-- source: https://github.com/jackmusick/bifrost/pull/733
-- expected: cause unknown_pattern on document (id); only a constant pattern is turned into a range:
--   inline it, or have custom plans
-- remedy: rewrite: select id from document where id like 'folder77/%'
-- parameters: 'folder77/%'
-- before: Filter: \(id ~~ \$1\)
-- after: Index Cond: \(\(id >= 'folder77/'
-- measured: cost 755.00 to 4.53, rows 40000 to 0
create table document (id text collate "C" primary key);
insert into document select 'folder' || i % 900 || '/file' || i from generate_series(1, 40000) i;
vacuum analyze document;
-- query:
select id from document where id like $1;
