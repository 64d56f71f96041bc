-- Runs: settings that do not fit, by what was counted. Qualified as in runs.sql.

CREATE FUNCTION perfkit_run_settings(run_id bigint)
RETURNS TABLE (
    setting text,
    current_value text,
    advised_value text,
    evidence text)
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 5
SET jit = off
BEGIN ATOMIC
    WITH given AS MATERIALIZED (
        SELECT s.block_size, s.checkpoint_completion_target, s.checkpoint_timeout, s.max_wal_size, s.random_page_cost,
               nullif(s.seq_page_cost, '0') AS seq_page_cost, s.shared_buffers, s.track_io_timing, s.work_mem,
               nullif(o.seconds, '0') AS seconds, c.requested, w.bytes AS wal_bytes, o.temp_files, o.temp_bytes,
               b.hit, nullif(b.read, '0') AS read, b.read_ms, n.read AS rows_read, n.by_index,
               coalesce(p.server_connections, r.clients::double precision) AS clients, e.database_bytes,
               CASE WHEN e.server_is_local THEN m.memory_bytes END AS memory
        FROM perfkit_run(perfkit_run_settings.run_id) r
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(CASE pg_catalog.jsonb_typeof(r.observed -> 'settings'::text)
                                                        WHEN 'object' THEN r.observed -> 'settings'::text END)
                 AS s (block_size double precision, checkpoint_completion_target double precision, checkpoint_timeout double precision,
                       max_wal_size double precision, random_page_cost double precision, seq_page_cost double precision,
                       shared_buffers double precision, track_io_timing boolean, work_mem double precision)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(r.observed)
                 AS o (seconds double precision, temp_files double precision, temp_bytes double precision,
                       checkpoints jsonb, wal jsonb, buffers jsonb, "rows" jsonb, pool jsonb)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(CASE pg_catalog.jsonb_typeof(o.checkpoints) WHEN 'object' THEN o.checkpoints END) AS c (requested double precision)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(CASE pg_catalog.jsonb_typeof(o.wal) WHEN 'object' THEN o.wal END) AS w (bytes double precision)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(CASE pg_catalog.jsonb_typeof(o.buffers) WHEN 'object' THEN o.buffers END)
                 AS b (hit double precision, read double precision, read_ms double precision)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(CASE pg_catalog.jsonb_typeof(o."rows") WHEN 'object' THEN o."rows" END) AS n (read double precision, by_index double precision)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(CASE pg_catalog.jsonb_typeof(o.pool) WHEN 'object' THEN o.pool END)
                 AS p (server_connections double precision)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(r.environment)
                 AS e (database_bytes double precision, server_is_local boolean, client jsonb)
             CROSS JOIN LATERAL pg_catalog.jsonb_to_record(CASE pg_catalog.jsonb_typeof(e.client) WHEN 'object' THEN e.client END) AS m (memory_bytes double precision)
    ), found AS (
        -- A checkpoint begins when WAL has grown since the last by max_wal_size / (1 +
        -- checkpoint_completion_target), in whole segments. More checkpoints than that explains
        -- were asked for by CHECKPOINT, a backup or the like.
        SELECT 1 AS position, 'max_wal_size' AS setting, pg_catalog.replace(pg_catalog.pg_size_pretty(g.max_wal_size::bigint), ' ', '') AS current_value,
               CASE WHEN a.wanted > g.max_wal_size
                    THEN pg_catalog.concat(pg_catalog.ceil(a.wanted / '1073741824'), 'GB') END AS advised,
               pg_catalog.format('WAL forced %s checkpoints in %s s, one every %s s, where checkpoint_timeout is %s s: it grew by %s MB/s',
                   g.requested, pg_catalog.round(g.seconds::numeric, 1), pg_catalog.round((g.seconds / g.requested)::numeric, 1),
                   g.checkpoint_timeout, pg_catalog.round((g.wal_bytes / g.seconds / '1048576')::numeric, 1)) AS evidence
        FROM given g
             CROSS JOIN LATERAL (SELECT ('1' + g.checkpoint_completion_target) AS share) AS t
             CROSS JOIN LATERAL (SELECT g.wal_bytes / g.seconds * g.checkpoint_timeout * t.share AS wanted) AS a
        WHERE g.requested >= '2' AND g.seconds / nullif(g.requested, '0') < g.checkpoint_timeout
          AND g.wal_bytes >= (g.requested - '1') * '0.5' * g.max_wal_size / t.share
        UNION ALL
        SELECT 2, 'work_mem', pg_catalog.replace(pg_catalog.pg_size_pretty(g.work_mem::bigint), ' ', ''),
               CASE WHEN a.fits THEN pg_catalog.concat(a.megabytes, 'MB') END,
               pg_catalog.format('%s temporary files were written, %s on average, %s MB/s in all%s', g.temp_files,
                   pg_catalog.pg_size_pretty((g.temp_bytes / g.temp_files)::bigint),
                   pg_catalog.round((g.temp_bytes / g.seconds / '1048576')::numeric, 1),
                   CASE WHEN NOT a.fits
                        THEN pg_catalog.format('; %s sessions with %s MB each would need more than a quarter of the memory, so the queries '
                                               'should sort and hash less', g.clients, a.megabytes) END)
        FROM given g
             -- In memory, narrow rows take more than five times as much room as in a file.
             CROSS JOIN LATERAL (SELECT pg_catalog.power('2', pg_catalog.ceil(pg_catalog.log('2', greatest('1',
                                            greatest('8' * g.temp_bytes / nullif(g.temp_files, '0'), '2' * g.work_mem)
                                            / '1048576')::numeric))::double precision) AS megabytes) AS v
             CROSS JOIN LATERAL (SELECT v.megabytes,
                                        coalesce(v.megabytes * '1048576' * g.clients <= g.memory / '4', true) AS fits) AS a
        WHERE g.temp_files >= '2' AND g.temp_bytes / g.seconds >= '102400'
        UNION ALL
        -- Reads that merely fill an empty cache are no more than fit.
        SELECT 3, 'shared_buffers', pg_catalog.replace(pg_catalog.pg_size_pretty(g.shared_buffers::bigint), ' ', ''),
               pg_catalog.concat(a.megabytes, 'MB'),
               pg_catalog.format('%s %% of the blocks were in shared buffers; %s were read, which is %s times their size, and the database has %s',
                   pg_catalog.round(('100' * g.hit / (g.hit + g.read))::numeric, 1),
                   pg_catalog.pg_size_pretty((g.read * g.block_size)::bigint),
                   pg_catalog.round((g.read * g.block_size / g.shared_buffers)::numeric, 1),
                   pg_catalog.pg_size_pretty(g.database_bytes::bigint))
        FROM given g
             CROSS JOIN LATERAL (SELECT pg_catalog.floor(least('1.2' * g.database_bytes, g.memory / '4') / '1048576') AS megabytes) AS a
        WHERE g.memory IS NOT NULL AND g.read >= '1000' AND g.hit < '9' * g.read
          AND g.read * g.block_size > g.shared_buffers AND g.database_bytes > g.shared_buffers
          AND a.megabytes * '1048576' >= '1.25' * g.shared_buffers
        UNION ALL
        -- Sequential scans read ahead, so their reads take little time on any disk.
        SELECT 4, 'random_page_cost', g.random_page_cost::text,
               (CASE WHEN a.fast THEN '1.1'::double precision ELSE '4'::double precision END * g.seq_page_cost)::text,
               pg_catalog.format('reading a block took %s ms on average of %s blocks, most rows by indexes: random reads cost %s',
                   pg_catalog.round((g.read_ms / g.read)::numeric, 3), g.read,
                   CASE WHEN a.fast THEN 'little more than others' ELSE 'far more than others' END)
        FROM given g
             CROSS JOIN LATERAL (SELECT CASE WHEN g.read_ms / g.read < '0.5' AND g.random_page_cost >= '2' * g.seq_page_cost THEN true
                                             WHEN g.read_ms / g.read > '4' AND g.random_page_cost < '2' * g.seq_page_cost THEN false
                                        END AS fast) AS a
        WHERE g.track_io_timing AND g.read >= '1000' AND g.by_index >= '0.5' * g.rows_read AND a.fast IS NOT NULL
    )
    SELECT f.setting, f.current_value, f.advised, f.evidence
    FROM found f
    ORDER BY f.position;
