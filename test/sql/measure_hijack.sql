-- Section Measure binds to pg_catalog alone: not to a better match in the schema it is installed
-- in, nor in its caller's path.
--
-- Every operator and function by which anything in the section might be caught is planted, for
-- all types that come near; each raises. What is created while the extension is must depend on
-- none of them, and what is parsed at run time must call none.
\set VERBOSITY terse
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION perfkit;
CREATE SCHEMA trap;
DO $$
DECLARE
    numbers text[] := '{smallint,integer,bigint,real,double precision,numeric}';
    texts text[] := '{text,name,varchar,bpchar,"\"char\""}';
    operator_name text;
    function_name text;
    arguments text;
    l text;
    r text;
BEGIN
    CREATE TEMP TABLE pair ON COMMIT DROP AS
        SELECT a AS l, b AS r, 'number' AS kind FROM unnest(numbers) a, unnest(numbers) b
        UNION ALL SELECT a, b, 'text' FROM unnest(texts) a, unnest(texts) b
        UNION ALL SELECT v.*, 'other' FROM (VALUES ('text[]', 'text'), ('text', 'text[]'), ('text[]', 'text[]'), ('jsonb', 'text'),
            ('jsonb', 'integer'), ('jsonb', 'jsonb'), ('interval', 'interval'), ('interval', 'double precision'),
            ('double precision', 'interval'), ('timestamptz', 'timestamptz'), ('inet', 'inet'), ('boolean', 'boolean')) v;
    FOR l, r IN SELECT pair.l, pair.r FROM pair LOOP
        EXECUTE format('CREATE FUNCTION trap.spring(%s, %s) RETURNS boolean LANGUAGE plpgsql AS
                        ''BEGIN RAISE ''''operator hijacked''''; END''', l, r);
    END LOOP;
    FOR operator_name, l, r IN
        SELECT o, pair.l, pair.r FROM pair, unnest('{=,<>,<,<=,>,>=}'::text[]) o
        UNION ALL SELECT o, pair.l, pair.r FROM pair, unnest('{+,-,*,/,%,^}'::text[]) o WHERE kind = 'number'
        UNION ALL SELECT o, pair.l, pair.r FROM pair, unnest('{||,~~,!~~,~,!~,->,->>}'::text[]) o WHERE kind <> 'number' LOOP
        EXECUTE format('CREATE OPERATOR trap.%s (FUNCTION = trap.spring, LEFTARG = %s, RIGHTARG = %s)', operator_name, l, r);
    END LOOP;
    FOR function_name, arguments IN
        SELECT f, a
        FROM unnest('{unnest,cardinality,array_position,array_append,now,jsonb_build_object,jsonb_object_agg,jsonb_agg,to_jsonb,
                      jsonb_array_elements,current_setting,current_database,pg_database_size,sum,min,max,count,ceil,floor,sqrt,
                      power,round,format,concat_ws,string_agg,to_timestamp,abs,replace,avg,bool_and,bool_or,jsonb_each,
                      jsonb_to_recordset}'::text[]) f,
             (SELECT unnest(numbers) UNION ALL SELECT unnest(texts)
              UNION ALL SELECT unnest('{"",text[],jsonb,interval,timestamptz,inet,boolean}'::text[])
              UNION ALL SELECT concat_ws(', ', pair.l, pair.r) FROM pair
              UNION ALL SELECT 'text' || repeat(', text', n) FROM generate_series(2, 9) n
              UNION ALL SELECT 'text, text' || repeat(', bigint', n) FROM generate_series(1, 3) n
              UNION ALL SELECT 'text' || repeat(', bigint', n) FROM generate_series(1, 4) n) AS v (a) LOOP
        EXECUTE format('CREATE FUNCTION trap.%s(%s) RETURNS boolean LANGUAGE plpgsql AS
                        ''BEGIN RAISE ''''function hijacked: %s''''; END''', function_name, arguments, function_name);
    END LOOP;
    -- types and a collation, for a path that has pg_catalog last
    CREATE DOMAIN trap.text AS pg_catalog.text CHECK (false);
    CREATE DOMAIN trap.float8 AS pg_catalog.float8 CHECK (false);
    CREATE COLLATION trap."C" (LOCALE = 'POSIX');
END $$;
CREATE TEMP TABLE planted ON COMMIT DROP AS
    SELECT 'pg_operator'::regclass AS classid, oid FROM pg_operator WHERE oprnamespace = 'trap'::regnamespace
    UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = 'trap'::regnamespace
    UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = 'trap'::regnamespace
    UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE connamespace = 'trap'::regnamespace
    UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation WHERE collnamespace = 'trap'::regnamespace;
SELECT count(*) > 2000 AS planted FROM planted;

CREATE EXTENSION perfkit SCHEMA trap;
SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS caught, pg_describe_object(d.refclassid, d.refobjid, 0) AS by
FROM pg_depend d JOIN planted p ON (p.classid, p.oid) = (d.refclassid, d.refobjid)
WHERE NOT EXISTS (SELECT FROM planted o WHERE (o.classid, o.oid) = (d.classid, d.objid))
ORDER BY 1, 2;

