-- The statements of this role in this database that pg_stat_statements has, where it is loaded and
-- this role may read it: a line "loaded", and then for each its number, the blocks hit and read so
-- far, and its text.
SELECT coalesce((SELECT format($q$SELECT 'loaded' UNION ALL
                                   (SELECT concat_ws('|', queryid, shared_blks_hit, shared_blks_read, translate(query, E'\n\r', '  '))
                                    FROM %s
                                    WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                                          AND userid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
                                          AND queryid IS NOT NULL AND length(query) < 10000
                                          AND query NOT LIKE '%%perfkit_observer%%')$q$, c.oid::regclass)
                 FROM pg_extension e
                      JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                                          AND d.classid = 'pg_class'::regclass
                      JOIN pg_class c ON c.oid = d.objid AND c.relname = 'pg_stat_statements'
                 WHERE e.extname = 'pg_stat_statements' AND current_setting('pg_stat_statements.max', true) IS NOT NULL
                       AND has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')),
                'SELECT WHERE false') AS look_at_statements
\gset
:look_at_statements;
