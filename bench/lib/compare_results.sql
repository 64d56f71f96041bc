-- Compares the runs in :baseline with those in :runs, JSON arrays, and prints the rows as a JSON
-- array.
SELECT coalesce(json_agg(c), '[]')
FROM :perfkit.perfkit_compare_results(:'baseline'::jsonb, :'runs'::jsonb, :'margin'::float8, 0.95::float8) c;
