-- Observe: indexes that another one makes redundant, or that nobody reads.

CREATE FUNCTION perfkit_schema_oid(target_schema name) RETURNS oid
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found oid := (SELECT oid FROM pg_namespace WHERE nspname = target_schema);
BEGIN
    IF found IS NULL AND target_schema IS NOT NULL THEN
        RAISE 'schema "%" does not exist', target_schema USING ERRCODE = 'undefined_object',
            HINT = 'Pass the name of a schema as it is in pg_namespace, without quotes, or NULL for all.';
    END IF;
    RETURN found;
END
$$;

COMMENT ON FUNCTION perfkit_schema_oid(name) IS
'The OID of a schema; NULL for NULL.
Errors: 42704 no such schema';

-- Arrays and vectors have operators for anyarray only, and one for just these types would be a
-- closer match. So columns of indexes are compared as text.
CREATE FUNCTION perfkit_index_columns(
    OUT index oid,
    OUT relation oid,
    OUT method name,
    OUT keys text,
    OUT reversed text,
    OUT key_columns smallint,
    OUT columns text,
    OUT included jsonb,
    OUT first_column smallint,
    OUT predicate text,
    OUT options text,
    OUT is_locked boolean)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1000
BEGIN ATOMIC
    WITH locked AS MATERIALIZED (
        SELECT l.relation
        FROM pg_catalog.pg_locks l
        WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
          AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
    )
    SELECT i.indexrelid, i.indrelid, m.amname,
           pg_catalog.string_agg(k.key || ' '::text || k.kind || ' '::text || k.direction::text || E'\n'::text, ''::text ORDER BY k.place)
               FILTER (WHERE k.is_key),
           -- Read backwards, a B-tree has all of its columns in the other direction.
           pg_catalog.string_agg(k.key || ' '::text || k.kind || ' '::text || (k.direction # 3)::text || E'\n'::text, ''::text ORDER BY k.place)
               FILTER (WHERE k.is_key),
           i.indnkeyatts,
           E'\n'::text || pg_catalog.string_agg(k.key || E'\n'::text, ''::text ORDER BY k.place),
           coalesce(pg_catalog.jsonb_agg(k.key) FILTER (WHERE NOT k.is_key), '[]'),
           i.indkey[0],
           CASE WHEN i.indpred IS NULL THEN ''
                WHEN x.is_locked THEN 'of index '::text || i.indexrelid::text
                ELSE pg_catalog.pg_get_expr(i.indpred, i.indrelid) END,
           -- Of other methods they decide how much an index finds.
           CASE WHEN m.amname NOT IN ('btree', 'hash') THEN coalesce(c.reloptions::text, '') ELSE '' END,
           x.is_locked
    FROM pg_catalog.pg_index i
         JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
         JOIN pg_catalog.pg_am m ON m.oid = c.relam
         CROSS JOIN LATERAL (
             SELECT i.indexrelid IN (SELECT l.relation FROM locked l) OR i.indrelid IN (SELECT l.relation FROM locked l) AS is_locked) AS x
         CROSS JOIN LATERAL (
             SELECT g.place, g.place <= i.indnkeyatts::integer AS is_key,
                    CASE WHEN i.indkey[g.place - 1] <> 0 THEN i.indkey[g.place - 1]::text
                         WHEN x.is_locked THEN 'of index '::text || i.indexrelid::text
                         ELSE pg_catalog.pg_get_indexdef(i.indexrelid, g.place, true) END AS key,
                    pg_catalog.concat_ws(' ', i.indclass[g.place - 1], i.indcollation[g.place - 1], a.attoptions::text) AS kind,
                    i.indoption[g.place - 1]::integer AS direction
             FROM pg_catalog.generate_series(1, i.indnatts::integer) AS g (place)
                  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = g.place) AS k
    GROUP BY i.indexrelid, i.indrelid, m.amname, i.indnkeyatts, i.indkey, i.indpred, c.reloptions, x.is_locked;
END;

COMMENT ON FUNCTION perfkit_index_columns() IS
'The columns of all indexes, as texts that are equal where two indexes can replace each other.
keys: a line for each key column with its number or expression, operator class, collation, options
and direction. reversed: the same for reading backwards. columns: all, between newlines. included:
those of INCLUDE. first_column: number of the first column in the table, 0 for an expression.
is_locked: another session has, or waits for, an ACCESS EXCLUSIVE lock of the table or the index.
What would wait for that lock, the text of an expression or a predicate, is then the index''s own,
so that it is equal to no other.';

-- The planner does not know how many rows the parts of the next two functions have. It takes them
-- to be few, and nested loops over thousands of indexes would take minutes.
CREATE FUNCTION perfkit_covered_indexes(
    OUT index oid,
    OUT covered_by oid,
    OUT is_duplicate boolean,
    OUT backwards boolean)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 100
SET jit = off
SET enable_nestloop = off
BEGIN ATOMIC
    WITH candidate AS MATERIALIZED (
        SELECT k.*, i.indisunique AS is_unique, i.indisprimary AS is_primary, i.indisexclusion AS is_exclusion,
               i.indnullsnotdistinct AS nulls_not_distinct, i.indimmediate AS is_immediate,
               i.indisvalid AND i.indisready AND i.indislive AS is_valid, c.relispartition AS is_attached,
               -- Of two that can replace each other, the one with the larger number stays, or the
               -- older one.
               c.relispartition::integer * 64 + i.indisprimary::integer * 32 + i.indisreplident::integer * 16
               + coalesce(o.is_referenced, false)::integer * 8 + coalesce(o.is_constraint, false)::integer * 4
               + i.indisunique::integer * 2 + i.indisclustered::integer AS worth
        FROM perfkit_index_columns() k
             JOIN pg_catalog.pg_index i ON i.indexrelid = k.index
             JOIN pg_catalog.pg_class c ON c.oid = k.index
             LEFT JOIN (SELECT o.conindid, pg_catalog.bool_or(o.contype = 'f') AS is_referenced,
                               pg_catalog.bool_or(o.contype IN ('u', 'x')) AS is_constraint
                        FROM pg_catalog.pg_constraint o GROUP BY o.conindid) AS o ON o.conindid = k.index
    ), pair AS MATERIALIZED (
        SELECT a.index, b.index AS other, a.worth AS worth, b.worth AS other_worth, e.is_equal,
               e.is_equal AND a.keys <> b.keys OR NOT e.is_equal AND NOT pg_catalog.starts_with(b.keys, a.keys) AS backwards,
               b.key_columns
        FROM candidate a
             JOIN candidate b ON b.relation = a.relation AND b.index <> a.index AND b.method = a.method
                                 AND b.predicate = a.predicate AND b.options = a.options
             CROSS JOIN LATERAL (SELECT a.keys = b.keys OR a.method = 'btree' AND a.reversed = b.keys AS is_equal) AS e
        WHERE a.is_valid AND b.is_valid AND NOT a.is_attached AND NOT a.is_primary AND NOT a.is_exclusion
          AND (e.is_equal
               OR a.method = 'btree' AND (pg_catalog.starts_with(b.keys, a.keys) OR pg_catalog.starts_with(b.keys, a.reversed)))
          -- What it enforces, the other one has to enforce as well.
          AND (NOT a.is_unique
               OR e.is_equal AND b.is_unique AND (b.nulls_not_distinct OR NOT a.nulls_not_distinct)
                  AND (b.is_immediate OR NOT a.is_immediate))
          AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements_text(a.included) AS n (name)
                          WHERE pg_catalog.strpos(b.columns, E'\n'::text || n.name || E'\n'::text) = 0)
    ), redundant AS MATERIALIZED (
        SELECT p.*
        FROM pair p
        WHERE NOT EXISTS (SELECT FROM pair q WHERE q.index = p.other AND q.other = p.index
                                               AND (q.worth < q.other_worth OR q.worth = q.other_worth AND q.index > q.other))
    )
    -- By one that stays: covering is transitive, so there is one.
    SELECT DISTINCT ON (r.index) r.index, r.other, r.is_equal, r.backwards
    FROM redundant r
    WHERE NOT EXISTS (SELECT FROM redundant o WHERE o.index = r.other)
    ORDER BY r.index, r.is_equal DESC, r.backwards, r.key_columns, r.other;
END;

COMMENT ON FUNCTION perfkit_covered_indexes() IS
'Indexes that another index of the same table can replace, and which one; a row for each.
is_duplicate: both have the same key columns; otherwise those of index are the first of the other.
backwards: the other one has to be read backwards for the same order. The other one is not covered
itself, so all of the first column can be dropped without losing more than one of them does.';

CREATE FUNCTION perfkit_redundant_indexes(target_schema name DEFAULT NULL)
RETURNS TABLE (
    relation regclass,
    index regclass,
    verdict text,
    covered_by regclass,
    against text[],
    statement text,
    size_bytes bigint,
    scans bigint,
    last_scan timestamptz,
    counted_since timestamptz)
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 100
SET jit = off
SET enable_nestloop = off
BEGIN ATOMIC
    WITH RECURSIVE server AS MATERIALIZED (
        SELECT pg_catalog.pg_is_in_recovery() AS is_standby,
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication)
               + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots s WHERE s.slot_type = 'physical' AND NOT s.active)
                   AS standbys,
               -- A crash discards all counters, and only those that exist always have then a date.
               greatest((SELECT d.stats_reset FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()),
                        (SELECT least(b.stats_reset, w.stats_reset, a.stats_reset)
                         FROM pg_catalog.pg_stat_bgwriter b, pg_catalog.pg_stat_wal w, pg_catalog.pg_stat_archiver a)) AS counted_since
    ), key AS MATERIALIZED (
        SELECT k.index, k.method, k.first_column, k.predicate, k.is_locked FROM perfkit_index_columns() k
    ), tree AS (
        -- (pg_partition_tree() would lock them)
        SELECT c.oid AS index, c.oid AS part FROM pg_catalog.pg_class c WHERE c.relkind IN ('i', 'I') AND NOT c.relispartition
        UNION ALL
        SELECT t.index, h.inhrelid FROM tree t JOIN pg_catalog.pg_inherits h ON h.inhparent = t.part
    ), leaves AS MATERIALIZED (
        SELECT l.index, pg_catalog.sum(u.idx_scan)::bigint AS scans,
               pg_catalog.sum(CASE WHEN k.is_locked THEN c.relpages::bigint * pg_catalog.current_setting('block_size')::bigint
                                   ELSE pg_catalog.pg_relation_size(l.part::regclass) END)::bigint AS size_bytes,
               pg_catalog.max((pg_catalog.to_jsonb(u) ->> 'last_idx_scan'::text)::timestamptz) AS last_scan,
               pg_catalog.max((pg_catalog.to_jsonb(u) ->> 'stats_reset'::text)::timestamptz) AS stats_reset
        FROM tree l
             JOIN pg_catalog.pg_class c ON c.oid = l.part AND c.relkind = 'i'
             JOIN key k ON k.index = l.part
             JOIN pg_catalog.pg_stat_all_indexes u ON u.indexrelid = l.part
        WHERE u.schemaname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
        GROUP BY l.index
    ), counted AS MATERIALIZED (
        -- A partition's index that is attached to one of the partitioned table is dropped with
        -- that. Columns that only later servers have are looked up by name.
        SELECT i.indexrelid, i.indrelid, c.relkind, c.relname AS index_name, t.relname AS table_name, n.nspname,
               i.indisunique, i.indisprimary, i.indisexclusion, i.indisclustered,
               i.indisreplident OR i.indisprimary AND t.relreplident = 'd' AS is_identity,
               i.indexprs IS NOT NULL AS has_expressions, i.indisvalid AND i.indisready AND i.indislive AS is_valid,
               p.scans, p.size_bytes, p.last_scan,
               coalesce(p.stats_reset, s.counted_since) AS counted_since
        FROM pg_catalog.pg_index i
             JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
             JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
             JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
             CROSS JOIN server s
             JOIN leaves p ON p.index = i.indexrelid
        WHERE NOT c.relispartition AND t.relkind IN ('r', 'm', 'p')
          AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)
          AND (perfkit_redundant_indexes.target_schema IS NULL
               OR n.oid = (SELECT perfkit_schema_oid(perfkit_redundant_indexes.target_schema)))
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                          WHERE e.classid = 'pg_catalog.pg_class'::regclass::oid AND e.objid = t.oid AND e.deptype = 'e')
    ), judged AS MATERIALIZED (
        SELECT c.*, v.covered_by, v.backwards, o.conname AS constraint_name,
               CASE WHEN NOT c.is_valid THEN 'invalid' WHEN v.is_duplicate THEN 'duplicate'
                    WHEN v.covered_by IS NOT NULL THEN 'prefix' ELSE 'unused' END AS verdict,
               v.covered_by IS NULL AND (c.indisunique OR c.indisexclusion) AS enforces
        FROM counted c
             LEFT JOIN perfkit_covered_indexes() v ON v.index = c.indexrelid AND c.is_valid
             LEFT JOIN pg_catalog.pg_constraint o ON o.conindid = c.indexrelid AND o.contype IN ('p', 'u', 'x')
        -- One of a partitioned table is invalid as long as a partition lacks its own.
        WHERE v.covered_by IS NOT NULL OR c.is_valid AND c.scans = 0 OR NOT c.is_valid AND c.relkind = 'i'
    ), reason (indexrelid, place, text, forbids) AS (
        SELECT j.indexrelid, 1 AS place,
               CASE WHEN j.indisprimary THEN 'it enforces the primary key'::text
                    WHEN j.constraint_name IS NOT NULL
                    THEN pg_catalog.format('it enforces constraint "%s", read or not', j.constraint_name)
                    ELSE 'it enforces that values are unique, read or not' END AS text, true AS forbids
        FROM judged j
        WHERE j.enforces AND j.is_valid
        UNION ALL
        SELECT j.indexrelid, 2, 'it is the replica identity of its table', true FROM judged j WHERE j.is_identity
        UNION ALL
        SELECT j.indexrelid, 3, pg_catalog.format('foreign key "%s" of table %s refers to it', f.conname, f.conrelid::regclass), true
        FROM judged j JOIN pg_catalog.pg_constraint f ON f.conindid = j.indexrelid
        WHERE f.contype = 'f' AND f.conparentid = 0::oid
        UNION ALL
        SELECT j.indexrelid, 4, pg_catalog.format('session %s holds a lock that building it takes, so it may be under construction', l.pid), true
        FROM judged j JOIN pg_catalog.pg_locks l ON l.relation = j.indrelid
        WHERE NOT j.is_valid AND l.mode = 'ShareUpdateExclusiveLock'
          AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
        UNION ALL
        SELECT j.indexrelid, 5, 'CLUSTER orders the table by it', false FROM judged j WHERE j.indisclustered
        UNION ALL
        SELECT j.indexrelid, 6, pg_catalog.format('statements may name its constraint "%s" (ON CONFLICT ON CONSTRAINT)', j.constraint_name), false
        FROM judged j
        WHERE j.constraint_name IS NOT NULL AND j.verdict = 'duplicate'
        UNION ALL
        SELECT j.indexrelid, 7, pg_catalog.format('index %s has to be read backwards for the same order', j.covered_by::regclass), false
        FROM judged j
        WHERE j.backwards
        UNION ALL
        SELECT j.indexrelid, 8, pg_catalog.format('index %s is %s times as large', j.covered_by::regclass,
                                    pg_catalog.round(o.size_bytes::numeric / j.size_bytes::numeric, 1)), false
        FROM judged j JOIN counted o ON o.indexrelid = j.covered_by
        WHERE j.size_bytes > 0 AND o.size_bytes > 2 * j.size_bytes
        UNION ALL
        SELECT j.indexrelid, 9, pg_catalog.format('deletes from table %s look here for rows that refer to them (foreign key "%s")',
                                    f.confrelid::regclass, f.conname), false
        FROM judged j
             JOIN pg_catalog.pg_constraint f ON f.conrelid = j.indrelid
             JOIN key k ON k.index = j.indexrelid
        WHERE j.verdict = 'unused' AND f.contype = 'f' AND k.method IN ('btree', 'hash')
          AND k.predicate = '' AND k.first_column::text IN (SELECT pg_catalog.unnest(f.conkey)::text)
        UNION ALL
        SELECT j.indexrelid, 10, pg_catalog.format('%s counts as redundant because of it: drop only one of the two', o.indexrelid::regclass), false
        FROM judged j JOIN judged o ON o.covered_by = j.indexrelid WHERE j.verdict = 'unused'
        UNION ALL
        SELECT j.indexrelid, 11, 'ANALYZE keeps statistics of its expressions, which the planner uses without reading it', false
        FROM judged j
        WHERE j.verdict = 'unused' AND j.has_expressions
        UNION ALL
        SELECT j.indexrelid, 12, 'this server is a standby: the primary counts its own scans, and indexes are dropped there', false
        FROM judged j CROSS JOIN server s
        WHERE s.is_standby
        UNION ALL
        SELECT j.indexrelid, 13, 'standbys read it without being counted here', false
        FROM judged j CROSS JOIN server s
        WHERE j.verdict = 'unused' AND s.standbys > 0
        UNION ALL
        SELECT j.indexrelid, 14, coalesce(pg_catalog.format('scans are counted only since %s',
                                              pg_catalog.to_char(j.counted_since, 'YYYY-MM-DD'::text)),
                            'it is not known since when scans are counted'), false
        FROM judged j
        WHERE j.verdict = 'unused' AND (j.counted_since < pg_catalog.now() - '31 days'::interval) IS NOT TRUE
        UNION ALL
        SELECT j.indexrelid, 15, 'it cannot be dropped CONCURRENTLY: reads and writes of the table wait meanwhile', false
        FROM judged j
        WHERE j.relkind = 'I' OR j.constraint_name IS NOT NULL
    ), said AS (
        SELECT r.indexrelid, pg_catalog.array_agg(r.text ORDER BY r.place, r.text) AS against, pg_catalog.bool_or(r.forbids) AS forbids
        FROM reason r GROUP BY r.indexrelid
    )
    SELECT j.indrelid::regclass, j.indexrelid::regclass, j.verdict, j.covered_by::regclass,
           coalesce(a.against, '{}'::text[]),
           d.statement, j.size_bytes, j.scans, j.last_scan, j.counted_since
    FROM judged j
         LEFT JOIN said a ON a.indexrelid = j.indexrelid
         CROSS JOIN LATERAL (
             SELECT CASE WHEN a.forbids THEN NULL
                         WHEN j.constraint_name IS NOT NULL
                         THEN pg_catalog.format('ALTER TABLE %I.%I DROP CONSTRAINT %I', j.nspname, j.table_name, j.constraint_name)
                         ELSE pg_catalog.format('DROP INDEX %s%I.%I', CASE WHEN j.relkind = 'i' THEN 'CONCURRENTLY ' END,
                                                j.nspname, j.index_name) END AS statement) AS d
    ORDER BY d.statement IS NULL, j.size_bytes DESC, j.indexrelid::regclass::text;
