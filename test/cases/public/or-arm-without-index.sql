-- topic: one search term for several columns, one of them without an index
-- source: https://github.com/vulnerability-lookup/vulnerability-lookup/issues/415
-- expected: cause or_arm on sighting (vulnerability); the other arm's index is of no use while this
--   one lacks an index
-- remedy: create index on sighting (vulnerability)
-- before: Seq Scan on sighting
-- after: BitmapOr
-- measured: cost 934.00 to 19.92, rows 40000 to 3
create table sighting (id int primary key, source text not null, vulnerability text not null);
insert into sighting select i, 'https://s' || i || '.example', 'CVE-' || i % 20000 from generate_series(1, 40000) i;
create index sighting_source on sighting (source);
analyze sighting;
-- query:
select id from sighting where source = 'https://s77.example' or vulnerability = 'CVE-777';
