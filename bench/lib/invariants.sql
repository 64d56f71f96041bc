-- Stores the results of a workload's invariants.sql with the run, if there is one, in place of the
-- row from record.sql, and prints those that do not hold, in words.
DELETE FROM :perfkit.perfkit_run_invariants
WHERE run_id = :run_id AND invariant = 'the invariants were checked';
INSERT INTO :perfkit.perfkit_run_invariants (run_id, invariant, ok, detail)
SELECT :run_id, invariant, coalesce(ok, false), detail FROM staged_invariant WHERE :run_id IS NOT NULL;
SELECT coalesce(string_agg(format('it does not hold that %s%s', invariant, ' (' || detail || ')'), '; '), '')
FROM staged_invariant WHERE ok IS NOT TRUE;
