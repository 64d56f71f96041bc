-- Observe: what is read from shared buffers and what from outside; memory of processes.

CREATE FUNCTION perfkit_resident_blocks(wanted boolean, OUT relation oid, OUT blocks bigint)
RETURNS SETOF record
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000
AS 'MODULE_PATHNAME', 'perfkit_resident_blocks';

COMMENT ON FUNCTION perfkit_resident_blocks(boolean) IS
'How many blocks of each relation of this database are in shared buffers now, from pg_buffercache.
Counts blocks of the main fork. Looks at all shared buffers, which takes a second for some 10 GB.
wanted: if false or NULL, nothing is looked at, and there are no rows.
Errors: 55000 pg_buffercache is not installed, 42501 the caller may not read it';

CREATE FUNCTION perfkit_check_table(target_table regclass) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF target_table IS NOT NULL
       AND NOT EXISTS (SELECT FROM pg_class WHERE oid = target_table AND relkind IN ('r', 'm', 'p')) THEN
        RAISE '"%" is not a table', coalesce((SELECT relname::text FROM pg_class WHERE oid = target_table), target_table::text)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Pass a table, a partitioned table or a materialized view.';
    END IF;
    RETURN true;
END
$$;

COMMENT ON FUNCTION perfkit_check_table(regclass) IS
'Raises an error for what is neither a table nor a materialized view; true for NULL.
Errors: 22023 not a table';

CREATE FUNCTION perfkit_cache_hit(
    target_schema name DEFAULT NULL,
    target_table regclass DEFAULT NULL,
    resident boolean DEFAULT false)
RETURNS TABLE (
    relation regclass,
    index regclass,
    kind text,
    hits bigint,
    reads bigint,
    hit_rate double precision,
    size_bytes bigint,
    resident_bytes bigint)
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100
SET jit = off
BEGIN ATOMIC
    WITH wanted AS MATERIALIZED (
        SELECT c.oid, c.reltoastrelid
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'm') AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)
          AND (SELECT perfkit_check_table(perfkit_cache_hit.target_table))
          AND CASE WHEN perfkit_cache_hit.target_table IS NOT NULL
                   THEN c.oid = perfkit_cache_hit.target_table::oid
                        OR EXISTS (SELECT FROM pg_catalog.pg_partition_tree(perfkit_cache_hit.target_table) p WHERE p.relid::oid = c.oid)
                   WHEN perfkit_cache_hit.target_schema IS NULL
                   THEN n.nspname NOT IN ('pg_catalog', 'information_schema')
                        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                                        WHERE e.classid = 'pg_catalog.pg_class'::regclass::oid AND e.objid = c.oid AND e.deptype = 'e')
                   ELSE true END
          AND (perfkit_cache_hit.target_schema IS NULL
               OR n.oid = (SELECT perfkit_schema_oid(perfkit_cache_hit.target_schema)))
    ), locked AS MATERIALIZED (
        SELECT l.relation
        FROM pg_catalog.pg_locks l
        WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
          AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
    ), part AS (
        SELECT w.oid AS table_oid, w.oid, NULL::oid AS index_oid, 'table'::text AS kind FROM wanted w
        UNION ALL
        SELECT w.oid, i.indexrelid, i.indexrelid, 'index'
        FROM wanted w JOIN pg_catalog.pg_index i ON i.indrelid = w.oid
        UNION ALL
        SELECT w.oid, w.reltoastrelid, NULL, 'toast' FROM wanted w WHERE w.reltoastrelid <> 0::oid
        UNION ALL
        SELECT w.oid, i.indexrelid, NULL, 'toast index'
        FROM wanted w JOIN pg_catalog.pg_index i ON i.indrelid = w.reltoastrelid
        WHERE w.reltoastrelid <> 0::oid
    ), counted AS MATERIALIZED (
        SELECT p.table_oid, p.index_oid, p.kind, pg_catalog.pg_stat_get_blocks_hit(p.oid) AS hits,
               -- (counted one after the other, while others read)
               greatest(pg_catalog.pg_stat_get_blocks_fetched(p.oid) - pg_catalog.pg_stat_get_blocks_hit(p.oid), 0::bigint) AS reads,
               CASE WHEN p.oid IN (SELECT l.relation FROM locked l)
                    THEN o.relpages::bigint * pg_catalog.current_setting('block_size')::bigint
                    ELSE pg_catalog.pg_relation_size(p.oid::regclass) END AS size_bytes,
               CASE WHEN perfkit_cache_hit.resident
                    THEN coalesce(b.blocks, 0::bigint) * pg_catalog.current_setting('block_size')::bigint END AS resident_bytes
        FROM part p
             JOIN pg_catalog.pg_class o ON o.oid = p.oid
             LEFT JOIN perfkit_resident_blocks(perfkit_cache_hit.resident) b ON b.relation = p.oid
    )
    SELECT r.relation, r.index, r.kind, r.hits, r.reads,
           CASE WHEN r.hits + r.reads > 0::bigint THEN r.hits::double precision / (r.hits + r.reads)::double precision END,
           r.size_bytes, r.resident_bytes
    FROM (SELECT c.table_oid::regclass AS relation, c.index_oid::regclass AS index, c.kind, c.hits, c.reads, c.size_bytes, c.resident_bytes
          FROM counted c
          UNION ALL
          SELECT NULL, NULL, 'all', coalesce(pg_catalog.sum(c.hits)::bigint, 0::bigint), coalesce(pg_catalog.sum(c.reads)::bigint, 0::bigint),
                 coalesce(pg_catalog.sum(c.size_bytes)::bigint, 0::bigint), pg_catalog.sum(c.resident_bytes)::bigint
          FROM counted c) AS r
    ORDER BY r.kind = 'all', r.reads DESC, r.relation::text, r.kind, r.index::text;
