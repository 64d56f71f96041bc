-- Histograms: the type's text and bytes, aggregates in any order and in several processes,
-- quantiles and counts against the latencies themselves.
\set VERBOSITY terse

-- Text: any latency stands for its bucket, in any order, with white space anywhere.
SELECT '{}'::perfkit_histogram, ' { 2001 : 1,850:3 , 2000:2}  '::perfkit_histogram;
SELECT '{0:1,1023:2,1024:3,4294967295:4,9223372036854775807:5}'::perfkit_histogram;
SELECT perfkit_histogram_send('{}'), perfkit_histogram_send('{0:1,5:150,1025:2,4294967295:65536}');
SELECT perfkit_histogram_send('{5:150,4294967295:65536,1024:2,0:1}') = perfkit_histogram_send('{0:1,5:150,1025:2,4294967295:65536}') AS same_bytes;

-- What is not a histogram.
SELECT ''::perfkit_histogram;
SELECT '{'::perfkit_histogram;
SELECT '{}}'::perfkit_histogram;
SELECT '{1}'::perfkit_histogram;
SELECT '{1:}'::perfkit_histogram;
SELECT '{1:1,}'::perfkit_histogram;
SELECT '{1:1 2:2}'::perfkit_histogram;
SELECT '{1:0}'::perfkit_histogram;
SELECT '{-1:1}'::perfkit_histogram;
SELECT '{1:-1}'::perfkit_histogram;
SELECT '{1.5:1}'::perfkit_histogram;
SELECT '{1:9223372036854775808}'::perfkit_histogram;
SELECT '{9223372036854775808:1}'::perfkit_histogram;
SELECT '{1:9223372036854775807,2:1}'::perfkit_histogram;
SELECT '{99999999999999999999999999999999999:x}'::perfkit_histogram;
SELECT '{1:9223372036854775807}'::perfkit_histogram;

-- Latencies from 1 us to an hour, evenly on a log scale. rn / 100000 is the share below.
CREATE TEMP TABLE latency AS
SELECT i AS rn, (3.6e9::float8 ^ (i / 100000.0::float8))::bigint AS us, i % 7 AS part FROM generate_series(1, 100000) i;
SELECT perfkit_histogram_agg(us) AS h FROM latency
\gset
SELECT perfkit_count(:'h') AS all_of_them, count(*) < 12288 AS in_buckets, sum(latencies) AS in_all_buckets,
       bool_and(lowest_us <= highest_us AND (highest_us - lowest_us) <= lowest_us / 512.0) AS narrow
FROM perfkit_histogram_buckets(:'h');

-- Quantiles are those of the latencies, to within 0.1 %.
WITH share AS (
    SELECT array_agg(q / 1000.0::float8 ORDER BY q) AS q FROM generate_series(0, 1000) q
), exact AS (
    SELECT s.q, (SELECT percentile_disc(s.q) WITHIN GROUP (ORDER BY us) FROM latency) AS us FROM share s
)
SELECT count(*) AS quantiles, max(abs(perfkit_quantile(:'h', p.q) - p.us) / p.us::float8) <= 0.001 AS within_a_thousandth
FROM exact e, unnest(e.q, e.us) AS p (q, us);
SELECT q, perfkit_quantile('{1:1,2:1,3:1,4:1}', q) FROM unnest('{0,0.25,0.26,0.5,0.75,0.76,1}'::float8[]) q;
SELECT perfkit_quantile('{}', 0.5), perfkit_quantile(NULL, 0.5), perfkit_quantile('{1:1}', NULL);
SELECT perfkit_quantile('{1:9223372036854775806,7:1}', 1), perfkit_quantile('{1:9223372036854775806,7:1}', 0.5);
SELECT perfkit_quantile('{1:1}', -0.1);
SELECT perfkit_quantile('{1:1}', 1.1);
SELECT perfkit_quantile('{}', 'NaN');

-- Counts: below 1024 us exact, above by the middles of buckets; ranges side by side count all once.
SELECT perfkit_count(:'h', 100, 199) = count(*) FILTER (WHERE us BETWEEN 100 AND 199) AS exact,
       perfkit_count(:'h', NULL, 99999) + perfkit_count(:'h', 100000, NULL) AS all_of_them
