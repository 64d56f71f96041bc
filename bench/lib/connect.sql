-- What the runner needs to know about the server and about a session as its user gets it, as one
-- JSON object. Sets nothing, and calls only functions of pg_catalog. perfkit: the quoted schema it
-- is in, null if it is not installed. in_path: the search path finds it. guard: the guard is active
-- and can be switched off. grants: the GRANT statements that this role needs before it can store a
-- run.
SELECT pg_catalog.json_build_object(
    'direct', pg_catalog.current_setting('perfkit_runner.direct', true),
    'version', pg_catalog.current_setting('server_version'),
    'database', pg_catalog.current_database(),
    'quoted_database', pg_catalog.quote_ident(pg_catalog.current_database()),
    'role', pg_catalog.quote_ident(current_user),
    'pid', pg_catalog.pg_backend_pid()::pg_catalog.text,
    'connected_at', pg_catalog.clock_timestamp()::pg_catalog.text,
    'read_only', pg_catalog.current_setting('transaction_read_only'),
    'in_recovery', pg_catalog.pg_is_in_recovery(),
    'transaction_timeout', pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL,
    'path', pg_catalog.current_setting('search_path'),
    'schema', pg_catalog.current_schema(),
    'schemas', pg_catalog.current_schemas(false)::pg_catalog.text,
    'perfkit', pg_catalog.quote_ident(home.nspname),
    'in_path', coalesce(home.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false)), false),
    'guard', EXISTS (SELECT FROM pg_catalog.pg_settings
                     WHERE name OPERATOR(pg_catalog.=) 'perfkit.guard'
                       AND (context OPERATOR(pg_catalog.=) 'user' OR pg_catalog.has_parameter_privilege(name, 'SET'))),
    'grants', (SELECT pg_catalog.string_agg(statement, '; ')
               FROM (SELECT pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', home.nspname, current_user) AS statement
                     WHERE NOT pg_catalog.has_schema_privilege(home.oid, 'USAGE')
                     UNION ALL
                     SELECT pg_catalog.format('GRANT %s ON %I.%I TO %I', pg_catalog.string_agg(privilege, ', '), home.nspname,
                                              c.relname, current_user)
                     FROM pg_catalog.pg_class c, pg_catalog.unnest(ARRAY['SELECT', 'INSERT', 'DELETE']) AS privilege
                     WHERE c.relnamespace OPERATOR(pg_catalog.=) home.oid
                       AND c.relname OPERATOR(pg_catalog.=) ANY (ARRAY['perfkit_runs', 'perfkit_run_seconds',
                                                                       'perfkit_run_transactions', 'perfkit_run_invariants']::pg_catalog.name[])
                       AND (privilege OPERATOR(pg_catalog.<>) 'DELETE' OR c.relname OPERATOR(pg_catalog.=) 'perfkit_run_invariants')
                       AND NOT pg_catalog.has_table_privilege(c.oid, privilege)
                     GROUP BY c.relname) AS missing))
FROM (SELECT) AS always
     LEFT JOIN (SELECT n.oid, n.nspname
                FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                WHERE e.extname OPERATOR(pg_catalog.=) 'perfkit') AS home ON true;
