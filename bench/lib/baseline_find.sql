-- Raises what would keep the run that is planned (:planned, an object such as run.json) from being
-- compared with :baseline.
\set SHOW_CONTEXT never
SELECT :perfkit.perfkit_check_comparison(
           jsonb_build_array(jsonb_set(:perfkit.perfkit_run_result(b.run_id) - 'run_id' - 'environment', '{summary}', s.rows)),
           jsonb_build_array(:'planned'::jsonb), 1::float8, 0.95::float8)
FROM unnest(:perfkit.perfkit_baseline_runs(:'workload'::text, :'baseline'::text)) AS b (run_id),
     LATERAL (SELECT jsonb_agg(jsonb_build_object('scenario', scenario))
              FROM :perfkit.perfkit_run(b.run_id) r, unnest(r.scenarios) AS scenario) AS s (rows)
\g /dev/null
