-- The server's time, and what PGOPTIONS has to add so that pgbench's sessions find perfkit too, as this one does since prelude.sql:
-- the search path it set, where that is not the session's own. There, blanks and backslashes are taken literally after
-- a backslash.
SELECT clock_timestamp(),
       coalesce((SELECT '-c search_path=' || regexp_replace(setting, '([\\[:space:]])', '\\\1', 'g')
                 FROM pg_settings WHERE name = 'search_path' AND setting IS DISTINCT FROM reset_val), '');
