-- topic: relation tuples: the relation follows from the namespace
-- source: https://github.com/authzed/spicedb/issues/3318
-- expected: cause dependent_columns or no_index on relation_tuple (namespace, relation); a third
--   of the rows is expected where all of a namespace's rows match: CREATE STATISTICS
-- remedy: create statistics relation_tuple_dependency (dependencies) on namespace, relation from
--   relation_tuple
-- remedy: analyze relation_tuple
-- remains: no_index; the rows that are expected now are worth an index, which is another remedy
-- before: relation_tuple[^\n]*rows=(2[5-9]\d|3\d\d)\b
-- after: relation_tuple[^\n]*rows=(1[89]\d\d|2[01]\d\d)\b
-- measured: cost 895.00 to 895.00, rows 40000 to 40000
create table relation_tuple (namespace text not null, relation text not null, object text);
insert into relation_tuple
select 'namespace' || i % 20, 'relation' || i % 20 / 3, 'o' || i from generate_series(1, 40000) i;
analyze relation_tuple;
-- query:
select * from relation_tuple where namespace = 'namespace7' and relation = 'relation2';
