-- Stores the run's row and its transactions, from the runner's variables and the staged log, and
-- prints the run's number.
--
-- The time under load is the one by which pgbench divides its counts, less the warm-up. If nothing
-- succeeded in a stage, only the duration asked for is known.
SELECT greatest(sum(CASE WHEN (s->>'transactions')::bigint > 0 AND (s->>'tps')::float8 > 0
                         THEN (s->>'transactions')::bigint / (s->>'tps')::float8
                         ELSE (s->>'seconds')::float8 END)
                - (SELECT coalesce(sum((w->>'seconds')::float8), 0::float8) FROM jsonb_array_elements(:'warmup'::jsonb) AS w),
                1e-6::float8) * interval '1 second' AS duration,
       max((s->>'clients')::int) AS most_clients
FROM jsonb_array_elements(:'stages'::jsonb) AS s
\gset
-- Stored are the settings of the load's sessions, not those of this transaction.
SELECT current_setting('work_mem') AS own_work_mem
\gset
SET LOCAL work_mem TO DEFAULT;
INSERT INTO :perfkit.perfkit_runs (workload, label, started_at, duration, clients, data_rows, scenarios, environment, pgbench, index_checks,
                          observed, budgets, work, notifications, warmup)
VALUES (:'workload', nullif(:'label', ''), :'started_at', :'duration', :most_clients, nullif(:'rows', '')::bigint,
        string_to_array(:'scenarios', ' '),
        :perfkit.perfkit_environment() || jsonb_build_object(
            'client', jsonb_build_object('cores', :cores, 'memory_bytes', :memory_bytes, 'system', :'system'),
            'pgbench_version', :'pgbench_version',
            'pgbench_commands', to_jsonb(string_to_array(rtrim(:'commands', E'\n'), E'\n')),
            'variables', to_jsonb(string_to_array(nullif(rtrim(:'variables', E'\n'), ''), E'\n')),
            'notes', to_jsonb(string_to_array(nullif(:'notes', ''), E'\n')),
            'mixes', to_jsonb(string_to_array(nullif(:'mixes', ''), ' ')),
            'scripts', (SELECT jsonb_object_agg(split_part(line, ' ', 1),
                                                jsonb_build_object('weight', split_part(line, ' ', 2)::int,
                                                                   'sha256', split_part(line, ' ', 3)))
                        FROM string_to_table(rtrim(:'digests', E'\n'), E'\n') AS line))
            || jsonb_strip_nulls(jsonb_build_object(
                'sample_seed', nullif(:'sample_seed', '')::bigint,
                'plans', nullif(:'plans', '')::jsonb, 'plans_after', nullif(:'plans_after', '')::jsonb,
                'statements', nullif(:'statements', '')::jsonb,
                'indexes', CASE WHEN :'plans' <> ''
                                THEN (SELECT jsonb_agg(name ORDER BY name COLLATE "C")
                                      FROM jsonb_each(:'after'::jsonb->-1->'relations') AS r (name, properties)
                                      WHERE properties->>'kind' = 'index') END)),
        jsonb_build_object('stages', :'stages'::jsonb), nullif(:'index_checks', '')::jsonb, :'observed',
        nullif(:'budgets', '')::jsonb, nullif(:'work', '')::jsonb, nullif(:'notifications', '')::jsonb,
        :'warmup'::jsonb)
RETURNING run_id
\gset
SET LOCAL work_mem = :'own_work_mem';
SELECT :perfkit.perfkit_load_log(:run_id::bigint, 'staged_log'::regclass, :'keep_transactions'::boolean) AS lines
\g /dev/null
INSERT INTO :perfkit.perfkit_run_invariants (run_id, invariant, ok, detail)
SELECT :run_id, v.invariant, v.ok, v.detail
FROM :perfkit.perfkit_run_notifications(:run_id::bigint) n,
     LATERAL (SELECT sum((s->>'unmeasured')::bigint) AS unmeasured
              FROM :perfkit.perfkit_run(:run_id::bigint) r, jsonb_array_elements(r.notifications -> 'stages') AS s) AS u,
     LATERAL (VALUES
         -- Nothing is left to be judged without one, although the user asked for it.
         (:must_listen, 'notifications were received', n.received > 0,
          format('%s received by %s listeners', n.received, n.listeners)),
         (n.sent > 0 OR u.unmeasured > 0, 'every notification has the payload that the listeners read', u.unmeasured = 0,
          CASE WHEN u.unmeasured > 0
               THEN format('%s received that are not SENDER SEQUENCE MICROSECONDS', u.unmeasured) END),
         (n.sent > 0, 'no notification was lost', n.lost = 0,
          format('%s sent, %s received by %s listeners, %s lost', n.sent, n.received, n.listeners, n.lost)),
         (n.sent > 0, 'notifications arrive once and in order', n.duplicates = 0 AND n.out_of_order = 0,
          CASE WHEN n.duplicates > 0 OR n.out_of_order > 0
               THEN format('%s repeated, %s out of order', n.duplicates, n.out_of_order) END))
         AS v (applies, invariant, ok, detail)
WHERE n.stage IS NULL AND v.applies
UNION ALL
SELECT :run_id, 'no notification was lost while the ceiling was looked for', sum((s->>'lost')::bigint) = 0,
       format('%s lost in %s steps', sum((s->>'lost')::bigint), count(*))
FROM :perfkit.perfkit_run(:run_id::bigint) r, jsonb_array_elements(r.notifications #> '{ceiling,steps}') AS s
HAVING count(*) > 0;
\if :invariants_follow
-- invariants.sql replaces this row.
INSERT INTO :perfkit.perfkit_run_invariants (run_id, invariant, ok, detail)
VALUES (:run_id, 'the invariants were checked', false, 'invariants.sql failed, or perfkit run ended before it was run');
\endif
\echo :run_id
