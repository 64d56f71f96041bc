-- Makes the runs in :imported, a list with commas, the baseline :new_baseline of their workloads.
SELECT :perfkit.perfkit_set_baseline(array_agg(r.run_id ORDER BY r.run_id), :'new_baseline'::text)
FROM (SELECT DISTINCT i::bigint AS run_id FROM string_to_table(:'imported', ',') AS i) AS i JOIN :perfkit.perfkit_runs r USING (run_id)
GROUP BY r.workload
\g /dev/null
