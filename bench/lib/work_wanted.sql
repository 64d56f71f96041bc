-- Does a budget of this run, or of its workload, speak of the work that a transaction does?
SELECT EXISTS (SELECT FROM :perfkit.perfkit_budgets
               WHERE workload = :'workload' AND metric = 'max_buffers' AND limit_value IS NOT NULL)
    OR EXISTS (SELECT FROM jsonb_to_recordset(:'own_budgets') AS b (metric text) WHERE metric = 'max_buffers');
