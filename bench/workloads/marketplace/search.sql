-- Programs within 10 km of a postcode's centre for an age group, the nearest 50 first.
\set place random(1, 5)
\set age_group random(1, 5)
SELECT program_id, title, price, min_age, max_age, metres
FROM perfkit_bench_search(:place::int, :age_group::int, 10000::float8);
\set owed 1
