-- Stores the results of a workload's invariants.sql with the run, if there is one, and prints those
-- that do not hold, in words.
INSERT INTO :perfkit.perfkit_run_invariants (run_id, invariant, ok, detail)
SELECT :run_id, invariant, coalesce(ok, false), detail FROM staged_invariant WHERE :run_id IS NOT NULL;
SELECT coalesce(string_agg(format('it does not hold that %s%s', invariant, ' (' || detail || ')'), '; '), '')
FROM staged_invariant WHERE ok IS NOT TRUE;
