-- One sample of this database's sessions. The first line: S, how many wait for a lock, how many
-- are active, the longest wait in milliseconds, their process IDs, and those of the load's
-- sessions. Looks at the locks only when a session waits for one. Then a line for each thing that
-- active sessions of the load do: W, how many, the kind of wait and its event (empty: they wait for
-- nothing), and the beginning of the statement. The load's sessions are those of this role that
-- began after the run did; through a pooler that is not ours (:pooled), all.
WITH session AS MATERIALIZED (
    SELECT pid, state, wait_event_type, wait_event, query,
           :'pooled'::boolean OR usesysid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
                                 AND backend_start > :'connected_at'::timestamptz AS is_load
    -- (the view pg_stat_activity takes twice as long, to look up names)
    FROM pg_stat_get_activity(NULL)
    WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND backend_type = 'client backend'
      AND pid <> pg_backend_pid()
      AND NOT pid = ANY (string_to_array(:'own_pids', ' ')::int[])
)
SELECT /* perfkit_observer */ concat_ws('|', 'S', waiting, working,
                 CASE WHEN waiting > 0
                      THEN coalesce((SELECT round(1000 * extract(epoch FROM max(clock_timestamp() - waitstart)))
                                     FROM pg_locks WHERE NOT granted), 0) ELSE 0 END,
                 processes, of_load)
FROM (SELECT count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting, count(*) FILTER (WHERE state = 'active') AS working,
             coalesce(string_agg(pid::text, ' '), '') AS processes,
             coalesce(string_agg(pid::text, ' ') FILTER (WHERE is_load), '') AS of_load
      FROM session) AS sessions
UNION ALL
SELECT concat_ws('|', 'W', count(*), coalesce(wait_event_type, ''), coalesce(wait_event, ''),
                 translate(left(query, 1000), E'\n\r', '  '))
FROM session WHERE is_load AND state = 'active'
GROUP BY wait_event_type, wait_event, left(query, 1000);
