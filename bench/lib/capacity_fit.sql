-- How the throughput of :clients grows, as JSON; both are arrays.
SELECT to_jsonb(s) FROM :perfkit.perfkit_scalability(:'clients'::float8[], :'throughput'::float8[], 0.95::float8) s
WHERE s.single IS NOT NULL;
