-- The scenarios for which a budget, of this run or of its workload, limits the blocks that a
-- transaction may touch, as a JSON array. If a budget limits scenario all, it is in the array too.
SELECT coalesce(json_agg(DISTINCT scenario), '[]')
FROM (SELECT scenario FROM :perfkit.perfkit_budgets
      WHERE workload = :'workload' AND metric = 'max_buffers' AND limit_value IS NOT NULL
        AND (max_rows IS NULL OR max_rows >= nullif(:'rows', '')::bigint)
      UNION ALL
      SELECT scenario FROM jsonb_to_recordset(:'own_budgets') AS b (scenario text, metric text)
      WHERE metric = 'max_buffers') AS wanted;
