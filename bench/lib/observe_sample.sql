-- One sample of this database's sessions: how many wait for a lock, how many are active, the
-- longest wait in milliseconds, and their process IDs. Looks at the locks only when a session waits
-- for one.
SELECT waiting, working, CASE WHEN waiting > 0 THEN
           (SELECT round(1000 * extract(epoch FROM max(clock_timestamp() - waitstart))) FROM pg_locks WHERE NOT granted) END, processes
FROM (SELECT count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting, count(*) FILTER (WHERE state = 'active') AS working,
             string_agg(pid::text, ' ') AS processes
      FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
        AND NOT pid = ANY (string_to_array(:'own_pids', ' ')::int[])) AS sessions;
