-- perfkit_run_settings(): what a run names, and the thresholds below which it names nothing.
\set SHOW_CONTEXT never
-- named(OBSERVED, ENVIRONMENT): of a run that has these members beside those of one that names
-- nothing; they replace them one level deep.
CREATE FUNCTION named(observed jsonb, environment jsonb DEFAULT '{}') RETURNS TABLE (setting text, current_value text, advised_value text, evidence text)
LANGUAGE plpgsql AS $$
DECLARE
    plain jsonb := '{"seconds": 100, "checkpoints": {"requested": 0}, "wal": {"bytes": 1e9}, "temp_files": 0, "temp_bytes": 0,
        "rows": {"read": 1000000, "by_index": 900000}, "buffers": {"hit": 990000, "read": 10000, "read_ms": 20000},
        "settings": {"block_size": 8192, "checkpoint_completion_target": 0.9, "checkpoint_timeout": 300, "max_wal_size": 1073741824,
            "random_page_cost": 4, "seq_page_cost": 1, "shared_buffers": 134217728, "track_io_timing": true, "work_mem": 4194304}}';
    run bigint;
BEGIN
    SELECT jsonb_object_agg(coalesce(a.key, b.key),
                            CASE WHEN jsonb_typeof(a.value) = 'object' AND jsonb_typeof(b.value) = 'object' THEN a.value || b.value
                                 ELSE coalesce(b.value, a.value) END)
    INTO plain FROM jsonb_each(plain) a FULL JOIN jsonb_each(named.observed) b USING (key);
    INSERT INTO perfkit_runs (workload, duration, clients, scenarios, observed, environment)
    VALUES ('settings', '100 s', 10, '{a}', plain,
            '{"database_bytes": 1000000000, "server_is_local": true, "client": {"memory_bytes": 8589934592}}' || named.environment)
    RETURNING run_id INTO run;
    RETURN QUERY SELECT s.* FROM perfkit_run_settings(run) s;
END
$$;
SELECT * FROM named('{}');

-- max_wal_size: two checkpoints that WAL explains, more often than checkpoint_timeout.
SELECT * FROM named('{"checkpoints": {"requested": 2}}');
SELECT count(*) FROM named('{"checkpoints": {"requested": 1}}');
-- (each by a CHECKPOINT: they had far too little WAL)
SELECT count(*) FROM named('{"checkpoints": {"requested": 20}}');
SELECT count(*) FROM named('{"checkpoints": {"requested": 2}, "seconds": 1000}');
-- (the WAL of checkpoint_timeout fits: nothing can be advised)
SELECT advised_value FROM named('{"checkpoints": {"requested": 2}, "seconds": 599, "wal": {"bytes": 1.1e9}}');
-- Counters that were reset meanwhile.
SELECT count(*) FROM named('{"checkpoints": {"requested": -5}, "temp_files": -7, "temp_bytes": -1e9, "buffers": {"hit": -1e6, "read": -1e5, "read_ms": -1}}');

-- work_mem: temporary files, and what all sessions would need.
SELECT * FROM named('{"temp_files": 200, "temp_bytes": 2e9}');
SELECT * FROM named('{"temp_files": 2, "temp_bytes": 2e9}');
SELECT advised_value FROM named('{"temp_files": 2, "temp_bytes": 2e9, "pool": {"server_connections": 1}}', '{"client": {"memory_bytes": 1e11}}');
-- (where the server's memory is not known)
SELECT advised_value FROM named('{"temp_files": 2, "temp_bytes": 2e9}', '{"server_is_local": false}');
SELECT advised_value FROM named('{"temp_files": 100000, "temp_bytes": 2e9}');
SELECT count(*) FROM named('{"temp_files": 1, "temp_bytes": 2e9}');
SELECT count(*) FROM named('{"temp_files": 200, "temp_bytes": 10e6}');

-- shared_buffers: blocks read again and again, of a database that is larger.
SELECT * FROM named('{"buffers": {"hit": 80000, "read": 20000}}');
SELECT count(*) FROM named('{"buffers": {"hit": 190000, "read": 20000}}');
-- (they filled an empty cache)
SELECT count(*) FROM named('{"buffers": {"hit": 0, "read": 16384}}');
SELECT count(*) FROM named('{"buffers": {"hit": 80000, "read": 20000}}', '{"database_bytes": 134217728}');
SELECT count(*) FROM named('{"buffers": {"hit": 80000, "read": 20000}}', '{"server_is_local": false}');
SELECT advised_value FROM named('{"buffers": {"hit": 80000, "read": 20000}}', '{"client": {"memory_bytes": 2147483648}}');
SELECT count(*) FROM named('{"buffers": {"hit": 80000, "read": 20000}}', '{"client": {"memory_bytes": 536870912}}');

-- random_page_cost: what reading took.
SELECT * FROM named('{"buffers": {"read_ms": 1000}}');
SELECT * FROM named('{"buffers": {"read_ms": 50000}, "settings": {"random_page_cost": 1.1}}');
SELECT count(*) FROM named('{"buffers": {"read_ms": 1000}, "settings": {"random_page_cost": 1.1}}');
SELECT count(*) FROM named('{"buffers": {"read_ms": 50000}}');
SELECT count(*) FROM named('{"buffers": {"read_ms": 1000}, "settings": {"track_io_timing": false}}');
SELECT count(*) FROM named('{"buffers": {"read_ms": 1000}, "rows": {"by_index": 400000}}');
SELECT count(*) FROM named('{"buffers": {"hit": 99900, "read": 999, "read_ms": 1}}');
SELECT count(*) FROM named('{"buffers": {"read_ms": 1000}, "settings": {"seq_page_cost": 0}}');

-- All at once; and runs of which less is known, or that were imported with something else there.
SELECT setting FROM named('{"checkpoints": {"requested": 2}, "temp_files": 200, "temp_bytes": 2e9, "buffers": {"hit": 80000, "read": 20000, "read_ms": 1000}}');
SELECT count(*) FROM named('{"settings": null, "checkpoints": [2], "buffers": "x", "rows": 3, "wal": null, "pool": 7}', '{"client": []}');
SELECT setting, advised_value FROM named('{"wal": null, "buffers": null, "checkpoints": null, "temp_files": 200, "temp_bytes": 2e9}', '{"client": null}');
UPDATE perfkit_runs SET observed = NULL;
SELECT count(*) FROM perfkit_runs r, perfkit_run_settings(r.run_id);
SELECT * FROM perfkit_run_settings(-1);
SELECT * FROM perfkit_run_settings(NULL);
-- In the report, escaped.
SELECT run_id AS run FROM perfkit_runs LIMIT 1 \gset
UPDATE perfkit_runs SET observed = '{"seconds": 100, "temp_files": 200, "temp_bytes": 2e9, "settings": {"work_mem": 4194304}}' WHERE run_id = :run;
SELECT substring(perfkit_report_server(ARRAY[:run], '{}'), 'Settings that do not fit.*?>(work_mem</td>.*?</tr>)');
DROP FUNCTION named(jsonb, jsonb);
DELETE FROM perfkit_runs WHERE workload = 'settings';
