-- A schema in which other roles may create functions is unsafe: one of theirs can be chosen for a
-- call that a user types.
DO $$
DECLARE
    target_schema name := pg_catalog.current_schema();
    others text;
    owner text;
    reasons text;
BEGIN
    SELECT pg_catalog.string_agg(DISTINCT grants.grantee, ', ') INTO others
    FROM (SELECT CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::oid THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END AS grantee
          FROM pg_catalog.pg_namespace n
               CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
               LEFT JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) a.grantee
          WHERE n.nspname OPERATOR(pg_catalog.=) target_schema AND a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'
            AND a.grantee OPERATOR(pg_catalog.<>) n.nspowner AND r.rolsuper IS NOT TRUE
            AND r.rolname IS DISTINCT FROM CURRENT_USER) AS grants;
    SELECT pg_catalog.quote_ident(r.rolname) INTO owner
    FROM pg_catalog.pg_namespace n
         CROSS JOIN pg_catalog.pg_database d
         JOIN pg_catalog.pg_roles r
              ON r.oid OPERATOR(pg_catalog.=) CASE WHEN n.nspowner OPERATOR(pg_catalog.=) 'pg_database_owner'::pg_catalog.regrole::oid
                                                   THEN d.datdba ELSE n.nspowner END
    WHERE n.nspname OPERATOR(pg_catalog.=) target_schema AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
      AND NOT r.rolsuper AND r.rolname OPERATOR(pg_catalog.<>) CURRENT_USER;
    IF owner IS NOT NULL THEN
        reasons := pg_catalog.format('The schema belongs to %s. ', owner);
    END IF;
    IF others IS NOT NULL THEN
        reasons := pg_catalog.concat(reasons, pg_catalog.format('CREATE is granted to %s. ', others));
    END IF;
    IF reasons IS NOT NULL THEN
        -- REVOKE does not help against the owner, who can grant the privilege again.
        RAISE WARNING 'others may create functions in schema "%"', target_schema
            USING DETAIL = pg_catalog.concat(reasons, 'A function of theirs with the name of one of perfkit''s may be chosen for a call that you type, and then runs with your privileges.'),
                  HINT = pg_catalog.concat(CASE WHEN owner IS NULL THEN pg_catalog.format('Run REVOKE CREATE ON SCHEMA %s FROM %s, or install', pg_catalog.quote_ident(target_schema), others) ELSE 'Install' END,
                                           ' perfkit into a schema of its own: DROP EXTENSION perfkit; CREATE SCHEMA perfkit; CREATE EXTENSION perfkit SCHEMA perfkit.');
    END IF;
END $$;