END;

COMMENT ON FUNCTION perfkit_cache_hit(name, regclass, boolean) IS
'How often blocks of tables and their indexes were found in shared buffers; most reads first.
target_schema: tables of one schema. target_table: one table, or all partitions of one; NULL: all
tables but the system''s and those of extensions. One row for each table, index, TOAST table and
index of a TOAST table, and a last one of kind all for their sums.
kind: table, index (index says which), toast, toast index, all. hits: blocks found in shared
buffers. reads: blocks that were not; the operating system may have had them in its own cache.
hit_rate: hits / (hits + reads), 0 to 1; NULL where nothing was read. Counters begin with the last
pg_stat_reset(), or a crash; a session adds its own when it is idle, or with
pg_stat_force_next_flush(). Anyone may read them.
size_bytes: of the main fork; of what another session has locked ACCESS EXCLUSIVE, or waits to lock
so, as of the last VACUUM or ANALYZE, so that it need not be waited for. It waits for a lock that is
taken while it runs, and for those of the partitions of a target_table; lock_timeout limits that.
resident: also counts what is in shared buffers now (resident_bytes), which takes the extension
pg_buffercache and the right to read it.
perfkit_run_cache_hit() has the rates of a run.
Errors: 42704 no such schema, 22023 not a table, and with resident: 55000 pg_buffercache is not
installed, 42501 the caller may not read it';

CREATE FUNCTION perfkit_assert_cache_hit(
    min_rate double precision DEFAULT 0.9,
    target_schema name DEFAULT NULL,
    target_table regclass DEFAULT NULL,
    min_reads bigint DEFAULT 1000)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'perfkit_assert_cache_hit';

COMMENT ON FUNCTION perfkit_assert_cache_hit(double precision, name, regclass, bigint) IS
'Fails unless at least a share of the blocks of tables and indexes was found in shared buffers.
min_rate: 0 to 1. target_schema, target_table: as for perfkit_cache_hit(), whose row of kind all is
judged. If fewer than min_reads blocks were read in all, cached or not, the assertion fails as
undecided: so few say nothing about the load. The error names the three tables or indexes with the
most blocks from outside of shared buffers.
For the rate of one load, run pg_stat_reset() before it; of a run of perfkit, the budget
min_cache_hit judges it.
Errors: P0004 failed assertion, 22004 min_rate or min_reads is null, 22023 min_rate or min_reads is
out of range or target_table is not a table, 42704 no such schema';

CREATE FUNCTION perfkit_memory(
    OUT pid integer,
    OUT backend_type text,
    OUT database name,
    OUT role name,
    OUT application_name text,
    OUT state text,
    OUT private_bytes bigint,
    OUT contexts_bytes bigint,
    OUT unknown_because text)
RETURNS SETOF record
LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'perfkit_memory';

COMMENT ON FUNCTION perfkit_memory() IS
'The memory of the server''s processes now, one row each, as in pg_stat_activity.
private_bytes: physical memory that is the process''s alone, without shared buffers (RssAnon of
Linux). contexts_bytes: what this session''s own backend has allocated in memory contexts; NULL for
others. unknown_because: why private_bytes is NULL: another role''s process, unless the caller is a
superuser or a member of pg_read_all_stats; or a system other than Linux.
perfkit_run_memory() tells whether memory grew during a run.';
