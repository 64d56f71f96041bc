-- topic: the ORM writes json #>> '{id}' = '...', the GIN index is on the column
-- source: https://github.com/sequelize/sequelize/issues/6217
-- expected: cause function or operator_class on entity (doc); GIN on doc serves @>, not the text
--   that #>> extracts
-- remedy: rewrite: select id from entity where doc @> '{"ref": "777"}'
-- changes result: when ref is a number, or is a part of an array
-- before: Seq Scan on entity
-- after: Bitmap Index Scan on entity_doc
-- measured: cost 487.00 to 27.42, rows 20000 to 1
create table entity (id int primary key, doc jsonb);
insert into entity select i, jsonb_build_object('ref', i::text, 'kind', i % 5) from generate_series(1, 20000) i;
create index entity_doc on entity using gin (doc);
analyze entity;
-- query:
select id from entity where doc #>> '{ref}' = '777';
