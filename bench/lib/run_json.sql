-- The whole run as JSON, for programs, with the variables set by compare.sql and verdict.sql. side:
-- with --pool both, which of the two runs it is.
SELECT jsonb_pretty(jsonb_build_object(
    'run_id', r.run_id, 'workload', r.workload, 'label', r.label, 'started_at', r.started_at,
    'duration_s', extract(epoch FROM r.duration), 'clients', r.clients, 'rows', r.data_rows,
    'verdict', :'verdict', 'exit_status', :'exit_status'::int,
    'environment', r.environment, 'pgbench', r.pgbench, 'index_checks', coalesce(r.index_checks, '[]'),
    'observed', r.observed,
    'settings', (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.setting), '[]') FROM :perfkit.perfkit_run_settings(:run_id::bigint) s),
    'budgets', r.budgets, 'work', r.work,
    'notifications', r.notifications,
    'delivery', (SELECT coalesce(jsonb_agg(to_jsonb(n) ORDER BY n.stage), '[]')
                 FROM :perfkit.perfkit_run_notifications(:run_id::bigint) n),
    'warmup', (SELECT coalesce(jsonb_agg(to_jsonb(w) ORDER BY w.stage), '[]') FROM :perfkit.perfkit_run_warmup(:run_id::bigint) w),
    'load', (SELECT coalesce(jsonb_agg(to_jsonb(l) ORDER BY l.stage), '[]') FROM :perfkit.perfkit_run_load(:run_id::bigint) l),
    'invariants', (SELECT coalesce(jsonb_agg(to_jsonb(i) - 'run_id' ORDER BY invariant), '[]')
                   FROM :perfkit.perfkit_run_invariants i WHERE i.run_id = r.run_id),
    'summary', :'summary'::jsonb, 'verdicts', :'budgets'::jsonb)
    || CASE WHEN :'baseline' = '' THEN '{}'
            ELSE jsonb_build_object('baseline', jsonb_build_object('name', :'baseline', 'comparison', :'comparison'::jsonb)) END
    || CASE WHEN :'side' = '' THEN '{}' ELSE jsonb_build_object('side', :'side') END)
FROM :perfkit.perfkit_run(:run_id::bigint) r;
