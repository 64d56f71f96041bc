-- What this role still has to be granted before it can store a run, as statements; a null when that is nothing.
SELECT string_agg(statement, '; ')
FROM (SELECT n.oid, n.nspname
      FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
      WHERE e.extname = 'perfkit') AS home,
     LATERAL (SELECT format('GRANT USAGE ON SCHEMA %I TO %I', home.nspname, current_user) AS statement
              WHERE NOT has_schema_privilege(home.oid, 'USAGE')
              UNION ALL
              SELECT format('GRANT %s ON %I.%I TO %I', string_agg(privilege, ', '), home.nspname, c.relname, current_user)
              FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT']) AS privilege
              WHERE c.relnamespace = home.oid AND c.relname IN ('perfkit_runs', 'perfkit_run_transactions', 'perfkit_run_invariants')
                AND NOT has_table_privilege(c.oid, privilege)
              GROUP BY c.relname) AS missing;
