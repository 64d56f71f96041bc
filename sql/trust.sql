-- A schema in which other roles may create functions is unsafe: one of theirs can be chosen for a
-- call that a user types.
DO $$
DECLARE
    target_schema name := pg_catalog.current_schema();
    others text;
BEGIN
    SELECT pg_catalog.string_agg(DISTINCT grants.grantee, ', ') INTO others
    FROM (SELECT CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::oid THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END AS grantee
          FROM pg_catalog.pg_namespace n
               CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
               LEFT JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) a.grantee
          WHERE n.nspname OPERATOR(pg_catalog.=) target_schema AND a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'
            AND a.grantee OPERATOR(pg_catalog.<>) n.nspowner AND r.rolsuper IS NOT TRUE
            AND r.rolname IS DISTINCT FROM CURRENT_USER) AS grants;
    IF others IS NOT NULL THEN
        RAISE WARNING 'others may create functions in schema "%"', target_schema
            USING DETAIL = pg_catalog.format('CREATE is granted to %s. A function of theirs with the name of one of perfkit''s may be chosen for a call that you type, and then runs with your privileges.', others),
                  HINT = pg_catalog.format('Run REVOKE CREATE ON SCHEMA %s FROM %s, or install perfkit into a schema of its own: DROP EXTENSION perfkit; CREATE SCHEMA perfkit; CREATE EXTENSION perfkit SCHEMA perfkit.', pg_catalog.quote_ident(target_schema), others);
    END IF;
END $$;
