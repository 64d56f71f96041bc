-- Ten searches at once, as one page of an application may send them: a pipeline, so that the
-- connection waits once for all of their answers. They are one transaction.
\set place_1 random(1, 5)
\set age_group_1 random(1, 5)
\set place_2 random(1, 5)
\set age_group_2 random(1, 5)
\set place_3 random(1, 5)
\set age_group_3 random(1, 5)
\set place_4 random(1, 5)
\set age_group_4 random(1, 5)
\set place_5 random(1, 5)
\set age_group_5 random(1, 5)
\set place_6 random(1, 5)
\set age_group_6 random(1, 5)
\set place_7 random(1, 5)
\set age_group_7 random(1, 5)
\set place_8 random(1, 5)
\set age_group_8 random(1, 5)
\set place_9 random(1, 5)
\set age_group_9 random(1, 5)
\set place_10 random(1, 5)
\set age_group_10 random(1, 5)
\startpipeline
SELECT program_id, title, price, min_age, max_age, metres FROM perfkit_bench_search(:place_1::int, :age_group_1::int, 10000::float8);
SELECT program_id, title, price, min_age, max_age, metres FROM perfkit_bench_search(:place_2::int, :age_group_2::int, 10000::float8);
SELECT program_id, title, price, min_age, max_age, metres FROM perfkit_bench_search(:place_3::int, :age_group_3::int, 10000::float8);
SELECT program_id, title, price, min_age, max_age, metres FROM perfkit_bench_search(:place_4::int, :age_group_4::int, 10000::float8);
SELECT program_id, title, price, min_age, max_age, metres FROM perfkit_bench_search(:place_5::int, :age_group_5::int, 10000::float8);
SELECT program_id, title, price, min_age, max_age, metres FROM perfkit_bench_search(:place_6::int, :age_group_6::int, 10000::float8);
SELECT program_id, title, price, min_age, max_age, metres FROM perfkit_bench_search(:place_7::int, :age_group_7::int, 10000::float8);
SELECT program_id, title, price, min_age, max_age, metres FROM perfkit_bench_search(:place_8::int, :age_group_8::int, 10000::float8);
SELECT program_id, title, price, min_age, max_age, metres FROM perfkit_bench_search(:place_9::int, :age_group_9::int, 10000::float8);
SELECT program_id, title, price, min_age, max_age, metres FROM perfkit_bench_search(:place_10::int, :age_group_10::int, 10000::float8);
\endpipeline
\set owed 1
