-- Compares the runs in :baseline with those in :runs, JSON arrays, and prints a JSON object: rows,
-- and plan_changes, of the first pair.
SELECT json_build_object(
    'rows', (SELECT coalesce(json_agg(c), '[]')
             FROM :perfkit.perfkit_compare_results(:'baseline'::jsonb, :'runs'::jsonb, :'margin'::float8, 0.95::float8) c),
    'plan_changes', (SELECT coalesce(json_agg(c), '[]')
                     FROM :perfkit.perfkit_plan_changes(:'baseline'::jsonb -> 0, :'runs'::jsonb -> 0) c));
