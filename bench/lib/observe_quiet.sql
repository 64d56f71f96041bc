-- How many sessions of this role in this database began after :connected_at and still exist, apart
-- from the runner's own.
SELECT /* perfkit_observer */ count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
  AND NOT pid = ANY (string_to_array(:'own_pids', ' ')::int[]) AND backend_start > :'connected_at'::timestamptz;
