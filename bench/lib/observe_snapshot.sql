-- Current counters and sizes, as one JSON object. Those of the database and of the server's WAL
-- include other sessions' work. Relations are the tables and materialized views in :schemas, the
-- user's search path, except those of extensions, and their indexes. Where two have the same name,
-- only the one that the search path finds is listed without its schema. The size of a relation that
-- is being dropped is NULL. Statements are sums of pg_stat_statements, where it is loaded and this
-- role may read it: those of this role in this database, but for the observer's own.
SELECT coalesce((SELECT format($q$(SELECT jsonb_build_object('calls', sum(calls), 'rows', sum(rows),
                                       'blocks', sum(shared_blks_hit + shared_blks_read),
                                       'temp_blocks', sum(temp_blks_written), 'wal_records', sum(wal_records))
                                   FROM %s
                                   WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                                         AND userid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
                                         AND query NOT LIKE '%%perfkit_observer%%')$q$, c.oid::regclass)
                 FROM pg_extension e
                      JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                                          AND d.classid = 'pg_class'::regclass
                      JOIN pg_class c ON c.oid = d.objid AND c.relname = 'pg_stat_statements'
                 WHERE e.extname = 'pg_stat_statements' AND current_setting('pg_stat_statements.max', true) IS NOT NULL
                       AND has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')),
                'NULL::jsonb') AS statements,
       -- from 17 on the checkpointer has a view of its own
       CASE WHEN to_regclass('pg_catalog.pg_stat_checkpointer') IS NULL
            THEN '(SELECT jsonb_build_object(''requested'', checkpoints_req, ''timed'', checkpoints_timed) FROM pg_stat_bgwriter)'
            ELSE '(SELECT jsonb_build_object(''requested'', num_requested, ''timed'', num_timed) FROM pg_stat_checkpointer)' END AS checkpoints
\gset
WITH workload_table AS (
    SELECT c.oid, c.relname, n.nspname, array_position(:'schemas'::name[], n.nspname) AS place
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname = ANY (:'schemas'::name[]) AND n.nspname !~ '^pg_temp'
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), relation AS (
    SELECT oid, 'table' AS kind, oid AS table_oid, relname, nspname, place, pg_table_size(oid) AS bytes FROM workload_table
    UNION ALL
    SELECT i.indexrelid, 'index', t.oid, c.relname, t.nspname, t.place, pg_relation_size(i.indexrelid)
    FROM workload_table t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid
), named AS (
    SELECT oid, kind, table_oid, bytes,
           CASE WHEN row_number() OVER (PARTITION BY relname ORDER BY place) = 1 THEN quote_ident(relname)
                ELSE format('%I.%I', nspname, relname) END AS name
    FROM relation
)
SELECT /* perfkit_observer */ jsonb_build_object(
    'at', extract(epoch FROM clock_timestamp()), 'statements', :statements, 'checkpoints', :checkpoints,
    'database', (SELECT jsonb_build_object('blocks_hit', blks_hit, 'blocks_read', blks_read, 'deadlocks', deadlocks,
                                           'temp_bytes', temp_bytes, 'temp_files', temp_files, 'read_ms', blk_read_time,
                                           'rows_read', tup_returned, 'rows_by_index', tup_fetched,
                                           'rows_written', tup_inserted + tup_updated + tup_deleted)
                 FROM pg_stat_database WHERE datname = current_database()),
    'wal', (SELECT jsonb_build_object('bytes', wal_bytes, 'records', wal_records, 'full_page_images', wal_fpi) FROM pg_stat_wal),
    'relations', coalesce((SELECT jsonb_object_agg(r.name, jsonb_build_object('kind', r.kind, 'table', t.name, 'bytes', r.bytes))
                           FROM named r JOIN named t ON t.oid = r.table_oid), '{}'));
