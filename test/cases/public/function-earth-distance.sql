-- topic: places within a distance, by earth_distance() alone
-- source: https://github.com/jneight/django-earthdistance/pull/3
-- expected: cause function or distance on place (ll_to_earth(lat, lon)); a
--   function's result is no index
--   condition: add the condition with earth_box, which the index serves
-- remedy: rewrite: select id from place where earth_box(ll_to_earth(52.1, 5.1), 5000) @>
--   ll_to_earth(lat, lon) and earth_distance(ll_to_earth(52.1, 5.1), ll_to_earth(lat, lon)) < 5000
-- before: Seq Scan on place
-- after: place_earth
-- measured: cost 2607.00 to 22.22, rows 5000 to 19
create extension cube; create extension earthdistance;
create table place (id int primary key, lat float8 not null, lon float8 not null);
insert into place select i, 51 + i % 70 * 0.03, 4 + i / 70 * 0.03 from generate_series(1, 5000) i;
create index place_earth on place using gist (ll_to_earth(lat, lon));
analyze place;
-- query:
select id from place where earth_distance(ll_to_earth(52.1, 5.1), ll_to_earth(lat, lon)) < 5000;
