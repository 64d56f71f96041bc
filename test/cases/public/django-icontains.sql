-- topic: icontains is UPPER(title) LIKE UPPER('%...%'), the trigram index is on title
-- source: https://github.com/ChristopherChudzicki/math3d-next/issues/1235
-- expected: cause function on scene (upper(title)); an index on title does not serve a condition on
--   UPPER(title): index that, or use ILIKE
-- remedy: create index on scene using gin (upper(title::text) gin_trgm_ops)
-- before: Seq Scan on scene.*upper
-- after: Bitmap Index Scan on scene_upper_idx
-- measured: cost 497.00 to 75.44, rows 20000 to 12
create extension pg_trgm;
create table scene (id serial primary key, title varchar(200) not null);
insert into scene (title) select md5(i::text) || ' Graph ' || i from generate_series(1, 20000) i;
create index scene_title_trgm on scene using gin (title gin_trgm_ops);
analyze scene;
-- query:
select id from scene where upper(title::text) like upper('%graph 1777%');
