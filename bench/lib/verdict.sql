-- The run's verdict as a whole, and the reason in words. A failed index check fails the run, and so does an invariant that
-- does not hold; a run that no budget applies to has told nothing.
SELECT CASE WHEN failed + checks_failed + broken > 0 THEN 'FAIL' WHEN untold > 0 OR budgets = 0 THEN 'INCONCLUSIVE' ELSE 'PASS' END,
       CASE WHEN failed + checks_failed + broken > 0 THEN 1 WHEN untold > 0 OR budgets = 0 THEN 3 ELSE 0 END,
       concat_ws(', ',
           CASE WHEN broken > 0 THEN format('%s of %s invariants broken', broken, invariants) END,
           CASE WHEN failed > 0 THEN format('%s of %s budgets broken', failed, budgets) END,
           CASE WHEN checks_failed > 0 THEN format('%s of %s index checks failed', checks_failed, checks) END,
           CASE WHEN untold > 0 THEN format('%s of %s budgets cannot be told from so few transactions', untold, budgets) END,
           CASE WHEN budgets = 0 THEN 'no budget applies (rows of perfkit_budgets do)' END,
           CASE WHEN failed + checks_failed + broken + untold = 0 AND budgets > 0
                THEN concat_ws(', ', format('%s budgets kept', budgets),
                               CASE WHEN checks > 0 THEN format('%s index checks passed', checks) END,
                               CASE WHEN invariants > 0 THEN format('%s invariants hold', invariants) END) END)
FROM (SELECT count(*) AS budgets, count(*) FILTER (WHERE verdict = 'FAIL') AS failed,
             count(*) FILTER (WHERE verdict = 'INCONCLUSIVE') AS untold
      FROM perfkit_run_verdicts(:run_id)) AS budget,
     (SELECT count(*) AS checks, count(*) FILTER (WHERE c->>'verdict' = 'FAIL') AS checks_failed
      FROM perfkit_run(:run_id) r, jsonb_array_elements(coalesce(r.index_checks, '[]')) AS c) AS index_check,
     (SELECT count(*) AS invariants, count(*) FILTER (WHERE NOT ok) AS broken
      FROM perfkit_run_invariants WHERE run_id = :run_id) AS invariant;
