-- p95 over time, as JSON.
SELECT coalesce(jsonb_agg(jsonb_build_object('step', t.step, 'starts_s', t.starts_s, 'ends_s', t.ends_s, 'p95_ms', t.p95_ms) ORDER BY t.step), '[]')
FROM :perfkit.perfkit_run_timeline(:run_id::bigint, :most_steps::int) t;
