-- topic: city and zip code depend on each other
-- source: https://github.com/HypoPG/hypopg/issues/49
-- expected: cause dependent_columns on address (city, zip); selectivities are multiplied and one
--   row is expected instead of 100: CREATE STATISTICS (dependencies). (The source adds that the
--   estimate gets worse for a zip code outside of the city.)
-- remedy: create statistics address_city_zip (dependencies) on city, zip from address
-- remedy: analyze address
-- before: (Seq|Index|Bitmap Heap) Scan[^\n]* address[^\n]*rows=[123]\b
-- after: (Seq|Index|Bitmap Heap) Scan[^\n]* address[^\n]*rows=(9\d|1[0-3]\d)\b
-- measured: cost 33.29 to 33.29, rows 1000 to 1000
create table address (city int not null, zip int not null, street int not null);
insert into address select i / 1000 + 1, i / 100 + 1, i from generate_series(1, 30000) i;
create index address_city on address (city);
analyze address;
-- query:
select * from address where city = 12 and zip = 120;
