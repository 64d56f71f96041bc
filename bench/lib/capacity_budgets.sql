-- Those budgets by which perfkit capacity judges a load of :scenarios with :rows, as JSON: of the
-- run (:own_budgets) and of perfkit_budgets. max_buffers and min_tps are left out, since fewer
-- clients do not keep them better; and notify_p95_ms unless there are :listeners.
WITH own AS (
    SELECT coalesce(o->>'scenario', 'all') AS scenario, o->>'metric' AS metric, (o->>'limit_value')::float8 AS limit_value
    FROM jsonb_array_elements(:'own_budgets'::jsonb) AS o
), given AS (
    SELECT * FROM own
    UNION ALL
    SELECT b.scenario, b.metric, b.limit_value
    FROM :perfkit.perfkit_budgets b
    WHERE b.workload = :'workload' AND b.limit_value IS NOT NULL
      AND (b.max_rows IS NULL OR b.max_rows >= nullif(:'rows', '')::bigint)
      AND NOT EXISTS (SELECT FROM own o WHERE o.scenario = b.scenario AND o.metric = b.metric)
)
SELECT coalesce(jsonb_agg(to_jsonb(g) ORDER BY scenario, metric), '[]')
FROM given g
WHERE g.scenario = ANY (array_append(string_to_array(:'scenarios', ' '), 'all'))
  AND g.metric <> ALL ('{max_buffers,min_tps}') AND (g.metric <> 'notify_p95_ms' OR :listeners > 0);
