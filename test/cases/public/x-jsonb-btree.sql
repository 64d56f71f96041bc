-- topic: tags in a jsonb column, searched with @>, with the default kind of index
-- source: https://github.com/surrealdb/crud-bench/issues/260
-- expected: cause operator_class on record (tags); a B-tree has no @>: GIN
-- remedy: create index record_tags_gin on record using gin (tags jsonb_path_ops)
-- before: Seq Scan on record
-- after: record_tags_gin
-- measured: cost 625.03 to 23.11, rows 30000 to 10
create table record (id int primary key, tags jsonb not null, created_at timestamp not null);
insert into record
select i, jsonb_build_array('tag' || i % 3000, 'common'), timestamp '2024-01-01' + i * interval '1 minute'
from generate_series(1, 30000) i;
create index record_tags on record (tags, created_at);
analyze record;
-- query:
select id from record where tags @> '["tag77"]'::jsonb order by created_at desc limit 10;
