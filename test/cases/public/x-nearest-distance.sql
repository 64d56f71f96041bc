-- topic: the nearest place, ordered by a function that returns the distance
-- source: https://github.com/mysociety/mapit/pull/305
-- expected: cause function_not_operator or knn on postcode (location); the function computes the
--   distance to all rows: the operator <-> is found in the index. It was PostGIS's ST_Distance(),
--   and is a function on points here
-- remedy: rewrite: select id from postcode order by location <-> point '(3.3, 51.2)' limit 1
-- before: Sort.*Seq Scan on postcode
-- after: postcode_location
-- measured: cost 2171.00 to 0.22, rows 8000 to 1
create function place_distance(a point, b point) returns float8 language plpgsql immutable strict as
$$ begin return sqrt((a[0] - b[0]) ^ 2 + (a[1] - b[1]) ^ 2); end $$;
create table postcode (id int primary key, location point not null);
insert into postcode select i, point(i % 97 * 0.11 + i * 1e-6, 49 + i % 89 * 0.07) from generate_series(1, 8000) i;
create index postcode_location on postcode using gist (location);
analyze postcode;
-- query:
select id from postcode order by place_distance(location, point '(3.3, 51.2)') limit 1;
