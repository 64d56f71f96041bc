-- Current counters and sizes, as one JSON object. Those of the database and of the server's WAL
-- include other sessions' work. Relations are the tables and materialized views in :schemas, the
-- user's search path, except those of extensions, and their indexes. Where two have the same name,
-- only the one that the search path finds is listed without its schema. The size of a relation that
-- is being dropped is NULL.
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
SELECT jsonb_build_object(
    'database', (SELECT jsonb_build_object('blocks_hit', blks_hit, 'blocks_read', blks_read, 'deadlocks', deadlocks,
                                           'temp_bytes', temp_bytes)
                 FROM pg_stat_database WHERE datname = current_database()),
    'wal', (SELECT jsonb_build_object('bytes', wal_bytes, 'records', wal_records, 'full_page_images', wal_fpi) FROM pg_stat_wal),
    'relations', coalesce((SELECT jsonb_object_agg(r.name, jsonb_build_object('kind', r.kind, 'table', t.name, 'bytes', r.bytes))
                           FROM named r JOIN named t ON t.oid = r.table_oid), '{}'));
