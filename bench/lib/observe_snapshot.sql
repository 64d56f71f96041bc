-- Counters and sizes as they are now, as one JSON object. Those of the database and of the server's WAL include what others do
-- there meanwhile. Relations are the tables and materialised views in the search path's schemas, but for those of extensions,
-- and their indexes. Sizes are NULL for a relation that is being dropped.
WITH workload_table AS (
    SELECT c.oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname = ANY (current_schemas(false)) AND n.nspname !~ '^pg_temp'
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), relation AS (
    SELECT oid, 'table' AS kind, oid AS table_oid, pg_table_size(oid) AS bytes FROM workload_table
    UNION ALL
    SELECT i.indexrelid, 'index', t.oid, pg_relation_size(i.indexrelid)
    FROM workload_table t JOIN pg_index i ON i.indrelid = t.oid
)
SELECT jsonb_build_object(
    'database', (SELECT jsonb_build_object('blocks_hit', blks_hit, 'blocks_read', blks_read, 'deadlocks', deadlocks,
                                           'temp_bytes', temp_bytes)
                 FROM pg_stat_database WHERE datname = current_database()),
    'wal', (SELECT jsonb_build_object('bytes', wal_bytes, 'records', wal_records, 'full_page_images', wal_fpi) FROM pg_stat_wal),
    'relations', coalesce((SELECT jsonb_object_agg(oid::regclass::text,
                                                   jsonb_build_object('kind', kind, 'table', table_oid::regclass::text, 'bytes', bytes))
                           FROM relation), '{}'));
