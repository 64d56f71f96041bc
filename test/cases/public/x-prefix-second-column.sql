-- topic: a prefix of an identifier, the second column of the primary key
-- source: https://github.com/authzed/spicedb/issues/3274
-- expected: cause pattern_collation on relation_tuple (object_id); with a collation other than C,
--   only text_pattern_ops keeps a prefix together
-- remedy: create index relation_tuple_prefix on relation_tuple (namespace, object_id
--   text_pattern_ops)
-- before: Seq Scan on relation_tuple|Filter: [^\n]*~~
-- after: relation_tuple_prefix
-- measured: cost 909.00 to 8.44, rows 40000 to 20
create table relation_tuple (namespace varchar not null, object_id varchar collate "en-x-icu" not null, relation varchar not null,
  primary key (namespace, object_id, relation));
insert into relation_tuple
select 'document', 'tenant' || i % 2000 || '_' || i, 'viewer' from generate_series(1, 40000) i;
analyze relation_tuple;
-- query:
select object_id from relation_tuple where namespace = 'document' and object_id like 'tenant77\_%';