END;

COMMENT ON FUNCTION perfkit_redundant_indexes(name) IS
'Indexes that another one makes redundant or that were never read, and what speaks against a drop.
target_schema: tables of one schema; NULL: all tables but the system''s and those of extensions,
such as perfkit''s own.
verdict: duplicate: covered_by has the same key columns in the same or exactly the reverse order.
prefix: they are the first key columns of covered_by (B-tree). For both, access method, operator
classes, collations, predicate and options are the same, covered_by has the columns of INCLUDE, and
a unique index is covered only by one that allows no more. covered_by is no row of these two
verdicts itself. invalid: what a failed CREATE INDEX CONCURRENTLY left; writes maintain it, and
nobody reads it. unused: no scan was counted since counted_since.
against: what has to be considered first. Empty: nothing was found. statement: what drops the index;
NULL where that would lose what nothing else enforces, or would fail: a primary key, an unused
unique index or exclusion constraint, a replica identity, an index that a foreign key refers to,
one that may be under construction. DROP INDEX CONCURRENTLY cannot run in a transaction block.
An index of a partitioned table has one row, with sizes and scans of all partitions; those of
partitions that are attached to it cannot be dropped alone and have none.
Scans are those on this server: standbys have their own counters. A crash discards counters, so
counted_since can be later than the last pg_stat_reset(). last_scan: from PostgreSQL 16 on.
Anyone may call it: it reads only what all roles may read. Sizes are in bytes.
It does not wait for tables that others have locked ACCESS EXCLUSIVE, or wait to lock so: their
indexes are compared unless they have expressions or a predicate, and sizes are those of the last
VACUUM or ANALYZE. It waits for a lock that is taken while it runs; lock_timeout limits that.
Errors: 42704 no such schema';
