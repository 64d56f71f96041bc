-- topic: the library wraps the column in COALESCE, the index lacks it
-- source: https://github.com/Casecommons/pg_search/issues/286
-- expected: cause function on variant (to_tsvector('simple', search_text)); the expression of the
--   query is not the one of the index
-- remedy: create index on variant using gin (to_tsvector('simple', coalesce(search_text, '')))
-- before: Seq Scan on variant
-- after: Bitmap Index Scan on variant_to_tsvector_idx
-- measured: cost 2687.00 to 87.22, rows 10000 to 1
create table variant (id int primary key, search_text text);
insert into variant
select i, case when i % 10 > 0 then 'pill box' || i || ' daily' end from generate_series(1, 10000) i;
create index variant_search on variant using gin (to_tsvector('simple', search_text));
analyze variant;
-- query:
select id from variant where to_tsvector('simple', coalesce(search_text, '')) @@ to_tsquery('simple', 'box777');
