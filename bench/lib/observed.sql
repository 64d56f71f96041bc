-- What the observer has seen, as one JSON object in variable observed. Values per transaction refer
-- to the transactions in the log, failed ones included, skipped ones not. Counters were read around
-- each turn of the load (:before and :after are arrays), and a relation's size before the load is
-- that after it, less what it has grown by in these turns.
WITH turn AS (
    SELECT a.snapshot AS after, b.snapshot AS before
    FROM jsonb_array_elements(:'after') WITH ORDINALITY AS a (snapshot, position)
         JOIN jsonb_array_elements(:'before') WITH ORDINALITY AS b (snapshot, position) USING (position)
)
SELECT jsonb_build_object(
    'transactions', t.count, 'seconds', round(d.seconds, 3),
    'checkpoints', jsonb_build_object('requested', d.requested, 'timed', d.timed),
    -- Those of the load's sessions: the runner's own differ by SET LOCAL. Sizes in bytes, times in
    -- seconds.
    'settings', (SELECT jsonb_object_agg(name, CASE vartype WHEN 'bool' THEN to_jsonb(reset_val = 'on')
                                                    ELSE to_jsonb(reset_val::numeric * CASE WHEN unit ~ 'B$'
                                                         THEN pg_size_bytes(regexp_replace(unit, '^([^0-9])', '1\1')) ELSE 1 END) END)
                 FROM pg_settings
                 WHERE name IN ('block_size', 'checkpoint_completion_target', 'checkpoint_timeout', 'max_wal_size', 'random_page_cost',
                                'seq_page_cost', 'shared_buffers', 'track_io_timing', 'work_mem')),
    'lock_waits', jsonb_build_object(
        'samples', s->'samples', 'samples_with_waits', s->'with_waits', 'most_sessions_waiting', s->'most_waiting',
        'mean_sessions_waiting', round((s->>'waiting')::numeric / nullif((s->>'samples')::numeric, 0), 3),
        'longest_wait_ms', CASE WHEN (s->>'with_waits')::int > 0 THEN s->'longest_wait_ms' END,
        'mean_sessions_working', round((s->>'working')::numeric / nullif((s->>'samples')::numeric, 0), 3)),
    'deadlocks', d.deadlocks,
    'buffers', jsonb_build_object('hit', d.hit, 'read', d.read, 'read_ms', round(d.read_ms, 3), 'hit_per_transaction', round(d.hit / nullif(t.count, 0), 2),
                                  'read_per_transaction', round(d.read / nullif(t.count, 0), 2)),
    'scenario_buffers', nullif(:'scenario_buffers', '')::jsonb,
    'temp_bytes', d.temp, 'temp_files', d.temp_files,
    'rows', jsonb_build_object('read', d.rows_read, 'written', d.rows_written, 'by_index', d.rows_by_index,
                               'read_per_transaction', round(d.rows_read / nullif(t.count, 0), 2),
                               'written_per_transaction', round(d.rows_written / nullif(t.count, 0), 2)),
    'statements', (SELECT jsonb_object_agg(key, value) || jsonb_object_agg(key || '_per_transaction', round(value / nullif(t.count, 0), 2))
                   FROM (SELECT a.key, sum(a.value::numeric - coalesce((turn.before->'statements'->>a.key)::numeric, 0)) AS value
                         FROM turn, jsonb_each_text(CASE WHEN jsonb_typeof(turn.after->'statements') = 'object'
                                                         THEN turn.after->'statements' END) AS a
                         GROUP BY a.key) AS s
                   -- after a reset there is nothing to tell
                   HAVING min(value) >= 0),
    'wal', jsonb_build_object('bytes', d.wal, 'records', d.records, 'full_page_images', d.images,
                              'bytes_per_transaction', round(d.wal / nullif(t.count, 0), 1),
                              'records_per_transaction', round(d.records / nullif(t.count, 0), 2)),
    'relations', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                             'relation', name, 'kind', a.properties->'kind', 'table', a.properties->'table',
                             'bytes_before', (a.properties->>'bytes')::bigint - g.growth, 'bytes_after', a.properties->'bytes')
                             ORDER BY a.properties->>'table', a.properties->>'kind' DESC, name), '[]')
                  FROM jsonb_each(:'after'::jsonb->-1->'relations') AS a (name, properties)
                       CROSS JOIN LATERAL (
                           SELECT sum((t.after->'relations'->name->>'bytes')::bigint
                                      - coalesce((t.before->'relations'->name->>'bytes')::bigint, 0::bigint))::bigint
                           FROM turn t) AS g (growth)
                  WHERE a.properties->'table' IN (SELECT to_jsonb(shipped) FROM :perfkit.perfkit_workloads() w, unnest(w.tables) AS shipped
                                                  WHERE w.workload = :'workload')
                     OR g.growth IS DISTINCT FROM 0::bigint),
    'backend_memory', jsonb_build_object(
        'peak_bytes', nullif(:'memory', '')::bigint * 1024,
        'samples', nullif(:'memory_samples'::jsonb, '[]'::jsonb),
        'unknown_because', CASE WHEN :'memory' <> '' THEN NULL
                                WHEN inet_server_addr() IS DISTINCT FROM inet_client_addr() THEN 'the server is on another machine'
                                WHEN (s->>'samples')::int = 0 THEN 'there was no sample'
                                ELSE 'the server''s processes are not visible in /proc' END),
    'wait_looks', s->'samples', 'wait_samples', w.all_samples, 'waits', w.waiting, 'running', w.running,
    'cpu', CASE WHEN (:'cpu'::jsonb->>'of_seconds')::numeric > 0
                THEN jsonb_build_object('seconds', round((:'cpu'::jsonb->>'seconds')::numeric, 3),
                                        'of_seconds', round((:'cpu'::jsonb->>'of_seconds')::numeric, 3),
                                        'backends', :'cpu'::jsonb->'backends')
                     || jsonb_strip_nulls(jsonb_build_object('machine', (
                            SELECT jsonb_object_agg(key, round(value::numeric, 4))
                            FROM jsonb_each_text(nullif(:'cpu'::jsonb->'machine', 'null'))))) END)
    || CASE WHEN :'pool' = '' THEN '{}' ELSE jsonb_build_object('pool', (
        SELECT jsonb_build_object(
            'server_connections', p->'size', 'pgbouncer', p->'version', 'samples', p->'samples',
            'transactions', p->'transactions',
            'most_connections_open', p->'open', 'most_connections_used', p->'used',
            'most_clients_waiting', p->'waiting',
            'mean_clients_waiting', round((p->>'wait_us')::numeric / 1e6 / nullif((p->>'seconds')::numeric, 0), 2),
            'mean_wait_ms', round((p->>'wait_us')::numeric / 1e3 / nullif((p->>'transactions')::numeric, 0), 3),
            'longest_wait_ms', round((p->>'longest_us')::numeric / 1e3, 1),
            'cpu_seconds', p->'cpu_seconds',
            'cpu_share_of_machine', round((p->>'cpu_seconds')::numeric / nullif((p->>'seconds')::numeric * :cores, 0), 4),
            'cpu_share_of_core', round((p->>'cpu_seconds')::numeric / nullif((p->>'seconds')::numeric, 0), 4),
            'memory', jsonb_build_object('first_bytes', p #> '{memory,first}', 'last_bytes', p #> '{memory,last}',
                                         'most_bytes', p #> '{memory,most}'))
        FROM (SELECT nullif(:'pool', '')::jsonb) AS s (p))) END AS observed
FROM (SELECT :'sessions'::jsonb) AS sessions (s),
     (SELECT coalesce(sum(samples), 0) AS all_samples,
             coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('event_type', event_type, 'event', event, 'samples', samples,
                                                                     'scenario', nullif(scenario, '')))
                                ORDER BY samples DESC, event_type, event, scenario) FILTER (WHERE event_type <> ''), '[]') AS waiting,
             coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('samples', samples, 'scenario', nullif(scenario, '')))
                                ORDER BY samples DESC, scenario) FILTER (WHERE event_type = ''), '[]') AS running
      FROM jsonb_to_recordset(:'waits') AS w (event_type text, event text, scenario text, samples bigint)) AS w,
     (SELECT count(*)::numeric FROM staged_log WHERE latency <> 'skipped') AS t (count),
     (SELECT sum((after #>> '{database,rows_read}')::numeric - (before #>> '{database,rows_read}')::numeric) AS rows_read,
             sum((after #>> '{database,rows_written}')::numeric - (before #>> '{database,rows_written}')::numeric) AS rows_written,
             greatest(0, sum((after #>> '{database,deadlocks}')::numeric - (before #>> '{database,deadlocks}')::numeric)) AS deadlocks,
             sum((after #>> '{database,blocks_hit}')::numeric - (before #>> '{database,blocks_hit}')::numeric) AS hit,
             sum((after #>> '{database,blocks_read}')::numeric - (before #>> '{database,blocks_read}')::numeric) AS read,
             sum((after #>> '{database,temp_files}')::numeric - (before #>> '{database,temp_files}')::numeric) AS temp_files,
             -- 0 without track_io_timing
             nullif(sum((after #>> '{database,read_ms}')::numeric - (before #>> '{database,read_ms}')::numeric), 0) AS read_ms,
             sum((after #>> '{database,rows_by_index}')::numeric - (before #>> '{database,rows_by_index}')::numeric) AS rows_by_index,
             sum((after #>> '{checkpoints,requested}')::numeric - (before #>> '{checkpoints,requested}')::numeric) AS requested,
             sum((after #>> '{checkpoints,timed}')::numeric - (before #>> '{checkpoints,timed}')::numeric) AS timed,
             sum((after ->> 'at')::numeric - (before ->> 'at')::numeric) AS seconds,
             sum((after #>> '{database,temp_bytes}')::numeric - (before #>> '{database,temp_bytes}')::numeric) AS temp,
             sum((after #>> '{wal,bytes}')::numeric - (before #>> '{wal,bytes}')::numeric) AS wal,
             sum((after #>> '{wal,records}')::numeric - (before #>> '{wal,records}')::numeric) AS records,
             sum((after #>> '{wal,full_page_images}')::numeric - (before #>> '{wal,full_page_images}')::numeric) AS images
      FROM turn) AS d
\gset