END;

COMMENT ON FUNCTION perfkit_run_settings(bigint) IS
'Settings that do not fit the machine and the workload, by what a run counted.
One row for each; none without evidence. current_value: as the load''s sessions had it.
advised_value: what to try; NULL where the run does not tell it. evidence: what was counted.
max_wal_size: WAL forced two or more checkpoints, more often than checkpoint_timeout would, and no
more than its amount explains; advised is what holds the WAL of checkpoint_timeout at this rate,
which falls with fewer full-page images.
work_mem: two or more temporary files, and at least 100 kB of them per second; advised is eight times
the average file, as rows take more room in memory, unless that for all sessions is more than a
quarter of the memory. Files of a hash are many: raise it again if the next run says so.
shared_buffers: fewer than 90 % of the blocks were found there, more was read than fits, and the
database is larger; advised is 1.2 times the database, up to a quarter of the memory. Needs a server
on the machine of perfkit run, whose memory is known.
random_page_cost: with track_io_timing, 1,000 or more blocks were read, at least half of the rows by
indexes; below 0.5 ms a block, twice seq_page_cost or more is too much; above 4 ms, less is too
little.
Counters of checkpoints and WAL are those of the whole server, the others those of the database, so
that other work counts too. The warm-up is included.
Errors: 42704 no such run, 22004 run_id is null';
