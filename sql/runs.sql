-- Runs: load runs, their transactions and invariants.

-- In this file, summary.sql, verdicts.sql and verdict.sql, functions are qualified with their
-- schema, and operators get exactly the types for which pg_catalog has them. Otherwise a name could
-- bind to a closer match that someone has created in the schema into which perfkit is installed.

CREATE FUNCTION perfkit_check_warmup(warmup jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.bool_and(coalesce(w.stage > 0 AND w.began >= '0'::double precision
                                        AND w.began <= w.until AND w.until < '1e12'::double precision
                                        AND w.seconds >= '0'::double precision AND w.seconds < '1e12'::double precision, false))
    FROM pg_catalog.jsonb_to_recordset(perfkit_check_warmup.warmup)
             AS w (stage smallint, began double precision, until double precision, seconds double precision);
END;

COMMENT ON FUNCTION perfkit_check_warmup(jsonb) IS
'Whether a value of perfkit_runs.warmup is an array of objects that have all members.
NULL for NULL or an empty array.
Errors: 22023 not an array of objects, 22P02 a member is not a number';

CREATE TABLE perfkit_runs (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workload text NOT NULL,
    label text,
    started_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    duration interval NOT NULL CHECK (duration > '0'),
    clients integer NOT NULL CHECK (clients > 0),
    data_rows bigint,
    scenarios text[] NOT NULL CHECK (pg_catalog.cardinality(scenarios) > 0
                                     AND pg_catalog.array_position(scenarios, 'all') IS NULL
                                     AND pg_catalog.array_position(scenarios, NULL) IS NULL),
    environment jsonb NOT NULL DEFAULT '{}',
    pgbench jsonb,
    index_checks jsonb,
    observed jsonb,
    budgets jsonb CHECK (perfkit_check_budgets(budgets)),
    work jsonb,
    notifications jsonb,
    warmup jsonb CHECK (perfkit_check_warmup(warmup))
);
COMMENT ON TABLE perfkit_runs IS
'Load runs, one row each, stored by perfkit run.
Deleting a run deletes its transactions and invariants too.';
COMMENT ON COLUMN perfkit_runs.label IS
'Any text by which to find the run.';
COMMENT ON COLUMN perfkit_runs.duration IS
'Time under load, without connecting and warm-up: by it transactions per second are counted.';
COMMENT ON COLUMN perfkit_runs.clients IS
'Number of concurrent clients; in a run of several stages, the largest.';
COMMENT ON COLUMN perfkit_runs.data_rows IS
'Number of rows that the workload was asked to seed. NULL: the run used the data it found.';
COMMENT ON COLUMN perfkit_runs.scenarios IS
'Names of the scenarios.
perfkit_run_transactions.scenario is a position in this array, from 1.';
COMMENT ON COLUMN perfkit_runs.environment IS
'Where and how the run was made.
Server version, settings that differ from their defaults, cores, memory, pgbench''s version and
command lines, digests of the scripts, and notes that the workload''s prepare.sql made.
Of statements that a sample of transactions sent before the load: plans, an object: scenario -> the
distinct shapes of their plans, and statements: scenario -> an array of objects: statement, the text
with a question mark for each value, and plans, positions in the array of shapes, from 0.
plans_after: scenario -> shapes after the load, where they were others. indexes: their names. Of a
script that writes, perfkit run knows only the statements up to the first that does, unless a
budget of max_buffers has it sampled like the others. sample_seed: of the parameters, where it is
not the same for all runs. capacity: what perfkit capacity has found, with one run of its search.';
COMMENT ON COLUMN perfkit_runs.pgbench IS
'pgbench''s own report, by stage.
stages is an array of objects: stage (its number; defaults to the position in the array), clients,
seconds (the duration asked for), rate (transactions per second asked for, null without --rate),
transactions, failed, skipped, tps, initial_connection_ms, and others, stored as they are.';
COMMENT ON COLUMN perfkit_runs.budgets IS
'Budgets that the run was given; NULL for none.
An array of objects: scenario (defaults to all), metric, limit_value. Each replaces the row of
perfkit_budgets for the same scenario and metric; of two for the same, the last counts. Metrics
and limits are checked as in perfkit_budgets.';
COMMENT ON COLUMN perfkit_runs.work IS
'What transactions of each scenario do, whatever the speed of the machine, from a sample of them.
NULL: not measured. An object: scenario -> {"transactions": number sampled, "statements": number
of their statements, and blocks, rows, temp_blocks, wal_records, wal_bytes of all of them}, as
perfkit_work_of() counts them. A scenario that could not be measured is missing, and so is one that
writes, unless a budget of max_buffers asks for it. max_buffers limits blocks / transactions.';
COMMENT ON COLUMN perfkit_runs.notifications IS
'What the listeners of perfkit run --listen received; NULL where none listened.
channel, and stages: an array of objects: stage, and what perfkit_listen prints: listeners, sent,
received, lost, duplicates, out_of_order, by_listener (numbers received), unmeasured (notifications
with another payload), latencies (an array of [microseconds, deliveries]) and others.
perfkit_run_notifications() sums them up. ceiling: what --notify-ceiling found; see its members.';
COMMENT ON COLUMN perfkit_runs.warmup IS
'The beginning of each part of the load, which is stored, but does not count; NULL: all counts.
An array of objects: stage, began and until (whole seconds since 1970, as in
perfkit_run_seconds.second), and seconds: how long it took, without connecting. Transactions of the
stage that ended from began on and before until are left out of summary, verdicts and comparisons.
perfkit_run_warmup() sums them up.';
COMMENT ON COLUMN perfkit_runs.index_checks IS
'What perfkit_verify_indexes() returned before the load, and other checks.
An object with the key "kind" is another check: "at once" compares the time of several transactions
at once with that of one; its verdict is PASS, FAIL, INCONCLUSIVE or NOT JUDGED.';
COMMENT ON COLUMN perfkit_runs.observed IS
'What the server did during the load.
seconds is the time from the first counters to the last. checkpoints: how many of the whole server
began because they were requested, as WAL does, and because of checkpoint_timeout. settings: those
of the load''s sessions that perfkit_run_settings() looks at, in bytes and seconds. Lock waits
(sampled twice a second), deadlocks, shared buffers hit and read, temporary files, WAL, sizes of
relations before and after, and the largest private memory of a backend in any sample (null where the
server''s processes cannot be seen; unknown_because then gives the reason).
backend_memory.samples is an array of arrays: turn of the load, seconds since 1970, private memory
of the load''s largest backend, of all of them, and their number; at most 600, evenly spread.
scenario_buffers: scenario -> blocks hit and read by its statements, where pg_stat_statements is
loaded and no other scenario has the same statements; NULL without it.
Buffers, deadlocks and temporary files are those of the whole database, WAL is that of the whole
server. Bytes, milliseconds; per transaction of the log. buffers.read_ms: the time that reading them
took, NULL without track_io_timing.
rows: read by scans, by_index: those that index scans fetched, and written, of the whole database.
statements: where pg_stat_statements is loaded, calls, rows (returned or written), shared blocks,
blocks in temporary files and WAL records of this role''s statements; NULL without it.
What the load''s sessions waited for was sampled, too: wait_looks is how often, wait_samples the
number of active sessions seen, waits an array of objects: event_type, event, samples (sessions seen)
and, where the statement tells it, scenario; running: samples and scenario of those that waited for
nothing, and so ran or were ready to. A session seen once in all looks was active for that share of
the load. cpu: processor time (seconds) that the backends took in so many seconds of load
(of_seconds), null where their processes cannot be seen; machine: shares of the time of all its
processors: busy, io_wait, and steal (taken by other virtual machines).
pool, with --pool: what pgbouncer did. most_* and longest_wait_ms are of the samples, mean_wait_ms
and mean_clients_waiting of its counters; cpu_share_of_core: it can use one core.';

-- No foreign key: with one, loading a million lines took 3.6 s instead of 1.9 s. The triggers below
-- do what ON DELETE CASCADE would.
CREATE TABLE perfkit_run_transactions (
    run_id bigint NOT NULL,
    scenario smallint NOT NULL CHECK (scenario > 0),
    stage smallint NOT NULL DEFAULT 1 CHECK (stage > 0),
    client integer NOT NULL,
    finished_at timestamptz NOT NULL,
    latency_us bigint,
    schedule_lag_us bigint,
    retries integer NOT NULL DEFAULT 0,
    failure text
);
CREATE INDEX perfkit_run_transactions_run ON perfkit_run_transactions (run_id);
COMMENT ON TABLE perfkit_run_transactions IS
'The transactions of runs made with --keep-transactions, from pgbench''s log.
perfkit_run_summary() and perfkit_run_verdicts() are computed from perfkit_run_seconds. Only of a
run that has no row there, such as one stored by hand, are they computed from these rows.';
COMMENT ON COLUMN perfkit_run_transactions.scenario IS
'Position in perfkit_runs.scenarios, from 1.';
COMMENT ON COLUMN perfkit_run_transactions.stage IS
'Stage of the load, from 1: the position in --stages.';
COMMENT ON COLUMN perfkit_run_transactions.latency_us IS
'Latency in microseconds, retries included; NULL when the transaction did not succeed.
Counted from when the transaction was due: from its scheduled start with --rate, otherwise from
when the client was free.';
COMMENT ON COLUMN perfkit_run_transactions.schedule_lag_us IS
'With --rate, microseconds from the scheduled to the actual start; part of latency_us.';
COMMENT ON COLUMN perfkit_run_transactions.failure IS
'NULL: the transaction succeeded. Otherwise pgbench''s word for it, such as failed or skipped.';

-- No primary key: a log may be loaded in parts, and parts of a second add up.
CREATE TABLE perfkit_run_seconds (
    run_id bigint NOT NULL,
    stage smallint NOT NULL DEFAULT 1 CHECK (stage > 0),
    scenario smallint NOT NULL CHECK (scenario > 0),
    second timestamptz NOT NULL,
    succeeded bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    skipped bigint NOT NULL DEFAULT 0,
    retries bigint NOT NULL DEFAULT 0,
    latency_sum_us bigint,
    lag_sum_us bigint,
    longest_us bigint,
    latencies perfkit_histogram,
    lags perfkit_histogram,
    services perfkit_histogram
);
CREATE INDEX perfkit_run_seconds_run ON perfkit_run_seconds (run_id);
COMMENT ON TABLE perfkit_run_seconds IS
'The transactions of runs, counted by stage, scenario and second.
perfkit_run_summary(), perfkit_run_verdicts() and the others are computed from these rows. Rows of
the same second add up.';
COMMENT ON COLUMN perfkit_run_seconds.stage IS
'Stage of the load, from 1: the position in --stages.';
COMMENT ON COLUMN perfkit_run_seconds.scenario IS
'Position in perfkit_runs.scenarios, from 1.';
COMMENT ON COLUMN perfkit_run_seconds.second IS
'The whole second in which the transactions ended.';
COMMENT ON COLUMN perfkit_run_seconds.succeeded IS
'Number of transactions that succeeded. All other numbers but retries are about these.';
COMMENT ON COLUMN perfkit_run_seconds.failed IS
'Number of transactions that failed.';
COMMENT ON COLUMN perfkit_run_seconds.skipped IS
'Number of transactions that pgbench skipped, because they were too late (--latency-limit).';
COMMENT ON COLUMN perfkit_run_seconds.retries IS
'Number of times that transactions, failed ones included, were tried again.';
COMMENT ON COLUMN perfkit_run_seconds.latency_sum_us IS
'Sum of latencies, in microseconds, as in perfkit_run_transactions.latency_us.';
COMMENT ON COLUMN perfkit_run_seconds.lag_sum_us IS
'With --rate, the sum of schedule lags, in microseconds.';
COMMENT ON COLUMN perfkit_run_seconds.longest_us IS
'The longest latency, in microseconds.';
COMMENT ON COLUMN perfkit_run_seconds.latencies IS
'Latencies.';
COMMENT ON COLUMN perfkit_run_seconds.lags IS
'With --rate, times from the scheduled to the actual start, which are part of latencies.';
COMMENT ON COLUMN perfkit_run_seconds.services IS
'With --rate, times from the actual start on, the other part.';

CREATE TABLE perfkit_run_invariants (
    run_id bigint NOT NULL,
    invariant text NOT NULL,
    ok boolean NOT NULL,
    detail text,
    PRIMARY KEY (run_id, invariant)
);
COMMENT ON TABLE perfkit_run_invariants IS
'Results of the workload''s invariants.sql, taken after the load.
An invariant that does not hold fails the run. A run whose invariants were not checked, although
the workload has some and --no-checks was not given, has one that says so.';
COMMENT ON COLUMN perfkit_run_invariants.invariant IS
'What must be true, in words.';
COMMENT ON COLUMN perfkit_run_invariants.ok IS
'Whether it is true.';
COMMENT ON COLUMN perfkit_run_invariants.detail IS
'What was counted.';

CREATE FUNCTION perfkit_forget_transactions() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('TRUNCATE %1$I.perfkit_run_seconds, %1$I.perfkit_run_transactions, %1$I.perfkit_run_invariants', TG_TABLE_SCHEMA);
    ELSE
        EXECUTE format('DELETE FROM %I.perfkit_run_invariants WHERE run_id IN (SELECT run_id FROM gone)',
                       TG_TABLE_SCHEMA);
        EXECUTE format('DELETE FROM %I.perfkit_run_seconds WHERE run_id IN (SELECT run_id FROM gone)', TG_TABLE_SCHEMA);
        EXECUTE format('DELETE FROM %I.perfkit_run_transactions WHERE run_id IN (SELECT run_id FROM gone)',
                       TG_TABLE_SCHEMA);
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION perfkit_forget_transactions() IS
'Trigger of perfkit_runs that deletes the transactions and invariants of deleted runs.';

CREATE TRIGGER perfkit_forget_transactions AFTER DELETE ON perfkit_runs
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION perfkit_forget_transactions();
CREATE TRIGGER perfkit_forget_all_transactions AFTER TRUNCATE ON perfkit_runs
    FOR EACH STATEMENT EXECUTE FUNCTION perfkit_forget_transactions();

SELECT pg_catalog.pg_extension_config_dump('perfkit_runs', '');
SELECT pg_catalog.pg_extension_config_dump('perfkit_runs_run_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('perfkit_run_seconds', '');
SELECT pg_catalog.pg_extension_config_dump('perfkit_run_transactions', '');
SELECT pg_catalog.pg_extension_config_dump('perfkit_run_invariants', '');

CREATE FUNCTION perfkit_run(run_id bigint) RETURNS perfkit_runs
LANGUAGE C STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'perfkit_run';

COMMENT ON FUNCTION perfkit_run(bigint) IS
'The run''s row of perfkit_runs.
Errors: 42704 no such run, 22004 run_id is null';

-- Sorting spills to disk where a hash table of histograms would grow with the run.
CREATE FUNCTION perfkit_load_log(run_id bigint, log regclass, keep_transactions boolean DEFAULT false) RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET enable_hashagg = off
SET jit = off
AS 'MODULE_PATHNAME', 'perfkit_load_log';

COMMENT ON FUNCTION perfkit_load_log(bigint, regclass, boolean) IS
'Adds the lines of a pgbench transaction log to the run, and returns their number.
They are counted in perfkit_run_seconds; keep_transactions: each is stored in
perfkit_run_transactions, too.
log: a table that the lines were copied into, with columns client, transaction_no, latency text,
script, epoch, microseconds, schedule_lag, retries and stage. schedule_lag and retries are NULL
where pgbench ran without --rate or --max-tries. stage may be NULL or missing, and then is 1.
Errors: 42704 no such run, 22004 an argument is null, 22023 a script number that the run has no
scenario for, a stage below 1, or a negative time';

CREATE FUNCTION perfkit_expect_rows(found bigint, expected bigint) RETURNS bigint
LANGUAGE C VOLATILE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_expect_rows';

COMMENT ON FUNCTION perfkit_expect_rows(bigint, bigint) IS
'Returns found if it equals expected, and raises a serialization failure otherwise.
pgbench --max-tries and many applications retry after SQLSTATE 40001. So this is for statements
that find too few rows because another transaction came first, such as INSERT ... ON CONFLICT DO
NOTHING of a version that is taken, or UPDATE ... WHERE version = n.
Errors: 40001 found differs from expected, 22004 an argument is null';

CREATE FUNCTION perfkit_work_of(
    queries text[],
    OUT statements bigint,
    OUT blocks bigint,
    OUT rows bigint,
    OUT temp_blocks bigint,
    OUT wal_records bigint,
    OUT wal_bytes bigint)
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT pg_catalog.count(*), coalesce(pg_catalog.sum(w.blocks)::bigint, 0::bigint),
           coalesce(pg_catalog.sum(w.rows)::bigint, 0::bigint),
           coalesce(pg_catalog.sum(w.temp_blocks)::bigint, 0::bigint),
           coalesce(pg_catalog.sum(w.wal_records)::bigint, 0::bigint),
           coalesce(pg_catalog.sum(w.wal_bytes)::bigint, 0::bigint)
    FROM pg_catalog.unnest(perfkit_work_of.queries) AS q (query)
         CROSS JOIN LATERAL perfkit_statement_work(q.query) w;
END;

COMMENT ON FUNCTION perfkit_work_of(text[]) IS
'Runs each of the queries, rolls back what it wrote, and adds up their work.
statements: number of queries run. The others: sums of the columns of perfkit_statement_work().
Errors: as perfkit_statement_work()';

CREATE FUNCTION perfkit_environment() RETURNS jsonb
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    -- Settings that may contain a secret, or only say where files are, have no bearing on speed.
    SELECT pg_catalog.jsonb_build_object(
        'server_version', pg_catalog.current_setting('server_version'),
        'server_version_num', pg_catalog.current_setting('server_version_num')::int,
        'perfkit_version', (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'perfkit'),
        'database', pg_catalog.current_database(),
        'database_bytes', pg_catalog.pg_database_size(pg_catalog.current_database()),
        'server_is_local', pg_catalog.inet_server_addr() IS NULL
                           OR pg_catalog.inet_server_addr() = pg_catalog.inet_client_addr(),
        'settings', (SELECT pg_catalog.jsonb_object_agg(name, pg_catalog.current_setting(name) ORDER BY name)
                     FROM pg_catalog.pg_settings
                     WHERE source NOT IN ('default', 'override', 'client', 'session', 'interactive')
                       AND setting IS DISTINCT FROM boot_val
                       AND category NOT LIKE 'File Locations%'
                       AND name !~ '(conninfo|password|passphrase|secret|token|key|command|directories|destdir|path)'));
END;

COMMENT ON FUNCTION perfkit_environment() IS
'The server''s version, the size of the database, and settings that bear on speed.
Settings are those that differ from their built-in defaults, except those that may contain a
secret.';