FROM latency;
SELECT perfkit_count('{1:1,5:2,9:4}', 5), perfkit_count('{1:1,5:2,9:4}', to_us => 5), perfkit_count('{1:1,5:2,9:4}', 6, 5),
       perfkit_count('{}'), perfkit_count(NULL, 1, 2), perfkit_count('{1:1}', -5);

-- Merging: the same text whatever the order and the parts.
CREATE TEMP TABLE part AS SELECT part, perfkit_histogram_agg(us) AS h FROM latency GROUP BY part;
SELECT perfkit_histogram_agg(h ORDER BY part)::text = :'h' AS forwards, perfkit_histogram_agg(h ORDER BY part DESC)::text = :'h' AS backwards
FROM part;
SELECT ('{1:1,3:3}'::perfkit_histogram + '{2:2,3:4}') AS sum, '{1:1}'::perfkit_histogram + NULL AS nothing;
SELECT '{1:9223372036854775807}'::perfkit_histogram + '{9:1}';
SELECT perfkit_histogram_agg(h) FROM (VALUES ('{1:9223372036854775807}'::perfkit_histogram), ('{9:1}')) AS v (h);

-- Nulls are left out; of nothing else the result is null, and of empty histograms empty.
SELECT perfkit_histogram_agg(us) AS latencies, perfkit_histogram_agg(h) AS histograms
FROM (VALUES (NULL::bigint, NULL::perfkit_histogram)) AS v (us, h);
SELECT perfkit_histogram_agg(us) FROM latency WHERE false;
SELECT perfkit_histogram_agg(us), perfkit_histogram_agg(h)
FROM (VALUES (1000::bigint, '{}'::perfkit_histogram), (NULL, NULL), (0, '{}')) AS v (us, h);
SELECT perfkit_histogram_agg(us) FROM (VALUES (5::bigint), (-1)) AS v (us);
SELECT perfkit_histogram_agg(us) FROM (VALUES (5000000000), (9223372036854775807)) AS v (us);

-- As a window function the state goes on after its result was taken.
SELECT us, perfkit_histogram_agg(us) OVER (ORDER BY us) FROM (VALUES (1::bigint), (2), (2), (7)) AS v (us);

-- In several processes, over both kinds of input; groups that some of them do not see at all.
CREATE TABLE many_latencies AS SELECT us, part FROM latency UNION ALL SELECT NULL, 7 FROM generate_series(1, 20000);
ALTER TABLE many_latencies SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT perfkit_plan_shape('SELECT perfkit_histogram_agg(us) FROM many_latencies');
SELECT perfkit_histogram_agg(us)::text = :'h' AS same FROM many_latencies;
SELECT p.part, p.h::text IS NOT DISTINCT FROM m.h::text AS same, m.h IS NULL AS nothing
FROM (SELECT part, perfkit_histogram_agg(us) AS h FROM many_latencies GROUP BY part) AS m LEFT JOIN part p USING (part)
ORDER BY m.part;
CREATE TABLE many_histograms AS SELECT perfkit_histogram_agg(us) AS h FROM latency GROUP BY rn / 20;
ALTER TABLE many_histograms SET (parallel_workers = 2);
SELECT perfkit_plan_shape('SELECT perfkit_histogram_agg(h) FROM many_histograms');
SELECT perfkit_histogram_agg(h)::text = :'h' AS same FROM many_histograms;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- Stored: short and long values, compressed, out of line and plain, at any offset of a row.
CREATE TEMP TABLE stored (flag "char", h perfkit_histogram, other "char", again perfkit_histogram, plain perfkit_histogram);
ALTER TABLE stored ALTER again SET STORAGE EXTERNAL, ALTER plain SET STORAGE PLAIN;
INSERT INTO stored SELECT 'a', h, 'b', h, NULL::perfkit_histogram FROM (SELECT perfkit_histogram_agg(us) AS h FROM latency) AS l
UNION ALL SELECT 'a', '{1:1,77777:9}', 'b', '{}', '{1:1,77777:9}';
SELECT bool_and(h::text IN (:'h', '{1:1,77760:9}')) AS h, bool_and(again::text IN (:'h', '{}')) AS again, min(plain::text) AS plain,
       sum(perfkit_count(h)) AS count, perfkit_histogram_agg(h + again)::text = (perfkit_histogram_agg(h) + perfkit_histogram_agg(again))::text AS sums
FROM stored;

DROP TABLE many_latencies, many_histograms;
