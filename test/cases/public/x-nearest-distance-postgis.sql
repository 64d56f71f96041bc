-- topic: the nearest place, ordered by ST_Distance
-- source: https://github.com/mysociety/mapit/pull/305
-- expected: cause function_not_operator on postcode (location); the function computes the
--   distance to all rows: the operator <-> is found in the index
-- remedy: rewrite: select id from postcode
--   order by location <-> st_setsrid(st_makepoint(3.3, 51.2), 4326) limit 1
-- before: Sort.*Seq Scan on postcode
-- after: postcode_location
-- measured: cost 200187.00 to 1.47, rows 8000 to 2
create extension if not exists postgis;
create table postcode (id int primary key, location geometry(Point, 4326) not null);
insert into postcode
select i, st_setsrid(st_makepoint(i % 97 * 0.11, 49 + i % 89 * 0.07), 4326) from generate_series(1, 8000) i;
create index postcode_location on postcode using gist (location);
analyze postcode;
-- query:
select id from postcode order by st_distance(location, st_setsrid(st_makepoint(3.3, 51.2), 4326)) limit 1;
