-- The distinct shapes of the plans of the statements in :statements, as a JSON array. The
-- statements are planned with the user's search path.
SELECT set_config('search_path', :'user_path', true)
\g /dev/null
SELECT coalesce(pg_catalog.json_agg(DISTINCT shape COLLATE pg_catalog."C" ORDER BY shape COLLATE pg_catalog."C"), '[]')
FROM (SELECT :perfkit.perfkit_plan_shape(statement::pg_catalog.text, false, 1::pg_catalog.float8) AS shape
      FROM pg_catalog.jsonb_array_elements_text(:'statements'::pg_catalog.jsonb) AS s (statement)) AS shapes;
