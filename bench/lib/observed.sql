-- What the observer has seen, as one JSON object in variable observed. Values per transaction refer
-- to the transactions in the log, failed ones included, skipped ones not.
SELECT jsonb_build_object(
    'transactions', t.count,
    'lock_waits', jsonb_build_object(
        'samples', s->'samples', 'samples_with_waits', s->'with_waits', 'most_sessions_waiting', s->'most_waiting',
        'mean_sessions_waiting', round((s->>'waiting')::numeric / nullif((s->>'samples')::numeric, 0), 3),
        'longest_wait_ms', CASE WHEN (s->>'with_waits')::int > 0 THEN s->'longest_wait_ms' END,
        'mean_sessions_working', round((s->>'working')::numeric / nullif((s->>'samples')::numeric, 0), 3)),
    'deadlocks', d.deadlocks,
    'buffers', jsonb_build_object('hit', d.hit, 'read', d.read, 'hit_per_transaction', round(d.hit / nullif(t.count, 0), 2),
                                  'read_per_transaction', round(d.read / nullif(t.count, 0), 2)),
    'temp_bytes', d.temp,
    'wal', jsonb_build_object('bytes', d.wal, 'records', d.records, 'full_page_images', d.images,
                              'bytes_per_transaction', round(d.wal / nullif(t.count, 0), 1),
                              'records_per_transaction', round(d.records / nullif(t.count, 0), 2)),
    'relations', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                             'relation', name, 'kind', a.properties->'kind', 'table', a.properties->'table',
                             'bytes_before', coalesce(b.properties->'bytes', '0'), 'bytes_after', a.properties->'bytes')
                             ORDER BY a.properties->>'table', a.properties->>'kind' DESC, name), '[]')
                  FROM jsonb_each(:'after'::jsonb->'relations') AS a (name, properties)
                       LEFT JOIN jsonb_each(:'before'::jsonb->'relations') AS b (name, properties) USING (name)
                  WHERE a.properties->'table' IN (SELECT to_jsonb(shipped) FROM :perfkit.perfkit_workloads() w, unnest(w.tables) AS shipped
                                                  WHERE w.workload = :'workload')
                     OR a.properties->'bytes' IS DISTINCT FROM b.properties->'bytes'),
    'backend_memory', jsonb_build_object(
        'peak_bytes', nullif(:'memory', '')::bigint * 1024,
        'unknown_because', CASE WHEN :'memory' <> '' THEN NULL
                                WHEN inet_server_addr() IS DISTINCT FROM inet_client_addr() THEN 'the server is on another machine'
                                WHEN (s->>'samples')::int = 0 THEN 'there was no sample'
                                ELSE 'the server''s processes are not visible in /proc' END)) AS observed
FROM (SELECT :'sessions'::jsonb) AS sessions (s),
     (SELECT count(*)::numeric FROM staged_log WHERE latency <> 'skipped') AS t (count),
     (SELECT greatest(0, (a #>> '{database,deadlocks}')::numeric - (b #>> '{database,deadlocks}')::numeric) AS deadlocks,
             (a #>> '{database,blocks_hit}')::numeric - (b #>> '{database,blocks_hit}')::numeric AS hit,
             (a #>> '{database,blocks_read}')::numeric - (b #>> '{database,blocks_read}')::numeric AS read,
             (a #>> '{database,temp_bytes}')::numeric - (b #>> '{database,temp_bytes}')::numeric AS temp,
             (a #>> '{wal,bytes}')::numeric - (b #>> '{wal,bytes}')::numeric AS wal,
             (a #>> '{wal,records}')::numeric - (b #>> '{wal,records}')::numeric AS records,
             (a #>> '{wal,full_page_images}')::numeric - (b #>> '{wal,full_page_images}')::numeric AS images
      FROM (SELECT :'after'::jsonb AS a, :'before'::jsonb AS b) AS counters) AS d
\gset