INSERT INTO trap.perfkit_runs (workload, duration, clients, scenarios, index_checks, pgbench, budgets, work, notifications, observed, environment)
VALUES ('trapped', '10 s', 1, '{one,two}', '[{"verdict": "PASS", "check_name": "one"}]',
        '{"stages": [{"clients": 1, "seconds": 5, "tps": 90, "transactions": 450, "rate": 10, "initial_connection_ms": 1},
                     {"clients": 1, "seconds": 5, "tps": 90, "transactions": 450, "rate": 1000, "initial_connection_ms": 1}]}',
        '[{"scenario": "one", "metric": "p95_ms", "limit_value": 0.001}, {"metric": "max_buffers", "limit_value": 1}]',
        '{"one": {"transactions": 2, "statements": 4, "blocks": 6}, "two": {"transactions": 2, "statements": 4, "blocks": 6}}',
        '{"stages": [{"stage": 1, "listeners": 2, "sent": 100, "received": 200, "lost": 0, "latencies": [[10, 150], [20, 50]]},
                     {"stage": 2, "listeners": 2, "sent": 100, "received": 200, "lost": 0, "latencies": [[10, 150], [20, 50]]}]}',
        jsonb_build_object('buffers', '{"hit": 9, "read": 1}'::jsonb, 'scenario_buffers', '{"one": {"hit": 9, "read": 1}}'::jsonb,
                           'backend_memory', jsonb_build_object('samples', (SELECT jsonb_agg(jsonb_build_array(1, i, 1000000, 1, 1)) FROM generate_series(1, 20) i)))
        || '{"seconds": 10, "checkpoints": {"requested": 5}, "wal": {"bytes": 1e9}, "temp_files": 9, "temp_bytes": 1e9, "rows": {"read": 9, "by_index": 9},
             "buffers": {"hit": 8e6, "read": 1e6, "read_ms": 1},
             "settings": {"block_size": 8192, "checkpoint_completion_target": 0.9, "checkpoint_timeout": 300, "max_wal_size": 1e8, "random_page_cost": 4,
                          "seq_page_cost": 1, "shared_buffers": 1e6, "track_io_timing": true, "work_mem": 65536}}',
        '{"database_bytes": 1e9, "server_is_local": true, "client": {"memory_bytes": 1e10}}')
RETURNING run_id AS run \gset
INSERT INTO trap.perfkit_budgets (workload, scenario, metric, limit_value)
SELECT 'trapped', s, m, 0.001 FROM unnest('{one,two,all}'::text[]) s,
       unnest('{avg_ms,p50_ms,p90_ms,p95_ms,p99_ms,max_ms,min_tps,max_error_rate,max_buffers,min_cache_hit,notify_p95_ms}'::text[]) m;
CREATE TEMP TABLE staged (client int, transaction_no bigint, latency text, script int, epoch bigint, microseconds bigint,
                          schedule_lag bigint, retries int, stage smallint);
INSERT INTO staged SELECT 1, i, CASE WHEN i % 10 = 0 THEN 'failed' ELSE i::text END, i % 2, 1700000000 + i, i, i / 2, 0, 1 + i % 2 FROM generate_series(1, 1000) i;

\o /dev/null
SET LOCAL search_path = trap, pg_catalog;
SELECT trap.perfkit_quantile_interval(100, 0.5, 0.95), trap.perfkit_share_interval(1, 100, 0.95::pg_catalog.float8),
       trap.perfkit_more_for_quantile(10, 5, 0.5, 0.95::pg_catalog.float8), trap.perfkit_more_for_share(10, 5, 0.5, 0.95::pg_catalog.float8);
SELECT trap.perfkit_load_log(:run::bigint, 'staged');
SELECT * FROM trap.perfkit_run(:run::bigint);
SELECT * FROM trap.perfkit_environment();
SELECT * FROM trap.perfkit_run_latencies(:run::bigint);
SELECT * FROM trap.perfkit_run_summary(:run::bigint);
SELECT * FROM trap.perfkit_run_verdicts(:run::bigint);
SELECT * FROM trap.perfkit_run_distribution(:run::bigint, 'service'::pg_catalog.text);
SELECT * FROM trap.perfkit_run_stages(:run::bigint);
SELECT * FROM trap.perfkit_run_warmup(:run::bigint);
SELECT * FROM trap.perfkit_run_timeline(:run::bigint);
SELECT * FROM trap.perfkit_run_load(:run::bigint);
SELECT * FROM trap.perfkit_run_delivery(:run::bigint);
SELECT * FROM trap.perfkit_run_notifications(:run::bigint);
SELECT * FROM trap.perfkit_work_of(ARRAY['SELECT 1'::pg_catalog.text]);
SELECT * FROM trap.perfkit_budget_metrics();
SELECT * FROM trap.perfkit_run_cache_hit(:run::bigint);
SELECT * FROM trap.perfkit_run_memory(:run::bigint);
SELECT * FROM trap.perfkit_run_settings(:run::bigint);
SELECT * FROM trap.perfkit_redundant_indexes('trap'::pg_catalog.name);
SELECT * FROM trap.perfkit_cache_hit('trap'::pg_catalog.name);
SELECT trap.perfkit_assert_cache_hit(0, 'pg_catalog'::pg_catalog.name, NULL, 1);
SELECT * FROM trap.perfkit_memory();
SELECT * FROM trap.perfkit_bench('SELECT 1', 3, 0);
SELECT trap.perfkit_assert_latency('SELECT 1', 60000, 1, 3);
\o
SAVEPOINT s;
SELECT trap.perfkit_assert_run(:run::bigint);
ROLLBACK TO s;
SET LOCAL search_path = trap, pg_catalog;
-- The triggers and the constraints.
UPDATE trap.perfkit_budgets SET limit_value = '0.5';
DELETE FROM trap.perfkit_runs;
TRUNCATE trap.perfkit_runs;
ROLLBACK;
